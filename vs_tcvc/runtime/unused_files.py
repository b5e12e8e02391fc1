"""Files in a cache that nobody uses any more."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path


def delete_unused(folder: Path, days: float) -> None:
    """Delete the folders in a folder that were not changed for so long; `os.utime` marks one as used."""
    with suppress(OSError):
        for each in folder.iterdir():
            if each.stat().st_mtime < time.time() - days * 24 * 3600:
                shutil.rmtree(each, ignore_errors=True)
