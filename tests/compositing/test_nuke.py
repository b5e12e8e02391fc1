"""The Nuke node from end to end: the shipped .nk and plug-in in a small Nuke, the real worker in another process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from nuke_desk import (
    FIRST,
    FRAMES,
    LAST,
    SIZE,
    TOOLSET,
    Desk,
    chroma_of,
    inner,
    knobs,
    read,
    script,
    session,
    write_plate,
)
from nuke_fake import Node
from nuke_images import image

from vs_tcvc.project import document
from vs_tcvc.project.schema import Film, Project, Shot
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.done_frames import MARKER
from vs_tcvc.sequences.image_file import Image, write_picture
from vs_tcvc.sequences.job import Job


@pytest.fixture(scope="module", autouse=True)
def plugin() -> Iterator[None]:
    """The plug-in as Nuke finds it."""
    with session():
        yield


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A node that has been baked; whoever turns its knobs turns them back."""
    desk = Desk(tmp_path_factory.mktemp("baked"))
    knobs(desk.node, cuts="1004,2000")
    desk.host.root["proxy"].setValue(True)
    assert desk.bake() == "done: 6 frames are coloured"
    return desk


@pytest.fixture
def live(baked: Desk) -> Iterator[Desk]:
    """The baked node, to turn its live knobs."""
    names = ("output", "saturation", "mix", "gamut_limit")
    before = {name: baked.node[name].value() for name in names}
    yield baked
    knobs(baked.node, **before)


# What a bake leaves


def test_a_bake_renders_the_plate_at_full_size_and_colors_every_frame(baked: Desk) -> None:
    assert baked.host.rendered == [("PlateWrite", frame, False) for frame in FRAMES]
    assert baked.host.root["proxy"].value() is True
    assert all(baked.chroma(frame).is_file() for frame in FRAMES)
    assert all(np.abs(baked.out(frame) - baked.plate(frame)).max() > 0.01 for frame in FRAMES)


WINDOWS = ("x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height")
METADATA = ("smpte:TimeCode", "PixelAspectRatio", "show/shot")


def test_a_bake_keeps_numbers_windows_and_metadata(baked: Desk) -> None:
    for frame in FRAMES:
        plate, made = read(Path(baked.plates % frame))[1], read(baked.chroma(frame))[1]
        assert [getattr(made, name) for name in WINDOWS] == [getattr(plate, name) for name in WINDOWS]
        assert [made.getattribute(name) for name in METADATA] == [plate.getattribute(name) for name in METADATA]
        assert made.getattribute("tcvc/shot") == (FIRST if frame < FIRST + 3 else FIRST + 3)


def test_the_weights_of_the_working_space_come_back_to_the_node(baked: Desk) -> None:
    weights = baked.node["luma_weights"].value()
    assert weights == pytest.approx(PlateSpace().weights, abs=1e-7)
    assert read(baked.chroma(FIRST))[1].getattribute("tcvc/weights") == pytest.approx(weights, abs=1e-7)


def test_the_job_of_a_node_goes_round_with_every_field(baked: Desk) -> None:
    written = json.loads((baked.chroma(FIRST).parents[1] / "job.json").read_text())
    read_back = Job.from_dictionary(written).to_dictionary()
    assert {key: read_back[key] for key in written} == written
    assert set(read_back) - set(written) == {"output", "frames"}  # chroma is what the node takes; frames are a farm's
    assert written["cuts"] == "1004"  # what lies beyond the clip is left out


# What is live after a bake


def luminance(scene: PlateSpace, rgb: Any) -> Any:
    return rgb.astype(np.float64) @ scene.weights.astype(np.float64)


@pytest.mark.parametrize("saturation", [0.0, 0.6, 1.0, 1.5])
@pytest.mark.parametrize("limit", [False, True])
def test_luminance_stays_at_every_saturation(live: Desk, saturation: float, limit: bool) -> None:
    knobs(live.node, saturation=saturation, gamut_limit=limit)
    plate, out = live.plate()[..., 1].astype(np.float64), live.out()
    error = np.abs(luminance(PlateSpace(), out) - plate) / np.maximum(np.abs(plate), 1e-6)
    half_error = np.abs(luminance(PlateSpace(), out.astype(np.float16)) - plate) / np.maximum(np.abs(plate), 1e-4)
    assert plate.min() < -0.04
    assert plate.max() == pytest.approx(40)
    assert error.max() <= 5e-7
    assert half_error.max() <= 5e-4


