"""What kinds of picture files hold, and where the library that reads and writes them does it in a way of its own."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import OpenImageIO as oiio

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.dpx_header import forget_missing, is_little_dpx
from vs_tcvc.picture.orientation import orientation_of, stored

_OF_LIGHT = ("openexr", "hdr", "tiff")
"""Formats that hold floats, of scene-linear light; TIFF holds both."""
_HIGHEST_ORIENTATION = MappingProxyType({"tiff": 8, "jpeg": 8, "png": 8, "dpx": 4})
"""Of formats that have the tag; of a DPX that is turned by a quarter OpenImageIO 3.2 mistakes the size."""
_AS_DPX_WRITES = MappingProxyType({3: 4, 4: 3})
"""OpenImageIO 3.2 writes these orientations into DPX one for the other, and reads them right."""
_LOSSY = re.compile(r"dwa.*|b44a?|pxr24|jpeg.*")


def holds_alpha(name: str) -> bool:
    """Whether files of that name have alpha."""
    file = oiio.ImageOutput.create(name)
    return bool(file and file.supports("alpha"))


def holds_parts(file: Any, spec: Any) -> bool:
    """Whether a file can hold the other parts of a plate as what they are. file: to be written; spec: of the plate."""
    kind = file.format_name()
    return kind == "openexr" or (kind == "tiff" and bool(spec.get_string_attribute("tiff:Compression")))


def holds_light(name: str, plate: Any) -> bool:
    """Whether a file of that name holds a plate's samples as floats. plate: its spec."""
    file = oiio.ImageOutput.create(name)
    kind = file.format_name() if file else ""
    return kind in _OF_LIGHT and (kind != "tiff" or is_float(plate))


def is_float(spec: Any) -> bool:
    return str(spec.format) in ("half", "float", "double")


def mend(pixels: Array, spec: Any, path: Path) -> Array:
    """The samples of a file as it means them; what its header does not say is removed from `spec`."""
    if spec.get_int_attribute("tiff:PhotometricInterpretation", 1) == 0 and str(spec.format) != "uint8":
        spec.attribute("tiff:PhotometricInterpretation", 1)
        pixels = 1 - pixels  # the library does it for 8 bits alone
    if bits := spec.get_int_attribute("oiio:BitsPerSample"):
        spec.attribute("oiio:BitsPerSample", bits)  # of JPEG 2000 it is unsigned, which its writer does not know
    if is_little_dpx(spec, path):
        spec.attribute("oiio:Endian", "little")
    forget_missing(spec, path)
    return pixels


def as_written(pixels: Array, spec: Any, file: Any) -> tuple[Array, Any]:
    """Upright samples (H, W, C) and a spec as a file can hold them, in its orientation. file: that will be written."""
    kind, made = file.format_name(), oiio.ImageSpec(spec)
    kept = kept_channels(spec, file)
    if len(kept) < spec.nchannels:
        pixels = pixels[..., kept]
        made.nchannels, made.channelnames = len(kept), [spec.channelnames[index] for index in kept]
        made.alpha_channel = kept.index(spec.alpha_channel) if spec.alpha_channel in kept else -1
    if not file.supports("tiles"):
        made.tile_width = made.tile_height = made.tile_depth = 0
    if is_lossy(spec) and kind in _OF_LIGHT:
        made.attribute("compression", "zip")
    if is_float(spec) and kind not in _OF_LIGHT:
        made.set_format("uint16")
    if made.get_int_attribute("oiio:BitsPerSample", 8) < 8:
        made.erase_attribute("oiio:BitsPerSample")
    orientation = orientation_of(spec)
    if orientation > _HIGHEST_ORIENTATION.get(kind, 1):
        made.attribute("Orientation", 1)
        orientation, (made.height, made.width) = 1, pixels.shape[:2]
        made.full_width, made.full_height = made.width, made.height
    if kind == "dpx":
        made.attribute("Orientation", _AS_DPX_WRITES.get(orientation, orientation))
    return np.ascontiguousarray(stored(pixels, orientation)), made


def kept_channels(spec: Any, file: Any) -> list[int]:
    """Indices of the channels that a file can hold: all, or R, G, B and alpha, or R, G and B."""
    if file.supports("nchannels") and file.format_name() != "dpx":  # which holds four, whatever it says
        return [*range(spec.nchannels)]
    most = 4 if file.supports("alpha") else 3
    return [index for index in range(spec.nchannels) if index < 3 or (index == spec.alpha_channel and most == 4)]


def is_lossy(spec: Any) -> bool:
    """Whether the compression of a file, used once more, would change samples."""
    compression = spec.get_string_attribute("compression")
    return bool(_LOSSY.fullmatch(compression)) and (compression != "pxr24" or str(spec.format) != "half")
