"""Motion between gray frames: OpenCV's DIS optical flow (Kroeger et al. 2016, "Fast optical flow using dense inverse
search"), preset MEDIUM, on 8-bit display gray. A function of its two frames alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.color import luma_from_lightness
from vs_tcvc.frame import Array

SMALLEST = 16
"""Short side in pixels below which no motion is measured: OpenCV's DIS crashes on some thin pictures."""

_lock = threading.Lock()


def motion(lightness: Array, previous: Array) -> Array:
    """Where each pixel of a frame was in the frame before it: (2, H, W) float32, pixels to add to (x, y).

    lightness, previous: L* (H, W), 0 to 100. Zero where the short side is below `SMALLEST`.
    """
    if min(lightness.shape) < SMALLEST:
        return np.zeros((2, *lightness.shape), np.float32)
    with _one_thread():
        dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        flow: NDArray[Any] = dis.calc(_gray(lightness), _gray(previous), None)  # type: ignore[call-overload]
    return np.ascontiguousarray(flow.transpose(2, 0, 1), np.float32)


def _gray(lightness: Array) -> NDArray[np.uint8]:
    """8-bit display gray of that L*."""
    return np.rint(luma_from_lightness(lightness) * 255).astype(np.uint8)


@contextmanager
def _one_thread() -> Iterator[None]:
    """OpenCV on one thread, then on as many as before: DIS cuts a picture into stripes for its threads.

    No effect of that on the result was ever measured; this rules it out.
    """
    with _lock:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            yield
        finally:
            cv2.setNumThreads(threads)
