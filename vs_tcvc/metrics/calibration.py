"""Whether certainty means what it says: of what is called 0.8 sure, 80 % lies within 8 units of ab."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess
from vs_tcvc.metrics.score import Row

NEAR = 8.0
"""Distance in ab within which a guess is right."""

STEPS = 10
LEAST = 0.01
"""Share of all places below which a step of the table is not judged."""


class Calibration:
    """Expected and seen, by steps of certainty; places are counted as guesses are added."""

    def __init__(self) -> None:
        self._places, self._expected, self._seen = np.zeros((3, STEPS))

    def add(self, guess: Guess, truth: Array) -> None:
        """A guess and the true ab (2, H, W)."""
        certainty = guess.certainty.ravel().astype(np.float64)
        step = np.minimum((certainty * STEPS).astype(int), STEPS - 1)
        for total, weight in ((self._places, None), (self._expected, certainty), (self._seen, is_near(guess, truth))):
            total += np.bincount(step, weight, STEPS)

    def table(self) -> list[Row]:
        """For each step of certainty that was met: share of all places, mean certainty, share that was right."""
        every = max(1.0, float(self._places.sum()))
        columns = zip(self._places.tolist(), self._expected.tolist(), self._seen.tolist(), strict=True)
        return [{"share": n / every, "expected": expected / n, "seen": seen / n} for n, expected, seen in columns if n]

    def largest_gap(self) -> float:
        """Between expected and seen, over the steps that hold more than a few places; nan if there are none."""
        gaps = [abs(row["expected"] - row["seen"]) for row in self.table() if row["share"] >= LEAST]
        return max(gaps, default=float("nan"))


def is_near(guess: Guess, truth: Array) -> NDArray[np.bool_]:
    """Which places are right, (H * W)."""
    return np.asarray(np.hypot(*(guess.ab - truth)) <= NEAR).ravel()
