"""CDC, the temporal stability of a clip's colours, from colour histograms of frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from vs_tcvc.errors import FrameError
from vs_tcvc.picture.srgb_codes import Codes

DILATIONS = (1, 2, 4)
"""Distances in frames between the pictures that CDC compares."""


def cdc(frames: Iterable[Codes]) -> float:
    """Colour Distribution Consistency of a clip of 8-bit pictures (H, W, 3); 0 for a frozen clip, at most ln 2.

    The Jensen-Shannon divergence (natural logarithm) between the 256-bin histograms of one channel in frames i and
    i + t, mean over i, then over t in `DILATIONS`, then over R, G and B (Liu et al., "Temporally Consistent Video
    Colorization", arXiv 2110.04562; measure of the NTIRE 2023 challenge), in float64. For a set of clips take the
    mean of their values. Gray scores as well as the truth: read it beside `colorfulness` and the truth's own value.
    Raises FrameError for a clip of fewer than 5 frames, where t = 4 has no pair.
    """
    running = RunningCdc()
    for frame in frames:
        running.add(frame)
    return running.value()


class RunningCdc:
    """`cdc` of a clip whose frames are added in order; the histograms of the last few are kept."""

    def __init__(self) -> None:
        self._recent: deque[NDArray[np.float64]] = deque(maxlen=max(DILATIONS))
        self._sums = {distance: np.zeros(3) for distance in DILATIONS}
        self._frames = 0

    def add(self, frame: Codes) -> None:
        """The next frame, 8-bit (H, W, 3)."""
        shares = _histograms(frame)
        for distance in DILATIONS:
            if distance <= self._frames:
                self._sums[distance] += _divergence(self._recent[-distance], shares)
        self._recent.append(shares)
        self._frames += 1

    def value(self) -> float:
        """CDC of the frames so far; FrameError as `cdc`."""
        if self._frames <= max(DILATIONS):
            raise FrameError(f"CDC compares frames 4 apart, so it needs 5 frames or more, got {self._frames}")
        return float(np.mean([total / (self._frames - distance) for distance, total in self._sums.items()]))


def _histograms(frame: Codes) -> NDArray[np.float64]:
    """Share of every code in each channel of (H, W, 3), (3, 256)."""
    return np.array([np.bincount(channel, minlength=256) / channel.size for channel in frame.reshape(-1, 3).T])


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Jensen-Shannon divergence of distributions along the last axis, in nats."""
    middle = (p + q) / 2
    result: NDArray[np.float64] = (rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=-1) / 2
    return result
