"""Automatic detection of cuts.

Frame n is a cut if every frame of the window before n differs from every frame from n on by more than the threshold,
beyond the motion inside the window. Similar frames on both sides thus veto a cut: a flash, a black frame or damage of
one or two frames is not a cut. Three frames of something else are a shot. If another step of the window is even larger,
such damage is likely and the frames next to it have moved on: they must differ as much as that step, up to twice the
threshold. Fast motion, shake and fades change every step and so are not detected; but lasting black is a shot of its
own, from the last trace of a fade-out to the first of a fade-in. At the clip's two ends nothing can veto: a change
there is a cut, for example if a trimmed clip begins with the last frame of another shot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product
from statistics import median
from threading import Lock
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vs_tcvc.core.cut_rule import is_marked
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.errors import FrameError

ROWS, COLUMNS = 18, 32  # of a thumbnail
BLOCK_ROWS, BLOCK_COLUMNS = 6, 8
REACH = 3  # thumbnail pixels that a block may have moved: about a tenth of the picture's width
FAINT = 0.4  # L*: keeps the noise of a blank picture small; a dark shot has a contrast of 1 to 3
MOTION = 1.25  # factor by which a cut exceeds the motion of the window, found with benchmarks/cuts.py


class _Thumbnails:
    """Thumbnails of live frames, each computed once; thread-safe."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[GrayFrame, Array] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, frame: GrayFrame) -> Array:
        with self._lock:
            known = self._made.get(frame)
        if known is None:
            known = thumbnail(frame)
            with self._lock:
                self._made[frame] = known
        return known


@dataclass(frozen=True)
class AutoCuts:
    """Detection in [n - 3, n + 2]: with two frames back, the end of a two-frame flash looks like a cut.

    threshold: minimum `difference` of a cut, 1 to 100; lower values find more.
    use_props: a frame with `starts_shot` is also a cut.
    """

    threshold: float = 25.0
    use_props: bool = True
    before: int = field(default=3, init=False)
    after: int = field(default=2, init=False)
    _thumbnails: _Thumbnails = field(default_factory=_Thumbnails, init=False, repr=False, compare=False)

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        window = self._window(index, frames)
        if is_marked(index, frames, self.use_props):
            return True
        middle = min(index, self.before)
        past, rest = window[:middle], window[middle:]
        if self._compare(past[-1], rest[0]) <= self.threshold:
            return False
        steps = [self._compare(one, two) for one, two in (*pairwise(past), *pairwise(rest))]
        motion = MOTION * median(steps) if steps else 0.0
        enough = min(max([self.threshold + motion, *steps]), 2 * self.threshold + motion)
        return all(self._compare(one, two) > enough for one, two in product(past, rest))

    def _window(self, index: int, frames: Mapping[int, GrayFrame]) -> list[GrayFrame]:
        last = max((n for n in range(index, index + self.after + 1) if n in frames), default=index)
        wanted = range(max(0, index - self.before), last + 1)
        missing = [n for n in wanted if n not in frames]
        if missing:
            raise FrameError(f"cut at frame {index}: frames {wanted[0]} to {last} are needed, {missing[0]} is missing")
        return [frames[n] for n in wanted]

    def _compare(self, one: GrayFrame, two: GrayFrame) -> float:
        return difference(self._thumbnails.of(one), self._thumbnails.of(two))


def difference(one: Array, two: Array) -> float:
    """Difference of two thumbnails: 0 for equal ones, about 40 to 110 for two shots.

    Mean |difference| in percent of their contrast, each minus its mean (so exposure does not count); each of 12 blocks
    is compared with the best of 49 positions in `one` (so motion counts little).
    Contrast is the mean |deviation| from a thumbnail's mean.
    """
    before = sliding_window_view(one, (ROWS, COLUMNS)).reshape(-1, ROWS, COLUMNS)
    after = two[REACH:-REACH, REACH:-REACH]
    blocks = np.abs(before - after).reshape(-1, ROWS // BLOCK_ROWS, BLOCK_ROWS, COLUMNS // BLOCK_COLUMNS, BLOCK_COLUMNS)
    return 100.0 * float(blocks.mean(axis=(2, 4)).min(axis=0).mean())


def thumbnail(frame: GrayFrame) -> Array:
    """The frame's normalised thumbnail with edges repeated REACH pixels outwards."""
    small = cv2.resize(frame.lightness, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    deviation = small - small.mean()
    return np.pad(deviation / (np.abs(deviation).mean() + FAINT), REACH, mode="edge").astype(np.float32)
