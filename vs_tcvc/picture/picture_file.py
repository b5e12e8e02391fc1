"""A picture in a file as people save it, read as a person sees it: in sRGB, upright, whole.

What the samples mean is taken from the file: its colour profile (ICC) is converted, its orientation (Exif) applied.
EXR is linear light. What cannot be told for sure is refused with a sentence: a guess would be a wrong colour.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.errors import UsageError
from vs_tcvc.picture.color import srgb_from_linear
from vs_tcvc.picture.header_space import space_in_header
from vs_tcvc.picture.orientation import orientation_of, upright
from vs_tcvc.picture.size_limits import SIZES_READ, is_too_large
from vs_tcvc.picture.srgb_codes import codes_from_rgb

Picture = NDArray[Any]
"""R'G'B' (H, W, 3), uint8, uint16, or float32 with 1 for white."""

_KINDS = ("bmp", "jpeg", "jpeg2000", "jpegxl", "openexr", "png", "psd", "targa", "tiff", "webp")
"""OpenImageIO's names of what painting programs save."""
_READ_AS: Mapping[str, str] = MappingProxyType(
    {"uint8": "uint8", "uint16": "uint16", "half": "float", "float": "float", "double": "float"}
)
_NO_RGB = ("CMYK", "CIELAB", "ICCLAB", "ITULAB", "LAB")
_OPAQUE, _MOST_HOLES = 0.98, 0.001
"""Alpha from which a pixel counts as whole, and the share of others that is none to the eye."""
_PROBE = (np.indices((6, 6, 6)).reshape(3, -1).T[None] * 51).astype(np.uint8)
"""8-bit colours, (1, N, 3), by which a profile is known as that of sRGB."""


@dataclass(frozen=True, eq=False)
class PictureFile:
    """rgb: what a person sees. note: what was assumed of it, a clause after the picture's name, "" for nothing."""

    rgb: Picture
    note: str = ""


def read_picture_file(path: Path) -> PictureFile:
    """The picture in a file; a gray one has three equal channels.

    Raises UsageError for a file that is missing, damaged, no picture of a painting program, larger than `size_limits`
    allow, partly transparent, or in colours that cannot be converted to sRGB exactly.
    """
    import OpenImageIO as oiio

    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise UsageError("expected a picture file, found none of that name", where=str(path))
    straight = oiio.ImageSpec()
    straight.attribute("oiio:UnassociatedAlpha", 1)
    file = oiio.ImageInput.open(str(path), straight)
    if file is None:
        oiio.geterror()  # it would be printed at exit
        raise _no_picture(path)
    try:
        spec = file.spec()
        _check(path, file.format_name(), spec)
        samples = file.read_image(0, 0, 0, spec.nchannels, _READ_AS[str(spec.format)])
        if samples is None:
            raise UsageError(where=str(path), expected="a whole picture", got=f"a damaged one ({file.geterror()[:80]})")
    finally:
        file.close()
    samples = np.asarray(samples).reshape(spec.height, spec.width, spec.nchannels)
    _check_whole(path, samples, spec.alpha_channel)
    rgb = samples[..., _color_channels(spec)]
    if file.format_name() == "openexr":
        rgb, note = _of_linear(path, rgb, spec)
    else:
        rgb, note = _of_profile(path, rgb, spec), ""
    return PictureFile(np.ascontiguousarray(upright(rgb, orientation_of(spec))), note)


def _no_picture(path: Path) -> UsageError:
    remedy = "save it as PNG or TIFF"
    return UsageError(
        where=str(path), expected="a picture (PNG, TIFF, JPEG)", got="a file of another kind", remedy=remedy
    )


def _check(path: Path, kind: str, spec: Any) -> None:
    if kind not in _KINDS:
        raise _no_picture(path)
    if is_too_large(spec.width, spec.height, spec.nchannels):
        got = f"{spec.width}x{spec.height}, {spec.nchannels} channels"
        raise UsageError(where=str(path), expected=SIZES_READ, got=got)
    colors = next((spec.getattribute(f"{each}:ColorSpace") for each in ("tiff", "jpeg", "psd")
                   if spec.getattribute(f"{each}:ColorSpace")), "")  # fmt: skip
    if str(colors).upper() in _NO_RGB:
        remedy = "convert it to RGB in the program that made it"
        raise UsageError(where=str(path), expected="a picture in R, G and B", got=f"one in {colors}", remedy=remedy)
    if str(spec.format) not in _READ_AS:
        expected = "samples of uint8, uint16 or floats"
        got = {"int": "int32", "uint": "uint32"}.get(str(spec.format), str(spec.format))
        raise UsageError(where=str(path), expected=expected, got=got, remedy="save it as PNG or TIFF")


def _check_whole(path: Path, samples: Picture, alpha: int) -> None:
    """Raise UsageError for a picture with holes: what is under them, nobody has painted."""
    if not 0 <= alpha < samples.shape[2]:
        return
    white = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
    holes = float((samples[..., alpha] < _OPAQUE * white).mean())
    if holes > _MOST_HOLES:
        raise UsageError(
            where=str(path), expected="a picture without transparent parts", got=f"{holes:.0%} of one that has",
            remedy="lay it over the whole frame and flatten it, in the program that made it",
        )  # fmt: skip


def _color_channels(spec: Any) -> list[int]:
    """Indices of R, G and B; of one channel, thrice."""
    names = [name.upper() for name in spec.channelnames]
    if {"R", "G", "B"} <= {*names}:
        return [names.index(name) for name in "RGB"]
    return [0, 1, 2] if spec.nchannels >= 3 else [0, 0, 0]


def _of_linear(path: Path, rgb: Picture, spec: Any) -> tuple[Picture, str]:
    """Linear light of Rec. 709 as R'G'B' of sRGB, with a note."""
    space = space_in_header(spec)
    if str(space) not in ("no colour space", "lin_rec709"):
        remedy = "save it as sRGB (PNG or TIFF), or name its colour space, as jobs of tcvc sequence can"
        raise UsageError(where=str(path), expected="an EXR in linear Rec. 709", got=f"one in {space}", remedy=remedy)
    said = "" if space.name else "is taken as linear Rec. 709, which an EXR without chromaticities may not be"
    return srgb_from_linear(np.asarray(rgb, np.float32)), said


def _of_profile(path: Path, rgb: Picture, spec: Any) -> Picture:
    """R'G'B' of sRGB of a picture with a colour profile; at 8 bits, unless it is sRGB's."""
    profile = spec.getattribute("ICCProfile")
    if profile is None or spec.nchannels < 3:
        return rgb
    from PIL import Image, ImageCms

    try:
        given = ImageCms.ImageCmsProfile(BytesIO(np.asarray(profile, np.uint8).tobytes()))
        to_srgb: Any = ImageCms.buildTransform(given, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        raise UsageError(
            where=str(path), expected="a colour profile for R, G and B", got=f"one that cannot be used ({error})",
            remedy="convert the picture to sRGB in the program that made it",
        ) from None  # fmt: skip

    def converted(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(ImageCms.applyTransform(Image.fromarray(codes), to_srgb), np.uint8)

    if np.abs(converted(_PROBE).astype(np.int16) - _PROBE).max() <= 1:
        return rgb
    return converted(rgb if rgb.dtype == np.uint8 else _codes(rgb))


def _codes(rgb: Picture) -> NDArray[np.uint8]:
    """The nearest 8-bit codes."""
    white = np.float32(1 if rgb.dtype.kind == "f" else np.iinfo(rgb.dtype).max)
    return codes_from_rgb(np.moveaxis(np.asarray(rgb, np.float32) / white, -1, 0))
