"""The colour of shots, kept where it was computed or where a farm finds it: a folder, or an object store.

What is dear is the network's colour, what is cheap is chroma at full size. A shot is kept under a key that says by
what it was made (`core.identity`); this module takes the key as it comes. The rules:

- A shot is there when its record is there, and the record is written last. A writer that is killed, or fails, leaves
  nothing that is taken for a shot.
- Every writer writes into a group of its own. Two writers of one key never touch each other's objects; the first to
  finish wins, and what the second wrote is discarded.
- A shot is complete or absent: one that was interrupted is written again from its first frame, since the state of the
  network between frames is not stored.
- A shot that is found incomplete or damaged counts as not there from then on.

Under the store's URL are `v1/done/KEY.json`, the record, and `v1/shots/KEY.SECONDS.RANDOM/`, a zarr group with the
arrays `ab` (frames, 2, H, W) int16, sixteenths, and `confidence` (frames, H, W) uint8, 255ths, both packed (`packing`),
each chunk with a checksum. `v1` becomes another name whenever any of this changes.
"""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from vs_tcvc.errors import MissingShotError, StoreError, UsageError, first_line
from vs_tcvc.project.stored_shot import Place, ShotWriter, Span, StoredShot, access
from vs_tcvc.runtime.atomic_files import make_folder, whole_file

LAYOUT = "v1"
ABANDONED = 24 * 3600
"""Seconds after which a shot that is still unfinished is taken for abandoned, and pruned."""

_KEY = re.compile(r"[0-9A-Za-z_-]{1,128}")
_GROUP = re.compile(rf"{_KEY.pattern}\.(\d+)\.[0-9a-f]{{32}}")
_FRESH: Any = {"use_listings_cache": False}  # other machines write too


class _Record(msgspec.Struct, frozen=True):
    """What is written last. frames: first and end; objects, bytes: how many the group has; about: of the writer."""

    group: str
    frames: tuple[int, int]
    size: tuple[int, int]
    spans: tuple[Span, ...]
    objects: int
    bytes: int
    about: dict[str, Any] = {}

    def __post_init__(self) -> None:
        start, stop = self.frames
        if not (start < stop and self.spans and self.spans[0].first == start and _GROUP.fullmatch(self.group)):
            raise ValueError("not the record of a shot")


