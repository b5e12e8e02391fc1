"""What a rule for cuts must offer: is frame n the first of a shot?

Each answer depends on n and a few frames around it, on nothing else, so playback, seeks and a farm agree on the shots.
A rule has no memory and never learns the clip's length: it is given the frames of its window
[n - before, n + after] that exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from vs_tcvc.core.frame import GrayFrame


class CutRule(Protocol):
    """Says where shots begin. Equal arguments give equal answers, in any order and any thread."""

    @property
    def before(self) -> int:
        """Frames before n that a decision on n looks at."""

    @property
    def after(self) -> int:
        """Frames after n that a decision on n looks at: the look-ahead of streams."""

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        """Whether a shot begins at frame `index`; true for frame 0.

        frames: by index, at least those of [index - before, index + after] that the clip has; others are not looked
        at. Raises FrameError if one of them is missing.
        """


def is_marked(index: int, frames: Mapping[int, GrayFrame], use_props: bool) -> bool:
    """Whether a cut at `index` needs no decision: frame 0, and a frame that the host marks if `use_props` is set."""
    return index == 0 or (use_props and frames[index].starts_shot)
