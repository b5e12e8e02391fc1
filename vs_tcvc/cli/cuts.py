"""tcvc cuts: find the cuts of a film, or read them from a list, and print or write them.

Printed are the first frames of the shots, in the form other programs read: 1001,1049,1101. A file of them (.csv, an EDL
or a timeline) can be corrected by hand or in an editing program, and given to --cuts.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vs_tcvc.cuts.writing import FilmCuts


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.runtime.command_line import file_name
    from vs_tcvc.settings import CUTS

    parser = commands.add_parser("cuts", help="find the cuts of a film, or read a list of cuts",
                                 description=__doc__)  # fmt: skip
    parser.add_argument("file", type=file_name, metavar="FILE",
                        help="a film, or a cut list of any program: EDL, timeline (.otio), table, text")  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write .csv, .edl or .otio instead of printing")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    parser.add_argument("--first", type=int, metavar="N",
                        help="number of the first frame, where printed (default: that of the first picture, "
                             "otherwise 0)")  # fmt: skip
    parser.add_argument("--rate", default="", metavar="FPS",
                        help="frame rate of numbered pictures, or of a list in times, which lacks it")  # fmt: skip
    add_arguments(parser, CUTS)
    parser.set_defaults(run=run, names={"file": "FILE"})


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout, or write the file. Raises UsageError for a file that is neither a film nor a cut list."""
    from vs_tcvc.cuts.lists import is_list
    from vs_tcvc.cuts.writing import write_cuts
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.words import counted

    out: Path | None = arguments.out
    if out and out.exists() and not arguments.overwrite:
        raise UsageError("it exists", where=str(out), remedy="choose another file, or pass {overwrite}")
    first = 0
    if not is_list(arguments.file):
        found = _of_film(arguments)
        frames, first = found.starts, found.first
    elif out:
        raise UsageError(f"{arguments.file}: expected a film, whose length a list is written with, got a list")
    else:
        frames = _listed(arguments)
    if out:
        write_cuts(out, found)
        print(f"{counted(len(frames), 'shot')}, in {out}; use them with --cuts {out}")
    else:
        first = first if arguments.first is None else arguments.first
        print(",".join(str(first + frame) for frame in frames))
    return 0


def _listed(arguments: argparse.Namespace) -> tuple[int, ...]:
    """First frames in a list, from 0."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.cuts.rules import ListedCuts, from_settings
    from vs_tcvc.errors import UsageError
    from vs_tcvc.settings import CUTS

    takes_rate = arguments.rate and Path(arguments.file).is_file()
    name = f"{arguments.file}@{arguments.rate}" if takes_rate else arguments.file
    settings = replace(from_arguments(arguments, CUTS), cuts=name)
    try:
        with show_events(settings) as emit:
            rule = from_settings(settings, emit=emit)
    except UsageError as error:
        error.option = "file"
        raise
    if not isinstance(rule, ListedCuts):
        raise UsageError(f"expected a file, got {arguments.file!r}")
    return tuple(sorted(rule.frames))


def _of_film(arguments: argparse.Namespace) -> FilmCuts:
    """The cuts that `tcvc colorize` finds in a film."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.info import look_through, open_film
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.cuts.writing import FilmCuts
    from vs_tcvc.runtime.rates import read_rate
    from vs_tcvc.settings import CUTS

    settings = from_arguments(arguments, CUTS)
    rate = read_rate(arguments.rate) if arguments.rate else None
    with show_events(settings) as emit, open_film(Path(arguments.file), settings, emit, rate) as film:
        seen, starts = look_through(film, settings, emit, reads_all=True)
        from_zero = tuple(start - film.first for start in starts)
        return FilmCuts(from_zero, seen.frames, Fraction(*film.header.rate), Path(arguments.file).name, film.first)
