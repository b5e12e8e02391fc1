"""Hashes of files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

_PIECE = 1 << 20


def sha256_of(path: Path, after: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file, 64 hex digits. Raises OSError if it cannot be read.

    after: called with the number of bytes after each piece that was read; what it raises ends the reading.
    """
    digest, buffer = hashlib.sha256(), memoryview(bytearray(_PIECE))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            if after:
                after(count)
    return digest.hexdigest()


def file_signature(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written or replaced; zeros if there is none."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return status.st_mtime_ns, status.st_size, status.st_ino


class Hashes:
    """The hashes of files; one that is as it was when it was read is not read again."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def of(self, path: Path) -> str:
        """As `sha256_of`."""
        seen = file_signature(path)
        known = self._known.get(path)
        if known is None or known[0] != seen or not any(seen):
            known = self._known[path] = (seen, sha256_of(path))
        return known[1]
