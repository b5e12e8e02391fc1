"""How a picture is stored: turned or mirrored, as a tag says (TIFF 6.0, Exif 2.32, SMPTE ST 268)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from vs_tcvc.core.frame import Array

_TURNS = MappingProxyType({
    2: (False, False, True), 3: (False, True, True), 4: (False, True, False), 5: (True, False, False),
    6: (True, False, True), 7: (True, True, True), 8: (True, True, False),
})  # fmt: skip
"""By the tag's value: whether rows and columns change places, then whether rows and columns are reversed."""


def orientation_of(spec: Any) -> int:
    """1 to 8, 1 for upright; OpenEXR has none."""
    value = spec.get_int_attribute("Orientation", 1)
    return value if value in _TURNS and not spec.get_string_attribute("openexr:lineOrder") else 1


def is_turned(spec: Any) -> bool:
    """Whether rows and columns of a file change places."""
    return orientation_of(spec) in range(5, 9)


def upright(pixels: Array, orientation: int) -> Array:
    """A stored picture (H, W, C) as it is to be seen, a view: (W, H, C) if it is turned by a quarter."""
    swaps, *reversed_axes = _TURNS.get(orientation, (False, False, False))
    pixels = pixels.swapaxes(0, 1) if swaps else pixels
    return np.flip(pixels, tuple(axis for axis, is_reversed in enumerate(reversed_axes) if is_reversed))


def stored(pixels: Array, orientation: int) -> Array:
    """The inverse of `upright`."""
    swaps, *reversed_axes = _TURNS.get(orientation, (False, False, False))
    pixels = np.flip(pixels, tuple(axis for axis, is_reversed in enumerate(reversed_axes) if is_reversed))
    return pixels.swapaxes(0, 1) if swaps else pixels
