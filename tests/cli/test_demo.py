"""tcvc demo: the film it makes has the cuts it says, and what it writes is that film, in colour, whole."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_tcvc import cli
from vs_tcvc.cli import demo, demo_film

SHOT_FRAMES = 8
FRAMES = SHOT_FRAMES * len(demo_film.TAKES)
NAMES = ["film.mp4", "colour.mp4", "side_by_side.mp4", "sheet.png"]
Planes = tuple[NDArray[np.int16], ...]


@dataclass(frozen=True)
class Made:
    """What one run left: its folder, and its words on stdout."""

    folder: Path
    said: str

    def planes(self, name: str) -> list[Planes]:
        """Y, Cb, Cr of every frame."""
        return planes(self.folder / name)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The demo with short shots, written over the files of a run with shots of two frames."""
    folder = tmp_path_factory.mktemp("films") / "new" / "demo"
    for length in (2, SHOT_FRAMES):
        said = StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
            patch.setattr(demo_film, "SHOT_FRAMES", length)
            assert cli.main(["demo", "--out", str(folder)]) == 0
    return Made(folder, said.getvalue())


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The film at its full length."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    demo_film.write(path)
    return path


def planes(path: Path) -> list[Planes]:
    with av.open(path) as container:
        return [_planes(frame) for frame in container.decode(video=0)]


def _planes(frame: av.VideoFrame) -> Planes:
    return tuple(
        np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width].astype(np.int16)
        for plane in frame.planes
    )


def facts(path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """What `tcvc info` sees in a film."""
    assert cli.main(["info", "--json", str(path)]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_film_lasts_twelve_seconds_and_is_black_and_white(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = facts(film, capsys)
    assert (seen["rate"], seen["frames"], seen["seconds"]) == ("24", 12 * 24, 12.0)
    assert (seen["range"], seen["matrix"]) == ("limited", "709")
    assert (seen["range_is"], seen["matrix_is"]) == ("tagged", "tagged")
    assert seen["coloured"] == 0


def test_the_cuts_are_found_and_the_flash_is_none(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flashes = [index for index, (luma, _, _) in enumerate(planes(film)) if luma.mean() > 225]
    assert flashes == [4 * 48 + 24, 4 * 48 + 25]  # in the middle of the fifth shot
    assert facts(film, capsys)["shots"] == demo_film.first_frames() == [0, 48, 96, 144, 192, 240]


def test_the_third_shot_shows_the_first_scene_again(film: Path) -> None:
    frames = [cv2.resize(luma, (32, 18), interpolation=cv2.INTER_AREA) for luma, _, _ in planes(film)]
    last = frames[47].ravel()
    again, other = (np.corrcoef(last, frames[index].ravel())[0, 1] for index in (96, 48))
    assert again > 0.8 > 0.4 > other


@pytest.mark.parametrize("take", demo_film.TAKES, ids=lambda take: take.photograph)
def test_the_camera_sees_nothing_beyond_the_photograph(take: demo_film.Take) -> None:
    white = np.ones_like(demo_film._photograph(take.photograph))
    for index in range(demo_film.SHOT_FRAMES):
        view = demo_film._view(take, index / demo_film.SHOT_FRAMES)
        assert demo_film._seen(white, view, demo_film._sway(index)).min() == 1


def test_nothing_lies_in_the_folder_but_what_is_told(made: Made) -> None:
    assert sorted(path.name for path in made.folder.iterdir()) == sorted(NAMES)
    told = [line.partition(": ")[0] for line in made.said.splitlines()]
    assert [line for line in told if line.startswith(str(made.folder))] == [str(made.folder / name) for name in NAMES]


def test_the_end_tells_frames_shots_and_what_to_try_next(made: Made) -> None:
    for words in (f"{FRAMES} frames", "6 shots", " fps", "tcvc info", "tcvc colorize", "--reference painted.png@"):
        assert words in made.said


@pytest.mark.parametrize(("name", "width"), [("film.mp4", 640), ("colour.mp4", 640), ("side_by_side.mp4", 1280)])
def test_every_film_is_h264_of_the_same_frames(made: Made, name: str, width: int) -> None:
    with av.open(made.folder / name) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", width, 360)
        assert stream.average_rate == 24
        assert (stream.frames, len(container.streams)) == (FRAMES, 1)
        assert sum(1 for _ in container.decode(video=0)) == FRAMES


def test_the_color_film_keeps_the_luma_of_the_film(made: Made) -> None:
    """x264 at its usual quality for colorize, CRF 16, loses some grain and nothing else: more than 40 dB."""
    for before, after in zip(made.planes("film.mp4"), made.planes("colour.mp4"), strict=True):
        assert 10 * np.log10(255**2 / np.square(before[0] - after[0]).mean()) > 40


def test_the_comparison_has_no_color_at_left_and_the_film_s_at_right(made: Made) -> None:
    """Both are encoded, hence the tolerance of one code on average; neutral stays nearly exact."""
    for single, double in zip(made.planes("colour.mp4"), made.planes("side_by_side.mp4"), strict=True):
        for alone, both in zip(single[1:], double[1:], strict=True):
            left, right = np.split(both, 2, axis=1)
            assert abs(left - 128).mean() < 0.1
            assert abs(right - alone).mean() < 1


def test_every_shot_has_color(made: Made) -> None:
    frames = made.planes("colour.mp4")
    for first in range(0, FRAMES, SHOT_FRAMES):
        assert max(abs(plane - 128).mean() for plane in frames[first][1:]) > 1


def test_the_sheet_shows_first_and_last_frames_gray_above_color(made: Made) -> None:
    sheet = cv2.imread(str(made.folder / "sheet.png"))
    assert sheet is not None
    assert sheet.shape == (3 * (demo.STRIP + 360), 4 * 320, 3)
    films = [made.planes(name) for name in ("film.mp4", "colour.mp4")]
    places = [(row, column) for row in range(3) for column in range(4)]
    for place, (row, column) in enumerate(places):
        frame = SHOT_FRAMES * (place // 2) + (SHOT_FRAMES - 1) * (place % 2)
        cell = sheet[row * (demo.STRIP + 360) :, column * 320 :][: demo.STRIP + 360, :320].astype(np.float64)
        strip, above, below = np.split(cell, [demo.STRIP, demo.STRIP + 180])
        assert strip.max() == 255
        assert np.ptp(above, axis=2).mean() < 0.5 < 4 < np.ptp(below, axis=2).mean()
        for picture, film in zip((above, below), films, strict=True):
            luma = cv2.resize(film[frame][0], (320, 180), interpolation=cv2.INTER_AREA)
            shown = 16 + 219 / 255 * picture @ (0.0722, 0.7152, 0.2126)
            assert abs(shown - luma).mean() < 2


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_way_gives_one_sentence(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    assert cli.main(["demo", "--out", str(tmp_path / place)]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith(f"tcvc demo: --out {tmp_path / place}: cannot be written (")
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_full_disk_gives_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_film, "SHOT_FRAMES", 2)
    (tmp_path / "film.mp4").symlink_to("/dev/full")
    assert cli.main(["demo", "--out", str(tmp_path)]) == 2
    assert (
        "No space left on device); choose another folder, or free disk space"
        in capsys.readouterr().err.splitlines()[-1]
    )