class Store:
    """The store at a URL: a folder, or what fsspec reads (`s3://bucket/folder`, `gs://…`, `memory://…`).

    Nothing is created before the first shot is written. Any number of threads, programs and machines may use one store.
    Raises UsageError if nothing here reads such a URL. All methods raise StoreError if the store cannot be reached,
    read or written, and for a key that is not 1 to 128 letters, digits, `-` and `_`.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        self.url = os.fspath(url)
        try:
            self._files, root = _file_system(self.url)
            self._is_folder = "file" in _protocols(self._files)
            self._root = f"{root.rstrip('/')}/{LAYOUT}"
            self._zarr_root = self._root if self._is_folder else f"{self.url.rstrip('/')}/{LAYOUT}"
            _array_store(self._zarr_root)  # here, what reads the URL is found lacking
        except (ImportError, ValueError) as error:
            problem = f"it is no store that can be opened here ({first_line(error)})"
            remedy = (
                "give a folder, or install what reads it: pip install '.[s3]' in the checkout for s3://, "
                "gcsfs for gs://"
            )
            raise UsageError(problem, where=self.url, remedy=remedy) from None

    def has(self, key: str) -> bool:
        """Whether the shot is there, with all its objects in their full size."""
        record = self._record(key)
        if record is None:
            return False
        with self._access("reading"):
            return self._extent(record.group) == (record.objects, record.bytes)

    @contextmanager
    def writing(self, key: str, frames: range, size: tuple[int, int]) -> Iterator[ShotWriter]:
        """A writer of the shot's frames, which must come in order; the shot is there once the block succeeds.

        frames: their numbers in the clip, consecutive. size: height and width of the colour. If the block raises, or
        fewer frames came than told, nothing is left; if another writer of this key has finished first, its shot stays.
        """
        group = f"{_checked(key)}.{int(time.time())}.{uuid.uuid4().hex}"
        try:
            shot = ShotWriter(self._place(key, group), frames, size)
            yield shot
            self._finish(key, group, shot, frames, size)
        except BaseException:
            with suppress(StoreError):
                self._remove(group)
            raise

    def read(self, key: str) -> StoredShot:
        """The shot, whose frames are read on demand.

        Raises MissingShotError if it is not there or damaged, as reading its frames does; afterwards `has` says no.
        """
        record = self._record(key)
        if record is None:
            where = self._name(key)
            raise MissingShotError("it is not in the store", where=where, remedy="it must be coloured first")
        frames, forget = range(*record.frames), partial(self._forget, key, record.group)
        return StoredShot(self._place(key, record.group), frames, record.size, record.spans, forget)

    def about(self, keys: Collection[str]) -> dict[str, dict[str, Any]]:
        """What was noted of shots (`ShotWriter.about`), by key, read at once; shots that are not there are left out."""
        paths = {self._record_path(_checked(key)): key for key in keys}
        with self._access("reading"):
            contents = self._files.cat(list(paths), on_error="omit") if paths else {}
        found = {paths[path]: _read_record(content) for path, content in contents.items()}
        return {key: record.about for key, record in found.items() if record}

    def keys(self) -> list[str]:
        """The keys of all finished shots, sorted; one listing. Whether a shot is complete, `has` says."""
        with self._access("listing"):
            found = (name.removesuffix(".json") for name in self._names("done") if name.endswith(".json"))
            return sorted(key for key in found if _KEY.fullmatch(key))  # others are records in the writing

    def size(self) -> int:
        """Bytes of everything in the store, unfinished shots included."""
        with self._access("listing"):
            return sum(self._sizes().values())

    def prune(self, limit: int = 0, in_use: Collection[str] = ()) -> list[str]:
        """Remove what was abandoned, then the oldest shots that are not in use until `limit` bytes are left.

        limit: bytes; 0: every shot that is not in use. in_use: keys to keep whatever the limit.
        Returns the keys of the removed shots, oldest first. Whoever is reading one gets MissingShotError.
        """
        finished = {key: record.group if (record := self._record(key)) else "" for key in self.keys()}
        with self._access("listing"):
            groups, sizes = self._names("shots"), self._sizes()
        for group in set(groups) - {*finished.values()}:
            if _age(group) > ABANDONED:
                self._remove(group)
                sizes.pop(group, None)
        removed = []
        left = sum(sizes.values())
        for key, group in sorted(finished.items(), key=lambda item: _age(item[1]), reverse=True):
            if left <= limit:
                break
            if key not in in_use:
                self._forget(key, group)
                left -= sizes.get(group, 0)
                removed.append(key)
        return removed

    def _finish(self, key: str, group: str, shot: ShotWriter, frames: range, size: tuple[int, int]) -> None:
        """Write the record, unless another writer's shot is there; a damaged one gives way."""
        with self._access("writing"):
            objects, held = self._extent(group)
        shot.check_whole(objects)
        if self.has(key):
            return self._remove(group)
        if damaged := self._record(key):
            self._forget(key, damaged.group)
        with self._access("writing"):
            span, spans = (frames.start, frames.stop), tuple(shot.spans)
            record = _Record(group, span, size, spans, objects, held, shot.about)
            content = json.dumps(msgspec.to_builtins(record)).encode()  # in ASCII: names of files may be no Unicode
            self._write_record(key, content)

    def _write_record(self, key: str, content: bytes) -> None:
        if not self._is_folder:
            self._files.pipe_file(self._record_path(key), content)
            return
        path = Path(self._record_path(key))
        make_folder(path.parent)
        with whole_file(path) as file:
            file.write(content)

    def _record(self, key: str) -> _Record | None:
        """The record of a shot; None if there is none that can be understood."""
        with self._access("reading"):
            try:
                return _read_record(self._files.cat_file(self._record_path(_checked(key))))
            except FileNotFoundError:
                return None

    def _forget(self, key: str, group: str) -> None:
        """Remove a shot, its record first, unless another writer's shot has taken its place."""
        record = self._record(key)
        if record is not None and record.group == group:
            with self._access("removing"), suppress(FileNotFoundError):
                self._files.rm_file(self._record_path(key))
        self._remove(group)

    def _remove(self, group: str) -> None:
        with self._access("removing"), suppress(FileNotFoundError):
            self._files.rm(f"{self._root}/shots/{group}", recursive=True)

    def _extent(self, group: str) -> tuple[int, int]:
        """How many objects a group has, and how many bytes."""
        found = self._files.find(f"{self._root}/shots/{group}", detail=True)
        return len(found), sum(each["size"] for each in found.values())

    def _sizes(self) -> dict[str, int]:
        """Bytes by group, and by "done" for the records."""
        sizes: dict[str, int] = {}
        for path, each in self._files.find(self._root, detail=True).items():
            kind, name, *_ = path.removeprefix(f"{self._root}/").split("/")
            group = name if kind == "shots" else kind
            sizes[group] = sizes.get(group, 0) + each["size"]
        return sizes

    def _names(self, folder: str) -> list[str]:
        """The names in a folder of the store."""
        try:
            return [path.rstrip("/").rpartition("/")[2] for path in self._files.ls(f"{self._root}/{folder}", False)]
        except FileNotFoundError:
            return []

    def _record_path(self, key: str) -> str:
        return f"{self._root}/done/{key}.json"

    def _place(self, key: str, group: str) -> Place:
        return Place(_array_store(f"{self._zarr_root}/shots/{group}"), self._name(key))

    def _name(self, key: str) -> str:
        return f"{self.url}: shot {key[:12]}"

    def _access(self, doing: str) -> Any:
        return access(self.url, doing)


def _read_record(content: bytes) -> _Record | None:
    """A record, None if it cannot be understood."""
    try:
        return msgspec.convert(json.loads(content), _Record)
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None


def _file_system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it; a path without `scheme://` is a folder, whatever its name."""
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    if "://" in url:
        files, root = url_to_fs(url, **_FRESH)
        return files, root
    return LocalFileSystem(**_FRESH), Path(url).absolute().as_posix()


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _array_store(place: str) -> Any:
    """zarr's store at a URL, or at a path without scheme."""
    from zarr.storage import FsspecStore, LocalStore

    return FsspecStore.from_url(place, _FRESH) if "://" in place else LocalStore(place)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise StoreError(f"a key is 1 to 128 letters, digits, - and _, got {key[:200]!r}")
    return key


def _age(group: str) -> float:
    """Seconds since the writer of a group began; of one that no writer of ours made, 0."""
    match = _GROUP.fullmatch(group)
    return time.time() - int(match[1]) if match else 0.0
