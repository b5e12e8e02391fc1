"""tcvc info: what is told of a film is what is in it, and the shots are those that tcvc-pipe finds."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from fakes import LocalCuts, gray
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ffmpeg_filters import pipe
from vs_tcvc.cli import info
from vs_tcvc.runtime import exit_codes

WIDTH, HEIGHT = 64, 48
SMALL = ("--size", "64", "--quiet")


def run(*arguments: str) -> int:
    """The command's exit code."""
    parser = argparse.ArgumentParser()
    info.add_to(parser.add_subparsers())
    parsed = parser.parse_args(["info", *SMALL, *arguments])
    return exit_codes.run("tcvc", lambda: int(parsed.run(parsed)))


@pytest.fixture
def facts(capsys: pytest.CaptureFixture[str]) -> Any:
    """What `tcvc info --json` tells of a film."""

    def ask(film: Path | str, *arguments: str) -> dict[str, Any]:
        assert run(str(film), "--json", *arguments) == 0, capsys.readouterr().err
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    return ask


def lumas(shots: int, frames: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures of `shots` different textures, each `frames` long, within 16 to 235."""
    for shot in range(shots):
        rng = np.random.default_rng(shot)
        texture = cv2.GaussianBlur(rng.random((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 6)
        codes = np.interp(texture, (texture.min(), texture.max()), (16, 235)).astype(np.uint8)
        yield from [codes] * frames


def written(
    path: Path, kind: str, *, shots: int = 1, frames: int = 4, color: int = 128, codec: str = "ffv1", **tags: Any
) -> Path:
    """A film of pixel format `kind`, its Cb and Cr all `color`."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=Fraction(24000, 1001))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, kind
        for name, value in tags.items():
            setattr(stream.codec_context, name, value)
        for luma in lumas(shots, frames):
            chroma = np.full_like(luma, color)
            frame = av.VideoFrame.from_ndarray(np.stack([luma, chroma, chroma]), format="yuv444p")
            container.mux(stream.encode(frame.reformat(format=kind)))
        container.mux(stream.encode())
    return path


def as_y4m(shots: int, frames: int, header: bytes = b"") -> bytes:
    start = b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 Cmono%s\n" % header
    return start + b"".join(b"FRAME\n" + luma.tobytes() for luma in lumas(shots, frames))


def test_a_file_is_told_as_it_was_made(tmp_path: Path, facts: Any) -> None:
    film = written(tmp_path / "film.mkv", "yuv420p", shots=3, frames=8,
                   color_range=1, colorspace=1)  # fmt: skip
    assert facts(film) == {
        "width": 64, "height": 48, "pixel_aspect": "", "rate": "24000/1001", "frames": 24,
        "seconds": pytest.approx(24 * 1001 / 24000, abs=2e-3),  # Matroska counts milliseconds
        "pixel_format": "yuv420p", "bits": 8, "range": "limited", "range_is": "tagged", "matrix": "709",
        "matrix_is": "tagged", "interlaced": False, "shots": [0, 8, 16], "coloured": 0,
        "coloured_shots": [], "tinted": 0, "tinted_shots": [], "damaged": 0,
    }  # fmt: skip


def test_what_is_not_tagged_is_assumed_and_what_is_asked_counts(tmp_path: Path, facts: Any) -> None:
    film = written(tmp_path / "film.mkv", "yuv422p")
    untold, asked = facts(film), facts(film, "--range", "full", "--matrix", "2020")
    assert [untold[key] for key in ("range", "range_is", "matrix", "matrix_is")] == ["limited", "assumed", "601",
                                                                                      "assumed"]  # fmt: skip
    assert [asked[key] for key in ("range", "range_is", "matrix", "matrix_is")] == ["full", "asked", "2020", "asked"]


@pytest.mark.parametrize(
    ("kind", "bits", "range"),
    [
        ("yuv420p10le", 10, "limited"), ("yuv444p12le", 12, "limited"), ("gray", 8, "full"), ("gray16le", 16, "full"),
        ("bgr0", 8, "limited"), ("gbrp10le", 10, "limited"), ("yuva420p", 8, "limited"),
    ],
)  # fmt: skip
def test_every_pixel_format_is_read_and_its_shots_found(
    kind: str, bits: int, range: str, tmp_path: Path, facts: Any
) -> None:
    told = facts(written(tmp_path / "film.mkv", kind, shots=2, frames=5))
    assert [told[key] for key in ("pixel_format", "bits", "range")] == [kind, bits, range]
    assert [told[key] for key in ("shots", "coloured")] == [[0, 5], 0]


def test_frames_that_are_tinted_are_counted(tmp_path: Path, facts: Any) -> None:
    told = facts(written(tmp_path / "film.mkv", "yuv420p", color=170))
    assert (told["coloured"], told["tinted"], told["tinted_shots"]) == (0, 1, [0])
    assert facts(written(tmp_path / "faint.mkv", "yuv420p", color=130))["tinted"] == 0
    assert facts(written(tmp_path / "rgb.mkv", "bgr0", color=170))["tinted"] == 1


def test_no_shots_looks_at_one_frame_and_tells_the_length_that_the_file_claims(tmp_path: Path, facts: Any) -> None:
    told = facts(written(tmp_path / "film.avi", "yuv420p", shots=2, frames=5), "--no-shots")
    assert [told[key] for key in ("shots", "coloured", "frames")] == [None, 0, 10]


def test_cuts_can_be_given(tmp_path: Path, facts: Any) -> None:
    film = written(tmp_path / "film.mkv", "yuv420p", shots=2, frames=5)
    assert facts(film, "--cuts", "none")["shots"] == [0]
    assert facts(film, "--cuts", "3,7,99")["shots"] == [0, 3, 7]


def test_a_film_in_stdin_is_told_like_a_file(tmp_path: Path, facts: Any) -> None:
    path = tmp_path / "film.y4m"
    path.write_bytes(as_y4m(2, 5, b" XCOLORRANGE=FULL").replace(b"A1:1", b"A16:15"))
    told = facts_of_stdin(path, facts)
    file = facts(path)
    some = ("pixel_format", "pixel_aspect", "range_is", "frames", "seconds", "shots", "rate")
    assert [told[key] for key in some] == ["mono", "16:15", "tagged", 10, 0.4, [0, 5], "25"]
    same = ("width", "height", "pixel_aspect", "rate", "frames", "range", "matrix", "shots", "coloured", "interlaced")
    assert [told[key] for key in same] == [file[key] for key in same]


def facts_of_stdin(path: Path, facts: Any) -> Any:
    """The facts of a file that stands on stdin."""
    kept = os.dup(0)
    try:
        with path.open("rb") as file:
            os.dup2(file.fileno(), 0)
            return facts("-")
    finally:
        os.dup2(kept, 0)
        os.close(kept)


def test_interlaced_films_are_told(tmp_path: Path, facts: Any) -> None:
    path = tmp_path / "film.y4m"
    path.write_bytes(as_y4m(1, 3).replace(b" Ip", b" It"))
    assert facts(path)["interlaced"] is True
    assert facts_of_stdin(path, facts)["interlaced"] is True


def test_lines_for_people_say_it_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = written(tmp_path / "film.mkv", "yuv420p", shots=2, frames=5)
    assert run(str(film)) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["picture"] == "64x48"
    assert lines["range"] == "limited (assumed)"
    assert lines["shots"] == "2, beginning at 0,5"
    assert lines["colour"] == "none in the film, or too faint to tell from noise"


def test_a_film_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path: Path, facts: Any) -> None:
    whole = written(tmp_path / "film.mkv", "yuv420p", shots=2, frames=5).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    assert 1 <= facts(tmp_path / "cut.mkv")["frames"] < 10


