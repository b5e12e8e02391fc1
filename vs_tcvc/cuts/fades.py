"""Fades: contrast that shrinks in a line to a blank picture, black or white, or grows from one."""

from __future__ import annotations

import numpy as np

from vs_tcvc.cuts.likeness import FAINT, Likeness, bend, ends_of_rise

Fade = tuple[int, int, int]
"""First frame, end, and the frame where the second shot is best begun, a blank one."""

LONGEST_BLANK = 24
"""Blank frames between a fade-out and a fade-in that are one fade."""

_LONGEST, _SHORTEST = 64, 4
_PLATEAU = 6
_MOST_BEND = 0.12
_MOST_STEP = 0.34
_MOST_ERROR = 0.25
_LEAST_CORRELATION = 0.6


def find_fades(likeness: Likeness) -> list[Fade]:
    """The fades among some frames, in order, without overlap."""
    edges = np.flatnonzero(np.diff(likeness.is_blank, prepend=False, append=False)).reshape(-1, 2)
    found: list[Fade] = []
    for start, stop in edges.tolist():
        before, after = _pure(likeness, start, -1), _pure(likeness, stop - 1, 1)
        if before is not None and after is not None and stop - start <= LONGEST_BLANK:
            found.append((before + 1, after, (start + stop) // 2))
            continue
        if before is not None:
            found.append((before + 1, start + 1, start))
        if after is not None:
            found.append((stop - 1, after, stop - 1))
    return found


def _pure(likeness: Likeness, blank: int, way: int) -> int | None:
    """The pure frame from which, or to which, the picture fades; None if it does not. way: -1 back in time, or 1."""
    last = len(likeness.frames) - 1 if way > 0 else 0
    frames = np.arange(blank, np.clip(blank + way * _LONGEST, -1, last) + way, way)
    depth = np.sqrt(likeness.contrast[frames])
    peaks = np.array([depth[each + 1 : each + 1 + _PLATEAU].max(initial=0) for each in range(len(depth))])
    is_plateau = (depth > 0.95 * peaks) & (likeness.contrast[frames] > 4 * FAINT)
    if not is_plateau.any():
        return None
    count = int(is_plateau.argmax()) + 1
    time, share = np.arange(count), np.asarray(depth[:count] / depth[count - 1], np.float32)
    ends = ends_of_rise(time, share)
    if ends is None:
        return None
    start, stop = max(0, ends[0]), min(ends[1], len(frames) - 1)
    if stop - start <= _SHORTEST:
        return None
    pure = int(frames[stop])
    _, error = likeness.mix(blank, pure, frames[1:stop])
    seen = frames[:stop][likeness.contrast[frames[:stop]] > 4 * FAINT]
    is_fade = (
        bend(time, share, start, stop) < _MOST_BEND
        and np.diff(share).max() < _MOST_STEP
        and error.mean() < _MOST_ERROR
        and (likeness.correlation(seen, seen + way) > _LEAST_CORRELATION).all()
    )
    return pure if is_fade else None
