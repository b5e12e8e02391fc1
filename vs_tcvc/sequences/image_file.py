"""Numbered pictures of compositors and scanners, read and written with all that is in them (OpenImageIO).

Pixels stand upright here, whatever the file's orientation; colours are those in the file, not multiplied by alpha.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.picture.orientation import orientation_of, upright
from vs_tcvc.picture.scan_header import colorless
from vs_tcvc.picture.size_limits import SIZES_READ, is_too_large
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.runtime.atomic_files import whole_path
from vs_tcvc.sequences.file_habits import as_written, holds_parts, mend
from vs_tcvc.sequences.picture_channels import Found, find_picture


@dataclass(frozen=True, eq=False)
class Image:
    """A picture, and the other parts of its file.

    pixels: (H, W, C) float32 of the data window, upright; spec: size, windows, channel names, depth and metadata, as
    in the file. others: the file's other parts, in order, and place: the index of the picture among all parts.
    """

    pixels: Array
    spec: Any
    others: Sequence[Image] = ()
    place: int = 0

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
        """Indices of R, G and B among the channels, or of a gray one three times."""
        found = self.found
        return [*found.channels] * (3 if found.is_gray else 1)

    @cached_property
    def found(self) -> Found:
        """Where the picture is among the channels."""
        found = find_picture([self.spec.channelnames])
        assert found, "checked when it was read"
        return found

    @property
    def parts(self) -> list[Image]:
        """All parts, in order."""
        return [*self.others[: self.place], self, *self.others[self.place :]]


def read_picture(path: Path, where: str) -> Image:
    """A picture file with all its parts.

    Raises FrameError, with `where`, if it is missing, damaged, larger than `size_limits` allow, or holds no picture in
    R, G and B or gray.
    """
    with _opened(path, where) as file:
        specs = [*_specs(file)]
        place = _place(specs, path, where)
        parts = [Image(_pixels(file, index, spec, path, where), spec) for index, spec in enumerate(specs)]
    return Image(parts[place].pixels, specs[place], parts[:place] + parts[place + 1 :], place)


def read_header(path: Path, where: str) -> Any:
    """The spec of the part of a file that is the picture. Raises FrameError as `read_picture` does."""
    with _opened(path, where) as file:
        specs = [*_specs(file)]
    return specs[_place(specs, path, where)]


@contextmanager
def _opened(path: Path, where: str) -> Iterator[Any]:
    if not os.path.isfile(path):
        raise FrameError(f"expected a picture {path}, found none of that name", where=where)
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    file = oiio.ImageInput.open(str(path), config)
    if file is None:
        raise FrameError(where=where, expected="a picture", got=f"{path} ({_reason(oiio.geterror())})")
    try:
        yield file
    finally:
        file.close()


def _place(specs: Sequence[Any], path: Path, where: str) -> int:
    """The index of the part that is the picture."""
    names = [spec.get_string_attribute("oiio:subimagename") for spec in specs]
    found, expected = find_picture([spec.channelnames for spec in specs], names), "a picture in R, G and B or gray"
    if not found:
        channels = ", ".join(name for spec in specs for name in spec.channelnames)
        raise FrameError(where=where, expected=expected, got=f"{path} with the channels {channels}")
    if strange := colorless(specs[found.part], path):
        raise FrameError(where=where, expected=expected, got=f"{path} in {strange}", remedy="convert it first")
    return found.part


def _specs(file: Any) -> Iterator[Any]:
    """Of all parts."""
    index = 0
    while file.seek_subimage(index, 0):
        yield oiio.ImageSpec(file.spec())
        index += 1


def _pixels(file: Any, index: int, spec: Any, path: Path, where: str) -> Array:
    """Of a part, upright; what its header has too much is removed from `spec`."""
    if is_too_large(spec.width, spec.height, spec.nchannels):
        got = f"{path} of {spec.width}x{spec.height}, {spec.nchannels} channels"
        raise FrameError(where=where, expected=SIZES_READ, got=got)
    pixels = file.read_image(index, 0, 0, spec.nchannels, "float")
    if pixels is None:
        problem = f"{path} is damaged ({_reason(file.geterror())})"
        raise FrameError(problem, where=where, remedy="render it again")
    return upright(mend(np.asarray(pixels, np.float32), spec, path), orientation_of(spec))


def write_picture(path: Path, picture: Image) -> None:
    """Write a picture with its other parts; it appears under its name only when complete.

    What the format cannot hold is left out, as `lost_in` tells. Raises FrameError if it cannot be written.
    """
    try:
        with whole_path(path) as part:
            file = oiio.ImageOutput.create(str(part))
            if file is None:
                raise OSError(None, _reason(oiio.geterror()))
            parts = picture.parts if holds_parts(file, picture.spec) else [picture]
            written = [as_written(each.pixels, each.spec, file) for each in parts]
            try:
                is_whole = _write_parts(file, str(part), written)
                is_whole = file.close() and is_whole
            except RuntimeError as error:  # of a library within, such as OpenJPH
                raise OSError(None, _reason(str(error))) from None
            if not is_whole:
                raise OSError(None, _reason(file.geterror()))
            broken = find_broken([part])  # the library does not tell what a full disk refused last
            if broken:
                raise OSError(None, f"it became {broken[1]}")
    except OSError as error:
        raise FrameError(
            f"{path}: cannot be written ({error.strerror}); free disk space or choose another folder"
        ) from None


def _write_parts(file: Any, name: str, parts: Sequence[tuple[Array, Any]]) -> bool:
    """Whether all could be written."""
    specs = [spec for _, spec in parts]
    is_at_once = len(specs) > 1 and file.format_name() == "openexr"  # the others take one part after the other
    for index, (pixels, spec) in enumerate(parts):
        mode = "AppendSubimage" if index else "Create"
        is_open = file.open(name, specs) if is_at_once and not index else file.open(name, spec, mode)
        if not (is_open and file.write_image(pixels)):
            return False
    return True


def check_kind(name: str) -> None:
    """Raise UsageError unless a picture of such a name can be written."""
    if oiio.ImageOutput.create(name) is None:
        expected, got = "the name of a picture as .exr, .dpx, .tif, .png", f"{name} ({_reason(oiio.geterror())})"
        raise UsageError(option="result", expected=expected, got=got)


def spec_like(spec: Any, names: Sequence[str], kind: str, attributes: Mapping[str, Any]) -> Any:
    """The spec of a picture with other channels; windows, pixel aspect, timecode and metadata are those of `spec`.

    kind: of samples, "half" or "float". attributes: added.
    """
    other = oiio.ImageSpec(spec)
    other.nchannels = len(names)
    other.channelnames = names
    other.alpha_channel, other.z_channel = (
        names.index(name) if name in names else -1
        for name in (spec.channelnames[at] if at >= 0 else "" for at in (spec.alpha_channel, spec.z_channel))
    )
    other.set_format(kind)
    for name, value in attributes.items():
        if isinstance(value, tuple):
            other.attribute(name, f"float[{len(value)}]", value)
        else:
            other.attribute(name, value)
    return other


def _reason(text: str) -> str:
    return next(iter(text.strip().splitlines()), "no reason given")
