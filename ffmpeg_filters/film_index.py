"""Which frames a film has, when each is shown, and where decoding may begin: found while it is read once anyway.

An index serves one content of a film. It is written whole, with a checksum of its own; one that is damaged, foreign, of
another version or of another film counts as none, and is built again.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters.decoder import DecodedFrame, Source
from vs_tcvc.core.identity import identity
from vs_tcvc.errors import StreamError, TcvcError
from vs_tcvc.project.film_identity import FilmIdentity, identify, state_of
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.events import Emit, ignore

_MAGIC = b"tcvc film index\n"
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, eq=False)
class FilmIndex:
    """The frames of a film.

    identity: of its content. first: number of the first frame. pts: of every frame in presentation order, int64 (N,),
    ascending, in units of the stream's time base. starts: frames at which decoding may begin, counted from 0, int64
    (M,), ascending, beginning with 0; none if frames have no timestamps of their own. sums: checksums, uint32 (N,).
    """

    identity: FilmIdentity
    first: int
    pts: NDArray[np.int64]
    starts: NDArray[np.int64]
    sums: NDArray[np.uint32]

    @property
    def range(self) -> range:
        """The numbers of its frames."""
        return range(self.first, self.first + len(self.pts))

    def content_of(self, frames: Collection[int]) -> str:
        """The identity of what some frames show, counted from 0."""
        return identity(self.sums[sorted(frames)])


def checksum(picture: DecodedFrame) -> int:
    """Tells a picture from another one, 32 bits."""
    total = 0
    for plane in picture.planes:
        total = zlib.crc32(np.ascontiguousarray(plane), total)
    return total


class IndexBuilder:
    """Collects the index of a film while its pictures are read."""

    def __init__(self, source: Source, path: Path) -> None:
        """path: the film's, as given to `open_source`."""
        self._source, self._path, self._state = source, path, state_of(path)
        self._times: list[int] = []
        self._sums: list[int] = []
        self._is_complete = False

    def pictures(self) -> Iterator[DecodedFrame]:
        """The pictures of the source."""
        for picture in self._source.pictures():
            self._times.append(picture.pts)
            self._sums.append(checksum(picture))
            yield picture
        self._is_complete = True

    def index(self, emit: Emit = ignore, stop: threading.Event | None = None) -> FilmIndex:
        """The index, once all pictures have come; the film is read once more, for its identity.

        Raises StreamError if the film has changed meanwhile, and as `identify`; ValueError before the last picture.
        """
        if not self._is_complete:
            raise ValueError("an index needs all pictures of the film")
        found = identify(self._path, emit, stop)
        if found.state != self._state:
            raise StreamError("it has changed while it was read", where=str(self._path), remedy="read it again")
        pts = np.array(self._times, np.int64)
        keys = [*self._times[:1], *self._source.key_times] if self._source.has_times else []
        starts = np.flatnonzero(np.isin(pts, keys))
        numbers = self._source.numbers
        return FilmIndex(found, numbers.start if numbers else 0, pts, starts, np.array(self._sums, np.uint32))


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of this version holds. pts, starts, sums: packed, as `_pack` does."""

    version: Literal[1]
    content: str
    state: str
    first: int
    pts: bytes
    starts: bytes
    sums: bytes


def write_index(index: FilmIndex, file: Path) -> None:
    """Write the index into a file. Raises UsageError and TcvcError as `whole_file`."""
    arrays = (_pack(np.diff(index.pts, prepend=0)), _pack(np.diff(index.starts, prepend=0)), _pack(index.sums))
    content = msgspec.msgpack.encode(_Content(1, index.identity.content, index.identity.state, index.first, *arrays))
    with whole_file(file) as opened:
        opened.write(_MAGIC + hashlib.sha256(content).digest() + content)


def read_index(file: Path, film: Path, emit: Emit = ignore, stop: threading.Event | None = None) -> FilmIndex | None:
    """The index of the film that is in `film` now; None if the file holds none.

    If the film's files have other dates than when it was written, the film is read for its identity, and the index
    written again, where that is possible, if it is the same. Raises as `identify`.
    """
    index = _read(file)
    if index is None:
        return None
    found = identify(film, emit, stop, index.identity)
    if found.content != index.identity.content:
        return None
    if found != index.identity:
        index = replace(index, identity=found)
        with suppress(TcvcError):
            write_index(index, file)
    return index


def _read(file: Path) -> FilmIndex | None:
    """The index in a file, of whatever film; None if there is none, or another version's, or a damaged one."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    magic, rest = data[: len(_MAGIC)], data[len(_MAGIC) :]
    digest, content = rest[:_DIGEST_BYTES], rest[_DIGEST_BYTES:]
    if magic != _MAGIC or hashlib.sha256(content).digest() != digest:
        return None
    try:
        found = msgspec.msgpack.decode(content, type=_Content)
    except msgspec.DecodeError:  # another version's
        return None
    pts, starts = (np.cumsum(_unpack(packed, np.int64)) for packed in (found.pts, found.starts))
    identity = FilmIdentity(found.content, found.state)
    return FilmIndex(identity, found.first, pts, starts, _unpack(found.sums, np.uint32))


def _pack(values: NDArray[Any]) -> bytes:
    return zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes())


def _unpack(packed: bytes, dtype: Any) -> NDArray[Any]:
    return np.frombuffer(zlib.decompress(packed), np.dtype(dtype).newbyteorder("<")).astype(dtype)
