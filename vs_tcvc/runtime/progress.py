"""What a command says while it works, on stderr: words for people or lines of JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SECONDS_BETWEEN_LINES = 1.0
SECONDS_BETWEEN_KEPT_LINES = 10.0


class Reporter:
    """What a command says while it works, on stderr: "info" for people, "json" for machines, "quiet" for nobody."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._opened = self._begun = self._said = time.monotonic()
        self._rewrites_line = mode == "info" and sys.stderr.isatty()
        self._interval = SECONDS_BETWEEN_LINES if self._rewrites_line else SECONDS_BETWEEN_KEPT_LINES
        self._line_is_open = False
        self._first = self._frames = 0

    def say(self, event: str, text: str, **values: Any) -> None:
        """One fact: `text` for people, `event` and `values` for machines."""
        if self._mode == "json":
            self._json(event, **values)
        elif self._mode == "info":
            self._close_line()
            print(f"tcvc: {text}", file=sys.stderr, flush=True)

    def progress(self, frames: int, shots: int, total: int | None = None) -> None:
        """How far the work is: a line rewritten every second, or in a log one every ten seconds.

        Speed is counted from the first frame on, which waits for the network to be loaded; fewer frames than before
        are a new pass over the film.
        """
        now = time.monotonic()
        if not self._first or frames < self._frames:
            self._begun, self._first = now, frames
        self._frames = frames
        if self._mode == "quiet" or now - self._said < self._interval:
            return
        self._said = now
        self._report(frames, shots, total)

    def done(self, frames: int, shots: int) -> None:
        """The last line."""
        if self._mode != "quiet":
            self._report(frames, shots, frames)
            self._close_line()

    def _report(self, frames: int, shots: int, total: int | None) -> None:
        now, counted = time.monotonic(), frames - self._first
        fps = counted / max(now - self._begun, 1e-6) if counted else frames / max(now - self._opened, 1e-6)
        left = (total - frames) / fps if total and counted else None
        if self._mode == "json":
            self._json("progress", frames=frames, shots=shots, fps=round(fps, 3), seconds_left=left)
            return
        rest = "  {} min {} s left".format(*divmod(round(left), 60)) if left else ""
        start, end = ("\r", "") if self._rewrites_line else ("", "\n")
        print(f"{start}tcvc: frame {frames}  shot {shots}  {fps:.1f} fps{rest}", end=end, file=sys.stderr, flush=True)
        self._line_is_open = self._rewrites_line

    def _close_line(self) -> None:
        if self._line_is_open:
            print(file=sys.stderr, flush=True)
        self._line_is_open = False

    def _json(self, event: str, **values: Any) -> None:
        print(json.dumps({"event": event, **values}), file=sys.stderr, flush=True)


@contextmanager
def hearing(say: Callable[[str], None]) -> Iterator[None]:
    """Say what the core logs meanwhile: what it does that takes long, such as making graphs on a first start."""
    log, handler = logging.getLogger("tcvc"), _Saying(say)
    before = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


class _Saying(logging.Handler):
    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())
