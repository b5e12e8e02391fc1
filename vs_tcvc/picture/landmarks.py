"""Landmarks of gray pictures: spots that are found again in another picture of the same place.

SIFT (Lowe 2004, "Distinctive image features from scale-invariant keypoints"), compared by the Hellinger distance
(Arandjelović and Zisserman 2012, "Three things everyone should know to improve object retrieval").
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.motion import display_gray
from vs_tcvc.picture.opencv_threads import one_thread

MOST = 300
"""Landmarks of a picture: the clearest ones."""

_CLEAR = 0.02  # contrast, half of OpenCV's default: the picture is smoothed
_GRAIN = 1.0  # pixels, deviation of the smoothing: grains of film are no landmarks
_DISTINCT = 0.8  # distance of the likest spot as a share of the second's
_NEAR = 4.0  # pixels from where the motion of the others leads
_FEWEST = 3


@dataclass(frozen=True, eq=False)
class Landmarks:
    """places: (N, 2) float32, x and y in pixels. looks: (N, 128) uint8, histograms of directions."""

    places: Array
    looks: NDArray[np.uint8]


@one_thread()
def landmarks(lightness: Array, hidden: NDArray[np.bool_]) -> Landmarks:
    """The landmarks of a picture, L* (H, W), 0 to 100; none where it is hidden, (H, W)."""
    smooth = cv2.GaussianBlur(display_gray(lightness), (0, 0), _GRAIN)
    sift = cv2.SIFT.create(MOST, contrastThreshold=_CLEAR)
    spots, looks = sift.detectAndCompute(smooth, (~hidden).astype(np.uint8))
    places = np.array([spot.pt for spot in spots], np.float32).reshape(-1, 2)
    return Landmarks(places, np.zeros((0, 128), np.uint8) if looks is None else looks.astype(np.uint8))


@one_thread()
def shared(one: Landmarks, other: Landmarks) -> int:
    """How many landmarks of one picture are in the other one where a single shift, turn and zoom leads them.

    The same whichever picture is named first.
    """
    one, other = sorted((one, other), key=lambda each: each.places.tobytes())
    if min(len(one.places), len(other.places)) < _FEWEST:
        return 0
    likeness = _roots(one) @ _roots(other).T
    there, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    second, first = np.partition(likeness, -2, axis=1)[:, -2:].T
    is_pair = (1 - first < _DISTINCT**2 * (1 - second)) & (back[there] == np.arange(len(there)))
    if is_pair.sum() < _FEWEST:
        return 0
    _, agrees = cv2.estimateAffinePartial2D(
        one.places[is_pair], other.places[there[is_pair]], method=cv2.RANSAC, ransacReprojThreshold=_NEAR
    )
    return 0 if agrees is None else int(agrees.sum())


def _roots(of: Landmarks) -> Array:
    """Unit vectors, whose product is 1 less half the squared Hellinger distance."""
    looks = of.looks.astype(np.float32)
    return np.sqrt(looks / np.maximum(looks.sum(axis=1, keepdims=True), np.float32(1)))
