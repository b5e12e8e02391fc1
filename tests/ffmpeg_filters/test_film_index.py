"""The index of a film: found again as it was written, for this film alone; its identity is that of its content."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from ffmpeg_filters.decoder import open_source
from ffmpeg_filters.film_index import FilmIndex, IndexBuilder, read_index, write_index
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.project.film_identity import FilmIdentity, identify
from vs_tcvc.runtime.events import Event, ignore
from vs_tcvc.runtime.file_hash import sha256_of
from vs_tcvc.settings import Settings


def pictures(seed: int, count: int = 5) -> list[av.VideoFrame]:
    rng = np.random.default_rng(seed)
    return [av.VideoFrame.from_ndarray(rng.integers(0, 256, (48, 64)).astype(np.uint8), "gray") for _ in range(count)]


def film(path: Path, seed: int = 0) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for frame in pictures(seed):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def scans(folder: Path, first: int = 1001, seed: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 48, "gray", 1
    for number, frame in enumerate(pictures(seed), start=first):
        (folder / f"scan_{number:06d}.png").write_bytes(b"".join(map(bytes, encoder.encode(frame))))
    return folder


def index_of(path: Path) -> FilmIndex:
    with open_source(path, Settings(), ignore) as source:
        builder = IndexBuilder(source, path)
        assert [picture.number - (source.numbers or range(1)).start for picture in builder.pictures()] == [*range(5)]
        return builder.index()


def arrays(index: FilmIndex) -> list[NDArray[Any]]:
    return [index.pts, index.starts, index.sums]


def assert_same(one: FilmIndex | None, other: FilmIndex) -> None:
    assert one is not None
    assert (one.identity, one.first) == (other.identity, other.first)
    for mine, yours in zip(arrays(one), arrays(other), strict=True):
        assert mine.dtype == yours.dtype
        np.testing.assert_array_equal(mine, yours)


def touch(path: Path) -> None:
    """Another modification time."""
    os.utime(path, ns=(10**18, 10**18))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read for their content, as they are read."""
    names: list[str] = []

    def named(path: Path, *rest: Any) -> str:
        names.append(path.name)
        return sha256_of(path, *rest)

    monkeypatch.setattr("vs_tcvc.project.film_identity.sha256_of", named)
    return names


@pytest.mark.parametrize("make", [lambda folder: film(folder / "film.mkv"), lambda folder: scans(folder / "scans")])
def test_an_index_is_read_as_it_was_written_and_the_film_is_not_read_again(
    make: Any, tmp_path: Path, read: list[str]
) -> None:
    path = make(tmp_path)
    index = index_of(path)
    write_index(index, tmp_path / "film.index")
    read.clear()
    assert_same(read_index(tmp_path / "film.index", path), index)
    assert read == []
    assert len(index.range) == 5


def test_numbers_are_those_of_the_pictures(tmp_path: Path) -> None:
    assert index_of(scans(tmp_path / "scans")).range == range(1001, 1006)
    assert index_of(film(tmp_path / "film.mkv")).range == range(5)


