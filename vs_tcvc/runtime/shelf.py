"""Values that wait on disk until their turn: more than memory should hold."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from pathlib import Path
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Shelf(Generic[Value]):
    """Values by number, in a file without a name: nothing is left of it, whatever happens. Not thread-safe.

    folder: where its disk is. Values are pickled; views of memory come back as bytes. Raises OSError as files do.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._places: dict[int, int] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def put(self, number: int, value: Value) -> None:
        """Keep a value."""
        self._places[number] = self._file.seek(0, 2)
        _Pickler(self._file, pickle.HIGHEST_PROTOCOL).dump(value)

    def get(self, number: int) -> Value:
        """A copy of a value that is kept."""
        self._file.seek(self._places[number])
        value: Value = pickle.load(self._file)
        return value

    def take(self, number: int) -> Value:
        """A value, which is kept no longer. The disk is free once nothing is kept."""
        value = self.get(number)
        del self._places[number]
        if not self._places:
            self._file.truncate(0)
        return value

    def close(self) -> None:
        self._file.close()


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        return (bytes, (bytes(value),)) if isinstance(value, memoryview) else NotImplemented
