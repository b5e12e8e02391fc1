"""What is measured of a shot's colour while its frames go by, so that a person need not watch every shot.

Of every frame a grid of about `GRID` places along the short side is looked at. What the measures mean, and when they
are an alarm, is in `alarms`.

Stains, blobs of a colour that stands out, are not measured: without the true colours they cannot be told from things
that are so coloured.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.errors import FrameError

GRID = 32
"""Places along the short side of a picture, roughly."""
POINTS = 64
"""Points of the curve of confidence, at most."""
WHILE = 12
"""Frames, half a second, for which an area must be unsure."""
UNSURE = 0.6
"""A place is unsure if its confidence is below this share of what is usual in the shot."""
BLACK, LIT = 0.25, 0.9
"""Shares of a shot's median lightness: one that begins or ends darker than the first fades until it reaches the second.
Of a fade only the curve of confidence and the palette are measured."""
SIDE, STEP = 12, 8
"""Bins of the palette along a* and b*, and units of a bin: -48 to 48; what is outside counts in the outermost ones."""

_BINS = 32  # of confidence
_EDGES = np.arange(_BINS + 1) / _BINS
_EIGHTH, _SECOND = 8, 24  # frames that are the beginning or the end of a shot: an eighth of it, a second at most


class Checks(msgspec.Struct, frozen=True):
    """The measures of a shot. Its frames count from 0 here, wherever it is; a*b* is what is shown, with saturation.

    confidence: mean over the picture, 0 to 1, at most `POINTS` points from the first frame to the last.
    usual_confidence: of a frame as sure as the surest tenth. unsure: share of the picture that is unsure over a while,
    where that is largest, above what it is where it is smallest; unsure_at: the frame in the middle of that while.
    colorfulness: mean chroma (a*b*'s distance from gray) at the beginning and at the end.
    mean_ab: mean a* and b* at the beginning and at the end.
    jump: largest distance of mean a*b* between neighbours, of which the later is jump_at; usual_jump: not exceeded by
    95 % of the others.
    palette: thousandths of all places by a* and b*, `SIDE` rows of a* with `SIDE` bins of b*.
    """

    frames: int
    confidence: tuple[float, ...]
    usual_confidence: float
    unsure: float
    unsure_at: int
    colorfulness: tuple[float, float]
    mean_ab: tuple[tuple[float, float], tuple[float, float]]
    jump: float
    jump_at: int
    usual_jump: float
    palette: tuple[int, ...]

    @property
    def drift(self) -> float:
        """Distance of mean a*b* from the beginning to the end."""
        return float(np.hypot(*np.subtract(self.mean_ab[1], self.mean_ab[0])))


def measure(colored: Iterable[tuple[Array | None, Chroma]]) -> Checks:
    """The checks of a shot from its frames in order: L* (H, W), if it is known, and colour. Raises as `Meter` does."""
    meter = Meter()
    for lightness, chroma in colored:
        meter.add(chroma, lightness)
    return meter.result()


class Meter:
    """Measures a shot whose frames are added in order; of each, 150 bytes are kept."""

    def __init__(self) -> None:
        self._rows = array("f")
        self._palette = np.zeros(SIDE * SIDE)

    def add(self, chroma: Chroma, lightness: Array | None = None) -> None:
        """The next frame. lightness: L* (H, W); without it, a fade to black looks like colour that fades."""
        step = max(1, min(chroma.confidence.shape) // GRID)
        grid = (slice(step // 2, None, step),) * 2
        ab, confidence = chroma.ab[:, *grid] * np.float32(chroma.saturation), chroma.confidence[grid]
        light = 1.0 if lightness is None else lightness[grid].mean()
        bins = np.minimum(confidence * _BINS, _BINS - 1).astype(np.intp)
        row = (confidence.mean(), light, *ab.mean(axis=(1, 2)), np.hypot(*ab).mean())
        self._rows.extend((*map(float, row), *_shares(bins, _BINS).tolist()))
        a, b = np.clip(np.floor(ab / STEP) + SIDE // 2, 0, SIDE - 1).astype(np.intp)
        self._palette += _shares(a * SIDE + b, SIDE * SIDE)

    def result(self) -> Checks:
        """The checks of the frames so far. Raises FrameError if there are none."""
        if not self._rows:
            raise FrameError("a shot without frames cannot be checked")
        table = np.array(self._rows, np.float64).reshape(-1, 5 + _BINS)
        confidence, curve = table[:, 0], np.array_split(table[:, 0], min(POINTS, len(table)))
        first, stop = _lit(table[:, 1])
        mean_ab, chroma, shares = np.split(table[first:stop, 2:], (2, 3), axis=1)
        usual = float(np.quantile(confidence[first:stop], 0.9))
        unsure, unsure_at = _unsure(shares, UNSURE * usual)
        jump, jump_at, usual_jump = _jump(mean_ab)
        (start, *start_ab), (end, *end_ab) = _ends(np.hstack([chroma, mean_ab]))
        return Checks(
            frames=len(table),
            confidence=tuple(round(float(part.mean()), 3) for part in curve),
            usual_confidence=round(usual, 3),
            unsure=round(unsure, 3),
            unsure_at=first + unsure_at,
            colorfulness=(start, end),
            mean_ab=((start_ab[0], start_ab[1]), (end_ab[0], end_ab[1])),
            jump=round(jump, 3),
            jump_at=first + jump_at,
            usual_jump=round(usual_jump, 3),
            palette=tuple(np.rint(1000 * self._palette / len(table)).astype(int).tolist()),
        )


def common_colors(one: Checks, other: Checks) -> float:
    """Share of the colours of two shots that is the same, 0 to 1; a shade's difference counts a little."""
    return float(np.minimum(_blurred(one.palette), _blurred(other.palette)).sum())


def _unsure(shares: NDArray[np.float64], level: float) -> tuple[float, int]:
    """How much the share of places below a confidence grows at most, over a while, and the row in its middle.

    shares: by row, share of places in each bin of confidence.
    """
    below = np.column_stack([np.zeros(len(shares)), shares.cumsum(axis=1)])
    by_frame = np.array([np.interp(level, _EDGES, row) for row in below])
    length = min(WHILE, len(by_frame))
    held = np.convolve(by_frame, np.full(length, 1 / length), "valid")
    worst = int(held.argmax())
    return float(held[worst] - held.min()), worst + length // 2


def _jump(mean_ab: NDArray[np.float64]) -> tuple[float, int, float]:
    """The largest step between neighbours, the row after it, and what is usual of the others."""
    steps = np.hypot(*np.diff(mean_ab, axis=0).T)
    if not len(steps):
        return 0.0, 0, 0.0
    at = int(steps.argmax())
    others = np.delete(steps, at)
    return float(steps[at]), at + 1, float(np.quantile(others, 0.95)) if len(others) else 0.0


def _ends(rows: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """The means of the first rows, and of the last ones."""
    count = max(1, min(_SECOND, len(rows) // _EIGHTH))
    start, end = rows[:count].mean(axis=0), rows[-count:].mean(axis=0)
    return start.round(3).tolist(), end.round(3).tolist()


def _lit(light: NDArray[np.float64]) -> tuple[int, int]:
    """The rows [first, stop) between a fade from black and one to black."""
    usual = float(np.median(light))
    is_lit = light >= LIT * usual
    first = int(is_lit.argmax()) if light[0] < BLACK * usual else 0
    stop = len(light) - int(is_lit[::-1].argmax()) if light[-1] < BLACK * usual else len(light)
    return first, stop


def _shares(bins: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """The share of all places that is in each bin."""
    return np.bincount(bins.ravel(), minlength=count) / bins.size


def _blurred(palette: tuple[int, ...]) -> NDArray[np.float64]:
    """A palette as shares of 1, each spread over the bins around it."""
    shares = np.pad(np.reshape(palette, (SIDE, SIDE)) / max(1, sum(palette)), 1, mode="edge")
    for _ in range(2):
        shares = (shares[:-2] + 2 * shares[1:-1] + shares[2:]).T / 4
    return shares
