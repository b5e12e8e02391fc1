"""A file object with a fault: for code that is given its streams."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeAlias

SHORT = "short"
"""The call takes or gives one byte only."""
Fault: TypeAlias = int | type[BaseException] | str
"""An errno, an exception or SHORT."""


@dataclass
class FaultyFile:
    """A binary stream in memory whose call number `at`, from 1 (0: none), meets a fault.

    What is short is short from then on. calls: made so far.
    """

    content: bytes = b""
    fault: Fault = SHORT
    at: int = 0
    calls: int = 0
    _stream: BytesIO = field(init=False)

    def __post_init__(self) -> None:
        self._stream = BytesIO(self.content)

    @property
    def written(self) -> bytes:
        return self._stream.getvalue()

    def readline(self, limit: int) -> bytes:
        self._meet()
        return self._stream.readline(limit)

    def readinto(self, buffer: memoryview) -> int:
        return self._stream.readinto(buffer[:1] if self._meet() else buffer)

    def write(self, data: memoryview) -> int:
        return self._stream.write(data[:1] if self._meet() else data)

    def flush(self) -> None:
        self._meet()

    def _meet(self) -> bool:
        """Whether this call is short; raises what it meets."""
        self.calls += 1
        if self.fault == SHORT:
            return bool(self.at) and self.calls >= self.at
        if self.calls == self.at and isinstance(self.fault, int):
            raise OSError(self.fault, os.strerror(self.fault))
        if self.calls == self.at and isinstance(self.fault, type):
            raise self.fault
        return False


FAULTS = (errno.ENOSPC, errno.EIO, errno.EPIPE, errno.ECONNRESET, KeyboardInterrupt, SHORT)
