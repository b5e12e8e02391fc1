"""Laws of the small modules: whole files, how a command ends, references from files, motion."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vs_tcvc import errors
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.picture.motion import FINE, MEDIUM, SMALLEST, Gray, Search, display_gray, motion
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.painted import parse_reference, read_reference, read_references
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.resource_pool import ResourcePool

# Files


class DiskFullError(Exception):
    """What happens in the middle of writing."""


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.y4m"
    with whole_file(path) as file:
        file.write(b"first half, ")
        assert not path.exists()
        file.write(b"second half")
    assert path.read_bytes() == b"first half, second half"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path, error: type[BaseException]) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("before", [None, b"the film of yesterday"])
@pytest.mark.parametrize("error", [DiskFullError, KeyboardInterrupt])
def test_an_error_leaves_what_was_there_before_and_nothing_else(
    tmp_path: Path, before: bytes | None, error: type[BaseException]
) -> None:
    path = tmp_path / "film.y4m"
    if before:
        path.write_bytes(before)
    with pytest.raises(error):
        write_half(path, error)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == ({"film.y4m": before} if before else {})


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_pipe_is_written_while_it_is_read_and_stays_a_pipe(pipe: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.read_bytes)
        with whole_file(pipe) as file:
            file.write(b"frame")
        assert reader.result() == b"frame"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(pipe.parent.iterdir()) == [pipe]


def test_a_pipe_survives_an_error_of_its_writer(pipe: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.read_bytes)
        with pytest.raises(DiskFullError), whole_file(pipe):
            raise DiskFullError
        assert reader.result() == b""
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["no/such/film.y4m", ".", "a" * 256])
def test_a_file_that_cannot_be_is_a_usage_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with (
        pytest.raises(UsageError, match=f"{name}: cannot be written .*; choose a folder that can"),
        whole_file(path),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


# How a command ends


def tree(error: type[TcvcError] = TcvcError) -> list[type[TcvcError]]:
    """An error of the core and all that are derived from it there; a face may have one of its own."""
    children = (child for child in error.__subclasses__() if child.__module__ == errors.__name__)
    return [error, *(each for child in children for each in tree(child))]


def ends_with(error: BaseException) -> Callable[[], int]:
    def body() -> int:
        raise error

    return body


@pytest.mark.parametrize("code", [0, 1, 7])
def test_a_body_that_ends_well_gives_its_own_exit_code(capsys: pytest.CaptureFixture[str], code: int) -> None:
    assert exit_codes.run("tcvc", lambda: code) == code
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", tree())
def test_every_error_of_a_user_is_one_sentence_and_its_exit_code(
    capsys: pytest.CaptureFixture[str], error: type[TcvcError]
) -> None:
    expected = {errors.UsageError: 2, errors.StreamError: 3}.get(error, 1)
    assert exit_codes.run("tcvc-pipe", ends_with(error("frame 7: expected a frame, got none"))) == expected
    assert capsys.readouterr() == ("", "tcvc-pipe: frame 7: expected a frame, got none\n")


def test_ctrl_c_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_codes.run("tcvc", ends_with(KeyboardInterrupt())) == 130
    assert capsys.readouterr() == ("", "tcvc: interrupted\n")


@pytest.mark.parametrize(("error", "code"), [(exit_codes.VideoClosedError(), 0), (BrokenPipeError(), 1)])
def test_a_reader_that_goes_away_ends_a_command_silently_and_with_0_only_if_it_read_video(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    assert exit_codes.run("tcvc", ends_with(error)) == code
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_codes.run("tcvc", ends_with(ZeroDivisionError()))


def test_a_closed_pipe_is_silent_up_to_the_end_of_the_interpreter() -> None:
    """Python flushes stdout once more when it ends; that must not fail either."""
    body = "def body():\n    while True: print('frame', flush=True)\n"
    text = f"import sys\nfrom vs_tcvc.runtime import exit_codes\n{body}\nsys.exit(exit_codes.run('tcvc', body))"
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": ""}
    command = [sys.executable, "-c", text]
    with subprocess.Popen(command, env=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline() == b"frame\n"
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 1


# References from files

CLIP, WORKING = (64, 48), (32, 24)
CANVAS = Canvas(CLIP, WORKING, "709")


def picture(seed: int = 0, size: tuple[int, int] = CLIP) -> NDArray[np.uint8]:
    """8-bit B G R, as OpenCV writes it, smooth enough to be shrunk."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def write(path: Path, codes: NDArray[Any]) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, codes)[1].tobytes())
    return path


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(names, st.integers(0, 999_999_999))
def test_file_at_frame_is_read_as_it_was_written(name: str, frame: int) -> None:
    assert parse_reference(f"{name}@{frame}") == (Path(name), frame)


