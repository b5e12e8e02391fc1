"""Films as numbered pictures: their numbers, their depth and their luma come out as they went in."""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import OpenImageIO as oiio
import pytest
import tifffile
from numpy.typing import NDArray

from ffmpeg_filters.decoder import open_source
from vs_tcvc.cli import info, main
from vs_tcvc.errors import StreamError
from vs_tcvc.picture import color
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.events import ignore
from vs_tcvc.runtime.numbered_files import NumberedFiles, find_pictures
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.settings import Settings

KR, KB = color.MATRICES["601"]  # the matrix of pictures of up to 576 lines


def texture(number: int, dtype: Any = np.uint16, size: tuple[int, int] = (48, 64)) -> NDArray[Any]:
    """A gray picture (H, W) with black, white and everything between, which moves with its number."""
    highest = int(np.iinfo(dtype).max)
    small = np.random.default_rng(7).integers(0, highest + 1, (12, 20))
    small[3, 3:6], small[5, 3:6] = 0, highest
    blocks = np.kron(small, np.ones((8, 8), np.int64)) + np.arange(160) * highest // 9999
    return blocks[number % 8 :, number % 8 :][: size[0], : size[1]].clip(0, highest).astype(dtype)


def write(folder: Path, names: str, numbers: Sequence[int], dtype: Any = np.uint16, channels: int = 1) -> Path:
    """Pictures on disk by OpenCV; returns the pattern of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        gray = texture(number, dtype)
        picture = gray if channels == 1 else np.stack([gray] * channels, axis=-1)
        assert cv2.imwrite(str(folder / (names % number)), picture)
    return folder / names


def read(path: Path) -> NDArray[Any]:
    """(H, W) or (H, W, RGB) codes, by OpenCV."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture if picture.ndim == 2 else picture[..., ::-1]


def luma(rgb: NDArray[Any]) -> NDArray[np.float64]:
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    return np.asarray(KR * red + (1 - KR - KB) * green + KB * blue)


def command(*words: object) -> int:
    """Exit code of `tcvc colorize`."""
    return main(["colorize", *map(str, words), "--size", "64", "--threads", "1"])


def planes(path: Path) -> list[list[NDArray[Any]]]:
    """Y, Cb, Cr of every frame of a film."""
    with av.open(str(path)) as container:
        return [
            [np.frombuffer(each, np.uint8 if frame.format.components[0].bits == 8 else np.uint16)
             .reshape(each.height, -1)[:, : each.width].copy() for each in frame.planes]
            for frame in container.decode(video=0)
        ]  # fmt: skip


# Pictures in, pictures out


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_numbers_depth_and_luma_stay_and_color_is_added(ending: str, dtype: Any, channels: int, tmp_path: Path) -> None:
    source = write(tmp_path, f"scan_%06d.{ending}", range(1001, 1005), dtype, channels)
    assert command(source, tmp_path / "colour" / f"c_%06d.{ending}", "--quiet") == 0
    assert sorted(os.listdir(tmp_path / "colour")) == [f"c_{number:06d}.{ending}" for number in range(1001, 1005)]
    for number in range(1001, 1005):
        colored = read(tmp_path / "colour" / f"c_{number:06d}.{ending}")
        assert (colored.dtype, colored.shape) == (dtype, (48, 64, 3))
        assert np.abs(luma(colored) - texture(number, dtype)).max() <= 1
        assert np.ptp(colored.astype(int), axis=-1).max() > np.iinfo(dtype).max // 50


def test_pictures_show_the_very_colors_of_the_film(tmp_path: Path) -> None:
    source = write(tmp_path, "%04d.png", range(3))
    assert command(source, tmp_path / "film.mkv", "--lossless", "--chroma", "444", "--quiet") == 0
    assert command(source, tmp_path / "colour_%d.tif", "--quiet") == 0
    coding = SampleCoding(16, "full")
    for number, (y, *chroma) in enumerate(planes(tmp_path / "film.mkv")):
        rgb = color.rgb_with_luma(coding.luma_from_codes(y), coding.chroma_from_codes(np.stack(chroma)), "601")
        assert np.array_equal(np.moveaxis(coding.codes_from_luma(rgb), 0, -1), read(tmp_path / f"colour_{number}.tif"))


