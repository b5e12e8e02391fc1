"""A coloured frame beside its source: black-and-white on the left, colour on the right."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from ffmpeg_filters.stream_plan import Planes, StreamPlan

Style = Literal["side", "wipe"]
_SWEEP_SECONDS = 4


@dataclass(frozen=True)
class Comparison:
    """style: "side" shows two pictures in a frame of twice the width; "wipe" one picture, whose colour begins at an
    edge that moves from right to left in four seconds and back in four. rate: frames per second.
    """

    plan: StreamPlan
    style: Style
    rate: Fraction

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames."""
        width, height = self.plan.header.width, self.plan.header.height
        return (2 * (width - self._spare) if self.style == "side" else width, height)

    def frame(self, planes: Planes, index: int) -> Planes:
        """The frame `index` of the film, counted from 0, with its comparison."""
        return self._side(planes) if self.style == "side" else self._wipe(planes, index)

    def _side(self, planes: Planes) -> Planes:
        width = self.plan.header.width - self._spare
        luma, *chroma = planes[0][:, :width], *(plane[:, : width // self._step] for plane in planes[1:])
        cb, cr = (np.concatenate([np.full_like(plane, self._neutral), plane], axis=1) for plane in chroma)
        return np.concatenate([luma, luma], axis=1), cb, cr

    def _wipe(self, planes: Planes, index: int) -> Planes:
        sweeps = index / self.rate / _SWEEP_SECONDS % 2
        edge = round(abs(1 - sweeps) * planes[1].shape[1])
        is_color = np.arange(planes[1].shape[1]) >= edge
        cb, cr = (np.where(is_color, plane, plane.dtype.type(self._neutral)) for plane in planes[1:])
        return planes[0], cb, cr

    @property
    def _step(self) -> int:
        """Columns of luma per column of chroma."""
        return 1 << self.plan.output.format.shifts[0]

    @property
    def _spare(self) -> int:
        """Columns to add to each half, so that its chroma ends where its luma does."""
        return self.plan.header.width % self._step

    @property
    def _neutral(self) -> int:
        return (self.plan.stage.output or self.plan.source).neutral
