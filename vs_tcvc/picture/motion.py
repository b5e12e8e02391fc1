"""Motion between gray frames: OpenCV's DIS optical flow (Kroeger et al. 2016, "Fast optical flow using dense inverse
search") on 8-bit display gray. A function of its arguments alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import luma_from_lightness
from vs_tcvc.picture.opencv_threads import one_thread

SMALLEST = 16
"""Short side in pixels below which no motion is measured: OpenCV's DIS crashes on some thin pictures."""

Gray = NDArray[np.uint8]


@dataclass(frozen=True)
class Search:
    """How motion is looked for: patches of 8 x 8 pixels, `stride` apart, moved `steps` times on every scale.

    finest: the last scale that is searched; 0 is the picture's own size, 1 half of it. refinements: variational ones.
    """

    finest: int
    stride: int
    steps: int
    refinements: int


MEDIUM = Search(finest=1, stride=3, steps=25, refinements=5)
"""OpenCV's preset of that name, which the optical-flow baseline of every measure is made with."""

FINE = Search(finest=0, stride=6, steps=12, refinements=0)
"""As fast, and nearer the truth: own size matters more than dense patches."""


def display_gray(lightness: Array) -> Gray:
    """8-bit display gray of L* 0 to 100, (H, W)."""
    return np.rint(luma_from_lightness(lightness) * 255).astype(np.uint8)


@one_thread()  # DIS cuts a picture into stripes for its threads; no effect of that on the result was ever measured
def motion(gray: Gray, other: Gray, search: Search, start: Array | None = None) -> Array:
    """Where each pixel of `gray` is in `other`, another frame of its size: (2, H, W) float32, to add to (x, y).

    start: motion that the search begins with, (2, H, W); None for no motion. Where the short side is below `SMALLEST`,
    the result is that.
    """
    if min(gray.shape) < SMALLEST:
        return np.zeros((2, *gray.shape), np.float32) if start is None else start
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(search.finest)
    dis.setPatchStride(search.stride)
    dis.setGradientDescentIterations(search.steps)
    dis.setVariationalRefinementIterations(search.refinements)
    begun = None if start is None else np.array(start.transpose(1, 2, 0), np.float32, order="C")
    flow: NDArray[Any] = dis.calc(gray, other, begun)  # type: ignore[arg-type]
    return np.ascontiguousarray(flow.transpose(2, 0, 1), np.float32)
