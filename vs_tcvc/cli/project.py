"""tcvc project: a film with all that a person decided about it, in one file that commands and people edit.

new makes it of a film; status lists its shots; render colours what changed and writes the film.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from fractions import Fraction

    from vs_tcvc.film.film_project import FilmProject
    from vs_tcvc.runtime.events import Emit
    from vs_tcvc.settings import Settings

ENDING = ".tcvc.yaml"


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("project", help="make and look at the project of a film", description=__doc__)
    parts = parser.add_subparsers(metavar="WHAT", required=True)
    _add_new(parts)
    _add_status(parts)
    _add_references(parts)
    _add_clean(parts)


def _add_new(parts: Any) -> None:
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import PROJECT_NEW

    parser = parts.add_parser("new", help="find the shots of a film", description="Look through a film, and write "
                              "its project: one line for each shot.")  # fmt: skip
    parser.add_argument("film", type=Path, metavar="FILM", help="a film, a folder of numbered pictures, or names such "
                        "as scan_%%06d.png")  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, metavar=f"FILE{ENDING}", help="the project to write (default: the "
                        "film's name, beside it)")  # fmt: skip
    parser.add_argument("--no-scenes", action="store_true", help="do not look for scenes")
    parser.add_argument("--rate", metavar="FPS", help="frame rate of numbered pictures (default 24)")
    parser.add_argument("--interlaced", action="store_true", help="treat interlaced frames as progressive")
    add_arguments(parser, PROJECT_NEW)
    parser.set_defaults(run=_new)


def _new(arguments: argparse.Namespace) -> int:
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.runtime.rates import read_rate
    from vs_tcvc.settings import PROJECT_NEW

    settings, film = from_arguments(arguments, PROJECT_NEW), arguments.film
    out = arguments.out or project_file(film)
    if out.exists():
        raise UsageError("it exists", where=str(out), remedy="choose another name with {out}")
    with show_events(settings) as emit, stop_on_interrupt() as stop:
        rate = read_rate(arguments.rate) if arguments.rate else None
        made = make_project(film, out, settings, emit, stop, rate, arguments.interlaced, not arguments.no_scenes)
    print(f"{made}; colour it with tcvc render {out} OUT")
    return 0


def project_file(film: Path) -> Path:
    """Where the project of a film is, if nobody says otherwise."""
    return film.with_name(f"{film.stem}{ENDING}")


def make_project(
    film: Path, out: Path, settings: Settings, emit: Emit, stop: threading.Event, rate: Fraction | None = None,
    interlaced: bool = False, with_scenes: bool = True,
) -> str:  # fmt: skip
    """Look through a film and write its project; returns what was made, in words. Raises as `look_through`."""
    from ffmpeg_filters.film_index import write_index
    from vs_tcvc.film.film_project import index_file
    from vs_tcvc.film.new import look_through
    from vs_tcvc.project import document
    from vs_tcvc.project.host import FOLDER
    from vs_tcvc.runtime.atomic_files import make_folder
    from vs_tcvc.runtime.words import counted

    named = document.relative(film, out)
    folder = out.parent / FOLDER
    make_folder(folder)
    for_scenes = folder if with_scenes else None
    project, index = look_through(film, settings, emit, stop, named, rate, interlaced, for_scenes)
    write_index(index, index_file(folder, out))
    document.write(document.new(out, project))
    return f"{counted(len(project.shots), 'shot')}, in {out}"


def _add_status(parts: Any) -> None:
    parser = parts.add_parser("status", help="what of the film is coloured, and what is not",
                              description="List the shots of a project.")  # fmt: skip
    parser.add_argument("project", type=Path, metavar="PROJECT", help=f"film{ENDING}")
    parser.add_argument("--store", metavar="DIR|URL", help="where colour is kept (default: .tcvc beside the project)")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_status)


def _status(arguments: argparse.Namespace) -> int:
    import json

    from vs_tcvc.cli.table import as_columns
    from vs_tcvc.film.status import HEADINGS, status_of
    from vs_tcvc.runtime.words import counted

    film = open_film(arguments)
    rows = status_of(film)
    if arguments.json:
        print(json.dumps({"film": str(film.path), "shots": [row.values() for row in rows]}, indent=1))
        return 0
    print(as_columns([HEADINGS, *(row.cells() for row in rows)]))
    left = sum(1 for row in rows if row.is_done is False)
    print(f"{counted(len(rows), 'shot')}, {left} to colour" if left else f"{counted(len(rows), 'shot')}, all coloured")
    return 0


def _add_references(parts: Any) -> None:
    parser = parts.add_parser(
        "references", help="write a picture of each shot to paint over",
        description="Write a coloured picture of every shot that has no reference, and take those that were painted "
        "over as references.",
    )  # fmt: skip
    parser.add_argument("project", type=Path, metavar="PROJECT", help=f"film{ENDING}")
    parser.add_argument("--shots", default="", metavar="3,7-9", help="only these shots, counted from 1")
    parser.set_defaults(run=_references, store=None)


def _references(arguments: argparse.Namespace) -> int:
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.film.selection import select
    from vs_tcvc.film.sheets import adopt, write_sheets
    from vs_tcvc.project.reference_names import sheets_folder
    from vs_tcvc.runtime.words import counted

    film = open_film(arguments)
    with show_events(film.settings) as emit:
        film = adopt(film, emit)
        wanted = select(film.document.project, arguments.shots).shots
        places = [
            place for place, entry in enumerate(film.entries)
            if entry.recipe and not entry.recipe.own.pictures and (wanted is None or place in wanted)
        ]  # fmt: skip
        folder = sheets_folder(film.document.path)
        written = list(write_sheets(film, folder, places, emit))
    print(f"{counted(len(written), 'new picture')} in {folder}; paint over those that should change, then give "
          f"tcvc render {arguments.project} OUT")  # fmt: skip
    return 0


def _add_clean(parts: Any) -> None:
    parser = parts.add_parser("clean", help="remove stored colour that the project does not use",
                              description="Remove stored colour that the project does not use.")  # fmt: skip
    parser.add_argument("project", type=Path, metavar="PROJECT", help=f"film{ENDING}")
    parser.add_argument("--store", metavar="DIR|URL", help="where colour is kept (default: .tcvc beside the project)")
    parser.add_argument("--keep", type=float, default=0.0, metavar="GB",
                        help="leave so much of it, the newest (default 0)")  # fmt: skip
    parser.set_defaults(run=_clean)


def _clean(arguments: argparse.Namespace) -> int:
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.words import counted

    if not 0 <= arguments.keep < float("inf"):
        raise UsageError(option="keep", expected="gigabytes from 0", got=f"{arguments.keep:g}")
    from vs_tcvc.film.film_project import keys_of_others

    film = open_film(arguments)
    removed = film.store.prune(round(arguments.keep * 1e9), {*film.keys.values(), *keys_of_others(film)})
    print(f"{counted(len(removed), 'shot')} removed, {film.store.size() / 1e9:.2f} GB left in {film.store.url}")
    return 0


def open_film(
    arguments: argparse.Namespace, emit: Emit | None = None, stop: threading.Event | None = None
) -> FilmProject:  # fmt: skip
    """The film of a project, by the arguments `project` and `store`."""
    from vs_tcvc.film.film_project import FilmProject
    from vs_tcvc.project import document
    from vs_tcvc.project.store import Store
    from vs_tcvc.runtime.events import ignore

    project = document.read(arguments.project)
    store = Store(arguments.store) if arguments.store else None
    return FilmProject(project, project.project.core_settings(), store, emit=emit or ignore, stop=stop)
