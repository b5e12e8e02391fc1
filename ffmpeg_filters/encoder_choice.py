"""How a coloured film is written, to a file or as pictures: encoder, quality and pixel format.

Everything is checked before a frame is read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import av
import av.error

from ffmpeg_filters import y4m
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.numbered_files import NumberedFiles, for_ffmpeg
from vs_tcvc.settings import Settings


@dataclass(frozen=True)
class _Habit:
    """Defaults of an encoder.

    subsampling: "" is the source's own. takes_odd: sides need not be multiples of the chroma subsampling.
    """

    subsampling: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    takes_odd: bool = True


_HABITS = MappingProxyType(
    {
        "libx264": _Habit("420", {"crf": "16"}, takes_odd=False),
        "libx265": _Habit("420", {"crf": "18"}, takes_odd=False),
        "libvpx-vp9": _Habit("420", {"crf": "24", "b": "0", "row-mt": "1"}),
        "libsvtav1": _Habit("420", {"crf": "24"}),
        "prores_ks": _Habit("422", {"profile": "hq", "vendor": "apl0"}),
        "ffv1": _Habit("", {"level": "3", "slicecrc": "1", "g": "1"}),
        "png": _Habit("444", {"pred": "mixed"}),
        "tiff": _Habit("444"),
    }
)
CODECS = MappingProxyType(
    {".mp4": "libx264", ".m4v": "libx264", ".mkv": "libx264", ".mov": "prores_ks", ".webm": "libvpx-vp9"}
)
"""Default encoder by the ending of a film's name."""
PICTURES = MappingProxyType({".png": "png", ".tif": "tiff", ".tiff": "tiff"})
"""Encoder by the ending of pictures' names."""
_RGB = MappingProxyType({("png", 8): "rgb24", ("png", 16): "rgb48be", ("tiff", 8): "rgb24", ("tiff", 16): "rgb48le"})
"""Pixel format of a picture of that encoder for R'G'B' of that many bits."""
LOSSLESS = "ffv1"


@dataclass(frozen=True)
class Encoding:
    """The user's choices.

    codec: FFmpeg's name of a video encoder, "" for the container's default. crf: constant quality, on the encoder's
    scale. options: further options of the encoder. lossless: FFV1, which keeps every code.
    Raises UsageError for values of another kind.
    """

    codec: str = ""
    crf: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    lossless: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.codec, str):
            raise UsageError(option="codec", expected="the name of an encoder", got=repr(self.codec))
        if self.crf is not None and not (isinstance(self.crf, (int, float)) and math.isfinite(self.crf)):
            raise UsageError(option="crf", expected="a number", got=repr(self.crf))
        pairs = self.options.items() if isinstance(self.options, Mapping) else [(self.options, None)]
        for name, value in pairs:
            if not (isinstance(name, str) and isinstance(value, (str, int, float))):
                got = repr(self.options)
                raise UsageError(option="options", expected="texts by name, as in {'preset': 'slow'}", got=got)
        object.__setattr__(self, "options", {name: str(value) for name, value in pairs})


@dataclass(frozen=True)
class EncoderChoice:
    """The resolved encoder.

    container: FFmpeg's name of the format; codec: of the encoder; options: all of them; subsampling: default chroma, ""
    for the source's own; takes_odd: sides may end within a chroma sample; offered: the encoder's pixel formats;
    pictures: the names of their files, None for a film.
    """

    container: str
    codec: str
    options: Mapping[str, str]
    subsampling: str
    takes_odd: bool
    offered: tuple[y4m.PixelFormat, ...]
    pictures: NumberedFiles | None = None

    def stored(self, pixels: y4m.PixelFormat) -> str:
        """FFmpeg's name of the pixel format in the file for `pixels`."""
        return _RGB[self.codec, pixels.bits] if self.pictures else pix_fmt(pixels)

    def pixels(self, source: y4m.StreamHeader, settings: Settings) -> y4m.PixelFormat:
        """The format to encode: default or requested chroma, and the smallest depth that holds the source's.

        Raises UsageError for a chroma or bits that the encoder does not support.
        """
        own = "420" if source.format.subsampling == "mono" else source.format.subsampling
        usual = (self.subsampling or own, "444", "422", "420")
        fitting = [each for each in usual if self.takes_odd or _divides(each, source)]
        wanted = fitting if settings.chroma == "auto" else [settings.chroma]
        bits = source.format.bits if settings.bits == "auto" else int(settings.bits)
        for subsampling in wanted:
            depths = sorted(each.bits for each in self.offered if each.subsampling == subsampling)
            if depths and (settings.bits == "auto" or bits in depths):
                return y4m.PixelFormat(subsampling, next((each for each in depths if each >= bits), depths[-1]))
        known = ", ".join(sorted({self.stored(each) for each in self.offered}))
        raise UsageError(
            where=self.codec, expected=f"{{chroma}} and {{bits}} of {known}",
            got=f"{settings.chroma} and {settings.bits}",
        )  # fmt: skip


