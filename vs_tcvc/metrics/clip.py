"""Measures of a clip: how steady its colours are (CDC), and how colour fades with distance from its reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from vs_tcvc.color import lab_from_rgb
from vs_tcvc.errors import FrameError
from vs_tcvc.frame import Array
from vs_tcvc.metrics.picture import Codes, ab_spread, psnr, rgb_from_codes, shown

DILATIONS = (1, 2, 4)
"""Distances in frames between the pictures that CDC compares."""

AGES = (1, 3, 10, 20, 30, 45)
"""Distances in frames from the reference at which an age curve is usually printed."""


# Steadiness


def cdc(frames: Iterable[Codes]) -> float:
    """Colour Distribution Consistency of a clip of 8-bit pictures (H, W, 3); 0 for a frozen clip, at most ln 2.

    The Jensen-Shannon divergence (natural logarithm) between the 256-bin histograms of one channel in frames i and
    i + t, mean over i, then over t in `DILATIONS`, then over R, G and B (Liu et al., "Temporally Consistent Video
    Colorization", arXiv 2110.04562; measure of the NTIRE 2023 challenge), in float64. For a set of clips take the
    mean of their values. Gray scores as well as the truth: read it beside `colourfulness` and the truth's own value.
    Raises FrameError for a clip of fewer than 5 frames, where t = 4 has no pair.
    """
    histograms = np.array([_histograms(frame) for frame in frames])
    if len(histograms) <= max(DILATIONS):
        raise FrameError(f"CDC compares frames 4 apart, so it needs 5 frames or more, got {len(histograms)}")
    return float(np.mean([_divergence(histograms[:-t], histograms[t:]).mean() for t in DILATIONS]))


def _histograms(frame: Codes) -> NDArray[np.float64]:
    """Share of every code in each channel, (3, 256)."""
    return np.array([np.bincount(channel, minlength=256) / channel.size for channel in frame.reshape(-1, 3).T])


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Jensen-Shannon divergence of distributions along the last axis, in nats."""
    middle = (p + q) / 2
    result: NDArray[np.float64] = (rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=-1) / 2
    return result


# Age


@dataclass(frozen=True)
class AgePoint:
    """How near the truth a frame's colour is.

    age: distance from the reference, in frames, from 1.
    psnr: of R'G'B' (true L*, this ab, clipped) against the truth, in dB.
    ab_error: mean |ab - true ab| over pixels and both channels, in units of a*.
    """

    age: int
    psnr: float
    ab_error: float


@dataclass(frozen=True)
class ColourPoint:
    """What colour a frame has, where no truth is known.

    frame: number of the frame in its clip, from 0.
    mean: means of a* and b*.
    spread: `ab_spread` of the frame.
    """

    frame: int
    mean: tuple[float, float]
    spread: float


def age_curve(truth: Iterable[Codes], ab: Iterable[Array]) -> tuple[AgePoint, ...]:
    """Nearness to the truth of every frame after the reference, which is the first frame: ages 1, 2, 3, ...

    truth: true pictures, 8-bit (H, W, 3); ab: colour carried to the same frames, (2, H, W), the reference's included
    (it is not scored). Both may be generators: one frame of each is held. `AGES` are the ages usually printed.
    Raises FrameError where one has more frames, where there are fewer than 2, or where sizes differ.
    """
    points = tuple(_age_point(age, *pair) for age, pair in enumerate(_pairs(truth, ab)) if age > 0)
    if not points:
        raise FrameError("an age curve needs a reference and a frame after it, got fewer than 2 frames")
    return points


def propagation_psnr(curve: Sequence[AgePoint]) -> float:
    """Propagation PSNR of a clip in dB: mean over all frames after the reference; for a set of clips take the mean."""
    return float(np.mean([point.psnr for point in curve]))


def colour_over_time(ab: Iterable[Array]) -> tuple[ColourPoint, ...]:
    """Mean and spread of every frame's a*, b* (2, H, W): an age curve for film that has no truth."""
    means = ((frame, one.mean(axis=(1, 2), dtype=np.float64).tolist(), ab_spread(one)) for frame, one in enumerate(ab))
    return tuple(ColourPoint(frame, (a, b), spread) for frame, (a, b), spread in means)


def _pairs(truth: Iterable[Codes], ab: Iterable[Array]) -> Iterator[tuple[Codes, Array]]:
    for frame, (true, carried) in enumerate(zip_longest(truth, ab)):
        if true is None or carried is None:
            missing = "truth" if true is None else "colour"
            raise FrameError(f"frame {frame}: an age curve needs truth and colour of every frame, got no {missing}")
        yield true, carried


def _age_point(age: int, truth: Codes, ab: Array) -> AgePoint:
    rgb = rgb_from_codes(truth)
    lab = lab_from_rgb(rgb)
    nearness = psnr(shown(lab[0], ab), rgb)
    return AgePoint(age, nearness, float(np.mean(np.abs(ab - lab[1:]), dtype=np.float64)))
