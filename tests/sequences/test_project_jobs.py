"""Jobs by a project: what its shots say of plates, what is rendered again, and what is refused."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import jobs
import numpy as np
import pytest
from jobs import FIRST, HEIGHT, WIDTH, StopsAfter, do, progressed, results

from vs_tcvc import cli
from vs_tcvc.core.frame import Array
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.schema import Film, Hint, Project, Shot
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.image_file import Image, read_picture, write_picture
from vs_tcvc.sequences.job import Job, PaintedReference
from vs_tcvc.sequences.worker import CANCELLED, DONE, FAILED

SHOTS = ((1001, 1004), (1004, 1006), (1006, 1009))
FRAMES = range(1001, 1009)
PAINTED = PaintedReference(1001, "a.png")


@pytest.fixture
def plate(tmp_path: Path) -> str:
    return jobs.write_plates(tmp_path / "plates", jobs.exr_spec(3, "float"))


@pytest.fixture
def project(tmp_path: Path) -> Document:
    """Three shots, the first and the last of one scene."""
    facts = Film("film.mkv", len(FRAMES), (WIDTH, HEIGHT), "24/1", FIRST)
    shots = tuple(Shot(frames, scene) for frames, scene in zip(SHOTS, "ABA", strict=True))
    found = document.new(tmp_path / "film.tcvc.yaml", Project(facts, shots, {"size": 64, "device": "cpu"}))
    return document.write(found.edited(edits.add_hint, 0, Hint(1002, (0.5, 0.5), "#cc2222", 0.1)))


def job(plate: str, project: Document, **changes: Any) -> Job:
    folder = project.path.parent
    return jobs.job(folder, plate, **{"cuts": "auto", "settings": {}, "project": str(project.path), **changes})


def rendered(wanted: Job) -> list[int]:
    """The frames that a job makes, which must not fail."""
    code, events = do(wanted)
    assert code == DONE, events[-1]
    return progressed(events)


def told(wanted: Job) -> str:
    """The sentence of a job that fails, and leaves nothing."""
    said = sentence(wanted)
    assert not results(wanted)
    return said


def sentence(wanted: Job) -> str:
    """The sentence of a job that fails."""
    code, events = do(wanted)
    assert code == FAILED
    return str(events[-1]["msg"])


def pixels(path: Path) -> Array:
    return read_picture(path, "").pixels


# What a shot's state means


@pytest.fixture
def states(plate: str, project: Document) -> Document:
    """The project with a shot that stays gray, and one that keeps its colour, which its plates have."""
    for frame in range(1006, 1009):
        path = Path(plate % frame)
        write_picture(path, Image(pixels(path) * np.array((1.2, 1, 0.7), np.float32), read_picture(path, "").spec))
    return document.write(project.edited(edits.set_state, 1, "gray").edited(edits.set_state, 2, "keep"))


@pytest.mark.parametrize(("colorspace", "tolerance"), [("scene_linear", 0), ("srgb_texture", 0), ("ACEScct", 1e-5)])
def test_gray_stays_gray_and_what_keeps_its_colour_keeps_its_samples(
    colorspace: str, tolerance: float, plate: str, states: Document
) -> None:
    """In a log space gray goes to the display and back."""
    wanted = job(plate, states, output="beauty", colorspace=colorspace)
    assert rendered(wanted) == [*FRAMES]
    for frame in range(1004, 1009):
        difference = np.abs(pixels(wanted.result_of(frame)) - pixels(Path(plate % frame))).max()
        assert difference <= (0 if frame >= 1006 else tolerance)
    assert np.ptp(pixels(wanted.result_of(1001)), axis=-1).max() > 0.01
    spec = read_picture(wanted.result_of(1007), "").spec
    assert (spec.get_int_attribute("tcvc/shot"), spec.getattribute("tcvc/reference")) == (1006, "own")


def test_multipliers_of_such_shots_are_1_and_their_own(plate: str, states: Document) -> None:
    wanted = job(plate, states, settings={"confidence": "on"})
    assert rendered(wanted) == [*FRAMES]
    made = {frame: pixels(wanted.result_of(frame)) for frame in FRAMES}
    assert (made[1004] == 1).all()
    assert (made[1006][..., 3] == 1).all()
    own = pixels(Path(plate % 1006))
    luminance = PlateSpace().luminance(own)[..., None]
    is_lit = luminance[..., 0] > 0
    assert np.allclose((made[1006][..., :3] * luminance)[is_lit], own[is_lit], rtol=1e-3)
    assert (made[1006][~is_lit] == 1).all()


def test_multipliers_of_any_plate_fit_into_half_floats() -> None:
    rgb = np.array([[[1, -0.3715, 0], [0, 0, 0], [-1, -1, -1], [1e-12, 0, 0], [40, 0.1, -0.05]]], np.float32)
    multipliers = PlateSpace().own_chroma(rgb)
    assert np.isfinite(multipliers.astype(np.float16)).all()
    assert np.allclose(PlateSpace().luminance(multipliers), 1, atol=1e-3)


# What is rendered again


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda found: found.edited(edits.set_saturation, 1, 0.5), [1004, 1005]),
        (lambda found: found.edited(edits.set_look, 1, "vivid"), [1004, 1005]),
        (lambda found: found.edited(edits.set_state, 1, "gray"), [1004, 1005]),
        (lambda found: found.edited(edits.set_look, 2, "vivid"), [1006, 1007, 1008]),
        (lambda found: found.edited(edits.set_scene, 1, "A"), [1004, 1005]),
        (lambda found: found.edited(edits.add_hint, 0, Hint(1002, (0.1, 0.1), "#22cc22")),
         [1001, 1002, 1003, 1006, 1007, 1008]),
        (lambda found: found.edited(edits.set_setting, "size", 96), [*FRAMES]),
        (lambda found: found, []),
    ],
)  # fmt: skip
def test_a_change_renders_the_shots_again_that_it_concerns(
    change: Callable[[Document], Document], again: list[int], plate: str, project: Document
) -> None:
    wanted = job(plate, project)
    assert rendered(wanted) == [*FRAMES]
    before = results(wanted)
    document.write(change(project))
    assert rendered(wanted) == again
    after = results(wanted)
    assert [frame for frame in FRAMES if after[frame] != before[frame]] == again


@pytest.mark.parametrize(("frame", "again"), [(1005, [1004, 1005]), (1002, [1001, 1002, 1003, 1006, 1007, 1008])])
def test_another_plate_renders_the_shots_again_that_are_made_of_it(
    frame: int, again: list[int], plate: str, project: Document
) -> None:
    assert rendered(job(plate, project)) == [*FRAMES]
    os.utime(plate % frame, (1, 1))
    assert rendered(job(plate, project)) == again


@pytest.mark.parametrize("asked", [0, 2, 5, 7, 12, 15])
def test_a_job_that_was_stopped_goes_on(asked: int, plate: str, project: Document) -> None:
    whole = job(plate, project, result=str(project.path.parent / "whole" / "c.%04d.exr"))
    stopped = job(plate, project)
    code, events = do(stopped, StopsAfter(asked))
    assert code == CANCELLED
    assert progressed(events) + rendered(stopped) == [*FRAMES]
    assert rendered(whole) == [*FRAMES]
    assert results(stopped) == results(whole)


# Parts of a film


def test_a_part_has_the_pixels_of_the_whole(plate: str, project: Document) -> None:
    whole = job(plate, project)
    assert rendered(whole) == [*FRAMES]
    part = job(plate, project, first=1004, last=1007, frames=[1004, 1005], result=whole.result.replace("out", "part"))
    shutil.rmtree(project.path.with_name(".tcvc"))
    assert rendered(part) == [1004, 1005]
    assert results(part) == {frame: results(whole)[frame] for frame in (1004, 1005)}


def test_a_shot_whose_plates_are_not_all_there_is_refused(plate: str, project: Document) -> None:
    assert told(job(plate, project, first=1002)) == (
        "project: expected plates of all frames of its shot 1, 1001 to 1003, got 1002 to 1008; add those plates, or "
        "render other frames"
    )
    assert told(job(plate, project, frames=[1005, 1005], last=1005, first=1005)).startswith(
        "project: expected plates of all frames of its shot 2, 1004 to 1005, got 1005 to 1005"
    )
    Path(plate % 1003).unlink()
    assert told(job(plate, project, frames=[1001, 1001])).startswith(f"frame 1003: expected a picture {plate % 1003}")


def test_a_shot_of_which_nothing_is_coloured_may_be_there_in_part(plate: str, states: Document) -> None:
    assert rendered(job(plate, states, first=1005, last=1006)) == [1005, 1006]


def test_the_lead_of_a_scene_must_be_there_unless_the_shot_is_stored(plate: str, project: Document) -> None:
    last = job(plate, project, first=1006)
    assert told(last) == (
        "frame 1001: the plates are frames 1006 to 1008, and this one leads a scene that is to be coloured; add it to "
        "the clip, or colour the scene with tcvc render"
    )
    whole = job(plate, project, result=last.result.replace("out", "whole"))
    assert rendered(whole) == [*FRAMES]
    assert rendered(last) == [1006, 1007, 1008]
    assert results(last) == {frame: results(whole)[frame] for frame in range(1006, 1009)}


def test_frames_that_the_film_does_not_have_are_refused(plate: str, project: Document) -> None:
    shorter = document.new(project.path.with_name("shorter.tcvc.yaml"), Project(
        replace_film(project, 5), project.project.shots[:2], project.project.settings,
    ))  # fmt: skip
    shorter = document.write(shorter)
    assert told(job(plate, shorter)) == (
        "project: expected frames of its film, 1001 to 1005, got 1001 to 1008; render others, or number the plates as "
        "the film"
    )
    assert rendered(job(plate, shorter, frames=[1001, 1005])) == [*range(1001, 1006)]


def replace_film(project: Document, frames: int) -> Film:
    film = project.project.film
    return Film(film.path, frames, film.size, film.rate, film.first)


# What is refused


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cuts": "1003"}, "cuts"), ({"cuts": "none"}, "cuts"), ({"settings": {"look": "vivid"}}, "look"),
        ({"settings": {"saturation": 0.5}}, "saturation"), ({"references": (PAINTED,)}, "references"),
        ({"settings": {"reference_frame": "best"}}, "reference_frame"),
    ],
)  # fmt: skip
def test_what_the_project_says_is_said_there_alone(
    changes: dict[str, Any], named: str, plate: str, project: Document
) -> None:
    assert told(job(plate, project, **changes)) == (
        f"{named}: expected nothing beside project, which says it, got both; write it into the project, or leave it out"
    )


def test_no_result_is_a_picture_of_the_project(plate: str, project: Document) -> None:
    painted = project.path.with_name("ref_001002.png")
    cv2.imwrite(str(painted), np.full((HEIGHT, WIDTH, 3), (40, 40, 200), np.uint8))
    before = painted.read_bytes()
    project = document.write(project.edited(edits.add_reference, 0, painted.name))
    names = str(project.path.with_name("ref_%06d.png"))
    assert "this file is also read" in sentence(job(plate, project, result=names, output="beauty"))
    assert painted.read_bytes() == before


def test_the_command_takes_a_project(
    plate: str, project: Document, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.path.parent)
    by_job = job(plate, project, output="beauty")
    assert rendered(by_job) == [*FRAMES]
    assert cli.main(["sequence", plate, "cli/chroma.%04d.exr", "--project", project.path.name]) == 0
    command = job(plate, project, output="beauty", result=str(project.path.parent / "cli" / "chroma.%04d.exr"))
    assert results(command) == results(by_job)
    assert cli.main(["sequence", plate, "other.%04d.exr", "--project", project.path.name, "--cuts", "1003"]) == 2
    assert "--cuts: expected nothing beside --project, which says it" in capfd.readouterr().err
