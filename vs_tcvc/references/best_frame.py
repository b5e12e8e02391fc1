"""Choice of the frame of a run that is coloured first, with `reference_frame=best`.

A run may begin in a fade or out of focus. Evenly spread frames of it are compared: a good one is sharp, neither dark
nor burnt out, steady (no flash, no fade) and has the tones of most of the run. The earliest frame nearly as good as the
best is used, since colour reaches the anchor from it only by correspondence. The choice is a function of the run's
frames. No clips, networks, pipes or clocks here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vs_tcvc.core.engine import Anchors
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.lru import Lru
from vs_tcvc.picture.color import lightness_from_luma
from vs_tcvc.picture.motion import display_gray

MOST = 32
"""Frames of a run that are compared, an even number; of a longer run every second, fourth, … frame is."""

NEARLY = 0.7
"""Share of the best score at which an earlier frame is preferred: in a fade scores are below half of those after it."""

DARK, BRIGHT = 25.0, 85.0
"""Mean L* below or above which a frame counts as under- or overexposed."""

BLACK, WHITE = 2.0, 98.0
"""L* beyond which a pixel has no detail left."""

APART = 0.25
"""Difference of the tones from the typical ones, in standard deviations, at which a frame counts half."""

UNSTEADY = 1.0
"""Difference of mean L* from a neighbour at which a frame counts half: a fade of two seconds, strong flicker."""

_TONES = np.linspace(0, 1, 65)
_FAINT = 1e-3
_RUNS_KEPT = 4


@dataclass(frozen=True, eq=False)
class FrameQuality:
    """Quality measures of a frame.

    sharpness: mean |gradient| of L*, grain smoothed away. exposure: 0 for black or white to 1.
    tones: quantiles of L* (65,), less its mean, over its standard deviation: a fade leaves them as they are.
    step: |difference| of mean L* to a neighbour in the run, the greater one.
    """

    frame: GrayFrame
    sharpness: float
    exposure: float
    tones: Array
    step: float

    @classmethod
    def at(cls, frame: GrayFrame, step: float) -> FrameQuality:
        """Measured on L* (H, W)."""
        lightness = frame.lightness
        smooth = cv2.GaussianBlur(lightness, (0, 0), 1.0)
        across, down = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
        mean, deviation = float(lightness.mean()), float(lightness.std())
        detailed = float(((lightness > BLACK) & (lightness < WHITE)).mean())
        exposure = detailed * min(1.0, mean / DARK, (100 - mean) / (100 - BRIGHT))
        tones = (np.quantile(lightness, _TONES) - mean) / (deviation + _FAINT)
        return cls(frame, float(cv2.magnitude(across, down).mean()), exposure, tones, step)


class Candidates:
    """Frames of one run, evenly spread from its anchor on; at most `MOST` of them are held."""

    def __init__(self, anchor: int) -> None:
        self.anchor = anchor
        self._looks: list[FrameQuality] = []
        self._stride = 1
        self._mean: float | None = None

    def add(self, frame: GrayFrame) -> None:
        """Take the run's next frame."""
        mean = float(frame.lightness.mean())
        step = 0.0 if self._mean is None else abs(mean - self._mean)
        self._mean = mean
        if self._looks and self._looks[-1].frame.index == frame.index - 1:
            self._looks[-1] = replace(self._looks[-1], step=max(step, self._looks[-1].step))
        if (frame.index - self.anchor) % self._stride == 0:
            self._looks.append(FrameQuality.at(frame, step))
        if len(self._looks) > MOST:
            self._looks, self._stride = self._looks[::2], 2 * self._stride

    def best(self) -> GrayFrame:
        """The earliest frame nearly as good as the best one."""
        scores = _scores(self._looks)
        enough = NEARLY * max(scores)
        return next(look.frame for look, score in zip(self._looks, scores, strict=True) if score >= enough)


