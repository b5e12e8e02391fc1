"""vs_tcvc.open: a film that is read as often as needed, and written as `tcvc colorize` writes it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

import vs_tcvc
from vs_tcvc import backends, cli
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import luma

SMALL = vs_tcvc.Settings(size=64, threads=1)
FLAGS = ("--size", "64", "--threads", "1", "--quiet")
CUT, FRAMES = 5, 9


def picture(index: int) -> Any:
    """Limited-range luma of a picture that moves; another one from CUT on."""
    rng = np.random.default_rng(int(index >= CUT))
    wide = cv2.GaussianBlur(rng.random((48, 64 + FRAMES)).astype(np.float32), (0, 0), 2)
    wide = (wide - wide.min()) / np.ptp(wide)
    return SampleCoding(8).codes_from_luma(wide[:, index : index + 64])


def write(path: Path, pixels: str = "yuv420p", colored_from: int = FRAMES) -> Path:
    """The film, lossless, with a second of silence; frames from `colored_from` on have colour of their own."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=Fraction(24000, 1001))
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, pixels
        sound = container.add_stream("pcm_s16le", rate=8000)
        for index in range(FRAMES):
            frame = av.VideoFrame(64, 48, pixels)
            shades = (picture(index) if pixels != "yuv420p10le" else picture(index).astype(np.uint16) << 2, 128, 128)
            for plane, samples in zip(frame.planes, shades, strict=False):
                rows = np.frombuffer(plane, np.uint16 if "10" in pixels else np.uint8).reshape(plane.height, -1)
                rows[:, : plane.width] = samples if np.ndim(samples) else samples << (2 if "10" in pixels else 0)
                if index >= colored_from and not np.ndim(samples):
                    rows[:] = 200
            frame.pts = index
            container.mux(video.encode(frame))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 3000), np.int16), "s16", "mono")
        silence.sample_rate = 8000
        container.mux(sound.encode(silence))
        container.mux([*video.encode(None), *sound.encode(None)])
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("film") / "film.mkv")


def decoded(path: Path) -> list[list[bytes]]:
    """Y', Cb and Cr of every frame."""
    with av.open(str(path)) as container:
        return [
            [np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width].tobytes()
             for plane in frame.planes]
            for frame in container.decode(video=0)
        ]  # fmt: skip


def planes(frames: Any) -> list[list[bytes]]:
    return [[plane.tobytes() for plane in (frame.luma, *frame.chroma)] for frame in frames]


def by_the_command(film: Path, target: Path, *words: str) -> list[list[bytes]]:
    assert cli.main(["colorize", str(film), str(target), "--lossless", *FLAGS, *words]) == 0
    return decoded(target)


def test_a_file_has_the_pixels_of_the_command(film: Path, tmp_path: Path) -> None:
    expected = by_the_command(film, tmp_path / "colour.mkv")
    assert planes(vs_tcvc.colorize(film, settings=SMALL)) == expected
    with vs_tcvc.open(film, settings=SMALL) as opened:
        colored = opened.colorize()
        assert planes(colored) == expected
        assert planes(colored) == expected  # every `for` begins again


def test_the_best_frame_of_a_shot_can_lead_a_file(film: Path, tmp_path: Path) -> None:
    expected = by_the_command(film, tmp_path / "colour.mkv", "--reference-frame", "best")
    frames = list(vs_tcvc.colorize(film, settings=replace(SMALL, reference_frame="best")))
    assert planes(frames) == expected
    assert [frame.shot_start for frame in frames] == [0] * CUT + [CUT] * (FRAMES - CUT)


