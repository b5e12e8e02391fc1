"""Ctrl-C as an event that is checked between two frames."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event


@contextmanager
def stop_on_interrupt() -> Iterator[Event]:
    """Ctrl-C sets the event, so that the current frame is finished; a second Ctrl-C ends at once."""
    stop = Event()

    def handle(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    try:
        before = signal.signal(signal.SIGINT, handle)
    except ValueError:  # not the main thread: left to the host
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
