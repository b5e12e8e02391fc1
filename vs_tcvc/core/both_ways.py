"""Colour that comes from both sides: a run that goes backwards, and two runs that meet.

Frames before a shot's first reference are reached backwards, those after its last one forwards, and those between two
references both ways, blended. All of it is a function of the frames and references alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vs_tcvc.core.colorizer import Memory
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.run import Run
from vs_tcvc.core.shot import ELSEWHERE, Shot
from vs_tcvc.errors import FrameError

_LEAST = 1e-3  # confidence of a colour that is not sure at all, so that there is always a mean


@dataclass(frozen=True)
class Stretch:
    """Frames [start, stop) of a shot that are coloured alike.

    before: the frame of the reference from which they are reached forwards; after: backwards. None: there is none.
    """

    start: int
    stop: int
    before: int | None
    after: int | None


def stretches(shot: Shot, references: Sequence[int]) -> list[Stretch]:
    """How the frames of a shot are reached from its references, by frame; FrameError for one outside the shot.

    Without any reference all frames are reached forwards from the first one.
    """
    outside = next((frame for frame in references if frame not in shot), None)
    if outside is not None:
        raise FrameError(f"reference of frame {outside}: expected a frame of the shot, {shot.start} to {shot.stop - 1}")
    known = sorted(set(references)) or [shot.start]
    found = [Stretch(shot.start, known[0], None, known[0])] if known[0] > shot.start else []
    for this, following in zip(known, [*known[1:], None], strict=True):
        found.append(Stretch(this, shot.stop if following is None else following, this, following))
    return found


def runs_of(stretch: Stretch, run: Run) -> tuple[Run | None, Run | None]:
    """The runs that reach a stretch: forwards, and backwards (see `colorize_backwards`).

    run: of the shot, with all its references. Each run begins with the reference at its own end, and is guided by all.
    """
    ends = (stretch.before, stretch.after)

    def begun_at(first: int | None) -> Run | None:
        """Its references with those at the ends last, and that at its own end after the other."""
        ordered = sorted(run.references, key=lambda each: (each.frame in ends, each.frame == first))
        return None if first is None else replace(run, first=first, references=tuple(ordered))

    return begun_at(stretch.before), begun_at(stretch.after)


def colorize_run(engine: Engine[Memory], run: Run, frames: Iterable[GrayFrame]) -> Iterator[Chroma]:
    """The colour of a run's frames, which come in order from `run.first`. Raises as `Engine.step` does."""
    state, coming = engine.begin(run), iter(frames)
    frame = next(coming, None)
    while frame is not None:
        following = next(coming, None)
        state, colored = engine.step(state, frame, following)
        yield from colored
        frame = following
    yield from engine.finish(state)


def colorize_backwards(engine: Engine[Memory], run: Run, frames: Iterable[GrayFrame]) -> Iterator[Chroma]:
    """The colour of the frames run.first, run.first - 1, and so on, which come and are coloured in that order.

    Raises as `Engine.step` does; its sentences count frames from the run's first one.
    """
    last = run.first
    turned = replace(
        run, first=0,
        references=tuple(replace(each, frame=0 if each.frame == last else ELSEWHERE) for each in run.references),
    )  # fmt: skip
    renumbered = (replace(frame, index=last - frame.index) for frame in frames)
    for chroma in colorize_run(engine, turned, renumbered):
        yield replace(chroma, index=last - chroma.index, anchor=last)


def blend(stretch: Stretch, forwards: Iterable[Chroma], backwards: Iterable[Chroma]) -> Iterator[Chroma]:
    """The frames of a stretch between two references, each as reached from both, in order of the frames.

    Each way counts by its confidence there and by how near its reference is: at a reference its way counts alone.
    """
    assert stretch.before is not None
    assert stretch.after is not None
    for one, other in zip(forwards, backwards, strict=True):
        passed = (one.index - stretch.before) / (stretch.after - stretch.before)
        weight = np.float32(1 - passed) * np.maximum(one.confidence, np.float32(_LEAST))
        other_weight = np.float32(passed) * np.maximum(other.confidence, np.float32(_LEAST))
        share = weight / (weight + other_weight)
        ab = other.ab + share * (one.ab - other.ab)
        confidence = other.confidence + share * (one.confidence - other.confidence)
        yield Chroma.rounded(one.index, ab, confidence, one.anchor, one.origin, one.saturation)
