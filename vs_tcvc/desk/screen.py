"""Colours the shot on the screen: its references at once, then its frames into the store; then the shots it leads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from vs_tcvc.backends import load_colorizer
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.shot import Reference
from vs_tcvc.desk.remembered import Remembered
from vs_tcvc.errors import TcvcError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.project.colorist import ShotColorist, store_shot
from vs_tcvc.project.spool import Spool
from vs_tcvc.runtime.events import ignore
from vs_tcvc.settings import Settings

TELL_EVERY = 0.35
"""Seconds from one time that new frames are shown to the next."""

AGAIN_AFTER = 5.0
"""Seconds after which a shot is tried again that could not be coloured."""
_NUMBERS = count()

GrayNear = Callable[[int], Array | None]
"""L* of a frame, if it is at hand."""


@dataclass(frozen=True)
class Live:
    """What is coloured for the screen. place: of the shot; done, total: frames."""

    place: int
    done: int
    total: int


@dataclass(frozen=True)
class Target:
    """A shot to colour, as it is in a film. is_urgent: a person waits for it."""

    film: FilmProject
    place: int
    is_urgent: bool

    @property
    def key(self) -> str:
        return self.film.keys[self.place]


class Screen:
    """A thread with a network of its own. look: the shots to colour, most urgent first; asked when there is time.

    near: L* of frames at hand. stored: called when a shot has come into the store.
    hold: other work stands still inside it. Errors of a shot are kept until it is coloured (`problem`).
    """

    def __init__(
        self, look: Callable[[], Sequence[Target]], near: GrayNear, stored: Callable[[], None],
        hold: Callable[[], AbstractContextManager[None]],
    ) -> None:  # fmt: skip
        self._look, self._near, self._stored, self._hold = look, near, stored, hold
        self._wake = threading.Condition()
        self._asked: list[tuple[Callable[[Colorizer[Any]], Any], Settings, Future[Any]]] = []
        self._is_woken = self._is_closed = False
        self._stop = threading.Event()
        self._target: Target | None = None
        self._sketch: Sketch | None = None
        self._problems: dict[str, tuple[str, float]] = {}
        self._colorizer: tuple[Settings, Remembered] | None = None
        self._grays: ShotGrays | None = None
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self._thread.start()

    @property
    def live(self) -> Live | None:
        """What is coloured now."""
        target, sketch = self._target, self._sketch
        if target is None or sketch is None:
            return None
        return Live(target.place, sketch.done, sketch.total)

    def problem(self, key: str) -> str:
        """Why a shot could not be coloured, "" if it was not tried or went well."""
        return self._problems.get(key, ("", 0.0))[0]

    def forgive(self) -> None:
        """Try again at once what went wrong; otherwise that is done after a while."""
        self._problems = {key: (text, 0.0) for key, (text, _) in self._problems.items()}

    def sketch(self, key: str) -> Sketch | None:
        """What there is so far of a shot that is coloured now."""
        sketch = self._sketch
        return sketch if sketch is not None and sketch.key == key else None

    def wake(self) -> None:
        """Look again for what is to be coloured; what is not wanted any more is given up."""
        with self._wake:
            self._is_woken = True
            wanted = self._next()
            if self._target is not None and (wanted is None or wanted.key != self._target.key):
                self._stop.set()
            self._wake.notify()

    def ask(self, settings: Settings, question: Callable[[Colorizer[Any]], Any]) -> Future[Any]:
        """Ask the network something; it answers before it goes on colouring."""
        future: Future[Any] = Future()
        with self._wake:
            self._asked.append((question, settings, future))
            self._stop.set()
            self._is_woken = True
            self._wake.notify()
        return future

    def close(self) -> None:
        """Give up and end."""
        with self._wake:
            self._is_closed = self._is_woken = True
            self._stop.set()
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._is_woken:
                    self._wake.wait()
                self._is_woken, self._stop = False, threading.Event()
                if self._is_closed:
                    break
                asked, self._asked = self._asked, []
                target = self._target = self._next()
            for question, settings, future in asked:
                self._answer(question, settings, future)
            if target is not None:
                self._color(target, self._stop)
                self._is_woken = True
        for *_, future in self._asked:
            future.cancel()
        if self._grays is not None:
            self._grays.close()

    def _next(self) -> Target | None:
        now = time.monotonic()
        return next((each for each in self._look() if self._problems.get(each.key, ("", 0.0))[1] <= now), None)

    def _answer(self, question: Callable[[Colorizer[Any]], Any], settings: Settings, future: Future[Any]) -> None:
        try:
            future.set_result(question(self._network(settings)))
        except Exception as error:
            future.set_exception(error)

    def _color(self, target: Target, stop: threading.Event) -> None:
        try:
            with self._hold() if target.is_urgent else nullcontext():
                self._color_shot(target, stop)
            self._problems.pop(target.key, None)
            self._stored()
        except KeyboardInterrupt:
            pass
        except TcvcError as error:
            self._note_problem(target, str(error))
        except Exception as error:
            logging.getLogger("vs_tcvc").exception("shot %d", target.place + 1)
            self._note_problem(target, f"something unexpected happened: {error!r}")
        finally:
            self._target = None
            self._sketch = None

    def _note_problem(self, target: Target, text: str) -> None:
        self._problems[target.key] = text, time.monotonic() + AGAIN_AFTER

    def _color_shot(self, target: Target, stop: threading.Event) -> None:
        film, place = target.film, target.place
        grays = self._grays_of(film, place)
        job = film.job([place], ignore, stop)
        recipe = job.recipe(place)
        colorist = ShotColorist(self._network(film.settings), job, grays.elsewhere, ignore)
        references = colorist.references(place, grays.of)
        sketch = Sketch(target.key, recipe.colored, references, film)
        self._sketch = sketch

        def show(chroma: Chroma) -> None:
            if stop.is_set():
                raise KeyboardInterrupt
            sketch.add(chroma)

        def add(chroma: Chroma) -> None:
            show(chroma)
            sketch.done += 1
            if sketch.done == sketch.total:
                film.check_unchanged()  # what was read may be of another film

        colored = colorist.colorize(place, grays.of, references, show)
        store_shot(film.store, target.key, job, place, grays.of, colored, add)
        film.note([place])

    def _network(self, settings: Settings) -> Remembered:
        if self._colorizer is None or self._colorizer[0] != settings:
            self._colorizer = settings, Remembered(load_colorizer(settings, ignore)[0])
        return self._colorizer[1]

    def _grays_of(self, film: FilmProject, place: int) -> ShotGrays:
        recipe = film.entries[place].recipe
        assert recipe is not None
        if self._grays is None or not self._grays.is_of(film, recipe.read):
            if self._grays is not None:
                self._grays.close()
            self._grays = ShotGrays(film, recipe.read, self._near)
        return self._grays


class Sketch:
    """The colour of a shot as far as it is known: its references, then more and more frames. From any thread."""

    def __init__(self, key: str, frames: range, references: Sequence[Reference], film: FilmProject) -> None:
        self.key, self.done, self.total = key, 0, len(frames)
        width, height = film.canvas.working_size
        self._references = {each.frame: each.ab for each in references if each.frame in frames}
        self._first, self._lock, self._begun = frames.start, threading.Lock(), next(_NUMBERS)
        self._serial, self._told = 0, time.monotonic()
        self._spool, self._have = Spool((2, height, width), np.float32, film.folder), set[int]()

    @property
    def serial(self) -> str:
        """Another text for every sketch, and every so often as frames are added."""
        return f"{self._begun}.{self._serial}"

    def ab(self, index: int) -> Array | None:
        """a* and b* of a frame, by index in the film; None if it is not known yet."""
        with self._lock:
            if index in self._have:
                return self._spool[index - self._first]
        return self._references.get(index)

    def is_colored(self, index: int) -> bool:
        """Whether a frame is more than a reference."""
        return index in self._have

    def add(self, chroma: Chroma) -> None:
        with self._lock:
            self._spool[chroma.index - self._first] = np.asarray(chroma.ab, np.float32)
            self._have.add(chroma.index)
            if time.monotonic() > self._told + TELL_EVERY:
                self._serial, self._told = self._serial + 1, time.monotonic()


class ShotGrays:
    """L* of the frames of a shot, read once and kept on disk. near: L* of frames that are at hand already."""

    def __init__(self, film: FilmProject, frames: range, near: GrayNear) -> None:
        self._index, self._frames, self._near = film.index, frames, near
        self._stack = ExitStack()
        self._reader, self._other = (self._stack.enter_context(film.reader()) for _ in range(2))
        width, height = film.canvas.working_size
        self._spool = Spool((height, width), np.float32, film.folder)
        self._next = frames.start

    def is_of(self, film: FilmProject, frames: range) -> bool:
        """Whether these are those frames."""
        return film.index is self._index and frames == self._frames

    def of(self, index: int) -> Array:
        """Of a frame of the shot."""
        if index >= self._next and (near := self._near(index)) is not None:
            return near
        for each in self._reader.grays(range(self._next, index + 1)) if index >= self._next else ():
            self._spool[each.index - self._frames.start] = each.lightness
            self._next = each.index + 1
        return self._spool[index - self._frames.start]

    def elsewhere(self, index: int) -> Array:
        """Of any frame of the film."""
        near = self._near(index)
        return self._other.gray(index) if near is None else near

    def close(self) -> None:
        self._stack.close()
        self._spool.close()
