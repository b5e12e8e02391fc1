"""tcvc-pipe: luma untouched, whole frames only, the same pixels as every other host, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier, get_ident
from typing import Any

import cv2
import fuzz_y4m
import numpy as np
import pytest
from numpy.typing import NDArray

from ffmpeg_filters import pipe, y4m
from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.any_order import Session
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import lab_from_rgb, rgb_from_ycc
from vs_tcvc.runtime.pipeline import MOST_AT_ONCE, Pipeline
from vs_tcvc.settings import Settings

SMALL = ("--size", "64", "--threads", "1")
COMMAND = (sys.executable, "-c", "import sys; from ffmpeg_filters.pipe import main; sys.exit(main())")


def film(tag: str, width: int, height: int, frames: int, seed: int = 0, extra: str = "") -> bytes:
    """A Y4M stream of moving texture; chroma planes, where there are any, are neutral."""
    header = y4m.parse_header(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C{tag}{extra}\n".encode())
    rng = np.random.default_rng(seed)
    texture = cv2.GaussianBlur(rng.random((height + 2 * frames, width + 2 * frames)).astype(np.float32), (0, 0), 2)
    texture = (texture - texture.min()) / (np.ptp(texture) + 1e-6)
    sink = io.BytesIO()
    writer = y4m.Writer(sink, header)
    coding = SampleCoding(header.format.bits)
    for index in range(frames):
        luma = coding.codes_from_luma(texture[index : index + height, index : index + width])
        shapes = header.plane_shapes[1:]
        neutral = [np.full(shape, coding.neutral, coding.dtype).tobytes() for shape in shapes]
        writer.write(f" Xn={index}".encode(), [luma.tobytes(), *neutral])
    writer.close()
    return sink.getvalue()


def run(stream: bytes, *arguments: str) -> tuple[int, bytes]:
    """Exit code and output of the pipe, in this process."""
    sink = io.BytesIO()
    code = pipe.main([*SMALL, "--quiet", *arguments], io.BytesIO(stream), sink)
    return code, sink.getvalue()


def parsed(stream: bytes) -> tuple[y4m.StreamHeader, list[y4m.Y4mFrame]]:
    reader = y4m.Reader(io.BytesIO(stream), interlaced=True)
    return reader.header, list(reader)


def planes(header: y4m.StreamHeader, frame: y4m.Y4mFrame) -> list[NDArray[Any]]:
    dtype = np.dtype(np.uint8 if header.format.bits == 8 else np.uint16)
    return [
        np.frombuffer(plane, dtype).reshape(shape)
        for plane, shape in zip(frame.planes, header.plane_shapes, strict=True)
    ]


FORMATS = (
    ("mono", 66, 50, "420mpeg2"), ("mono10", 65, 49, "420p10"), ("mono16", 64, 48, "420p16"),
    ("420jpeg", 67, 51, "420jpeg"), ("420mpeg2", 64, 48, "420mpeg2"), ("420paldv", 64, 48, "420paldv"),
    ("420p10", 64, 48, "420p10"), ("411", 70, 50, "411"), ("422", 65, 48, "422"), ("422p10", 66, 49, "422p10"),
    ("444", 64, 48, "444"), ("444p12", 63, 47, "444p12"), ("420p16", 64, 48, "420p16"),
)  # fmt: skip


@pytest.mark.parametrize(("tag", "width", "height", "output"), FORMATS)
def test_luma_comes_out_bit_exact_and_the_stream_keeps_its_tags(tag: str, width: int, height: int, output: str) -> None:
    source = film(tag, width, height, 3, extra=" XNOTE=kept")
    code, result = run(source)
    (before, given), (after, got) = parsed(source), parsed(result)
    assert code == 0
    assert after == replace(before, format=y4m.FORMATS[output], range="limited")
    assert [bytes(frame.planes[0]) for frame in got] == [bytes(frame.planes[0]) for frame in given]
    assert [frame.parameters for frame in got] == [b" Xn=0", b" Xn=1", b" Xn=2"]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 9), (9, 1), (3, 2), (640, 2)])
def test_any_size_comes_out(width: int, height: int) -> None:
    source = film("420jpeg", width, height, 2)
    code, result = run(source)
    assert code == 0
    assert [bytes(frame.planes[0]) for frame in parsed(result)[1]] == [
        bytes(frame.planes[0]) for frame in parsed(source)[1]
    ]


def test_the_output_has_color() -> None:
    header, frames = parsed(run(film("mono", 96, 64, 3))[1])
    for frame in frames:
        chroma = np.stack(planes(header, frame)[1:]).astype(int) - 128
        assert np.abs(chroma).max() > 2


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("--chroma", "444"), "444"),
        (("--chroma", "422", "--bits", "10"), "422p10"),
        (("--bits", "16"), "420p16"),
    ],
)
def test_chroma_and_bits_change_the_output_and_luma_can_be_had_back(arguments: Sequence[str], output: str) -> None:
    source = film("mono", 64, 48, 2)
    header, frames = parsed(run(source, *arguments)[1])
    assert header.format.tag == output
    more = header.format.bits - 8
    for frame, given in zip(frames, parsed(source)[1], strict=True):
        assert np.array_equal(
            planes(header, frame)[0] >> more, np.frombuffer(given.planes[0], np.uint8).reshape(48, 64)
        )


def test_full_range_luma_at_more_bits_can_be_had_back() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    source = b"YUV4MPEG2 W16 H16 F25:1 Cmono XCOLORRANGE=FULL\nFRAME\n" + codes.tobytes()
    header, frames = parsed(run(source, "--bits", "10")[1])
    assert header.range == "full"
    assert np.array_equal(np.round(planes(header, frames[0])[0] / 1023 * 255).astype(np.uint8), codes)


# The same pixels as every other host


def colored_by_session(source: bytes, cuts: Sequence[int], order: Sequence[int]) -> dict[int, list[bytes]]:
    """Chroma planes of each frame, asked in any order, as a random-access host would do it."""
    header, frames = parsed(source)
    colorizer, _ = make_colorizer(Settings(size=64, threads=1))
    coding = SampleCoding(header.format.bits)
    stage = ChromaStage(header.width, header.height, coding, matrix="601", size=64)
    luma = [planes(header, frame)[0] for frame in frames]
    grays = [GrayFrame(index, stage.lightness(plane)) for index, plane in enumerate(luma)]
    session = Session(Engine(colorizer), Anchors(ListedCuts(cuts)), length=len(frames))
    results = {}
    for index in order:
        answer = session.ask(index)
        while not isinstance(answer, Chroma):
            answer = session.give(answer, {each: grays[each] for each in answer.frames})
        results[index] = [plane.tobytes() for plane in stage.planes(luma[index], grays[index].lightness, answer.ab)]
    return results


def test_a_session_asked_in_any_order_gives_the_pipes_pixels() -> None:
    source = film("420mpeg2", 96, 64, 8)
    _, frames = parsed(run(source, "--cuts", "5")[1])
    for order in (range(8), reversed(range(8)), (6, 1, 7, 0, 3, 2, 5, 4)):
        results = colored_by_session(source, [5], list(order))
        assert {index: [bytes(plane) for plane in frame.planes[1:]] for index, frame in enumerate(frames)} == results


def test_the_hosts_threads_do_not_change_the_pixels() -> None:
    source = film("420mpeg2", 96, 64, 4)
    outputs = []
    for threads in ("1", "4"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENCV_FOR_THREADS_NUM": threads}
        command = (*COMMAND, "--size", "64", "--quiet")
        outputs.append(subprocess.run(command, input=source, env=environment, capture_output=True, check=True).stdout)
    assert outputs[0] == outputs[1]


def test_a_reference_picture_comes_out_as_it_was_painted(tmp_path: Path) -> None:
    source = film("mono", 96, 64, 3, extra=" XCOLORRANGE=FULL")
    gray = np.frombuffer(parsed(source)[1][0].planes[0], np.uint8).reshape(64, 96)
    painted = np.clip(gray[..., None] + np.array([-40, 0, 40]), 0, 255).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "painted.png"), painted[..., ::-1])
    arguments = ("--chroma", "444", "--range", "full", "--reference", str(tmp_path / "painted.png"))
    header, frames = parsed(run(source, *arguments)[1])
    ycc = [(plane / np.float32(255)) - (0.5 if index else 0) for index, plane in enumerate(planes(header, frames[0]))]
    got = lab_from_rgb(rgb_from_ycc(np.stack(ycc), "601"))[1:].mean(axis=(1, 2))
    wanted = lab_from_rgb(painted.transpose(2, 0, 1).astype(np.float32) / 255)[1:].mean(axis=(1, 2))
    assert np.abs(got - wanted).max() < 4  # 8-bit codes, and colours that the gray has no room for are limited


def test_confidence_is_written_as_a_second_film(tmp_path: Path) -> None:
    path = tmp_path / "sure.y4m"
    assert run(film("420p10", 65, 48, 3), "--confidence", str(path))[0] == 0
    header, frames = parsed(path.read_bytes())
    assert (header.width, header.height, header.format.tag, header.range) == (65, 48, "mono", "full")
    assert len(frames) == 3
    assert 0 < max(bytes(frames[0].planes[0])) < 255  # a guess is never sure


def test_a_tint_of_the_input_is_replaced_and_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    source = film("444", 32, 32, 2).replace(b"\x80" * 64, b"\xc0" * 64)
    pipe.main([*SMALL], io.BytesIO(source), io.BytesIO())
    assert capfd.readouterr().err.count("1 of 1 shot tinted, beginning at 0; the tint is replaced") == 1


def test_saturation_0_is_gray() -> None:
    header, frames = parsed(run(film("mono", 64, 48, 2), "--saturation", "0")[1])
    assert all((plane == 128).all() for frame in frames for plane in planes(header, frame)[1:])


def test_raw_video_goes_in_and_out_without_headers() -> None:
    source = film("mono", 64, 48, 2)
    frames = parsed(source)[1]
    code, result = run(b"".join(bytes(frame.planes[0]) for frame in frames), "--raw", "64x48:gray:25")
    assert code == 0
    assert len(result) == 2 * 64 * 48 * 3 // 2
    assert result[: 64 * 48] == bytes(frames[0].planes[0])


# Streaming


def test_a_frame_leaves_two_frames_later_at_most() -> None:
    source = film("mono", 64, 48, 6)
    size = len(b"FRAME Xn=0\n") + 64 * 48
    header = source.index(b"\n") + 1
    with subprocess.Popen((*COMMAND, *SMALL, "--quiet"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(source[: header + 3 * size])
        process.stdin.flush()
        process.stdout.readline()
        assert process.stdout.read(11 + 64 * 48 * 3 // 2)[:11] == b"FRAME Xn=0\n"  # while stdin is still open
        process.stdin.write(source[header + 3 * size :])
        process.stdin.close()
        rest = process.stdout.read()
    assert process.returncode == 0
    assert rest.count(b"FRAME Xn=") == 5


def test_an_endless_source_is_read_no_further_than_needed() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for index in range(1_000_000):
            taken.append(index)
            yield index

    with Pipeline(depth=3) as pipeline:
        stage = pipeline.ahead(endless())
        assert [next(stage) for _ in range(10)] == list(range(10))
    assert len(taken) <= 10 + 3 + 2


def test_an_error_in_a_stage_comes_where_its_item_would_have_come() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("here")

    with Pipeline(depth=3) as pipeline:
        stage = pipeline.ahead(failing())
        assert next(stage) == 1
        with pytest.raises(ValueError, match="here"):
            next(stage)


def test_items_are_worked_on_at_once_and_come_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three after another wait for each other."""
    monkeypatch.setattr("vs_tcvc.runtime.processors.count", lambda: 8)
    triples, taken = [Barrier(3) for _ in range(100)], list[int]()

    def work(item: int) -> int:
        triples[item // 3].wait(timeout=20)
        return 2 * item

    def items() -> Iterator[int]:
        for item in range(300):
            taken.append(item)
            yield item

    with Pipeline(depth=3) as pipeline:
        made = pipeline.each(work, items())
        assert [next(made) for _ in range(30)] == list(range(0, 60, 2))
        for triple in triples:
            triple.abort()
    assert len(taken) <= 30 + MOST_AT_ONCE + 2


ENDS_EARLY = """
import os, sys, time
from vs_tcvc.runtime.pipeline import Pipeline

def forever(readable):
    yield 1
    yield os.read(readable, 1)

def slow(items):
    for item in items:
        time.sleep(3)  # as a library does that computes, on a busy machine
        os.write(2, b"done")
        yield item

readable, writable = os.pipe()
pipeline = Pipeline(3)
pipeline.ahead(slow(pipeline.ahead(forever(readable))))
time.sleep(0.5)
sys.exit(5)
"""


def test_a_process_ends_when_its_stages_have_however_long_one_computes_and_though_none_reads() -> None:
    done = subprocess.run([sys.executable, "-c", ENDS_EARLY], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (5, b"", b"done")


@pytest.mark.parametrize("at_once", [1, 6])
def test_as_many_items_are_worked_on_at_once_as_the_caller_says(at_once: int) -> None:
    threads, meeting = set[int](), Barrier(at_once)

    def work(item: int) -> int:
        threads.add(get_ident())
        meeting.wait(timeout=20)
        return item

    with Pipeline(depth=1) as pipeline:
        assert list(pipeline.each(work, range(12), at_once)) == list(range(12))
    assert len(threads) == at_once


def test_an_error_of_one_item_comes_in_its_place_and_ends_the_rest() -> None:
    with Pipeline(depth=3) as pipeline:
        made = pipeline.each(lambda item: 1 // (2 - item), iter(range(100)))
        assert [next(made), next(made)] == [0, 1]
        with pytest.raises(ZeroDivisionError):
            next(made)


# What else is printed

LOUD = """
import ctypes, os, sys
from ffmpeg_filters import pipe
from vs_tcvc import backends

def make(settings, real=backends.make_colorizer):
    print("by Python")
    os.write(1, b"by native code\\n")
    ctypes.CDLL(None).printf(b"at the end\\n")  # which the C library holds back
    return real(settings)

backends.make_colorizer = make
sys.exit(pipe.main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the C library has another name")
def test_stdout_holds_only_video_whatever_the_network_prints() -> None:
    source = film("420mpeg2", 96, 64, 4)
    quiet, loud = (
        subprocess.run([*command, *SMALL, "--quiet"], input=source, capture_output=True, check=True)
        for command in (COMMAND, (sys.executable, "-c", LOUD))
    )
    assert len(parsed(quiet.stdout)[1]) == 4
    assert loud.stdout == quiet.stdout
    assert sorted(loud.stderr.decode().splitlines()) == ["at the end", "by Python", "by native code"]


# What it never overwrites


@pytest.mark.skipif(sys.platform == "win32", reason="no name for stdin")
def test_the_confidence_is_never_written_over_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "film.y4m").write_bytes(GOOD)
    (tmp_path / "cuts.txt").write_text("0 2")
    for words, name in (((), "film.y4m"), (("--cuts", str(tmp_path / "cuts.txt")), "cuts.txt")):
        before = (tmp_path / name).read_bytes()
        with (tmp_path / "film.y4m").open("rb") as source:
            done = subprocess.run(
                (*COMMAND, *SMALL, "--confidence", str(tmp_path / name), *words), stdin=source, capture_output=True,
                check=False,
            )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, b"")
        assert f"{name}: this file is also read, so it is never overwritten".encode() in done.stderr
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="names of streams")
@pytest.mark.parametrize("name", ["colour.y4m", "said.txt", "/dev/stdout", "/dev/stderr"])
def test_the_confidence_never_takes_the_name_of_what_the_pipe_prints_on(tmp_path: Path, name: str) -> None:
    name = str(tmp_path / name)  # "/dev/stdout" stays
    with (tmp_path / "colour.y4m").open("wb") as film, (tmp_path / "said.txt").open("wb") as said:
        done = subprocess.run(
            (*COMMAND, *SMALL, "--confidence", name), input=GOOD, stdout=film, stderr=said, check=False
        )
    assert done.returncode == 2
    assert (tmp_path / "colour.y4m").read_bytes() == b""
    assert f"{name}: this program prints on it already" in (tmp_path / "said.txt").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_no_video_is_written_on_a_terminal() -> None:
    screen, terminal = os.openpty()
    try:
        done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(terminal)
        os.close(screen)
    assert done.returncode == 2
    assert done.stderr.startswith(
        b"tcvc-pipe: stdout: expected a program or a file that takes the video, got a terminal"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_leaves_no_confidence_of_half_a_film(tmp_path: Path) -> None:
    with subprocess.Popen(
        (*COMMAND, *SMALL, "--quiet", "--confidence", str(tmp_path / "c.y4m")), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(film("mono", 64, 48, 12))
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


# How it ends


def ended(stream: bytes, *arguments: str) -> tuple[int, bytes, str]:
    done = subprocess.run((*COMMAND, *SMALL, *arguments), input=stream, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


GOOD = film("mono", 64, 48, 3)
ENDS = (
    (b"", (), 3, "no data on stdin"),
    (b"RIFF0000AVI ", (), 3, "it looks like AVI"),
    (GOOD[: GOOD.index(b"\n") + 1], (), 3, "before any frame"),
    (GOOD[:-100], (), 3, "frame 2 ends after 2972 of 3072 bytes"),
    (GOOD + GOOD, (), 3, "second stream header"),
    (GOOD.replace(b"Ip", b"It"), (), 3, "--interlaced"),
    (GOOD.replace(b"Cmono", b"C444alpha"), (), 3, "alpha"),
    (GOOD, ("--size", "7"), 2, "--size"),
    (
        GOOD,
        ("--use-props", "0"),
        2,
        "has no such option; no host sets scene-change marks here; list the first frames of shots in --cuts",
    ),
    (GOOD, ("--reference-frame", "best"), 2, "--reference-frame best"),
    (GOOD, ("--reference", "nowhere.png"), 2, "nowhere.png"),
    (GOOD, ("--cuts", "nowhere.txt"), 2, "nowhere.txt"),
    (GOOD, ("--weights", "nowhere.safetensors"), 1, "nowhere.safetensors"),
    (GOOD, ("--confidence", "/nowhere/at/all.y4m"), 2, "/nowhere/at/all.y4m"),
    (film("mono16", 64, 48, 1), ("--bits", "8"), 2, "--bits 8"),
    (b"", ("--raw", "64x48"), 2, "WxH:pixfmt:rate"),
)


@pytest.mark.parametrize(("stream", "arguments", "code", "words"), ENDS)
def test_mistakes_end_with_their_code_and_one_sentence(
    stream: bytes, arguments: Sequence[str], code: int, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    got, result = run(stream, *arguments)
    said = capfd.readouterr().err
    assert (got, said.count("\n"), "Traceback" in said) == (code, 1, False)
    assert said.startswith("tcvc-pipe: ")
    assert words in said
    assert result == b"" or re.fullmatch(rb"[^\n]*\n(FRAME[^\n]*\n.{4608})*", result, re.DOTALL)  # whole frames only


def test_a_closed_pipe_downstream_ends_silently_with_0() -> None:
    with subprocess.Popen(
        (*COMMAND, *SMALL, "--quiet"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(GOOD)
        process.stdin.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_with_130_and_whole_frames() -> None:
    source = film("mono", 64, 48, 12)
    with subprocess.Popen(
        (*COMMAND, *SMALL, "--quiet"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(source)
        process.stdin.flush()  # and it stays open: the film has not ended
        begun = process.stdout.readline() + process.stdout.read(4619)
        process.send_signal(signal.SIGINT)
        result = begun + process.stdout.read()
    assert process.returncode == 130
    assert len(parsed(result)[1]) >= 1


def test_json_log_is_lines_of_json() -> None:
    _, _, said = ended(GOOD, "--log", "json")
    events = [json.loads(line) for line in said.splitlines()]
    assert [event["event"] for event in events] == ["stream", "network", "progress"]
    assert (events[-1]["frames"], events[-1]["shots"]) == (3, 1)


def test_mutated_streams_never_end_in_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    for stream in fuzz_y4m.mutated_streams(60, seed=7):
        code, result = run(stream, "--interlaced")
        assert code in (0, 3), capfd.readouterr().err
        assert not result or list(y4m.Reader(io.BytesIO(result), interlaced=True))
