"""Stdout for data only, although libraries print: in our programs and in hosts.

A program's stdout is on a descriptor of its own from its first line on. What native code prints on descriptor 1, also
what the C library holds back until the process ends, goes to stderr. A host such as vspipe writes the film on
descriptor 1 itself, at any time and on any thread, so that stays; but it holds C's `stdout`, which libraries look up
whenever they print.
"""

from __future__ import annotations

import ctypes
import io
import os
import sys
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from vs_tcvc.errors import TcvcError
from vs_tcvc.runtime.process_setting import ProcessSetting
from vs_tcvc.runtime.same_file import identity_of

_own: list[int] = []
"""Descriptors of stdout that this program has beside 1."""


def keep_stdout_apart() -> None:
    """Give `sys.stdout` a descriptor of its own and turn descriptor 1 into stderr; a program calls this first."""
    before: Any = sys.stdout
    encoding, errors = (getattr(before, name, None) for name in ("encoding", "errors"))
    own = os.dup(1)
    _own.append(own)
    os.dup2(2, 1)
    if os.isatty(own):
        sys.stdout = open(own, "w", 1, encoding, errors)  # noqa: SIM115
    else:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Checked(own, "w")), encoding, errors)


class _Checked(io.FileIO):
    """Raises TcvcError if it cannot be written, and BrokenPipeError if its reader has closed it."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            problem = f"stdout cannot be written ({error.strerror})"
            raise TcvcError(problem, remedy="write elsewhere, or free disk space") from None


def take_stdout() -> int:
    """A file descriptor of stdout for the caller only; a program calls this once.

    Until the process ends, everything else that is printed on stdout goes to stderr.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        own = os.dup(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):  # there is none, or it has no descriptor
        own = os.dup(1)
    _own.append(own)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return own


def identities_of_streams() -> set[Hashable]:
    """What stdout and stderr are, as `same_file.identity_of` has it; of the null device nothing."""
    return {identity_of(descriptor) for descriptor in (1, 2, *_own)} - {identity_of(Path(os.devnull)), None}


@contextmanager
def own_prints_to_stderr() -> Iterator[None]:
    """Inside the block, prints of this thread go to stderr; the host's stdout and other threads are unaffected.

    Prints of native code do, too, as in `native_prints_to_stderr`.
    """
    before = sys.stdout
    if before is None or sys.stderr is None:  # as in a host with a GUI
        yield
        return
    stand_in: Any = _StdoutOfOthers(before)
    sys.stdout = stand_in
    try:
        with native_prints_to_stderr():
            yield
    finally:
        if sys.stdout is stand_in:
            sys.stdout = before


def _c_streams() -> tuple[Any, int] | None:
    """C's variable `stdout` and the stream `stderr`; None where C has no such variables."""
    try:
        library = ctypes.CDLL(None)
        return ctypes.c_void_p.in_dll(library, "stdout"), ctypes.c_void_p.in_dll(library, "stderr").value or 0
    except (OSError, TypeError, ValueError):  # macOS and Windows name them otherwise
        return None


def _native_prints() -> Callable[[], AbstractContextManager[None]]:
    streams = _c_streams()
    if streams is None:
        return nullcontext
    stdout, stderr = streams
    return ProcessSetting(stderr, lambda: stdout.value, partial(setattr, stdout, "value")).ours


native_prints_to_stderr = _native_prints()
"""Inside the block, what native code of this process prints through C's `stdout` goes to stderr, on every thread; a
host that has taken hold of the stream before, or writes on the descriptor, is unaffected. Linux only."""


class _StdoutOfOthers:
    """The host's stdout for all threads except the one that created this, for which it is stderr."""

    def __init__(self, host: Any) -> None:
        self._host, self._thread = host, threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr if threading.get_ident() == self._thread else self._host, name)
