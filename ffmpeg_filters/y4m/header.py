"""A stream's header: the line of Y4M, or a description of headerless rawvideo."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ffmpeg_filters.y4m.pixel_format import FORMATS, RAW_FORMATS, SHIFTS, PixelFormat, Range
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.runtime.rates import parse_rate

MAGIC = b"YUV4MPEG2"
MAX_SIDE = 8192
MAX_AREA = 8192 * 4320

_RANGES: dict[str, Range] = {"XCOLORRANGE=FULL": "full", "XCOLORRANGE=LIMITED": "limited"}
_KNOWN_TAGS = ("W", "H", "F", "I", "A", "C", "XYSCSS=")
EXAMPLE = "ffmpeg -i film.mkv -f yuv4mpegpipe -strict -1 - | tcvc-pipe | ..."


@dataclass(frozen=True)
class StreamHeader:
    """The format of a stream, given once before its first frame; `replace(header, format=...)` changes the chroma.

    width, height: size of the picture in pixels; each side 1 to 8192, area at most 8192x4320 either way up.
    rate: frames per second as (numerator, denominator), both positive.
    format: memory layout of the samples.
    interlacing: "p" progressive (the default), "?" unknown, "t", "b" or "m" interlaced.
    aspect: shape of a pixel as (width, height); (0, 0) is unknown.
    range: of the samples, from XCOLORRANGE; None if it is missing.
    extra: all other tags, verbatim and in their order, each without spaces.
    Raises StreamError when size or rate are out of bounds.
    """

    width: int
    height: int
    rate: tuple[int, int]
    format: PixelFormat
    interlacing: str = "p"
    aspect: tuple[int, int] = (0, 0)
    range: Range | None = None
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sides_fit = min(self.width, self.height) >= 1 and max(self.width, self.height) <= MAX_SIDE
        if not sides_fit or self.width * self.height > MAX_AREA:
            raise StreamError(
                f"a picture of {self.width}x{self.height} is not supported: sizes go from 1x1 to 8192x4320, "
                "either way up; scale it first"
            )
        if min(self.rate) < 1:
            raise StreamError(
                f"the frame rate is {self.rate[0]}:{self.rate[1]}, expected two positive numbers: give the stream a "
                "constant rate first (ffmpeg: -r 24000/1001, VapourSynth: std.AssumeFPS)"
            )

    @property
    def plane_shapes(self) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of each plane of a frame, in samples."""
        return self.format.plane_shapes(self.width, self.height)

    @property
    def plane_bytes(self) -> tuple[int, ...]:
        """Size of each plane of a frame, in bytes."""
        return self.format.plane_bytes(self.width, self.height)

    def to_bytes(self) -> bytes:
        """The header line with its newline, tags in ffmpeg's order; `parse_header` is the inverse."""
        range_tag = next((tag for tag, value in _RANGES.items() if value == self.range), None)
        tags = (
            f"W{self.width}",
            f"H{self.height}",
            f"F{self.rate[0]}:{self.rate[1]}",
            f"I{self.interlacing}",
            f"A{self.aspect[0]}:{self.aspect[1]}",
            f"C{self.format.tag}",
            self.format.twin_tag,
            range_tag,
            *self.extra,
        )
        return b" ".join((MAGIC, *(tag.encode("latin-1") for tag in tags if tag))) + b"\n"


def parse_header(line: bytes) -> StreamHeader:
    """Parse a stream's first line (with or without its newline; text after the newline is ignored).

    Missing tags mean the same as in ffmpeg: no C is XYSCSS or else 420, no I is progressive, no A is unknown.
    Raises StreamError if the line is not a Y4M header, a tag is missing, given twice or unknown, or the chroma is
    not supported (alpha, float).
    """
    text = line.partition(b"\n")[0].decode("latin-1")
    magic, *tags = text.split(" ")
    if magic != MAGIC.decode():
        raise not_y4m(line)
    known: dict[str, str] = {}
    extra: list[str] = []
    for tag in filter(None, tags):
        name = "range" if tag in _RANGES else next((name for name in _KNOWN_TAGS if tag.startswith(name)), None)
        if name is None:
            extra.append(tag)
        elif name in known:
            raise StreamError(f"the stream header gives {shown(tag)} after another tag of its kind: it is damaged")
        else:
            known[name] = tag if name == "range" else tag.removeprefix(name)
    return StreamHeader(
        width=_whole_number(known.get("W"), "width, W"),
        height=_whole_number(known.get("H"), "height, H"),
        rate=_ratio(known.get("F"), "frame rate, F"),
        format=_format(known.get("C", known.get("XYSCSS=", "420").lower())),
        interlacing=_interlacing(known.get("I", "p")),
        aspect=_ratio(known.get("A", "0:0"), "pixel aspect, A"),
        range=_RANGES[known["range"]] if "range" in known else None,
        extra=tuple(extra),
    )


