"""Pictures of whole numbers as numbers that compress to half: what differs from the neighbours above and left.

The differences of a smooth picture are small; with their sign in the lowest bit, the high bits of nearly all of them
are 0, which bit shuffling puts together. The arithmetic wraps around, so that every picture comes back exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.integer[Any]]


def pack(pictures: Whole) -> Whole:
    """Pictures (..., H, W) of 8 or 16 bits, signed or not, to numbers of the same shape and type. See `unpack`."""
    signed = pictures.view(_signed(pictures))
    zero = signed.dtype.type(0)
    across = np.diff(signed, axis=-1, prepend=zero)
    gradient = np.diff(across, axis=-2, prepend=zero)
    sign = gradient >> (8 * gradient.itemsize - 1)
    return ((gradient << 1) ^ sign).view(pictures.dtype)


def unpack(packed: Whole) -> Whole:
    """The pictures that `pack` packed."""
    signed = packed.view(_signed(packed))
    magnitude = (packed.view(np.dtype(f"u{packed.itemsize}")) >> 1).view(signed.dtype)
    gradient = magnitude ^ -(signed & 1)
    across = np.cumsum(gradient, axis=-2, dtype=signed.dtype)
    return np.cumsum(across, axis=-1, dtype=signed.dtype).view(packed.dtype)


def _signed(pictures: Whole) -> np.dtype[Any]:
    return np.dtype(f"i{pictures.itemsize}")
