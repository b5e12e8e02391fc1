"""A program from its first line to its last: its streams, its signals, its end.

Installed programs begin here, before they import anything large.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from vs_tcvc.errors import TcvcError
from vs_tcvc.runtime.interrupt import end_at_signals
from vs_tcvc.runtime.stdout import keep_stdout_apart
from vs_tcvc.runtime.words import Words, say


def enter(main: Callable[[], int]) -> NoReturn:
    """Run a program and end the process with its exit code, 1 after an exception or for words that cannot be written.

    The interpreter is not torn down: native threads of libraries would abort the process.
    """
    secure_streams()
    end_at_signals()
    _refuse_a_deleted_folder()
    try:
        code = main()
    except SystemExit as error:  # argparse
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    try:
        sys.stdout.flush()
    except (OSError, ValueError, TcvcError) as error:
        if not code and not isinstance(error, BrokenPipeError):
            say(f"tcvc: {error}")
        code = code or 1
    os._exit(code)


def _refuse_a_deleted_folder() -> None:
    """End a program whose working folder is gone: libraries, and names of files, count from it."""
    try:
        os.getcwd()
    except OSError:
        say("tcvc: expected a working folder, found it deleted; change to another one")
        os._exit(1)


def secure_streams() -> None:
    """Open the streams that are closed, so that no file of ours takes their place; stderr drops what nobody hears.

    A closed stdin is empty, and a closed stdout refuses everything. All wait until there is data, or room.
    """
    for descriptor, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        _open_if_closed(descriptor, flags)
        with suppress(OSError):  # a host may have made it non-blocking, for its own end
            os.set_blocking(descriptor, True)
    keep_stdout_apart()
    heard: Any = Words(sys.stderr)
    sys.stderr = heard


def _open_if_closed(descriptor: int, flags: int) -> None:
    try:
        os.fstat(descriptor)
        return
    except OSError:
        pass
    with suppress(OSError):
        opened = os.open(os.devnull, flags)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        os.set_inheritable(descriptor, True)
