"""Files in the making: names of their own, of nobody else, in the folder of their target."""

from __future__ import annotations

import errno
import os
import signal
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

import pytest

from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.runtime import interrupt
from vs_tcvc.runtime.atomic_files import whole_file, whole_folder, whole_path
from vs_tcvc.runtime.same_file import find_also_read


def others(path: Path) -> list[Path]:
    """Files in the folder beside `path`."""
    return [each for each in path.parent.iterdir() if each != path]


def test_two_writers_of_one_target_do_not_meet_and_the_last_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with whole_file(path) as first:
        first.write(b"one")
        with whole_file(path) as second:
            second.write(b"other")
        assert path.read_bytes() == b"other"
        first.write(b", whole")
    assert path.read_bytes() == b"one, whole"
    assert others(path) == []


def test_the_name_in_the_making_cannot_be_foreseen_and_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where somebody foresaw it: their file is not touched."""
    path, precious = tmp_path / "film.mkv", tmp_path / "precious"
    precious.write_bytes(b"mine")
    seen = set()
    for _ in range(9):
        with whole_path(path) as part:
            seen.add(part.name)
    assert len(seen) == 9
    path.unlink()
    monkeypatch.setattr("vs_tcvc.runtime.atomic_files.secrets.token_hex", lambda _: "foreseen")
    (tmp_path / ".tcvc-foreseen.part.mkv").symlink_to(precious)
    with pytest.raises(UsageError, match=r"film\.mkv: cannot be written \(File exists\)"), whole_file(path):
        pass
    assert precious.read_bytes() == b"mine"
    assert (tmp_path / ".tcvc-foreseen.part.mkv").is_symlink()
    assert not path.exists()


def test_a_target_that_is_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    path, precious = tmp_path / "film.mkv", tmp_path / "precious"
    precious.write_bytes(b"mine")
    path.symlink_to(precious)
    with whole_file(path) as file:
        file.write(b"film")
    assert (path.read_bytes(), precious.read_bytes()) == (b"film", b"mine")


@pytest.mark.parametrize("name", ["a" * 250, "ü" * 125, "a" * 251 + ".mkv", "a." + "b" * 253])
def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path, name: str) -> None:
    with whole_file(tmp_path / name) as file:
        file.write(b"film")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_that_the_umask_leaves(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with whole_file(tmp_path / "film.mkv") as file:
            file.write(b"film")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "film.mkv").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, TcvcError), (errno.EIO, TcvcError), (errno.EACCES, UsageError)]
)
@pytest.mark.parametrize("call", ["open", "replace"])
def test_a_full_disk_is_no_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, error: type[TcvcError]
) -> None:
    def fail(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(f"vs_tcvc.runtime.atomic_files.os.{call}", fail)
    with pytest.raises(TcvcError, match=rf"film: cannot be written \({os.strerror(number)}\); ") as caught:  # noqa: SIM117
        with whole_path(tmp_path / "film"):
            pass
    assert type(caught.value) is error
    assert list(tmp_path.iterdir()) == []


def test_the_ending_stays_for_libraries_that_look_at_it(tmp_path: Path) -> None:
    with whole_path(tmp_path / "plate.0001.exr") as part:
        assert (part.parent, part.suffix) == (tmp_path, ".exr")


class EndedError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("make", [whole_file, whole_path, whole_folder])
def test_a_sudden_end_leaves_nothing_in_the_making(
    tmp_path: Path, make: Callable[[Path], AbstractContextManager[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Path] = []

    def end(code: int) -> NoReturn:
        left.extend(tmp_path.iterdir())
        raise EndedError(code)

    monkeypatch.setattr("vs_tcvc.runtime.interrupt.os._exit", end)

    def interrupted() -> None:
        with make(tmp_path / "film"):
            assert others(tmp_path / "film")
            interrupt._end(signal.SIGINT, None)

    with pytest.raises(EndedError, match="130"):
        interrupted()
    assert left == []


def test_a_folder_has_its_name_only_when_it_is_whole_and_is_gone_after_an_error(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "clip") as part:
        (part / "0001.png").write_bytes(b"x")
        assert not (tmp_path / "clip").exists()
    assert [path.name for path in (tmp_path / "clip").iterdir()] == ["0001.png"]

    def fail() -> None:
        with whole_folder(tmp_path / "other") as part:
            (part / "0001.png").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["clip"]


def test_one_file_is_found_under_all_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, other = tmp_path / "film.mkv", tmp_path / "other.mkv"
    film.write_bytes(b"film")
    other.write_bytes(b"film")
    (tmp_path / "link.mkv").symlink_to(film)
    os.link(film, tmp_path / "hard.mkv")
    (tmp_path / "here").symlink_to(tmp_path)
    (tmp_path / "dangling.mkv").symlink_to(tmp_path / "nowhere.mkv")
    monkeypatch.chdir(tmp_path)
    for name in ("film.mkv", "./film.mkv", "link.mkv", "hard.mkv", "here/film.mkv", "here/../" + tmp_path.name):
        expected = Path(name) if name.endswith(".mkv") else None
        assert find_also_read([other, Path(name)], [film]) == expected
    for name in ("other.mkv", "nowhere.mkv", "dangling.mkv", "x" * 300, os.devnull):
        assert find_also_read([Path(name)], [film, Path("nowhere.mkv"), Path(os.devnull)]) is None


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="names of descriptors")
def test_what_this_process_prints_on_is_never_replaced(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under any name: /dev/stdout is a link that a user who may replace it would replace."""
    for number in (1, 2):
        link = tmp_path / str(number)
        link.symlink_to(f"/dev/fd/{number}")
        for writer in (whole_file, whole_path):
            with pytest.raises(UsageError, match="this program prints on it already"), writer(link):
                pass
        assert link.is_symlink()
    path = tmp_path / "film.y4m"
    with path.open("wb") as film:
        monkeypatch.setattr("vs_tcvc.runtime.stdout._own", [film.fileno()])
        with pytest.raises(UsageError, match=r"film\.y4m: this program prints on it"), whole_file(path):
            pass


def test_nobody_hears_the_null_device(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, "wb") as nothing:
        monkeypatch.setattr("vs_tcvc.runtime.stdout._own", [nothing.fileno()])
        with whole_file(Path(os.devnull)) as file:
            file.write(b"dropped")
