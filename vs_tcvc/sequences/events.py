"""What a worker says while it works, and how far it is."""

from __future__ import annotations

import json
import time
from typing import Any, Protocol, TextIO


class Listener(Protocol):
    """Hears what happens to a job."""

    def say(self, event: str, **values: Any) -> None:
        """One event: hello, log, progress, error, cancelled or done, and what belongs to it."""


class Events:
    """One line of JSON for every event, on a stream that carries nothing else.

    openjd: tell progress and failure in the words of Open Job Description as well.
    """

    def __init__(self, stream: TextIO, openjd: bool = False) -> None:
        self._stream, self._openjd = stream, openjd

    def say(self, event: str, **values: Any) -> None:
        """One event."""
        print(json.dumps({"event": event, **values}), file=self._stream, flush=True)
        if self._openjd and event == "progress":
            print(f"openjd_progress: {100 * values['done'] / values['total']:.1f}", file=self._stream, flush=True)
        if self._openjd and event == "error":
            print(f"openjd_fail: {values['msg']}", file=self._stream, flush=True)


class JobProgress:
    """Tells how far a job is, with milliseconds per frame since it began."""

    def __init__(self, events: Listener, total: int, done: int) -> None:
        self._events, self._total, self._before = events, total, done
        self._begun = time.monotonic()
        self._anchors: set[int] = set()
        self.done = done
        if done:
            events.say("log", msg=f"{done} of {total} frames are done already")

    @property
    def shots(self) -> int:
        """Runs of frames so far, each with colours of its own."""
        return len(self._anchors)

    def add(self, frame: int, anchor: int) -> None:
        """A frame is done, of the run that began at `anchor`."""
        self.done += 1
        self._anchors.add(anchor)
        milliseconds = 1000 * (time.monotonic() - self._begun) / (self.done - self._before)
        told = {"done": self.done, "total": self._total, "shots": self.shots, "ms": round(milliseconds, 1)}
        self._events.say("progress", frame=frame, **told)
