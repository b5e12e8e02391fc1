"""The graph cache on disks that are full, folders that are damaged or taken, and many processes at once."""

from __future__ import annotations

import errno
import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vs_tcvc.backends import graph_cache
from vs_tcvc.backends.graph_cache import Library, graphs
from vs_tcvc.errors import DeviceError, WeightsError
from vs_tcvc.networks.weights_file import WeightsFile, listed
from vs_tcvc.runtime.atomic_files import user_folder
from vs_tcvc.runtime.file_hash import sha256_of

WEIGHTS = WeightsFile(Path(__file__), "0" * 64)
LIBRARY = Library("fake", "1", ".graph", lambda *_: None, Path.read_bytes)
GRAPH = b"graph " * 1000
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and a network that is traced in no time; returns the library's folder in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(graph_cache, "write", write)
    return user_folder("cache") / LIBRARY.name


def write(file: WeightsFile, library: Library, folder: Path) -> None:
    folder.mkdir()
    (folder / "step.graph").write_bytes(GRAPH)
    (folder / "SHA256SUMS").write_text(f"{sha256_of(folder / 'step.graph')}  step.graph\n")


def full(*places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disks of these places have no room."""

    def usage(path: Path) -> Usage:
        is_full = any(path == place or place in path.parents for place in places)
        return Usage(10**9, 0, 0 if is_full else 10**9)

    monkeypatch.setattr(shutil, "disk_usage", usage)


def test_many_at_once_on_an_empty_cache_leave_one_whole_folder(cache: Path) -> None:
    with ThreadPoolExecutor(8) as processes:
        made = list(processes.map(lambda _: graphs(WEIGHTS, LIBRARY), range(40)))
    assert made == [{"step": GRAPH}] * 40
    (folder,) = cache.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["SHA256SUMS", "step.graph"]


@pytest.mark.parametrize(
    "sums", [b"", b"\xff\xfe\x00", b"one", b"0" * 64, b"0" * 64 + b"  step.graph\n", b"0" * 64 + b"  ../../step.graph"]
)
def test_a_damaged_list_of_hashes_is_made_again(cache: Path, sums: bytes) -> None:
    graphs(WEIGHTS, LIBRARY)
    (folder,) = cache.iterdir()
    whole = (folder / "SHA256SUMS").read_bytes()
    (folder / "SHA256SUMS").write_bytes(sums)
    assert graphs(WEIGHTS, LIBRARY) == {"step": GRAPH}
    assert [*cache.iterdir()] == [folder]
    assert (folder / "SHA256SUMS").read_bytes() == whole


@pytest.mark.parametrize("sums", [b"\xff\xfe", b"one", b"0" * 64 + b"  ../step.graph"])
def test_a_damaged_list_of_hashes_of_weights_is_one_sentence(tmp_path: Path, sums: bytes) -> None:
    (tmp_path / "SHA256SUMS").write_bytes(sums)
    with pytest.raises(WeightsError, match="expected a SHA-256 and a name in every line; the file is damaged, do it"):
        listed(tmp_path, "do it")


def test_a_full_cache_disk_is_passed_by(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full(cache, monkeypatch=monkeypatch)
    assert graphs(WEIGHTS, LIBRARY) == {"step": GRAPH}


def test_disks_without_room_are_named_and_not_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full(Path("/"), monkeypatch=monkeypatch)
    with pytest.raises(DeviceError) as caught:
        graphs(WEIGHTS, LIBRARY)
    told = str(caught.value)
    assert str(tmp_path) in told
    assert "expected a folder that can be written, with 100 MB free" in told
    assert "torch (" not in told


@pytest.mark.parametrize(
    ("error", "has_room", "is_the_disk"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True, True),
        (RuntimeError("cannot write"), False, True),
        (RuntimeError("unknown operation"), True, False),
    ],
)
def test_what_a_library_cannot_write_is_blamed_on_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, has_room: bool, is_the_disk: bool
) -> None:
    full(*([] if has_room else [tmp_path]), monkeypatch=monkeypatch)
    told = str(graph_cache._refusal(error, LIBRARY, tmp_path / "new"))
    assert ("cannot be written" in told) == is_the_disk
    assert ("this version of torch" in told) != is_the_disk


def test_a_file_in_place_of_the_cache_is_passed_by(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file")
    assert graphs(WEIGHTS, LIBRARY) == {"step": GRAPH}
    assert cache.read_text() == "a file"
