"""8-bit sRGB pictures as files hold them, and as numbers to calculate with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array

Codes = NDArray[np.uint8]
"""A picture as files hold it: 8-bit full-range sRGB, (H, W, 3), R G B."""


def rgb_from_codes(codes: Codes) -> Array:
    """R'G'B' (3, H, W) float32, 0 to 1, of 8-bit codes (H, W, 3)."""
    return np.ascontiguousarray(codes.transpose(2, 0, 1), np.float32) / np.float32(255)


def codes_from_rgb(rgb: Array) -> Codes:
    """8-bit codes (H, W, 3) of R'G'B' (3, H, W), rounded, clipped to 0 to 1: inverse of `rgb_from_codes`."""
    codes = np.clip(np.rint(rgb * np.float32(255)), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(codes.transpose(1, 2, 0))