@given(names)
def test_without_a_frame_the_whole_text_is_the_file_and_frame_0_is_meant(text: str) -> None:
    _, at, frame = text.rpartition("@")
    assume(not (at and frame.isascii() and frame.isdigit()))
    assert parse_reference(text) == (Path(text), 0)


@pytest.mark.parametrize(
    ("text", "file", "frame"),
    [
        ("a@b@12.png", "a@b@12.png", 0), ("a@b.png@12", "a@b.png", 12), ("a.png@", "a.png@", 0),
        ("a.png@-1", "a.png", -1), ("a.png@0012", "a.png", 12), ("@3", "@3", 0), ("a@1@2", "a@1", 2),
        ("a.png@1234567890", "a.png@1234567890", 0), ("a.png@٣", "a.png@٣", 0),
    ],
)  # fmt: skip
def test_a_whole_number_behind_the_last_at_is_a_frame(text: str, file: str, frame: int) -> None:
    assert parse_reference(text) == (Path(file), frame)


def test_a_file_that_is_named_like_a_frame_wins(tmp_path: Path) -> None:
    path = tmp_path / "still.png@24"
    path.write_bytes(cv2.imencode(".png", picture())[1].tobytes())
    assert parse_reference(str(path)) == (path, 0)
    assert parse_reference(f"{path}@7") == (path, 7)
    assert read_references([str(path)], CANVAS)[0].origin == str(path)


@pytest.mark.parametrize("text", ["", "a" * 300, "a" * 300 + "@5", "a\0b"])
def test_a_name_that_no_file_can_have_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match=r"reference .*: expected a picture file, found none of that name"):
        read_references([text], CANVAS)


@pytest.mark.parametrize(
    ("rgb", "lightness", "ab"),
    [((255, 0, 0), 22.71, (80.09, 67.20)), ((0, 0, 255), 5.63, (79.19, -107.86)), ((119, 119, 119), 50.03, (0, 0))],
)
def test_a_pure_color_has_its_published_ab_and_the_lightness_of_its_luma(
    tmp_path: Path, rgb: tuple[int, ...], lightness: float, ab: tuple[float, float]
) -> None:
    """ab as in CIE tables for sRGB and D65; L* of the grays of luma 0.2126 and 0.0722 (BT.709) and of code 119."""
    codes = np.full((*CLIP[::-1], 3), rgb[::-1], np.uint8)
    reference = read_reference(write(tmp_path / "flat.png", codes), 3, CANVAS)
    assert (reference.frame, reference.origin) == (3, str(tmp_path / "flat.png"))
    assert reference.lightness.shape == WORKING[::-1]
    assert reference.lightness == pytest.approx(lightness, abs=0.01)
    assert reference.ab[0] == pytest.approx(ab[0], abs=0.02)
    assert reference.ab[1] == pytest.approx(ab[1], abs=0.02)


