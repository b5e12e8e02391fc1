"""A mark beside pictures whose delivery has begun and not ended: those that are there are ours, and may be replaced.

It stays after a kill, a full disk or a bad picture, so that the same command can be given again.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from vs_tcvc.runtime.numbered_files import NumberedFiles


def is_unfinished(names: NumberedFiles) -> bool:
    """Whether a delivery of pictures of these names has begun and not ended."""
    return _mark(names).is_file()


def begin(names: NumberedFiles) -> None:
    """A delivery begins. Raises OSError if the mark cannot be written."""
    _mark(names).touch()


def end(names: NumberedFiles) -> None:
    """The delivery is complete."""
    _mark(names).unlink(missing_ok=True)


def _mark(names: NumberedFiles) -> Path:
    return names.folder / f".tcvc-unfinished-{hashlib.sha256(os.fsencode(Path(str(names)).name)).hexdigest()[:16]}"
