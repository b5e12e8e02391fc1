"""vs_tcvc.colorize: the pixels of tcvc-pipe from any iterable, luma kept, memory bounded, mistakes in one sentence."""

from __future__ import annotations

import gc
import io
import logging
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import vs_tcvc
from ffmpeg_filters import pipe, y4m
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import luma

SMALL = vs_tcvc.Settings(size=64, threads=1)
FRAMES = 7
CUT = 4
Picture = NDArray[Any]


def texture(index: int, width: int = 96, height: int = 64) -> NDArray[np.float32]:
    """Y' 0 to 1 of a picture that moves; another one from CUT on."""
    rng = np.random.default_rng(int(index >= CUT))
    blurred = cv2.GaussianBlur(rng.random((height + FRAMES, width + FRAMES)).astype(np.float32), (0, 0), 2)
    stretched = (blurred - blurred.min()) / np.ptp(blurred)
    return np.asarray(stretched[index : index + height, index : index + width], np.float32)


def film(bits: int = 8) -> list[Picture]:
    """The frames in codes of full range; floats for 32 bits."""
    return [SampleCoding(bits, "full").codes_from_luma(texture(index)) for index in range(FRAMES)]


def through_the_pipe(pictures: Iterable[Picture], bits: int, *arguments: str) -> list[list[bytes]]:
    """Y', Cb and Cr of every frame, as tcvc-pipe makes them of the same luma."""
    source, sink = io.BytesIO(), io.BytesIO()
    tag = "mono" if bits == 8 else f"mono{bits}"
    writer = y4m.Writer(source, y4m.parse_header(f"YUV4MPEG2 W96 H64 F25:1 C{tag} XCOLORRANGE=FULL\n".encode()))
    for picture in pictures:
        writer.write(b"", [picture.tobytes()])
    writer.close()
    source.seek(0)
    assert pipe.main(["--size", "64", "--threads", "1", "--quiet", *arguments], source, sink) == 0
    return [[bytes(plane) for plane in frame.planes] for frame in y4m.Reader(io.BytesIO(sink.getvalue()))]


def planes(frame: vs_tcvc.ColorFrame) -> list[bytes]:
    return [plane.tobytes() for plane in (frame.luma, *frame.chroma)]


@pytest.fixture(scope="module")
def colored() -> list[vs_tcvc.ColorFrame]:
    """The film of 8 bits in colour."""
    return list(vs_tcvc.colorize(film(), settings=SMALL))


# The pixels


@pytest.mark.parametrize("bits", [8, 16])
def test_arrays_have_the_pixels_of_the_pipe(bits: int) -> None:
    frames = list(vs_tcvc.colorize(film(bits), settings=SMALL))
    assert [frame.index for frame in frames] == [*range(FRAMES)]
    assert [planes(frame) for frame in frames] == through_the_pipe(film(bits), bits, "--chroma", "444")


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({"chroma": "420"}, ("--chroma", "420")),
        ({"saturation": 0.5, "matrix": "709", "range": "limited"},
         ("--chroma", "444", "--saturation", "0.5", "--matrix", "709", "--range", "limited")),
        ({"look": "vivid", "cuts": "2,5"}, ("--chroma", "444", "--look", "vivid", "--cuts", "2,5")),
    ],
)  # fmt: skip
def test_settings_mean_what_they_mean_to_the_pipe(settings: dict[str, Any], arguments: tuple[str, ...]) -> None:
    frames = vs_tcvc.colorize(film(), settings=replace(SMALL, **settings))
    assert [planes(frame) for frame in frames] == through_the_pipe(film(), 8, *arguments)