@pytest.mark.parametrize("space", ["ACEScg", "ACES2065-1", "lin_rec709"])
@pytest.mark.parametrize("saturation", [0.0, 0.6, 1.0, 1.5])
def test_luminance_stays_in_every_working_space(live: Desk, tmp_path: Path, space: str, saturation: float) -> None:
    """Any baked colour, half as it is stored: strong, and off by its rounding; the node makes up for that."""
    scene = PlateSpace(space=space)
    rng = np.random.default_rng(3)
    multipliers = scene.chroma(rng.uniform(0, 1, (3, SIZE[1], SIZE[0])).astype(np.float32))
    spec = oiio.ImageSpec(*SIZE, 3, "half")
    write_picture(tmp_path / "chroma.1001.exr", Image(multipliers, spec))
    chroma = inner(live.node, "Chroma")
    before = chroma["file"].value(), live.node["luma_weights"].value()
    knobs(chroma, file=str(tmp_path / "chroma.%04d.exr"))
    knobs(live.node, saturation=saturation, luma_weights=[float(weight) for weight in scene.weights])
    plate, out = live.plate()[..., 1].astype(np.float64), live.out()
    knobs(chroma, file=before[0])
    knobs(live.node, luma_weights=before[1])
    assert (np.abs(luminance(scene, out) - plate) / np.maximum(np.abs(plate), 1e-6)).max() <= 5e-7
    if saturation == 1:
        joined = scene.joined(live.plate(), read(tmp_path / "chroma.1001.exr")[0])
        assert (np.abs(out - joined) <= 1e-6 * np.abs(plate)[..., None] * multipliers.max()).all()


def test_saturation_and_mix_reach_from_the_plate_to_the_whole_color(live: Desk) -> None:
    whole, plate = live.out(), live.plate()
    for name in ("saturation", "mix"):
        knobs(live.node, **{name: 0.0})
        np.testing.assert_allclose(live.out(), plate, rtol=1e-6)
        knobs(live.node, **{name: 0.5})
        np.testing.assert_allclose(live.out(), (whole + plate) / 2, rtol=2e-6, atol=1e-6)
        knobs(live.node, **{name: 1.0})


def test_the_gamut_limit_holds_back_just_what_would_go_below_zero(live: Desk) -> None:
    knobs(live.node, saturation=4.0)
    is_lit = live.plate()[..., 0] > 0
    free = live.out()
    knobs(live.node, gamut_limit=True)
    held = live.out()
    is_outside = is_lit & (free.min(axis=-1) < 0)
    assert is_outside.any()
    assert held[is_lit].min() >= -1e-5
    np.testing.assert_array_equal(held[is_lit & ~is_outside], free[is_lit & ~is_outside])


def test_output_shows_the_beauty_the_chroma_or_the_plate(live: Desk) -> None:
    knobs(live.node, output="plate")
    np.testing.assert_array_equal(live.out(), live.plate())
    knobs(live.node, output="chroma")
    np.testing.assert_array_equal(live.out(), read(live.chroma(FIRST))[0])


def test_a_matte_of_the_plate_comes_through(live: Desk) -> None:
    np.testing.assert_array_equal(image(live.node, FIRST).channels["A"], image(live.read, FIRST).channels["A"])


def test_the_mask_says_where_there_is_color(live: Desk) -> None:
    whole, plate = live.out(), live.plate()
    matte = image(live.read, FIRST).channels["A"][..., None]
    live.node.setInput(2, live.read)
    np.testing.assert_allclose(live.out(), plate * (1 - matte) + whole * matte, rtol=1e-6, atol=1e-7)
    live.node.setInput(2, None)
    np.testing.assert_array_equal(live.out(), whole)


def test_a_frame_that_is_missing_or_beyond_the_bake_is_the_plate(live: Desk) -> None:
    hidden = live.chroma(FIRST + 1).rename(live.folder / "away.exr")
    np.testing.assert_array_equal(live.out(FIRST + 1), live.plate(FIRST + 1))
    hidden.rename(live.chroma(FIRST + 1))
    write_plate(live.folder / "plates", last=LAST + 1)
    knobs(live.read, last=LAST + 1)
    np.testing.assert_array_equal(live.out(LAST + 1), live.plate(LAST + 1))
    knobs(live.read, last=LAST)


