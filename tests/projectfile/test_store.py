"""The store of colours: the same bytes come back from every kind of place, or none at all."""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from store_shots import FRAMES, SIZE, same, shot, write, write_for_ever

from vs_tcvc.core.frame import Chroma
from vs_tcvc.errors import FrameError, MissingShotError, StoreError, TcvcError, UsageError
from vs_tcvc.project import store as module
from vs_tcvc.project.packing import Whole, pack, unpack
from vs_tcvc.project.store import Store
from vs_tcvc.project.stored_shot import CHUNK

PLACES = ("folder", "memory", "s3")


def is_shot(store: Store, key: str, seed: int = 0, frames: range = FRAMES) -> bool:
    """Whether the store has that shot to the byte."""
    return all(same(*pair) for pair in zip(store.read(key), shot(seed, frames), strict=True))


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of an object store that runs in this process."""
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        fsspec.filesystem("s3").mkdir("films")
        yield "s3://films"
    server.stop()


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store of each kind, empty."""
    name = uuid.uuid4().hex
    if request.param == "s3":
        return f"{request.getfixturevalue('bucket')}/{name}"
    return f"memory://{name}" if request.param == "memory" else str(tmp_path / "a b" / "films::1#é")


@given(st.sampled_from(["int16", "uint8"]).flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=2))))
def test_every_picture_comes_back_from_packing(pictures: Whole) -> None:
    packed = pack(pictures)
    assert (packed.dtype, packed.shape) == (pictures.dtype, pictures.shape)
    np.testing.assert_array_equal(unpack(packed), pictures)


def test_a_slope_packs_to_small_numbers() -> None:
    y, x = np.mgrid[:20, :30]
    packed = pack((100 + 3 * x - 2 * y).astype(np.int16))
    assert not packed[1:, 1:].any()


@st.composite
def shots(draw: st.DrawFn) -> list[Chroma]:
    """Any shot that an engine can make: ab in int16 sixteenths, confidence in 255ths, any text as origin."""
    count, height, width = (draw(st.integers(1, limit)) for limit in (2 * CHUNK + 1, 4, 4))
    ab = draw(arrays.arrays(np.int16, (count, 2, height, width)))
    confidence = draw(arrays.arrays(np.uint8, (count, height, width)))
    first = draw(st.integers(0, 2**40))
    runs = st.tuples(st.integers(0, 2**40), st.text(st.characters()), st.floats(0, 4))
    return [
        Chroma.rounded(first + n, ab[n] / np.float32(16), confidence[n] / np.float32(255), *run)
        for n, run in enumerate(draw(st.lists(runs, min_size=count, max_size=count)))
    ]


def check_law(url: str, frames: list[Chroma], data: st.DataObject) -> None:
    """What was added comes back to the byte, in any order."""
    store, key = Store(url), uuid.uuid4().hex
    numbers, size = range(frames[0].index, frames[-1].index + 1), frames[0].ab.shape[1:]
    with store.writing(key, numbers, (size[0], size[1])) as writer:
        for chroma in frames:
            writer.add(chroma)
    found = Store(url).read(key)
    assert (found.frames, found.size, len(found)) == (numbers, size, len(frames))
    assert all(same(*pair) for pair in zip(found, frames, strict=True))
    at = data.draw(st.integers(0, len(frames) - 1))
    assert same(found.frame(numbers[at]), frames[at])
    stop = data.draw(st.integers(at, len(frames)))
    assert all(same(*pair) for pair in zip(found.read(numbers[at:stop]), frames[at:stop], strict=True))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=shots(), data=st.data())
def test_what_was_added_comes_back_from_a_folder(tmp_path: Path, frames: list[Chroma], data: st.DataObject) -> None:
    check_law(str(tmp_path), frames, data)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=shots(), data=st.data())
def test_what_was_added_comes_back_from_any_place(url: str, frames: list[Chroma], data: st.DataObject) -> None:
    check_law(url, frames, data)


def test_colours_are_read_only_as_those_of_the_engine(url: str) -> None:
    write(Store(url), "a")
    chroma = Store(url).read("a").frame(FRAMES[0])
    assert [each.flags.writeable for each in (chroma.ab, chroma.confidence)] == [False, False]