def choose(target: Path, wishes: Encoding) -> EncoderChoice:
    """The encoder for a film or for pictures of this name; nothing is written.

    Raises UsageError for a container, an encoder or an option that FFmpeg does not know, or that do not go together.
    """
    if target.suffix.lower() in PICTURES:
        return _choose_for_pictures(target, wishes)
    name = _codec_name(target, wishes)
    try:
        container = av.open(for_ffmpeg(target), "w")
    except ValueError:
        raise UsageError(f"{target}: unknown container {target.suffix!r}; use .mkv, .mp4, .mov or .webm") from None
    with container:
        context = _stream_context(container, name, target)
        habit = _HABITS.get(name, _Habit())
        options = _options(context, habit, wishes)
        formats = (y4m.RAW_FORMATS.get(each.name) for each in context.codec.video_formats or ())
        offered = tuple({each[0]: None for each in formats if each and each[0].subsampling != "mono"})
        if not offered:
            problem, remedy = "it does not accept planar Y'CbCr pictures", "use libx264, prores_ks or ffv1"
            raise UsageError(problem, option="codec", value=name, remedy=remedy)
        return EncoderChoice(container.format.name, name, options, habit.subsampling, habit.takes_odd, offered)


def _choose_for_pictures(target: Path, wishes: Encoding) -> EncoderChoice:
    if wishes.codec or wishes.lossless:
        raise UsageError(
            "pictures are always lossless",
            where=str(target),
            remedy="leave out {codec} and {lossless}, which are for films",
        )
    pictures = NumberedFiles.named(target)
    if pictures is None:
        names = f"{target.stem}_%06d{target.suffix}"
        raise UsageError(f"{target}: this is a single picture; use numbered ones, such as {names}, or a folder")
    name = PICTURES[target.suffix.lower()]
    context, habit = av.CodecContext.create(name, "w"), _HABITS[name]
    assert isinstance(context, av.VideoCodecContext)
    offered = tuple(y4m.PixelFormat("444", bits) for codec, bits in _RGB if codec == name)
    options = _options(context, habit, wishes)
    return EncoderChoice("image2", name, options, habit.subsampling, habit.takes_odd, offered, pictures)


def _divides(subsampling: str, source: y4m.StreamHeader) -> bool:
    across, down = y4m.PixelFormat(subsampling).shifts
    return source.width % (1 << across) == 0 and source.height % (1 << down) == 0


def pix_fmt(pixels: y4m.PixelFormat) -> str:
    """FFmpeg's name of a format, such as "yuv420p10le"; `y4m.RAW_FORMATS` is the inverse."""
    name = "gray" if pixels.subsampling == "mono" else f"yuv{pixels.subsampling}p"
    return name if pixels.bits == 8 else f"{name}{pixels.bits}le"


def _codec_name(target: Path, wishes: Encoding) -> str:
    if wishes.lossless and (wishes.crf is not None or wishes.codec not in ("", LOSSLESS)):
        problem = f"it is {LOSSLESS} and has no quality setting"
        raise UsageError(problem, option="lossless", remedy="leave out {codec} and {crf}")
    name = LOSSLESS if wishes.lossless else wishes.codec or CODECS.get(target.suffix.lower(), "")
    if not name:
        known = ", ".join((*CODECS, *PICTURES))
        problem, remedy = (
            f"there is no default encoder for {target.suffix!r}",
            f"use {known}, or choose one with {{codec}}",
        )
        raise UsageError(problem, where=str(target), remedy=remedy)
    return name


def _stream_context(container: av.container.OutputContainer, name: str, target: Path) -> av.VideoCodecContext:
    """An unopened context of the encoder. Raises UsageError if it does not exist or the container refuses it."""
    try:
        codec = av.Codec(name, "w")
    except ValueError:
        problem, remedy = "FFmpeg has no encoder of this name here", "pyav --codecs lists them"
        raise UsageError(problem, option="codec", value=name, remedy=remedy) from None
    if codec.type != "video":
        problem = f"it encodes {codec.type}, expected a video encoder such as libx264"
        raise UsageError(problem, option="codec", value=name)
    try:
        context = container.add_stream(codec.name).codec_context
    except ValueError:
        holder = "an .mkv" if name == LOSSLESS else "another container, such as .mkv"
        raise UsageError(f"{target}: {container.format.name} does not support {name}; write {holder}") from None
    assert isinstance(context, av.VideoCodecContext)
    return context


def _options(context: av.VideoCodecContext, habit: _Habit, wishes: Encoding) -> dict[str, str]:
    """All options of the encoder. Raises UsageError for an option that it does not have."""
    crf = {} if wishes.crf is None else {"crf": f"{wishes.crf:g}"}
    wanted = {**crf, **wishes.options}
    known = context.supported_options
    names = {each.name for each in (*known.private, *known.generic)}
    for name in wanted:
        if name not in names:
            option, value = ("crf", "") if name == "crf" else ("options", name)
            own = ", ".join(sorted(each.name for each in known.private)[:12])
            problem, remedy = f"{context.name} has no such option", f"it has {own} and others"
            raise UsageError(problem, option=option, value=value, remedy=remedy)
    return {**habit.options, **wanted}