def test_a_changed_plate_makes_the_bake_stale_until_it_is_put_back(live: Desk) -> None:
    knobs(live.read, xpos=500, label="moved")
    live.host.open_panel(live.node)
    assert live.node["label"].value() == ""
    (grade,) = live.host.load("Grade {\n inputs 0\n white 2\n}")
    grade.setInput(0, live.read)
    live.node.setInput(0, grade)
    assert live.node["label"].value() == "STALE"
    live.node.setInput(0, live.read)
    assert live.node["label"].value() == ""


def test_resume_renders_the_plate_anew_where_a_node_above_has_changed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (grade,) = desk.host.load("Grade {\n inputs 0\n white 2\n}")
    grade.setInput(0, desk.read)
    desk.node.setInput(0, grade)
    knobs(desk.node, worker_python=script(tmp_path / "python", "exit 0"))
    counts = []
    for turned in ({}, {"xpos": 7, "label": "moved"}, {"white": 3.0}):
        knobs(grade, **turned)
        desk.bake("resume")
        counts.append(len(desk.host.rendered))
    assert counts == [6, 6, 12]


def test_create_read_makes_a_read_beside_the_node(live: Desk) -> None:
    live.press("create_read")
    made = live.host.root.children[-1]
    assert (made.Class(), made.parent()) == ("Read", live.host.root)
    np.testing.assert_array_equal(image(made, LAST).rgb(), read(live.chroma(LAST))[0])
    assert (made["first"].value(), made["origlast"].value()) == (FIRST, LAST)


def test_version_up_leaves_what_is_shown_and_clear_deletes_only_what_is_ours(live: Desk) -> None:
    first, shown = live.chroma(FIRST), live.out()
    live.press("version_up")
    np.testing.assert_array_equal(live.out(), shown)
    second = live.ui.cache.folder(live.node)
    (second / "mine.txt").touch()
    (second / MARKER).unlink()
    assert "was not created by this node" in live.press("clear_cache")
    assert (second / "mine.txt").exists()
    (second / MARKER).touch()
    assert live.press("clear_cache") == f"deleted {second}"
    assert not second.exists()
    assert first.is_file()
    knobs(live.node, version=1)


def test_a_copied_node_gets_a_cache_of_its_own(live: Desk) -> None:
    text = TOOLSET.read_text().replace('job_id ""', f"job_id {live.node['job_id'].value()}")
    (copy,) = live.host.load(text.replace("running false", "running true"))
    assert (copy["job_id"].value(), copy["running"].value(), copy.name()) == ("", False, "TCVC_Colorize2")
    assert live.ui.cache.folder(copy) != live.ui.cache.folder(live.node)


# The life of a bake


def test_a_bake_is_cancelled_midway_and_resumed_with_what_is_done(tmp_path: Path) -> None:
    last = FIRST + 39
    desk = Desk(tmp_path, last=last)
    desk.host.cancel_at = 1
    said = desk.bake()
    done = [frame for frame in range(FIRST, last + 1) if desk.chroma(frame).exists()]
    assert said == f"cancelled: {len(done)} frames are coloured"
    assert 1 <= len(done) < 40
    np.testing.assert_array_equal(desk.out(last), desk.plate(last))
    times = {frame: desk.chroma(frame).stat().st_mtime_ns for frame in done}
    desk.host.cancel_at = 101
    desk.host.rendered.clear()
    assert desk.bake("resume") == "done: 40 frames are coloured"
    assert desk.host.rendered == []
    assert {frame: desk.chroma(frame).stat().st_mtime_ns for frame in done} == times
    assert desk.node["tile_color"].value() == desk.ui.bake.IDLE


def test_cancel_asks_the_worker_and_ends_one_that_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    waits = 'folder=$(dirname "${@: -1}"); until [ -e "$folder/cancel" ]; do sleep 0.02; done'
    listens = script(tmp_path / "listens", waits, """echo '{"event": "cancelled", "frames": 2}'; exit 2""")
    knobs(desk.node, worker_python=listens)
    assert desk.press("colorize") == "starting"
    assert desk.press("cancel") == "stopping after the current frame"
    assert desk.wait() == "cancelled: 2 frames are coloured"
    assert desk.press("cancel") == "FAILED: no worker is running for this node"
    monkeypatch.setattr(desk.ui.launch, "GRACE", 0.05)
    knobs(desk.node, worker_python=script(tmp_path / "deaf", "exec sleep 60"))
    desk.press("colorize")
    desk.press("cancel")
    assert desk.wait() == "FAILED: it ended without a message"


