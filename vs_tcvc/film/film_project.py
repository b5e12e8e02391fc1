"""A project with its film: what is there, what is to be done, under which keys."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from ffmpeg_filters.decoder import Source, open_source
from ffmpeg_filters.film_index import FilmIndex, read_index, write_index
from ffmpeg_filters.stream_facts import quarter_turns
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.errors import UsageError
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.film.indexing import index_whole
from vs_tcvc.film.selection import Selection
from vs_tcvc.film.transfer import Transfers
from vs_tcvc.project.colorist import Job
from vs_tcvc.project.document import Document
from vs_tcvc.project.film_identity import state_of
from vs_tcvc.project.guiding import read
from vs_tcvc.project.host import FOLDER, network_of
from vs_tcvc.project.known_films import KnownFilms, known_films_file
from vs_tcvc.project.notes import Note, note_of, notes_beside, notes_file, project_of, read_notes, reason, write_notes
from vs_tcvc.project.recipe import Entry, Recipe, film_as, frames_of, key_of, plan
from vs_tcvc.project.store import Store
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.input_files import input_files
from vs_tcvc.runtime.atomic_files import make_folder
from vs_tcvc.runtime.events import Emit, Event, forward_log, ignore
from vs_tcvc.runtime.file_hash import Hashes
from vs_tcvc.runtime.numbered_files import find_pictures
from vs_tcvc.settings import Settings


class FilmProject:
    """A project with its film: what is there, what is to be done, under which keys.

    settings: those of the project, with what the command adds. folder: for what is made of the project; None: beside
    it. A film without an index, or with other content than its index, is read once for a new one. Raises ProjectError,
    UsageError and StreamError for a film that is not the project's, KeyboardInterrupt once `stop` is set, and as
    `vs_tcvc.backends.choose`.
    """

    def __init__(
        self, document: Document, settings: Settings, store: Store | None = None, folder: Path | None = None,
        emit: Emit = ignore, stop: threading.Event | None = None,
    ) -> None:  # fmt: skip
        self.document, self.settings = document, settings
        self.path = document.resolve(document.project.film.path)
        self.folder = folder or document.path.parent / FOLDER
        self.store = store or Store(self.folder / "store")
        self._is_one_file = find_pictures(self.path) is None
        with self.open() as source:
            _check_film(document, source)
            self.plan = StreamPlan.of(source.header, replace(settings, bits="auto", chroma="auto"), source.tags)
            self.canvas = Canvas.of(self.plan.stage, source.header.aspect, quarter_turns(source.display))
        self.index = self._find_index(emit, stop or threading.Event())
        self._known = KnownFilms(known_films_file(self.folder, document.path), emit, stop)
        with forward_log(emit):
            self._network = network_of(settings, self.canvas)
        self._notes_file = notes_file(self.folder, document.path)
        self._hashes, self._known_keys = Hashes(), dict[Recipe, str]()
        self._plan()

    def check_unchanged(self) -> None:
        """Raise UsageError if the film's file is not the one that was opened; numbered pictures are not looked at."""
        if not self._is_one_file:
            return
        if not self.path.exists():
            happened = "is not there any more"
        elif state_of(self.path) != self.index.identity.state:
            happened = "has been changed"
        else:
            return
        raise UsageError(f"the film {happened} since it was opened", where=str(self.path), remedy="start again")

    def edited(self, document: Document) -> Self:
        """The same film with its project changed; only what the change concerns is found out again.

        Film and settings are the same in both. Raises ProjectError for a picture or a film that is not there.
        """
        changed = copy(self)
        changed.document = document
        changed._plan()
        return changed

    def written_with(self, **options: str) -> Self:
        """The same film with other options of how it is written, `bits` and `chroma`, which its colour is free of."""
        changed = copy(self)
        changed.settings = replace(self.settings, **options)  # type: ignore[arg-type]
        return changed

    def _plan(self) -> None:
        """Find how the shots are coloured, and their keys."""
        self.entries: Sequence[Entry] = plan(self.document, self._known.content_of, self._hashes.of)
        recipes = {place: entry.recipe for place, entry in enumerate(self.entries) if entry.recipe}
        self._known_keys = {
            recipe: self._known_keys.get(recipe) or key_of(recipe, self._film_of(frames_of(recipe)), self._network)
            for recipe in recipes.values()
        }
        self.keys: Mapping[int, str] = {place: self._known_keys[recipe] for place, recipe in recipes.items()}

    def _film_of(self, frames: Collection[int]) -> str:
        """What frames of the film are, for `key_of`."""
        return film_as(self.index.content_of(frames), self.plan.source.range)

    def _find_index(self, emit: Emit, stop: threading.Event) -> FilmIndex:
        """The film's index; it is made if there is none."""
        file, film = index_file(self.folder, self.document.path), self.document.project.film
        index = read_index(file, self.path, emit, stop)
        if index is None:
            emit(Event("indexing", "the film is read once, to find its frames again"))
            with self.open(emit) as source:
                index = index_whole(source, self.path, emit, stop)
            make_folder(self.folder)
            write_index(index, file)
        if film.identity and not index.identity.content.startswith(film.identity):
            text = f"{self.path} has other content than when the project was made; cuts and hints may not fit it"
            emit(Event("other_film", text, {"identity": index.identity.content}))
        if index.range != film.range:
            raise UsageError(
                where=str(self.path), expected=f"the {film.frames} frames of the project", got=f"{len(index.range)}",
                remedy="make the project again for this film",
            )  # fmt: skip
        return index

    def open(self, emit: Emit = ignore) -> AbstractContextManager[Source]:
        """Open the film."""
        return open_source(self.path, self.settings, emit, **self.reading())

    def reading(self) -> dict[str, Any]:
        """How the film is read: what `open_source` and `TranscodeOptions` have in common."""
        film = self.document.project.film
        rate = None if self._is_one_file else Fraction(film.rate)
        return {"interlaced": film.interlaced, "rate": rate}

    def inputs(self) -> list[Path]:
        """The files that are read beside the film."""
        recipes = (entry.recipe for entry in self.entries if entry.recipe)
        guides = {path for recipe in recipes for path in recipe.own.paths}
        return [self.document.path, *sorted(guides), *input_files(self.settings)]

    def reader(self) -> FilmReader:
        """A reader of the film's frames."""
        return FilmReader(self.open, self.plan, self.index)

    def job(self, places: Iterable[int], emit: Emit, stop: threading.Event) -> Job:
        """What is to be coloured, at these places; other transfers are read for it."""
        first = self.document.project.film.first
        recipes = (self.entries[place].recipe for place in places)
        transfers = Transfers(first, self.folder, emit, stop)
        transfers.prepare(each for recipe in recipes if recipe for each in recipe.transfers)
        return Job(self.entries, self.canvas, first, self.folder, transfers)

    def check_pictures(self, places: Iterable[int]) -> None:
        """Raise UsageError for the first reference of these shots that cannot be used, with file and shot."""
        for place in places:
            recipe = self.entries[place].recipe
            for picture in recipe.own.pictures if recipe else ():
                try:
                    read(picture, self.canvas)
                except UsageError as error:
                    where = f"{self.document.path}: shot {place + 1}: {picture.path}"
                    raise UsageError(
                        error.problem, where=where, expected=error.expected, got=error.got, remedy=error.remedy
                    ) from None

    def reasons(self, places: Iterable[int]) -> dict[str, list[int]]:
        """Why shots are coloured, in words: places by reason."""
        before, found = read_notes(self._notes_file), dict[str, list[int]]()
        for place in places:
            why = reason(before.get(self.entries[place].frames.start), self._note_of(place))
            found.setdefault(why, []).append(place)
        return found

    def note(self, places: Iterable[int]) -> None:
        """Note what coloured shots are made of, for the reasons of the next time."""
        made = {self.entries[place].frames.start: self._note_of(place) for place in places}
        write_notes(self._notes_file, made)

    def _note_of(self, place: int) -> Note:
        recipe = self.entries[place].recipe
        assert recipe is not None
        return note_of(self.keys[place], recipe, self._film_of(recipe.colored), self._network)

    def seen_in(self, place: int) -> list[int]:
        """The places of the coloured shots that are seen in a shot's frames: with a dissolve two or three."""
        own = self.entries[place].frames
        near = ((each, self.entries[each].recipe) for each in (place - 1, place, place + 1) if each in self.keys)
        spans = ((each, recipe.seen) for each, recipe in near if recipe)
        return [each for each, span in spans if max(own.start, span.start) < min(own.stop, span.stop)]

    def stored(self) -> dict[str, dict[str, Any]]:
        """What was noted of those shots that are in the store, by key."""
        return self.store.about({*self.keys.values()} & {*self.store.keys()})

    def missing(self, wanted: Selection) -> list[int]:
        """The places of wanted shots whose colour is not in the store."""
        there = self.stored()
        needed = (place for place in wanted.seen(self.entries) if place in self.keys)
        return [place for place in needed if self.keys[place] not in there]


def index_file(folder: Path, project: Path) -> Path:
    """Where the index of a project's film is."""
    return folder / f"{project.name}.index"


def keys_of_others(film: FilmProject) -> set[str]:
    """The keys of shots that the other projects beside this one were made with."""
    others = (file for file in notes_beside(film.folder) if file != notes_file(film.folder, film.document.path))
    there = (file for file in others if (film.folder.parent / project_of(file)).is_file())
    return {note.key for file in there for note in read_notes(file).values()}


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
