"""tcvc render: a film's project becomes a film in colour; only shots whose colour is not stored are coloured."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ffmpeg_filters.color_stage import Colored, Held
from ffmpeg_filters.decoder import DecodedFrame, Source, open_source
from ffmpeg_filters.encoder_choice import EncoderChoice, Encoding
from ffmpeg_filters.film_index import FilmIndex, read_index, write_index
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.transcode import Rejoin, Summary, TranscodeOptions, check_targets, colorize_file
from vs_tcvc.backends import choose, load_colorizer
from vs_tcvc.core.identity import identity
from vs_tcvc.errors import MissingShotError, UsageError
from vs_tcvc.film.coloring import color_shots
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.film.indexing import index_whole
from vs_tcvc.film.provenance import MadeShot, Provenance, unchanged_shots, write_provenance
from vs_tcvc.film.selection import Selection
from vs_tcvc.film.transfer import Transfers
from vs_tcvc.project.colorist import Job
from vs_tcvc.project.document import Document
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.guiding import Canvas, read
from vs_tcvc.project.host import FOLDER, network_of
from vs_tcvc.project.known_films import KnownFilms, known_films_file
from vs_tcvc.project.notes import Note, note_of, notes_beside, notes_file, project_of, read_notes, reason, write_notes
from vs_tcvc.project.recipe import Entry, color_source, film_as, frames_of, key_of, plan
from vs_tcvc.project.reference_names import sheets_folder
from vs_tcvc.project.schema import Shot
from vs_tcvc.project.store import Store
from vs_tcvc.references.input_files import input_files
from vs_tcvc.runtime.atomic_files import make_folder
from vs_tcvc.runtime.events import Emit, Event, forward_log, ignore
from vs_tcvc.runtime.numbered_files import find_pictures
from vs_tcvc.runtime.words import counted
from vs_tcvc.settings import Settings

_MOST_LISTED = 12
_LOOK_AGAIN_SECONDS = 0.2


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
        with self.open() as source:
            _check_film(document, source)
            self.plan = StreamPlan.of(source.header, replace(settings, bits="auto", chroma="auto"), source.matrix_tag)
        stage = self.plan.stage
        self.canvas = Canvas((stage.width, stage.height), stage.working_size, stage.matrix)
        self.index = self._find_index(emit, stop or threading.Event())
        known = KnownFilms(known_films_file(self.folder, document.path), emit, stop)
        self.entries: Sequence[Entry] = plan(document, known.content_of)
        with forward_log(emit):
            network = network_of(settings, self.canvas)
        recipes = {place: entry.recipe for place, entry in enumerate(self.entries) if entry.recipe}
        films = {place: self._film_of(frames_of(recipe)) for place, recipe in recipes.items()}
        self.keys: Mapping[int, str] = {
            place: key_of(recipe, films[place], network) for place, recipe in recipes.items()
        }
        self._network = network
        self._notes_file = notes_file(self.folder, document.path)

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
        rate = Fraction(film.rate) if find_pictures(self.path) else None
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


def color_film(film: FilmProject, wanted: Selection, emit: Emit, stop: threading.Event) -> list[int]:
    """Colour the wanted shots that are not in the store yet, with an event that says why; returns their places.

    One program colours a project at a time; another one waits, with an event, and then finds the shots in the store.
    """
    make_folder(film.folder)
    with _alone(film.folder / f"{film.document.path.name}.lock", emit, stop):
        missing = film.missing(wanted)
        total = sum(1 for place in wanted.seen(film.entries) if place in film.keys)
        text = f"{counted(len(missing), 'shot')} of {total} to colour" if missing else "all shots are coloured"
        emit(Event("shots", text, {"to_color": [place + 1 for place in missing], "shots": total}))
        for text, places in film.reasons(missing).items():
            emit(Event("reason", f"{_numbers(places)}: {text}", {"shots": [place + 1 for place in places]}))
        if missing:
            film.check_pictures(missing)
            _color(film, missing, emit, stop)
    return missing


def _color(film: FilmProject, places: Sequence[int], emit: Emit, stop: threading.Event) -> None:
    colorizer, _ = load_colorizer(film.settings, emit)
    done = list[int]()
    keys = {place: film.keys[place] for place in places}
    try:
        job = film.job(places, emit, stop)
        color_shots(job, keys, colorizer, film.store, film.reader, done.append, emit, stop)
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

    Shots that the target holds already as they would be written are copied from it, where the codec allows that. What
    cannot be written is refused before anything is coloured. Raises as `colorize_file`, and KeyboardInterrupt when
    `stop` is set; shots that were coloured stay in the store.
    """
    options = replace(options, inputs=film.inputs(), **film.reading())
    _, encoders = check_targets(film.path, target, encoding, options, options.inputs)
    _refuse_own_folders(film, target)
    _rehearse(film, target, encoding, options)
    color_film(film, wanted, emit, stop)
    made = provenance_of(film, wanted, encoders[0])
    changed = _changed(film, target, wanted, made, options)
    transcoding = replace(
        options, coloring=lambda stage_plan: _Stored(film, wanted, stage_plan), is_part=not wanted.is_whole,
        rejoin=None if changed is None else Rejoin(changed, film.index),
    )  # fmt: skip
    try:
        done = colorize_file(film.path, target, film.settings, encoding, transcoding, emit, stop)
    except MissingShotError as error:  # damaged, or removed by another program: it counts as not there from now on
        emit(Event("damaged", f"{error.sentence(str)}; it is coloured again"))
        color_film(film, wanted, emit, stop)
        done = colorize_file(film.path, target, film.settings, encoding, transcoding, emit, stop)
    write_provenance(target, made)
    return done


