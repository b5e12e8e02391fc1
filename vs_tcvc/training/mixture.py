"""What pictures a training sees, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.datasets.pictures import Clip, Picture
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.training.augment import Random

FRAMES_OF_CLIP = 8
"""For how many pictures a clip counts at most."""

_TRIES = 8


@dataclass(frozen=True)
class Sources:
    """What there is to learn from.

    caps: for how many pictures those stills count at most, all together, whose file names match a pattern ("stan40*").
    """

    stills: Sequence[Picture]
    clips: Sequence[Clip] = ()
    caps: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Mixture:
    """Pictures to draw from. chances: cumulated, the last is 1."""

    pictures: tuple[Picture, ...]
    chances: NDArray[np.float64]

    @classmethod
    def of(cls, sources: Sources) -> Mixture:
        """All stills and the frames of all clips, each with its chance."""
        stills, clips = sources.stills, sources.clips
        weights = np.ones(len(stills))
        for pattern, cap in sources.caps.items():
            same = np.array([fnmatchcase(PurePosixPath(still.name).name, pattern) for still in stills], bool)
            weights[same] = min(1.0, cap / max(1, same.sum()))
        frames = [frame for clip in clips for frame in clip.pictures]
        of_frames = [min(1.0, FRAMES_OF_CLIP / len(clip)) for clip in clips for _ in clip.pictures]
        sums = np.cumsum([*weights, *of_frames])
        return cls((*stills, *frames), sums / sums[-1])

    def draw(self, rng: Random, size: int) -> Codes:
        """A picture of which a part can be shown at `size` without much enlarging, if a few tries find one."""
        for _ in range(_TRIES):
            codes = self.pictures[int(np.searchsorted(self.chances, rng.random(), "right"))].read()
            if min(codes.shape[:2]) * 1.5 >= size:
                break
        return codes
