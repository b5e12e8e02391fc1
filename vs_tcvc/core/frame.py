"""The input and output of the core: lightness in, chroma out. Checked here, trusted everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.errors import FrameError

Array = NDArray[np.float32]

AB_STEPS = 16
"""Steps per unit of a* and b* to which a network's colour is rounded: finer than a code of 16-bit chroma."""
OWN = "own"
"""The origin of colour that a frame has of its own."""
CONFIDENCE_STEPS = 255
"""Steps of confidence between 0 and 1."""


@dataclass(frozen=True, eq=False)
class GrayFrame:
    """One frame of the source as the core sees it.

    index: number of the frame in its clip, from 0.
    lightness: CIE L* (D65) of the display gray, shape (H, W), float32, 0 to 100, working size.
    starts_shot: the host marks a cut here (`_SceneChangePrev`); adds to the core's own detection.
    keeps_color: it has colour of its own, which it and all frames after it in its run keep, unless that is painted.
    """

    index: int
    lightness: Array
    starts_shot: bool = False
    keeps_color: bool = False

    def __post_init__(self) -> None:
        if self.index < 0:
            raise FrameError(f"a frame's index counts from 0, got {self.index}")
        check_lightness(self.lightness, f"frame {self.index}")


@dataclass(frozen=True, eq=False)
class Chroma:
    """The colour of one frame, before saturation, limits and dither.

    index: number of the frame in its clip.
    ab: CIE a* and b* (D65), shape (2, H, W), float32, working size, in whole sixteenths.
    confidence: how sure the colour is, shape (H, W), float32, 0 to 1 in whole 255ths: the certainty of the reference's
        colour times the confidence in its propagation; 1 on a frame that a person has painted, never on a guess.
    anchor: first frame of the run that this frame belongs to (a cut or a reference).
    origin: where the run's reference came from: "predicted", a path, "bank:shot 3", or OWN.
    saturation: of the run, a factor of ab that is not yet applied.
    """

    index: int
    ab: Array
    confidence: Array
    anchor: int
    origin: str
    saturation: float = 1.0

    @classmethod
    def rounded(
        cls, index: int, ab: Array, confidence: Array, anchor: int, origin: str, saturation: float = 1.0
    ) -> Chroma:
        """A network's colour, rounded to the steps in which it is stored; the arrays are read-only.

        A stored colour and a fresh one are the same bytes: ab fits int16 sixteenths, confidence uint8.
        """
        ab, confidence = _rounded(ab, AB_STEPS), _rounded(confidence, CONFIDENCE_STEPS)
        return cls(index, ab, confidence, anchor, origin, saturation)

    @classmethod
    def own(cls, index: int, size: tuple[int, int], anchor: int) -> Chroma:
        """For a frame of `size` (H, W) that keeps its own colour, which is not known here: ab is 0."""
        return cls(index, np.zeros((2, *size), np.float32), np.ones(size, np.float32), anchor, OWN)

    @property
    def is_own(self) -> bool:
        """Whether the frame keeps its own colour."""
        return self.origin == OWN

    @property
    def saturated(self) -> Array:
        """The ab to show: `ab` times the run's saturation."""
        return self.ab * np.float32(self.saturation)


def _rounded(values: Array, steps: int) -> Array:
    """The nearest whole step of so many per unit; read-only, and without -0, which integers lack."""
    rounded = np.asarray(np.rint(values * np.float32(steps)) / np.float32(steps) + np.float32(0), np.float32)
    rounded.flags.writeable = False
    return rounded


def check_lightness(lightness: Any, where: str) -> None:
    """Raise FrameError, naming `where`, unless `lightness` is (H, W) float32 with H, W >= 1, and finite."""
    is_plane = isinstance(lightness, np.ndarray) and lightness.ndim == 2 and lightness.dtype == np.float32
    if not is_plane or lightness.size == 0:
        raise FrameError(f"{where}: lightness must be (H, W) float32, got {_describe(lightness)}")
    _check_finite(lightness, where)


def check_ab(ab: Any, size: tuple[int, int], where: str) -> None:
    """Raise FrameError, naming `where`, unless `ab` is (2, *size) float32, and finite."""
    if not isinstance(ab, np.ndarray) or ab.shape != (2, *size) or ab.dtype != np.float32:
        raise FrameError(f"{where}: ab must be (2, {size[0]}, {size[1]}) float32, got {_describe(ab)}")
    _check_finite(ab, where)


def _check_finite(values: Any, where: str) -> None:
    """One sample that is no number would spread over the picture, and from it over all that follow."""
    if not np.isfinite(values).all():
        remedy = "repair the picture that it comes from"
        raise FrameError(where=where, expected="finite samples", got="NaN or infinity", remedy=remedy)


def _describe(value: Any) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
