"""The colour of a film's shots into the store, each one only if it is not there yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.shot import Reference
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.project.guiding import Canvas, lead_recipe, references_of
from vs_tcvc.project.recipe import Entry, Recipe
from vs_tcvc.project.shot_color import colorize_shot
from vs_tcvc.project.spool import Spool
from vs_tcvc.project.store import Store
from vs_tcvc.references.doubts import doubt
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.pipeline import Pipeline
from vs_tcvc.runtime.progress import Progress

_LEADS = 4
"""Scenes whose references are kept: scenes take turns."""


@dataclass(frozen=True)
class Job:
    """Shots to colour.

    entries: of the plan. keys: of those that are coloured, by place. first: the number of the film's first frame.
    folder: of the disk on which frames wait.
    """

    entries: Sequence[Entry]
    keys: Mapping[int, str]
    canvas: Canvas
    first: int
    folder: Path


class ShotColorist:
    """Colours shots of a film, one at a time.

    film: read for frames outside the shot, which leads need. Events are emitted for doubtful references.
    """

    def __init__(self, colorizer: Colorizer[Any], job: Job, film: FilmReader, emit: Emit) -> None:
        self._colorizer, self._job, self._film, self._emit = colorizer, job, film, emit
        self._engine = Engine(colorizer)
        self._references_of_lead = lru_cache(_LEADS)(self._references_of_lead_anew)

    def references(self, place: int, gray_of: Callable[[int], Array]) -> tuple[Reference, ...]:
        """The references of a shot; at least one is of its own frames. gray_of: L* of any of these."""
        recipe = self._job.entries[place].recipe
        assert recipe is not None
        lead = lead_recipe(recipe)
        led_by = self._references_of_lead(lead) if lead else ()
        return references_of(recipe, self._colorizer, self._job.canvas, gray_of, led_by)

    def colorize(self, place: int, gray_of: Callable[[int], Array]) -> Iterator[Chroma]:
        """The colour of a shot's frames, in order; `gray_of` as of `references`."""
        recipe = self._job.entries[place].recipe
        assert recipe is not None
        references = self.references(place, gray_of)
        for each in references:
            if each.frame in recipe.range and each.certainty is None:
                number = self._job.first + each.frame
                if text := doubt(each, gray_of(each.frame), number):
                    self._emit(Event("doubt", text, {"frame": number}))
        return colorize_shot(self._engine, recipe.range, references, gray_of, self._job.folder)

    def _references_of_lead_anew(self, lead: Recipe) -> tuple[Reference, ...]:
        return references_of(lead, self._colorizer, self._job.canvas, self._film.gray)


def color_shots(
    job: Job, colorizer: Colorizer[Any], store: Store, open_film: Callable[[], FilmReader],
    done_with: Callable[[int], None], emit: Emit,
    stop: threading.Event,
) -> None:  # fmt: skip
    """Colour the shots of `job.keys`, in order of the film, into the store.

    Reading goes a shot ahead of the network. done_with: called with the place of each shot that is stored. Raises
    KeyboardInterrupt once `stop` is set; shots that are complete stay.
    """
    places = sorted(job.keys)
    spans = {place: recipe.range for place in places if (recipe := job.entries[place].recipe)}
    progress = Progress(emit, sum(map(len, spans.values())))
    done = 0
    with open_film() as ahead, open_film() as elsewhere, Pipeline(1, stop) as pipeline:
        colorist = ShotColorist(colorizer, job, elsewhere, emit)
        for count, (place, spool) in enumerate(pipeline.ahead(_spooled(ahead, spans, job.folder)), start=1):
            with spool:
                frames = spans[place]
                first = spool[0]
                size = (first.shape[0], first.shape[1])
                with store.writing(job.keys[place], frames, size) as writer:
                    for chroma in colorist.colorize(place, partial(_frame_of, spool, frames.start)):
                        if stop.is_set():
                            raise KeyboardInterrupt
                        writer.add(chroma)
                        done += 1
                        progress.update(done, count)
                done_with(place)
        progress.finish(done, len(places))


def _spooled(film: FilmReader, spans: Mapping[int, range], folder: Path) -> Iterator[tuple[int, Spool]]:
    """The frames of every shot on disk, by the shot's place."""
    for place, frames in spans.items():
        spool: Spool | None = None
        for frame in film.grays(frames):
            spool = spool or Spool(frame.lightness.shape, np.float32, folder)
            spool[frame.index - frames.start] = frame.lightness
        assert spool is not None
        yield place, spool


def _frame_of(spool: Spool, first: int, index: int) -> Array:
    return spool[index - first]
