"""Dissolves and fades of a film, found in one pass as proposals that a person confirms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.cuts.dissolves import find_mixes
from vs_tcvc.cuts.fades import find_fades
from vs_tcvc.cuts.likeness import COLUMNS, ROWS, Likeness

BLOCK, MARGIN = 512, 160
"""Frames that are searched at once; frames on either side that a decision may need."""


@dataclass(frozen=True)
class FoundTransition:
    """The frames [first, end), counted as `GrayFrame.index`, that are mixed, or faded or blank.

    middle: the frame of the range where the second shot is best begun. It replaces the hard cuts in the range.
    A fade whose blank lasts is two, each with one blank frame.
    """

    kind: Literal["dissolve", "fade"]
    first: int
    end: int
    middle: int


@dataclass(frozen=True)
class Search:
    """A search that goes on.

    frames: those still needed, small. settled: what has its middle before this frame is decided on. end: of the last
    transition found.
    """

    frames: tuple[GrayFrame, ...] = ()
    settled: int = 0
    end: int = 0


def step(search: Search, frame: GrayFrame) -> tuple[Search, list[FoundTransition]]:
    """Look at the next frame of a film. Transitions are found in order, each less than BLOCK frames late."""
    small = cv2.resize(frame.lightness, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    search = replace(search, frames=(*search.frames, GrayFrame(frame.index, np.asarray(small, np.float32))))
    if len(search.frames) < BLOCK:
        return search, []
    settled = search.frames[-MARGIN].index
    found = [each for each in finish(search) if each.middle < settled]
    return Search(search.frames[-2 * MARGIN :], settled, found[-1].end if found else search.end), found


def finish(search: Search) -> list[FoundTransition]:
    """The transitions among the frames that are left, in order: those near the end of a film."""
    if not search.frames:
        return []
    likeness, first = Likeness.of(search.frames), search.frames[0].index
    fades = [FoundTransition("fade", *(first + frame for frame in each)) for each in find_fades(likeness)]
    mixes = [(first + before + 1, first + after) for before, after in find_mixes(likeness)]
    dissolves = [
        FoundTransition("dissolve", start, end, (start + end) // 2)
        for start, end in mixes
        if all(end <= fade.first or fade.end <= start for fade in fades)
    ]
    found = sorted([*fades, *dissolves], key=lambda each: each.first)
    return [each for each in found if each.middle >= search.settled and each.first >= search.end]


def find_transitions(frames: Iterable[GrayFrame]) -> Iterator[FoundTransition]:
    """The dissolves and fades of a film whose frames come in order; each dissolve and half fade is at most 96 long."""
    search = Search()
    for frame in frames:
        search, found = step(search, frame)
        yield from found
    yield from finish(search)
