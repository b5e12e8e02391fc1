"""Frames that a user names: by the numbers of the files, and what is done about those that the film lacks.

One film of two shots as Matroska, Y4M and numbered pictures, in every face that names frames; VapourSynth is in
tests/vapoursynth/test_arguments.py.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import jobs
import numpy as np
import pytest
from numpy.typing import NDArray

import vs_tcvc
from ffmpeg_filters import graph, pipe
from vs_tcvc import cli
from vs_tcvc.sequences.image_file import read_picture
from vs_tcvc.sequences.job import Job

SHOT, FIRST = 3, 1001
FRAMES, CUT = 2 * SHOT, FIRST + SHOT
WORDS = ("--size", "64", "--threads", "1", "--device", "cpu")
SMALL = vs_tcvc.Settings(size=64, threads=1, device="cpu")


def picture(index: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(index // SHOT).random((48, 64)).astype(np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.interp(texture, (texture.min(), texture.max()), (30, 220)).astype(np.uint8)


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, entered, with film.mkv, film.y4m, scans/scan_001001.png and so on, and painted.png."""
    (tmp_path / "scans").mkdir()
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=24, width=64, height=48, pix_fmt="gray")
        for index in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index), "gray")))
            cv2.imwrite(str(tmp_path / "scans" / f"scan_{FIRST + index:06d}.png"), picture(index))
        container.mux(stream.encode(None))
    frames = b"".join(b"FRAME\n" + picture(index).tobytes() for index in range(FRAMES))
    (tmp_path / "film.y4m").write_bytes(b"YUV4MPEG2 W64 H48 F24:1 Ip A1:1 Cmono\n" + frames)
    cv2.imwrite(str(tmp_path / "painted.png"), cv2.applyColorMap(picture(1), cv2.COLORMAP_AUTUMN))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def length(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))


# Numbers of files


def test_colorize_goes_by_the_numbers_of_the_files(films: Path) -> None:
    named = ("--reference", f"painted.png@{FIRST + 1}", "--cuts", str(CUT))
    assert cli.main(["colorize", "scans", "named", *WORDS, *named, "--quiet"]) == 0
    assert cli.main(["colorize", "scans", "plain", *WORDS, "--cuts", str(CUT), "--quiet"]) == 0
    one, other = (
        [np.asarray(cv2.imread(str(path))).tobytes() for path in sorted((films / name).iterdir())]
        for name in ("named", "plain")
    )
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, False, False, True, True, True]


