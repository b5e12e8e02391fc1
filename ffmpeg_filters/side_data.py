"""What frames hold beside their pixels: closed captions, light levels of HDR, stereo, timecode.

An encoder is given it with the frame, or as options before the first one; which encoder writes what is found by trial
(tests/films). A line of the log names what is not written.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType

import av

from ffmpeg_filters.stream_facts import side_data
from vs_tcvc.runtime.events import Emit, Event

_NAMES = MappingProxyType(
    {
        "A53_CC": "closed captions", "AFD": "active format description", "STEREO3D": "stereo layout",
        "SPHERICAL": "spherical projection", "ICC_PROFILE": "colour profile", "S12M_TIMECODE": "timecode of frames",
        "MASTERING_DISPLAY_METADATA": "mastering display", "CONTENT_LIGHT_LEVEL": "light level",
        "DYNAMIC_HDR_PLUS": "HDR10+ metadata", "DYNAMIC_HDR_VIVID": "HDR Vivid metadata",
        "AMBIENT_VIEWING_ENVIRONMENT": "ambient viewing environment",
        "DOVI_METADATA": "Dolby Vision metadata", "DOVI_RPU_BUFFER": "Dolby Vision metadata",
        "LCEVC": "LCEVC layer", "THREE_D_REFERENCE_DISPLAYS": "reference displays of 3D",
    }
)  # fmt: skip
"""Kinds that belong to the film, by FFmpeg's names, as people call them; others are of its encoding."""
_WITH_FRAMES = MappingProxyType({"libx264": ("A53_CC", "STEREO3D"), "mpeg2video": ("A53_CC",)})
"""Kinds that an encoder writes if its frames have them."""
_LIGHT = ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL")
_LIGHT_OPTIONS = MappingProxyType(
    {
        "libx264": ("x264-params", "mastering-display", "cll", 50_000, 10_000),
        "libx265": ("x265-params", "master-display", "max-cll", 50_000, 10_000),
        "libsvtav1": ("svtav1-params", "mastering-display", "content-light", 1, 1),
    }
)
"""Option of an encoder, its keys for the mastering display and the light level, units of x and y and of cd/m2."""


def kinds_of(frame: av.VideoFrame) -> set[str]:
    """Kinds that a frame has of the film, keys of `_NAMES`."""
    return {each.type.name for each in side_data(frame)} & _NAMES.keys()


def light_of(first: av.VideoFrame, context: av.VideoCodecContext) -> Mapping[str, bytes]:
    """Mastering display and light level of a film whose first frame is decoded, as far as it says them."""
    whole = {each.name: data for each, data in getattr(context, "decoded_side_data", {}).items()}  # not in PyAV 18
    own = {each.type.name: bytes(each) for each in side_data(first)}
    return {kind: data for kind, data in {**whole, **own}.items() if kind in _LIGHT}


class SideDataWatch:
    """Says, once for each kind, what the film has that an encoder does not write. codec: of the encoder."""

    def __init__(self, codec: str, emit: Emit) -> None:
        self._codec, self._emit = codec, emit
        self._known = set(with_frames(codec)) | set(_LIGHT if codec in _LIGHT_OPTIONS else ())

    def look_at(self, kinds: set[str]) -> None:
        """Kinds of a frame, or of the whole film."""
        lost = kinds - self._known
        if not lost:
            return
        self._known |= lost
        names = ", ".join(sorted({_NAMES[kind] for kind in lost}))
        others = [codec for codec in ("libx264", "libx265") if lost <= {*with_frames(codec), *_LIGHT}]
        advice = f"; {' and '.join(others)} can" if others else ""
        self._emit(Event("side_data", f"the film's {names} cannot be kept by {self._codec}{advice}"))


def with_frames(codec: str) -> tuple[str, ...]:
    """Kinds that an encoder writes if its frames have them."""
    return _WITH_FRAMES.get(codec, ())


def light_options(encoder: str, data: Mapping[str, bytes], options: Mapping[str, str]) -> dict[str, str]:
    """An encoder's options with the film's mastering display and light level, unless they name one already."""
    if encoder not in _LIGHT_OPTIONS:
        return dict(options)
    option, display, level, per_place, per_light = _LIGHT_OPTIONS[encoder]
    given = options.get(option, "")
    added = []
    if display not in given and (text := _mastering_display(data.get(_LIGHT[0], b""), per_place, per_light)):
        added.append(f"{display}={text}")
    if level not in given and (light := data.get(_LIGHT[1])):
        added.append(f"{level}=" + ",".join(map(str, struct.unpack_from("=2I", light))))
    return {**options, option: ":".join(filter(None, (given, *added)))} if added else dict(options)


def _mastering_display(data: bytes, per_place: int, per_light: int) -> str:
    """FFmpeg's AVMasteringDisplayMetadata as encoders want it: R, G, B, white, least and most light; "" if incomplete.

    x265's manual, `--master-display`: places in 1/50000, light in 1/10000 cd/m2; SVT-AV1 takes plain numbers.
    """
    if len(data) < struct.calcsize(_MASTERING):
        return ""
    *numbers, has_places, has_light = struct.unpack_from(_MASTERING, data)
    pairs = [(top, bottom) for top, bottom in zip(numbers[::2], numbers[1::2], strict=True)]
    if not (has_places and has_light and all(bottom for _, bottom in pairs)):
        return ""

    def place(index: int) -> str:
        return ",".join(_number(*pairs[at], per_place) for at in (2 * index, 2 * index + 1))

    red, green, blue, white = (place(index) for index in range(4))
    least, most = (_number(*pairs[at], per_light) for at in (8, 9))
    return f"G({green})B({blue})R({red})WP({white})L({most},{least})"


_MASTERING = "=20i2i"


def _number(top: int, bottom: int, per: int) -> str:
    return str(round(top * per / bottom)) if per > 1 else f"{top / bottom:.6g}"