def test_a_film_is_written_as_the_command_writes_it(film: Path, tmp_path: Path) -> None:
    painted = cv2.resize(picture(0), (128, 96))[..., None] // 2 + np.array([60, 0, 20], np.uint8)
    cv2.imwrite(str(tmp_path / "painted.png"), painted[..., ::-1])
    options = ("--reference", str(tmp_path / "painted.png"), "--look", "vivid", "--saturation", "0.8", "--cuts", "3")
    expected = by_the_command(film, tmp_path / "theirs.mkv", *options)
    opened = vs_tcvc.open(film, settings=replace(SMALL, look="faded"))
    colored = opened.colorize(references={0: painted}, looks={3: "vivid"}, saturation=0.8, cuts=[3])
    summary = colored.write(tmp_path / "ours.mkv", lossless=True)
    assert (summary.frames, summary.shots) == (FRAMES, 2)
    assert decoded(tmp_path / "ours.mkv") == expected == planes(colored)
    with av.open(str(tmp_path / "ours.mkv")) as ours, av.open(str(tmp_path / "theirs.mkv")) as theirs:
        assert [each.type for each in ours.streams] == [each.type for each in theirs.streams] == ["video", "audio"]
        assert ours.streams.video[0].average_rate == Fraction(24000, 1001)
    with pytest.raises(vs_tcvc.UsageError, match="exists"):
        colored.write(tmp_path / "ours.mkv", lossless=True)
    with pytest.raises(vs_tcvc.UsageError, match=r"at_once: expected .* from 1, got 0"):
        colored.write(tmp_path / "none.mkv", at_once=0)
    assert colored.write(tmp_path / "ours.mkv", lossless=True, overwrite=True, at_once=2).frames == FRAMES
    assert decoded(tmp_path / "ours.mkv") == expected


def test_shots_are_those_of_the_film(film: Path) -> None:
    opened = vs_tcvc.open(film, settings=SMALL)
    assert (opened.width, opened.height, opened.rate) == (64, 48, Fraction(24000, 1001))
    assert opened.shots() == [vs_tcvc.Shot(0, CUT), vs_tcvc.Shot(CUT, FRAMES)]


@pytest.mark.parametrize(("pixels", "size", "dtype"), [
    ("yuv420p", (24, 32), "u1"), ("yuv422p", (48, 32), "u1"), ("gray", (24, 32), "u1"), ("yuv420p10le", (24, 32), "u2"),
])  # fmt: skip
def test_chroma_is_as_the_source_has_it_and_luma_is_kept(
    pixels: str, size: Sequence[int], dtype: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "film.mkv", pixels)
    frames = list(vs_tcvc.colorize(path, settings=SMALL))
    assert [frame.index for frame in frames] == [*range(FRAMES)]
    for frame in frames:
        assert [plane.shape for plane in frame.chroma] == [size] * 2
        assert {plane.dtype for plane in (frame.luma, *frame.chroma, frame.rgb)} == {np.dtype(dtype)}
        assert np.array_equal(frame.luma, picture(frame.index).astype(dtype) << (2 if dtype == "u2" else 0))
        full = SampleCoding(8 if dtype == "u1" else 16, "full")
        own = frame.stage.source.luma_from_codes(frame.luma)
        rgb = full.luma_from_codes(np.moveaxis(frame.rgb, -1, 0))
        assert np.abs(luma(rgb, "601") - own).max() <= 1 / full.luma_scale[0]


def test_pictures_are_a_film(tmp_path: Path) -> None:
    for index in range(FRAMES):
        cv2.imwrite(str(tmp_path / f"scan_{index + 1001}.png"), picture(index))
    by_folder = list(vs_tcvc.colorize(tmp_path, settings=SMALL))
    by_pattern = list(vs_tcvc.colorize(str(tmp_path / "scan_%04d.png"), settings=SMALL))
    assert planes(by_folder) == planes(by_pattern)
    assert [frame.index for frame in by_folder] == [*range(1001, 1001 + FRAMES)]
    assert [np.array_equal(frame.luma, picture(frame.index - 1001)) for frame in by_folder] == [True] * FRAMES