def test_a_reference_without_a_number_is_of_the_first_picture(films: Path) -> None:
    for out, name in (("one", "painted.png"), ("two", f"painted.png@{FIRST}")):
        assert cli.main(["colorize", "scans", out, *WORDS, "--reference", name, "--quiet"]) == 0
    one, two = (sorted((films / name).iterdir()) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_an_edit_counts_from_its_start_in_every_face(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = ("01:00:00:00 01:00:00:02", "01:00:00:02 01:00:00:06")
    lines = [f"00{n} REEL{n} V C 00:00:00:00 00:00:00:0{n} {time}" for n, time in enumerate(times, start=2)]
    (films / "reel.edl").write_text("\n".join(lines))
    for source, first in (("film.mkv", 0), ("scans", FIRST)):
        assert cli.main(["info", source, "--json", "--cuts", "reel.edl@24"]) == 0
        assert json.loads(capsys.readouterr().out)["shots"] == [first, first + 2]


def test_info_lists_the_numbers_of_the_files(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "scans", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shots"] == [FIRST, CUT]


def test_cuts_that_are_found_are_those_that_can_be_given(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cuts", "scans"]) == 0
    assert capsys.readouterr().out == f"{FIRST},{CUT}\n"
    assert cli.main(["cuts", "scans", "--first", "0"]) == 0
    assert capsys.readouterr().out == f"0,{SHOT}\n"
    for name in ("cuts.csv", "cuts.edl", "cuts.otio"):
        assert cli.main(["cuts", "scans", "--out", name]) == 0
        capsys.readouterr()
        assert cli.main(["info", "scans", "--json", "--cuts", name]) == 0
        assert json.loads(capsys.readouterr().out)["shots"] == [FIRST, CUT], name


def test_references_are_named_after_the_files(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["references", "scans", "--out", "refs", "--candidates", "1", *WORDS, "--quiet"]) == 0
    assert sorted(path.name for path in (films / "refs").iterdir()) == [
        f"shot001_frame{FIRST:06d}_1.png", f"shot002_frame{CUT:06d}_1.png",
    ]  # fmt: skip
    assert f"_1.png@{CUT}" in capsys.readouterr().out


# References of frames that the film lacks

Face = Callable[[str], int]


def through_graph(reference: str) -> int:
    colored = graph.colorize(ffmpeg.input("film.mkv"), size=64, threads=1, reference=(reference,), log="quiet")
    with pytest.raises(vs_tcvc.FrameError) as raised:
        colored.output("out.mkv", vcodec="ffv1").run(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    print(raised.value)
    return raised.value.exit_code


def through_pipe(reference: str) -> int:
    with io.FileIO("out.mkv", "w") as sink, io.FileIO("film.y4m") as source:
        return pipe.main([*WORDS, "--reference", reference], source, sink)


def by_command(source: str, target: str, reference: str) -> int:
    return cli.main(["colorize", source, target, *WORDS, "--reference", reference])


UNKNOWN_LENGTH: Mapping[str, Face] = {
    "tcvc-pipe": through_pipe,
    "ffmpeg-python": through_graph,
    "tcvc colorize": partial(by_command, "film.mkv", "out.mkv"),
    "at once": lambda reference: cli.main(
        ["colorize", "film.mkv", "out.mkv", *WORDS, "--at-once", "2", "--reference", reference]
    ),
}


@pytest.mark.parametrize("face", UNKNOWN_LENGTH)
def test_a_reference_past_the_end_is_an_error_once_the_film_is_there(
    films: Path, face: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert UNKNOWN_LENGTH[face](f"painted.png@{FRAMES}") == 1
    said = "".join(capsys.readouterr())
    assert f"reference: expected frames of the clip, 0 to 5, got {FRAMES}; all frames are coloured" in said
    assert length(films / "out.mkv") == FRAMES


KNOWN_LENGTH: Mapping[str, Face] = {
    "tcvc colorize": partial(by_command, "scans", "out"),
    "tcvc sequence": lambda reference: cli.main(
        ["sequence", "scans/scan_%06d.png", "out/c_%06d.png", *WORDS, "--reference", reference]
    ),
}


@pytest.mark.parametrize("face", KNOWN_LENGTH)
@pytest.mark.parametrize("frame", [FIRST + FRAMES, FIRST - 1, 0, -3])
def test_a_reference_outside_numbered_pictures_is_refused_before_work_begins(
    films: Path, face: str, frame: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert KNOWN_LENGTH[face](f"painted.png@{frame}") == 2
    assert f"reference: expected frames of the clip, {FIRST} to {FIRST + 5}, got {frame}\n" in capsys.readouterr().err
    assert not list(films.glob("out/*"))


@pytest.mark.parametrize("face", ["tcvc-pipe", "tcvc colorize"])
def test_a_frame_before_the_first_is_refused_at_once(
    films: Path, face: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert UNKNOWN_LENGTH[face]("painted.png@-3") == 2
    assert "--reference: expected frames of the clip, from 0, got -3" in capsys.readouterr().err


# Cuts there


def tcvc(*words: str) -> Face:
    return lambda cuts: cli.main([*words, *WORDS, "--cuts", cuts])


def test_cuts_outside_are_said_and_work_goes_on(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stream = (films / "film.y4m").read_bytes()
    commands: dict[str, tuple[int, Face]] = {
        "pipe": (0, lambda cuts: pipe.main([*WORDS, "--cuts", cuts], io.BytesIO(stream), io.BytesIO())),
        "info": (FIRST, lambda cuts: cli.main(["info", "scans", "--size", "64", "--cuts", cuts])),
        "film": (0, tcvc("colorize", "film.mkv", "out.mkv")),
        "scans": (FIRST, tcvc("colorize", "scans", "colour")),
        "references": (0, tcvc("references", "film.mkv", "--out", "refs", "--candidates", "1")),
        "sequence": (FIRST, tcvc("sequence", "scans/scan_%06d.png", "out/c_%06d.exr")),
    }
    for name, (first, command) in commands.items():
        last = first + FRAMES - 1
        assert command(f"{first},{first + SHOT},{last + 1},5000") == 0, name
        sentence = f"cuts: expected frames of the clip, {first} to {last}, got {last + 1} and 1 more, left out"
        assert capsys.readouterr().err.count(sentence) == 1, name
        assert command(f"{first},{first + SHOT}") in (0, 2), name  # 2: what was written before is there
        assert "left out" not in capsys.readouterr().err, name
    shots = [read_picture(path, "").spec.getattribute("tcvc/shot") for path in sorted((films / "out").glob("*.exr"))]
    assert shots == [FIRST] * SHOT + [CUT] * SHOT


def test_a_job_names_its_clip_itself_so_its_cuts_are_refused(films: Path) -> None:
    clip = {"protocol": 1, "plate": "scans/scan_%06d.png", "result": "out/c_%06d.png", "first": FIRST, "last": CUT}
    with pytest.raises(vs_tcvc.UsageError, match=re.escape(f"frames of the clip, {FIRST} to {CUT}, got {CUT + 1}")):
        jobs.do(Job.from_dictionary({**clip, "cuts": str(CUT + 1)}))