def test_a_folder_is_its_numbered_pictures(tmp_path: Path) -> None:
    write(tmp_path / "100%d scans", "reel 2_%d.PNG", range(8, 12))
    (tmp_path / "100%d scans" / "notes.txt").write_text("8 to 11")
    assert command(tmp_path / "100%d scans", tmp_path / "colour", "--quiet") == 0
    assert sorted(os.listdir(tmp_path / "colour")) == sorted(f"reel 2_{number}.PNG" for number in range(8, 12))
    for number in range(8, 12):
        assert np.abs(luma(read(tmp_path / "colour" / f"reel 2_{number}.PNG")) - texture(number)).max() <= 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("scan_%06d.png", "scan_%06d.png"), ("s%d.tif", "s%d.tif"), ("s%03d x.tiff", "s%03d x.tiff"),
        ("s%d.jpg", "s%d.png"), ("s%d x.jp2", "s%d x.png"), ("100%% %d.png", "frame_%06d.png"),
    ],
)  # fmt: skip
def test_results_in_a_folder_keep_the_names_and_numbers_of_their_pictures(
    names: str, expected: str, tmp_path: Path
) -> None:
    """Those of formats that we do not write become .png; a name that no pattern can tell becomes frame_."""
    numbers = range(1014, 1017)
    write(tmp_path / "scans", names, numbers, np.uint8)
    for source in (tmp_path / "scans", tmp_path / "scans" / names) if "%%" not in names else (tmp_path / "scans",):
        assert command(source, tmp_path / "colour", "--quiet", "--overwrite") == 0
        assert sorted(os.listdir(tmp_path / "colour")) == sorted(expected % number for number in numbers)


@pytest.mark.parametrize(
    ("names", "numbers", "pattern"),
    [
        ("%d.tif", range(9, 12), "%d.tif"),
        ("a%02d.png", range(9, 102), "a%02d.png"),
        ("a%03d.png", range(5, 8), "a%03d.png"),
        ("a%04d.png", range(1000, 1003), "a%d.png"),
        ("reel2.v3 %05d x.jp2", range(3), "reel2.v3 %05d x.jp2"),
        ("a%d.png", [0], "a%d.png"),
    ],
)
def test_names_in_a_folder_are_understood(names: str, numbers: Sequence[int], pattern: str, tmp_path: Path) -> None:
    for number in numbers:
        (tmp_path / (names % number)).write_bytes(b"x")
    found = find_pictures(tmp_path)
    assert found is not None
    assert str(found[0]) == str(tmp_path / pattern)
    assert [found[0].path(number).name for number in found[1]] == [names % number for number in numbers]


OTHER_NAMES = (
    "film.mkv", "100%.png", "a%d_%d.png", "a%6d.png", "a%s.png", "me@home.png", "cost$Foo.png", "a$F4_@@.png",
    "a@@_@@.png", "a#.png", "a$F44.png",
)  # fmt: skip


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_names_are_no_pattern(name: str) -> None:
    assert NumberedFiles.named(Path(name)) is None


@pytest.mark.parametrize("names", ["a_@@@@.png", "a_$F4.png", "a_####.png"])
def test_names_as_hosts_write_them_are_read_and_written(names: str, tmp_path: Path) -> None:
    write(tmp_path, "a_%04d.png", [8, 9])
    assert command(tmp_path / names, tmp_path / f"c{names}", "--quiet") == 0
    assert sorted(os.listdir(tmp_path)) == ["a_0008.png", "a_0009.png", "ca_0008.png", "ca_0009.png"]


def test_numbers_below_0_are_read_and_written(tmp_path: Path) -> None:
    source = write(tmp_path, "a_%d.png", range(-2, 2))
    assert command(source, tmp_path / "c_%04d.png", "--quiet") == 0
    for number in range(-2, 2):
        assert np.abs(luma(read(tmp_path / f"c_{number:04d}.png")) - texture(number)).max() <= 1


def test_numbers_below_0_that_ffmpeg_would_look_for_elsewhere_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(write(tmp_path, "a_%04d.png", range(-2, 2)), tmp_path / "c_%04d.png") == 2
    assert "a_-002.png: expected numbers from 0 on" in capsys.readouterr().err


def test_a_file_that_is_named_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    write(tmp_path, "a%04d.png", [1])
    (tmp_path / "a0001.png").rename(tmp_path / "a%04d.png")
    assert find_pictures(tmp_path / "a%04d.png") is None


