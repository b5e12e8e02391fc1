"""Colorizers that know the colour of their frames, or know none: what every measure has a value for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.picture.srgb_codes import Codes

SIZE = 64
"""Working size of the frames that they are told."""


class Colorless:
    """A colorizer that gives gray."""

    window = 1

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(np.zeros((2, *lightness.shape), np.float32))

    def begin(self, references: Sequence[Reference]) -> None:
        return None

    def colorize(self, memory: None, lightness: Array, coming: Array | None = None) -> tuple[None, Array, Array]:
        return None, self.predict(lightness[0]).ab[None], np.ones_like(lightness)


class Told(Colorless):
    """A colorizer that was told the colour of every picture, by its bytes."""

    def __init__(self, pictures: Iterable[Codes]) -> None:
        grays = [Gray.of(codes, SIZE) for codes in pictures]
        self._ab = {gray.lightness.tobytes(): gray.working_ab for gray in grays}

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(self._ab[lightness.tobytes()])


class Remembering(Colorless):
    """A colorizer that gives every frame the colour of its reference."""

    def begin(self, references: Sequence[Reference]) -> Array:  # type: ignore[override]
        return references[-1].ab

    def colorize(self, memory: Array, lightness: Array, coming: Array | None = None) -> tuple[Array, Array, Array]:  # type: ignore[override]
        return memory, memory[None], np.ones_like(lightness)
