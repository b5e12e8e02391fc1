"""Exit codes of commands: one sentence on stderr, no tracebacks for a user's mistakes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from vs_tcvc.errors import TcvcError, as_flag

INTERRUPTED = 130


def run(program: str, body: Callable[[], int], name_of: Callable[[str], str] = as_flag) -> int:
    """Run a command's body and return its exit code.

    A TcvcError becomes one sentence on stderr, with options as `name_of` spells them, and its own code; Ctrl-C is 130;
    if the reader of our output closes it, the command ends silently with 0. Other exceptions are bugs and keep their
    traceback.
    """
    try:
        return body()
    except TcvcError as error:
        print(f"{program}: {error.sentence(name_of)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return 0


def _forget_stdout() -> None:
    """Let the interpreter flush to the null device at exit, not to the closed pipe."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