def keys_of_others(film: FilmProject) -> set[str]:
    """The keys of shots that the other projects beside this one were made with."""
    others = (file for file in notes_beside(film.folder) if file != notes_file(film.folder, film.document.path))
    there = (file for file in others if (film.folder.parent / project_of(file)).is_file())
    return {note.key for file in there for note in read_notes(file).values()}


class _RehearsedError(Exception):
    """All that can be refused before a frame is written has been looked at."""


class _Rehearsal:
    """Stands for the colour while the writer is opened."""

    shots = 0

    def run(self, frames: Iterator[Held[DecodedFrame]]) -> Iterator[Colored[DecodedFrame]]:
        raise _RehearsedError

    def check_guides(self) -> None:
        """Nothing is written."""


def _rehearse(film: FilmProject, target: Path, encoding: Encoding, options: TranscodeOptions) -> None:
    """Raise what opening the writer raises: a folder that is not there, a stream that the container cannot hold."""
    rehearsed = replace(options, coloring=lambda stage_plan: _Rehearsal())
    with suppress(_RehearsedError):
        colorize_file(film.path, target, film.settings, encoding, rehearsed, ignore)


def _refuse_own_folders(film: FilmProject, target: Path) -> None:
    """Raise UsageError for a film to be written among what is made of the project."""
    for folder in (film.folder, sheets_folder(film.document.path)):
        if folder.resolve() in (target.resolve(), *target.resolve().parents):
            raise UsageError(f"{folder} belongs to the project", where=str(target), remedy="choose another folder")


def provenance_of(film: FilmProject, wanted: Selection, encoder: EncoderChoice) -> Provenance:
    """What a render of a film is made from and by."""
    project, places = film.document.project, range(len(film.entries))
    options = {name: value for name, value in film.settings.changes().items() if name != "log"}
    return Provenance(
        {"name": film.path.name, "content": film.index.identity.content},
        {name: str(value) for name, value in vars(choose(film.settings)).items()},
        options,
        {"codec": encoder.codec, "container": encoder.container, "options": dict(encoder.options),
         "subsampling": encoder.subsampling, "part": wanted.described()},
        tuple(_made_shot(film, project.shots[place], place) for place in places),
    )  # fmt: skip


def _made_shot(film: FilmProject, shot: Shot, place: int) -> MadeShot:
    entry = film.entries[place]
    content = film.index.content_of(entry.frames)
    seen = [film.keys[each] for each in film.seen_in(place)]
    made = identity(seen, content, shot.state, entry.saturation, film.settings.changes())
    painted = tuple(each for each in shot.references if isinstance(each, str))
    copies = tuple(each.film for each in shot.references if not isinstance(each, str))
    return MadeShot(shot.frames, shot.state, color_source(entry), painted, copies, len(shot.hints), made[:32])


def _changed(
    film: FilmProject, target: Path, wanted: Selection, made: Provenance, options: TranscodeOptions
) -> list[range] | None:
    """The frames that are to be written again; None: all."""
    if not wanted.is_whole or not options.overwrite:
        return None
    unchanged = unchanged_shots(target, made)
    return [entry.shot.range for entry in film.entries if entry.shot.frames not in unchanged] if unchanged else None


class _Stored:
    """Colour out of the store, for `TranscodeOptions.coloring`."""

    def __init__(self, film: FilmProject, wanted: Selection, stage_plan: StreamPlan) -> None:
        width, height = stage_plan.stage.working_size
        self._color = FilmColor(film.store, film.entries, film.keys, (height, width))
        self._film, self._wanted, self.shots = film, wanted, 0

    def run(self, frames: Iterator[Held[DecodedFrame]]) -> Iterator[Colored[DecodedFrame]]:
        """The wanted frames with their colour."""
        last, first = -1, self._film.index.first
        for held in frames:
            index = held.host.number - first
            place = self._color.place_of(index)
            if self._wanted.has(index, place):
                self.shots += place != last
                last = place
                yield held, self._color.frame(index)

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
