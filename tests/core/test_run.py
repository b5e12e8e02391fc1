"""Laws of a run: what it guides, how it is graded, and the steps in which its colour leaves the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import CutsAt, FakeColorizer, FakeMemory, gray, painted

from vs_tcvc.core.any_order import Need, Session
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.run import Grade, Run


class Halved:
    """A look."""

    def apply(self, lightness: Array, ab: Array) -> Array:
        return ab * np.float32(0.5)


class Fine(FakeColorizer):
    """Colours of any fraction, each the one before and a bit: what flows on shows in the next frame."""

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(np.full((2, *lightness.shape), 1 / 3, np.float32))

    def colorize(
        self, memory: FakeMemory, lightness: Array, coming: Array | None = None
    ) -> tuple[FakeMemory, Array, Array]:
        memory, ab, confidence = super().colorize(memory, lightness)
        return memory, np.full_like(ab, 10 + 1 / 30), np.full_like(confidence, 0.123)


def test_colour_leaves_in_sixteenths_and_confidence_in_255ths() -> None:
    engine = Engine(Fine())
    state, (first,) = engine.step(engine.begin(Run(0)), gray(0))
    _, (second,) = engine.step(state, gray(1))
    assert (first.ab == 5 / 16).all()
    assert (second.ab == 10 + 1 / 16).all()
    assert (second.confidence == np.float32(31) / np.float32(255)).all()
    assert not first.ab.flags.writeable
    assert not first.confidence.flags.writeable


def test_what_is_kept_as_integers_comes_back_the_same_bytes() -> None:
    rng = np.random.default_rng(0)
    ab, sure = rng.uniform(-110, 110, (2, 9, 7)).astype(np.float32), rng.random((9, 7)).astype(np.float32)
    fresh = Chroma.rounded(0, ab, sure, 0, "predicted")
    assert np.abs(fresh.ab - ab).max() <= 1 / 32
    kept = np.rint(fresh.ab * 16).astype(np.int16), np.rint(fresh.confidence * 255).astype(np.uint8)
    read = np.asarray(kept[0] / 16, np.float32), np.asarray(kept[1] / 255, np.float32)
    stored = Chroma.rounded(0, *read, 0, "predicted")
    assert (stored.ab.tobytes(), stored.confidence.tobytes()) == (fresh.ab.tobytes(), fresh.confidence.tobytes())


def test_what_flows_on_is_not_rounded() -> None:
    """The network is begun with its own prediction, a third, which no sixteenth is."""
    begun: list[float] = []

    class Watched(Fine):
        def begin(self, references: object) -> FakeMemory:
            begun.append(float(references[0].ab[0, 0, 0]))  # type: ignore[index]
            return super().begin(references)  # type: ignore[arg-type]

    engine = Engine(Watched())
    engine.step(engine.begin(Run(0)), gray(0))
    assert begun == [float(np.float32(1 / 3))]


def test_a_run_predicts_from_the_frame_that_it_names() -> None:
    engine, network = Engine(FakeColorizer()), FakeColorizer()
    state, (first,) = engine.step(engine.begin(Run(4, predicted_from=gray(7))), gray(4))
    reference = replace(painted(7), ab=network.predict(gray(7).lightness).ab)
    _, ab, _ = network.colorize(network.begin([reference]), gray(4).lightness[None])
    assert (first.ab == ab[0]).all()
    assert (state.run.predicted_from, state.run.references) == (None, ())  # nothing is held that is not needed


def test_a_look_grades_what_is_predicted_and_no_painted_reference() -> None:
    engine, grade = Engine(FakeColorizer()), Grade(Halved())
    plain, graded = (engine.step(engine.begin(run), gray(0))[1][0] for run in (Run(0), Run(0, grade=grade)))
    assert (graded.ab == plain.ab / 2).all()
    reference = painted(0)
    (kept,) = engine.step(engine.begin(Run(0, (reference,), grade=grade)), gray(0))[1]
    assert (kept.ab == reference.ab).all()


def test_saturation_comes_with_the_colour_and_is_not_applied_to_it() -> None:
    engine = Engine(FakeColorizer())
    (plain,), (strong,) = (
        engine.step(engine.begin(Run(0, grade=Grade(saturation=each))), gray(0))[1] for each in (1.0, 1.5)
    )
    assert (strong.ab == plain.ab).all()
    assert (strong.saturated == plain.ab * np.float32(1.5)).all()


@pytest.mark.parametrize("n", [0, 3, 4, 8, 11])
def test_a_grade_holds_for_runs_that_begin_from_its_frame_on_in_every_order(n: int) -> None:
    """Runs begin at 0, 4, 6 (painted) and 8; the grade of 5 holds from the run at 6 on."""
    anchors = Anchors(CutsAt(frozenset((4, 8)), 12), {6: painted(6)}, {0: Grade(), 5: Grade(saturation=0.5)})
    stream = Stream(Engine(FakeColorizer()), anchors)
    in_order = [chroma for frame in range(12) for chroma in stream.push(gray(frame))] + stream.finish()
    assert [each.saturation for each in in_order] == [1.0] * 6 + [0.5] * 6
    session = Session(Engine(FakeColorizer()), anchors, 12)
    answer = session.ask(n)
    while isinstance(answer, Need):
        answer = session.give(answer, {each: gray(each) for each in answer.frames})
    assert (answer.saturation, answer.ab.tobytes()) == (in_order[n].saturation, in_order[n].ab.tobytes())
