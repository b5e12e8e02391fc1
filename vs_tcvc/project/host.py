"""A project in a host that brings the frames: its settings, and a session that colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vs_tcvc.backends import Chosen, choose
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.identity import identity
from vs_tcvc.errors import UsageError
from vs_tcvc.project import document
from vs_tcvc.project.colorist import Job
from vs_tcvc.project.document import Document
from vs_tcvc.project.known_films import KnownFilms, known_films_file
from vs_tcvc.project.notes import notes_file, read_notes
from vs_tcvc.project.on_demand import ProjectSession, go_on
from vs_tcvc.project.recipe import plan
from vs_tcvc.project.store import Store
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.runtime.atomic_files import make_folder
from vs_tcvc.runtime.events import Emit
from vs_tcvc.settings import Settings

FOLDER = ".tcvc"
"""Beside a project file, what is made of it: the store and more, all of which can be made again."""

DECIDED = ("reference", "cuts", "cut_threshold", "look", "saturation", "own_color", "reference_frame")
"""Options that a project says itself."""


def with_project(settings: Settings, has_references: bool = False) -> tuple[Document, Settings]:
    """The project that the option `project` names, and the settings with those of its film; the host's own go first.

    has_references: whether the host has references beside its settings. Raises UsageError for a file that is no
    project, and for what the project says itself.
    """
    given = settings.changes()
    said = {*given, "reference"} if has_references else {*given}
    twice = next((name for name in DECIDED if name in said), None)
    if twice:
        remedy = "write it into the project, or leave it out"
        raise UsageError(option=twice, expected="nothing beside {project}, which says it", got="both", remedy=remedy)
    found = document.read(Path(settings.project))
    return found, Settings.from_mapping({**found.project.settings, **given})


def network_of(settings: Settings, canvas: Canvas, chosen: Chosen | None = None) -> str:
    """What makes the colour of a project's shots, for `recipe.key_of`."""
    return identity(vars(chosen or choose(settings)), canvas.working_size, canvas.matrix)


def begin_session(
    found: Document, colorizer: Colorizer[Any], network: object, canvas: Canvas, frames: int | None, emit: Emit,
    check: Callable[[], None] = go_on,
) -> ProjectSession:  # fmt: skip
    """A session for a clip of so many frames, None if it is not known.

    check: as of `ProjectSession`. Raises UsageError if the project is of another size or length, or if no folder can be
    made beside it.
    """
    film = found.project.film
    if canvas.clip_size != film.size:
        size = "x".join(map(str, film.size))
        got = "x".join(map(str, canvas.clip_size))
        raise UsageError(option="project", expected=f"a clip of {size}, as of its film", got=got)
    if frames not in (None, film.frames):
        raise UsageError(option="project", expected=f"a clip of {film.frames} frames, as of its film", got=f"{frames}")
    folder = found.path.parent / FOLDER
    make_folder(folder)
    known = KnownFilms(known_films_file(folder, found.path), emit)
    job = Job(plan(found, known.content_of), canvas, film.first, folder)
    notes = read_notes(notes_file(folder, found.path))
    return ProjectSession(colorizer, job, network, Store(folder / "store"), notes, emit, check)
