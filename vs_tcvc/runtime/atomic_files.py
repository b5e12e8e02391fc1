"""Files that appear under their name only when complete.

A file is written under a name of its own in the folder of its final one, `.tcvc-….part`: new, unique and never a link,
so that neither another file nor another writer of the same target is touched. It is removed unless it is completed;
only a process that is killed leaves it behind. A file that holds what this program prints is never replaced.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from platformdirs import PlatformDirs

from vs_tcvc.errors import TcvcError, UsageError, first_line
from vs_tcvc.runtime.interrupt import undone_at_sudden_end
from vs_tcvc.runtime.same_file import identity_of
from vs_tcvc.runtime.stdout import identities_of_streams

_NAME = "vs-tcvc"
_LONGEST_ENDING = 16
_BY_CHOICE = (
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EROFS, errno.ENAMETOOLONG, errno.EEXIST,
    errno.ELOOP,
)  # fmt: skip
"""Errors that another name or folder avoids."""


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

    A pipe or device is written directly. Raises UsageError if the folder does not exist or cannot be written, or if the
    file is stdout or stderr; TcvcError if the disk is full or fails.
    """
    _refuse_streams(path)
    with nullcontext(path) if _is_special(path) else whole_path(path) as part:
        file = part.open("wb")
        try:
            yield file
        except BaseException:
            with suppress(OSError):  # what could not be written cannot be written now either
                file.close()
            raise
        file.close()


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """As `whole_file`, for libraries that write by name: a new empty file with the same ending."""
    _refuse_streams(path)
    ending = path.suffix if len(os.fsencode(path.suffix)) <= _LONGEST_ENDING else ""
    part = path.parent / f"{_new_name()}{ending}"
    with undone_at_sudden_end(partial(part.unlink, missing_ok=True)):
        try:
            _check_name(path)
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # less the umask
        except (OSError, ValueError) as error:
            raise _refusal(path, error) from None
        try:
            yield part
            try:
                os.replace(part, path)
            except OSError as error:
                raise _refusal(path, error) from None
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill; it gets its name when the block succeeds, and is removed when it raises.

    Raises UsageError if it cannot be created, OSError if by then `path` is there and not an empty folder.
    """
    part = path.parent / _new_name()
    remove = partial(shutil.rmtree, part, ignore_errors=True)
    with undone_at_sudden_end(remove):
        try:
            part.mkdir()
        except OSError as error:
            raise UsageError(f"{path}: cannot be created ({error.strerror}); choose another folder") from None
        try:
            yield part
            part.rename(path)
        finally:
            remove()


def _new_name() -> str:
    """A name that no other file has, and nobody can foresee."""
    return f".tcvc-{secrets.token_hex(8)}.part"


def _refusal(path: Path, error: OSError | ValueError) -> TcvcError:
    """Of a name or folder by the user's choice, or of a disk that is full or fails."""
    reason = getattr(error, "strerror", None) or first_line(error)
    if isinstance(error, ValueError) or error.errno in _BY_CHOICE:
        return UsageError(f"{path}: cannot be written ({reason}); choose a folder that can be written")
    return TcvcError(f"{path}: cannot be written ({reason}); free disk space, or write elsewhere")


def _check_name(path: Path) -> None:
    """Raise OSError or ValueError if no file can be put at `path`: a folder has the name, or it is too long."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _refuse_streams(path: Path) -> None:
    """Raise UsageError if `path` is a file, a pipe or a terminal that this program prints on, under whatever name."""
    if identity_of(path) in identities_of_streams():
        raise UsageError("this program prints on it already", where=str(path), remedy="choose another name")


def _is_special(path: Path) -> bool:
    """Whether it is a pipe or a device."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
