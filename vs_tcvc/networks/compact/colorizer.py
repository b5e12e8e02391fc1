"""The compact network behind the `Colorizer` protocol: arrays in, arrays out, memory as a value.

What computes is behind `Graphs`; here is what all backends have in common.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Generic, Protocol, TypeVar

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.likeness import contrast
from vs_tcvc.core.shot import Reference
from vs_tcvc.networks.compact.bins import bin_centres
from vs_tcvc.networks.compact.motion_prefetch import MotionPrefetch
from vs_tcvc.networks.compact.motion_trace import Trace, grid
from vs_tcvc.picture.resizing import resize_hints, resize_planes, sample_planes

REFERENCE_SIZE, REFERENCE_STEP = 160, 32
"""Short side at which C1 sees a frame, about that of the pictures that it was trained on, and what sides are multiples
of: the pixels of one place at its bottom."""

PLAIN = 1.0
"""Contrast, the deviation of L*, below which a frame shows too little to have a colour: of an even gray C1 guesses the
sky."""

_WARM = math.radians(65)  # orange, in the ab plane
_HEIGHT = 0.65  # of a preference, logit
_ENOUGH = 20.0  # ab, beyond which a colour is hardly preferred to another: the rarest would win
_WAVES, _WAVELENGTH = 8, 60.0  # how many; units of ab

Value = TypeVar("Value")


class Graphs(Protocol[Value]):
    """The graphs of `vs_tcvc.networks.compact.graphs` on some backend.

    A value is a tensor as the backend keeps it, on whatever device; none is ever changed, equal ones give equal bytes.
    """

    def value(self, array: Array) -> Value:
        """An array, from the CPU."""

    def array(self, value: Value) -> Array:
        """The same, to the CPU."""

    def joined(self, values: Sequence[Value]) -> Value:
        """One after another along the last axis."""

    def run(self, graph: str, *values: Value) -> tuple[Value, ...]:
        """What the graph of that name gives."""


@dataclass(frozen=True, eq=False)
class CompactMemory(Generic[Value]):
    """What the next frame of a run needs.

    references: places of all references, to look colours up in: features, ab and certainty.
    picture: lightness, ab and certainty of the reference that the run began with, (1, 4, H, W).
    before: the same of the frame before, unrounded.
    previous: its places, to look colours up in.
    trace: the motion so far.
    """

    references: tuple[Value, ...]
    picture: Value
    before: Value
    previous: tuple[Value, ...]
    trace: Trace


class CompactColorizer(Generic[Value]):
    """C1, S and C2; see `vs_tcvc.core.colorizer.Colorizer` for what the methods promise."""

    window = 1

    def __init__(self, graphs: Graphs[Value]) -> None:
        self._graphs = graphs
        self._ahead = MotionPrefetch()

    def predict(self, lightness: Array, hints: Hints | None = None, number: int = 0) -> Guess:
        """C1: the colour of a frame, lightness (H, W), and how sure it is, from what is known of it.

        number: of another plausible colour, see `preference`. C1 sees the frame at about the size of the pictures that
        it was trained on. Raises FrameError for hints of another shape.
        """
        height, width = lightness.shape
        scale = REFERENCE_SIZE / min(height, width)
        size = _in_steps(height * scale), _in_steps(width * scale)
        known = np.zeros((3, *size), np.float32) if hints is None else resize_hints(hints, lightness.shape, size)
        given = resize_planes(lightness[None], size)[None], preference(number)[None, :, None, None], known[None]
        ab, certainty = self._graphs.run("predict", *map(self._graphs.value, given))
        enlarged = (sample_planes(self._graphs.array(each)[0], (height, width)) for each in (ab, certainty))
        shown = 1.0 if hints is not None else min(1.0, contrast(lightness) / PLAIN)
        return Guess(next(enlarged) * np.float32(shown), next(enlarged)[0])

    def describe(self, lightness: Array) -> Array:
        """What a frame shows, lightness (H, W): a unit vector (432,), whose product with another one is their likeness.

        It says whether two frames may be of one scene, wherever in them things are.
        """
        (description,) = self._graphs.run("describe", self._graphs.value(lightness[None, None]))
        numbers: Array = self._graphs.array(description)[0]
        return numbers

    def begin(self, references: Sequence[Reference]) -> CompactMemory[Value]:
        """Memory of a run: all references to look up in, the last one as the frame before."""
        last = references[-1]
        pictures = [
            np.concatenate([each.lightness[None], each.ab, each.certainty_plane[None]])[None] for each in references
        ]
        values = [self._graphs.value(picture) for picture in pictures]
        each = [self._graphs.run("remember", value) for value in values]
        return CompactMemory(
            references=tuple(self._graphs.joined(parts) for parts in zip(*each, strict=True)),
            picture=values[-1], before=values[-1], previous=each[-1], trace=Trace.begin(last.lightness),
        )  # fmt: skip

    def colorize(
        self, memory: CompactMemory[Value], lightness: Array, coming: Array | None = None
    ) -> tuple[CompactMemory[Value], Array, Array]:
        """S and C2: the next frame, lightness (1, H, W) -> memory, ab (1, 2, H, W), confidence (1, H, W).

        The motion of the frame that is coming is found meanwhile.
        """
        step = self._ahead.follow(memory.trace, lightness[0])
        if coming is not None:
            self._ahead.begin(step.after, coming)
        given = lightness[None], grid(step.in_before), grid(step.in_picture)
        now, at_before, at_picture = map(self._graphs.value, given)
        ab, confidence, before, *previous = self._graphs.run(
            "step", now, memory.before, at_before, memory.picture, at_picture, *memory.references, *memory.previous
        )
        after = memory if step.is_left_out else replace(memory, before=before, previous=tuple(previous))
        return replace(after, trace=step.after), self._graphs.array(ab), self._graphs.array(confidence)[:, 0]


def _in_steps(length: float) -> int:
    return max(1, round(length / REFERENCE_STEP)) * REFERENCE_STEP


@cache
def preference(number: int) -> Array:
    """Which colours are to be likelier than C1 finds: what is added to the logits of the bins, (bins,).

    The same all over the picture: regions that are alike stay alike, and where the network is sure little changes.
    number: 0 none; 1 warm colours; 2 cool ones; from 3 on waves over the ab plane, drawn with that seed.
    """
    centres = bin_centres().astype(np.float64)
    if number == 0:
        found = np.zeros(len(centres))
    elif number <= 2:
        warmth = centres @ [math.cos(_WARM), math.sin(_WARM)]
        found = _HEIGHT * np.tanh((warmth if number == 1 else -warmth) / _ENOUGH)
    else:
        turns = np.random.default_rng(number).normal(0, 2 * math.pi / _WAVELENGTH, (2, _WAVES))
        found = _HEIGHT / 2 * np.sin(centres @ turns).sum(axis=1)
    return found.astype(np.float32)
