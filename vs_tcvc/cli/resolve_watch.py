"""tcvc resolve-watch: colour what TCVC Send of DaVinci Resolve's free edition renders into a folder.

It runs until Ctrl-C. Set FOLDER in TCVC Send.lua to the same folder; TCVC Receive imports the result.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading

    from vs_tcvc.runtime.events import Emit
    from vs_tcvc.sequences.resolve_watch import WatchOptions

_SECONDS = 1.0


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import RESOLVE_WATCH

    parser = commands.add_parser("resolve-watch", help="colour what Resolve's free edition sends", description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that is also FOLDER in TCVC Send.lua")
    parser.add_argument("--colorspace", default="srgb_texture", metavar="NAME",
                        help="OpenColorIO name of the plates' colour space (default srgb_texture)")  # fmt: skip
    parser.add_argument("--edits", action="store_true", help="use the timeline's edits as cuts, without detection")
    parser.add_argument("--once", action="store_true", help="colour what is waiting, then end")
    add_arguments(parser, RESOLVE_WATCH)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch the folder until Ctrl-C, then raise KeyboardInterrupt. Raises UsageError if it does not exist."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.event_lines import lines_for
    from vs_tcvc.runtime.events import Event
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.sequences.job import settings_of
    from vs_tcvc.sequences.resolve_watch import WatchOptions
    from vs_tcvc.settings import RESOLVE_WATCH

    if not arguments.folder.is_dir():
        raise UsageError(f"expected a folder, found none named {arguments.folder}; create it")
    settings = from_arguments(arguments, RESOLVE_WATCH)
    options = WatchOptions(arguments.colorspace, arguments.edits, settings_of(settings))
    emit = lines_for(settings.log)
    folder = arguments.folder.resolve()
    emit(Event("watching", f"in TCVC Send.lua: local FOLDER = [[{folder.as_posix()}]]", {"folder": str(folder)}))
    with stop_on_interrupt() as stop:
        while not stop.is_set():
            _colorize_waiting(folder, options, emit, stop)
            if arguments.once:
                break
            stop.wait(_SECONDS)
        if stop.is_set():
            raise KeyboardInterrupt
    return 0


def _colorize_waiting(folder: Path, options: WatchOptions, emit: Emit, stop: threading.Event) -> None:
    from vs_tcvc.runtime.events import Event
    from vs_tcvc.sequences.resolve_watch import colorize, find_waiting

    for timeline in find_waiting(folder):
        if not stop.is_set():
            emit(Event("begun", f"{timeline.stem} is coloured", {"name": timeline.stem}))
            trouble = colorize(timeline, options, emit, stop)
            if trouble:
                emit(Event("failed", f"{timeline.stem}: {trouble}", {"name": timeline.stem, "msg": trouble}))
