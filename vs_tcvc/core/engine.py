"""Colouring a run of frames: where runs begin, and how one is coloured frame by frame.

A run begins at an anchor (frame 0, a cut, or a frame that has a reference) and ends before the next one, so nothing
after an anchor depends on anything before it. The state of a run is a value that goes in and comes out: there is
nothing to reset. No clips, nodes, pipes, clocks or threads here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, cast

import numpy as np

from vs_tcvc.core.colorizer import Colorizer, Memory
from vs_tcvc.core.cut_rule import CutRule
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.likeness import ENOUGH, LEAST, contrast, placed
from vs_tcvc.core.run import Grade, Run
from vs_tcvc.core.shot import PREDICTED, Reference
from vs_tcvc.errors import FrameError


class BestFrameOf(Protocol):
    """Where the frames are from which references are predicted; a mapping of frames by first frames of runs is one."""

    def get(self, anchor: int, /) -> GrayFrame | None:
        """The frame for the run that begins at `anchor`; None for its first."""


@dataclass(frozen=True, eq=False)
class Anchors:
    """The rule that says at which frames of a clip a run begins, and what the run is.

    cuts: decides from the frames of a small window whether a shot begins at a frame.
    references: the reference of each run, by the run's first frame; a picture of that frame or of another one.
    grades: how runs are graded; each applies to runs that begin at its frame or later, until the next grade.
    predicted_from: the frame to predict the reference of a run from, by the run's first frame.
    most: number of frames to colour of every run, for a preview; None: all.

    Raises FrameError for a reference at a negative frame.
    """

    cuts: CutRule
    references: Mapping[int, Reference] = field(default_factory=dict)
    grades: Mapping[int, Grade] = field(default_factory=dict)
    predicted_from: BestFrameOf = field(default_factory=dict[int, GrayFrame])
    most: int | None = None

    def __post_init__(self) -> None:
        first = min(self.references, default=0)
        if first < 0:
            raise FrameError(f"a reference is given for frame {first}, but frames count from 0")

    def window(self, index: int, length: int | None = None) -> range:
        """The frames that decide whether `index` is a cut, clipped to a clip of `length` frames (None: endless)."""
        stop = index + self.cuts.after + 1
        return range(max(0, index - self.cuts.before), stop if length is None else min(stop, length))

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame], length: int | None = None) -> bool:
        """Whether a shot begins at `index`; `frames` has at least `window(index, length)`, others are ignored."""
        return index == 0 or self.cuts.is_cut(index, {each: frames[each] for each in self.window(index, length)})

    def decide_cuts(self, frames: Iterable[GrayFrame]) -> Iterator[tuple[GrayFrame, bool]]:
        """Every frame of a clip, in order from 0, with whether it is a cut; holds the window of the cut rule."""
        before, after = self.cuts.before, self.cuts.after
        held: dict[int, GrayFrame] = {}
        length = 0
        for frame in frames:
            held[frame.index], length = frame, frame.index + 1
            index = frame.index - after
            if index >= 0:
                yield held[index], self.is_cut(index, held)
            held.pop(index - before, None)
        yield from ((held[n], self.is_cut(n, held, length)) for n in range(max(0, length - after), length))

    def run_at(self, anchor: int) -> Run:
        """The run that begins at `anchor`."""
        references = (self.references[anchor],) if anchor in self.references else ()
        begun = max((frame for frame in self.grades if frame <= anchor), default=None)
        grade = Grade() if begun is None else self.grades[begun]
        return Run(anchor, references, None if references else self.predicted_from.get(anchor), grade, self.most)


@dataclass(frozen=True, eq=False)
class ColorizerState(Generic[Memory]):
    """Everything that the next frame of a run depends on, apart from itself. A value: no call changes one.

    next_index: the frame that `Engine.step` takes next.
    run: how the run is coloured; its references are dropped after its first frame.
    origin: where the run's reference comes from: "predicted", a path, or "bank:shot 3".
    memory: the network's memory; None before the anchor.
    pending: frames taken but not coloured yet, fewer than the network's window.
    size: (height, width) of the run's frames; None before the anchor.
    keeps_color: the frames from here on keep their own.
    guessed_of: the contrast of the run's frame from which its colour was guessed; None if it was not.
    """

    next_index: int
    run: Run
    origin: str
    memory: Memory | None = None
    pending: tuple[GrayFrame, ...] = ()
    size: tuple[int, int] | None = None
    keeps_color: bool = False
    guessed_of: float | None = None

    @property
    def anchor(self) -> int:
        """First frame of the run."""
        return self.run.first

    @property
    def first_uncolored(self) -> int:
        """The first frame that still gets a colour, or is passed over."""
        return self.next_index - len(self.pending)

    def passes_over(self, index: int) -> bool:
        """Whether the run's frame `index` gets no colour. Frames that are coloured together stay together."""
        return self.run.most is not None and index - self.anchor >= self.run.most and not self.pending


