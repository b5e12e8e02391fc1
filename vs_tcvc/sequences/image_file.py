"""Numbered pictures of compositors, read and written with all channels and metadata (OpenImageIO)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.picture.size_limits import SIZES_READ, is_too_large
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.runtime.atomic_files import whole_path


@dataclass(frozen=True, eq=False)
class Image:
    """pixels: (H, W, C) float32 of the data window; spec: size, windows, channel names, depth and metadata."""

    pixels: Array
    spec: Any

    @property
    def rgb(self) -> Array:
        """R, G and B (H, W, 3); a single channel is repeated."""
        return self.pixels[..., self.color_channels]

    @property
    def pixel_aspect(self) -> float:
        """Width to height of a pixel, 1 if it is not said."""
        said = float(self.spec.getattribute("PixelAspectRatio") or 1)
        return said if 0.1 <= said <= 10 else 1.0

    @property
    def color_channels(self) -> list[int]:
        """Indices of R, G and B among the channels."""
        names = [name.rpartition(".")[2].upper() for name in self.spec.channelnames]
        if {"R", "G", "B"} <= {*names}:
            return [names.index(name) for name in "RGB"]
        return [0, 1, 2] if self.spec.nchannels >= 3 else [0, 0, 0]


def read_picture(path: Path, where: str) -> Image:
    """The first part of a picture file.

    Raises FrameError, with `where`, if it is missing, damaged, or larger than `size_limits` allow.
    """
    if not os.path.isfile(path):
        raise FrameError(f"expected a picture {path}, found none of that name", where=where)
    file = oiio.ImageInput.open(str(path))
    if file is None:
        raise FrameError(where=where, expected="a picture", got=f"{path} ({_reason(oiio.geterror())})")
    try:
        spec = file.spec()
        if is_too_large(spec.width, spec.height, spec.nchannels):
            got = f"{path} of {spec.width}x{spec.height}, {spec.nchannels} channels"
            raise FrameError(where=where, expected=SIZES_READ, got=got)
        pixels = file.read_image(0, 0, 0, spec.nchannels, "float")
        if pixels is None:
            problem = f"{path} is damaged ({_reason(file.geterror())})"
            raise FrameError(problem, where=where, remedy="render it again")
        return Image(np.asarray(pixels, np.float32), spec)
    finally:
        file.close()


def write_picture(path: Path, picture: Image) -> None:
    """Write a picture; it appears under its name only when complete. Raises FrameError if it cannot be written."""
    try:
        with whole_path(path) as part:
            file = oiio.ImageOutput.create(str(part))
            if file is None:
                raise OSError(None, _reason(oiio.geterror()))
            is_whole = file.open(str(part), picture.spec) and file.write_image(np.ascontiguousarray(picture.pixels))
            is_whole = file.close() and is_whole
            if not is_whole:
                raise OSError(None, _reason(file.geterror()))
            broken = find_broken([part])  # the library does not tell what a full disk refused last
            if broken:
                raise OSError(None, f"it became {broken[1]}")
    except OSError as error:
        raise FrameError(
            f"{path}: cannot be written ({error.strerror}); free disk space or choose another folder"
        ) from None


def check_kind(name: str) -> None:
    """Raise UsageError unless a picture of such a name can be written."""
    if oiio.ImageOutput.create(name) is None:
        expected, got = "the name of a picture as .exr, .dpx, .tif, .png", f"{name} ({_reason(oiio.geterror())})"
        raise UsageError(option="result", expected=expected, got=got)


def spec_like(spec: Any, names: list[str], kind: str, attributes: Mapping[str, Any]) -> Any:
    """The spec of a picture with other channels; windows, pixel aspect, timecode and metadata are those of `spec`.

    kind: of samples, "half" or "float". attributes: added.
    """
    other = oiio.ImageSpec(spec)
    other.nchannels = len(names)
    other.channelnames = names
    other.alpha_channel = other.z_channel = -1
    other.set_format(kind)
    for name, value in attributes.items():
        if isinstance(value, tuple):
            other.attribute(name, f"float[{len(value)}]", value)
        else:
            other.attribute(name, value)
    return other


def _reason(text: str) -> str:
    return next(iter(text.strip().splitlines()), "no reason given")
