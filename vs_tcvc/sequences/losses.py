"""What of a plate its result cannot hold, and what of it is the picture, in sentences."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import OpenImageIO as oiio

from vs_tcvc.sequences.file_habits import holds_parts, is_lossy, kept_channels
from vs_tcvc.sequences.image_file import Image
from vs_tcvc.sequences.windows import window_of

_OF_THE_FILE = re.compile(
    r"(openexr|tiff|jpeg|png|oiio|tcvc|ICCProfile|dpx):.*|compression|planarconfig|screenWindow.*|chromaticities|"
    r"colorInteropID|CICP|DateTime|Software|ResolutionUnit|Orientation|Exif:.*Version|Exif:ColorSpace|name"
)
"""Attributes that say how a file is made, not what it shows."""
_WHOLE = ("uint", "int")  # 32 bits, which do not pass through floats


def told_of(picture: Image) -> str:
    """Which part and layer of a file is the picture, "" where there is one only."""
    parts = [part.spec for part in picture.parts]
    names = [part.get_string_attribute("oiio:subimagename") for part in parts]
    found = picture.found
    channels = [picture.spec.channelnames[index] for index in found.channels]
    if len(parts) == 1 and not found.layer:
        return ""
    number = f"{picture.place + 1} of {len(parts)}"
    part = f" in part {names[picture.place] or number}" if len(parts) > 1 else ""
    return f"the picture is {', '.join(channels)}{part}"


def losses(picture: Image, result: str, output: str) -> list[str]:
    """What is left out of the results or changed, of a plate with its parts; nothing of multipliers."""
    if output == "chroma":
        return []
    ending, spec = Path(result).suffix, picture.spec
    file: Any = oiio.ImageOutput.create(result)
    said = []
    kept = kept_channels(spec, file)
    gone = [
        name
        for index, name in enumerate(spec.channelnames)
        if index not in kept and index not in picture.color_channels
    ]
    if gone:
        said.append(f"{ending} cannot hold the channels {', '.join(gone)}, which are left out")
    nameless = [name for name in spec.channelnames[3:] if name not in ("A", *gone)]
    if nameless and file.format_name() == "tiff" and not spec.get_string_attribute("tiff:Compression"):
        said.append(f"{ending} holds the channels {', '.join(nameless)} without their names")
    if picture.others and not holds_parts(file, spec):
        said.append(f"{ending} holds one part: {len(picture.others)} others of the plates are left out")
    if window_of(spec) and not file.supports("displaywindow"):
        said.append(f"{ending} has no windows: the results are the data window alone")
    if any(is_lossy(part.spec) for part in picture.parts) and file.format_name() in ("openexr", "tiff"):
        compression = spec.get_string_attribute("compression")
        said.append(f"compression {compression} would change the plate's own values: the results are zip")
    whole = [name for name, kind in zip(spec.channelnames, spec.channelformats, strict=False) if str(kind) in _WHOLE]
    if whole:
        said.append(f"the integers of {', '.join(whole)} are kept to 24 bits")
    if picture.found.is_gray and spec.getattribute("ICCProfile") is not None:
        said.append("the plates' ICC profile is of gray, and is left out of results in colour")
    return said


def lost_header(before: Any, result: Path) -> str:
    """The attributes of a plate's header that a result of another kind lacks. before: the plate's spec."""
    file = oiio.ImageInput.open(str(result))
    if file is None:
        return ""
    kept = {item.name for item in file.spec().extra_attribs}
    file.close()
    lost = [item.name for item in before.extra_attribs
            if item.name not in kept and not _OF_THE_FILE.fullmatch(item.name)
            and (item.name, item.value) != ("PixelAspectRatio", 1)]  # fmt: skip
    return f"{result.suffix} cannot hold {', '.join(lost)} of the header" if lost else ""
