"""What a shot reveals: places of a frame that no optical flow from the shot's first frame reaches.

Their colour has to be guessed, so it is judged apart from the rest. They are found from gray alone, so that everyone
who coloured a clip is judged on the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.metrics.flow import FlowStep, warp
from vs_tcvc.metrics.picture import colorfulness, share

Places = NDArray[np.bool_]
"""Which pixels, (H, W)."""

AREAS = ("revealed", "rest")


@dataclass(frozen=True, eq=False)
class Trail:
    """The way from a shot's first frame to a later one.

    first: L* (H, W) of the first frame. flow, forth: motion between the two, as of `FlowStep`, joined from that between
    neighbours.
    """

    first: Array
    flow: Array
    forth: Array

    @classmethod
    def begin(cls, first: Array) -> Trail:
        """From the first frame to itself."""
        still = np.zeros((2, *first.shape), np.float32)
        return cls(first, still, still)

    def after(self, step: FlowStep) -> Trail:
        """To the next frame. step: motion to it."""
        return Trail(self.first, step.flow + warp(self.flow, step.flow), self.forth + warp(step.forth, self.forth))

    def revealed(self, lightness: Array) -> Places:
        """Which places of the frame, L* (H, W), are not sure to be in the first one.

        Motion is found between the two frames, beginning from the joined one: from none, it loses a camera that pans,
        and matches what is new with anything that looks alike. It is sure as `FlowStep` says.
        """
        return ~FlowStep.between(self.first, lightness, (self.flow, self.forth)).sure


def by_area(rgb: Array, truth: Array, difference: Array, revealed: Places) -> dict[str, float]:
    """A frame's colour by area; measures of an area that is empty are left out.

    rgb, truth: R'G'B' (3, H, W), 0 to 1. difference: CIEDE2000 (H, W). Gives "revealed_share", the share of all places,
    and of "revealed" and "rest" `delta_e`, `colourfulness` and `true_colourfulness`: "rest_delta_e".
    """
    row = {"revealed_share": float(revealed.mean())}
    for area, where in zip(AREAS, (revealed, ~revealed), strict=True):
        if where.any():
            row[f"{area}_delta_e"] = float(np.mean(difference[where], dtype=np.float64))
            row[f"{area}_colourfulness"] = colorfulness(rgb[:, where, None])
            row[f"{area}_true_colourfulness"] = colorfulness(truth[:, where, None])
    return row


def is_by_area(name: str) -> bool:
    """Whether a measure of a frame is one of `by_area`."""
    return name.startswith(AREAS)


def mean_by_area(frames: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Of all frames that were measured by area, each counting as much as it has of the area.

    Gives "revealed_share", and of "revealed" and "rest" `delta_e` and `colourfulness_share`, colourfulness as a share
    of the truth's; nan of an area that no frame has, and nothing if no frame was measured.
    """
    rows = [row for row in frames if "revealed_share" in row]
    if not rows:
        return {}
    shares = np.array([row["revealed_share"] for row in rows])
    means = {"revealed_share": float(shares.mean())}
    for area, weights in zip(AREAS, (shares, 1 - shares), strict=True):
        names = ("delta_e", "colourfulness", "true_colourfulness")
        sums = (float(weights @ [row.get(f"{area}_{name}", 0) for row in rows]) for name in names)
        difference, color, true_color = sums
        means[f"{area}_delta_e"] = share(difference, float(weights.sum()))
        means[f"{area}_colourfulness_share"] = share(color, true_color)
    return means
