"""The interface of a network that colours shots. Implementations are stateless."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference

Memory = TypeVar("Memory")


class Colorizer(Protocol[Memory]):
    """A network as pure functions of its arguments (Zhang et al. 2023, eq. 3 and 4).

    Equal arguments give equal bytes. A `Memory` is a value: no call changes its argument.
    All lightness is CIE L* 0 to 100, all ab is CIE a*b*, float32, at the working size.
    """

    @property
    def window(self) -> int:
        """Maximum number of frames per call of `colorize`: 1 for compact, 3 for published."""

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        """Colour one frame, (H, W), with no guide but a person's hints (C1, eq. 3)."""

    def begin(self, references: Sequence[Reference]) -> Memory:
        """The memory that later frames need of their references (at least one); the last is also the previous frame."""

    def colorize(self, memory: Memory, lightness: Array, coming: Array | None = None) -> tuple[Memory, Array, Array]:
        """Colour the next 1 to `window` frames of the run (S and C2, eq. 4).

        lightness: (T, H, W). coming: the frame that is probably next, (H, W), or None; work on it may start in the
        background, and no result depends on it.
        Returns the memory after them, ab (T, 2, H, W) and confidence (T, H, W), 0 to 1: the certainty of the
        references' colour times the confidence in its propagation.
        """


@dataclass(frozen=True, eq=False)
class Propagating(Generic[Memory]):
    """What a colorizer with a `predict` of its own has of another one."""

    colorizer: Colorizer[Memory]

    @property
    def window(self) -> int:
        return self.colorizer.window

    def begin(self, references: Sequence[Reference]) -> Memory:
        return self.colorizer.begin(references)

    def colorize(self, memory: Memory, lightness: Array, coming: Array | None = None) -> tuple[Memory, Array, Array]:
        return self.colorizer.colorize(memory, lightness, coming)


@dataclass(frozen=True, eq=False)
class Predicting(Propagating[Memory]):
    """A colorizer with `predict` replaced by a network that hears no hints."""

    predicted: Callable[[Array], Guess]

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        guess = self.predicted(lightness)
        return guess if hints is None else guess.with_painted(hints)
