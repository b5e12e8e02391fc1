"""Planes and hints at another size."""

from __future__ import annotations

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Hints
from vs_tcvc.errors import FrameError


def resize_planes(planes: Array, size: tuple[int, int]) -> Array:
    """Planes (C, H, W) at another size (h, w): mean of what a place covers when shrinking, bilinear when enlarging."""
    return _resize(planes, size, cv2.INTER_AREA if size[0] < planes.shape[1] else cv2.INTER_LINEAR)


def sample_planes(planes: Array, size: tuple[int, int]) -> Array:
    """Smooth planes (C, H, W) at another size (h, w), bilinear both ways."""
    return _resize(planes, size, cv2.INTER_LINEAR)


def resize_hints(hints: Hints, shape: tuple[int, ...], size: tuple[int, int]) -> Array:
    """ab and mask (3, h, w) of hints at another size (h, w); a small hint stays one, as a place known in part.

    shape: (H, W) of the frame that they belong to; FrameError if they have another.
    """
    if hints.mask.shape != shape:
        raise FrameError(f"hints: expected the frame's shape {shape}, got {hints.mask.shape}")
    mask = resize_planes(hints.mask[None], size)
    return np.concatenate([resize_planes(hints.ab * hints.mask, size) / np.maximum(mask, np.float32(1e-6)), mask])


def _resize(planes: Array, size: tuple[int, int], how: int) -> Array:
    return np.stack([cv2.resize(plane, size[::-1], interpolation=how) for plane in planes]).astype(np.float32)