def test_the_matrix_is_the_clips(tmp_path: Path) -> None:
    path = write(tmp_path / "still.png", picture())
    one, other = (read_reference(path, 0, Canvas(CLIP, WORKING, matrix)) for matrix in ("601", "709"))
    assert (one.ab == other.ab).all()
    assert (one.lightness != other.lightness).any()


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_8_and_16_bit_files_of_one_picture_give_one_reference(tmp_path: Path, ending: str) -> None:
    """A code c of 8 bit is 257 c of 16 bit: only float32 rounding differs, 1e-7 of white."""
    codes = picture()
    few = read_reference(write(tmp_path / f"8{ending}", codes), 0, CANVAS)
    many = read_reference(write(tmp_path / f"16{ending}", codes.astype(np.uint16) * 257), 0, CANVAS)
    assert np.allclose(few.lightness, many.lightness, atol=1e-3)
    assert np.allclose(few.ab, many.ab, atol=1e-3)


def test_alpha_that_hides_nothing_is_ignored(tmp_path: Path) -> None:
    codes, alpha = picture(), np.full((*CLIP[::-1], 1), 255, np.uint8)
    plain = read_reference(write(tmp_path / "plain.png", codes), 0, CANVAS)
    seen = read_reference(write(tmp_path / "alpha.png", np.concatenate([codes, alpha], axis=2)), 0, CANVAS)
    assert (plain.ab == seen.ab).all()


def test_a_gray_file_is_a_reference_without_color(tmp_path: Path) -> None:
    reference = read_reference(write(tmp_path / "gray.png", picture()[..., 0]), 0, CANVAS)
    assert np.abs(reference.ab).max() < 0.02  # float32 sums of the matrix's rows


@pytest.mark.parametrize("size", [(64, 48), (128, 96), (16, 12), (65, 48)])
def test_any_size_of_the_clips_shape_comes_out_at_the_working_size(tmp_path: Path, size: tuple[int, int]) -> None:
    reference = read_reference(write(tmp_path / "still.png", picture(size=size)), 0, CANVAS)
    assert reference.lightness.shape == reference.ab.shape[1:] == WORKING[::-1]


def test_references_stand_by_their_frames(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{seed}.png", picture(seed)) for seed in (0, 1)]
    found = read_references([f"{paths[1]}@48", str(paths[0])], CANVAS)
    assert {frame: reference.origin for frame, reference in found.items()} == {48: str(paths[1]), 0: str(paths[0])}
    assert all(frame == reference.frame for frame, reference in found.items())


def test_two_references_of_one_frame_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "still.png", picture())
    with pytest.raises(UsageError, match=r"reference .*still\.png@0: frame 0 has a reference already"):
        read_references([str(path), f"{path}@0"], CANVAS)


