"""What frames show decides about a run: faint ones are guessed anew, those with colour of their own keep it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.likeness import ENOUGH
from vs_tcvc.core.run import Run
from vs_tcvc.core.shot import Reference

HEIGHT, WIDTH = 4, 6


def shown(index: int, deviation: float, keeps_color: bool = False) -> GrayFrame:
    """A frame of some contrast."""
    lightness = np.full((HEIGHT, WIDTH), 50, np.float32)
    lightness[:, ::2] += deviation
    lightness[:, 1::2] -= deviation
    return GrayFrame(index, lightness, keeps_color=keeps_color)


@dataclass
class Counting:
    """A network that colours by the frame that its guess was made of."""

    window: int = 1

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(np.full((2, *lightness.shape), np.ptp(lightness), np.float32))

    def begin(self, references: Sequence[Reference]) -> float:
        return float(references[-1].ab.flat[0])

    def colorize(self, memory: float, lightness: Array, coming: Array | None = None) -> tuple[float, Array, Array]:
        count, height, width = lightness.shape
        ab = np.full((count, 2, height, width), memory, np.float32)
        return memory, ab, np.ones((count, height, width), np.float32)


def colors_of(frames: Sequence[GrayFrame], window: int = 1, start: Run | None = None) -> list[Chroma]:
    engine, colored = Engine(Counting(window)), list[Chroma]()
    state = engine.begin(start or Run(0))
    for frame in frames:
        state, now = engine.step(state, frame)
        colored += now
    return colored + engine.finish(state)


@pytest.mark.parametrize("window", [1, 3])
def test_a_run_that_begins_in_a_fade_is_guessed_anew_until_there_is_enough_to_see(window: int) -> None:
    """Each guess is told by the contrast of its frame; the last is the first of at least ENOUGH."""
    deviations = [0, 0.25, 0.5, 2, 3, 7, 9, 20, 20, 20]
    colored = colors_of([shown(n, each) for n, each in enumerate(deviations)], window)
    assert [chroma.index for chroma in colored] == list(range(len(deviations)))
    guessed = [float(chroma.ab.flat[0]) / 2 for chroma in colored]
    last = guessed[-1]
    assert last in deviations
    assert last >= ENOUGH
    assert set(guessed) <= {*deviations}
    assert guessed == sorted(guessed)


def test_a_run_that_grows_darker_keeps_its_guess() -> None:
    assert {float(each.ab.flat[0]) for each in colors_of([shown(n, 20 - 4 * n) for n in range(5)])} == {40}


@pytest.mark.parametrize("window", [1, 3])
def test_from_the_first_frame_with_color_of_its_own_on_a_run_keeps_it(window: int) -> None:
    frames = [shown(n, 20, keeps_color=n in (2, 4)) for n in range(6)]
    colored = colors_of(frames, window)
    assert [(each.index, each.is_own) for each in colored] == [(n, n >= 2) for n in range(6)]
    assert {each.anchor for each in colored} == {0}


def test_a_painted_run_does_not_keep_color_of_its_own() -> None:
    reference = Reference(0, shown(0, 20).lightness, np.zeros((2, HEIGHT, WIDTH), np.float32), "a.png")
    colored = colors_of([shown(n, 20, keeps_color=True) for n in range(3)], start=Run(0, (reference,)))
    assert not any(each.is_own for each in colored)
