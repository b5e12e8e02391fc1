"""The place of a picture's pixels in the frame: OpenEXR's data window and display window."""

from __future__ import annotations

from typing import Any

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.orientation import is_turned


def canvas_of(spec: Any) -> tuple[int, int]:
    """Width and height of the display window with all of the data window; of a picture without windows, upright."""
    left, top, right, bottom = _corners(spec)
    size = right - left, bottom - top
    return (size[1], size[0]) if is_turned(spec) else size


def window_of(spec: Any) -> tuple[slice, slice] | None:
    """Rows and columns of the canvas that the pixels fill; None if they are the whole of it."""
    left, top, right, bottom = _corners(spec)
    if (right - left, bottom - top) == (spec.width, spec.height):
        return None
    rows, columns = spec.y - top, spec.x - left
    return slice(rows, rows + spec.height), slice(columns, columns + spec.width)


def placed(plane: Array, spec: Any) -> Array:
    """A plane of the data window on the canvas, (H, W), which is black elsewhere."""
    window = window_of(spec)
    if window is None:
        return plane
    width, height = canvas_of(spec)
    canvas = np.zeros((height, width), np.float32)
    canvas[window] = plane
    return canvas


def _corners(spec: Any) -> tuple[int, int, int, int]:
    """Left, top, right, bottom, of the canvas as it is stored; other formats use windows for the place on a page."""
    left, top, right, bottom = spec.x, spec.y, spec.x + spec.width, spec.y + spec.height
    if not spec.get_string_attribute("openexr:lineOrder"):
        return left, top, right, bottom
    return (
        min(left, spec.full_x), min(top, spec.full_y),
        max(right, spec.full_x + spec.full_width), max(bottom, spec.full_y + spec.full_height),
    )  # fmt: skip
