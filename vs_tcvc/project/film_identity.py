"""What a film is recognised by: its content, whatever its name, place and date.

All of it is read once; afterwards a film whose files have the same sizes and modification times counts as the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vs_tcvc.core.identity import identity
from vs_tcvc.errors import StreamError
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.file_hash import sha256_of
from vs_tcvc.runtime.numbered_files import find_pictures


@dataclass(frozen=True)
class FilmIdentity:
    """content: of all bytes, 64 hex digits. state: of the files' sizes and modification times, 64 hex digits."""

    content: str
    state: str


def identify(
    path: Path, emit: Emit = ignore, stop: threading.Event | None = None, known: FilmIdentity | None = None
) -> FilmIdentity:
    """The identity of the film in `path`, a file, a folder of numbered pictures or a pattern of their names.

    A file's is its SHA-256; that of pictures counts each one's number and SHA-256. known: what was found before;
    nothing is read if the files' state is still the same. Otherwise the share that is read so far is emitted as events
    "identity" with the values bytes and total.
    Raises UsageError and StreamError as `open_source`, KeyboardInterrupt once `stop` is set.
    """
    state = state_of(path)
    if known is not None and known.state == state:
        return known
    try:
        content = _content(path, emit, stop)
    except OSError as error:
        raise _unreadable(path, error) from None
    return FilmIdentity(content, state)


def state_of(path: Path) -> str:
    """The sizes and modification times of a film's files, as 64 hex digits. Raises as `identify`."""
    try:
        found = [(number, file.stat()) for number, file in _files(path)]
    except OSError as error:
        raise _unreadable(path, error) from None
    return identity([(number, status.st_size, status.st_mtime_ns) for number, status in found])


def _files(path: Path) -> Iterable[tuple[int | None, Path]]:
    """The film's files with their numbers, None for one file."""
    numbered = find_pictures(path)
    if numbered is None:
        return [(None, path)]
    names, numbers = numbered
    return ((number, names.path(number)) for number in numbers)


def _content(path: Path, emit: Emit, stop: threading.Event | None) -> str:
    files = list(_files(path))
    after = _report(path, sum(file.stat().st_size for _, file in files), emit, stop)
    hashes = [(number, sha256_of(file, after)) for number, file in files]
    return hashes[0][1] if hashes[0][0] is None else identity(hashes)


def _report(path: Path, total: int, emit: Emit, stop: threading.Event | None) -> Callable[[int], None]:
    """To be called with bytes as they are read: emits an event for every whole percent."""
    done, percent = 0, 0
    emit(Event("identity", f"{path}: all of it is read once, to recognise it", {"bytes": 0, "total": total}))

    def after(count: int) -> None:
        nonlocal done, percent
        if stop is not None and stop.is_set():
            raise KeyboardInterrupt
        done += count
        if total and 100 * done // total > percent:
            percent = 100 * done // total
            emit(Event("identity", "", {"bytes": done, "total": total}))

    return after


def _unreadable(path: Path, error: OSError) -> StreamError:
    return StreamError(f"it cannot be read ({error.strerror})", where=str(path), remedy="check the name and the disk")
