"""tcvc render: a film's project becomes a film in colour; only shots whose colour is not stored are coloured."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from ffmpeg_filters.color_stage import Colored, Held
from ffmpeg_filters.decoder import DecodedFrame
from ffmpeg_filters.encoder_choice import EncoderChoice, Encoding
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.transcode import Rejoin, Summary, TranscodeOptions, check_targets, colorize_file
from vs_tcvc.backends import choose, load_colorizer
from vs_tcvc.core.identity import identity
from vs_tcvc.errors import MissingShotError, UsageError
from vs_tcvc.film.coloring import color_shots
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.provenance import MadeShot, Provenance, unchanged_shots, write_provenance
from vs_tcvc.film.selection import Selection
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.recipe import color_source
from vs_tcvc.project.reference_names import sheets_folder
from vs_tcvc.project.schema import Shot
from vs_tcvc.runtime.atomic_files import make_folder
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.words import counted

_MOST_LISTED = 12
_LOOK_AGAIN_SECONDS = 0.2


def color_film(film: FilmProject, wanted: Selection, emit: Emit, stop: threading.Event) -> list[int]:
    """Colour the wanted shots that are not in the store yet, with an event that says why; returns their places.

    One program colours a project at a time; another one waits, with an event, and then finds the shots in the store.
    """
    film.check_unchanged()
    make_folder(film.folder)
    with _alone(film.folder / f"{film.document.path.name}.lock", emit, stop):
        missing = film.missing(wanted)
        total = sum(1 for place in wanted.seen(film.entries) if place in film.keys)
        text = f"{counted(len(missing), 'shot')} of {total} to colour" if missing else "all shots are coloured"
        emit(Event("shots", text, {"to_color": [place + 1 for place in missing], "shots": total}))
        for text, places in film.reasons(missing).items():
            emit(Event("reason", f"{numbered(places)}: {text}", {"shots": [place + 1 for place in places]}))
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


def numbered(places: Sequence[int]) -> str:
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
    encoder = check_render(film, target, encoding, options)
    options = replace(options, inputs=film.inputs(), **film.reading())
    color_film(film, wanted, emit, stop)
    made = provenance_of(film, wanted, encoder)
    changed = _changed(film, target, wanted, made, options)
    transcoding = replace(
        options, coloring=lambda stage_plan: _Stored(film, wanted, stage_plan),
        part=None if wanted.is_whole else sum(1 for _ in wanted.indices(film.entries)),
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


def check_render(film: FilmProject, target: Path, encoding: Encoding, options: TranscodeOptions) -> EncoderChoice:
    """The encoder that `render` takes. Raises what it refuses before anything is coloured; no picture is written."""
    options = replace(options, inputs=film.inputs(), **film.reading())
    _, encoders = check_targets(film.path, target, encoding, options, options.inputs)
    refuse_own_folders(film, target)
    _rehearse(film, target, encoding, options)
    return encoders[0]


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


def refuse_own_folders(film: FilmProject, target: Path) -> None:
    """Raise UsageError for a film or a folder to be written among what is made of the project."""
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