def test_pictures_go_by_the_numbers_of_their_files(film: Path, tmp_path: Path) -> None:
    for index in range(FRAMES):
        cv2.imwrite(str(tmp_path / f"scan_{index + 1001}.png"), picture(index))
    pictures, painted = vs_tcvc.open(tmp_path, settings=SMALL), np.full((48, 64, 3), (90, 60, 40), np.uint8)
    begin = 1001 + CUT
    assert pictures.shots() == [vs_tcvc.Shot(1001, begin), vs_tcvc.Shot(begin, 1001 + FRAMES)]
    colored = list(pictures.colorize(references={1003: painted}, looks={begin: "vivid"}, cuts=[begin]))
    assert [frame.shot_start for frame in colored] == [1001] * CUT + [begin] * (FRAMES - CUT)
    origins = [frame.origin for frame in colored]
    assert origins == ["predicted"] * 2 + ["array"] * (CUT - 2) + ["predicted"] * (FRAMES - CUT)
    plain = list(pictures.colorize(cuts=[begin]))
    same = [np.array_equal(one.rgb, other.rgb) for one, other in zip(colored, plain, strict=True)]
    assert same == [True, True] + [False] * (FRAMES - 2)
    with pytest.raises(vs_tcvc.UsageError, match="references: expected frames of the clip, 1001 to 1009, got 3"):
        next(iter(pictures.colorize(references={3: painted})))
    with pytest.raises(vs_tcvc.UsageError, match="looks: expected frames of the clip, 1001 to 1009, got 0"):
        next(iter(pictures.colorize(looks={0: "vivid"})))


def test_cuts_outside_the_film_are_logged(film: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened = vs_tcvc.open(film, settings=replace(SMALL, cuts=f"3,{FRAMES},700"))
    outside = [f"cuts: expected frames of the clip, 0 to {FRAMES - 1}, got {FRAMES} and 1 more, left out"]
    with caplog.at_level(logging.WARNING, "vs_tcvc.api"):
        assert opened.shots() == [vs_tcvc.Shot(0, 3), vs_tcvc.Shot(3, FRAMES)]
        assert [record.getMessage() for record in caplog.records] == outside
        list(opened.colorize())
    assert [record.getMessage() for record in caplog.records] == 2 * outside


def test_leaving_the_block_ends_what_still_goes_on(film: Path) -> None:
    before = threading.active_count()
    with vs_tcvc.open(film, settings=SMALL) as opened:
        frames = iter(opened.colorize())
        assert next(frames).index == 0
    assert next(frames, None) is None
    assert threading.active_count() <= before


@pytest.mark.parametrize("settings", [SMALL, replace(SMALL, reference_frame="best")])
@pytest.mark.parametrize("frames", range(4))
def test_another_thread_can_close_a_film_that_is_read(film: Path, settings: vs_tcvc.Settings, frames: int) -> None:
    """The iteration ends without an error, wherever it is."""
    opened = vs_tcvc.open(film, settings=settings)
    is_read, seen = threading.Event(), list[int]()

    def read() -> None:
        for frame in opened.colorize():
            seen.append(frame.index)
            if frame.index == frames:
                is_read.set()

    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(read)
        is_read.wait(20)
        opened.close()
        reading.result(20)
    assert seen == list(range(len(seen)))


@pytest.mark.parametrize("rate", [0, -24, "1e99999999", "24/0", float("nan"), 1e9])
def test_a_rate_that_is_none_is_refused(film: Path, rate: Any) -> None:
    with pytest.raises(vs_tcvc.UsageError, match=r"^rate: expected frames per second, such as 24 or 24000/1001, got "):
        vs_tcvc.open(film, rate=rate)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"crf": "a"}, "crf: expected a number, got 'a'"),
        ({"crf": float("nan")}, "crf: expected a number, got nan"),
        ({"options": "preset"}, "options: expected texts by name"),
        ({"options": {"preset": None}}, "options: expected texts by name"),
        ({"options": {"presett": "slow"}}, "options presett: libx264 has no such option"),
        ({"codec": 7}, "codec: expected the name of an encoder, got 7"),
        ({"at_once": "2"}, "at_once: expected a number of shots from 1, got '2'"),
    ],
)
def test_how_a_film_is_written_is_refused_in_python_s_own_names(
    film: Path, tmp_path: Path, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(vs_tcvc.UsageError) as caught:
        vs_tcvc.open(film, settings=SMALL).colorize().write(tmp_path / "out.mkv", **given)
    assert str(caught.value).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"references": {3: "nowhere.png"}}, "references: frame 3: nowhere.png: expected a picture file"),
        ({"looks": {4: "vividd"}}, "looks frame 4: expected natural"),
        ({"saturation": 7}, "saturation: expected 0 to 4, got 7"),
        ({"cuts": "nowhere.txt"}, "cuts: expected auto, none"),
    ],
)
def test_what_guides_colour_is_refused_in_python_s_own_names(film: Path, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(vs_tcvc.UsageError) as caught:
        list(vs_tcvc.open(film, settings=SMALL).colorize(**given))
    assert str(caught.value).startswith(sentence)


def test_settings_that_are_none_are_refused(film: Path) -> None:
    given: Any = {}
    with pytest.raises(vs_tcvc.UsageError, match=r"settings: expected vs_tcvc\.Settings, got dict"):
        vs_tcvc.open(film, settings=given)


def test_what_a_command_would_say_goes_to_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "film.mkv", colored_from=3)
    with caplog.at_level(logging.INFO, "vs_tcvc.api"):
        list(vs_tcvc.colorize(path, settings=SMALL))
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["2 of 2 shots tinted, beginning at 0, 5; the tint is replaced"]
    assert any("compact on cpu" in record.getMessage() for record in caplog.records)
    caplog.clear()
    vs_tcvc.open(path, settings=replace(SMALL, log="info")).colorize().write(tmp_path / "colour.mkv")
    assert capfd.readouterr() == ("", "")


