"""The colour of a project's shots for hosts that bring the frames, in any order: VapourSynth, pipes, workers.

A shot comes out of the store, if what is stored was made of these very frames; otherwise all its frames are asked for,
it is coloured as a whole, and stored. What a host brings need not be the project's film: a clip that was cleaned before
has colour of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.identity import identity
from vs_tcvc.errors import MissingShotError
from vs_tcvc.project.colorist import Job, ShotColorist, about_of, samples_of, store_shot
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.guiding import refuse_transfer
from vs_tcvc.project.notes import Notes, is_made_by
from vs_tcvc.project.recipe import Recipe, frames_of, key_of
from vs_tcvc.project.spool import Spool
from vs_tcvc.project.store import Store
from vs_tcvc.runtime.events import Emit

CHUNK = 64
"""Frames that are asked for at once."""
_SHOTS = 4
"""Shots whose frames may wait on disk at the same time although nobody asks for them any more."""


@dataclass(frozen=True, eq=False)
class ShotNeed:
    """The frames that a session needs next; pass them to `give`. n: the frame that was asked for."""

    frames: Sequence[int]
    n: int


def go_on() -> None:
    """Nothing ends the work."""


class ProjectSession:
    """The colour of any frame of a clip by its project, in any order, from any thread.

    As `vs_tcvc.core.any_order.Session`: `ask` runs no network and never waits; `give` colours. network: what makes the
    colour, as for `key_of`. notes: of the project, to find the colour that was made of its film. check: called after
    each frame that is coloured; what it raises ends `give`, and the shot can be asked for again. None is the answer for
    a frame that keeps its own colour.
    """

    in_flight = 1

    def __init__(
        self, colorizer: Colorizer[Any], job: Job, network: object, store: Store, notes: Notes, emit: Emit,
        check: Callable[[], None] = go_on,
    ) -> None:  # fmt: skip
        self._job, self._network, self._store, self._notes = job, network, store, notes
        self._check = check
        self._keys: dict[int, str] = {}
        width, height = job.canvas.working_size
        self._color = FilmColor(store, job.entries, self._keys, (height, width))
        self._colorist = ShotColorist(colorizer, job, self._elsewhere, emit)
        self._waiting: dict[int, _Waiting] = {}
        self._current: _Waiting | None = None
        self._lock = threading.Lock()

    @property
    def elsewhere(self) -> frozenset[int]:
        """The frames of leads, which shots need that they lead."""
        recipes = (entry.recipe for entry in self._job.entries)
        return frozenset().union(*(frames_of(recipe) - {*recipe.colored} for recipe in recipes if recipe))

    def made_of(self, n: int) -> object:
        """What the project decides about frame n and no other shots, for `identity`."""
        entries = (self._job.entries[place] for place in self._color.places_of(n))
        return [(each.shot.state, each.recipe, each.saturation) for each in entries]

    def frames_behind(self, n: int) -> frozenset[int]:
        """The frames that the colour of frame n is made from."""
        recipes = (self._job.entries[place].recipe for place in self._color.places_of(n))
        return frozenset({n}.union(*(frames_of(recipe) for recipe in recipes if recipe)))

    def ask(self, n: int) -> Chroma | ShotNeed | None:
        """The colour of frame n if its shots are known, otherwise the frames to `give` first."""
        for place in self._color.places_of(n):
            recipe = self._job.entries[place].recipe
            if recipe is not None and place not in self._keys:
                waiting = self._waiting.get(place)
                need = ShotNeed(waiting.missing() if waiting else samples_of(recipe.colored), n)
                if waiting:
                    waiting.needs.add(need)
                return need
        try:
            return self._color.frame(n)
        except MissingShotError:  # removed since
            for place in self._color.places_of(n):
                self._keys.pop(place, None)
            return self.ask(n)

    def give(self, need: ShotNeed, frames: Mapping[int, GrayFrame]) -> Chroma | ShotNeed | None:
        """Continue with the frames of `need`: the colour of the frame that was asked for, or the next need."""
        with self._lock:
            for place in self._color.places_of(need.n):
                if place not in self._keys and self._job.entries[place].recipe is not None:
                    self._advance(place, frames)
            return self.ask(need.n)

    def drop(self, need: ShotNeed) -> None:
        """The request is cancelled; frames that came stay for others."""

    def _advance(self, place: int, frames: Mapping[int, GrayFrame]) -> None:
        """Keep the frames of a shot that came; colour it once all are there."""
        recipe = self._job.recipe(place)
        waiting = self._waiting.get(place)
        if waiting is None:
            self._forget_abandoned()
            waiting = self._waiting[place] = _Waiting(recipe, self._job)
        waiting.keep(frames)
        if waiting.missing():
            return
        if not waiting.is_known:
            if key := self._stored(place, waiting):
                self._done(place, key)
                return
            if recipe.transfers:
                self._waiting.pop(place).spool.close()
                refuse_transfer(recipe.transfers[0], waiting.gray)
            waiting.is_known = True
            return
        key = self._own_key(recipe, about_of(recipe, waiting.gray))
        self._current = waiting
        colored = self._colorist.colorize(place, waiting.gray)
        store_shot(self._store, key, self._job, place, waiting.gray, colored, lambda _: self._check())
        self._done(place, key)

    def _forget_abandoned(self) -> None:
        """Give up frames of shots that nobody asks for any more: of all but the last few."""
        abandoned = [place for place, waiting in self._waiting.items() if not waiting.needs]
        for place in abandoned[: 1 - _SHOTS]:
            self._waiting.pop(place).spool.close()

    def _stored(self, place: int, waiting: _Waiting) -> str | None:
        """The key of a stored shot that was made by this recipe of these frames."""
        entry, recipe = self._job.entries[place], self._job.recipe(place)
        about = about_of(recipe, waiting.gray)
        noted = self._notes.get(entry.frames.start)
        of_film = [noted.key] if noted and is_made_by(noted, self._network) else []
        keys = [self._own_key(recipe, about), *of_film]
        stored = self._store.about(keys)
        return next((key for key in keys if about.items() <= stored.get(key, {}).items()), None)

    def _own_key(self, recipe: Recipe, about: Mapping[str, Any]) -> str:
        """The key of what is made of the host's frames."""
        return key_of(recipe, identity(about), self._network)

    def _done(self, place: int, key: str) -> None:
        self._keys[place] = key
        self._waiting.pop(place).spool.close()

    def _elsewhere(self, index: int) -> Array:
        assert self._current is not None
        return self._current.gray(index)


class _Waiting:
    """A shot whose frames are coming: first its samples, then, if it is not stored, all of it and of its lead.

    is_known: whether the store was asked. needs: those that are not fulfilled, or given up, yet.
    """

    def __init__(self, recipe: Recipe, job: Job) -> None:
        width, height = job.canvas.working_size
        self.spool = Spool((height, width), np.float32, job.folder)
        self.is_known, self.needs = False, WeakSet[ShotNeed]()
        self._samples = samples_of(recipe.colored)
        self._wanted = sorted(frames_of(recipe))
        self._slots: dict[int, int] = {}

    def missing(self) -> list[int]:
        """The frames to ask for next."""
        wanted = self._wanted if self.is_known else self._samples
        return [index for index in wanted if index not in self._slots][:CHUNK]

    def keep(self, frames: Mapping[int, GrayFrame]) -> None:
        """Keep those of the frames that are wanted."""
        for index in self.missing():
            if index in frames:
                self.spool[len(self._slots)] = frames[index].lightness
                self._slots[index] = len(self._slots)

    def gray(self, index: int) -> Array:
        """L* of a frame that came."""
        return self.spool[self._slots[index]]
