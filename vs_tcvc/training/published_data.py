"""What the published networks learn from: true Lab at their working size, with motion and masks where frames move."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.layouts import Frames
from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.errors import UsageError
from vs_tcvc.metrics.flow import FlowStep
from vs_tcvc.networks.published.prepare import cover, lab_of
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.training.augment import Random
from vs_tcvc.training.published_filter import flaw

Size = tuple[int, int]
"""Working size, H and W: 216x384 in the paper."""

LEFT_OUT_IN_A_ROW = 1000
"""How many flawed pictures are drawn before a training gives up."""


@dataclass(frozen=True)
class Sample:
    """T frames of one shot; a still is T = 1.

    lab: true L* 0 to 100, a*, b*, (T, 3, H, W). lightness: L* - 50 as the network sees it, (T, 1, H, W). flow: where
    each pixel of frame t + 1 was in frame t, pixels, x then y, (T - 1, 2, H, W); sure: 1 where that can be relied on,
    (T - 1, 1, H, W). masks: 1 inside of objects, (T, 1, H, W), or None where the data set has none.
    """

    lab: Tensor
    lightness: Tensor
    flow: Tensor
    sure: Tensor
    masks: Tensor | None

    def to(self, device: torch.device) -> Sample:
        """The same sample on `device`."""
        return Sample(
            self.lab.to(device), self.lightness.to(device), self.flow.to(device), self.sure.to(device),
            None if self.masks is None else self.masks.to(device),
        )  # fmt: skip


@dataclass(frozen=True)
class SampleBatch:
    """Samples of equal length. dropped: how many pictures were left out on the way, by their flaw."""

    samples: tuple[Sample, ...]
    dropped: Mapping[str, int]

    def to(self, device: torch.device) -> SampleBatch:
        """The same batch on `device`."""
        return replace(self, samples=tuple(each.to(device) for each in self.samples))


def parse_size(text: str) -> Size:
    """H and W of "384x216", both multiples of 8; UsageError for another text."""
    match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not width or not height or width % 8 or height % 8:
        expected = "WIDTHxHEIGHT in multiples of 8, such as 384x216"
        raise UsageError(option="working_size", expected=expected, got=repr(text))
    return height, width


def random_of(seed: int, step: int, number: int) -> Random:
    """What a sample is made with, from the seed, the step and its number in the update alone."""
    return np.random.default_rng((seed, step, number))


def draw_still(rng: Random, pictures: Sequence[Picture], size: Size, noise: float) -> tuple[Sample, Counter[str]]:
    """A good picture as a sample of one frame, and how many were left out before it.

    noise: standard deviation of what is added to L*. UsageError where `LEFT_OUT_IN_A_ROW` are flawed.
    """
    dropped = Counter[str]()
    while dropped.total() < LEFT_OUT_IN_A_ROW:
        picture = pictures[int(rng.integers(len(pictures)))]
        if not (why := flaw(picture)):
            return sample_of(rng, [picture.read()], [], size, noise), dropped
        dropped[why] += 1
    counts = ", ".join(f"{name} {count}" for name, count in dropped.items())
    raise UsageError(
        f"expected pictures to learn from, left out {LEFT_OUT_IN_A_ROW} in a row ({counts})", option="data"
    )


def draw_clip(rng: Random, shots: Sequence[Frames], count: int, size: Size, noise: float) -> Sample:
    """`count` consecutive frames of a shot, which has as many or more; noise: as `draw_still`."""
    shot = shots[int(rng.integers(len(shots)))]
    first = int(rng.choice(np.arange(0, len(shot) - count + 1, shot.every)))
    masks = [picture.read() for picture in shot.masks[first : first + count]]
    return sample_of(rng, shot.read(first, count), masks, size, noise)


def check_lengths(shots: Sequence[Frames], count: int) -> None:
    """UsageError for a clip of fewer than `count` frames."""
    for shot in shots:
        if len(shot) < count:
            raise UsageError(f"clip {shot.name}: expected {count} frames or more, got {len(shot)}; leave it out")


def sample_of(rng: Random, frames: Sequence[Codes], masks: Sequence[Codes], size: Size, noise: float) -> Sample:
    """Frames at the working size, all mirrored half of the time. masks: pictures that are black outside of objects."""
    turn = -1 if rng.random() < 0.5 else 1
    lab = np.stack([true_lab(frame[:, ::turn], size) for frame in frames])
    inside = [cover(_white(mask[:, ::turn]), size)[None, ..., 0] > 127 for mask in masks]
    steps = [FlowStep.between(before[0], now[0]) for before, now in pairwise(lab)]
    height, width = size
    flow = np.array([step.flow for step in steps], np.float32).reshape(-1, 2, height, width)
    sure = np.array([step.sure for step in steps], np.float32).reshape(-1, 1, height, width)
    seen = lab[:, :1] - 50 + noise * rng.standard_normal((len(lab), 1, *size), np.float32)
    return Sample(
        torch.from_numpy(lab), torch.from_numpy(seen), torch.from_numpy(flow), torch.from_numpy(sure),
        torch.from_numpy(np.stack(inside).astype(np.float32)) if inside else None,
    )  # fmt: skip


def true_lab(frame: Codes, size: Size) -> Array:
    """L* 0 to 100, a*, b* (3, H, W) of a picture at the working size."""
    return lab_of(cover(frame, size))


def _white(mask: Codes) -> Codes:
    """White (H, W, 3) wherever a mask is not black."""
    return np.repeat(mask.max(axis=2, keepdims=True) > 0, 3, axis=2).astype(np.uint8) * np.uint8(255)
