"""Events as lines on stderr: words for people, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.progress import is_progress

SECONDS_BETWEEN_LINES = 1.0
SECONDS_BETWEEN_KEPT_LINES = 10.0

_PROGRESS_KEYS = ("frames", "shots", "fps", "seconds_left")


def lines_for(log: str) -> Emit:
    """The sink for a value of the setting `log`: "info", "json" or "quiet"."""
    return TextLines() if log == "info" else JsonLines() if log == "json" else ignore


class TextLines:
    """Words: an event is a line; progress is one line, rewritten every second, or in a log one every ten seconds."""

    def __init__(self) -> None:
        self._rewrites_line = sys.stderr.isatty()
        self._throttle = _Throttle(SECONDS_BETWEEN_LINES if self._rewrites_line else SECONDS_BETWEEN_KEPT_LINES)
        self._line_is_open = False

    def __call__(self, event: Event) -> None:
        if not event.text or not self._throttle.is_due(event):
            return
        rewrites = self._rewrites_line and is_progress(event)
        if self._line_is_open and not rewrites:
            print(file=sys.stderr)
        self._line_is_open = self._rewrites_line and event.name == "progress"
        start, end = "\r" if rewrites else "", "" if self._line_is_open else "\n"
        print(f"{start}tcvc: {event.text}", end=end, file=sys.stderr, flush=True)


class JsonLines:
    """JSON: an event is an object on a line of its own; progress is one every ten seconds, and one at the end."""

    def __init__(self) -> None:
        self._throttle = _Throttle(SECONDS_BETWEEN_KEPT_LINES)

    def __call__(self, event: Event) -> None:
        if not self._throttle.is_due(event):
            return
        if not is_progress(event):
            print_json(sys.stderr, event.name, event.values)
        elif event.text:
            print_json(sys.stderr, "progress", {key: event.values[key] for key in _PROGRESS_KEYS})


def print_json(stream: TextIO, name: str, values: Mapping[str, Any]) -> None:
    """One event as one line of JSON."""
    print(json.dumps({"event": name, **values}), file=stream, flush=True)


class _Throttle:
    """Of progress only what comes so many seconds after the last that was shown."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._shown = seconds, time.monotonic()

    def is_due(self, event: Event) -> bool:
        if event.name != "progress":
            return True
        now = time.monotonic()
        is_due = now - self._shown >= self._seconds
        self._shown = now if is_due else self._shown
        return is_due
