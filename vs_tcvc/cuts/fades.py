"""Fades: contrast that shrinks in a line to a blank picture, black or white, or grows from one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.cuts.likeness import FAINT, Likeness, bend, ends_of_rise

Fade = tuple[int, int, int]
"""First frame, end, and the frame where the second shot is best begun, a blank one."""

LONGEST_BLANK = 24
"""Blank frames between a fade-out and a fade-in that are one fade."""

_LONGEST, _SHORTEST = 96, 4
_PLATEAU = 6  # frames in which contrast must not grow
_LONGEST_SPECK = 3  # frames between blank ones
_MOST_BEND = 0.12
_MOST_STEP = 0.34
_MOST_ERROR = 0.3
_LEAST_CORRELATION, _LEAST_CONTRAST = 0.6, 2 * FAINT


def find_fades(likeness: Likeness) -> list[Fade]:
    """The fades among some frames, in order, without overlap."""
    found: list[Fade] = []
    for start, stop in _blank_runs(likeness):
        before, after = _pure(likeness, start, -1), _pure(likeness, stop - 1, 1)
        is_one, opens_film = stop - start <= LONGEST_BLANK, likeness.frames[start].index == 0
        fades: list[Fade] = []
        if before is not None and after is not None and is_one:
            fades = [(before + 1, after, (start + stop) // 2)]
        elif after is not None and is_one and opens_film:
            fades = [(start, after, start)]
        else:
            fades += [] if before is None else [(before + 1, start + 1, start)]
            fades += [] if after is None else [(stop - 1, after, stop - 1)]
        found += [each for each in fades if not found or each[0] >= found[-1][1]]
    return found


def _blank_runs(likeness: Likeness) -> list[tuple[int, int]]:
    """Runs [start, stop) of blank frames; a speck of dust or a flicker does not end one."""
    edges = np.flatnonzero(np.diff(likeness.is_blank, prepend=False, append=False)).reshape(-1, 2)
    runs: list[tuple[int, int]] = []
    for start, stop in edges.tolist():
        if runs and start - runs[-1][1] <= _LONGEST_SPECK:
            start = runs.pop()[0]
        runs.append((start, stop))
    return runs


def _pure(likeness: Likeness, blank: int, way: int) -> int | None:
    """The pure frame from which, or to which, the picture fades; None if it does not. way: -1 back in time, or 1."""
    frames = _up_to_cut(likeness, blank, way)
    depth = np.sqrt(likeness.contrast[frames])
    peaks = np.array([depth[each + 1 : each + 1 + _PLATEAU].max(initial=0) for each in range(len(depth))])
    is_plateau = (depth > 0.95 * peaks) & (likeness.contrast[frames] > _LEAST_CONTRAST)
    count = int(is_plateau.argmax()) + 1
    time, share = np.arange(count), np.asarray(depth[:count] / (depth[count - 1] + 1e-6), np.float32)
    ends = ends_of_rise(time, share)
    if not is_plateau.any() or ends is None or not _SHORTEST < ends[1] < len(frames):
        return None
    _, error = likeness.mix(blank, frames[ends[1]], frames[1 : ends[1]])
    is_fade = bend(time, share, *ends) < _MOST_BEND and np.diff(share).max() < _MOST_STEP and error.mean() < _MOST_ERROR
    return int(frames[ends[1]]) if is_fade else None


def _up_to_cut(likeness: Likeness, blank: int, way: int) -> NDArray[np.intp]:
    """The frames from a blank one on, up to a cut."""
    last = min(max(blank + way * _LONGEST, 0), len(likeness.frames) - 1)
    frames = np.arange(blank, last + way, way)
    is_cut = likeness.correlation(frames[:-1], frames[1:]) < _LEAST_CORRELATION
    is_cut &= np.minimum(likeness.contrast[frames[:-1]], likeness.contrast[frames[1:]]) > _LEAST_CONTRAST
    return frames[: int(is_cut.argmax()) + 1] if is_cut.any() else frames