@pytest.mark.parametrize("size", [(66, 48), (64, 64), (48, 64), (64, 36)])
def test_a_picture_of_another_shape_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write(tmp_path / "still.png", picture(size=size))
    with pytest.raises(UsageError, match=f"reference .*expected the shape of the clip, 64x48, got {size[0]}x{size[1]}"):
        read_reference(path, 0, CANVAS)


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header, checksum and all, says that it is of that size."""
    small = bytes(cv2.imencode(".png", picture())[1])
    header = small[12:16] + struct.pack(">II", width, height) + small[24:29]
    return small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", png_that_claims(100_000, 100_000)])
def test_a_file_that_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "still.png"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"reference .*still\.png: expected a picture \(PNG, TIFF, JPEG\), got a file"):
        read_reference(path, 0, CANVAS)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(UsageError, match=f"reference {path}: expected a picture file, found none of that name"):
            read_reference(path, 0, CANVAS)


# Motion


def texture(seed: int, size: tuple[int, int] = (48, 64)) -> Gray:
    """Display gray that varies over a few pixels."""
    noise = np.random.default_rng(seed).standard_normal(size, np.float32)
    return display_gray(np.clip(50 + 150 * cv2.GaussianBlur(noise, (0, 0), 2), 0, 100).astype(np.float32))


@pytest.mark.parametrize("search", [FINE, MEDIUM])
def test_motion_is_a_function_of_its_two_frames_alone(search: Search) -> None:
    """The same bytes on four threads at once, among other pictures, as alone."""
    pairs = [(texture(seed), np.roll(texture(seed), seed, axis=1)) for seed in range(4)] * 3
    alone = [motion(*pair, search).tobytes() for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        assert [flow.tobytes() for flow in pool.map(lambda pair: motion(pair[0], pair[1], search), pairs)] == alone


def test_motion_leaves_its_pictures_and_opencvs_threads_alone_even_where_it_fails() -> None:
    before, now, start = texture(0), texture(1), np.ones((2, 48, 64), np.float32)
    bytes_before, threads = [each.tobytes() for each in (before, now, start)], cv2.getNumThreads()
    motion(now, before, FINE, start)
    with pytest.raises(cv2.error):
        motion(now, before[:-16], FINE)
    assert [each.tobytes() for each in (before, now, start)] == bytes_before
    assert cv2.getNumThreads() == threads


def test_motion_goes_on_from_where_it_is_told_to_look() -> None:
    """A move by half a picture is found from a start that is nearly there, and not without one."""
    size, far = (96, 192), 80
    gray = texture(3, size)
    start = np.stack([np.full(size, far - 2.0, np.float32), np.zeros(size, np.float32)])
    seen = np.s_[0, 24:-24, 24 : -far - 24]
    moved = np.roll(gray, far, axis=1)
    assert np.abs(motion(gray, moved, FINE, start)[seen] - far).mean() < 0.5
    assert np.abs(motion(gray, moved, FINE)[seen] - far).mean() > 10


@pytest.mark.parametrize("size", [(SMALLEST - 1, 64), (64, SMALLEST - 1), (1, 1)])
def test_no_motion_is_measured_in_the_smallest_pictures(size: tuple[int, int]) -> None:
    pair = texture(0, size), texture(1, size)
    flow = motion(*pair, FINE)
    start = np.ones_like(flow)
    assert (motion(*pair, FINE, start) == start).all()
    assert flow.shape == (2, *size)
    assert flow.dtype == np.float32
    assert not flow.any()


# Things that one user has to itself


class Tools:
    """made: a list of its own for every tool, of the kind that it was made of."""

    def __init__(self, kinds: int = 4) -> None:
        self.made: list[list[str]] = []
        self.spare = ResourcePool(self.make, kinds)

    def make(self, kind: str) -> list[str]:
        self.made.append([kind])
        return self.made[-1]


def test_one_is_made_where_none_is_free_and_used_again_where_one_is() -> None:
    tools = Tools()
    with tools.spare.one("saw") as first, tools.spare.one("saw") as second, tools.spare.one("axe") as axe:
        assert first is not second
        assert axe == ["axe"]
    with tools.spare.one("saw") as again, tools.spare.one("saw") as other:
        assert {id(again), id(other)} == {id(first), id(second)}
    assert len(tools.made) == 3


def test_after_an_error_it_is_not_used_again() -> None:
    tools = Tools()
    with pytest.raises(DiskFullError), tools.spare.one("saw"):
        raise DiskFullError
    with tools.spare.one("saw"):
        assert len(tools.made) == 2


def test_kinds_that_were_not_used_for_long_are_forgotten() -> None:
    tools = Tools(kinds=2)
    for kind in ("saw", "axe", "saw", "file", "saw", "axe"):
        with tools.spare.one(kind):
            pass
    assert [made for (made,) in tools.made] == ["saw", "axe", "file", "axe"]


def test_no_two_threads_have_the_same_one() -> None:
    tools, wrong = Tools(), list[str]()

    def work(number: int) -> None:
        for _ in range(200):
            with tools.spare.one("saw") as tool:
                tool.append("taken")
                time.sleep(0)
                if tool.count("taken") != 1:
                    wrong.append(f"{number}")
                tool.remove("taken")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert wrong == []
    assert len(tools.made) <= 8
