"""A run as a value: consecutive frames that are coloured together, with their references and grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.shot import Reference


class Look(Protocol):
    """A grade of predicted colour, a pure function of each colour: gray stays gray."""

    def apply(self, lightness: Array, ab: Array) -> Array:
        """L* (H, W) and ab (2, H, W) -> graded ab (2, H, W), float32."""


@dataclass(frozen=True)
class Grade:
    """How the colour of a run is graded.

    look: applied to a predicted reference before it is propagated; painted references keep their colour. None: no look.
    saturation: factor of a* and b* of every frame, 0 to 4, applied to the network's output.
    """

    look: Look | None = None
    saturation: float = 1.0


@dataclass(frozen=True, eq=False)
class Run:
    """How the frames from `first` up to the next run are coloured. A stream begins a run before it knows its end.

    references: coloured pictures that guide all frames; one of frame `first` is kept exactly as painted. Without any,
        the network predicts one.
    predicted_from: the frame to predict the reference from; None: frame `first`.
    grade: look and saturation.
    most: number of frames to colour, from the first; later ones are passed over. None: all.
    """

    first: int
    references: tuple[Reference, ...] = ()
    predicted_from: GrayFrame | None = None
    grade: Grade = Grade()
    most: int | None = None
