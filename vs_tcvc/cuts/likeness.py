"""How like each other the frames of a stretch of film are, and how much of a mix of two of them each one is.

All of it is read from the distances between thumbnails, each less its mean, so that exposure counts little. Mixed are
lightnesses: L* of a gray is within 4 units of its code value in percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.cuts.detection import difference, thumbnail

ROWS, COLUMNS = 36, 64
"""Of a frame as it is compared."""

FAINT = 4.0
"""Contrast, a variance of L*, that grain gives to a blank picture."""

_DARK, _BRIGHT = 25.0, 85.0  # L*
_TINY = np.float32(1e-6)


@dataclass(frozen=True)
class Likeness:
    """Measures of n frames. Arguments called before, after and frames are indices or arrays of them.

    distance: mean squared difference of each two thumbnails (n, n). contrast: their variance (n,). detail: mean squared
    step between neighbouring pixels (n,). is_blank: nothing but black or white (n,).
    """

    frames: Sequence[GrayFrame]
    distance: Array
    contrast: Array
    detail: Array
    is_blank: NDArray[np.bool_]

    @classmethod
    def of(cls, frames: Sequence[GrayFrame]) -> Likeness:
        """frames: of ROWS x COLUMNS."""
        pictures = np.stack([frame.lightness for frame in frames])
        halves = pictures.reshape(len(frames), ROWS // 2, 2, COLUMNS // 2, 2).mean(axis=(2, 4))
        soft = np.stack([cv2.GaussianBlur(each, (0, 0), 1.0).ravel() for each in halves])
        level = soft.mean(axis=1)
        product = np.cov(soft, bias=True).astype(np.float32).reshape(len(frames), len(frames))
        contrast = np.diag(product).copy()
        distance = np.maximum(contrast[:, None] + contrast - 2 * product, 0)
        across, down = (np.square(np.diff(pictures, axis=axis)).mean(axis=(1, 2)) for axis in (2, 1))
        is_blank = (contrast < FAINT) & ((level < _DARK) | (level > _BRIGHT))
        return cls(frames, distance, contrast, np.asarray(across + down, np.float32), is_blank)

    def mix(self, before: Any, after: Any, frames: Any) -> tuple[Array, Array]:
        """For frames: the share, 0 to 1, of `after` in the best mix, and its squared error over that of the ends."""
        apart = self.distance[before, after] + _TINY
        to_before, to_after = self.distance[frames, before], self.distance[frames, after]
        share = np.clip((to_before - to_after + apart) / (2 * apart), 0, 1)
        error = (1 - share) * to_before + share * to_after - share * (1 - share) * apart
        return share, np.maximum(error, 0) / apart

    def lost(self, before: Any, after: Any, frames: Any, share: Array) -> tuple[Array, Array]:
        """Detail that is lost in frames, and what a mix of unlike pictures loses."""
        first, last = self.detail[before], self.detail[after]
        return (1 - share) * first + share * last - self.detail[frames], share * (1 - share) * (first + last) + _TINY

    def correlation(self, one: Any, other: Any) -> Array:
        """-1 to 1; of faint frames near 0."""
        first, second = self.contrast[one], self.contrast[other]
        together = (first + second - self.distance[one, other]) / 2
        return np.asarray(together / np.sqrt((first + FAINT / 4) * (second + FAINT / 4)), np.float32)

    def difference(self, before: int, after: int) -> float:
        """As `detection.difference`, the smaller of both orders."""
        one, two = (thumbnail(self.frames[each]) for each in (before, after))
        return min(difference(one, two), difference(two, one))


def ends_of_rise(time: NDArray[np.intp], share: Array) -> tuple[int, int] | None:
    """The times when the line through shares is 0 and 1, None if it does not rise; extreme shares do not count."""
    is_inner = (share > 0.15) & (share < 0.85)
    if is_inner.sum() < 2:
        return None
    when, much = time[is_inner], share[is_inner]
    middle, half = float(when.mean()), float(much.mean())
    slope = float(((when - middle) * (much - half)).sum() / np.square(when - middle).sum())
    if slope <= 0:
        return None
    return round(middle - half / slope), round(middle + (1 - half) / slope)


def bend(time: NDArray[np.intp], share: Array, start: int, stop: int) -> float:
    """How far shares are from a line from 0 at `start` to 1 at `stop`: root of the mean square."""
    line = np.clip((time - start) / (stop - start), 0, 1)
    return float(np.sqrt(np.square(share - line).mean()))
