"""tcvc render: a film's project becomes a film in colour; only shots whose colour is not stored are coloured."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from ffmpeg_filters.color_stage import Colored, Held
from ffmpeg_filters.decoder import DecodedFrame, Source, open_source
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.transcode import Summary, TranscodeOptions, colorize_file
from vs_tcvc.backends import load_colorizer
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.film.coloring import color_shots
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.film.reasons import parts_of, read_parts, reason, write_parts
from vs_tcvc.film.selection import Selection
from vs_tcvc.project.colorist import Job
from vs_tcvc.project.document import Document
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.guiding import Canvas
from vs_tcvc.project.host import FOLDER, network_of
from vs_tcvc.project.recipe import Entry, film_as, key_of, plan
from vs_tcvc.project.store import Store
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.numbered_files import find_pictures
from vs_tcvc.runtime.words import counted
from vs_tcvc.settings import Settings

_MOST_LISTED = 12
_LOOK_AGAIN_SECONDS = 0.2


class FilmProject:
    """A project with its film opened once: what is there, what is to be done, under which keys.

    settings: those of the project, with what the command adds. folder: for what is made of the project; None: beside
    it. Raises ProjectError, UsageError and StreamError for a film that is not the project's, and as
    `vs_tcvc.backends.choose`.
    """

    def __init__(
        self, document: Document, settings: Settings, store: Store | None = None, folder: Path | None = None
    ) -> None:
        self.document, self.settings = document, settings
        self.path = document.resolve(document.project.film.path)
        self.folder = folder or document.path.parent / FOLDER
        self.store = store or Store(self.folder / "store")
        with self.open() as source:
            _check_film(document, source)
            self.plan = StreamPlan.of(source.header, replace(settings, bits="auto", chroma="auto"), source.matrix_tag)
        stage = self.plan.stage
        self.canvas = Canvas((stage.width, stage.height), stage.working_size, stage.matrix)
        self.entries: Sequence[Entry] = plan(document)
        network = network_of(settings, self.canvas)
        film = film_as(document.project.film.identity, self.plan.source.range)
        recipes = {place: entry.recipe for place, entry in enumerate(self.entries) if entry.recipe}
        self.keys: Mapping[int, str] = {place: key_of(recipe, film, network) for place, recipe in recipes.items()}
        self._parts = {place: parts_of(recipe, film, network) for place, recipe in recipes.items()}
        self._noted = self.folder / f"{document.path.name}.made-of.json"

    def open(self, emit: Emit = ignore) -> AbstractContextManager[Source]:
        """Open the film."""
        film = self.document.project.film
        rate = Fraction(film.rate) if find_pictures(self.path) else None
        return open_source(self.path, self.settings, emit, film.interlaced, rate)

    def job(self) -> Job:
        """What is to be coloured."""
        return Job(self.entries, self.canvas, self.document.project.film.first, self.folder)

    def reasons(self, places: Iterable[int]) -> dict[str, list[int]]:
        """Why shots are coloured, in words: places by reason."""
        before, found = read_parts(self._noted), dict[str, list[int]]()
        for place in places:
            began = str(self.entries[place].frames.start)
            found.setdefault(reason(before.get(began), self._parts[place]), []).append(place)
        return found

    def note(self, places: Iterable[int]) -> None:
        """Note what coloured shots are made of, for the reasons of the next time."""
        made = {str(self.entries[place].frames.start): self._parts[place] for place in places}
        if made:
            write_parts(self._noted, {**read_parts(self._noted), **made})

    def missing(self, wanted: Selection) -> list[int]:
        """The places of wanted shots whose colour is not in the store."""
        there = set(self.store.keys())
        needed = (place for place in wanted.seen(self.entries) if place in self.keys)
        return [place for place in needed if self.keys[place] not in there]


def color_film(film: FilmProject, wanted: Selection, emit: Emit, stop: threading.Event) -> list[int]:
    """Colour the wanted shots that are not in the store yet, with an event that says why; returns their places.

    One program colours a project at a time; another one waits, with an event, and then finds the shots in the store.
    """
    film.folder.mkdir(exist_ok=True)
    with _alone(film.folder / f"{film.document.path.name}.lock", emit, stop):
        missing = film.missing(wanted)
        total = sum(1 for place in wanted.seen(film.entries) if place in film.keys)
        text = f"{counted(len(missing), 'shot')} of {total} to colour" if missing else f"all {total} shots are coloured"
        emit(Event("shots", text, {"to_color": [place + 1 for place in missing], "shots": total}))
        for text, places in film.reasons(missing).items():
            emit(Event("reason", f"{_numbers(places)}: {text}", {"shots": [place + 1 for place in places]}))
        if missing:
            _color(film, missing, emit, stop)
    return missing


def _color(film: FilmProject, places: Sequence[int], emit: Emit, stop: threading.Event) -> None:
    colorizer, _ = load_colorizer(film.settings, emit)
    opened, done = partial(FilmReader, film.open, film.plan), list[int]()
    keys = {place: film.keys[place] for place in places}
    try:
        color_shots(film.job(), keys, colorizer, film.store, opened, done.append, emit, stop)
    finally:
        film.note(done)


@contextmanager
def _alone(file: Path, emit: Emit, stop: threading.Event) -> Iterator[None]:
    """Inside the block no other program holds the same file. Raises KeyboardInterrupt if `stop` is set while waiting.

    The system frees it when a program ends, however it ends.
    """
    lock, has_told = FileLock(file), False
    while True:
        try:
            lock.acquire(timeout=_LOOK_AGAIN_SECONDS)
            break
        except Timeout:
            if not has_told:
                emit(Event("waits", "another program colours this project; this one waits for it"))
                has_told = True
            if stop.is_set():
                raise KeyboardInterrupt from None
    try:
        yield
    finally:
        lock.release()


def _numbers(places: Sequence[int]) -> str:
    """Shots in words, counted from 1: `shots 3, 7 and 9`."""
    numbers = [str(place + 1) for place in places[:_MOST_LISTED]]
    if len(places) > _MOST_LISTED:
        return f"shots {', '.join(numbers)} and {len(places) - _MOST_LISTED} more"
    return f"shot {numbers[0]}" if len(numbers) == 1 else f"shots {', '.join(numbers[:-1])} and {numbers[-1]}"


def render(
    film: FilmProject, target: Path, wanted: Selection, encoding: Encoding, options: TranscodeOptions, emit: Emit,
    stop: threading.Event,
) -> Summary:  # fmt: skip
    """Colour what is missing, then write the film, or the wanted part of it, from the store.

    Raises as `colorize_file`, and KeyboardInterrupt when `stop` is set; shots that were coloured stay in the store.
    """
    color_film(film, wanted, emit, stop)
    facts = film.document.project.film
    transcoding = replace(
        options, coloring=lambda stage_plan: _Stored(film, wanted, stage_plan), is_part=not wanted.is_whole,
        interlaced=facts.interlaced, rate=Fraction(facts.rate) if find_pictures(film.path) else None,
    )  # fmt: skip
    return colorize_file(film.path, target, film.settings, encoding, transcoding, emit, stop)


class _Stored:
    """Colour out of the store, for `TranscodeOptions.coloring`."""

    def __init__(self, film: FilmProject, wanted: Selection, stage_plan: StreamPlan) -> None:
        width, height = stage_plan.stage.working_size
        self._color = FilmColor(film.store, film.entries, film.keys, (height, width))
        self._film, self._wanted, self.shots = film, wanted, 0

    def run(self, frames: Iterator[Held[DecodedFrame]]) -> Iterator[Colored[DecodedFrame]]:
        """The wanted frames with their colour."""
        index, last = -1, -1
        for index, held in enumerate(frames):
            place = self._color.place_of(index)
            if self._wanted.has(index, place):
                self.shots += place != last
                last = place
                yield held, self._color.frame(index)
        expected = self._film.document.project.film.frames
        if index + 1 != expected:
            raise StreamError(
                where=str(self._film.path), expected=f"the {expected} frames of the project", got=f"{index + 1}",
                remedy="make the project again for this film",
            )  # fmt: skip

    def check_guides(self) -> None:
        """The project was checked when it was read."""


def _check_film(document: Document, source: Source) -> None:
    """Raise UsageError for a film that is plainly not the project's."""
    film = document.project.film
    found = (source.header.width, source.header.height)
    if found != film.size:
        raise UsageError(
            where=str(document.resolve(film.path)), expected=f"the project's film of {film.size[0]}x{film.size[1]}",
            got=f"{found[0]}x{found[1]}", remedy="correct film.path in the project",
        )  # fmt: skip
    numbered = source.numbers
    if numbered is not None and (numbered.start, len(numbered)) != (film.first, film.frames):
        raise UsageError(
            where=str(document.resolve(film.path)), expected=f"{film.frames} pictures from {film.first}",
            got=f"{len(numbered)} from {numbered.start}", remedy="make the project again for these pictures",
        )  # fmt: skip
