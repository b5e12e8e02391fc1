"""A colorizer measured on pictures and clips with known true colour, through the engine that every host uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import cv2
import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import NoCuts
from vs_tcvc.metrics.comparison import Judged, judge
from vs_tcvc.metrics.picture import ab_spread, colorfulness, delta_e
from vs_tcvc.metrics.score import Rendition, Row
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import lab_from_rgb, luma
from vs_tcvc.picture.srgb_codes import Codes


@dataclass(frozen=True, eq=False)
class Gray:
    """A true picture as a host would deliver it without colour.

    truth: the picture; luma: Y' (H, W) 0 to 1; lightness: L* at the working size, (h, w).
    """

    truth: Rendition
    luma: Array
    lightness: Array
    stage: ChromaStage

    @classmethod
    def of(cls, codes: Codes, size: int) -> Gray:
        """From 8-bit R G B (H, W, 3), with a working picture of short side `size`."""
        truth = Rendition.of_codes(codes)
        gray = np.ascontiguousarray(luma(truth.rgb))
        height, width = gray.shape
        stage = ChromaStage(width, height, SampleCoding(32), subsampling=(0, 0), size=size)
        return cls(truth, gray, stage.lightness(gray), stage)

    @cached_property
    def working_ab(self) -> Array:
        """True colour at the working size, (2, h, w)."""
        height, width = self.lightness.shape
        full = self.truth.lab[1:].transpose(1, 2, 0)
        small = cv2.resize(full, (width, height), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(small.transpose(2, 0, 1))

    def shown(self, ab: Array) -> Rendition:
        """With that colour of the working picture (2, h, w), enlarged as every host does, on the true L*."""
        return Rendition.of_ab(self.truth.lab[0], self.stage.upsample(self.luma, self.lightness, ab))


def evaluate_stills(colorizer: Colorizer[Any], pictures: Iterable[Codes], size: int) -> Iterator[Row]:
    """C1 on each picture: ΔE, colourfulness and ab spread of ours and of the truth, and gray's ΔE."""
    for codes in pictures:
        gray = Gray.of(codes, size)
        truth = gray.truth
        rgb = gray.shown(colorizer.predict(gray.lightness).ab).rgb
        lab = lab_from_rgb(rgb)
        colorless = np.concatenate([truth.lab[:1], np.zeros_like(truth.lab[1:])])
        yield {
            "delta_e": delta_e(lab, truth.lab), "gray_delta_e": delta_e(colorless, truth.lab),
            "colourfulness": colorfulness(rgb), "true_colourfulness": colorfulness(truth.rgb),
            "ab_spread": ab_spread(lab[1:]), "true_ab_spread": ab_spread(truth.lab[1:]),
        }  # fmt: skip


def evaluate_clip(colorizer: Colorizer[Any], name: str, frames: Sequence[Codes], size: int) -> Judged:
    """Propagation through the engine from the first frame's true colour, as "ours"; optical flow and truth beside it.

    Raises what `judge` raises.
    """
    grays = [Gray.of(codes, size) for codes in frames]
    ours = (gray.shown(ab) for gray, ab in zip(grays, propagate(colorizer, grays), strict=True))
    return judge(name, "ours", ours, (gray.truth for gray in grays))


def propagate(colorizer: Colorizer[Any], grays: Iterable[Gray]) -> Iterator[Array]:
    """ab (2, h, w) of every frame of one shot at the working size, propagated from the first frame's true colour."""
    coming = iter(grays)
    first = next(coming, None)
    if first is None:
        return
    truth = Reference(0, first.lightness, first.working_ab, "truth")
    stream = Stream(Engine(colorizer), Anchors(NoCuts(), {0: truth}))
    for _, chroma in stream.run((gray, gray.lightness) for gray in chain((first,), coming)):
        yield chroma.ab


def mean_of(rows: Iterable[Row]) -> dict[str, float]:
    """The mean of every measure that all rows have."""
    listed = list(rows)
    names = [name for name in listed[0] if all(name in row for row in listed)]
    return {name: float(np.mean([row[name] for row in listed])) for name in names}
