"""Process-wide settings of libraries, changed only while our work needs it, since the process belongs to the host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ProcessSetting(Generic[Value]):
    """A setting that is `value` while any thread is inside `ours`, and is then restored."""

    def __init__(self, value: Value, get: Callable[[], Value], put: Callable[[Value], None]) -> None:
        self._value, self._get, self._put = value, get, put
        self._lock = threading.Lock()
        self._inside = 0
        self._before = value

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Set our value inside the block; also a decorator."""
        with self._lock:
            if self._inside == 0:
                self._before = self._get()
                self._put(self._value)
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._put(self._before)