def test_packets_that_cannot_be_decoded_are_counted_and_passed_over(tmp_path: Path, facts: Any) -> None:
    film = written(tmp_path / "film.avi", "gray", shots=40, frames=1, codec="png")
    with av.open(str(film)) as container:
        packet = list(container.demux(video=0))[6]
    (tmp_path / "damaged.avi").write_bytes(film.read_bytes().replace(bytes(packet), bytes(packet.size)))
    told = facts(tmp_path / "damaged.avi")
    assert told["damaged"] == 1
    assert 35 <= told["frames"] < 40  # FFmpeg gives up a neighbour of a damaged frame as well


def test_as_many_shots_are_found_as_by_the_pipe(tmp_path: Path, facts: Any, capsys: pytest.CaptureFixture[str]) -> None:
    film = as_y4m(4, 5)
    (tmp_path / "film.y4m").write_bytes(film)
    found = facts_of_stdin(tmp_path / "film.y4m", facts)["shots"]
    assert pipe.main(["--size", "64", "--threads", "1", "--log", "json"], BytesIO(film), BytesIO()) == 0
    done = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (found, done["shots"]) == ([0, 5, 10, 15], 4)


def test_what_is_no_film_ends_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.mkv").write_text("no film")
    (tmp_path / "empty.mkv").touch()
    (tmp_path / "none.y4m").write_bytes(as_y4m(0, 0))
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    ends = (("nowhere.mkv", 2, "no such file"), (".", 2, ""), ("text.mkv", 3, "FFmpeg"), ("empty.mkv", 3, "FFmpeg"),
            ("sound.wav", 3, "no video"), ("none.y4m", 3, "no frame"))  # fmt: skip
    for name, code, words in ends:
        got, said = run(str(tmp_path / name)), capsys.readouterr()
        assert (got, said.out, said.err.count("\n")) == (code, "", 1), name
        assert words in said.err


@given(st.integers(0, 30), st.integers(0, 3), st.integers(0, 3))
def test_first_frames_are_those_of_the_rule_with_its_window_and_no_more(length: int, before: int, after: int) -> None:
    rule = LocalCuts(frozenset(), length, before, after)
    clip = {index: gray(index) for index in range(length)}

    def window(index: int) -> dict[int, Any]:
        return {n: clip[n] for n in range(max(0, index - before), min(length, index + after + 1))}

    expected = [index for index in clip if index == 0 or rule.is_cut(index, window(index))]
    assert list(info.first_frames(iter(clip.values()), rule)) == expected
