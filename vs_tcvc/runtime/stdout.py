"""Stdout that carries nothing but what it is for, though libraries print: in a program of ours, and in a host."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def take_stdout() -> int:
    """A file descriptor of stdout for the caller alone, for a program to call once.

    Until the process ends, all that Python or native code prints on stdout goes to stderr: also what the C library
    holds back until then.
    """
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    return own


@contextmanager
def own_prints_to_stderr() -> Iterator[None]:
    """What this thread prints in Python goes to stderr; the host's stdout and its other threads notice nothing."""
    before = sys.stdout
    if before is None or sys.stderr is None:  # as in a host with windows
        yield
        return
    stand_in: Any = _StdoutOfOthers(before)
    sys.stdout = stand_in
    try:
        yield
    finally:
        if sys.stdout is stand_in:
            sys.stdout = before


class _StdoutOfOthers:
    """The host's stdout to all threads but the one that made this, to which it is stderr."""

    def __init__(self, host: Any) -> None:
        self._host, self._thread = host, threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr if threading.get_ident() == self._thread else self._host, name)