def test_two_nodes_of_a_script_work_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    knobs(desk.read, selected=True)
    other = desk.new_node()
    assert desk.press("colorize") == desk.press("colorize", other) == "starting"
    assert desk.press("colorize", other).startswith("FAILED: a worker is already running")
    assert desk.wait() == desk.wait(other) == "done: 6 frames are coloured"
    assert chroma_of(other, FIRST).parent != desk.chroma(FIRST).parent
    np.testing.assert_array_equal(image(other, LAST).rgb(), desk.out(LAST))


def test_without_a_user_interface_colorize_waits_and_follows_a_painted_reference(tmp_path: Path) -> None:
    desk = Desk(tmp_path, is_gui=False)
    (grade,) = desk.host.load("Grade {\n inputs 0\n white 0.5\n}")
    grade.setInput(0, desk.read)
    desk.node.setInput(1, grade)
    knobs(desk.node, ref_mode="input", ref_frames=f"{FIRST + 3}")
    assert desk.press("colorize") == "done: 6 frames are coloured"
    assert desk.host.rendered[-1] == ("RefWrite", FIRST + 3, False)
    painted = desk.chroma(FIRST).parents[1] / "ref" / f"ref.{FIRST + 3}.exr"
    assert read(desk.chroma(LAST))[1].getattribute("tcvc/reference") == painted.as_posix()


def test_a_project_decides_in_place_of_cuts_and_references(tmp_path: Path) -> None:
    desk, path = Desk(tmp_path), tmp_path / "film.tcvc.yaml"
    shots = (Shot((FIRST, FIRST + 3), state="gray"), Shot((FIRST + 3, LAST + 1)))
    document.write(document.new(path, Project(Film("none.mkv", len(FRAMES), SIZE, "24/1", FIRST), shots)))
    knobs(desk.node, project=str(path), cuts_detect=False)
    assert desk.bake() == "done: 6 frames are coloured"
    is_gray = [bool((read(desk.chroma(frame))[0] == 1).all()) for frame in FRAMES]
    assert is_gray == [True] * 3 + [False] * 3
    knobs(desk.node, cuts=str(FIRST + 2))
    assert desk.bake("resume").startswith("FAILED: cuts: expected nothing beside project, which says it")


# What goes wrong


