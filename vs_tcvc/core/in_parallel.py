"""Colouring a clip front to back, several runs at the same time, for hosts that can read far ahead: films.

No run depends on another, so each has its own thread; colour comes out in frame order, and is the same as with one run
after the other. No clips, nodes, pipes or clocks here.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import Generic, TypeVar

from vs_tcvc.core.colorizer import Memory
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame

Made = TypeVar("Made")

AHEAD = 128
"""Frames read ahead per parallel run: 1.3 MB each at most, at 216 lines of 16:9."""

_LOOK_AGAIN_SECONDS = 0.1


@dataclass(eq=False)
class _Run:
    """A run in progress; both queues end with None, in `colored` after the error if there was one."""

    anchor: int
    is_shot: bool
    frames: SimpleQueue[GrayFrame | None] = field(default_factory=SimpleQueue)
    colored: SimpleQueue[Chroma | BaseException | None] = field(default_factory=SimpleQueue)


class ParallelStream(Generic[Memory]):
    """The colour of a clip, the same as `vs_tcvc.core.in_order.Stream`.

    engine: called from several threads at once. runs: number of runs coloured at the same time.
    """

    def __init__(self, engine: Engine[Memory], anchors: Anchors, runs: int) -> None:
        self._engine, self._anchors, self._runs = engine, anchors, runs
        self._room = Semaphore(AHEAD * runs)
        self._begun: SimpleQueue[_Run | BaseException | None] = SimpleQueue()
        self._stop = Event()
        self.shots = 0

    def run(self, frames: Iterator[GrayFrame]) -> Iterator[Chroma]:
        """The colour of all frames of a clip that are not passed over, in order from 0.

        An error in reading or colouring a frame is raised in place of its colour.
        """
        with ThreadPoolExecutor(self._runs) as pool, ThreadPoolExecutor(1) as reader:
            reader.submit(self._read, frames, pool)
            try:
                while run := _whole(self._begun.get()):
                    self.shots += run.is_shot
                    while chroma := _whole(run.colored.get()):
                        self._room.release()
                        yield chroma
            finally:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, frames: Iterator[GrayFrame], pool: ThreadPoolExecutor) -> None:
        """Give every frame to its run."""
        run: _Run | None = None
        failed: BaseException | None = None
        try:
            for frame, is_cut in self._anchors.decide_cuts(frames):
                if not self._has_room():
                    break
                if run is None or is_cut or frame.index in self._anchors.references:
                    if run:
                        run.frames.put(None)
                    run = _Run(frame.index, is_cut)
                    self._begun.put(run)
                    pool.submit(self._colorize, run)
                run.frames.put(frame)
        except BaseException as error:  # raised in the thread that takes the colour
            failed = error
        if run:
            run.frames.put(None)
        self._begun.put(failed)

    def _has_room(self) -> bool:
        """Wait for room for one more frame; False if the consumer is gone."""
        while not self._stop.is_set():
            if self._room.acquire(timeout=_LOOK_AGAIN_SECONDS):
                return True
        return False

    def _colorize(self, run: _Run) -> None:
        try:
            state = self._engine.begin(self._anchors.run_at(run.anchor))
            frame = run.frames.get()
            while frame and not self._stop.is_set():
                coming = run.frames.get()
                if state.passes_over(frame.index):
                    self._room.release()
                state, ready = self._engine.step(state, frame, coming)
                frame = coming
                for chroma in ready:
                    run.colored.put(chroma)
            for chroma in self._engine.finish(state):
                run.colored.put(chroma)
        except BaseException as error:
            run.colored.put(error)
        run.colored.put(None)


def _whole(made: Made | BaseException) -> Made:
    """The result; raises it if it is an error."""
    if isinstance(made, BaseException):
        raise made
    return made
