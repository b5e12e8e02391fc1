"""What hints are worth: a person who clicks where the colour is most wrong and says what it is.

The curve of interactive colourisation (Zhang et al. 2017, section 4.3): distance from the truth by number of clicks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.metrics.calibration import Calibration
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.picture import delta_e
from vs_tcvc.metrics.score import Row
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.srgb_codes import Codes

CLICKS = (0, 1, 3, 10)
"""After how many clicks is measured."""

RADIUS = 3
"""Of a click's disc, in pixels of the working picture."""

_AREA = 25  # pixels across which the error is averaged to choose a place: a person mends a thing, not a speck


class Predictor(Protocol):
    """A colorizer that hears hints."""

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        """The colour of a frame, lightness (H, W), from what is known of it."""


@dataclass(frozen=True, eq=False)
class Clicked:
    """A picture after some clicks.

    hints: they. guess: what the colorizer makes of them.
    """

    hints: Hints
    guess: Guess

    def place_error(self) -> float:
        """Mean distance in ab of the colour from the hints, where they lie; nan without any."""
        where = self.hints.mask > 0
        return float(_distance(self.guess.ab, self.hints.ab)[where].mean()) if where.any() else float("nan")


def clicks(colorizer: Predictor, lightness: Array, truth: Array) -> Iterator[Clicked]:
    """Without end: no click, then one more each time, where `truth` (2, H, W) is farthest from the last guess.

    A click is a disc in the mean true colour of what it covers.
    """
    hints = Hints(np.zeros_like(truth), np.zeros_like(lightness))
    while True:
        guess = colorizer.predict(lightness, hints)
        yield Clicked(hints, guess)
        error = cv2.blur(_distance(guess.ab, truth), (_AREA, _AREA))
        hints = with_disc(hints, _place_of_largest(error * (hints.mask == 0)), truth)


def with_disc(hints: Hints, place: tuple[int, int], truth: Array) -> Hints:
    """The hints and one more disc around `place` (row, column), in the mean of `truth` (2, H, W) there."""
    disc = np.zeros(hints.mask.shape, np.uint8)
    cv2.circle(disc, place[::-1], RADIUS, 1, -1)
    inside = disc > 0
    ab = np.where(inside, truth[:, inside].mean(axis=1)[:, None, None], hints.ab)
    return Hints(ab.astype(np.float32), np.maximum(hints.mask, disc.astype(np.float32)))


def evaluate_hints(
    colorizer: Predictor, pictures: Iterable[Codes], size: int, calibration: Calibration
) -> Iterator[Row]:
    """Each picture after 0, 1, 3 and 10 clicks: CIEDE2000 as of stills, and the error at the clicks' own places.

    calibration: receives every guess.
    """
    for codes in pictures:
        gray = Gray.of(codes, size)
        row: dict[str, float] = {}
        for count, now in zip(range(max(CLICKS) + 1), clicks(colorizer, gray.lightness, gray.working_ab), strict=False):
            if count not in CLICKS:
                continue
            calibration.add(now.guess, gray.working_ab)
            row[f"delta_e_after_{count}"] = delta_e(lab_from_rgb(gray.shown(now.guess.ab).rgb), gray.truth.lab)
            if count:
                row[f"place_error_after_{count}"] = now.place_error()
        yield row


def _distance(ab: Array, truth: Array) -> Array:
    return np.asarray(np.hypot(*(ab - truth)), np.float32)


def _place_of_largest(error: Array) -> tuple[int, int]:
    row, column = np.unravel_index(int(error.argmax()), error.shape)
    return int(row), int(column)
