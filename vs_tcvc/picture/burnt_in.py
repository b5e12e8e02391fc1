"""What is drawn over all pictures of a film: a logo, a timecode, the edges of black bars.

The gradients of pictures of different things have any direction; those of what is drawn over them are the same in most
(Dekel et al. 2017, "On the effectiveness of visible watermarks", takes their median).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array

FEWEST = 6
"""Pictures from which it can be told."""

_OTHERS = 0.25  # share of pictures whose gradients may differ
_STEEP = 2.0  # L* per pixel
_SMOOTHING = 1.0  # pixels
_MARGIN = 12  # pixels: digits beside those that are the same


def burnt_in(pictures: Sequence[Array]) -> NDArray[np.bool_]:
    """Where the same is drawn over pictures of different things, L* (H, W), 0 to 100; with a margin: (H, W).

    Nowhere if there are fewer than `FEWEST`.
    """
    if len(pictures) < FEWEST:
        return np.zeros(pictures[0].shape, bool)
    gradients = [np.gradient(cv2.GaussianBlur(picture, (0, 0), _SMOOTHING)) for picture in pictures]
    low, high = np.quantile(gradients, (_OTHERS, 1 - _OTHERS), axis=0, method="nearest")
    common = np.hypot(*np.maximum(np.maximum(low, -high), 0))
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _MARGIN + 1,) * 2)
    return cv2.dilate((common > _STEEP).astype(np.uint8), around) > 0
