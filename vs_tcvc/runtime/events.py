"""Events during work, as one stream of values; a sink decides how they are shown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """One fact about the work.

    name: what kind of fact, such as "network" or "progress". text: a sentence for people, "" for none.
    values: for machines; JSON can hold them.
    """

    name: str
    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


Emit = Callable[[Event], None]
"""A sink: called with every event, on the thread that emits it."""


def ignore(event: Event) -> None:
    """The sink that shows nothing."""


@contextmanager
def forward_log(emit: Emit) -> Iterator[None]:
    """Inside the block, emit this thread's warnings and errors of `vs_tcvc` as events "log"; levels are kept."""
    handler, logger = _Forwarding(emit), logging.getLogger("vs_tcvc")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Forwarding(logging.Handler):
    def __init__(self, emit: Emit) -> None:
        super().__init__(logging.WARNING)
        self._emit, self._thread = emit, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._emit(Event("log", record.getMessage(), {"msg": record.getMessage()}))