def test_other_pictures_of_the_target_neither_hinder_nor_change(tmp_path: Path) -> None:
    source = write(tmp_path, "%d.png", [5, 6])
    write(tmp_path, "c_%d.png", [4])
    before = (tmp_path / "c_4.png").read_bytes()
    assert command(source, tmp_path / "c_%d.png", "--quiet") == 0
    assert command(source, tmp_path / "c_%d.png", "--quiet") == 2
    assert command(source, tmp_path / "c_%d.png", "--quiet", "--overwrite") == 0
    assert (tmp_path / "c_4.png").read_bytes() == before


def test_an_encoder_option_reaches_the_encoder(tmp_path: Path) -> None:
    source = write(tmp_path, "%d.png", [1])
    for level in ("0", "9"):
        option = f"compression_level={level}"
        assert command(source, tmp_path / level, "--encoder-option", option, "--quiet") == 0
    sizes = [(tmp_path / level / "1.png").stat().st_size for level in ("0", "9")]
    assert sizes[0] > 48 * 64 * 6 > sizes[1]


def test_more_bits_can_be_written(tmp_path: Path) -> None:
    source = write(tmp_path, "%d.png", [1], np.uint8)
    assert command(source, tmp_path / "c_%d.png", "--bits", "16", "--quiet") == 0
    assert np.abs(luma(read(tmp_path / "c_1.png")) - 257.0 * texture(1, np.uint8)).max() <= 1


# Pictures to a film, a film to pictures


@pytest.mark.parametrize(("words", "rate"), [((), 24), (("--rate", "18"), 18), (("--rate", "24000/1001"), None)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_film_of_pictures_has_their_luma_to_the_bit_and_the_rate_that_is_asked(
    channels: int, words: Sequence[str], rate: int | None, tmp_path: Path
) -> None:
    source = write(tmp_path, "%03d.png", range(7, 10), channels=channels)
    assert command(source, tmp_path / "out.mkv", "--lossless", "--quiet", *words) == 0
    for number, (y, *_) in enumerate(planes(tmp_path / "out.mkv"), 7):
        assert np.array_equal(y, texture(number))
    with av.open(str(tmp_path / "out.mkv")) as container:
        average = container.streams.video[0].average_rate
        assert Fraction(average.numerator, average.denominator) == (rate or Fraction(24000, 1001))


def film(path: Path, pixels: str, sound: bool = False) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25, width=64, height=48, pix_fmt=pixels)
        speech = container.add_stream("flac", rate=8000) if sound else None
        for number in range(3):
            gray = av.VideoFrame.from_ndarray(texture(number), "gray16le")
            container.mux(stream.encode(gray.reformat(format=pixels)))
        container.mux(stream.encode(None))
        if speech:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 80000), np.int16), "s16", "stereo")
            silence.rate, silence.pts = 8000, 0
            container.mux([*speech.encode(silence), *speech.encode(None)])
    return path


@pytest.mark.parametrize(
    ("pixels", "black", "step", "dtype"),
    [
        ("gray", 0, 1, np.uint8),
        ("yuv420p", 16, 255 / 219, np.uint8),
        ("yuv422p10le", 64, 65535 / 876, np.uint16),
        ("gray16le", 0, 1, np.uint16),
    ],
)
def test_a_film_becomes_pictures_numbered_from_0(
    pixels: str, black: int, step: float, dtype: Any, tmp_path: Path
) -> None:
    source = film(tmp_path / "in.mkv", pixels)
    assert command(source, tmp_path / "colour", "--quiet") == 0
    assert sorted(os.listdir(tmp_path / "colour")) == [f"frame_{number:06d}.png" for number in range(3)]
    for number, (y, *_) in enumerate(planes(source)):
        colored = read(tmp_path / "colour" / f"frame_{number:06d}.png")
        assert colored.dtype == dtype
        expected = ((y.astype(float) - black) * step).clip(0, np.iinfo(dtype).max)
        assert np.abs(luma(colored) - expected).max() <= 1


def test_what_pictures_cannot_hold_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(film(tmp_path / "in.mkv", "gray", sound=True), tmp_path / "colour") == 0
    assert capsys.readouterr().err.count("pictures have no sound") == 1
    assert command(film(tmp_path / "in.mkv", "gray"), tmp_path / "colour", "--overwrite") == 0
    assert "pictures have no sound" not in capsys.readouterr().err