def raw_header(text: str) -> StreamHeader:
    """The header of a headerless stream, from `WxH:pixfmt:rate`, such as "1920x1080:gray16le:24000/1001".

    pixfmt is ffmpeg's name (a key of RAW_FORMATS); rate is N, N/D or a decimal, where 23.976, 29.97 and similar
    ones mean N*1000/1001. Raises UsageError.
    """
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9}):(\w+):(.{1,40})", text, re.ASCII)
    if not match:
        raise UsageError(f"raw video is described as WxH:pixfmt:rate (720x576:gray:25), got {shown(text)}")
    width, height, name, rate = match.groups()
    if name not in RAW_FORMATS:
        raise UsageError(
            f"raw video of pixel format {shown(name)} is not supported: "
            "convert it to gray, gray16le, yuv420p, yuv422p10le or similar first (ffmpeg: -pix_fmt yuv420p)"
        )
    pixel_format, sample_range = RAW_FORMATS[name]
    try:
        return StreamHeader(int(width), int(height), _raw_rate(rate), pixel_format, range=sample_range)
    except StreamError as error:
        raise UsageError(str(error), where=f"raw video {text}") from error


def _whole_number(text: str | None, what: str) -> int:
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text):
        raise StreamError(f"the stream header's {what}: expected a whole number, got {shown(text)}: it is damaged")
    return int(text)


def _ratio(text: str | None, what: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,18}):([0-9]{1,18})", text or "")
    if not match:
        raise StreamError(f"the stream header's {what}: expected two numbers as in 25:1, got {shown(text)}")
    return int(match[1]), int(match[2])


def _interlacing(text: str) -> str:
    if text not in ("p", "?", "t", "b", "m"):
        raise StreamError(f"the stream header's interlacing, I: expected p, t, b, m or ?, got {shown(text)}")
    return text


def _format(tag: str) -> PixelFormat:
    if tag.endswith("alpha"):
        raise StreamError(
            f"chroma {shown('C' + tag)} has alpha, which is not supported: drop it first (ffmpeg: -pix_fmt yuv444p)"
        )
    if tag not in FORMATS:
        raise StreamError(
            f"chroma {shown('C' + tag)} is not supported: use {', '.join(SHIFTS)} with 8 to 16-bit whole numbers "
            "(ffmpeg: -pix_fmt yuv420p, VapourSynth: resize.Spline36(format=vs.YUV444P16))"
        )
    return FORMATS[tag]


def _raw_rate(text: str) -> tuple[int, int]:
    rate = parse_rate(text)
    if rate is None:
        raise UsageError(f"a frame rate is written 25, 24000/1001 or 23.976, got {shown(text)}")
    return rate.numerator, rate.denominator


def not_y4m(first: bytes) -> StreamError:
    kinds = (
        ("Matroska or WebM", first.startswith(b"\x1aE\xdf\xa3")),
        ("AVI", first.startswith(b"RIFF")),
        ("MP4 or MOV", first[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")),
        ("MXF", first.startswith(b"\x06\x0e+4")),
        ("an MPEG program stream", first.startswith(b"\x00\x00\x01\xba")),
        ("an MPEG transport stream", first.startswith(b"G@")),
        ("Ogg", first.startswith(b"OggS")),
    )
    kind = next((name for name, is_it in kinds if is_it), None)
    looks = f"it looks like {kind}" if kind else f"it begins with {shown(first)}"
    return StreamError(
        f"stdin is not a YUV4MPEG2 stream, {looks}",
        remedy=f"put ffmpeg before ({EXAMPLE}), or describe raw video with {{raw}}",
    )


def shown(value: bytes | str | None) -> str:
    """`value` as one short line of ASCII, for a message."""
    if value is None:
        return "nothing"
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return ascii(text[:32] + "..." if len(text) > 32 else text)
