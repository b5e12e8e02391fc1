"""Colour propagated from frame to frame by optical flow: the baseline that a learned propagation has to beat, and the
comparison for a frame's colour without a known truth.

Motion is that of `vs_tcvc.picture.motion` at its preset MEDIUM, whatever a network uses: independent of any network
and of the machine's cores, so figures of two runs can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError
from vs_tcvc.picture.motion import MEDIUM, display_gray, motion


def propagate_by_flow(lightness: Iterable[Array], ab: Array) -> Iterator[Array]:
    """The colour of every frame of a shot, propagated along its motion from the first frame's.

    lightness: L* (H, W) float32, 0 to 100, of the shot's frames in order; ab: a*, b* (2, H, W) of the first.
    Yields a*, b* (2, H, W) float32 of each frame: `ab` itself, then `warp(colour of the frame before, motion)`.
    Raises FrameError where the frames or `ab` differ in size.
    """
    before: Array | None = None
    for frame in lightness:
        if frame.shape != ab.shape[1:]:
            raise FrameError(f"colour of {ab.shape[1:]} does not match lightness of {frame.shape}")
        if before is not None:
            ab = warp(ab, flow_between(frame, before))
        yield ab
        before = frame


def flow_between(lightness: Array, other: Array, start: Array | None = None) -> Array:
    """Where each pixel of a frame with L* (H, W), 0 to 100, is in the other frame: (2, H, W), x then y.

    start: motion that the search begins with, (2, H, W); None for no motion.
    """
    return motion(display_gray(lightness), display_gray(other), MEDIUM, start)


def warp(ab: Array, flow: Array) -> Array:
    """Colour (2, H, W) fetched from where `flow` (2, H, W, x then y) says each pixel was: bilinear, edges repeated."""
    y, x = np.indices(ab.shape[1:], np.float32)
    places = np.stack([y + flow[1], x + flow[0]])
    return np.stack([map_coordinates(plane, places, order=1, mode="nearest") for plane in ab])


@dataclass(frozen=True, eq=False)
class FlowStep:
    """Motion between two frames of one shot, both ways.

    flow: where each pixel of the later frame is in the earlier one, as `flow_between` gives it, (2, H, W); forth: where
    each pixel of the earlier frame is in the later one. sure: where `flow` can be relied on, (H, W) bool: it ends
    inside the earlier frame, and motion measured from there comes back, within sqrt(0.01 (|flow|^2 + |forth|^2) + 0.5)
    pixels (Sundaram et al. 2010, "Dense point trajectories by GPU-accelerated large displacement optical flow").
    """

    flow: Array
    forth: Array
    sure: NDArray[np.bool_]

    @classmethod
    def between(
        cls, before: Array, now: Array, start: tuple[Array, Array] | tuple[None, None] = (None, None)
    ) -> FlowStep:
        """From L* (H, W), 0 to 100, of two frames of one size. start: `flow` and `forth` to begin the search with."""
        flow, forth = flow_between(now, before, start[0]), flow_between(before, now, start[1])
        back = warp(forth, flow)
        squares = np.square(flow) + np.square(back)
        returns = np.square(flow + back).sum(axis=0) < 0.01 * squares.sum(axis=0) + 0.5
        places = np.indices(now.shape, np.float32)[::-1] + flow
        edges = np.array(now.shape[::-1], np.float32).reshape(2, 1, 1) - 1
        return cls(flow, forth, returns & ((places >= 0) & (places <= edges)).all(axis=0))

    def change(self, before: Array, now: Array) -> Array:
        """|ab of the later frame - ab of the earlier one, moved|, both (2, H, W), of the N sure pixels: (2, N)."""
        return np.abs(now - warp(before, self.flow))[:, self.sure]
