"""tcvc cuts: print the first frames of the shots of a cut list, in the form other programs read: 1001,1049,1101."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("cuts", help="print the cuts of an EDL, a timeline or a list", description=__doc__)
    parser.add_argument("file", metavar="FILE", help="an EDL, a timeline (.otio) or a text file of first frames")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first frame (default 0)")
    parser.add_argument("--rate", default="", metavar="FPS", help="frame rate of an EDL, which does not contain it")
    parser.set_defaults(run=run, names={"cuts": "FILE"})


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout. Raises UsageError for a file that is not a cut list."""
    from vs_tcvc.cuts.rules import ListedCuts, from_settings
    from vs_tcvc.errors import UsageError
    from vs_tcvc.settings import Settings

    is_edl = arguments.file.lower().endswith(".edl")
    rule = from_settings(
        Settings(cuts=f"{arguments.file}@{arguments.rate}" if is_edl and arguments.rate else arguments.file)
    )
    if not isinstance(rule, ListedCuts):
        raise UsageError(f"expected a file, got {arguments.file!r}")
    print(",".join(str(arguments.first + frame) for frame in sorted(rule.frames)))
    return 0
