"""tcvc report: the page of a film as one file, for people without tcvc.

Every shot with a picture, its confidence and what should be looked at, worst first.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("report", help="write the page of a film's shots", description=__doc__)
    parser.add_argument("project", type=Path, metavar="PROJECT", help="film.tcvc.yaml")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.html", help="default: the project's name, beside it")
    parser.add_argument("--store", metavar="DIR|URL", help="where colour is kept (default: .tcvc beside the project)")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the page."""
    import time

    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.cli.project import ENDING, open_film
    from vs_tcvc.errors import UsageError
    from vs_tcvc.film.page import render
    from vs_tcvc.film.report import page_of
    from vs_tcvc.references.input_files import refuse_to_replace_inputs
    from vs_tcvc.runtime.atomic_files import whole_file
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.settings import Settings

    out = arguments.out or arguments.project.with_name(arguments.project.name.removesuffix(ENDING) + ".html")
    if out.exists() and not arguments.overwrite:
        raise UsageError("it exists", where=str(out), remedy="choose another file, or pass {overwrite}")
    with show_events(Settings()) as emit, stop_on_interrupt() as stop:
        film = open_film(arguments, emit, stop)
        refuse_to_replace_inputs([out], [film.path, *film.inputs()])
        page = page_of(film, time.strftime("%Y-%m-%d"), emit, stop)
        with whole_file(out) as file:
            file.write(render(page).encode())
    print(f"{out}: open it in a browser")
    return 0
