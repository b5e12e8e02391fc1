"""Stand-ins for the network, the cut rule and the clip, which tell what was done with them, in microseconds.

The colour that `FakeColorizer` gives a frame is a running digest: of the references of its run and of every call
since, with the frames of each. Two equal colours were made by the same calls in the same order.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference

HEIGHT, WIDTH = 2, 3
PLACES = 100 ** np.arange(5)
DIGIT = 24  # bits of a digest that one float32 pixel holds exactly


class NetworkDownError(Exception):
    """What the fake network raises on a frame that it was told to fail on."""


def gray(index: int, size: tuple[int, int] = (HEIGHT, WIDTH)) -> GrayFrame:
    """A frame whose lightness spells its index in base 100, so that it stays within 0 to 100; it is no faint one."""
    lightness = np.zeros(size, np.float32)
    lightness.ravel()[max(len(PLACES), lightness.size // 2) :] = 90
    lightness.ravel()[: len(PLACES)] = index // PLACES % 100
    return GrayFrame(index, lightness)


def index_of(lightness: Array) -> int:
    """The index that `gray` spelt; pairs with `gray`."""
    digits: list[float] = lightness.ravel()[: len(PLACES)].tolist()
    return sum(int(digit) * 100**place for place, digit in enumerate(digits))


def painted(frame: int, shade: float = 0.0, origin: str = "artist.png") -> Reference:
    """An artist's reference of a frame, of one shade."""
    ab = np.full((2, HEIGHT, WIDTH), shade, np.float32)
    return Reference(frame, gray(frame).lightness, ab, origin)


@dataclass(frozen=True, eq=False)
class FakeMemory:
    """A value; assigning to a field raises."""

    digest: int


@dataclass
class FakeColorizer:
    """A network whose output tells which frames, in which order, from which references, made it.

    window: most frames per call.
    fails_on: frames on which `predict` and `colorize` raise NetworkDownError.
    pause: called inside every call of the network. callers: threads that may call at once.
    predicted, begun, coloured: calls so far; for `colored`, the frames of each call.
    memories: the memories that are alive.
    """

    window: int = 1
    fails_on: Collection[int] = ()
    pause: Callable[[], None] = lambda: None
    callers: int = 1
    predicted: int = 0
    begun: int = 0
    colored: list[tuple[int, ...]] = field(default_factory=list)
    memories: weakref.WeakSet[FakeMemory] = field(default_factory=weakref.WeakSet)
    _entered: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._entered = threading.BoundedSemaphore(self.callers)

    @property
    def steps(self) -> int:
        """Calls that colour frames."""
        return self.predicted + len(self.colored)

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        index = self._enter([lightness])[0]
        self.predicted += 1
        guess = Guess.unsaid(_picture(_digest(1, index), lightness.shape))
        return guess if hints is None else guess.with_painted(hints)

    def begin(self, references: Sequence[Reference]) -> FakeMemory:
        assert references
        self.begun += 1
        seen = [(each.frame, index_of(each.lightness), float(each.ab.sum())) for each in references]
        return self._memory(_digest(2, *seen))

    def colorize(
        self, memory: FakeMemory, lightness: Array, coming: Array | None = None
    ) -> tuple[FakeMemory, Array, Array]:
        assert 1 <= len(lightness) <= self.window
        indices = self._enter(lightness)
        self.colored.append(indices)
        digest = _digest(3, memory.digest, *indices)
        ab = np.stack([_picture(_digest(digest, index), lightness.shape[1:]) for index in indices])
        confidence = np.full(lightness.shape, digest % 256 / 256, np.float32)
        return self._memory(digest), ab, confidence

    def _memory(self, digest: int) -> FakeMemory:
        memory = FakeMemory(digest)
        self.memories.add(memory)
        return memory

    def _enter(self, pictures: Sequence[Array] | Array) -> tuple[int, ...]:
        assert self._entered.acquire(blocking=False), f"more than {self.callers} threads called the network at once"
        try:
            self.pause()
            indices = tuple(index_of(picture) for picture in pictures)
            for index in indices:
                if index in self.fails_on:
                    raise NetworkDownError(f"told to fail on frame {index}")
            return indices
        finally:
            self._entered.release()


class Telling(FakeColorizer):
    """The fake network with its digests as colours that gray and a store have room for."""

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(_shown(super().predict(lightness).ab))

    def colorize(
        self, memory: FakeMemory, lightness: Array, coming: Array | None = None
    ) -> tuple[FakeMemory, Array, Array]:
        memory, ab, confidence = super().colorize(memory, lightness)
        return memory, _shown(ab), confidence


def _shown(ab: Array) -> Array:
    return np.asarray(ab * (40 / 2**24) - 20, np.float32)


@dataclass(frozen=True)
class CutsAt:
    """Cuts at the given frames; checks that it is shown its window, clipped to the clip, and nothing else."""

    frames: frozenset[int]
    length: int
    before: int = 3
    after: int = 2

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        self.check_window(index, frames)
        return index in self.frames

    def check_window(self, index: int, frames: Mapping[int, GrayFrame]) -> None:
        window = range(max(0, index - self.before), min(index + self.after + 1, self.length))
        assert sorted(frames) == list(window)
        assert all(frame.index == each for each, frame in frames.items())


@dataclass(frozen=True)
class LocalCuts(CutsAt):
    """About one frame in `spacing` is a cut, by a digest of all pictures of its window."""

    spacing: int = 7

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        self.check_window(index, frames)
        return _digest(*(index_of(frames[each].lightness) for each in sorted(frames))) % self.spacing == 0


def looks(chroma: Chroma) -> tuple[int, bytes, bytes, int, str]:
    """Everything about a result, for comparison."""
    return chroma.index, chroma.ab.tobytes(), chroma.confidence.tobytes(), chroma.anchor, chroma.origin


def _digest(*values: object) -> int:
    return hash(values) % (1 << 2 * DIGIT)


def _picture(digest: int, size: tuple[int, ...]) -> Array:
    ab = np.zeros((2, *size), np.float32)
    ab[0], ab[1] = divmod(digest, 2**DIGIT)
    return ab
