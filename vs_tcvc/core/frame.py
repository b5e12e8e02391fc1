"""What goes into the core and what comes out: lightness in, chroma out. Checked here, trusted inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.errors import FrameError

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GrayFrame:
    """One frame of the source as the core sees it.

    index: number of the frame in its clip, from 0.
    lightness: CIE L* (D65) of the display gray, shape (H, W), float32, 0 to 100, working size.
    starts_shot: the host marks a cut here (`_SceneChangePrev`); adds to the core's own detection.
    """

    index: int
    lightness: Array
    starts_shot: bool = False

    def __post_init__(self) -> None:
        if self.index < 0:
            raise FrameError(f"a frame's index counts from 0, got {self.index}")
        check_lightness(self.lightness, f"frame {self.index}")


@dataclass(frozen=True, eq=False)
class Chroma:
    """The colour of one frame, before saturation, limits and dither.

    index: number of the frame in its clip.
    ab: CIE a* and b* (D65), shape (2, H, W), float32, working size.
    confidence: how sure the correspondence is, shape (H, W), float32, 0 to 1; 1 on a reference frame.
    anchor: frame at which the run of frames began that this one belongs to (a cut or a reference).
    origin: where the run's reference came from: "predicted", a path, or "bank:shot 3".
    """

    index: int
    ab: Array
    confidence: Array
    anchor: int
    origin: str


def check_lightness(lightness: Any, where: str) -> None:
    """Raise FrameError, naming `where`, unless `lightness` is (H, W) float32 with H, W >= 1."""
    is_plane = isinstance(lightness, np.ndarray) and lightness.ndim == 2 and lightness.dtype == np.float32
    if not is_plane or lightness.size == 0:
        raise FrameError(f"{where}: lightness must be (H, W) float32, got {_describe(lightness)}")


def check_ab(ab: Any, size: tuple[int, int], where: str) -> None:
    """Raise FrameError, naming `where`, unless `ab` is (2, *size) float32."""
    if not isinstance(ab, np.ndarray) or ab.shape != (2, *size) or ab.dtype != np.float32:
        raise FrameError(f"{where}: ab must be (2, {size[0]}, {size[1]}) float32, got {_describe(ab)}")


def _describe(value: Any) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
