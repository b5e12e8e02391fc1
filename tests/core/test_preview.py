"""A preview is the first frames of every run, the same colours as of the whole clip, for the price of these frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fakes import CutsAt, FakeColorizer, FakeMemory, gray, painted
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.in_parallel import AHEAD, ParallelStream

Walk = Callable[[Engine[FakeMemory], Anchors, int], Iterator[Chroma]]


def in_order(engine: Engine[FakeMemory], anchors: Anchors, length: int) -> Iterator[Chroma]:
    items = ((index, gray(index).lightness) for index in range(length))
    for index, chroma in Stream(engine, anchors).run(items):
        assert index == chroma.index
        yield chroma


def in_parallel(engine: Engine[FakeMemory], anchors: Anchors, length: int) -> Iterator[Chroma]:
    return ParallelStream(engine, anchors, 2).run(map(gray, range(length)))


def looks(colored: Iterator[Chroma]) -> dict[int, tuple[bytes, int]]:
    return {each.index: (each.ab.tobytes(), each.anchor) for each in colored}


@pytest.mark.parametrize("walk", [in_order, in_parallel])
@given(
    length=st.integers(1, 40), cuts=st.frozensets(st.integers(1, 39), max_size=5), most=st.integers(1, 9),
    window=st.integers(1, 4), referenced=st.frozensets(st.integers(0, 39), max_size=2),
)  # fmt: skip
def test_a_preview_has_the_colors_of_the_whole_and_costs_its_frames(
    walk: Walk, length: int, cuts: frozenset[int], most: int, window: int, referenced: frozenset[int]
) -> None:
    references = {frame: painted(frame) for frame in referenced}
    rule = CutsAt(cuts, length)
    network = FakeColorizer(window, callers=2)
    preview = looks(walk(Engine(network), Anchors(rule, references, most=most), length))
    whole = looks(walk(Engine(FakeColorizer(window, callers=2)), Anchors(rule, references), length))
    assert {index for index, (_, anchor) in whole.items() if index - anchor < most} <= {*preview}
    assert preview.items() <= whole.items()
    runs = len({anchor for _, anchor in whole.values()})
    assert len(preview) <= runs * (most + window - 1)
    assert len(network.colored) <= runs * -(-(most + window - 1) // window)


@pytest.mark.parametrize("walk", [in_order, in_parallel])
def test_a_preview_of_a_long_run_holds_no_frames_that_it_passes_over(walk: Walk) -> None:
    length, network = 5 * AHEAD, FakeColorizer(callers=2)
    preview = looks(walk(Engine(network), Anchors(CutsAt(frozenset({4 * AHEAD}), length), most=1), length))
    assert ({*preview}, network.predicted, network.colored) == ({0, 4 * AHEAD}, 2, [])


def test_frames_that_are_passed_over_are_let_go() -> None:
    alive: set[int] = set()

    class Item:
        def __init__(self, index: int) -> None:
            self.index = index
            alive.add(index)

        def __del__(self) -> None:
            alive.discard(self.index)

    most_alive = 0

    def items() -> Iterator[tuple[Item, Array]]:
        nonlocal most_alive
        for index in range(100):
            yield Item(index), gray(index).lightness
            most_alive = max(most_alive, len(alive))

    anchors = Anchors(CutsAt(frozenset(), 100), most=1)
    assert [chroma.index for _, chroma in Stream(Engine(FakeColorizer()), anchors).run(items())] == [0]
    assert most_alive <= 5
