"""The desk: one project, what a person does to it, and what is coloured meanwhile. Pages know only this.

Every edit is written into the project's file before it counts; edits of others are noticed. Any thread may call
anything.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Concatenate, ParamSpec

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.shot import Reference
from vs_tcvc.desk.history import History
from vs_tcvc.desk.pictures import Pictures, Scene
from vs_tcvc.desk.plates import Plates
from vs_tcvc.desk.screen import Live, Screen, Target
from vs_tcvc.desk.work import Work
from vs_tcvc.errors import StoreError, TcvcError, UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.status import Row, status_of
from vs_tcvc.project import document
from vs_tcvc.project.document import Document
from vs_tcvc.project.schema import Project
from vs_tcvc.project.store import Store
from vs_tcvc.runtime.events import Emit, ignore
from vs_tcvc.runtime.file_hash import file_signature

LOOK_EVERY = 0.5
"""Seconds between looks at the project's file and the store, which others may change."""
CALM = 1.5
"""Seconds without an edit after which the shots are coloured that the one on the screen leads."""

_Arguments = ParamSpec("_Arguments")


@dataclass(frozen=True)
class State:
    """What pages show; replaced as a whole. revision rises with each.

    film: with its project; plates: its frames. rows: of its shots. undo, redo: what those would do, in words, "" for
    nothing. problem: why nothing can be edited at the moment, "" if it can.
    """

    revision: int
    film: FilmProject
    plates: Plates = field(repr=False)
    rows: tuple[Row, ...]
    undo: str = ""
    redo: str = ""
    problem: str = ""


