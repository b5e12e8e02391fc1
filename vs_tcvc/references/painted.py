"""Painted references: coloured pictures of frames, in files or in memory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.coding import BRIGHTEST
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, luma
from vs_tcvc.picture.size_limits import SIZES_READ, claimed_size, is_too_large

Painted = str | os.PathLike[str] | NDArray[Any] | Reference
"""A coloured picture of a frame: a file, R'G'B' (H, W, 3) of uint8, uint16 or floats 0 to 1, or a `Reference`."""

ASPECT_TOLERANCE = 0.02
"""Tolerance of a picture's aspect ratio: a crop or a letterbox exceeds it."""

_HIGHEST = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535, np.dtype(np.float32): 1, np.dtype(np.float64): 1}
"""The value of white in a picture of that type."""


def parse_reference(text: str, first: int = 0) -> tuple[Path, int]:
    """`FILE@FRAME` as file and frame, by default `first`. An existing file of the whole name takes precedence."""
    match = re.fullmatch(r"(.+)@(-?[0-9]{1,9})", text, re.DOTALL)
    if match is None or os.path.isfile(text):
        return Path(text), first
    return Path(match[1]), int(match[2])


def read_references(
    texts: Iterable[str], clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str, first: int = 0
) -> dict[int, Reference]:
    """References by the index of their frame in the clip, from `FILE[@FRAME]` texts.

    first: the number of the clip's first frame. Raises UsageError if two references name the same frame or one before
    the first, or a file cannot be used.
    """
    references: dict[int, Reference] = {}
    for text in texts:
        path, frame = parse_reference(text, first)
        index = frame - first
        if index < 0:
            raise UsageError(option="reference", expected=f"frames of the clip, from {first}", got=str(frame))
        if index in references:
            raise UsageError(
                f"frame {frame} has a reference already", option="reference", value=text,
                remedy="give another frame with @FRAME",
            )  # fmt: skip
        references[index] = read_reference(path, index, clip_size, working_size, matrix)
    return references


def read_reference(
    path: Path, frame: int, clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str
) -> Reference:
    """A coloured picture file (8 or 16 bit sRGB: PNG, TIFF, JPEG, …) as the reference of a frame.

    clip_size, working_size: (width, height); matrix: the clip's, used to convert the picture to gray.
    Raises UsageError for a file that is missing, is not a picture, is larger than `size_limits` allow, or differs from
    the clip's aspect ratio.
    """
    try:
        return _reference_of_file(path, frame, clip_size, working_size, matrix)
    except UsageError as error:
        raise error.about("reference") from None


def painted_references(
    given: Mapping[int, Painted], clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str, first: int = 0
) -> dict[int, Reference]:
    """References by the index in the clip of the frame that they show; sizes and matrix as in `read_reference`.

    first: the number of the clip's first frame, by which `given` counts.

    Raises UsageError for an invalid picture or another aspect ratio than the clip's.
    """
    references: dict[int, Reference] = {}
    for frame, picture in given.items():
        where, index = f"references: frame {frame}", int(frame) - first
        if isinstance(picture, Reference):
            references[index] = picture
        elif isinstance(picture, (str, os.PathLike)):
            try:
                references[index] = _reference_of_file(Path(picture), index, clip_size, working_size, matrix)
            except UsageError as error:
                raise error.at(where) from None
        else:
            rgb = np.asarray(picture)
            if rgb.dtype.kind == "f" and not np.abs(rgb).max(initial=0) <= BRIGHTEST:
                raise UsageError(
                    where=where, expected="floats from 0 to 1", got=f"{rgb.max():g}",
                    remedy="divide them by the value of white",
                )  # fmt: skip
            references[index] = _reference_of_picture(rgb, index, clip_size, working_size, matrix, where, "array")
    return references


def _reference_of_file(
    path: Path, frame: int, clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str
) -> Reference:
    return _reference_of_picture(_read(path), frame, clip_size, working_size, matrix, str(path), str(path))


def _reference_of_picture(
    picture: NDArray[Any], frame: int, clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str,
    where: str, origin: str,
) -> Reference:  # fmt: skip
    """R'G'B' (H, W, 3) of any size as the reference of a frame. Raises UsageError, naming `where`, for other arrays."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype not in _HIGHEST:
        expected = "R'G'B' (H, W, 3), uint8, uint16 or floats 0 to 1"
        raise UsageError(where=where, expected=expected, got=f"{picture.shape} {picture.dtype}")
    check_samples(picture, where)
    height, width = picture.shape[:2]
    check_shape((width, height), clip_size, where)
    rgb = np.clip(picture.astype(np.float32) / np.float32(_HIGHEST[picture.dtype]), 0, 1)
    shrinks = width > working_size[0]
    resized = cv2.resize(rgb, working_size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return reference_of(np.ascontiguousarray(resized.transpose(2, 0, 1)), frame, matrix, origin)


def check_samples(picture: NDArray[Any], where: str) -> None:
    """Raise UsageError, naming `where`, if a sample of a picture is NaN or infinite."""
    if picture.dtype.kind == "f" and not np.isfinite(picture).all():
        remedy = "repair it, or export it again"
        raise UsageError(where=where, expected="finite samples", got="NaN or infinity", remedy=remedy)


def check_shape(size: tuple[int, int], clip_size: tuple[int, int], where: str) -> None:
    """Raise UsageError, naming `where`, unless a picture of `size` (width, height) has the shape of the clip."""
    if 0 in size or abs(size[0] / size[1] * clip_size[1] / clip_size[0] - 1) > ASPECT_TOLERANCE:
        raise UsageError(
            where=where, expected=f"the shape of the clip, {clip_size[0]}x{clip_size[1]}",
            got=f"{size[0]}x{size[1]}", remedy="export the whole frame, without borders",
        )  # fmt: skip


def reference_of(rgb: Array, frame: int, matrix: str, origin: str) -> Reference:
    """A coloured picture, R'G'B' (3, h, w) 0 to 1 at the working size, as the reference of a frame."""
    return Reference(frame, lightness_from_luma(luma(rgb, matrix)), lab_from_rgb(rgb)[1:].copy(), origin)


def _read(path: Path) -> NDArray[Any]:
    """R'G'B' (H, W, 3) of a file, in its own depth."""
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise UsageError("expected a picture file, found none of that name", where=str(path))
    size = claimed_size(path)
    if size and is_too_large(*size):
        raise UsageError(where=str(path), expected=SIZES_READ, got="{}x{}, {} channels".format(*size))
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if size else None
    except cv2.error:  # it is damaged
        picture = None
    if picture is None:
        raise UsageError(where=str(path), expected="a picture (PNG, TIFF, JPEG)", got="a file of another kind")
    return np.asarray(picture[..., ::-1])
