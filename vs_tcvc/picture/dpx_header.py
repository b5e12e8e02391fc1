"""Headers of DPX files, where OpenImageIO takes pixels for them (SMPTE ST 268)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_FILM_AND_VIDEO = re.compile(
    r"smpte:(KeyCode|TimeCode)|FramesPerSecond|dpx:(FilmEdgeCode|Format|FramePosition|SequenceLength|HeldCount|FrameRate|"
    r"ShutterAngle|FrameId|SlateInfo|TimeCode|UserBits|Interlace|FieldNumber|VideoSignal|Signal|HorizontalSampleRate|"
    r"VerticalSampleRate|TemporalFrameRate|TimeOffset|Gamma|BlackLevel|BlackGain|BreakPoint|WhiteLevel|IntegrationTimes)"
)
"""Attributes of the headers of film and video, which lie behind the generic one and may be left out."""
_END_OF_HEADERS = 2048


def is_little_dpx(spec: Any, path: Path) -> bool:
    """Whether the numbers of a DPX begin with their low byte; False for files of other kinds. spec: OpenImageIO's."""
    return bool(spec.get_string_attribute("dpx:Version")) and _head(path)[:4] == b"XPDS"


def forget_missing(spec: Any, path: Path) -> None:
    """Remove what OpenImageIO read for headers that a DPX does not have."""
    if not spec.get_string_attribute("dpx:Version"):
        return
    start = _head(path)[4:]
    if int.from_bytes(start, "little" if is_little_dpx(spec, path) else "big") < _END_OF_HEADERS:
        erase(spec, _FILM_AND_VIDEO)


def erase(spec: Any, names: re.Pattern[str]) -> None:
    """Remove the attributes of these names."""
    for name in [item.name for item in spec.extra_attribs if names.fullmatch(item.name)]:
        spec.erase_attribute(re.escape(name))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)
