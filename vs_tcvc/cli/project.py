"""tcvc project: a film with all that a person decided about it, in one file that commands and people edit.

new makes it of a film; status lists its shots; render colours what changed and writes the film.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

ENDING = ".tcvc.yaml"


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("project", help="make and look at the project of a film", description=__doc__)
    parts = parser.add_subparsers(metavar="WHAT", required=True)
    _add_new(parts)


def _add_new(parts: Any) -> None:
    from vs_tcvc.settings import PROJECT_NEW, add_arguments

    parser = parts.add_parser("new", help="find the shots of a film", description="Look through a film, and write "
                              "its project: one line for each shot.")  # fmt: skip
    parser.add_argument("film", type=Path, metavar="FILM", help="a film, a folder of numbered pictures, or names such "
                        "as scan_%%06d.png")  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, metavar=f"FILE{ENDING}", help="the project to write (default: the "
                        "film's name, beside it)")  # fmt: skip
    add_arguments(parser, PROJECT_NEW)
    parser.set_defaults(run=_new)


def _new(arguments: argparse.Namespace) -> int:
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.errors import UsageError
    from vs_tcvc.film.new import look_through
    from vs_tcvc.project import document
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.runtime.words import counted
    from vs_tcvc.settings import PROJECT_NEW, from_arguments

    settings, film = from_arguments(arguments, PROJECT_NEW), arguments.film
    out = arguments.out or film.with_name(f"{film.stem}{ENDING}")
    if out.exists():
        raise UsageError("it exists", where=str(out), remedy="choose another name with {out}")
    with show_events(settings) as emit, stop_on_interrupt() as stop:
        project = look_through(film, settings, emit, stop, document.relative(film, out))
    document.write(document.new(out, project))
    print(f"{counted(len(project.shots), 'shot')}, in {out}; colour it with tcvc render {out} OUT")
    return 0
