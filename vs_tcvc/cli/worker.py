"""tcvc worker: colour the numbered pictures of a job file, for Nuke, Resolve and render farms.

Events go to stdout, one line of JSON each. Exit codes: 0 done, 1 error, 2 cancelled by SIGTERM or the job's file
`cancel`, 130 by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import signal
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("worker", help="colour the pictures of a job file", description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--job", type=Path, required=True, metavar="FILE", help="job file, JSON")
    parser.add_argument("--openjd", action="store_true", help="also report progress in Open Job Description's format")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the job; returns DONE, FAILED, CANCELLED or INTERRUPTED."""
    from vs_tcvc.runtime.exit_codes import INTERRUPTED
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.runtime.stdout import take_stdout
    from vs_tcvc.runtime.words import Words
    from vs_tcvc.sequences.events import ProtocolLines
    from vs_tcvc.sequences.job import Job
    from vs_tcvc.sequences.worker import CANCELLED, work

    with stop_on_interrupt(signal.SIGTERM) as stop, closing(Words(os.fdopen(take_stdout(), "w"))) as stream:
        code = work(partial(Job.read, arguments.job), ProtocolLines(stream, arguments.openjd), stop)
    return INTERRUPTED if code == CANCELLED and stop.signal == signal.SIGINT else code
