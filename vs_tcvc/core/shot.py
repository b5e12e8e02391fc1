"""Shots and references: where colour begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from numbers import Integral

import numpy as np

from vs_tcvc.core.frame import Array, check_ab, check_lightness
from vs_tcvc.errors import FrameError


@dataclass(frozen=True)
class Shot:
    """The frames [start, stop) between two cuts."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise FrameError(f"a shot is [start, stop) with 0 <= start < stop, got [{self.start}, {self.stop})")

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and self.start <= index < self.stop


ELSEWHERE = 2**62
"""The frame of a reference that shows no frame of the clip: it guides by likeness alone."""


PREDICTED = "predicted"
"""The origin of a reference that the network guessed."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A coloured picture that guides a run of frames (the paper's reference, an exemplar).

    frame: the frame of the clip that it shows, or ELSEWHERE.
    lightness: CIE L* (D65), shape (H, W), float32, 0 to 100, working size.
    ab: CIE a* and b* (D65), shape (2, H, W), float32.
    origin: "predicted" (by the reference network), a path, or "bank:shot 3".
    certainty: how sure its colour is, shape (H, W), float32, 0 to 1. None: a person's, which is sure.
    note: what was assumed of its file, a clause after the picture's name, "" for nothing.
    Raises FrameError for another number, shape or type.
    """

    frame: int
    lightness: Array
    ab: Array
    origin: str = field(default=PREDICTED, compare=False)
    certainty: Array | None = None
    note: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        where = f"reference for frame {self.frame} ({self.origin})"
        if not isinstance(self.frame, Integral) or self.frame < 0:
            raise FrameError(f"expected the number of a frame, from 0, got {self.frame!r}", where="reference")
        check_lightness(self.lightness, where)
        height, width = self.lightness.shape
        check_ab(self.ab, (height, width), where)

    @property
    def certainty_plane(self) -> Array:
        """`certainty`, 1 everywhere where it is None."""
        return np.ones_like(self.lightness) if self.certainty is None else self.certainty


def shots_from_cuts(cuts: Iterable[int], length: int) -> list[Shot]:
    """Shots of a clip of `length` frames from the first frames of its shots (0 may be left out).

    Raises FrameError for a cut outside the clip or a clip without frames.
    """
    if length < 1:
        raise FrameError(f"a clip has at least one frame, got {length}")
    starts = sorted({0, *cuts})
    if starts[0] < 0 or starts[-1] >= length:
        outside = starts[0] if starts[0] < 0 else starts[-1]
        raise FrameError(f"cut {outside} is outside the clip's frames 0 to {length - 1}")
    return [Shot(start, stop) for start, stop in zip(starts, [*starts[1:], length], strict=True)]
