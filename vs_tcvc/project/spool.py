"""Arrays that wait on disk: more of them than memory should hold, read in any order."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Spool:
    """Arrays of one shape and type by number, in a file without a name: nothing is left of it, whatever happens.

    folder: where its disk is; None: the system's for temporary files. Not thread-safe. Raises OSError as files do.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike, folder: Path | None = None) -> None:
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._each = int(np.prod(shape)) * self._dtype.itemsize
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __setitem__(self, number: int, array: NDArray[Any]) -> None:
        """Keep an array under a number from 0."""
        assert (array.shape, array.dtype) == (self._shape, self._dtype)
        self._file.seek(number * self._each)
        self._file.write(np.ascontiguousarray(array).data)

    def __getitem__(self, number: int) -> NDArray[Any]:
        """The array that was kept under a number; a new one each time."""
        array: NDArray[Any] = np.empty(self._shape, self._dtype)
        self._file.seek(number * self._each)
        read = self._file.readinto(array.data.cast("B"))
        assert read == self._each, f"nothing is kept under {number}"
        return array

    def close(self) -> None:
        self._file.close()
