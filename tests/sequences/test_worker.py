"""The worker on real EXR, PNG and TIFF files with the shipped network: everything but the colour stays."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import OpenImageIO as oiio
import PyOpenColorIO as ocio
import pytest
from jobs import FIRST, FRAMES, HEIGHT, SMALL, WIDTH, StopsAfter, do, exr_spec, job, progressed, results, write_plates

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.cuts.rules import NoCuts
from vs_tcvc.errors import FrameError
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import luma
from vs_tcvc.runtime.exit_codes import INTERRUPTED
from vs_tcvc.sequences import done_frames, worker
from vs_tcvc.sequences.color_space import BUILT_IN, PlateSpace
from vs_tcvc.sequences.events import ProtocolLines
from vs_tcvc.sequences.image_file import Image, read_picture, write_picture
from vs_tcvc.sequences.job import Job, PaintedReference
from vs_tcvc.settings import Settings


def test_a_plate_becomes_chroma_of_unit_luminance_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    code, events = do(wanted)
    assert code == worker.DONE
    assert [event["event"] for event in events] == ["hello", "log", "log", *["progress"] * FRAMES, "done"]
    assert progressed(events) == list(wanted.wanted())
    scene = PlateSpace()
    for frame in wanted.wanted():
        plate, chroma = (read_picture(path, "") for path in (wanted.plate_of(frame), wanted.result_of(frame)))
        assert list(chroma.spec.channelnames) == ["R", "G", "B"]
        assert chroma.spec.format == oiio.HALF
        np.testing.assert_allclose(scene.luminance(chroma.rgb), 1, atol=1e-3)  # half floats
        out = scene.joined(plate.rgb, chroma.rgb)
        before = scene.luminance(plate.rgb)
        assert np.all(np.abs(scene.luminance(out) - before) <= 5e-7 * np.abs(out).max(axis=-1))
        _assert_same_metadata(plate.spec, chroma.spec)
    assert float(np.ptp(read_picture(wanted.result_of(FIRST + 3), "").rgb)) > 0.02, "there is colour"


def _assert_same_metadata(before: Any, after: Any) -> None:
    windows = ("x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height")
    assert [getattr(before, name) for name in windows] == [getattr(after, name) for name in windows]
    ours = {"tcvc/params", "tcvc/shot", "tcvc/reference", "tcvc/weights"}
    own = {"compression", "DateTime", "openexr:lineOrder", "oiio:RowsPerChunk"}
    kept = {item.name: item.value for item in before.extra_attribs if item.name not in own}
    found = {item.name: item.value for item in after.extra_attribs if item.name not in own | ours}
    assert found == kept
    assert {"smpte:TimeCode", "nuke/node_hash", "chromaticities", "framesPerSecond"} <= {*kept}
    assert ours <= {item.name for item in after.extra_attribs}


@pytest.mark.parametrize("space", ["ACEScg", "ACES2065-1", "Linear Rec.709 (sRGB)"])
def test_a_beauty_keeps_luminance_alpha_and_depth(tmp_path: Path, space: str) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"), output="beauty", colorspace=space)
    assert do(wanted)[0] == worker.DONE
    scene = PlateSpace(space=space)
    plate, beauty = (read_picture(path, "") for path in (wanted.plate_of(FIRST), wanted.result_of(FIRST)))
    assert list(beauty.spec.channelnames) == list("RGBA")
    assert np.array_equal(beauty.pixels[..., 3], plate.pixels[..., 3])
    before = scene.luminance(plate.rgb)
    assert np.all(np.abs(scene.luminance(beauty.rgb) - before) <= 5e-4 * np.abs(beauty.rgb).max(axis=-1) + 1e-7)


def test_a_plate_of_one_channel_becomes_three(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in", exr_spec(1, "float"))
    wanted = job(tmp_path, plate, output="beauty")
    assert do(wanted)[0] == worker.DONE
    beauty = read_picture(wanted.result_of(FIRST), "")
    assert list(beauty.spec.channelnames) == ["R", "G", "B"]
    assert beauty.spec.format == oiio.FLOAT


@pytest.mark.parametrize(
    ("suffix", "kind", "highest"),
    [("png", "uint8", 255), ("png", "uint16", 65535), ("tif", "uint16", 65535), ("dpx", "uint16", 65535)],
)
def test_display_pictures_keep_their_luma_within_a_code(tmp_path: Path, suffix: str, kind: str, highest: int) -> None:
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, kind)
    plate = write_plates(tmp_path / "in", spec, suffix)
    result = str(tmp_path / "out" / f"c.%04d.{suffix}")
    wanted = job(tmp_path, plate, result=result, output="beauty", colorspace="srgb_texture")
    assert do(wanted)[0] == worker.DONE
    before, after = (read_picture(path, "") for path in (wanted.plate_of(FIRST + 2), wanted.result_of(FIRST + 2)))
    assert after.spec.format == before.spec.format
    kept = luma(np.moveaxis(after.rgb, -1, 0)) - before.rgb[..., 0]
    assert float(np.abs(kept).max()) * highest <= 1
    assert float(np.ptp(after.rgb, axis=-1).max()) > 0.02


def test_a_plate_that_is_not_linear_has_no_multipliers(tmp_path: Path) -> None:
    code, events = do(job(tmp_path, write_plates(tmp_path / "in"), colorspace="srgb_texture"))
    assert code == worker.FAILED
    assert "output: expected beauty for a plate in srgb_texture" in events[-1]["msg"]


def test_parts_and_farms_give_the_pixels_of_the_whole(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    whole = job(tmp_path, plate, cuts="1004")
    assert do(whole)[0] == worker.DONE
    for frames in ((1006, 1008), (1001, 1002), (1003, 1005)):
        part = replace(whole, frames=frames, result=str(tmp_path / "parts" / "chroma.%04d.exr"))
        assert do(part)[0] == worker.DONE
    assert results(replace(whole, result=str(tmp_path / "parts" / "chroma.%04d.exr"))) == results(whole)
    assert len(results(whole)) == FRAMES


def fade_in(plate: str) -> None:
    """Make the first four plates come out of the dark."""
    for index in range(4):
        path = Path(plate % (FIRST + index))
        picture = read_picture(path, "")
        write_picture(path, replace(picture, pixels=picture.pixels * np.float32(0.02 + 0.2 * index)))


def test_a_tint_of_plates_is_replaced_and_said_once(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    gray = job(tmp_path, plate)
    do(gray)
    for frame in (FIRST + 2, FIRST + 3):
        picture = read_picture(Path(plate % frame), "")
        y = PlateSpace().luminance(picture.rgb)
        pixels = picture.pixels.copy()
        pixels[..., picture.color_channels] = np.stack([y * np.float32(shade) for shade in (1.3, 0.95, 0.7)], axis=-1)
        write_picture(Path(plate % frame), replace(picture, pixels=pixels))
    tinted = job(tmp_path, plate, result=str(tmp_path / "tinted" / "chroma.%04d.exr"))
    code, events = do(tinted)
    said = [event["msg"] for event in events if "tint" in str(event.get("msg"))]
    assert (code, said) == (worker.DONE, [f"frame {FIRST + 2} is tinted, and the tint is replaced"])
    one, other = (read_picture(each.result_of(FIRST + 2), "").rgb for each in (gray, tinted))
    assert np.abs(one - other).mean() < 0.2, "the colour is the network's, not the plate's"


def test_an_exposure_is_refused_where_it_would_change_nothing(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    with pytest.raises(
        FrameError, match="exposure: expected 0 for a plate in srgb_texture, which is not linear, got 1"
    ):
        worker.Work(job(tmp_path, plate, output="beauty", colorspace="srgb_texture", exposure=1), lambda event: None)


def test_the_best_frame_is_that_of_the_whole_clip_in_every_part(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    fade_in(plate)
    settings = {**SMALL, "reference_frame": "best"}
    best = job(tmp_path, plate, settings=settings)
    code, events = do(best)
    assert code == worker.DONE
    assert "first pass: finding the best frame of every shot" in [event.get("msg") for event in events]
    parts = str(tmp_path / "parts" / "chroma.%04d.exr")
    for frames in ((1001, 1002), (1003, 1008)):
        assert do(replace(best, frames=frames, result=parts))[0] == worker.DONE
    assert results(replace(best, result=parts)) == results(best)
    first = job(tmp_path, plate, result=str(tmp_path / "first" / "chroma.%04d.exr"))
    do(first)
    assert all(results(best)[frame] != results(first)[frame] for frame in (1001, 1008))


def test_a_job_that_is_cancelled_in_its_first_pass_goes_on_the_same(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    fade_in(plate)
    settings = {**SMALL, "reference_frame": "best"}
    whole = job(tmp_path, plate, settings=settings, result=str(tmp_path / "whole" / "chroma.%04d.exr"))
    do(whole)
    wanted = job(tmp_path, plate, settings=settings)
    for times in (3, FRAMES + 2):  # in the first pass; when two frames are coloured
        assert do(wanted, StopsAfter(times))[0] == worker.CANCELLED
    assert len(results(wanted)) == 2
    assert do(wanted)[0] == worker.DONE
    assert results(wanted) == results(whole)


def test_where_all_is_done_no_plate_is_looked_at_again(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"), settings={**SMALL, "reference_frame": "best"})
    do(wanted)
    assert "first pass" not in str(do(wanted)[1])


def test_a_cancelled_job_goes_on_where_it_was_and_ends_the_same(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    whole = job(tmp_path, plate, result=str(tmp_path / "whole" / "chroma.%04d.exr"))
    do(whole)
    wanted = job(tmp_path, plate)
    code, events = do(wanted, StopsAfter(3))
    assert (code, events[-1]["event"]) == (worker.CANCELLED, "cancelled")
    assert len(results(wanted)) == 3
    code, events = do(wanted)
    assert code == worker.DONE
    assert progressed(events) == list(range(FIRST + 3, FIRST + FRAMES))
    assert results(wanted) == results(whole)


def test_what_is_done_is_done_again_only_if_something_changed(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    do(wanted)

    def done_again(one: Job) -> list[int]:
        return progressed(do(one)[1])

    assert done_again(wanted) == []
    wanted.result_of(1004).unlink()
    assert done_again(wanted) == [1004]
    write_picture(wanted.plate_of(1006), replace(read_picture(wanted.plate_of(1006), ""), spec=exr_spec(4, "float")))
    assert done_again(wanted) == [1006, 1007, 1008]  # what comes after it takes its colour from it
    assert done_again(replace(wanted, settings={**SMALL, "saturation": 0.5})) == list(wanted.wanted())
    assert done_again(replace(wanted, settings={**SMALL, "saturation": 0.5}, id="other")) == []


def test_a_changed_plate_counts_for_the_frames_whose_colour_or_cut_it_decides(tmp_path: Path) -> None:
    """Shots begin at 1001 and 1005; the window of a rule for cuts reaches around them."""
    plate = write_plates(tmp_path / "in")
    listed = job(tmp_path, plate, cuts="1005")
    found = job(tmp_path, plate, cuts="auto", result=str(tmp_path / "found" / "c.%04d.exr"))
    best = job(tmp_path, plate, result=str(tmp_path / "best" / "c.%04d.exr"),
               settings={**SMALL, "reference_frame": "best"})  # fmt: skip
    for wanted in (listed, found, best):
        do(wanted)
    os.utime(listed.plate_of(1003), ns=(1, 1))
    assert progressed(do(listed)[1]) == [1003, 1004]
    assert progressed(do(found)[1]) == list(range(1001, FIRST + FRAMES))  # it is in the window of the first frames
    assert progressed(do(best)[1]) == list(range(FIRST, FIRST + FRAMES))
    assert [progressed(do(each)[1]) for each in (listed, found, best)] == [[], [], []]


def test_renders_of_other_settings_and_spellings_are_never_mixed(tmp_path: Path) -> None:
    """Settings A, B over a part, C over a part in another spelling of the names, then A again."""
    plate, result = write_plates(tmp_path / "in", frames=4), str(tmp_path / "out" / "c.%04d.exr")
    whole = job(tmp_path, plate, last=FIRST + 3, result=result)
    do(whole)
    pixels = results(whole)
    gray = replace(whole, frames=(FIRST + 2, FIRST + 3), settings={**SMALL, "saturation": 0})
    strong = replace(whole, frames=(FIRST, FIRST), result=result.replace("%04d", "####"),
                     settings={**SMALL, "saturation": 2})  # fmt: skip
    do(gray)
    do(strong)
    assert results(whole) != pixels
    assert progressed(do(whole)[1]) == [FIRST, FIRST + 2, FIRST + 3]
    assert results(whole) == pixels


def test_plates_may_be_spelled_otherwise_or_reached_by_another_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=2), last=FIRST + 1)
    do(wanted)
    monkeypatch.chdir(tmp_path)
    for plate in ("in/plate.%04d.exr", "./in/plate.####.exr"):
        assert progressed(do(replace(wanted, plate=plate))[1]) == []


def ocio_config(path: Path, gain: float = 1.0) -> str:
    """A config in a file, whose scene_linear differs by a gain."""
    config = ocio.Config.CreateFromFile(BUILT_IN)
    if gain != 1:
        space = config.getColorSpace("ACEScg")
        matrix = ocio.MatrixTransform([gain, 0, 0, 0, 0, gain, 0, 0, 0, 0, gain, 0, 0, 0, 0, 1])
        group = ocio.GroupTransform([matrix, space.getTransform(ocio.COLORSPACE_DIR_TO_REFERENCE)])
        space.setTransform(group, ocio.COLORSPACE_DIR_TO_REFERENCE)
        config.addColorSpace(space)
    path.write_text(config.serialize())
    return str(path)


def test_frames_of_another_backend_arithmetic_or_color_space_are_rendered_again_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.ocio"
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=2), last=FIRST + 1, ocio=ocio_config(config),
                 settings={**SMALL, "backend": "torch", "threads": 1})  # fmt: skip

    def done_again(one: Job) -> int:
        events = do(one)[1]
        assert ("that are rendered again" in str(events)) == (len(progressed(events)) > 0)
        return len(progressed(events))

    do(wanted)
    assert done_again(wanted) == 0
    assert done_again(replace(wanted, settings={**SMALL, "backend": "torch", "threads": 2})) == 2
    assert done_again(replace(wanted, settings={**SMALL, "backend": "torch", "precision": "bf16"})) == 2
    ocio_config(config, gain=1.25)
    assert done_again(wanted) == 2
    moved = tmp_path / "elsewhere.ocio"
    assert done_again(replace(wanted, ocio=ocio_config(moved, gain=1.25))) == 0  # the same content under another name
    monkeypatch.setenv("OCIO", str(moved))
    assert done_again(replace(wanted, ocio="")) == 0
    ocio_config(moved, gain=1.5)
    assert done_again(replace(wanted, ocio="")) == 2
    with monkeypatch.context() as patch:
        patch.setattr("torch.__version__", "1000.0")
        assert done_again(replace(wanted, ocio="")) == 2
    assert done_again(replace(wanted, ocio="")) == 2
    monkeypatch.setattr("vs_tcvc.sequences.worker.ALGORITHM", 1000)
    assert done_again(replace(wanted, ocio="")) == 2


def test_a_reference_counts_by_its_content(tmp_path: Path) -> None:
    plate, colors = write_plates(tmp_path / "in", frames=2), {"one.png": 40, "same.png": 40, "other.png": 90}
    for name, red in colors.items():
        cv2.imwrite(str(tmp_path / name), np.full((HEIGHT, WIDTH, 3), (10, 20, red), np.uint8))
    painted = [(PaintedReference(FIRST, str(tmp_path / name)),) for name in colors]
    jobs = [job(tmp_path, plate, last=FIRST + 1, references=each) for each in painted]
    assert [len(progressed(do(each)[1])) for each in jobs] == [2, 0, 2]


@pytest.mark.parametrize("name", ["c[v2].%04d.exr", "c*.%04d.exr", "c?{1}.%04d.exr"])
def test_names_that_are_patterns_to_a_shell_resume_and_are_not_mixed_up(tmp_path: Path, name: str) -> None:
    plate = write_plates(tmp_path / "in", frames=2)
    one, other = (
        job(tmp_path, plate, last=FIRST + 1, result=str(tmp_path / "out" / each)) for each in (name, "cv.%04d.exr")
    )
    for wanted in (other, one):
        assert len(progressed(do(wanted)[1])) == 2
        assert progressed(do(wanted)[1]) == []


def test_the_cancel_file_ends_a_job(tmp_path: Path) -> None:
    cancel = tmp_path / "cancel"
    cancel.touch()
    code, events = do(job(tmp_path, write_plates(tmp_path / "in"), cancel=str(cancel)))
    assert (code, events[-1]["event"]) == (worker.CANCELLED, "cancelled")


def test_half_a_line_of_the_manifest_does_no_harm(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    do(wanted)
    (lines,) = (tmp_path / "out").glob("*.jsonl")
    lines.write_text(lines.read_text()[:-20])
    events = do(wanted)[1]
    assert progressed(events) == [FIRST + FRAMES - 1]


def test_a_folder_that_the_job_makes_is_marked_and_another_is_not(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in")
    do(job(tmp_path, plate, frames=(1001, 1001)))
    assert (tmp_path / "out" / done_frames.MARKER).exists()
    do(job(tmp_path, plate, frames=(1001, 1001), result=str(tmp_path / "in" / "c.%04d.exr")))
    assert not (tmp_path / "in" / done_frames.MARKER).exists()


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 64] = bytes(64)
    path.write_bytes(content)


def resize(path: Path) -> None:
    write_picture(path, Image(np.zeros((32, 48, 3), np.float32), oiio.ImageSpec(48, 32, 3, "half")))


@pytest.mark.parametrize(
    ("change", "sentence", "done"),
    [(Path.unlink, "frame 1005: expected a picture .*1005.exr, found none", 0),
     (damage, "frame 1005: expected a picture .*1005.exr, got a damaged file", 0),
     (resize, "frame 1005: expected a plate of 96x64, as the first, got 48x32", 0),
     (spoil, "frame 1005: .*1005.exr is damaged", 4)],
)  # fmt: skip
def test_a_bad_plate_is_one_sentence_before_work_begins_and_what_was_done_until_then_stays(
    tmp_path: Path, change: Callable[[Path], None], sentence: str, done: int
) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    change(wanted.plate_of(1005))
    code, events = do(wanted)
    assert code == worker.FAILED
    assert events[-1]["event"] == "error"
    with pytest.raises(FrameError, match=sentence):
        raise FrameError(events[-1]["msg"])
    assert [*results(wanted)] == [1001, 1002, 1003, 1004][:done]
    assert ("network" in str(events) or "log" in [event["event"] for event in events]) == bool(done)


def test_a_disk_that_is_full_leaves_no_half_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    real = os.replace

    def full(source: Path, target: Path) -> None:
        if target.name.endswith("1003.exr"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr("vs_tcvc.sequences.image_file.os.replace", full)
    code, events = do(wanted)
    assert code == worker.FAILED
    assert "chroma.1003.exr: cannot be written (No space left on device)" in events[-1]["msg"]
    assert {1001, 1002} <= {*results(wanted)}
    assert 1003 not in results(wanted)
    assert not list((tmp_path / "out").glob("*.part*"))


def test_a_painted_frame_comes_out_as_painted_from_srgb_and_from_linear(tmp_path: Path) -> None:
    """Within 3 ab on average: the picture is seen at working size.

    Both files give the same but for rounding, which moves the search for motion at a few pixels.
    """
    plate = write_plates(tmp_path / "in")
    scene = PlateSpace()
    shown = scene.shown(read_picture(Path(plate % 1003), "").rgb).clip(0, 1)
    display = np.stack([shown.clip(0, 0.8), shown * 0.8, shown * 0.6])
    cv2.imwrite(str(tmp_path / "painted.png"), np.round(display[::-1].transpose(1, 2, 0) * 65535).astype(np.uint16))
    linear = Image(scene.from_display(display), oiio.ImageSpec(WIDTH, HEIGHT, 3, "half"))
    write_picture(tmp_path / "painted.exr", linear)
    one, other = (
        job(tmp_path, plate, references=(painted,), result=str(tmp_path / name / "c.%04d.exr"))
        for name, painted in (("png", PaintedReference(1003, str(tmp_path / "painted.png"))),
                              ("exr", PaintedReference(1003, str(tmp_path / "painted.exr"), "scene_linear")))
    )  # fmt: skip
    assert do(one)[0] == do(other)[0] == worker.DONE
    for frame in (1003, 1006):
        first, second = (read_picture(each.result_of(frame), "").rgb for each in (one, other))
        assert np.quantile(np.abs(first - second), 0.99) < 0.01
    assert read_picture(one.result_of(1003), "").spec.getattribute("tcvc/reference").endswith("painted.png")
    expected = scene.chroma(display)
    got = read_picture(one.result_of(1003), "").rgb
    assert float(np.abs(got - expected).mean()) < 0.05
    assert read_picture(one.result_of(1002), "").spec.getattribute("tcvc/reference") == "predicted"


def test_the_same_lightness_gives_the_same_ab_as_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    seen: list[tuple[Array, Array]] = []
    real = ChromaStage.rgb

    def spy(stage: ChromaStage, plane: Array, lightness: Array, ab: Array) -> Any:
        seen.append((lightness, ab))
        return real(stage, plane, lightness, ab)

    monkeypatch.setattr(ChromaStage, "rgb", spy)
    do(wanted)
    colorizer, _ = make_colorizer(Settings.from_mapping(SMALL))
    stream = Stream(Engine(colorizer), Anchors(NoCuts()))
    colored = [each for index, (lightness, _) in enumerate(seen) for each in stream.push(GrayFrame(index, lightness))]
    assert len(colored) == FRAMES
    assert all(np.array_equal(chroma.ab, ab) for chroma, (_, ab) in zip(colored, seen, strict=True))


def test_the_network_sees_the_plate_as_the_pipe_shows_it() -> None:
    """0.02 L*: half floats alone make 0.014."""
    codes = np.round(np.linspace(0, 65535, WIDTH * HEIGHT)).astype(np.uint16).reshape(HEIGHT, WIDTH)
    film = ChromaStage(WIDTH, HEIGHT, SampleCoding(16, "full"), size=64)
    plate = ChromaStage(WIDTH, HEIGHT, SampleCoding(32), size=64)
    display = SampleCoding(16, "full").luma_from_codes(codes)
    linear = PlateSpace().from_display(np.stack([display] * 3)).astype(np.float16).astype(np.float32)
    shown = PlateSpace().shown(linear)
    assert float(np.abs(plate.lightness(shown) - film.lightness(codes)).max()) <= 0.02


def test_confidence_is_a_channel_where_it_is_wanted(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"), frames=(1001, 1002), settings={**SMALL, "confidence": "on"})
    do(wanted)
    picture = read_picture(wanted.result_of(1002), "")
    assert list(picture.spec.channelnames) == ["R", "G", "B", "confidence"]
    assert 0 <= picture.pixels[..., 3].min() <= picture.pixels[..., 3].max() <= 1


def test_openjd_hears_progress_and_failure(tmp_path: Path) -> None:
    said = io.StringIO()
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    spoil(wanted.plate_of(1003))
    worker.work(lambda: wanted, ProtocolLines(said, openjd=True), Event())
    lines = said.getvalue().splitlines()
    assert "openjd_progress: 12.5" in lines
    assert any(line.startswith("openjd_fail: frame 1003: ") for line in lines)


LOUD = """
import os, sys
from vs_tcvc import backends, cli

def make(settings, real=backends.make_colorizer):
    print("by Python")
    os.write(1, b"by native code\\n")
    return real(settings)

backends.make_colorizer = make
sys.exit(cli.main())
"""
"""The command `tcvc`, with a network that prints."""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, worker.CANCELLED), (signal.SIGINT, INTERRUPTED)])
def test_the_command_prints_events_alone_and_ends_on_a_signal_with_whole_files(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    plate = write_plates(tmp_path / "in", frames=200)
    wanted = job(tmp_path, plate, last=FIRST + 199)
    path = tmp_path / "job.json"
    path.write_text(json.dumps(wanted.to_dictionary()))
    command = [sys.executable, "-c", LOUD, "worker", "--job", str(path)]
    events = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "progress" and events[-1]["done"] == 2:
                process.send_signal(number)
    assert process.returncode == code
    assert events[-1]["event"] == "cancelled"
    assert 2 <= events[-1]["frames"] < 200
    assert len(results(wanted)) == events[-1]["frames"]
