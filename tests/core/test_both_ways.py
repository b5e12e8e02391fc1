"""Laws of colour that comes from both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeColorizer, gray, painted
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.core.both_ways import Stretch, blend, colorize_backwards, colorize_run, runs_of, stretches
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.run import Grade, Run
from vs_tcvc.core.shot import Shot
from vs_tcvc.errors import FrameError


@given(st.data())
def test_stretches_cover_a_shot_once_and_end_at_references(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 50))
    shot = Shot(start, start + data.draw(st.integers(1, 40)))
    frames = data.draw(st.lists(st.integers(shot.start, shot.stop - 1), max_size=5))
    found = stretches(shot, frames)
    assert [index for each in found for index in range(each.start, each.stop)] == list(range(shot.start, shot.stop))
    assert all(each.before in (None, each.start) and each.after in (None, each.stop) for each in found)
    assert {each.before for each in found} - {None} == set(frames or [shot.start])


@pytest.mark.parametrize("frame", [9, 20])
def test_a_reference_outside_the_shot_is_named(frame: int) -> None:
    with pytest.raises(FrameError, match=f"reference of frame {frame}: expected a frame of the shot, 10 to 19"):
        stretches(Shot(10, 20), [12, frame])


def test_a_run_begins_with_the_reference_at_its_end_and_hears_the_others() -> None:
    elsewhere, near, far = painted(90), painted(3), painted(8)
    forwards, backwards = runs_of(Stretch(3, 8, 3, 8), Run(0, (near, far, elsewhere), grade=Grade(saturation=2)))
    assert forwards is not None
    assert backwards is not None
    assert (forwards.first, forwards.references) == (3, (elsewhere, far, near))
    assert backwards.references == (elsewhere, near, far)
    assert (backwards.first, backwards.grade.saturation) == (8, 2)


def test_a_run_that_goes_back_is_the_mirrored_run() -> None:
    """The same network calls as for the film played backwards, under the film's own numbers."""
    engine = Engine(FakeColorizer())
    run = Run(9, (painted(9, 5),), grade=Grade(saturation=0.5))
    back = list(colorize_backwards(engine, run, (gray(index) for index in range(9, 3, -1))))
    assert [each.index for each in back] == list(range(9, 3, -1))
    assert {(each.anchor, each.origin, each.saturation) for each in back} == {(9, "artist.png", 0.5)}
    mirrored = (replace(gray(9 - index), index=index) for index in range(6))
    forth = colorize_run(engine, Run(0, (replace(painted(9, 5), frame=0),)), mirrored)
    assert [each.ab.tobytes() for each in back] == [each.ab.tobytes() for each in forth]
    assert (back[0].ab == 5).all()


@pytest.mark.parametrize("window", [1, 3])
def test_a_run_is_what_the_engine_makes_of_it(window: int) -> None:
    engine = Engine(FakeColorizer(window=window))
    state, colored = engine.begin(Run(2, (painted(2),))), list[Chroma]()
    for index in range(2, 10):
        state, now = engine.step(state, gray(index))
        colored += now
    colored += engine.finish(state)
    run = list(colorize_run(engine, Run(2, (painted(2),)), map(gray, range(2, 10))))
    assert [each.ab.tobytes() for each in run] == [each.ab.tobytes() for each in colored]
    assert list(colorize_run(engine, Run(2), list[GrayFrame]())) == []


def shade(index: int, ab: float, confidence: float) -> Chroma:
    return Chroma.rounded(index, np.full((2, 2, 3), ab, np.float32), np.full((2, 3), confidence, np.float32), 0, "x")


def blended(stretch: Stretch, one: Iterable[Chroma], other: Iterable[Chroma]) -> list[float]:
    return [float(each.ab[0, 0, 0]) for each in blend(stretch, one, other)]


def test_near_a_reference_its_own_way_counts() -> None:
    frames = range(10, 15)
    one, other = [shade(n, 0, 1) for n in frames], [shade(n, 40, 1) for n in frames]
    assert blended(Stretch(10, 15, 10, 15), one, other) == [0, 8, 16, 24, 32]


def test_the_way_that_is_sure_counts_more_and_nothing_is_divided_by_nothing() -> None:
    frames = range(0, 10)
    for sure, unsure, expected in ((1, 0, 0), (0.6, 0.2, 10), (0, 0, 20)):
        one, other = [shade(n, 0, sure) for n in frames], [shade(n, 40, unsure) for n in frames]
        assert blended(Stretch(0, 10, 0, 10), one, other)[5] == pytest.approx(expected, abs=0.1)


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0, 1), st.floats(0, 1))
def test_a_blend_lies_between_both_ways(a: float, b: float, sure: float, other_sure: float) -> None:
    frames = range(1, 6)
    one, other = [shade(n, a, sure) for n in frames], [shade(n, b, other_sure) for n in frames]
    found = blended(Stretch(1, 6, 1, 6), one, other)
    low, high = sorted((float(one[0].ab[0, 0, 0]), float(other[0].ab[0, 0, 0])))
    assert all(low <= each <= high for each in found)
    assert found[0] == float(one[0].ab[0, 0, 0])