def test_the_worker_gets_no_library_or_color_config_of_nukes_own(live: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    launch: Any = sys.modules["tcvc_nuke.launch"]
    own = os.path.join(launch.host_folder(), "OCIOConfigs", "config.ocio")
    monkeypatch.setenv("OCIO", own)
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/studio/lib")
    assert "OCIO" not in launch.environment()
    assert launch.environment()["DYLD_LIBRARY_PATH"] == "/studio/lib"
    monkeypatch.setenv("OCIO", "/studio/config.ocio")
    assert launch.environment()["OCIO"] == "/studio/config.ocio"


def test_a_python_without_vs_tcvc_is_named(baked: Desk, tmp_path: Path) -> None:
    bare = script(tmp_path / "python", "echo 'ModuleNotFoundError: No module named numpy' >&2; exit 1")
    for python, words in {
        bare: "ModuleNotFoundError: No module named numpy",
        str(tmp_path / "none"): "worker_python: ",
        "": "worker_python: expected the Python",
    }.items():
        desk = baked
        knobs(desk.node, worker_python=python)
        assert words in desk.press("worker_test")
        assert desk.node["tile_color"].value() == desk.ui.bake.BROKEN
        assert desk.host.messages[-1] in desk.node["status"].value()
    knobs(baked.node, worker_python=sys.executable)
    assert baked.press("worker_test").startswith("tcvc ") or baked.press("worker_test").startswith("vs-tcvc ")


def test_a_worker_that_dies_says_why(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    knobs(desk.node, worker_python=script(tmp_path / "python", "echo noise; echo '3'; echo 'Killed.' >&2; exit 137"))
    assert desk.bake() == "FAILED: Killed."
    assert desk.node["running"].value() is False


def test_a_full_disk_is_told_by_the_render_and_by_the_worker(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    knobs(desk.node, worker_python=script(tmp_path / "python", f'ulimit -f 1; exec {sys.executable} "$@"'))
    assert "cannot be written" in desk.bake()
    assert not any(desk.chroma(frame).exists() for frame in FRAMES)

    def full(node: Node, frame: int, path: str) -> None:
        raise RuntimeError("No space left on device")

    desk.host.render = full
    assert desk.press("colorize") == "FAILED: PlateWrite: No space left on device"
    assert desk.host.root["proxy"].value() is False
    assert desk.node["running"].value() is False


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (desk.folder / "tcvc").touch()
    assert "cannot be created" in desk.press("colorize")
    (desk.folder / "tcvc").unlink()
    (desk.ui.cache.folder(desk.node) / "job.json").mkdir()
    assert "Is a directory" in desk.press("colorize")
    knobs(desk.host.root, name="")
    assert "save the script first" in desk.press("colorize")
    knobs(desk.node, cache_dir=str(tmp_path / "50%"))
    assert "expected a full path without" in desk.press("colorize")


@pytest.mark.parametrize(
    ("turned", "words"),
    [
        ({"last_frame": 7}, "last_frame: expected 1001 or later, got 7"),
        ({"cuts": "12 o'clock"}, "cuts: expected frames as in 1001,1040, got 12 o'clock"),
        ({"ref_mode": "files"}, "ref_file: expected a picture"),
        ({"ref_mode": "files", "ref_file": "a.png", "ref_frames": "1001,1002"}, "ref_file: expected a picture"),
        ({"working_space": "sRBG"}, "colorspace: expected one of"),
    ],
)
def test_a_knob_that_does_not_fit_is_named(tmp_path: Path, turned: dict[str, Any], words: str) -> None:
    desk = Desk(tmp_path)
    knobs(desk.node, **turned)
    assert words in desk.bake()


# Small buttons


def test_the_edit_list_becomes_cuts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answer = f'echo "$@" > {tmp_path / "asked"}; echo "tcvc: reel 1.edl: a remark" >&2; echo 1004,1900'
    knobs(desk.node, worker_python=script(tmp_path / "python", answer), edl_file="/cuts/reel 1.edl")
    assert desk.press("edl_import") == "cuts within the clip: 1004\ntcvc: reel 1.edl: a remark"
    assert (tmp_path / "asked").read_text() == "-m vs_tcvc cuts /cuts/reel 1.edl --first 1001 --rate 24\n"
    assert desk.node["cuts"].value() == "1004,1900"


def test_range_and_reference_frames_are_taken_from_the_script(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    knobs(desk.node, first_frame=1, last_frame=2)
    desk.press("range_from_input")
    assert (desk.node["first_frame"].value(), desk.node["last_frame"].value()) == (FIRST, LAST)
    for desk.host.frame in (1005, 1002, 1005):
        desk.press("ref_add_current")
    assert desk.node["ref_frames"].value() == "1002,1005"


@pytest.mark.parametrize(
    ("file", "frames", "expected"),
    [("/a/p.####.exr", "1001,1004", [(1001, "/a/p.1001.exr", "scene_linear"), (1004, "/a/p.1004.exr", "scene_linear")]),
     ("/a/p.png", "", [(1001, "/a/p.png", "")]),
     ("/a/p.%05d.tif", "1006", [(1006, "/a/p.01006.tif", "")])],
)  # fmt: skip
def test_painted_files_are_named_by_frame_and_read_in_their_space(
    tmp_path: Path, file: str, frames: str, expected: list[tuple[int, str, str]]
) -> None:
    desk = Desk(tmp_path)
    knobs(desk.node, ref_mode="files", ref_file=file, ref_frames=frames)
    found = desk.ui.knobs.job(desk.node, tmp_path)["references"]
    assert [tuple(each.values()) for each in found] == expected


@pytest.mark.parametrize(
    ("managed", "config", "expected"),
    [("Nuke", "custom", ("", "lin_rec709")), ("OCIO", "custom", ("/show.ocio", "scene_linear")),
     ("OCIO", "nuke-default", ("", "scene_linear"))],
)  # fmt: skip
def test_color_is_that_of_the_script_unless_the_node_says_other(
    tmp_path: Path, managed: str, config: str, expected: tuple[str, str]
) -> None:
    desk = Desk(tmp_path)
    knobs(desk.host.root, colorManagement=managed, OCIO_config=config, customOCIOConfigPath="/show.ocio")
    assert desk.ui.knobs.color(desk.node) == expected
    knobs(desk.node, working_space="ACEScg", ocio_config="/mine.ocio")
    assert desk.ui.knobs.color(desk.node) == ("/mine.ocio", "ACEScg")