class Engine(Generic[Memory]):
    """Colours a run of frames with a network, in the order of the frames (Zhang et al. 2023, section 3).

    Raises FrameError for a network whose window is below 1.
    """

    def __init__(self, colorizer: Colorizer[Memory]) -> None:
        if colorizer.window < 1:
            raise FrameError(f"a network colours at least 1 frame per call, this one reports {colorizer.window}")
        self._colorizer = colorizer

    @property
    def window(self) -> int:
        """Frames that are coloured together, counted from the anchor."""
        return self._colorizer.window

    def begin(self, run: Run) -> ColorizerState[Memory]:
        """The state before the first frame of a run, its anchor. Calls no network.

        Without references the network's own prediction is the reference (C1, eq. 3), graded by the run's look; that of
        a faint frame is made again once there is more to see. A reference of the anchor itself is kept exactly as
        painted, if it shows that frame (`likeness.placed`); references of other frames guide all frames alike.
        """
        anchor_last = tuple(sorted(run.references, key=lambda reference: reference.frame == run.first))
        origin = anchor_last[-1].origin if anchor_last else PREDICTED
        return ColorizerState(next_index=run.first, run=replace(run, references=anchor_last), origin=origin)

    def step(
        self, state: ColorizerState[Memory], frame: GrayFrame, coming: GrayFrame | None = None
    ) -> tuple[ColorizerState[Memory], list[Chroma]]:
        """Take the run's next frame; returns the state after it and the frames coloured now (0 to `window`).

        A frame that the run passes over (`Run.most`) calls no network.

        coming: the frame that is probably next, if available: the network may start on it in the background. No
        result depends on it.
        Raises FrameError for a frame out of order, a change of size, a reference of another size, or a network that
        returns arrays of a wrong shape or dtype; the network's own errors pass through. `state` is still good.
        """
        _check_turn(state, frame)
        if state.passes_over(frame.index):
            return replace(state, next_index=frame.index + 1), []
        if (state.keeps_color or frame.keeps_color) and state.origin == PREDICTED:
            return self._keep(state, frame)
        if coming and state.run.most is not None and coming.index - state.anchor >= state.run.most:
            coming = None
        if frame.index == state.anchor:
            return self._begin(state, frame, coming)
        if state.guessed_of is not None and _shows_more(frame, state.guessed_of):
            state, colored = self._colorize_pending(state) if state.pending else (state, [])
            state, now_colored = self._begin(state, frame, coming)
            return state, [*colored, *now_colored]
        return self._take(state, frame, coming)

    def _begin(
        self, state: ColorizerState[Memory], frame: GrayFrame, coming: GrayFrame | None
    ) -> tuple[ColorizerState[Memory], list[Chroma]]:
        """Begin the run's memory at a frame: by its references, or by a guess."""
        is_own_guess = not state.run.references and state.run.predicted_from is None
        references = state.run.references or (self._predict(state.run, frame),)
        if references[-1].frame == frame.index:
            _check_size(references[-1], frame)
            references = (*references[:-1], placed(references[-1], frame.lightness))
        painted = references[-1] if references[-1].frame == frame.index else None
        height, width = frame.lightness.shape
        memory = self._colorizer.begin(references)
        run = replace(state.run, references=(), predicted_from=None)
        guessed_of = contrast(frame.lightness) if is_own_guess else None
        begun = replace(state, run=run, memory=memory, size=(height, width), guessed_of=guessed_of)
        if not painted:
            return self._take(begun, frame, coming)
        own = _chroma(state, frame.index, painted.ab, painted.certainty_plane)
        return replace(begun, next_index=frame.index + 1), [own]

    def _keep(self, state: ColorizerState[Memory], frame: GrayFrame) -> tuple[ColorizerState[Memory], list[Chroma]]:
        """Leave the frame, and all after it in the run, as it is."""
        height, width = frame.lightness.shape
        state, colored = self._colorize_pending(state) if state.pending else (state, [])
        kept = replace(state, next_index=frame.index + 1, memory=None, size=(height, width), keeps_color=True)
        return kept, [*colored, Chroma.own(frame.index, (height, width), state.anchor)]

    def finish(self, state: ColorizerState[Memory]) -> list[Chroma]:
        """Colour the frames still waiting for the network's window to fill: the end of the run.

        Raises as `step` does; `state` is still good.
        """
        return self._colorize_pending(state)[1] if state.pending else []

    def _predict(self, run: Run, anchor: GrayFrame) -> Reference:
        frame = run.predicted_from or anchor
        guess, size = self._colorizer.predict(frame.lightness), frame.lightness.shape
        where = f"frame {frame.index}: predict"
        _check_returned(where, "ab", guess.ab, (2, *size))
        _check_returned(where, "certainty", guess.certainty, size)
        graded = run.grade.look.apply(frame.lightness, guess.ab) if run.grade.look else guess.ab
        return Reference(frame.index, frame.lightness, graded, certainty=guess.certainty)

    def _take(
        self, state: ColorizerState[Memory], frame: GrayFrame, coming: GrayFrame | None
    ) -> tuple[ColorizerState[Memory], list[Chroma]]:
        taken = replace(state, next_index=frame.index + 1, pending=(*state.pending, frame))
        return self._colorize_pending(taken, coming) if len(taken.pending) == self.window else (taken, [])

    def _colorize_pending(
        self, state: ColorizerState[Memory], coming: GrayFrame | None = None
    ) -> tuple[ColorizerState[Memory], list[Chroma]]:
        lightness = np.stack([frame.lightness for frame in state.pending])
        count, height, width = lightness.shape
        where = f"frames {state.next_index - count} to {state.next_index - 1}: colorize"
        soon = coming.lightness if coming else None
        memory, ab, confidence = self._colorizer.colorize(cast(Memory, state.memory), lightness, soon)
        _check_returned(where, "ab", ab, (count, 2, height, width))
        _check_returned(where, "confidence", confidence, (count, height, width))
        colored = [
            _chroma(state, frame.index, *planes) for frame, *planes in zip(state.pending, ab, confidence, strict=True)
        ]
        return replace(state, memory=memory, pending=()), colored


