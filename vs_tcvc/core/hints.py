"""What is known of a frame's colour before it is guessed, and what is guessed then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError

UNSAID = 0.5
"""Certainty of a guess by a network that does not say how sure it is: about what is seen of good ones."""


@dataclass(frozen=True, eq=False)
class Hints:
    """Colours that are known at some places of a frame.

    ab: a*, b* (2, H, W); they count only where mask is above 0. mask: (H, W), 1 where the colour is known, 0 where it
    is not. Raises FrameError for other shapes.
    """

    ab: Array
    mask: Array

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or self.ab.shape != (2, *self.mask.shape):
            raise FrameError(f"hints: expected ab (2, H, W) and mask (H, W), got {self.ab.shape} and {self.mask.shape}")


@dataclass(frozen=True, eq=False)
class Guess:
    """What C1 says of a frame: ab (2, H, W), and the chance that it is right within 8 units, 0 to 1 (H, W)."""

    ab: Array
    certainty: Array

    def with_painted(self, hints: Hints) -> Guess:
        """The same with the hints' colours painted in, which are sure: of a network that hears no hints."""
        ab = self.ab + hints.mask * (hints.ab - self.ab)
        return Guess(ab, np.maximum(self.certainty, hints.mask))

    @classmethod
    def unsaid(cls, ab: Array) -> Guess:
        """Of a network that does not say how sure it is."""
        return cls(ab, np.full(ab.shape[1:], UNSAID, np.float32))