def _scores(looks: list[FrameQuality]) -> list[float]:
    """Score of each frame as a reference, 0 to 1, relative to the run's tones, sharpest quarter and calmest tenth."""
    sharp = float(np.quantile([look.sharpness for look in looks], 0.75)) + _FAINT
    steady = float(np.quantile([look.step for look in looks], 0.1)) + UNSTEADY
    typical = np.median([look.tones for look in looks], axis=0)
    scores = []
    for look in looks:
        sharpness = min(1.0, (look.sharpness + _FAINT) / sharp)
        likeness = 1 / (1 + float(np.abs(look.tones - typical).mean()) / APART)
        steadiness = min(1.0, steady / (look.step + UNSTEADY))
        scores.append(sharpness * look.exposure * likeness * steadiness)
    return scores


def best_frames(frames: Iterable[GrayFrame], anchors: Anchors) -> Iterator[tuple[int, GrayFrame]]:
    """The anchor of every run without a given reference, with the run's best frame, as soon as the run has ended.

    frames: all frames of a clip, in order from 0. Holds the candidates of one run and the window of the cut rule.
    """
    run: Candidates | None = None
    for frame, is_cut in anchors.decide_cuts(frames):
        if is_cut or frame.index in anchors.references:
            if run and run.anchor not in anchors.references:
                yield run.anchor, run.best()
            run = Candidates(frame.index)
        assert run  # a run begins at frame 0
        run.add(frame)
    if run and run.anchor not in anchors.references:
        yield run.anchor, run.best()


class BestFramesOnDemand:
    """The frames to predict references from, each found when its run begins, for `Anchors.predicted_from`.

    gray: any frame of a clip of `length` frames; what it raises passes through. The same frames as those of
    `BestFrames`, but only runs that are coloured are looked at, and the last few results are kept.
    """

    def __init__(self, gray: Callable[[int], GrayFrame], anchors: Anchors, length: int) -> None:
        self._gray, self._anchors, self._length = gray, anchors, length
        self._found = Lru[BestFrames](_RUNS_KEPT)

    def get(self, anchor: int, /) -> GrayFrame | None:
        """The best frame of the run that begins at `anchor`; None if it is that frame."""
        found = self._found.get(anchor)
        if found is None:
            run = Candidates(anchor)
            for frame in self._run(anchor):
                run.add(frame)
            found = BestFrames([(anchor, run.best())])
            self._found.put(anchor, found)
        return found.get(anchor)

    def _run(self, anchor: int) -> Iterator[GrayFrame]:
        """The frames of a run."""
        yield self._gray(anchor)
        for index in range(anchor + 1, self._length):
            window = self._anchors.window(index, self._length)
            frames = {each: self._gray(each) for each in window}
            if index in self._anchors.references or self._anchors.is_cut(index, frames, self._length):
                return
            yield frames[index]


class BestFrames(Mapping[int, GrayFrame]):
    """The frames to predict references from, by the first frames of their runs, for `Anchors.predicted_from`.

    best: the result of `best_frames`; a run whose best frame is its first is left out, since `Engine` predicts from
    that by default. Each frame is stored as a compressed 8-bit gray picture of about 50 kB.
    """

    def __init__(self, best: Iterable[tuple[int, GrayFrame]]) -> None:
        self._packed = {anchor: (frame.index, _pack(frame)) for anchor, frame in best if frame.index != anchor}

    @property
    def numbers(self) -> dict[int, int]:
        """The numbers of the frames, by the first frames of their runs."""
        return {anchor: number for anchor, (number, _) in self._packed.items()}

    def __getitem__(self, anchor: int) -> GrayFrame:
        number, packed = self._packed[anchor]
        return GrayFrame(number, _unpack(packed))

    def __iter__(self) -> Iterator[int]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def _pack(frame: GrayFrame) -> bytes:
    """The display gray in which motion is searched, as PNG."""
    return bytes(cv2.imencode(".png", display_gray(frame.lightness))[1])


def _unpack(packed: bytes) -> Array:
    """L* (H, W), 0 to 100, of the same display gray: inverse of `_pack` up to rounding."""
    gray = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE)
    return lightness_from_luma(np.asarray(gray, np.float32) / 255)
