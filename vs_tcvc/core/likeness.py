"""What pictures show, and whether a painted one shows the frame that it is meant for.

Local contrast is compared, which a painter, a grade, noise and softness change little, and a shift of a few hundredths
of the picture much.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import ELSEWHERE, Reference

ALIKE = 0.4
"""Correlation of local contrast from which on two pictures show the same at the same places. Of photographs that were
graded, blurred, made noisy or repainted in a quarter the lowest was 0.68; of others laid over each other the highest
0.07; of photographs moved by 2 % of their width the median is 0.6, by 3 % 0.37, by 5 % 0.05."""

LEAST, ENOUGH = 0.5, 6.0
"""Contrast, the deviation of L*, of a frame that shows nothing, and from which on a guess of it stands. A run that
begins in a fade, or with a blank frame, is guessed again whenever its contrast has doubled, up to that."""

_ROWS, _COLUMNS = 36, 48
_REACH = 4  # cells to each side over which contrast is local
_NOISE = 2.0  # L*: contrast below this is none
_FAINT = 0.05  # share of contrast below which a picture shows nothing to compare


def placed(reference: Reference, lightness: Array) -> Reference:
    """A reference as it guides the frame that it is meant for, of L* (H, W).

    Itself if it does show it; turned if it lies upside down; otherwise it guides by likeness alone (ELSEWHERE).
    """
    if shows(reference.lightness, lightness):
        return reference
    turned = _upside_down(reference)
    if shows(turned.lightness, lightness):
        return turned
    return replace(reference, frame=ELSEWHERE)


def contrast(lightness: Array) -> float:
    """How much a picture, L* (H, W), shows: the deviation of L* over its cells, 0 to 50; grain hardly counts."""
    return float(_small(lightness).std())


def _upside_down(reference: Reference) -> Reference:
    certainty = None if reference.certainty is None else reference.certainty[::-1, ::-1]
    return replace(
        reference, lightness=reference.lightness[::-1, ::-1], ab=reference.ab[:, ::-1, ::-1], certainty=certainty
    )


def shows(picture: Array, frame: Array) -> bool:
    """Whether two pictures, L* (H, W) of one size, show the same at the same places; true where one shows nothing."""
    one, other = _contrast(picture), _contrast(frame)
    if min(np.square(one).mean(), np.square(other).mean()) < _FAINT:
        return True
    return float((one * other).sum() / np.sqrt(np.square(one).sum() * np.square(other).sum())) >= ALIKE


def _contrast(lightness: Array) -> Array:
    """A picture, small, less its mean around each place, over its deviation there."""
    small = _small(lightness)
    detail = small - _mean_around(small)
    return np.asarray(detail / np.sqrt(_mean_around(np.square(detail)) + np.float32(_NOISE**2)), np.float32)


def _small(plane: Array) -> Array:
    """Means of the cells of a picture, `_ROWS` by `_COLUMNS` at most."""
    height, width = plane.shape
    rows, columns = (
        np.arange(count) * side // count
        for side, count in ((height, min(_ROWS, height)), (width, min(_COLUMNS, width)))
    )
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0), columns, axis=1)
    counts = np.diff([*rows, height])[:, None] * np.diff([*columns, width])
    return np.asarray(sums / counts, np.float32)


def _mean_around(plane: Array) -> Array:
    """The mean of the cells around each, as far as `_REACH`; edges are repeated outwards."""
    size = 2 * _REACH + 1
    sums = np.pad(np.pad(plane, _REACH, mode="edge").cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    windows = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    return np.asarray(windows / np.float32(size * size), np.float32)
