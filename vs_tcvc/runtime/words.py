"""Words for people and for the program that started us: they never stop the work.

Where words cannot be written, since their reader is gone, the disk is full or the stream was never open, they are
dropped. They never go to another stream than their own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

_MOST_LISTED = 12


class Words:
    """A text stream that drops what it cannot write; `stream` is None in programs that have none."""

    def __init__(self, stream: TextIO | Words | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if self._stream is not None:
            with suppress(OSError, ValueError):  # ValueError: it is closed
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.flush()

    def close(self) -> None:
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.close()

    def isatty(self) -> bool:
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:
            return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def stderr() -> Words:
    """The stderr of the moment."""
    return Words(sys.stderr)


def counted(number: int, noun: str) -> str:
    """`1 shot`, `2 shots`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(numbers: Sequence[int]) -> str:
    """The first of some numbers, and how many there are more."""
    more = len(numbers) - _MOST_LISTED
    return ", ".join(map(str, numbers[:_MOST_LISTED])) + (f" and {more} more" if more > 0 else "")


def say(text: str, end: str = "\n") -> None:
    """Print on stderr."""
    print(text, end=end, file=stderr(), flush=True)