def test_nothing_is_read_of_streams_that_are_not_copied(tmp_path: Path) -> None:
    with open_source(film(tmp_path / "in.mkv", "gray", sound=True), Settings(), ignore) as source:
        source.leave_other_streams()
        assert len(list(source.pictures())) == 3
        assert len(source.copied) <= 1  # of 139 packets; one was read with the first frame


def test_the_luma_of_colored_pictures_is_taken_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rgb = np.stack([texture(1), texture(2)[::-1], texture(3)[:, ::-1]], axis=-1)
    cv2.imwrite(str(tmp_path / "1.png"), rgb[..., ::-1])
    assert command(tmp_path / "%d.png", tmp_path / "colour", "--quiet") == 0
    assert np.abs(luma(read(tmp_path / "colour" / "1.png")) - luma(rgb)).max() <= 1
    assert command(tmp_path / "%d.png", tmp_path / "out.mkv") == 0
    assert "frame 1 has colour of its own, which is replaced" in capsys.readouterr().err


# Previews, comparisons, many, info


def test_a_preview_keeps_the_numbers_of_its_pictures(tmp_path: Path) -> None:
    source = write(tmp_path, "%d.png", range(20, 27))
    assert command(source, tmp_path / "colour", "--preview", 2, "--cuts", "20,24", "--quiet") == 0
    assert sorted(os.listdir(tmp_path / "colour")) == [f"{number}.png" for number in (20, 21, 24, 25)]


@pytest.mark.parametrize(("style", "columns"), [("side", 128), ("wipe", 64)])
def test_a_comparison_is_pictures_as_well(style: str, columns: int, tmp_path: Path) -> None:
    source = write(tmp_path, "%d.png", [3, 4])
    assert command(source, tmp_path / "c_%d.png", "--compare", style, "--quiet") == 0
    both = read(tmp_path / "c_3.compare.png")
    assert both.shape == (48, columns, 3)
    assert np.array_equal(both[:, :64], np.stack([texture(3)] * 3, axis=-1))  # the wipe begins without colour
    assert np.array_equal(both[:, 64:], read(tmp_path / "c_3.png")[:, : columns - 64])


def test_many_go_into_a_folder_each_as_it_came(tmp_path: Path) -> None:
    write(tmp_path / "reel.1", "%04d.tif", [1])
    pattern = write(tmp_path / "reel.2", "b_%04d.tif", [2])
    out = tmp_path / "out"
    words = (tmp_path / "reel.1", pattern, film(tmp_path / "c.mkv", "gray"), "--out-dir", out, "--quiet")
    assert command(*words) == 0
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert files == ["b_0002.tif", "c.mkv", "reel.1/0001.tif"]


def test_info_tells_of_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "scans", "%04d.tif", range(5, 9))
    parser = argparse.ArgumentParser()
    info.add_to(parser.add_subparsers())
    parsed = parser.parse_args(["info", str(tmp_path / "scans"), "--json", "--size", "64"])
    assert parsed.run(parsed) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["frames"], facts["bits"], facts["range"], facts["rate"]) == (4, 16, "full", "24")


