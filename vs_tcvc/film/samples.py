"""Pictures of every shot, kept while a film is read once: its first frame, and others ever further apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.project.spool import Spool

_FIRST_GAP = 8
"""Frames after a shot's first one to the next that is kept; then twice as many, and so on."""


class Samples:
    """Frames of a film as the network sees them, on disk, at half precision.

    folder: of the disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spool: Spool | None = None
        self._kept: list[int] = []
        self._start = 0

    def add(self, frame: GrayFrame, is_cut: bool) -> None:
        """Look at the next frame of the film."""
        if is_cut:
            self._start = frame.index
        after = frame.index - self._start
        if after == 0 or (after >= _FIRST_GAP and after & (after - 1) == 0):
            if self._spool is None:
                self._spool = Spool(frame.lightness.shape, np.float16, self._folder)
            self._spool[len(self._kept)] = frame.lightness.astype(np.float16)
            self._kept.append(frame.index)

    def near(self, frames: range, wanted: int, elsewhere: Callable[[int], Array]) -> Array:
        """The picture of a shot that is nearest to a frame. elsewhere: L* of any frame, if none of the shot is kept."""
        inside = self._kept[bisect_left(self._kept, frames.start) : bisect_left(self._kept, frames.stop)]
        if not inside or self._spool is None:
            return elsewhere(wanted)
        index = min(inside, key=lambda each: abs(each - wanted))
        return np.asarray(self._spool[bisect_left(self._kept, index)], np.float32)

    def close(self) -> None:
        """Free the disk."""
        if self._spool is not None:
            self._spool.close()


class ShotPictures(Sequence[Sequence[Array]]):
    """First, middle and last picture of every shot, as near as they were kept; read when they are asked for."""

    def __init__(self, samples: Samples, shots: Sequence[range], elsewhere: Callable[[int], Array]) -> None:
        self._samples, self._shots, self._elsewhere = samples, shots, elsewhere

    def __len__(self) -> int:
        return len(self._shots)

    @overload
    def __getitem__(self, place: int) -> Sequence[Array]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Sequence[Array]]: ...

    def __getitem__(self, place: int | slice) -> Sequence[Array] | Sequence[Sequence[Array]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        frames = self._shots[place]
        wanted = (frames[0], frames[len(frames) // 2], frames[-1])
        return [self._samples.near(frames, each, self._elsewhere) for each in wanted]
