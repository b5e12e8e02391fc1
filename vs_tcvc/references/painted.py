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
from vs_tcvc.picture.picture_file import PictureFile, read_picture_file
from vs_tcvc.references.canvas import Canvas

Painted = str | os.PathLike[str] | NDArray[Any] | Reference
"""A coloured picture of a frame: a file, R'G'B' (H, W, 3) of uint8, uint16 or floats 0 to 1, or a `Reference`."""

_HIGHEST = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535, np.dtype(np.float32): 1, np.dtype(np.float64): 1}
"""The value of white in a picture of that type."""


def parse_reference(text: str, first: int = 0) -> tuple[Path, int]:
    """`FILE@FRAME` as file and frame, by default `first`. An existing file of the whole name takes precedence."""
    match = re.fullmatch(r"(.+)@(-?[0-9]{1,9})", text, re.DOTALL)
    if match is None or os.path.isfile(text):
        return Path(text), first
    return Path(match[1]), int(match[2])


def read_references(texts: Iterable[str], canvas: Canvas, first: int = 0) -> dict[int, Reference]:
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
        references[index] = read_reference(path, index, canvas)
    return references


def read_reference(path: Path, frame: int, canvas: Canvas) -> Reference:
    """A coloured picture file (PNG, TIFF, JPEG, …, as `read_picture_file` reads it) as the reference of a frame.

    Raises UsageError as `read_picture_file` and `Canvas.fitted`.
    """
    try:
        return _reference_of_file(path, frame, canvas)
    except UsageError as error:
        raise error.about("reference") from None


def painted_references(given: Mapping[int, Painted], canvas: Canvas, first: int = 0) -> dict[int, Reference]:
    """References by the index in the clip of the frame that they show.

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
                references[index] = _reference_of_file(Path(picture), index, canvas)
            except UsageError as error:
                raise error.at(where) from None
        else:
            rgb = np.asarray(picture)
            if rgb.dtype.kind == "f" and not np.abs(rgb).max(initial=0) <= BRIGHTEST:
                raise UsageError(
                    where=where, expected="floats from 0 to 1", got=f"{rgb.max():g}",
                    remedy="divide them by the value of white",
                )  # fmt: skip
            references[index] = _reference_of(PictureFile(rgb), index, canvas, where, "array")
    return references


def _reference_of_file(path: Path, frame: int, canvas: Canvas) -> Reference:
    return _reference_of(read_picture_file(path), frame, canvas, str(path), str(path))


def _reference_of(picture: PictureFile, frame: int, canvas: Canvas, where: str, origin: str) -> Reference:
    """R'G'B' (H, W, 3) of any size as the reference of a frame. Raises UsageError, naming `where`, for other arrays."""
    rgb = picture.rgb
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype not in _HIGHEST:
        expected = "R'G'B' (H, W, 3), uint8, uint16 or floats 0 to 1"
        raise UsageError(where=where, expected=expected, got=f"{rgb.shape} {rgb.dtype}")
    check_samples(rgb, where)
    codes = canvas.fitted(rgb, where)
    planes = np.clip(codes.astype(np.float32) / np.float32(_HIGHEST[codes.dtype]), 0, 1)
    return reference_of(in_working_size(planes, canvas), frame, canvas.matrix, origin, picture.note)


def in_working_size(rgb: Array, canvas: Canvas) -> Array:
    """A picture (H, W, 3) of any size as the network sees it, (3, h, w)."""
    shrinks = rgb.shape[1] > canvas.working_size[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(rgb, canvas.working_size, interpolation=way).transpose(2, 0, 1), np.float32)


def check_samples(picture: NDArray[Any], where: str) -> None:
    """Raise UsageError, naming `where`, if a sample of a picture is NaN or infinite."""
    if picture.dtype.kind == "f" and not np.isfinite(picture).all():
        remedy = "repair it, or export it again"
        raise UsageError(where=where, expected="finite samples", got="NaN or infinity", remedy=remedy)


def reference_of(rgb: Array, frame: int, matrix: str, origin: str, note: str = "") -> Reference:
    """A coloured picture, R'G'B' (3, h, w) 0 to 1 at the working size, as the reference of a frame."""
    return Reference(frame, lightness_from_luma(luma(rgb, matrix)), lab_from_rgb(rgb)[1:].copy(), origin, note=note)