# One sentence, and nothing written


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("gap/%d.png", "out"), 3, f"gap{os.sep}3.png: this picture is missing between 1 and 5"),
        (("gap", "out"), 3, "3.png: this picture is missing"),
        (("hollow", "out"), 3, "2.png: expected a picture, got an empty file"),
        (("scans/other_%d.png", "out"), 2, "expected pictures of such names, found none"),
        (("nowhere/%d.png", "out"), 2, "expected pictures of such names, found none"),
        (("nowhere", "out"), 2, "no such file; check the name"),
        (("bare", "out"), 2, "bare: expected numbered pictures in it"),
        (("mixed", "out"), 2, "mixed: expected pictures of one kind, found 1.png and 2.tif; choose one"),
        (("padded", "out"), 2, "expected pictures of one kind"),
        (("alpha", "out"), 3, "1.png has alpha (rgba64be), which is not supported"),
        (("text", "out"), 3, "text"),
        (("scans", "there"), 2, "9.png: it exists; choose other names, or pass --overwrite"),
        (("scans", "scans/%d.png"), 2, "the source's own pictures"),
        (("scans", "scans/%d.png", "--overwrite"), 2, "the source's own pictures"),
        (("scans", "links/%d.png", "--overwrite"), 2, "the source's own pictures"),
        (("scans", "out", "--rate", "0"), 2, "--rate: expected frames per second, such as 24 or 24000/1001, got '0'"),
        (("scans", "out", "--chroma", "420"), 2, "png: expected --chroma and --bits of rgb24, rgb48be, got 420"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_before_anything_is_written(
    words: Sequence[str], code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    for name, names, numbers in (
        ("gap", "%d.png", [1, 2, 4, 5]), ("hollow", "%d.png", [1, 2]), ("mixed", "%d.png", [1]),
        ("mixed", "%d.tif", [2]), ("padded", "%03d.png", [1]), ("padded", "%04d.png", [2]),
        ("scans", "%d.png", [8, 9]), ("there", "%d.png", [9]),
    ):  # fmt: skip
        write(Path(name), names, numbers)
    write(Path("alpha"), "%d.png", [1, 2], channels=4)
    Path("hollow/2.png").write_bytes(b"")
    Path("bare").mkdir()
    Path("bare/cover.png").write_bytes(b"no number")
    Path("text").mkdir()
    Path("text/1.png").write_bytes(b"no picture")
    Path("links").mkdir()
    os.link("scans/8.png", "links/9.png")
    before = sorted(Path.cwd().rglob("*"))
    assert command(*words, "--quiet") == code
    message = capsys.readouterr().err
    assert sentence in message
    assert message.count("\n") == 1
    assert sorted(path for path in Path.cwd().rglob("*") if path.name != "out") == before
    assert not Path("out").exists() or not os.listdir("out")


@pytest.mark.parametrize(
    ("odd", "told"),
    [(texture(3, size=(40, 64)), "64x40 after 64x48"), (texture(3, np.uint8), "64x48 gray after 64x48 gray16le")],
)
def test_a_picture_of_another_kind_ends_the_work_by_its_name(
    odd: NDArray[Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path, "%d.png", range(1, 6))
    cv2.imwrite(str(tmp_path / "3.png"), odd)
    assert command(source, tmp_path / "colour", "--quiet") == 3
    message = capsys.readouterr().err
    assert f"3.png is {told}: sort the pictures into folders and colour each part" in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "jp2", "bmp"])
def test_a_picture_without_its_end_is_named_before_work_begins(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path, f"%d.{ending}", range(1, 8), np.uint8)
    path = tmp_path / f"6.{ending}"
    path.write_bytes(path.read_bytes()[:-100])
    assert command(source, tmp_path / "colour") == 3
    message = capsys.readouterr().err
    assert re.search(rf"6\.{ending}: expected a picture, got a (damaged )?file", message)
    assert message.count("\n") == 1
    assert not (tmp_path / "colour").exists()


def test_a_picture_that_is_damaged_within_ends_the_work_without_a_hole_and_the_same_command_makes_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, path = write(tmp_path, "%d.png", range(1, 8)), tmp_path / "6.png"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(40) + whole[len(whole) // 2 + 40 :])
    assert command(source, tmp_path / "colour", "--quiet") == 3
    assert "6.png: it cannot be decoded" in capsys.readouterr().err
    made = [name for name in os.listdir(tmp_path / "colour") if name[0] != "."]
    assert sorted(made) == [f"{number}.png" for number in range(1, 1 + len(made))]
    assert len(made) < 6
    path.write_bytes(whole)
    assert command(source, tmp_path / "colour", "--quiet") == 0
    assert sorted(os.listdir(tmp_path / "colour")) == [f"{number}.png" for number in range(1, 8)]
    assert command(source, tmp_path / "colour", "--quiet") == 2, "a whole delivery is replaced only when asked"


def test_among_many_a_damaged_delivery_is_named_and_the_same_command_makes_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [write(tmp_path / reel, "%d.png", range(1, 5)).parent for reel in ("a", "b", "c")]
    path = tmp_path / "b" / "3.png"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(40) + whole[len(whole) // 2 + 40 :])
    words, out = (*names, "--out-dir", tmp_path / "out", "--quiet"), tmp_path / "out"
    assert command(*words) == 1
    assert "3.png: it cannot be decoded" in capsys.readouterr().err
    before = {name: (out / name / "1.png").stat().st_mtime_ns for name in ("a", "c")}
    path.write_bytes(whole)
    assert command(*words) == 0
    assert [sorted(os.listdir(out / name)) for name in "abc"] == [[f"{number}.png" for number in range(1, 5)]] * 3
    assert {name: (out / name / "1.png").stat().st_mtime_ns for name in ("a", "c")} == before


def test_a_picture_that_vanishes_during_the_work_leaves_no_hole(tmp_path: Path) -> None:
    with open_source(write(tmp_path, "%d.png", range(1, 300)), Settings(), ignore) as source:
        pictures = source.pictures()
        assert next(pictures).number == 1
        (tmp_path / "290.png").unlink()  # FFmpeg has read far ahead
        with pytest.raises(StreamError, match=r"290\.png: it can no longer be read"):
            list(pictures)


# Whole pictures only


def test_ctrl_c_leaves_whole_pictures_and_ends_with_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, "%d.png", range(30))
    said: list[int] = []

    def stop_late(_: Progress, frames: int, *__: object) -> None:
        said.append(frames)
        if frames == 12:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Progress, "update", stop_late)
    assert command(source, tmp_path / "colour", "--quiet") == exit_codes.INTERRUPTED
    left = sorted((name for name in os.listdir(tmp_path / "colour") if name[0] != "."), key=lambda name: int(name[:-4]))
    assert left == [f"{number}.png" for number in range(len(left))]
    assert 0 < len(left) <= 12
    assert all(read(tmp_path / "colour" / name).shape == (48, 64, 3) for name in left)


def test_a_kill_while_a_picture_is_written_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    source = write(tmp_path, "%d.png", range(3))
    script = (
        "import os, signal, sys; from pathlib import Path; from ffmpeg_filters.transcode import colorize_file;"
        "from vs_tcvc.settings import Settings; real = os.replace;"
        "os.replace = lambda old, new: real(old, new) if '0000.' in str(new) else os.kill(os.getpid(), signal.SIGKILL);"
        "colorize_file(Path(sys.argv[1]), Path(sys.argv[2]), Settings(size=64, threads=1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, source, tmp_path / "c_%04d.png"], check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
    assert sorted(path.name for path in tmp_path.glob("c_*")) == ["c_0000.png"]
    assert read(tmp_path / "c_0000.png").shape == (48, 64, 3)


def test_a_full_disk_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path, "%d.png", range(3))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))  # as on a full disk: the kernel refuses the next write
    try:
        assert command(source, tmp_path / "colour", "--quiet") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    message = capsys.readouterr().err
    assert "writing failed (File too large)" in message
    assert message.count("\n") == 1
    assert all(name.startswith(".tcvc-unfinished-") for name in os.listdir(tmp_path / "colour"))


