"""Where a frame's pixels were: in the frame before, and in the picture that a run began with.

Coordinates are (2, H, W) float32, x then y, in pixels.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from vs_tcvc.frame import Array
from vs_tcvc.motion import FINE, Gray, motion


@cache
def places(height: int, width: int) -> Array:
    """The coordinates of a picture's own pixels, not to be written."""
    here = np.stack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
    here.setflags(write=False)
    return here


def grid(at: Array) -> Array:
    """Coordinates as `vs_tcvc.networks.compact.warp.sample_grid` takes them: (1, H, W, 2)."""
    height, width = at.shape[1:]
    scale = np.array([2 / (width - 1), 2 / (height - 1)], np.float32)
    return np.ascontiguousarray(at.transpose(1, 2, 0) * scale - np.float32(1))[None]


def trace(gray: Gray, before: Gray, picture: Gray, before_in_picture: Array) -> tuple[Array, Array]:
    """Coordinates in the frame before and in the picture.

    before_in_picture: the frame before's coordinates in the picture. Followed along the motion since, they say where
    the search for motion between frame and picture begins: it finds what has moved far, and its errors do not add up.
    """
    here = places(*gray.shape)
    in_before = here + motion(gray, before, FINE)
    x, y = in_before
    followed = cv2.remap(before_in_picture.transpose(1, 2, 0), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    start = np.asarray(followed, np.float32).transpose(2, 0, 1) - here
    return in_before, here + motion(gray, picture, FINE, start)
