"""Events as lines on stderr: text for people, JSON for machines."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from vs_tcvc.errors import in_one_line
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.progress import is_progress
from vs_tcvc.runtime.words import Words, say, stderr

SECONDS_BETWEEN_LINES = 1.0
SECONDS_BETWEEN_KEPT_LINES = 10.0

_PROGRESS_KEYS = ("frames", "shots", "fps", "seconds_left")


def lines_for(log: str) -> Emit:
    """The sink for a value of the setting `log`: "info", "json" or "quiet".

    Progress is a line every ten seconds; on a terminal one line is rewritten every second.
    """
    if log == "quiet":
        return ignore
    rewrites = log == "info" and stderr().isatty()
    seconds = SECONDS_BETWEEN_LINES if rewrites else SECONDS_BETWEEN_KEPT_LINES
    return _throttle(_print_values if log == "json" else _TextLines(rewrites), seconds)


def print_json(stream: Words, name: str, values: Mapping[str, Any]) -> None:
    """One event as one line of JSON."""
    print(json.dumps({"event": name, **values}), file=stream, flush=True)


def _throttle(show: Emit, seconds: float) -> Emit:
    """A sink that shows progress events at most once per `seconds`, and all other events."""
    shown = time.monotonic()

    def emit(event: Event) -> None:
        nonlocal shown
        if event.name == "progress":
            now = time.monotonic()
            if now - shown < seconds:
                return
            shown = now
        show(event)

    return emit


def _print_values(event: Event) -> None:
    if not is_progress(event):
        print_json(stderr(), event.name, event.values)
    elif event.text:
        print_json(stderr(), "progress", {key: event.values[key] for key in _PROGRESS_KEYS})


class _TextLines:
    """Every event is a line; with `rewrites`, progress is one line that is rewritten."""

    def __init__(self, rewrites: bool) -> None:
        self._rewrites, self._line_is_open = rewrites, False

    def __call__(self, event: Event) -> None:
        if not event.text:
            return
        rewrites = self._rewrites and is_progress(event)
        if self._line_is_open and not rewrites:
            say("")
        self._line_is_open = rewrites and event.name == "progress"
        start, end = "\r" if rewrites else "", "" if self._line_is_open else "\n"
        say(f"{start}tcvc: {in_one_line(event.text)}", end)
