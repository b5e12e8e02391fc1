"""Laws of the engine: what a run is made of, and what stays good after an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from fakes import FakeColorizer, FakeMemory, NetworkDownError, gray, looks, painted

from vs_tcvc.core.engine import Anchors, ColorizerState, Engine
from vs_tcvc.core.frame import CONFIDENCE_STEPS, Chroma, GrayFrame
from vs_tcvc.core.hints import UNSAID, Guess
from vs_tcvc.core.run import Run
from vs_tcvc.errors import FrameError

State = ColorizerState[FakeMemory]


def run(engine: Engine[FakeMemory], state: State, frames: range) -> tuple[State, list[Chroma]]:
    colored: list[Chroma] = []
    for index in frames:
        state, now = engine.step(state, gray(index))
        colored += now
    return state, colored


def test_without_references_the_anchor_is_the_networks_prediction_and_guides_the_rest() -> None:
    network = FakeColorizer()
    _, (anchor, after) = run(Engine(network), Engine(network).begin(Run(5)), range(5, 7))
    prediction = network.predict(gray(5).lightness).ab
    memory = network.begin([replace(painted(5), ab=prediction, origin="predicted")])
    _, ab, confidence = network.colorize(memory, gray(6).lightness[None])
    assert (anchor.ab == prediction).all()
    assert np.abs(anchor.confidence - UNSAID).max() < 1 / CONFIDENCE_STEPS  # as sure as the guess
    assert (after.ab == ab[0]).all()
    assert (after.confidence == np.rint(255 * confidence[0]) / np.float32(255)).all()
    assert [(each.index, each.anchor, each.origin) for each in (anchor, after)] == [
        (5, 5, "predicted"),
        (6, 5, "predicted"),
    ]


def test_a_painted_anchor_comes_out_as_painted_with_full_confidence() -> None:
    network = FakeColorizer()
    reference = painted(3, shade=17.5, origin="frame3.png")
    _, (chroma,) = Engine(network).step(Engine(network).begin(Run(3, (reference,))), gray(3))
    assert (chroma.ab == reference.ab).all()
    assert (chroma.confidence == 1).all()
    assert (chroma.anchor, chroma.origin, network.steps) == (3, "frame3.png", 0)


def test_the_anchors_own_picture_is_the_last_reference_so_that_it_is_the_frame_before() -> None:
    seen: list[list[int]] = []

    class Watched(FakeColorizer):
        def begin(self, references: Any) -> FakeMemory:
            seen.append([reference.frame for reference in references])
            return super().begin(references)

    engine = Engine(Watched())
    engine.step(
        engine.begin(
            Run(
                4,
                (
                    painted(4),
                    painted(1),
                    painted(9),
                ),
            )
        ),
        gray(4),
    )
    assert seen == [[1, 9, 4]]


@pytest.mark.parametrize("window", [1, 3])
def test_references_of_other_frames_color_the_anchor_like_any_other_frame(window: int) -> None:
    network = FakeColorizer(window)
    engine = Engine(network)
    state, colored = run(engine, engine.begin(Run(6, (painted(1, origin="bank:shot 0"),))), range(6, 6 + window))
    assert [chroma.index for chroma in colored] == list(range(6, 6 + window))
    assert network.colored == [tuple(range(6, 6 + window))]
    assert network.predicted == 0
    assert {chroma.origin for chroma in colored} == {"bank:shot 0"}
    assert state.pending == ()


def test_frames_are_colored_in_windows_counted_from_the_anchor_and_finish_colors_the_rest() -> None:
    network = FakeColorizer(window=3)
    engine = Engine(network)
    state, colored = run(engine, engine.begin(Run(10)), range(10, 19))
    assert [chroma.index for chroma in colored] == list(range(10, 17))
    assert [frame.index for frame in state.pending] == [17, 18]
    assert [chroma.index for chroma in engine.finish(state)] == [17, 18]
    assert network.colored == [(11, 12, 13), (14, 15, 16), (17, 18)]
    assert all(chroma.anchor == 10 for chroma in colored)


def test_finishing_a_run_with_nothing_pending_gives_nothing() -> None:
    engine = Engine(FakeColorizer(window=3))
    assert engine.finish(engine.begin(Run(0))) == []
    assert engine.finish(engine.step(engine.begin(Run(0)), gray(0))[0]) == []


def test_a_state_is_a_value_that_can_be_stepped_from_again() -> None:
    engine = Engine(FakeColorizer(window=3))
    state, _ = run(engine, engine.begin(Run(0)), range(6))
    again = [[looks(chroma) for chroma in engine.step(state, gray(6))[1]] for _ in range(2)]
    assert again[0] == again[1] != []
    with pytest.raises(FrozenInstanceError):
        state.next_index = 0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        state.memory.digest = 0  # type: ignore[union-attr,misc]


def test_every_reference_and_every_earlier_frame_counts() -> None:
    """The fake tells runs apart; without this, the order laws would show nothing."""
    engine = Engine(FakeColorizer())
    starts = [
        engine.begin(Run(0)),
        *(engine.begin(Run(0, (painted(0, shade),))) for shade in (1.0, 2.0)),
        engine.begin(Run(1)),
    ]
    last = [run(engine, start, range(start.anchor, 4))[1][-1] for start in starts]
    assert len({chroma.ab.tobytes() for chroma in last}) == len(starts)


def test_results_are_read_only_for_many_may_share_them() -> None:
    engine = Engine(FakeColorizer())
    reference = painted(0)
    _, colored = run(engine, engine.begin(Run(0, (reference,))), range(2))
    for array in (each for chroma in colored for each in (chroma.ab, chroma.confidence)):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    assert reference.ab.flags.writeable


@pytest.mark.parametrize("index", [1, 2, 4])
def test_a_frame_out_of_turn_is_refused_and_the_state_is_still_good(index: int) -> None:
    engine = Engine(FakeColorizer())
    state, _ = run(engine, engine.begin(Run(1)), range(1, 3))
    with pytest.raises(FrameError, match=f"frame 3 comes next in the run from 1, got frame {index}"):
        engine.step(state, gray(index))
    assert engine.step(state, gray(3))[1][0].index == 3


def test_a_change_of_size_within_a_run_is_refused_and_the_state_is_still_good() -> None:
    engine = Engine(FakeColorizer(window=3))
    state, _ = run(engine, engine.begin(Run(0)), range(2))
    with pytest.raises(FrameError, match=r"frame 2: the run from frame 0 has size 2 x 3, got 4 x 3"):
        engine.step(state, gray(2, size=(4, 3)))
    assert [frame.index for frame in engine.step(state, gray(2))[0].pending] == [1, 2]


def test_a_painted_picture_of_another_size_is_refused() -> None:
    engine = Engine(FakeColorizer())
    with pytest.raises(FrameError, match=r"frame 0: its reference \(a.png\) must have .* 4 x 3, got 2 x 3; resize"):
        engine.step(engine.begin(Run(0, (painted(0, origin="a.png"),))), gray(0, size=(4, 3)))


@pytest.mark.parametrize("frame", [0, 1])
def test_an_error_of_the_network_passes_through_and_the_state_is_still_good(frame: int) -> None:
    network = FakeColorizer()
    engine = Engine(network)
    state, _ = run(engine, engine.begin(Run(0)), range(frame))
    network.fails_on = {frame}
    with pytest.raises(NetworkDownError):
        engine.step(state, gray(frame))
    network.fails_on = ()
    assert engine.step(state, gray(frame))[1][0].index == frame


Spoil = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("spoil", "got"),
    [
        (lambda array: array.astype(np.float64), "float64"),
        (lambda array: array[..., :-1], "2"),
        (lambda array: array[0], "float32"),
        (lambda array: array.tolist(), "list"),
    ],
)
@pytest.mark.parametrize("output", ["predict", "certainty", "ab", "confidence"])
def test_a_network_that_returns_wrong_arrays_is_named(output: str, spoil: Spoil, got: str) -> None:
    class Wrong(FakeColorizer):
        def predict(self, lightness: Any, hints: Any = None) -> Any:
            guess = super().predict(lightness, hints)
            return Guess(
                spoil(guess.ab) if output == "predict" else guess.ab,
                spoil(guess.certainty) if output == "certainty" else guess.certainty,
            )

        def colorize(self, memory: FakeMemory, lightness: Any, coming: Any | None = None) -> Any:
            memory, ab, confidence = super().colorize(memory, lightness)
            return (
                memory,
                spoil(ab) if output == "ab" else ab,
                spoil(confidence) if output == "confidence" else confidence,
            )

    engine = Engine(Wrong())
    name = "ab" if output == "predict" else output
    with pytest.raises(FrameError, match=rf"the network must return {name} \(.*\) float32, got .*{got}"):
        run(engine, engine.begin(Run(0)), range(2))


def test_a_network_that_colors_no_frame_per_call_is_refused() -> None:
    with pytest.raises(FrameError, match="at least 1 frame per call, this one reports 0"):
        Engine(FakeColorizer(window=0))


def test_a_reference_before_the_clip_is_refused() -> None:
    class Nowhere:
        before = after = 0

        def is_cut(self, index: int, frames: object) -> bool:
            return False

    with pytest.raises(FrameError, match="reference is given for frame -1"):
        Anchors(Nowhere(), {-1: painted(0)})


def test_the_fake_frames_spell_their_index() -> None:
    frame: GrayFrame = gray(1_234_567)
    assert frame.lightness.max() <= 100
    assert frame.lightness.ravel()[:4].tolist() == [67, 45, 23, 1]
