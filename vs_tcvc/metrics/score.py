"""Measures of one coloured clip, frame by frame in one pass: keeps numbers, and only one frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.metrics.cdc import RunningCdc
from vs_tcvc.metrics.flow import FlowStep
from vs_tcvc.metrics.picture import ab_spread, chroma_ssim, colorfulness, delta_e_by_place, psnr, share, shown
from vs_tcvc.metrics.revealed import Places, by_area, is_by_area
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb, rgb_from_codes

Row = Mapping[str, float]
"""Values by the names of their measures."""

AGES = (1, 3, 10, 20, 30, 45)
"""Distances in frames from the first frame at which an age curve is printed."""


@dataclass(frozen=True, eq=False)
class Rendition:
    """One coloured frame. lab: L*, a*, b* (3, H, W); rgb: R'G'B' (3, H, W), 0 to 1, as it is shown."""

    lab: Array
    rgb: Array

    @classmethod
    def of_codes(cls, codes: Codes) -> Rendition:
        """A picture as files hold it."""
        rgb = rgb_from_codes(codes)
        return cls(lab_from_rgb(rgb), rgb)

    @classmethod
    def of_ab(cls, lightness: Array, ab: Array) -> Rendition:
        """Colour (2, H, W) for that L* (H, W), 0 to 100."""
        return cls(np.concatenate([lightness[None], ab]), shown(lightness, ab))


def nearness(color: Rendition, truth: Rendition, revealed: Places | None = None) -> Row:
    """How near the truth a frame's colour is, as it would be with the true L*.

    psnr: of R'G'B' (true L*, this ab, clipped), in dB. delta_e: CIEDE2000 of the same. chroma_ssim: of ab.
    ab_error: mean |ab - true ab| over pixels and both channels, in units of a*.
    colourfulness_share: colourfulness as a share of the truth's; nan if that has none.
    rgb_psnr: of R'G'B' with its own L*, in dB; left out where that is the true one.
    And `by_area`, if it is given which places (H, W) were revealed.
    """
    lightness, ab, true_ab = truth.lab[0], color.lab[1:], truth.lab[1:]
    has_true_lightness = np.array_equal(color.lab[0], lightness)
    joined = color if has_true_lightness else Rendition.of_ab(lightness, ab)
    difference = delta_e_by_place(lab_from_rgb(joined.rgb), truth.lab)
    row = {
        "psnr": psnr(joined.rgb, truth.rgb), "delta_e": float(np.mean(difference, dtype=np.float64)),
        "chroma_ssim": chroma_ssim(ab, true_ab), "ab_error": float(np.mean(np.abs(ab - true_ab), dtype=np.float64)),
        "colourfulness_share": share(colorfulness(joined.rgb), colorfulness(truth.rgb)),
    }  # fmt: skip
    row |= {} if has_true_lightness else {"rgb_psnr": psnr(color.rgb, truth.rgb)}
    return row if revealed is None else {**row, **by_area(joined.rgb, truth.rgb, difference, revealed)}


def amount(color: Rendition) -> Row:
    """What colour a frame has: colourfulness, ab_spread, and the means of a* and b*."""
    mean_a, mean_b = color.lab[1:].mean(axis=(1, 2), dtype=np.float64).tolist()
    spread = ab_spread(color.lab[1:])
    return {"colourfulness": colorfulness(color.rgb), "ab_spread": spread, "mean_a": mean_a, "mean_b": mean_b}


class Score:
    """The measures of a clip whose frames are added in order.

    frames: of every frame so far, `amount`, and after the first `nearness` where the truth is known.
    """

    def __init__(self) -> None:
        self.frames: list[Row] = []
        self._cdc = RunningCdc()
        self._before: Array | None = None
        self._changed, self._sure = 0.0, 0

    def add(
        self, color: Rendition, truth: Rendition | None, step: FlowStep | None, revealed: Places | None = None
    ) -> None:
        """The next frame. truth: None where it is not known; step: motion since the frame before, None at the first.

        revealed: which places were not there in the first frame, as `Trail.revealed` finds them; None: not asked.
        The first frame is not compared with the truth: it may be the reference, which is given.
        """
        near = nearness(color, truth, revealed) if truth and step else {}
        self.frames.append({**near, **amount(color)})
        self._cdc.add(codes_from_rgb(color.rgb))
        ab = color.lab[1:]
        if step is not None and self._before is not None:
            change = step.change(self._before, ab)
            self._changed += float(change.sum(dtype=np.float64))
            self._sure += change.size
        self._before = ab

    def summary(self) -> dict[str, float]:
        """The clip in numbers: means over the frames that have a measure, `cdc` and `warp_error`.

        warp_error: mean |ab - ab of the frame before, moved by optical flow| over both channels of all pixels whose
        motion is sure, in units of a*; nan where there are none.
        Raises FrameError for fewer than 5 frames, which CDC needs.
        """
        steadiness = {
            "cdc": self._cdc.value(),
            "warp_error": self._changed / self._sure if self._sure else np.nan,
        }
        names = [name for name in self.frames[-1] if name not in ("mean_a", "mean_b") and not is_by_area(name)]
        return {name: float(np.mean([row[name] for row in self.frames if name in row])) for name in names} | steadiness

    def by_age(self, names: Iterable[str]) -> dict[str, float]:
        """Measures of single frames, those of `AGES` that there are: "psnr_at_3" is psnr of frame 3, counted from 0."""
        rows = {age: self.frames[age] for age in AGES if age < len(self.frames)}
        return {f"{name}_at_{age}": row[name] for name in names for age, row in rows.items() if name in row}
