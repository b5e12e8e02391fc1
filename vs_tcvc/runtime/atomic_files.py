"""Files that appear under their name only when complete."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from platformdirs import PlatformDirs

from vs_tcvc.errors import UsageError

_NAME = "vs-tcvc"


def user_folder(kind: str) -> Path:
    """This user's folder for our files of a kind, "data" or "cache"; it is not created.

    The system's usual folder, or in XDG_DATA_HOME or XDG_CACHE_HOME if that is set, on every system.
    Raises UsageError if the user has no home.
    """
    variable = f"XDG_{kind.upper()}_HOME"
    places, own = PlatformDirs(_NAME, appauthor=False), os.environ.get(variable)
    try:
        if own:
            return Path(own).expanduser() / _NAME
        return places.user_data_path if kind == "data" else places.user_cache_path
    except RuntimeError:
        raise UsageError(
            f"{variable}: expected a folder for our {kind}, since this user has no home, got none; set it, or HOME"
        ) from None


def make_folder(folder: Path, option: str = "") -> None:
    """Create a folder for results if it does not exist. Raises UsageError, naming the option, if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"it cannot be created ({error.strerror})"
        raise UsageError(problem, option=option, value=folder, remedy="choose another folder") from None


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write; it gets its name when the block succeeds, and is removed when it raises.

    A pipe or device is written directly. Raises UsageError if the folder does not exist or cannot be written.
    """
    is_special = path.exists() and not stat.S_ISREG(path.stat().st_mode)
    target = path if is_special else path.with_name(f".{path.name}.part")
    try:
        file = target.open("wb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose a folder that can be written") from None
    try:
        with file:
            yield file
    except BaseException:
        if not is_special:
            target.unlink(missing_ok=True)
        raise
    if not is_special:
        os.replace(target, path)