def test_what_the_package_logs_while_a_network_loads_is_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = backends.make_colorizer

    def make(settings: vs_tcvc.Settings) -> object:
        logging.getLogger("vs_tcvc.backends.graph_cache").warning("graphs are made")
        return load(settings)

    monkeypatch.setattr(backends, "make_colorizer", make)
    with caplog.at_level(logging.DEBUG, "vs_tcvc"):
        list(vs_tcvc.colorize([np.zeros((48, 64), np.uint8)], settings=SMALL))
    assert [record.getMessage() for record in caplog.records].count("graphs are made") == 1


def test_a_reference_that_is_for_no_frame_is_said_after_all_frames_came(film: Path) -> None:
    frames = vs_tcvc.colorize(film, references={20: np.zeros((48, 64, 3), np.uint8)}, settings=SMALL)
    assert [next(frames).index for _ in range(FRAMES)] == [*range(FRAMES)]
    with pytest.raises(vs_tcvc.FrameError, match=r"references: expected .* 0 to 8, got 20"):
        next(frames)


def test_what_is_no_film_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "notes.mkv").write_text("no film")
    with pytest.raises(vs_tcvc.StreamError, match=r"notes\.mkv"):
        vs_tcvc.open(tmp_path / "notes.mkv")
    with pytest.raises(vs_tcvc.UsageError, match="no such file"):
        vs_tcvc.open(tmp_path / "film.mkv")


@pytest.mark.parametrize("name", ["", "a\0.mkv", "a\ud800.mkv", None, b"a.mkv"])
def test_what_can_be_no_name_is_refused_and_nothing_is_written(film: Path, name: Any) -> None:
    """An empty name is not the working folder."""
    with pytest.raises(vs_tcvc.UsageError, match="path: expected a file's name"):
        vs_tcvc.open(name)
    with pytest.raises(vs_tcvc.UsageError, match="path: expected a file's name"):
        vs_tcvc.open(film, settings=SMALL).colorize().write(name)
