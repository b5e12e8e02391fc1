"""A frame of another transfer of the film laid over ours: another framing, size and aspect, and gate weave.

Where a place of our frame is in the other one is an affine map of shares: (x, y, 1), each 0 to 1 from the top left
corner, to (x, y), as a matrix (2, 3). Shares are the same at any size.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.opencv_threads import one_thread
from vs_tcvc.references.alignment import local_contrast

FITS = 0.6
"""Correlation of local contrast from which two pictures are one frame. Of faded, blurred, noisy and cropped frames the
lowest was 0.94; of frames of other shots, laid over each other as well as they can be, the highest 0.3."""

_LINES = (72, 144)  # pictures are laid over each other coarsely, then finely
_WINDOW = 1 / 9  # of the height, deviation of the window of local contrast
_SOFT = 1.0  # pixels, deviation: one transfer is less sharp than the other
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
_LEAST = 0.3  # share of our frame that must be covered
_NOISE = 2.0  # L*: contrast below this is none
_NEAR = 1 / 24  # of the height, deviation of the window in which two pictures are compared
_UNLIKE, _ALIKE = 0.2, 0.8  # local correlation of what is nowhere and everywhere the same


@one_thread()
def register(ours: Array, theirs: Array, start: Array) -> Array | None:
    """The map that lays one frame over another, from the map `start` on; None if they do not show the same.

    ours, theirs: L*, 0 to 100, (H, W) of any sizes. By maximising the enhanced correlation coefficient (Evangelidis and
    Psarakis 2008, "Parametric image alignment using enhanced correlation coefficient maximization").
    """
    affine = start
    for lines in _LINES:
        width = max(_LINES[0] // 2, round(lines * ours.shape[1] / ours.shape[0]))
        one, other = (_seen(each, (width, lines)) for each in (ours, theirs))
        try:
            pixels = _pixels(affine, one.shape, other.shape)
            _, pixels = cv2.findTransformECC(one, other, pixels, cv2.MOTION_AFFINE, _STEPS, None, 1)  # type: ignore
        except cv2.error:  # it does not converge
            return None
        affine = _shares(pixels, one.shape, other.shape)
    laid, covered = lay_over(other[None], affine, one.shape)
    is_covered = covered > 0
    if is_covered.mean() < _LEAST:
        return None
    correlation = np.corrcoef(one[is_covered], laid[0][is_covered])[0, 1]
    return affine if correlation >= FITS else None


@one_thread()
def lay_over(planes: Array, affine: Array, size: tuple[int, ...]) -> tuple[Array, Array]:
    """Planes of the other frame (C, h, w) where our frame of `size` (H, W) has them, (C, H, W), and its share that they
    cover, (H, W), 0 or 1. What they do not cover repeats their edges."""
    matrix, target = _pixels(affine, size, planes.shape[1:]), (size[1], size[0])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = [cv2.warpAffine(each, matrix, target, flags=how, borderMode=cv2.BORDER_REPLICATE) for each in planes]
    covered = cv2.warpAffine(np.ones(planes.shape[1:], np.float32), matrix, target, flags=how)
    return np.stack(laid), np.asarray(covered >= 1, np.float32)


@one_thread()
def agreement(ours: Array, laid: Array) -> Array:
    """How sure it is of each place that the other frame, laid over ours, shows the same there, (H, W), 0 to 1.

    ours, laid: L* (H, W). Where both are flat they agree.
    """
    window = max(1.0, _NEAR * ours.shape[0])

    def mean(plane: Array) -> Array:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), window), np.float32)

    one, other = (each - mean(each) for each in (ours, laid))
    flat = np.float32(_NOISE**2)
    alike = (mean(one * other) + flat) / np.sqrt((mean(one * one) + flat) * (mean(other * other) + flat))
    return np.clip((alike - np.float32(_UNLIKE)) / np.float32(_ALIKE - _UNLIKE), 0, 1)


def _seen(lightness: Array, size: tuple[int, int]) -> Array:
    """Local contrast of a picture at another size (width, height)."""
    small = cv2.GaussianBlur(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA), (0, 0), _SOFT)
    return local_contrast(np.asarray(small, np.float32), _WINDOW * size[1], _NOISE)


def _centres(size: tuple[int, ...]) -> NDArray[np.float64]:
    """Shares of the centres of pixels (x, y, 1), as a matrix (3, 3)."""
    height, width = size
    return np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1]])


def _pixels(affine: Array, ours: tuple[int, ...], theirs: tuple[int, ...]) -> Array:
    """A map of shares as one of pixels of frames of these sizes (h, w)."""
    whole = np.vstack([affine, [0, 0, 1]])
    return np.asarray((np.linalg.inv(_centres(theirs)) @ whole @ _centres(ours))[:2], np.float32)


def _shares(pixels: NDArray[np.generic], ours: tuple[int, ...], theirs: tuple[int, ...]) -> Array:
    """Inverse of `_pixels`."""
    whole = np.vstack([np.asarray(pixels), [0, 0, 1]])
    return np.asarray((_centres(theirs) @ whole @ np.linalg.inv(_centres(ours)))[:2], np.float32)
