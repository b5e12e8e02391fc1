"""The colour of a project between a reader and a writer that see every frame once, in order: the pipe.

The frames of a shot wait on disk until the shot is coloured, or known to be stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic

from ffmpeg_filters.color_stage import Colored, Held, Host
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.backends import load_colorizer
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.errors import FrameError, StreamError
from vs_tcvc.project.document import Document
from vs_tcvc.project.host import begin_session, network_of
from vs_tcvc.project.on_demand import ShotNeed
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.runtime.events import Emit
from vs_tcvc.runtime.shelf import Shelf
from vs_tcvc.settings import Settings


class ProjectStage(Generic[Host]):
    """Everything that runs on the thread of the network. shots: begun so far.

    Raises UsageError for a project of another size, WeightsError and DeviceError when it runs.
    """

    def __init__(self, found: Document, plan: StreamPlan, settings: Settings, emit: Emit) -> None:
        self._found, self._plan, self._settings, self._emit = found, plan, settings, emit
        self._frames = 0
        self.shots = 0

    def run(self, frames: Iterator[Held[Host]]) -> Iterator[Colored[Host]]:
        """Every frame with its colour, in order.

        Raises StreamError for a film of another length, and FrameError for a shot whose lead comes after it, unless
        that is stored.
        """
        film = self._found.project.film
        canvas = Canvas.of(self._plan.stage, self._plan.header.aspect)
        colorizer, chosen = load_colorizer(self._settings, self._emit)
        network = network_of(self._settings, canvas, chosen)
        session = begin_session(self._found, colorizer, network, canvas, None, self._emit)
        starts = {shot.frames[0] - film.first for shot in self._found.project.shots}
        waiting = _Waiting(frames, session.elsewhere, self._found)
        for n in range(film.frames):
            self.shots += n in starts
            answer = session.ask(n)
            while isinstance(answer, ShotNeed):
                answer = session.give(answer, {index: waiting.gray(index) for index in answer.frames})
            yield waiting.take(n), answer
        waiting.check_end(film.frames)

    def check_guides(self) -> None:
        """The project was checked when it was read."""


class _Waiting(Generic[Host]):
    """The frames that were read and not yet delivered, and the grays of leads, which later shots need."""

    def __init__(self, frames: Iterator[Held[Host]], leads: frozenset[int], found: Document) -> None:
        self._frames, self._leads = frames, leads
        self._expected = found.project.film.frames
        self._read = 0
        self._shelf = Shelf[Held[Host]](found.path.parent)
        self._grays: dict[int, GrayFrame] = {}

    def gray(self, index: int) -> GrayFrame:
        """A frame as the network sees it: one of a lead, or one that is not delivered yet."""
        while index >= self._read:
            self._read_on()
        if index in self._grays:
            return self._grays[index]
        if index not in self._shelf:
            raise FrameError(f"frame {index} is needed again, which a stream brings only once")
        return GrayFrame(index, self._shelf.get(index).lightness)

    def take(self, index: int) -> Held[Host]:
        """A frame to deliver."""
        while index >= self._read:
            self._read_on()
        return self._shelf.take(index)

    def check_end(self, expected: int) -> None:
        """Raise StreamError if there are more frames."""
        if next(self._frames, None) is not None:
            raise StreamError(expected=f"the {expected} frames of the project", got="more")

    def _read_on(self) -> None:
        held = next(self._frames, None)
        if held is None:
            raise StreamError(expected=f"the {self._expected} frames of the project", got=f"{self._read}")
        self._shelf.put(self._read, held)
        if self._read in self._leads:
            self._grays[self._read] = GrayFrame(self._read, held.lightness)
        self._read += 1