def test_a_single_picture_that_ffmpeg_reads_as_black_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(tmp_path / "1.tif", np.full((64, 64, 3), 40000, np.uint16), photometric="rgb", tile=(32, 32))
    assert command(str(tmp_path / "1.tif"), str(tmp_path / "out.mkv"), "--quiet") == 3
    assert "stored in tiles, which FFmpeg does not read" in capsys.readouterr().err


def test_a_profile_in_a_png_does_no_harm(tmp_path: Path) -> None:
    """PyAV frees what FFmpeg's decoder of PNG says about a profile twice, once it is asked."""
    spec = oiio.ImageSpec(64, 48, 3, "uint8")
    profile = np.zeros(132, np.uint8)
    profile[[3, 36, 37, 38, 39]] = (132, *b"acsp")
    for number in (1, 2):
        picture = tmp_path / "in" / f"{number}.png"
        picture.parent.mkdir(exist_ok=True)
        file: Any = oiio.ImageOutput.create(str(picture))
        file.open(str(picture), spec)
        file.write_image(np.zeros((48, 64, 3), np.uint8))
        file.close()
        content = picture.read_bytes()
        data = b"a\0\0" + zlib.compress(profile.tobytes())
        chunk = struct.pack(">I", len(data)) + b"iCCP" + data + struct.pack(">I", zlib.crc32(b"iCCP" + data))
        picture.write_bytes(content[:33] + chunk + content[33:])
    assert command(str(tmp_path / "in"), str(tmp_path / "out"), "--quiet") == 0
    assert command(str(tmp_path / "in" / "1.png"), str(tmp_path / "out.mkv"), "--quiet") == 0
