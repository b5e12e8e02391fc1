"""What painted pictures are fitted to: the frames of a clip, as they are stored and as a person sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.errors import UsageError
from vs_tcvc.picture.chroma import ChromaStage

ASPECT_TOLERANCE = 0.02
"""Tolerance of a picture's aspect ratio: a crop or a letterbox exceeds it."""


@dataclass(frozen=True)
class Canvas:
    """The frames of a clip.

    clip_size, working_size: (width, height). matrix: of the clip. pixel_aspect: width to height of a pixel.
    turns: quarter turns counterclockwise by which players turn the frames, 0 to 3.
    """

    clip_size: tuple[int, int]
    working_size: tuple[int, int]
    matrix: str
    pixel_aspect: float = 1.0
    turns: int = 0

    @classmethod
    def of(cls, stage: ChromaStage, aspect: tuple[int, int] = (0, 0), turns: int = 0) -> Canvas:
        """aspect: of a pixel, (width, height); zeros if it is unknown."""
        size = (stage.width, stage.height)
        return cls(size, stage.working_size, stage.matrix, aspect[0] / aspect[1] if all(aspect) else 1.0, turns)

    def fitted(self, picture: NDArray[Any], where: str) -> NDArray[Any]:
        """A picture (H, W, C) that lies as the stored frames do; one painted as players show them is turned back.

        Raises UsageError as `check_shape`.
        """
        return np.rot90(picture, -self.check_shape((picture.shape[1], picture.shape[0]), where))

    def check_shape(self, size: tuple[int, int], where: str) -> int:
        """The quarter turns counterclockwise of a picture of `size` (width, height) against the stored frames.

        Raises UsageError, naming `where`, unless it has their shape: as stored, or as they are shown.
        """
        if 0 not in size:
            seen, own = size[0] / size[1], self.clip_size[0] / self.clip_size[1]
            if any(abs(seen / each - 1) <= ASPECT_TOLERANCE for each in (own, own * self.pixel_aspect)):
                return 0
            if self.turns % 2 and abs(seen * own * self.pixel_aspect - 1) <= ASPECT_TOLERANCE:
                return self.turns
        raise UsageError(
            where=where, expected=f"the shape of the clip, {self._sizes}", got=f"{size[0]}x{size[1]}",
            remedy="export the whole frame, without borders",
        )  # fmt: skip

    @property
    def _sizes(self) -> str:
        """The sizes that fit, in words."""
        width, height = self.clip_size
        seen = (round(width * self.pixel_aspect), height)[:: -1 if self.turns % 2 else 1]
        stored, shown = f"{width}x{height}", f"{seen[0]}x{seen[1]}"
        return stored if shown == stored else f"{stored}, or {shown} as it is shown"