KINDS: dict[str, Callable[[], Iterable[Any]]] = {
    "a generator": lambda: (picture for picture in film()),
    "one array": lambda: np.stack(film()),
    "gray R'G'B'": lambda: [np.repeat(picture[..., None], 3, axis=2) for picture in film()],
    "strided": lambda: [np.repeat(picture, 2, axis=1)[:, ::2] for picture in film()],
    "upside down in memory": lambda: [np.asfortranarray(picture) for picture in film()],
    "memory views": lambda: map(memoryview, film()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_iterable_gives_the_same(kind: str, colored: list[vs_tcvc.ColorFrame]) -> None:
    frames = vs_tcvc.colorize(KINDS[kind](), settings=SMALL)
    assert [planes(frame) for frame in frames] == [planes(frame) for frame in colored]


def test_other_byte_orders_give_the_same() -> None:
    swapped = [picture.astype(picture.dtype.newbyteorder()) for picture in film(16)]
    ours, theirs = (vs_tcvc.colorize(each, settings=SMALL) for each in (film(16), swapped))
    assert [planes(frame) for frame in ours] == [planes(frame) for frame in theirs]


def test_an_array_that_is_written_over_again_gives_the_same(colored: list[vs_tcvc.ColorFrame]) -> None:
    def reused() -> Iterator[Picture]:
        buffer = np.empty((64, 96), np.uint8)
        for picture in film():
            np.copyto(buffer, picture)
            yield buffer

    frames = list(vs_tcvc.colorize(reused(), settings=SMALL))
    assert [planes(frame) for frame in frames] == [planes(frame) for frame in colored]


def test_floats_have_the_colors_of_codes(colored: list[vs_tcvc.ColorFrame]) -> None:
    coding = SampleCoding(8, "full")
    pictures = [coding.luma_from_codes(picture) for picture in film()]
    for frame, other in zip(vs_tcvc.colorize(pictures, settings=SMALL), colored, strict=True):
        assert np.abs(np.stack(frame.chroma) * 255 + 128 - np.stack(other.chroma)).max() <= 1.01  # rounding and dither


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("is_rgb", [False, True])
def test_luma_is_kept_and_rgb_has_the_type_of_the_source(bits: int, is_rgb: bool) -> None:
    coding = SampleCoding(bits, "full")
    pictures = [np.repeat(each[..., None], 3, axis=2) if is_rgb else each for each in film(bits)]
    for picture, frame in zip(film(bits), vs_tcvc.colorize(pictures, settings=SMALL), strict=True):
        assert np.array_equal(frame.luma, picture)
        assert (frame.rgb.shape, frame.rgb.dtype) == ((64, 96, 3), coding.dtype)
        rgb = coding.luma_from_codes(np.moveaxis(frame.rgb, -1, 0))
        one_code = 1e-6 if bits == 32 else 1 / coding.luma_scale[0]
        assert np.abs(luma(rgb, "601") - coding.luma_from_codes(picture)).max() <= one_code
        assert rgb.min() >= 0
        assert rgb.max() <= 1
        assert np.ptp(rgb, axis=0).max() > 0.02


def test_a_frame_says_how_sure_it_is_and_where_its_shot_begins(colored: list[vs_tcvc.ColorFrame]) -> None:
    assert [frame.shot_start for frame in colored] == [0] * CUT + [CUT] * (FRAMES - CUT)
    assert {frame.confidence.shape for frame in colored} == {(64, 96)}
    assert {str(frame.confidence.dtype) for frame in colored} == {"float32"}
    assert {frame.origin for frame in colored} == {"predicted"}
    assert min(frame.confidence.min() for frame in colored) >= 0
    assert max(frame.confidence.max() for frame in colored) <= 1


@pytest.mark.parametrize(("cuts", "starts"), [([2, 5], [0, 0, 2, 2, 2, 5, 5]), ((), [0] * 7), ("none", [0] * 7)])
def test_cuts_are_those_that_are_listed(cuts: Any, starts: list[int]) -> None:
    assert [frame.shot_start for frame in vs_tcvc.colorize(film(), cuts=cuts, settings=SMALL)] == starts


# References


def paint(frame: int, dtype: Any = np.uint8) -> Picture:
    """A frame as somebody painted it, of twice its size."""
    gray = cv2.resize(texture(frame), (192, 128))
    rgb = np.clip(gray[..., None] + np.array([0.15, 0, -0.15], np.float32), 0, 1)
    highest = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    return np.asarray(np.round(rgb * highest) if highest > 1 else rgb).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_reference_in_memory_is_the_same_in_a_file(dtype: Any, tmp_path: Path) -> None:
    path = tmp_path / "painted.png"
    cv2.imwrite(str(path), paint(2, dtype)[..., ::-1])
    in_memory, in_a_file = (
        list(vs_tcvc.colorize(film(), references={2: each}, settings=SMALL)) for each in (paint(2, dtype), path)
    )
    by_the_settings = list(vs_tcvc.colorize(film(), settings=replace(SMALL, reference=(f"{path}@2",))))
    assert [planes(frame) for frame in in_memory] == [planes(frame) for frame in in_a_file]
    assert [planes(frame) for frame in in_memory] == [planes(frame) for frame in by_the_settings]
    assert [frame.origin for frame in in_memory] == ["predicted"] * 2 + ["array"] * 2 + ["predicted"] * 3
    assert [frame.shot_start for frame in in_memory] == [0] * CUT + [CUT] * (FRAMES - CUT)


def test_a_reference_of_floats_leads_the_color_as_codes_do() -> None:
    codes, floats = (
        next(vs_tcvc.colorize(film(), references={0: paint(0, dtype)}, settings=SMALL)) for dtype in ("u2", "f4")
    )
    assert floats.ab == pytest.approx(codes.ab, abs=0.1)
    assert floats.ab[0].mean() > 5


def test_the_color_of_a_frame_can_be_the_reference_of_another_film(colored: list[vs_tcvc.ColorFrame]) -> None:
    first = colored[0]
    reference = vs_tcvc.Reference(0, first.lightness, first.ab, "the first film")
    frames = list(vs_tcvc.colorize(film(), references={0: reference}, settings=SMALL))
    assert planes(frames[0]) == planes(first)
    assert {frame.origin for frame in frames[:CUT]} == {"the first film"}


def test_a_look_holds_for_shots_from_its_frame_on(colored: list[vs_tcvc.ColorFrame]) -> None:
    vivid = list(vs_tcvc.colorize(film(), settings=replace(SMALL, look="vivid")))
    changed = list(vs_tcvc.colorize(film(), looks={CUT: "vivid"}, settings=SMALL))
    back = list(vs_tcvc.colorize(film(), looks={0: "vivid", CUT - 1: "natural"}, settings=SMALL))
    assert [planes(frame) for frame in changed] == [planes(frame) for frame in (*colored[:CUT], *vivid[CUT:])]
    assert [planes(frame) for frame in back] == [planes(frame) for frame in (*vivid[:CUT], *colored[CUT:])]
    assert planes(vivid[0]) != planes(colored[0])


# Streaming


def threads() -> int:
    return threading.active_count()


def ended(before: int, seconds: float = 20) -> bool:
    """Whether no more threads run than before, after a while."""
    limit = time.monotonic() + seconds
    while threads() > before and time.monotonic() < limit:
        time.sleep(0.05)
    return threads() <= before


def endless(taken: list[int]) -> Iterator[Picture]:
    while True:
        taken.append(len(taken))
        yield film()[len(taken) % FRAMES]


def test_a_bounded_number_of_frames_is_taken_ahead_and_closing_ends_the_threads() -> None:
    before, taken = threads(), list[int]()
    frames = vs_tcvc.colorize(endless(taken), settings=SMALL)
    assert taken == []
    for index in range(10):
        assert next(frames).index == index
    time.sleep(0.5)
    assert len(taken) <= 10 + 12
    assert threads() > before
    frames.close()
    assert ended(before)
    after = len(taken)
    time.sleep(0.2)
    assert len(taken) == after


def test_a_generator_that_nobody_holds_ends_its_threads() -> None:
    before = threads()
    frames = vs_tcvc.colorize(endless([]), settings=SMALL)
    next(frames)
    del frames
    gc.collect()
    assert ended(before)


def test_a_process_that_ends_with_an_unfinished_generator_ends_well() -> None:
    program = """
import itertools, numpy, vs_tcvc
grays = itertools.repeat(numpy.zeros((48, 64), "u1"))
frames = vs_tcvc.colorize(grays, settings=vs_tcvc.Settings(size=64, device="cpu"))
next(frames)
"""
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_frames_stay_good_after_the_end(colored: list[vs_tcvc.ColorFrame]) -> None:
    frames = vs_tcvc.colorize(film(), settings=SMALL)
    first = next(frames)
    frames.close()
    assert planes(first) == planes(colored[0])


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_loop() -> None:
    program = """
import itertools, threading, numpy as np, vs_tcvc
frames = vs_tcvc.colorize(itertools.repeat(np.zeros((48, 64), np.uint8)), settings=vs_tcvc.Settings(size=64))
try:
    for frame in frames:
        print(frame.index, flush=True)
except KeyboardInterrupt:
    frames.close()
    print("interrupted", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
    assert said.endswith("interrupted\n")
    assert process.returncode == 0


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    list(vs_tcvc.colorize(film(), settings=SMALL))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_a_tint_of_arrays_is_replaced_at_their_luma_and_logged_once(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    white = {"u1": 255, "u2": 65535, "f4": 1}[kind]
    tint = np.array([1, 0.9, 0.6], np.float32)
    gray = [np.repeat(picture[..., None], 3, -1) / np.float32(255) for picture in film()]
    source = [(white * each).astype(kind) for each in (gray[0], gray[1] * tint, gray[2] * tint)]
    with caplog.at_level(logging.WARNING, "vs_tcvc.api"):
        colored = list(vs_tcvc.colorize(source, settings=SMALL))
    assert [record.getMessage() for record in caplog.records] == [
        "1 of 1 shot tinted, beginning at 0; the tint is replaced"
    ]
    for before, frame in zip(source, colored, strict=True):
        one, other = (luma(np.moveaxis(each / np.float32(white), -1, 0), "601") for each in (before, frame.rgb))
        assert np.abs(one - other).max() <= (1e-5 if kind == "f4" else 1.5 / white)


def test_an_error_of_the_source_comes_through_as_it_is() -> None:
    def failing() -> Iterator[Picture]:
        yield film()[0]
        raise LookupError("the disk is gone")

    with pytest.raises(LookupError, match="the disk is gone"):
        list(vs_tcvc.colorize(failing(), settings=SMALL))


# Mistakes

GRAY = np.zeros((48, 64), np.uint8)
RED = np.full((48, 64, 3), [200, 20, 20], np.uint8)
MISTAKES: dict[str, tuple[Iterable[Any], dict[str, Any], type[vs_tcvc.TcvcError], str]] = {
    "a type": ([GRAY.astype(float)], {}, vs_tcvc.FrameError, "frame 0: .*got .48, 64. float64"),
    "no array": ([None], {}, vs_tcvc.FrameError, "frame 0: .*object"),
    "rows of one picture": (GRAY, {}, vs_tcvc.FrameError, r"frame 0: .*\(64,\).*into a list"),
    "no samples": ([GRAY[:0]], {}, vs_tcvc.FrameError, r"frame 0: .*\(0, 64\)"),
    "four channels": ([np.zeros((48, 64, 4), np.uint8)], {}, vs_tcvc.FrameError, r"\(48, 64, 4\)"),
    "another shape": ([GRAY, GRAY[:-2]], {}, vs_tcvc.FrameError, r"frame 1: expected \(48, 64\) uint8.*\(46, 64\)"),
    "another depth": ([GRAY, GRAY.astype("u2")], {}, vs_tcvc.FrameError, "frame 1: expected .*uint8.*uint16"),
    "floats of codes": ([np.full((48, 64), 255, "f4")], {}, vs_tcvc.FrameError, "frame 0: .*0 to 1, got 255"),
    "no numbers": ([np.full((48, 64), np.nan, "f4")], {}, vs_tcvc.FrameError, "frame 0: .*got nan"),
    "nothing": ([], {}, vs_tcvc.FrameError, "at least one frame, got none"),
    "a reference too late": ([GRAY], {"references": {0: RED, 3: RED}}, vs_tcvc.FrameError, "0 to 0, got 3"),
    "a reference too early": ([GRAY], {"references": {-1: RED}}, vs_tcvc.UsageError, "references: .*from 0, got -1"),
    "a look too late": ([GRAY], {"looks": {3: "vivid"}}, vs_tcvc.FrameError, "looks: .*0 to 0, got 3"),
    "an empty reference": ([GRAY], {"references": {0: RED[:0, :0]}}, vs_tcvc.UsageError, "64x48, got 0x0"),
    "a reference's shape": ([GRAY], {"references": {0: RED[:24]}}, vs_tcvc.UsageError, "64x48, got 64x24"),
    "a gray reference": ([GRAY], {"references": {0: GRAY}}, vs_tcvc.UsageError, r"references: frame 0.*\(48, 64\)"),
    "a reference of codes": ([GRAY], {"references": {0: RED.astype("f4")}}, vs_tcvc.UsageError, "0 to 1, got 200"),
    "a reference's file": ([GRAY], {"references": {0: "nowhere.png"}}, vs_tcvc.UsageError, "nowhere.png"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(mistake: str) -> None:
    source, arguments, kind, words = MISTAKES[mistake]
    with pytest.raises(kind, match=words) as caught:
        list(vs_tcvc.colorize(source, settings=SMALL, **arguments))
    assert re.fullmatch(r"[^\n]+[^.\n]", str(caught.value))


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        (3, {}, "got int"),
        ("nowhere.mkv", {}, "nowhere.mkv"),
        ([], {"cuts": [-1]}, "cuts"),
        ([], {"cuts": "nowhere.txt"}, "nowhere.txt"),
        ([], {"settings": replace(SMALL, reference_frame="best")}, "best"),
        ([], {"settings": replace(SMALL, bits="10")}, "10"),
        ([], {"looks": {3: "garish"}}, "garish"),
        ([], {"looks": {-1: "vivid"}}, "looks: expected numbers of frames, from 0, got -1"),
        ([], {"looks": {"1": "vivid"}}, "looks: expected numbers of frames, from 0, got '1'"),
        ([], {"looks": {0: None}}, "looks: expected text such as 'vivid', got None"),
        ([], {"looks": ["vivid"]}, "looks: expected a mapping of frames"),
        ([], {"references": "a.png"}, "references: expected a mapping of frames"),
        ([], {"cuts": 5}, "cuts: expected .*got 5"),
        ([], {"settings": {"size": 64}}, "settings: expected vs_tcvc.Settings, got dict"),
        (RED, {}, "source: expected frames, got one picture .48, 64, 3.; put it into a list"),
        ([], {"settings": replace(SMALL, confidence="sure.y4m")}, "sure.y4m"),
    ],
)
def test_what_can_be_refused_at_once_is(source: Any, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(vs_tcvc.UsageError, match=words):
        vs_tcvc.colorize(source, **arguments)
