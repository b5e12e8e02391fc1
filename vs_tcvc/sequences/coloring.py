"""Where the colour of a job's frames comes from: its own cuts and references, or a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vs_tcvc.core.frame import Chroma


class Coloring(Protocol):
    """The colour of frames, which have the plates' numbers.

    before, after: frames around those of `plates_behind` that decide, too. What is made comes to an end by
    CancelledError.
    """

    before: int
    after: int

    def made_of(self, frame: int) -> str:
        """The identity of what decides a frame's colour, except the network and the plates of `plates_behind`."""

    def begin(self, todo: Sequence[int]) -> None:
        """Called once before `color`, with the frames that it is called for, in order."""

    def color(self, frame: int) -> Chroma | None:
        """The colour of a frame; None: it keeps its own."""

    def shot_of(self, frame: int, chroma: Chroma | None) -> int:
        """The first frame of the shot, for people. chroma: of the frame."""

    def plates_behind(self, frame: int, shot: int) -> tuple[int, int]:
        """First and last plate that a frame's colour comes from; shot: as of `shot_of`."""
