"""The guided filter: a plane becomes smooth, except at the edges of the picture that it belongs to."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.opencv_threads import one_thread


@one_thread()
def guided_filter(plane: Array, guide: Array, radius: int, noise: float) -> Array:
    """He, Sun and Tang 2013, equations 5, 6 and 8: plane (H, W) as local linear functions of guide (H, W).

    radius: of the square window, in pixels. noise: deviation of the guide that counts as flat, in its units.
    """
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[Any]) -> Array:
        return np.asarray(cv2.blur(values.astype(np.float32), window, borderType=cv2.BORDER_REFLECT), np.float32)

    of_guide, of_plane = mean(guide), mean(plane)
    covariance = mean(guide * plane) - of_guide * of_plane
    slope = covariance / (mean(guide * guide) - of_guide * of_guide + np.float32(noise**2))
    return mean(slope) * guide + mean(of_plane - slope * of_guide)
