"""A clip played back and forth for minutes, as one long shot: does its colour drift, fade or grow?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.metrics.evaluation import Gray, mean_of, propagate
from vs_tcvc.metrics.picture import ab_spread
from vs_tcvc.metrics.score import Row
from vs_tcvc.picture.srgb_codes import Codes

RATE = 24
"""Frames per second."""


def forth_and_back(length: int) -> Iterator[int]:
    """Frames of a clip, for ever: 0, 1, ... length - 1, ... 1, 0, 1, ..."""
    return cycle([*range(length), *range(length - 2, 0, -1)])


def evaluate_loop(colorizer: Colorizer[Any], frames: Sequence[Codes], size: int, minutes: float) -> dict[str, Row]:
    """Means of a minute's frames, as "minute 1" and so on; colour comes from the first frame's true colour alone.

    abs_ab: mean |a*|, |b*|. ab_spread. ab_error: mean |ab - true ab|. All at the working size, before enlarging, so
    figures differ a little from `evaluate_clip`'s.
    """
    grays = [Gray.of(codes, size) for codes in frames]
    order = list(islice(forth_and_back(len(grays)), round(minutes * 60 * RATE)))
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for number, ab in enumerate(propagate(colorizer, (grays[index] for index in order))):
        rows[f"minute {number // (60 * RATE) + 1}"].append(_row(ab, grays[order[number]].working_ab))
    return {minute: mean_of(each) for minute, each in rows.items()}


def _row(ab: Array, truth: Array) -> Row:
    error, size = (float(np.mean(np.abs(one), dtype=np.float64)) for one in (ab - truth, ab))
    return {"abs_ab": size, "ab_spread": ab_spread(ab), "ab_error": error}
