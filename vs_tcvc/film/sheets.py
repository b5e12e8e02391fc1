"""Pictures to paint over: one of each shot, as it is coloured; those that were painted become references.

A picture is known as untouched by its content: what was written, or was taken as a reference, is noted beside the
pictures. Other pictures in the folder are nobody's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ffmpeg_filters.color_stage import color_png
from vs_tcvc.backends import load_colorizer
from vs_tcvc.core.shot import Reference
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.project import document, edits, reference_names
from vs_tcvc.project.colorist import ShotColorist
from vs_tcvc.project.document import Document
from vs_tcvc.runtime.atomic_files import make_folder, whole_file
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.file_hash import sha256_of

NOTES = ".untouched.json"
NAME = "shot{shot:03d}_frame{frame:06d}.png"


@dataclass(frozen=True)
class Sheet:
    """A picture that was written. place: of its shot; frame: the film's own number."""

    place: int
    frame: int
    path: Path


def write_sheets(film: FilmProject, folder: Path, places: list[int], emit: Emit) -> Iterator[Sheet]:
    """Write a picture of each of the shots into the folder; one that is there is left as it is.

    The picture is of the frame that is coloured first. Raises OSError and UsageError as `whole_file`.
    """
    make_folder(folder, "out")
    untouched = {**_notes(folder)}
    colorizer, _ = load_colorizer(film.settings, emit)
    first = film.document.project.film.first
    with film.reader() as reader, film.reader() as elsewhere:
        colorist = ShotColorist(colorizer, film.job(places, emit, threading.Event()), elsewhere.gray, emit)
        for place in places:
            recipe = film.entries[place].recipe
            if recipe is None:
                continue
            own = _own(colorist.references(place, reader.gray), recipe.colored)
            path = folder / NAME.format(shot=place + 1, frame=first + own.frame)
            if path.exists():
                continue
            held = next(reader.read(range(own.frame, own.frame + 1)))[1]
            with whole_file(path) as file:
                file.write(color_png(film.plan, held, own.ab))
            untouched[path.name] = sha256_of(path)
            _write_notes(folder, untouched)
            yield Sheet(place, first + own.frame, path)


def adopt(film: FilmProject, emit: Emit) -> FilmProject:
    """The film with the pictures that were painted over as references: in its project's file, each with an event.

    Raises as `document.write`.
    """
    folder = reference_names.sheets_folder(film.document.path)
    changed, found = adopt_painted(film.document, folder)
    if not found:
        return film
    for each in found:
        text = f"{each.path} was painted: it is a reference of shot {each.place + 1} from now on"
        emit(Event("painted", text, {"file": str(each.path), "shot": each.place + 1}))
    written = document.write(changed)
    note_adopted(folder, found)
    return film.edited(written)


def adopt_painted(document: Document, folder: Path) -> tuple[Document, list[Sheet]]:
    """The project with every picture of the folder that was painted over as a reference of its shot, and those.

    Each counts once: who removes the reference again gets it back by painting on. Shots that are locked, or not
    coloured, are left as they are.
    """
    notes, found = {**_notes(folder)}, list[Sheet]()
    shots = document.project.shots
    named = {path.resolve() for shot in shots for path in _named(document, shot.references)}
    for name, noted in sorted(notes.items()):
        path, frame = folder / name, reference_names.frame_of(name)
        place = next((n for n, shot in enumerate(shots) if frame in shot.range), None)
        if frame is None or place is None or not path.is_file() or sha256_of(path) == noted:
            continue
        if path.resolve() in named or folder.resolve() in named:
            continue
        if shots[place].locked or shots[place].state != "color":
            continue
        document = document.edited(edits.add_reference, place, document.relative(path))
        found.append(Sheet(place, frame, path))
    return document, found


def note_adopted(folder: Path, adopted: list[Sheet]) -> None:
    """Note that pictures have been taken as references, once the project says so."""
    if adopted:
        _write_notes(folder, {**_notes(folder), **{each.path.name: sha256_of(each.path) for each in adopted}})


def _own(references: tuple[Reference, ...], frames: range) -> Reference:
    """The first reference of the shot's own frames; there always is one."""
    return min((each for each in references if each.frame in frames), key=lambda each: each.frame)


def _named(document: Document, references: tuple[object, ...]) -> Iterator[Path]:
    for each in references:
        if isinstance(each, str):
            yield document.resolve(reference_names.split(each)[0])


def _notes(folder: Path) -> Mapping[str, str]:
    """SHA-256 of the pictures as they were written, by name."""
    try:
        notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def _write_notes(folder: Path, notes: Mapping[str, str]) -> None:
    with whole_file(folder / NOTES) as file:
        file.write(json.dumps(notes, indent=0, sort_keys=True).encode())
