"""Dissolves: frames that are mixed of the two pictures at their ends, more and more of the second one.

Three signs together tell a mix from motion:

- what is left of each frame beyond the best mix of both ends is small, and the shares of the mix rise in a line;
- detail of unlike pictures does not add up: half mixed, half of its energy is lost (the parabola of Lienhart,
  "Comparison of automatic shot boundary detection algorithms", 1999), while detail that moves stays;
- the ends differ as two shots do, also where motion is allowed for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.cuts.likeness import FAINT, Likeness, bend, ends_of_rise

Span = tuple[int, int]
"""The last frame before a mix, and the first one after it."""

HALVES = (3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 33, 40, 48)
"""Half the lengths of spans that are tried."""

_SHORTEST = 4
_FLANK, _ROUNDS = 3, 4

# Found with benchmarks/transitions.py.
_MOST_ERROR = 0.15
_LEAST_LOSS = 0.65
_MOST_BEND, _MOST_BEND_AROUND = 0.1, 0.15
_MOST_STEP = 0.25
_LEAST_DIFFERENCE = 72.0
_LOOSE_ERROR, _LOOSE_LOSS = 1.75 * _MOST_ERROR, 0.6 * _LEAST_LOSS


def find_mixes(likeness: Likeness) -> list[Span]:
    """The dissolves among some frames, in order, without overlap."""
    spans = {span for candidate in _candidates(likeness) for span in _refine(likeness, candidate)}
    kept: list[Span] = []
    for _, span in sorted((-score, span) for span in spans if (score := _score(likeness, span)) > 0):
        if all(span[1] <= before + 1 or after <= span[0] + 1 for before, after in kept):
            kept.append(span)
    return sorted(kept)


def _candidates(likeness: Likeness) -> Iterator[Span]:
    """Spans with a frame in their middle that could be a mix of their ends."""
    for half in HALVES:
        middle = np.arange(half, len(likeness.frames) - half)
        before, after = middle - half, middle + half
        share, error = likeness.mix(before, after, middle)
        lost, expected = likeness.lost(before, after, middle, share)
        is_mixed = (error < _LOOSE_ERROR) & (lost > _LOOSE_LOSS * expected) & (np.abs(share - 0.5) < 0.3)
        contrast = likeness.contrast[before] + likeness.contrast[after]
        is_mixed &= likeness.distance[before, after] > 0.25 * contrast + FAINT / 2
        yield from ((each - half, each + half) for each in middle[is_mixed].tolist())


def _refine(likeness: Likeness, span: Span) -> Iterator[Span]:
    """A span, and near it ever better ones in which the shares rise from 0 to 1."""
    for _ in range(_ROUNDS):
        yield span
        before, after = _widen(likeness, span)
        ends = ends_of_rise(*_shares(likeness, (before, after)))
        if ends is None or ends == span:
            return
        span = max(before, ends[0]), min(after, ends[1])
        if span[1] - span[0] <= _SHORTEST:
            return
    yield span


def _widen(likeness: Likeness, span: Span) -> Span:
    """A span with some more frames on both sides, up to the next cut."""
    before, after = span
    step = 0.3 * likeness.distance[span]
    for _ in range(max(_FLANK, (after - before) // 3)):
        before -= bool(before > 0 and likeness.distance[before - 1, before] < step)
        after += bool(after + 1 < len(likeness.frames) and likeness.distance[after, after + 1] < step)
    return before, after


def _shares(likeness: Likeness, span: Span) -> tuple[NDArray[np.intp], Array]:
    """The frames of a span with both ends, and how much of its last one is in each."""
    frames = np.arange(span[0], span[1] + 1)
    return frames, likeness.mix(*span, frames)[0]


def _score(likeness: Likeness, span: Span) -> float:
    """How much the span looks like a mix, 0 if it is none."""
    frames = np.arange(span[0] + 1, span[1])
    if len(frames) < _SHORTEST or likeness.is_blank[span[0] : span[1] + 1].any():
        return 0.0
    share, error = likeness.mix(*span, frames)
    lost, expected = likeness.lost(*span, frames, share)
    loss = float(lost.sum() / expected.sum())
    bends = bend(frames, share, *span), bend(*_shares(likeness, _widen(likeness, span)), *span)
    is_mix = (
        error.mean() < _MOST_ERROR
        and loss > _LEAST_LOSS
        and bends[0] < _MOST_BEND
        and bends[1] < _MOST_BEND_AROUND
        and np.abs(np.diff(share, prepend=0, append=1)).max() < _MOST_STEP
        and likeness.difference(*span) > _LEAST_DIFFERENCE
    )
    return 1 + min(loss, 1.0) - float(error.mean()) - 3 * sum(bends) if is_mix else 0.0
