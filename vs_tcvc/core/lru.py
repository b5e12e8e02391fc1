"""A cache of the most recently used values, by frame."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Lru(Generic[Value]):
    """The `limit` most recently used values, by frame; the limit may be raised at any time. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._values: OrderedDict[int, Value] = OrderedDict()

    def get(self, index: int) -> Value | None:
        """The value of a frame, or None if it was dropped."""
        if index in self._values:
            self._values.move_to_end(index)
        return self._values.get(index)

    def put(self, index: int, value: Value) -> None:
        """Keep a value; the least recently used one is dropped if the cache is full."""
        self._values[index] = value
        self._values.move_to_end(index)
        if len(self._values) > self.limit:
            self._values.popitem(last=False)

    def indices(self) -> list[int]:
        """The frames that have a value."""
        return list(self._values)