def _shows_more(frame: GrayFrame, guessed_of: float) -> bool:
    """Whether a frame of a fade shows so much more than the one whose colour was guessed that it is guessed again."""
    return guessed_of < ENOUGH and contrast(frame.lightness) >= 2 * max(guessed_of, LEAST)


def _check_turn(state: ColorizerState[Any], frame: GrayFrame) -> None:
    if frame.index != state.next_index:
        raise FrameError(f"frame {state.next_index} comes next in the run from {state.anchor}, got frame {frame.index}")
    if state.size not in (None, frame.lightness.shape):
        raise FrameError(
            f"frame {frame.index}: the run from frame {state.anchor} has size {_size_text(state.size or ())},"
            f" got {_size_text(frame.lightness.shape)}; a clip keeps one size"
        )


def _check_size(painted: Reference, frame: GrayFrame) -> None:
    if painted.lightness.shape != frame.lightness.shape:
        raise FrameError(
            f"frame {frame.index}: its reference ({painted.origin}) must have the frame's size"
            f" {_size_text(frame.lightness.shape)}, got {_size_text(painted.lightness.shape)}; resize the picture"
        )


def _check_returned(where: str, name: str, array: Any, shape: tuple[int, ...]) -> None:
    is_array = isinstance(array, np.ndarray)
    if not is_array or array.shape != shape or array.dtype != np.float32:
        got = f"{array.shape} {array.dtype}" if is_array else type(array).__name__
        raise FrameError(f"{where}: the network must return {name} {shape} float32, got {got}")


def _chroma(state: ColorizerState[Any], index: int, ab: Array, confidence: Array) -> Chroma:
    return Chroma.rounded(index, ab, confidence, state.anchor, state.origin, state.run.grade.saturation)


def _size_text(size: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in size)