def test_a_shot_is_there_once_the_last_frame_is_written(url: str) -> None:
    store, other = Store(url), Store(url)
    with store.writing("a", FRAMES, SIZE) as writer:
        for chroma in shot():
            writer.add(chroma)
            assert (other.has("a"), other.keys()) == (False, [])
    assert (other.has("a"), other.keys()) == (True, ["a"])


def test_what_is_noted_of_shots_is_read_at_once(url: str) -> None:
    store = Store(url)
    for key in ("one", "two"):
        with store.writing(key, FRAMES, SIZE) as writer:
            for chroma in shot():
                writer.add(chroma)
            writer.about = {"name": key, "numbers": [1, 2.5]}
    noted = {key: {"name": key, "numbers": [1, 2.5]} for key in ("one", "two")}
    assert store.about(["one", "absent", "two"]) == noted
    assert store.about([]) == {}


def test_nothing_is_left_of_a_shot_that_fails(url: str) -> None:
    def write_some(frames: range, error: Exception | None) -> None:
        with store.writing("a", FRAMES, SIZE) as writer:
            for chroma in shot(frames=frames):
                writer.add(chroma)
            if error:
                raise error

    store = Store(url)
    with pytest.raises(ZeroDivisionError):
        write_some(FRAMES, ZeroDivisionError())
    with pytest.raises(StoreError, match="shot a: expected 40 frames, got 8; write the whole shot again"):
        write_some(FRAMES[:8], None)
    assert (store.has("a"), store.keys(), store.size()) == (False, [], 0)


def test_of_two_writers_of_one_key_the_first_to_finish_wins(url: str) -> None:
    first, second = Store(url), Store(url)
    with second.writing("a", FRAMES, SIZE) as late:
        for chroma in shot():
            late.add(chroma)
        write(first, "a")
        held, reader = first.size(), first.read("a")
    assert all(same(*pair) for pair in zip(reader, shot(), strict=True))
    assert Store(url).has("a")
    assert first.size() < held, "the second's copy is discarded"