class Desk:
    """A project on the desk. store: where colour is kept; None: beside the project.

    Raises as `FilmProject`.
    """

    def __init__(
        self, found: Document, store: Store | None = None, emit: Emit = ignore, stop: threading.Event | None = None
    ) -> None:
        self._lock = threading.RLock()
        self._noted: dict[str, dict[str, Any]] = {}
        self._old_keys: dict[range, str] = {}
        self._history = History(found.project)
        self._place: int | None = None
        self._is_seen = False
        self._changed_at = 0.0
        self._run = secrets.token_hex(4)
        self._looks: list[tuple[object, int]] = []
        film = FilmProject(found, found.project.core_settings(), store, emit=emit, stop=stop)
        self.work = Work()
        self._seen = (0, 0, 0)  # the file may have been changed since it was read
        self._read_store(film)
        self.state = self._stated(film, Plates(film), 0)
        self._screen = Screen(
            self._wanted, lambda index: self.state.plates.lightness(index), self._look_at_store, self.work.hold
        )
        self.pictures = Pictures(self._scene, self._screen)
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._watcher.start()
        self.ask(partial(_warm, film.canvas.working_size))

    def edit(
        self, words: str, change: Callable[Concatenate[Project, _Arguments], Project], *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> None:  # fmt: skip
        """Change the project by a function of `edits`, and write it. words: what is done, for undo.

        Raises ProjectError for what the project cannot become, UsageError if the file cannot be written now, or has
        been changed by another program, whose change is there then.
        """
        with self._lock:
            changed = self.state.film.document.edited(change, *args, **kwargs).project
            if changed != self._history.project:
                self._become(self._history.changed(words, changed))

    def undo(self) -> None:
        """Take the last edit back. Raises as `edit`."""
        with self._lock:
            self._become(self._history.undone())

    def redo(self) -> None:
        """Do again what was taken back. Raises as `edit`."""
        with self._lock:
            self._become(self._history.redone())

    def look_at(self, place: int | None) -> None:
        """Colour the shot on the screen before all else, and whenever it changes; then those that it leads.

        place: None if no shot is on the screen: the last one is finished when there is time.
        """
        self._screen.forgive()
        self._is_seen = place is not None
        self._place = self._place if place is None else place
        self._screen.wake()

    def live(self) -> Live | None:
        """What is coloured for the screen now."""
        return self._screen.live

    def problem_of(self, place: int) -> str:
        """Why a shot could not be coloured, "" if that is not so."""
        return self._screen.problem(self.state.film.keys.get(place, ""))

    def shot_version(self, place: int) -> str:
        """A text that was never returned before whenever pictures of a shot's frames, or of those around it, change."""
        looks, keys = self._looks, self.state.film.keys
        near = range(max(0, place - 1), min(place + 2, len(looks)))
        drawn = [sketch.serial for each in near if (sketch := self._screen.sketch(keys.get(each, "")))]
        return "-".join(map(str, (self._run, max(looks[each][1] for each in near), *drawn)))

    def ask(self, question: Callable[[Colorizer[Any]], Any]) -> Future[Any]:
        """Ask the network something, on its own thread."""
        return self._screen.ask(self.state.film.settings, question)

    def close(self) -> None:
        """End all that runs."""
        self._closing.set()
        self.work.close()
        self._screen.close()
        self._watcher.join()
        self.state.plates.close()

    def _become(self, history: History) -> None:
        """Another project: written, then shown."""
        if self.state.problem:
            raise UsageError(self.state.problem)
        if history.project == self._history.project:
            return
        film = self._film_of(replace(self.state.film.document, project=history.project))
        try:
            written = document.write(film.document)
        except UsageError:
            self._seen = (0, 0, 0)
            self._look_at_file()
            raise
        film.document = written
        self._show(film, history)

    def _film_of(self, changed: Document) -> FilmProject:
        now = self.state.film
        same = (now.document.project.film, now.document.project.settings)
        if (changed.project.film, changed.project.settings) == same:
            return now.edited(changed)
        return FilmProject(changed, changed.project.core_settings(), now.store)

    def _show(self, film: FilmProject, history: History) -> None:
        plates = self.state.plates
        if film.index is self.state.film.index:
            self._note_before(film)
        else:  # the film was opened again
            plates.close()
            plates, self._old_keys = Plates(film), {}
        self._history, self._changed_at = history, time.monotonic()
        self._read_store(film)
        self.state = self._stated(film, plates, self.state.revision + 1)
        self._screen.wake()

    def _show_again(self, problem: str) -> None:
        """Show the same film and project, with a problem or without."""
        now = self.state
        self.state = self._stated(now.film, now.plates, now.revision + 1, problem)
        self._screen.wake()

    def _note_before(self, film: FilmProject) -> None:
        """Remember by which keys shots were stored that are made of something else now."""
        old = self.state.film
        known = {entry.frames: old.keys[place] for place, entry in enumerate(old.entries) if place in old.keys}
        for place, entry in enumerate(film.entries):
            key = known.get(entry.frames, "")
            if key and key != film.keys.get(place) and key in self._noted:
                self._old_keys[entry.frames] = key

    def _stated(self, film: FilmProject, plates: Plates, revision: int, problem: str = "") -> State:
        self._note_looks(film, revision)
        rows, history = tuple(status_of(film, self._noted)), self._history
        return State(revision, film, plates, rows, history.undo, history.redo, problem)

    def _note_looks(self, film: FilmProject, revision: int) -> None:
        """Remember how each shot looks, and since which revision."""
        before, looks = self._looks, list[tuple[object, int]]()
        for place, each in enumerate(film.entries):
            key = film.keys.get(place)
            look = (each.frames, each.shot.state, each.saturation, key, key in self._noted)
            is_same = place < len(before) and before[place][0] == look
            looks.append(before[place] if is_same else (look, revision))
        self._looks = looks

    def _read_store(self, film: FilmProject) -> None:
        """Find what was noted of the shots that are in the store, by key; each record is read once."""
        there = {*film.store.keys()}
        kept = {key: noted for key, noted in self._noted.items() if key in there}
        self._noted = kept | film.store.about(({*film.keys.values()} & there) - kept.keys())

    def _scene(self) -> Scene:
        state = self.state
        return Scene(state.film, state.plates, self._noted, self._old_keys)

    def _wanted(self) -> list[Target]:
        """The shots to colour: the one on the screen, then those that it leads."""
        film, place, stored = self.state.film, self._place, self._noted
        if place is None or place >= len(film.entries) or self.state.problem:
            return []
        is_calm = time.monotonic() > self._changed_at + CALM
        led = [each for each, entry in enumerate(film.entries) if entry.led_by == place] if is_calm else []
        return [
            Target(film, each, each == place and self._is_seen) for each in [place, *led]
            if each in film.keys and film.keys[each] not in stored
        ]  # fmt: skip

    def _watch(self) -> None:
        while not self._closing.wait(LOOK_EVERY):
            self._look_at_file()
            self._look_at_store()
            self._screen.wake()

    def _look_at_store(self) -> None:
        """Show what has come into the store, or is not there any more."""
        with self._lock, suppress(StoreError):
            before = self._noted.keys()
            self._read_store(self.state.film)
            if self._noted.keys() != before:
                self._show_again(self.state.problem)

    def _look_at_file(self) -> None:
        """Take over what another program has written, or say why that cannot be."""
        with self._lock:
            now, path = self.state.film.document, self.state.film.document.path
            try:
                self.state.film.check_unchanged()
                seen = file_signature(path)
                if seen != self._seen or self.state.problem:
                    self._seen = seen
                    if document.digest_of(path) != now.digest:
                        self._take(document.read(path))
                problem = ""
            except TcvcError as error:
                problem = str(error)
            if problem != self.state.problem:
                self._show_again(problem)

    def _take(self, found: Document) -> None:
        """Take over a project that another program has written."""
        film, is_new = self._film_of(found), found.project != self._history.project
        changed = self._history.changed("the change from outside", found.project) if is_new else self._history
        self._show(film, changed)


def _warm(size: tuple[int, int], colorizer: Colorizer[Any]) -> None:
    """Let a network get ready for pictures of a size (width, height), so that the first click need not wait for it."""
    gray = np.full(size[::-1], 50, np.float32)
    guess = colorizer.predict(gray)
    memory = colorizer.begin([Reference(0, gray, guess.ab, certainty=guess.certainty)])
    colorizer.colorize(memory, gray[None])
