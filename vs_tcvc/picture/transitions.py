"""How much of which picture is in each frame of a dissolve or a fade.

Codes are mixed, so shares are measured on display luma: on thumbnails, in which grain is averaged away, each less its
mean, so that a fade to white is one to black, and flicker counts little.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import luma_from_lightness

_ROWS, _COLUMNS = 36, 64
_SAME = 1e-7  # squared difference of luma of two pictures that are one
_BLANK = 1e-4  # squared deviation of luma, that grain gives to a blank picture
_DISTRUST = 40.0  # found with benchmarks/transitions.py


def dissolve_weights(frames: Sequence[Array]) -> Array:
    """The share, 0 to 1, of the shot that comes in each frame of a dissolve, (n,), never falling.

    frames: L* (H, W), float32: the last frame before the dissolve, its n frames, the first frame after it.
    Shares are those of the best mix of the two outer frames. The less of a frame they explain, since things move or the
    outer frames are nearly the same, the more its share is that of an even dissolve.
    """
    pictures = _deviations(frames)
    change, passed = pictures[-1] - pictures[0], pictures[1:-1] - pictures[0]
    whole = float(np.square(change).mean())
    shares = (passed * change).mean(axis=1) / (whole + 1e-12)
    unexplained = np.square(passed - shares[:, None] * change).mean(axis=1)
    trust = whole / (whole + _DISTRUST * unexplained + _SAME)
    even = np.arange(1, len(shares) + 1) / (len(shares) + 1)
    return _rising(even + trust * (np.clip(shares, 0, 1) - even))


def fade_weights(frames: Sequence[Array]) -> Array:
    """The share, 0 to 1, that is left of the picture in each frame of a fade, (n,): it falls, rises, or both in turn.

    frames: L* (H, W), float32: the last frame before the fade, its n frames, the first frame after it; a blank one
    where the film has none. Shares are contrasts over that of the outer frame on the same side of the darkest.
    """
    contrast = np.square(_deviations(frames)).mean(axis=1)
    darkest, floor = int(contrast.argmin()), min(float(contrast.min()), _BLANK)
    depth = np.sqrt(contrast - floor)
    out, into = (depth / depth[end] if contrast[end] > _BLANK else np.zeros_like(depth) for end in (0, -1))
    falling, rising = 1 - _rising(1 - out[: darkest + 1]), _rising(into[darkest:])
    return np.concatenate([falling[:-1], np.minimum(falling[-1:], rising[:1]), rising[1:]])[1:-1]


def _deviations(frames: Sequence[Array]) -> Array:
    """Thumbnails of luma, each less its mean, (frames, pixels)."""
    size = _COLUMNS, _ROWS
    small = [cv2.resize(luma_from_lightness(each), size, interpolation=cv2.INTER_AREA).ravel() for each in frames]
    pictures = np.stack(small).astype(np.float32)
    return np.asarray(pictures - pictures.mean(axis=1, keepdims=True), np.float32)


def _rising(shares: Array) -> Array:
    """The nearest shares, 0 to 1, that never fall: each the greatest of the least means of runs that hold it."""
    total, count = np.concatenate([[0], np.cumsum(shares, dtype=np.float64)]), len(shares)
    first, stop = np.arange(count)[:, None], np.arange(1, count + 1)
    means = np.where(first < stop, (total[stop] - total[first]) / np.maximum(stop - first, 1), np.inf)
    least = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
    greatest = np.maximum.accumulate(np.where(first < stop, least, -np.inf), axis=0)
    return np.asarray(np.clip(np.diagonal(greatest), 0, 1), np.float32)
