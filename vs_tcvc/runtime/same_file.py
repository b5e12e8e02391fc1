"""Whether two names are one file: whatever their spelling, links and letter case.

Nothing is written over a file that is read; every face that writes asks here, before it begins.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from pathlib import Path


def identity_of(path: Path | int) -> Hashable | None:
    """Equal for all names and open descriptors of one file; None if there is no file of that name."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if status.st_ino == 0:  # a file system without numbers of files
        return None if isinstance(path, int) else os.path.normcase(os.path.realpath(path))
    return status.st_dev, status.st_ino


def find_also_read(written: Iterable[Path], read: Iterable[Path]) -> Path | None:
    """The first of the files to write that is also read, None if there is none. Pipes and devices count as no files."""
    present = [path for path in written if os.path.isfile(path)]  # Path.is_file raises for a name that is too long
    if not present:
        return None
    ours = {identity_of(path) for path in read} - {None}
    return next((path for path in present if identity_of(path) in ours), None)
