"""tcvc render: colour what changed in a project, and write the film.

The colour of every shot is kept beside the project; a shot is coloured again only if what it is made of has changed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.cli.colorize import add_encoding, add_selection
    from vs_tcvc.settings import RENDER

    parser = commands.add_parser("render", help="colour and write the film of a project", description=__doc__)
    parser.add_argument("file", type=Path, metavar="PROJECT", help="film.tcvc.yaml")
    parser.add_argument("out", type=Path, nargs="?", metavar="OUT", help="the film to write, or numbered pictures")
    group = parser.add_argument_group("what")
    add_selection(group)
    group.add_argument("--colour-only", "--color-only", dest="color_only", action="store_true",
                       help="colour what changed, and write no film")  # fmt: skip
    group = parser.add_argument_group("files")
    group.add_argument("--store", metavar="DIR|URL", help="where colour is kept (default: .tcvc beside the project)")
    group.add_argument("--overwrite", action="store_true", help="replace files that exist")
    group.add_argument("--leave-out", action="store_true",
                       help="drop streams that the output cannot hold, instead of stopping")  # fmt: skip
    add_encoding(parser)
    add_arguments(parser, RENDER)
    parser.set_defaults(run=run, names={"options": "--encoder-option"})


def run(arguments: argparse.Namespace) -> int:
    """Colour and write. Returns 130 after Ctrl-C; shots that are coloured by then stay."""
    from ffmpeg_filters.encoder_choice import PICTURES
    from ffmpeg_filters.transcode import TranscodeOptions
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.colorize import encoding_of
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.errors import UsageError
    from vs_tcvc.film.film_project import FilmProject
    from vs_tcvc.film.render import color_film, render
    from vs_tcvc.film.selection import select
    from vs_tcvc.film.sheets import adopt
    from vs_tcvc.project import document
    from vs_tcvc.project.store import Store
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.runtime.numbered_files import target_path
    from vs_tcvc.settings import RENDER, Settings

    if (arguments.out is None) != arguments.color_only:
        got = "both" if arguments.color_only else "neither"
        raise UsageError(expected="OUT, the film to write, or --colour-only", got=got)
    own = from_arguments(arguments, RENDER)
    project = document.read(arguments.file)
    settings = Settings.from_mapping({**project.project.settings, **own.changes()})
    store = Store(arguments.store) if arguments.store else None
    with show_events(settings) as emit, stop_on_interrupt() as stop:
        film = adopt(FilmProject(project, settings, store, emit=emit, stop=stop), emit)
        wanted = select(film.document.project, arguments.shots, arguments.frames)
        if arguments.color_only:
            color_film(film, wanted, emit, stop)
            return 0
        target = target_path(arguments.out, film.path, PICTURES)
        options = TranscodeOptions(overwrite=arguments.overwrite, leave_out=arguments.leave_out)
        render(film, target, wanted, encoding_of(arguments), options, emit, stop)
    return 0
