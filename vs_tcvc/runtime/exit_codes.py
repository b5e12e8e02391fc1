"""Exit codes of commands: one sentence on stderr, no tracebacks for a user's mistakes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from vs_tcvc.errors import TcvcError, as_flag
from vs_tcvc.runtime.interrupt import INTERRUPTED as INTERRUPTED
from vs_tcvc.runtime.refusals import said_in_words
from vs_tcvc.runtime.words import say


class VideoClosedError(Exception):
    """The program that reads our video has closed it."""


def run(program: str, body: Callable[[], int], name_of: Callable[[str], str] = as_flag) -> int:
    """Run a command's body and return its exit code.

    A TcvcError, and what the system refuses, become one sentence on stderr, with options as `name_of` spells them, and
    the error's code; Ctrl-C is 130.
    A reader who has enough ends a command silently: with 0 if it read video, and with 1 if it read words, which are
    then incomplete. Other exceptions are bugs and keep their traceback.
    """
    try:
        with said_in_words():
            code = body()
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
    except TcvcError as error:
        say(f"{program}: {error.sentence(name_of)}")
        return error.exit_code
    except KeyboardInterrupt:
        say(f"{program}: interrupted")
        return INTERRUPTED
    except VideoClosedError:
        return 0
    except BrokenPipeError:
        _forget_stdout()
        return 1


def _forget_stdout() -> None:
    """Let the interpreter flush to the null device at exit, not to the closed pipe."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
