"""Laws of a shot that is coloured from references of any of its frames."""

from __future__ import annotations

from dataclasses import replace

from fakes import FakeColorizer, gray, painted
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.core.both_ways import colorize_run
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.run import Run
from vs_tcvc.core.shot import ELSEWHERE
from vs_tcvc.project.shot_color import colorize_shot


def gray_of(index: int) -> Array:
    return gray(index).lightness


def colors(frames: range, at: list[int], window: int = 1) -> list[Chroma]:
    references = [painted(frame, shade=frame) for frame in at]
    return list(colorize_shot(Engine(FakeColorizer(window)), frames, references, gray_of))


@given(st.data())
def test_every_frame_comes_once_in_order_and_references_are_as_painted(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 40))
    frames = range(start, start + data.draw(st.integers(1, 30)))
    at = data.draw(st.lists(st.sampled_from(frames), min_size=1, max_size=4, unique=True))
    found = colors(frames, at, data.draw(st.sampled_from([1, 3])))
    assert [each.index for each in found] == list(frames)
    for chroma in found:
        if chroma.index in at:
            assert (chroma.ab == chroma.index).all()
            assert (chroma.confidence == 1).all()


def test_from_a_reference_of_the_first_frame_it_is_a_run() -> None:
    run = Run(10, (painted(10, 10),))
    expected = list(colorize_run(Engine(FakeColorizer()), run, map(gray, range(10, 18))))
    found = colors(range(10, 18), [10])
    assert [(each.index, each.ab.tobytes(), each.confidence.tobytes()) for each in found] == [
        (each.index, each.ab.tobytes(), each.confidence.tobytes()) for each in expected
    ]


def test_a_reference_of_another_frame_guides_both_ways_and_is_no_end() -> None:
    elsewhere = replace(painted(0, 3), frame=ELSEWHERE)
    network = FakeColorizer()
    found = list(colorize_shot(Engine(network), range(5, 9), [elsewhere, painted(7, 7)], gray_of))
    assert [each.index for each in found] == [5, 6, 7, 8]
    assert (found[2].ab == 7).all()
    alone = colors(range(5, 9), [7])
    assert found[0].ab.tobytes() != alone[0].ab.tobytes()
