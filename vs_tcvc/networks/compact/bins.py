"""Colour bins: the in-gamut cells of a 10 x 10 grid over the ab plane (Zhang et al. 2016, section 2.1)."""

from __future__ import annotations

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import rgb_from_lab

STEP = 10


def bin_centres() -> Array:
    """Centres of the cells that hold a colour of sRGB at some lightness, shape (N, 2), float32, a* and b*."""
    a, b, lightness = np.meshgrid(
        np.arange(-110, 111, STEP), np.arange(-110, 111, STEP), np.arange(1, 100, 1), indexing="ij"
    )
    rgb = rgb_from_lab(np.stack([lightness, a, b]).reshape(3, -1, 1).astype(np.float32))
    inside = ((rgb > -1e-3) & (rgb < 1 + 1e-3)).all(axis=0).reshape(a.shape).any(axis=2)
    return np.stack([a[..., 0][inside], b[..., 0][inside]], axis=1).astype(np.float32)