def test_many_writers_and_readers_at_once_do_no_harm(url: str) -> None:
    threads = [threading.Thread(target=write, args=(Store(url), f"shot-{n % 2}", n % 2)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store(url)
    assert store.keys() == ["shot-0", "shot-1"]
    for seed in (0, 1):
        found, wrong = store.read(f"shot-{seed}"), list[int]()

        def look(found: Any = found, seed: int = seed, wrong: list[int] = wrong) -> None:
            wrong += [each.index for each in shot(seed) if not same(found.frame(each.index), each)]

        readers = [threading.Thread(target=look) for _ in range(2)]
        for thread in readers:
            thread.start()
        for thread in readers:
            thread.join()
        assert wrong == []


def objects(url: str, key: str) -> list[tuple[Any, str]]:
    """Every object of a shot, as a file system and a path in it."""
    files, root = module._file_system(url)
    return [(files, path) for path in sorted(files.find(root)) if key in path]


OBJECTS = (
    ".json", "/ab/c/0/0/0/0", "/ab/c/1/0/0/0", "/ab/zarr.json", "/confidence/c/0/0/0", "/confidence/c/1/0/0",
    "/confidence/zarr.json", "/zarr.json",
)  # fmt: skip
"""Of a shot of two chunks, in order."""
HARMS = [("folder", "removed"), ("folder", "cut"), ("folder", "altered"), ("memory", "removed"), ("s3", "removed")]


@pytest.mark.parametrize(("url", "harm"), HARMS, indirect=["url"])
def test_a_shot_with_any_object_harmed_is_not_there_and_can_be_written_again(url: str, harm: str) -> None:
    store, frames = Store(url), FRAMES[: CHUNK + 1]
    for number in range(len(OBJECTS)):
        key = f"shot-{number}"
        write(store, key, frames=frames)
        files, path = objects(url, key)[number]
        assert path.endswith(OBJECTS[number])
        content = bytearray(files.cat_file(path))
        content[len(content) // 2] ^= 0x10
        if harm == "removed":
            files.rm_file(path)
        else:
            files.pipe_file(path, bytes(content[: len(content) // 2] if harm == "cut" else content))
        with suppress(MissingShotError):  # of the read or of a frame
            is_right = False
            is_right = store.has(key) and is_shot(store, key, frames=frames)
        assert is_right == store.has(key), path
        assert not is_right or (harm == "altered" and path.endswith("/zarr.json")), path  # a letter that nobody reads
        write(store, key, frames=frames)
        assert store.has(key)
        assert is_shot(store, key, frames=frames)


@pytest.mark.parametrize(
    "record",
    [b"", b"null", b"[" * 10**5, b"\xff", b'{"group": "../../../precious", "frames": [0, 1]}', b'{"group": 1}'],
)
def test_a_record_that_is_not_ours_is_no_shot_and_leads_nowhere(tmp_path: Path, record: bytes) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    store = Store(tmp_path / "store")
    write(store, "a")
    (tmp_path / "store/v1/done/a.json").write_bytes(record)
    with pytest.raises(MissingShotError, match=r"shot a: it is not in the store; it must be coloured first"):
        store.read("a")
    store.prune()
    write(store, "a")
    assert store.has("a")
    assert precious.is_dir()


def test_frames_come_in_order_of_one_size_in_whole_steps(tmp_path: Path) -> None:
    frames = list(shot())
    ab, confidence = frames[0].ab, frames[0].confidence
    with Store(tmp_path).writing("a", FRAMES, SIZE) as writer:
        for chroma, problem in [
            (frames[1], "frame 100 of range.* comes next, got frame 101"),
            (Chroma(100, ab[:, 1:], confidence, 100, "x"), r"frame 100: ab must be \(2, 18, 32\)"),
            (Chroma(100, ab, confidence[1:], 100, "x"), r"frame 100: confidence must be \(18, 32\)"),
            (Chroma(100, ab + np.float32(0.01), confidence, 100, "x"), "frame 100: ab must be whole steps of 1/16"),
            (Chroma(100, np.full_like(ab, 1e38), confidence, 100, "x"), "from -2048 to 2047.94"),
            (Chroma(100, ab * np.float32(np.nan), confidence, 100, "x"), "frame 100: expected finite samples"),
            (Chroma(100, ab, confidence + np.float32(0.001), 100, "x"), "confidence must be whole steps of 1/255"),
        ]:
            with pytest.raises(FrameError, match=problem):
                writer.add(chroma)
        for chroma in frames:
            writer.add(chroma)
        with pytest.raises(FrameError):
            writer.add(frames[-1])
    found = Store(tmp_path).read("a")
    assert all(same(*pair) for pair in zip(found, frames, strict=True))
    for index in (99, 140):
        with pytest.raises(IndexError, match=f"frame {index} is not of the shot's"):
            found.frame(index)


def test_pruning_removes_the_oldest_first_and_what_was_abandoned(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = Store(url), time.time()
    unfinished = store.writing("lost", FRAMES, SIZE)
    for age, key in ((400, "c"), (300, "a"), (200, "b"), (100, "d")):
        monkeypatch.setattr(time, "time", lambda age=age: now - age)
        write(store, key)
    monkeypatch.setattr(time, "time", lambda: now)
    unfinished.__enter__().add(next(shot()))
    one = store.size() // 4
    assert store.prune(5 * one) == []
    assert store.prune(int(3.5 * one)) == ["c"]
    assert store.prune(int(2.5 * one), in_use={"a"}) == ["b"]
    assert store.keys() == ["a", "d"]
    assert store.prune(in_use=["a"]) == ["d"]
    assert is_shot(store, "a")
    held = store.size()
    assert store.prune(held) == []
    monkeypatch.setattr(time, "time", lambda: now + module.ABANDONED + 1)
    assert store.prune(held) == []
    assert store.size() < held, "the abandoned one is gone"
    assert store.prune() == ["a"]
    assert store.size() == 0


def test_a_shot_pruned_while_it_is_read_is_missing(url: str) -> None:
    store = Store(url)
    write(store, "a")
    found = store.read("a")
    store.prune()
    with pytest.raises(MissingShotError, match=r"shot a: it is incomplete or damaged .*; it must be coloured again"):
        list(found)


def test_a_damaged_shot_of_a_store_that_is_only_read_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    store = Store(tmp_path)
    write(store, "a")
    files, path = objects(str(tmp_path), "a")[1]
    files.rm_file(path)
    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.rm_file", refuse)
    with pytest.raises(MissingShotError, match="it must be coloured again"):
        list(store.read("a"))


def test_killed_at_any_moment_only_whole_shots_are_there(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["zarr", "store_shots"])
    random, store = np.random.default_rng(18), Store(tmp_path)
    for moment in range(20):
        writer = context.Process(target=write_for_ever, args=(str(tmp_path), 100 * moment))
        writer.start()
        while not any((tmp_path / "v1/shots").glob(f"shot-{100 * moment}.*")):
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.3))
        writer.kill()
        writer.join()
    groups = {path.name.partition(".")[0] for path in (tmp_path / "v1/shots").iterdir()}
    keys = store.keys()
    assert groups > {*keys}, "some were killed in mid-writing"
    assert keys, "some were finished"
    for key in keys:
        assert store.has(key)
        assert is_shot(store, key, seed=int(key.removeprefix("shot-")))
    for key in groups - {*keys}:
        assert not store.has(key)
        write(store, key)
        assert store.has(key)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, "a")
    held = store.size()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limit[1]))
    try:
        with pytest.raises(StoreError, match=r"shot b: writing failed \(File too large\); make room there"):
            write(store, "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (store.keys(), store.size()) == (["a"], held)
    assert len(list((tmp_path / "v1/shots").iterdir())) == 1
    (tmp_path / "v1/done/.tcvc-0.part.json").write_bytes(b"")  # of a writer that was killed
    assert store.keys() == ["a"]


def test_places_that_cannot_be_used_are_sentences(tmp_path: Path, bucket: str) -> None:
    for wrong in ("nothing://x", "gs2://x"):
        with pytest.raises(UsageError, match=rf"{wrong}: it is no store that can be opened here .*; give a folder, or"):
            Store(wrong)
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", "s3://no-such-bucket/x"):
        with pytest.raises(TcvcError, match=rf"{place}: (shot a: )?writing failed \(.*; check that the place exists"):
            write(Store(place), "a")
    for key in ("", "../a", "a/b", "a" * 129):
        with pytest.raises(StoreError, match="a key is 1 to 128 letters, digits, - and _, got"):
            Store(tmp_path).has(key)


def test_a_store_that_cannot_be_reached_is_not_an_empty_one(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    store = Store(f"{bucket}/unreachable")
    write(store, "a")
    found = store.read("a")

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Forbidden")

    with monkeypatch.context() as patch:
        patch.setattr("s3fs.core.S3FileSystem._call_s3", refuse)
        for ask in (lambda: store.has("a"), lambda: store.read("a"), store.keys, store.size, lambda: list(found)):
            with pytest.raises(StoreError, match=r"failed \(.*\); check that the place exists"):
                ask()
    assert store.has("a"), "it was not taken for damaged"
    assert all(same(*pair) for pair in zip(found, shot(), strict=True))


def test_memory_does_not_grow_with_the_shot(tmp_path: Path) -> None:
    frames, process = range(2000), psutil.Process()
    expected, memory = next(shot(size=(48, 64), frames=range(1))), list[int]()

    def note(index: int) -> None:
        if index in (500, 1999):
            memory.append(process.memory_info().rss)

    with Store(tmp_path).writing("a", frames, (48, 64)) as writer:
        for index in frames:
            writer.add(Chroma(index, expected.ab, expected.confidence, 0, "predicted"))
            note(index)
    for chroma in Store(tmp_path).read("a"):
        note(chroma.index)
    for before, after in zip(memory[::2], memory[1::2], strict=True):
        assert after - before < 8 * 2**20, "1,500 frames are 46 MB as floats, 23 MB as stored"


def test_importing_the_store_loads_no_library_of_stores() -> None:
    program = "import sys, vs_tcvc.project.store as s; print({'zarr', 'fsspec', 's3fs'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout == "set()\n"