def test_a_damaged_index_counts_as_none(tmp_path: Path) -> None:
    path, file = film(tmp_path / "film.mkv"), tmp_path / "film.index"
    write_index(index_of(path), file)
    data = file.read_bytes()
    for place in range(len(data)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert read_index(file, path) is None
        file.write_bytes(data[:place])
        assert read_index(file, path) is None
    file.write_bytes(data)
    assert read_index(file, path) is not None


def test_no_index_another_files_or_another_versions_counts_as_none(tmp_path: Path) -> None:
    path, file = film(tmp_path / "film.mkv"), tmp_path / "film.index"
    assert read_index(file, path) is None
    assert read_index(path, path) is None
    assert read_index(tmp_path, path) is None
    write_index(index_of(path), file)
    head, content = file.read_bytes()[:16], file.read_bytes()[48:]
    other = content.replace(b"\xa7version\x01", b"\xa7version\x02")
    assert other != content
    file.write_bytes(head + hashlib.sha256(other).digest() + other)
    assert read_index(file, path) is None


def test_the_index_of_another_film_under_the_name_counts_as_none(tmp_path: Path) -> None:
    path, file = film(tmp_path / "film.mkv"), tmp_path / "film.index"
    write_index(index_of(path), file)
    film(path, seed=1)
    assert read_index(file, path) is None


def test_the_film_with_another_date_is_read_once_more(tmp_path: Path, read: list[str]) -> None:
    path, file = film(tmp_path / "film.mkv"), tmp_path / "film.index"
    index = index_of(path)
    write_index(index, file)
    touch(path)
    read.clear()
    for _ in range(2):
        found = read_index(file, path)
        assert found is not None
        assert found.identity.content == index.identity.content
        assert read == ["film.mkv"]


def test_an_index_that_cannot_be_written_again_serves_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, file = film(tmp_path / "film.mkv"), tmp_path / "film.index"
    write_index(index_of(path), file)
    data = file.read_bytes()
    touch(path)

    def refuse(*_: object) -> None:
        raise UsageError("cannot be written", where=str(file))

    monkeypatch.setattr("ffmpeg_filters.film_index.write_index", refuse)
    assert read_index(file, path) is not None
    assert file.read_bytes() == data


def test_an_index_of_a_part_is_none(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv")
    with open_source(path, Settings(), ignore) as source:
        builder = IndexBuilder(source, path)
        next(builder.pictures())
        with pytest.raises(ValueError, match="all pictures"):
            builder.index()


def test_a_film_that_changes_while_it_is_read_has_no_index(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv")
    with open_source(path, Settings(), ignore) as source:
        builder = IndexBuilder(source, path)
        for _ in builder.pictures():
            touch(path)
        with pytest.raises(StreamError, match=r"film\.mkv: it has changed"):
            builder.index()


def test_the_index_of_two_hours_is_small(tmp_path: Path) -> None:
    frames = 172_800
    pts = np.arange(frames, dtype=np.int64) * 1000 // 24  # Matroska's, in milliseconds
    sums = np.random.default_rng(0).integers(0, 1 << 32, frames, np.uint32)
    index = FilmIndex(FilmIdentity("0" * 64, "1" * 64), 0, pts, np.arange(0, frames, 250), sums)
    write_index(index, tmp_path / "film.index")
    assert (tmp_path / "film.index").stat().st_size < 750_000


def test_a_files_identity_is_its_sha256_whatever_its_name(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv")
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert identify(path).content == expected
    assert identify(path.rename(tmp_path / "other.mkv")).content == expected


def test_the_identity_of_pictures_counts_contents_and_numbers_not_names(tmp_path: Path) -> None:
    folder = scans(tmp_path / "scans")
    before = identify(folder).content
    assert identify(scans(tmp_path / "others")).content == before
    assert identify(scans(tmp_path / "shifted", first=1)).content != before
    assert identify(scans(tmp_path / "changed", seed=1)).content != before
    assert identify(tmp_path / "others" / "scan_######.png").content == before
    one, two = folder / "scan_001001.png", folder / "scan_001002.png"
    data = one.read_bytes(), two.read_bytes()
    one.write_bytes(data[1])
    two.write_bytes(data[0])
    assert identify(folder).content != before


def test_only_a_changed_state_makes_a_film_be_read_again(tmp_path: Path, read: list[str]) -> None:
    folder = scans(tmp_path / "scans")
    known = identify(folder)
    read.clear()
    assert identify(folder, known=known) == known
    assert read == []
    touch(folder / "scan_001003.png")
    again = identify(folder, known=known)
    assert again.content == known.content
    assert again.state != known.state
    assert len(read) == 5


def test_progress_is_told_and_a_stop_ends_it(tmp_path: Path) -> None:
    folder, events = scans(tmp_path / "scans"), list[Event]()
    identify(folder, events.append)
    total = sum(path.stat().st_size for path in folder.iterdir())
    assert events[0].text
    assert [event.values["total"] for event in events] == [total] * 6
    assert [event.values["bytes"] for event in events] == sorted(event.values["bytes"] for event in events)
    assert events[-1].values["bytes"] == total
    stop = threading.Event()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        identify(folder, stop=stop)


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=r"none\.mkv: it cannot be read \(No such file or directory\)"):
        identify(tmp_path / "none.mkv")
    with pytest.raises(UsageError, match="expected numbered pictures"):
        identify(tmp_path)
