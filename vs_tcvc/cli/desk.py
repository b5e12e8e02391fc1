"""tcvc desk: see a film in your browser, decide its colours, render what changed.

Everything that you do there is written into the film's project, film.tcvc.yaml, at once. Ctrl-C ends the desk.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading

    from vs_tcvc.runtime.events import Emit

LOCAL = "127.0.0.1"


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("desk", help="see a film in your browser and decide its colours", description=__doc__)
    parser.add_argument("film", type=Path, metavar="FILM|PROJECT", help="a film, whose project is used or made, or "
                        "film.tcvc.yaml")  # fmt: skip
    parser.add_argument("--host", default=LOCAL, metavar="ADDRESS", help=f"where it is served (default {LOCAL}: for "
                        "this machine alone; 0.0.0.0: for all that reach it and have its address)")  # fmt: skip
    parser.add_argument("--port", type=int, default=0, metavar="N", help="default: a free one")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument("--store", metavar="DIR|URL", help="where colour is kept (default: .tcvc beside the project)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the desk until Ctrl-C, then raise KeyboardInterrupt. Raises UsageError if that cannot be, and as `Desk`."""
    import signal

    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.runtime.words import say
    from vs_tcvc.settings import Settings

    try:
        from vs_tcvc.desk import server
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("nicegui"):
            raise
        raise UsageError("the desk needs NiceGUI", remedy="pip install '.[desk]' in the checkout") from None
    from vs_tcvc.desk.session import Desk
    from vs_tcvc.project import document
    from vs_tcvc.project.store import Store

    with server.listen(arguments.host, arguments.port) as listening, stop_on_interrupt(signal.SIGTERM) as stop:
        address = server.address_of(listening)
        with show_events(Settings()) as emit:
            found = document.read(_project(arguments.film, emit, stop))
            desk = Desk(found, Store(arguments.store) if arguments.store else None, emit, stop)
        try:
            if server.is_for_others(listening):
                say(server.warning(address))
            app = server.application(desk)
            server.serve(app, listening, address, stop, lambda: _tell(address.url, arguments.no_browser))
        finally:
            desk.close()
        raise KeyboardInterrupt


def _project(film: Path, emit: Emit, stop: threading.Event) -> Path:
    """The project of what was named; it is made if there is none."""
    from vs_tcvc.cli.project import ENDING, make_project, project_file
    from vs_tcvc.runtime.events import Event
    from vs_tcvc.settings import Settings

    if film.name.endswith(ENDING):
        return film
    project = project_file(film)
    if not project.exists():
        emit(Event("project", make_project(film, project, Settings(), emit, stop)))
    return project


def _tell(url: str, no_browser: bool) -> None:
    """Print where the desk is, and open it."""
    import threading
    import webbrowser
    from contextlib import suppress

    print(url, flush=True)
    with suppress(webbrowser.Error):
        browser = webbrowser.get()
        has_window = type(browser) is not webbrowser.GenericBrowser  # one of those fills the terminal
        if has_window and not no_browser:
            threading.Thread(target=browser.open, args=(url,), daemon=True).start()
