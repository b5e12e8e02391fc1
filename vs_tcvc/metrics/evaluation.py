"""A colorizer judged on pictures and clips whose true colour is known, beside gray and the optical-flow baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vs_tcvc.chroma import ChromaStage
from vs_tcvc.color import SampleCoding, lab_from_rgb, luma
from vs_tcvc.colorizer import Colorizer
from vs_tcvc.engine import Engine
from vs_tcvc.frame import Array, GrayFrame
from vs_tcvc.metrics.clip import age_curve, cdc, propagation_psnr
from vs_tcvc.metrics.flow import carry_colour
from vs_tcvc.metrics.picture import Codes, ab_spread, codes_from_rgb, colourfulness, delta_e, rgb_from_codes, shown
from vs_tcvc.shot import Reference

Row = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Gray:
    """A true picture as a host would deliver it without colour.

    truth: L*, a*, b* (3, H, W); luma: Y' (H, W) 0 to 1; lightness: L* at the working size.
    """

    truth: Array
    luma: Array
    lightness: Array
    stage: ChromaStage

    @classmethod
    def of(cls, codes: Codes, size: int) -> Gray:
        """From 8-bit R G B (H, W, 3), with a working picture of short side `size`."""
        rgb = rgb_from_codes(codes)
        gray = np.ascontiguousarray(luma(rgb))
        height, width = gray.shape
        stage = ChromaStage(width, height, SampleCoding(32), subsampling=(0, 0), size=size)
        return cls(lab_from_rgb(rgb), gray, stage.lightness(gray), stage)

    def full_size(self, ab: Array) -> Array:
        """Colour of the working picture at the picture's own size, as every host enlarges it."""
        return self.stage.enlarged(self.luma, self.lightness, ab)


def evaluate_stills(colorizer: Colorizer[Any], pictures: Iterable[Codes], size: int) -> Iterator[Row]:
    """C1 on each picture: ΔE, colourfulness and ab spread of ours and of the truth, and gray's ΔE."""
    for codes in pictures:
        gray = Gray.of(codes, size)
        lightness, truth = gray.truth[0], gray.truth
        rgb = shown(lightness, gray.full_size(colorizer.predict(gray.lightness)))
        lab = lab_from_rgb(rgb)
        colourless = np.concatenate([truth[:1], np.zeros_like(truth[1:])])
        yield {
            "delta_e": delta_e(lab, truth), "gray_delta_e": delta_e(colourless, truth),
            "colourfulness": colourfulness(rgb), "true_colourfulness": colourfulness(rgb_from_codes(codes)),
            "ab_spread": ab_spread(lab[1:]), "true_ab_spread": ab_spread(truth[1:]),
        }  # fmt: skip


def evaluate_clip(colorizer: Colorizer[Any], frames: Sequence[Codes], size: int) -> dict[str, float]:
    """Propagation through the engine from the first frame's true colour; optical flow on the same frames beside it."""
    grays = [Gray.of(codes, size) for codes in frames]
    ours = [gray.full_size(ab) for gray, ab in zip(grays, _propagated(colorizer, grays), strict=True)]
    flow = list(carry_colour([gray.truth[0] for gray in grays], grays[0].truth[1:]))
    row = {f"psnr_at_{point.age}": point.psnr for point in age_curve(frames, ours) if point.age in (3, 45)}
    row["psnr"] = propagation_psnr(age_curve(frames, ours))
    row["flow_psnr"] = propagation_psnr(age_curve(frames, flow))
    for name, colours in (("", ours), ("flow_", flow), ("true_", [gray.truth[1:] for gray in grays])):
        pictures = [shown(gray.truth[0], ab) for gray, ab in zip(grays, colours, strict=True)]
        row[f"{name}cdc"] = cdc(codes_from_rgb(picture) for picture in pictures)
        row[f"{name}colourfulness"] = float(np.mean([colourfulness(picture) for picture in pictures]))
        row[f"{name}ab_spread"] = float(np.mean([ab_spread(ab) for ab in colours]))
    return row


def _propagated(colorizer: Colorizer[Any], grays: Sequence[Gray]) -> Iterator[Array]:
    """ab of every frame at the working size, the first being the truth's own."""
    import cv2

    engine = Engine(colorizer)
    height, width = grays[0].lightness.shape
    small = cv2.resize(grays[0].truth[1:].transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_AREA)
    reference = Reference(0, grays[0].lightness, np.ascontiguousarray(small.transpose(2, 0, 1)), "truth")
    state = engine.begin(0, [reference])
    for index, gray in enumerate(grays):
        state, ready = engine.step(state, GrayFrame(index, gray.lightness))
        yield from (chroma.ab for chroma in ready)
    yield from (chroma.ab for chroma in engine.finish(state))


def mean_of(rows: Iterable[Row]) -> dict[str, float]:
    """The mean of every measure that all rows have."""
    listed = list(rows)
    names = [name for name in listed[0] if all(name in row for row in listed)]
    return {name: float(np.mean([row[name] for row in listed])) for name in names}
