"""References that a person made: coloured pictures of frames, read from files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, luma

ASPECT_TOLERANCE = 0.02
"""How far a picture's shape may be from the clip's: a crop or a letterbox is more than that."""


def parse_reference(text: str, first: int = 0) -> tuple[Path, int]:
    """`FILE@FRAME` as file and frame; without @FRAME it is of the `first` frame. A file that is so named wins."""
    match = re.fullmatch(r"(.+)@([0-9]{1,9})", text, re.DOTALL)
    if match is None or os.path.isfile(text):
        return Path(text), first
    return Path(match[1]), int(match[2])


def read_references(
    texts: Iterable[str], clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str
) -> dict[int, Reference]:
    """References by frame, from `FILE[@FRAME]` texts; UsageError for two of one frame or a file that does not do."""
    references: dict[int, Reference] = {}
    for text in texts:
        path, frame = parse_reference(text)
        if frame in references:
            raise UsageError(
                f"frame {frame} has a reference already", option="reference", value=text,
                remedy="name another frame with @FRAME",
            )  # fmt: skip
        references[frame] = read_reference(path, frame, clip_size, working_size, matrix)
    return references


def read_reference(
    path: Path, frame: int, clip_size: tuple[int, int], working_size: tuple[int, int], matrix: str
) -> Reference:
    """A coloured picture file (8 or 16 bit sRGB: PNG, TIFF, JPEG, …) as the reference of a frame.

    clip_size, working_size: (width, height); matrix: the clip's, by which the picture is made gray as the clip is.
    Raises UsageError for a file that is missing, is no picture, or has not the clip's shape.
    """
    rgb = _read_rgb(path)
    height, width = rgb.shape[:2]
    check_shape((width, height), clip_size, option="reference", value=path)
    shrinks = width > working_size[0]
    resized = cv2.resize(rgb, working_size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return reference_of(np.ascontiguousarray(resized.transpose(2, 0, 1)), frame, matrix, str(path))


def check_shape(
    size: tuple[int, int], clip_size: tuple[int, int], *, where: str = "", option: str = "", value: object = ""
) -> None:
    """Raise UsageError, saying of what, unless a picture of `size` (width, height) has the shape of the clip."""
    if abs(size[0] / size[1] * clip_size[1] / clip_size[0] - 1) > ASPECT_TOLERANCE:
        raise UsageError(
            where=where, option=option, value=value, expected=f"the shape of the clip, {clip_size[0]}x{clip_size[1]}",
            got=f"{size[0]}x{size[1]}", remedy="export the whole frame, without borders",
        )  # fmt: skip


def reference_of(rgb: Array, frame: int, matrix: str, origin: str) -> Reference:
    """A coloured picture, R'G'B' (3, h, w) 0 to 1 at the working size, as the reference of a frame."""
    return Reference(frame, lightness_from_luma(luma(rgb, matrix)), lab_from_rgb(rgb)[1:].copy(), origin)


def _read_rgb(path: Path) -> Array:
    """R'G'B' (H, W, 3), 0 to 1."""
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise UsageError("expected a picture file, found none of that name", option="reference", value=path)
    encoded = np.fromfile(path, np.uint8)
    try:
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error:  # an empty file, or a picture of more than a gigapixel
        picture = None
    if picture is None:
        raise UsageError(
            option="reference", value=path, expected="a picture (PNG, TIFF, JPEG)", got="a file that is none"
        )
    highest = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1)
    rgb: Array = picture[..., ::-1].astype(np.float32) / np.float32(highest)
    return np.clip(rgb, 0, 1)
