"""The values used last, by frame: what may be kept and may be dropped."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Lru(Generic[Value]):
    """The `limit` values used last, by frame. Not for several threads at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[int, Value] = OrderedDict()

    def get(self, index: int) -> Value | None:
        """The value of a frame, if it is still here."""
        if index in self._values:
            self._values.move_to_end(index)
        return self._values.get(index)

    def put(self, index: int, value: Value) -> None:
        """Keep a value, in place of the one that was used longest ago."""
        self._values[index] = value
        self._values.move_to_end(index)
        if len(self._values) > self._limit:
            self._values.popitem(last=False)

    def indices(self) -> list[int]:
        """The frames that have a value."""
        return list(self._values)
