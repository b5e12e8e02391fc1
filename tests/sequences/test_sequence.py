"""tcvc sequence: a command line as a job."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from vs_tcvc.cli import main
from vs_tcvc.picture.color import luma
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.image_file import Image, read_picture, write_picture

SMALL = ["--size", "64", "--device", "cpu", "--quiet"]


def write_sequence(folder: Path, suffix: str, kind: str, frames: range = range(1001, 1007)) -> str:
    """Drifting stripes; the pattern of their names."""
    folder.mkdir()
    x = np.arange(96, dtype=np.float32)
    for frame in frames:
        plane = np.tile(0.5 + 0.4 * np.sin((x + frame) / 9), (64, 1)).astype(np.float32)
        path = folder / f"plate.{frame:04d}.{suffix}"
        write_picture(path, Image(np.stack([plane] * 3, axis=-1), oiio.ImageSpec(96, 64, 3, kind)))
    return str(folder / f"plate.%04d.{suffix}")


def test_exr_keeps_luminance_and_png_keeps_luma(tmp_path: Path) -> None:
    for suffix, kind in (("exr", "half"), ("png", "uint8")):
        plate = write_sequence(tmp_path / suffix, suffix, kind)
        assert main(["sequence", plate, str(tmp_path / f"colour.####.{suffix}"), *SMALL]) == 0
        before, after = (
            read_picture(path, "").rgb for path in (Path(plate % 1004), tmp_path / f"colour.1004.{suffix}")
        )
        assert float(np.ptp(after, axis=-1).max()) > 0.01
        if suffix == "exr":
            scene = PlateSpace()
            np.testing.assert_allclose(scene.luminance(after), scene.luminance(before), rtol=1e-3)
        else:
            assert float(np.abs(luma(np.moveaxis(after, -1, 0)) - before[..., 0]).max()) <= 1 / 255
    assert len(list(tmp_path.glob("colour.*.exr"))) == 6


def cuts_of(folder: Path, form: str) -> str:
    """The option that says that a shot begins at frame 1004 of a clip from 1002 on, as a list or in a file."""
    if form == "list":
        return "1004"
    times = ("01:00:00:00 01:00:00:02", "01:00:00:02 01:00:00:05")
    lines = [f"00{n} REEL{n} V C 00:00:00:00 00:00:00:0{n} {time}" for n, time in enumerate(times, start=2)]
    (folder / "reel.edl").write_text("\n".join(lines))
    (folder / "list.txt").write_text("1004 # the kitchen")
    return str(folder / ("reel.edl@24" if form == "edl" else "list.txt"))


@pytest.mark.parametrize("form", ["list", "file", "edl"])
def test_numbers_on_the_command_line_are_those_of_the_files(tmp_path: Path, form: str) -> None:
    plate = write_sequence(tmp_path / "in", "exr", "half")
    arguments = ["sequence", plate, str(tmp_path / "c.%04d.exr"), "--first", "1002", "--cuts", cuts_of(tmp_path, form)]
    assert main([*arguments, *SMALL]) == 0
    assert [path.name for path in sorted(tmp_path.glob("c.*.exr"))] == [f"c.{n}.exr" for n in range(1002, 1007)]
    shots = [read_picture(tmp_path / f"c.{n}.exr", "").spec.getattribute("tcvc/shot") for n in (1003, 1004, 1005)]
    assert shots == [1002, 1004, 1004]


@pytest.mark.parametrize("place", ["@@@@", "$F4", "%04d"])
def test_names_are_as_hosts_write_them_and_numbers_may_be_below_0(tmp_path: Path, place: str) -> None:
    plate = write_sequence(tmp_path / "in", "exr", "half", range(-2, 2))
    assert main(["sequence", plate.replace("%04d", place), str(tmp_path / f"c.{place}.exr"), *SMALL]) == 0
    assert {path.name for path in tmp_path.glob("c.*.exr")} == {f"c.{n}.exr" for n in ("-002", "-001", "0000", "0001")}


def test_pictures_of_others_are_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plate = write_sequence(tmp_path / "in", "exr", "half")
    mine = tmp_path / "c.1003.exr"
    mine.write_bytes(b"mine")
    arguments = ["sequence", plate, str(tmp_path / "c.%04d.exr"), *SMALL]
    assert main(arguments) == 2
    assert mine.read_bytes() == b"mine"
    assert "c.1003.exr exists already; add --overwrite" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0
    made = mine.read_bytes()
    mine.unlink()
    assert main(arguments) == 0, "its own pictures it knows"
    assert read_picture(mine, "").pixels.tobytes() == _pixels(made, tmp_path)


def test_what_a_killed_run_made_is_known_and_what_is_missing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed after the last picture got its name, and before its line was written."""
    plate = write_sequence(tmp_path / "in", "exr", "half")
    arguments = ["sequence", plate, str(tmp_path / "c.%04d.exr"), *SMALL[:-1]]
    assert main(arguments) == 0
    assert f"wrote {tmp_path}/c.%04d.exr, frames 1001 to 1006" in capsys.readouterr().err
    (record,) = tmp_path.glob(".c.*.jsonl")
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-1]))
    (tmp_path / "c.1003.exr").unlink()
    assert main(arguments) == 0
    assert len(list(tmp_path.glob("c.*.exr"))) == 6


def test_a_kind_that_cannot_be_written_is_wrong_usage_before_work_begins(tmp_path: Path) -> None:
    plate = write_sequence(tmp_path / "in", "exr", "half")
    assert main(["sequence", plate, str(tmp_path / "out" / "c.%04d.exx"), *SMALL]) == 2
    assert not (tmp_path / "out").exists()


def _pixels(content: bytes, folder: Path) -> bytes:
    path = folder / "kept.exr"
    path.write_bytes(content)
    return read_picture(path, "").pixels.tobytes()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("plate.exr", "expected a name with a place for the frame's number"),
     ("no.%04d.exr", "expected pictures named .*no.%04d.exr, found none")],
)  # fmt: skip
def test_a_name_that_will_not_do_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, sentence: str
) -> None:
    assert main(["sequence", str(tmp_path / name), str(tmp_path / "c.%04d.exr")]) == 2
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(capsys.readouterr().err)
