"""The interface of a rule that decides where shots begin.

Each answer depends only on n and a few frames around it, so playback, seeks and a farm agree on the shots. A rule is
stateless and does not know the clip's length: it gets the frames of its window [n - before, n + after] that exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from vs_tcvc.core.frame import GrayFrame


class CutRule(Protocol):
    """Decides where shots begin. Equal arguments give equal answers, in any order and any thread."""

    @property
    def before(self) -> int:
        """Number of frames before n that a decision on n needs."""

    @property
    def after(self) -> int:
        """Number of frames after n that a decision on n needs: the look-ahead of streams."""

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        """Whether a shot begins at frame `index`; true for frame 0.

        frames: by index, at least those of [index - before, index + after] that the clip has; others are ignored.
        Raises FrameError if one of them is missing.
        """


def is_marked(index: int, frames: Mapping[int, GrayFrame], use_props: bool) -> bool:
    """Whether a cut at `index` needs no decision: frame 0, and a frame that the host marks if `use_props` is set."""
    return index == 0 or (use_props and frames[index].starts_shot)
