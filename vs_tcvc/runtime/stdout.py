"""Stdout for data only, although libraries print: in our programs and in hosts."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def take_stdout() -> int:
    """A file descriptor of stdout for the caller only; a program calls this once.

    Until the process ends, everything that Python or native code prints on stdout goes to stderr, including what the C
    library buffers until then.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    return own


@contextmanager
def own_prints_to_stderr() -> Iterator[None]:
    """Inside the block, prints of this thread go to stderr; the host's stdout and other threads are unaffected."""
    before = sys.stdout
    if before is None or sys.stderr is None:  # as in a host with a GUI
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
    """The host's stdout for all threads except the one that created this, for which it is stderr."""

    def __init__(self, host: Any) -> None:
        self._host, self._thread = host, threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr if threading.get_ident() == self._thread else self._host, name)
