"""What the desk writes: presets that FFmpeg takes, the part that was asked for, and refusals before any work."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from project_films import QUICK, SETTINGS, planes_of, project_of, scene, write_film

from vs_tcvc.desk.exports import EXR, PRESETS, Export, Preset, check, color_job, export_job, reasons, usual_target
from vs_tcvc.desk.plates import Plates
from vs_tcvc.desk.session import State
from vs_tcvc.desk.work import Job
from vs_tcvc.errors import TcvcError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.selection import Selection
from vs_tcvc.film.sheets import write_sheets
from vs_tcvc.film.status import status_of
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.reference_names import sheets_folder
from vs_tcvc.project.schema import Film, Hint, Project, Shot
from vs_tcvc.runtime.events import Event, ignore

SHOTS = ((1, 3), (2, 2), (1, 3))
PRORES, DNXHR, H264, FFV1, PNG = PRESETS[:5]


@pytest.fixture
def project(tmp_path: Path) -> Document:
    return document.write(project_of(write_film(tmp_path / "film.mkv", SHOTS), SHOTS))


@pytest.fixture
def film(project: Document) -> FilmProject:
    return FilmProject(project, SETTINGS)


def do(job: Job) -> tuple[str, list[Event]]:
    events = list[Event]()
    return job(events.append, threading.Event()), events


def write(film: FilmProject, preset: Preset, target: str = "", **changes: object) -> Path:
    """The file that was written, as its event names it."""
    export = Export(preset, target or usual_target(film, preset), **changes)  # type: ignore[arg-type]
    check(film, export)
    _, events = do(export_job(lambda: film, export))
    return next(Path(event.values["file"]) for event in events if event.name == "wrote")


def told(film: FilmProject) -> dict[str, str]:
    return reasons(State(0, film, Plates(film), tuple(status_of(film))))


def refusal(film: FilmProject, export: Export) -> str:
    """The sentence with which an export is refused, before and as a task, in which nothing is coloured."""
    with pytest.raises(TcvcError) as before:
        check(film, export)
    with pytest.raises(TcvcError) as then:
        do(export_job(lambda: film, export))
    assert str(before.value) == str(then.value)
    assert len(film.missing(Selection())) == len(SHOTS)
    return str(before.value)


@pytest.mark.parametrize(
    ("preset", "name", "codec", "pixels"),
    [
        (PRORES, "film.colour.mov", "prores", "yuv422p10le"), (H264, "film.colour.mp4", "h264", "yuv420p"),
        (FFV1, "film.colour.mkv", "ffv1", "yuv420p"),
    ],
)  # fmt: skip
def test_a_film_is_written_as_its_preset_says(
    preset: Preset, name: str, codec: str, pixels: str, film: FilmProject
) -> None:
    path = write(film, preset)
    assert path.name == name
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == (codec, pixels)
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 8
    assert np.ptp(frames[0].astype(int), axis=-1).max() > 8, "it has no colour"


def test_dnxhr_is_taken_by_ffmpeg_or_says_how_small_a_film_may_be(film: FilmProject) -> None:
    """It has no pictures of 96x64; that is refused before anything is coloured."""
    assert "dnxhd" in refusal(film, Export(DNXHR, "a.mxf"))
    context = av.CodecContext.create("dnxhd", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt, context.framerate = 640, 360, "yuv422p10le", 24
    context.options = dict(DNXHR.encoding.options)
    context.open()


def test_pictures_have_16_bits_and_lie_in_a_folder(film: FilmProject) -> None:
    folder = write(film, PNG).parent
    assert folder.name == "film.colour"
    pictures = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted(folder.glob("*.png"))]
    assert [(str(each.dtype), each.shape) for each in pictures if each is not None] == [("uint16", (64, 96, 3))] * 8


def test_a_part_is_written_and_only_that_is_coloured(film: FilmProject) -> None:
    whole = planes_of(write(film, FFV1, "whole.mkv"))
    assert planes_of(write(film, FFV1, "shots.mkv", shots="1,3")) == whole[:3] + whole[5:]
    assert planes_of(write(film, FFV1, "frames.mkv", frames="2-4")) == whole[2:5]


def test_a_part_tells_how_many_frames_it_has(film: FilmProject) -> None:
    """Those of colouring, then those of writing."""
    _, events = do(export_job(lambda: film, Export(FFV1, "a.mkv", frames="2-3")))
    totals = [event.values["total"] for event in events if event.name in ("progress", "done")]
    assert totals == [3 + 2] * 6 + [2] * 3


def test_quality_goes_to_the_encoder(film: FilmProject) -> None:
    sizes = [write(film, H264, f"{quality}.mp4", quality=quality).stat().st_size for quality in H264.qualities]
    assert sizes[0] > 1.2 * sizes[1]


def test_what_cannot_be_written_is_refused_before_anything_is_coloured(film: FilmProject) -> None:
    folder = film.document.path.parent
    (folder / "there.mov").touch()
    assert refusal(film, Export(PRORES, "there.mov")).endswith(
        "it exists; choose another file, or tick “replace what is there”"
    )
    assert "a name that ends in .mov" in refusal(film, Export(PRORES, "a.mkv"))
    assert "no name yet" in refusal(film, Export(PRORES, " "))
    assert "source itself" in refusal(film, Export(FFV1, "film.mkv", overwrite=True))
    assert "belongs to the project" in refusal(film, Export(FFV1, ".tcvc/a.mkv"))
    assert "belongs to the project" in refusal(film, Export(PNG, "film.references"))
    assert "the shots: expected shots of 1 to 3" in refusal(film, Export(FFV1, "a.mkv", shots="9"))
    assert "no/folder" in refusal(film, Export(FFV1, "no/folder/a.mkv"))
    assert "this film is one file; choose PNG" in refusal(film, Export(EXR, "a"))


def test_a_file_is_replaced_only_if_that_is_wanted(film: FilmProject) -> None:
    path = write(film, FFV1)
    before = path.stat().st_mtime_ns
    with pytest.raises(TcvcError, match="it exists"):
        do(export_job(lambda: film, Export(FFV1, path.name)))
    assert path.stat().st_mtime_ns == before
    assert write(film, FFV1, overwrite=True) == path
    assert path.stat().st_mtime_ns > before


def test_what_is_to_be_coloured_is_told_with_its_reasons_and_is_done_by_a_task(film: FilmProject) -> None:
    assert told(film) == {"not coloured before": "shots 1, 2 and 3"}
    assert do(color_job(lambda: film, "2"))[0] == "1 shot coloured"
    assert told(film) == {"not coloured before": "shots 1 and 3"}
    assert do(color_job(lambda: film))[0] == "2 shots coloured"
    assert told(film) == {}
    assert do(color_job(lambda: film))[0] == "there was nothing to colour"
    changed = film.edited(film.document.edited(edits.add_hint, 1, Hint(4, (0.5, 0.5), "#cc2222")))
    assert told(changed) == {"hints changed": "shot 2"}


def test_a_task_takes_the_film_as_it_is_when_it_begins(film: FilmProject) -> None:
    now = [film]
    job = color_job(lambda: now[0])
    now[0] = film.edited(film.document.edited(edits.set_state, 1, "gray"))
    assert do(job)[0] == "2 shots coloured"


def test_pictures_that_were_painted_are_taken_as_references_first(film: FilmProject) -> None:
    folder = sheets_folder(film.document.path)
    sheet = next(iter(write_sheets(film, folder, [1], ignore)))
    cv2.imwrite(str(sheet.path), np.full((64, 96, 3), (40, 40, 200), np.uint8))
    _, events = do(color_job(lambda: film))
    assert [event.values["shot"] for event in events if event.name == "painted"] == [2]
    assert document.read(film.document.path).project.shots[1].references == (f"film.references/{sheet.path.name}",)


@pytest.fixture
def pictures(tmp_path: Path) -> FilmProject:
    """A film of numbered pictures of 16 bits, from 1001."""
    for n in range(8):
        cv2.imwrite(str(tmp_path / f"plate.{1001 + n}.tif"), scene(n // 4, n % 4).astype(np.uint16) * 257)
    facts = Film("plate.%04d.tif", 8, (96, 64), "24/1", 1001)
    shots = (Shot((1001, 1004)), Shot((1004, 1006)), Shot((1006, 1009)))
    found = document.write(document.new(tmp_path / "film.tcvc.yaml", Project(facts, shots, QUICK)))
    return FilmProject(found, SETTINGS)


def test_exr_is_written_of_numbered_pictures_under_their_numbers(pictures: FilmProject) -> None:
    folder = write(pictures, EXR, shots="1,3").parent
    assert sorted(path.name for path in folder.glob("*.exr")) == [
        f"plate.{number}.exr" for number in (1001, 1002, 1003, 1006, 1007, 1008)
    ]
    assert pictures.missing(Selection()) == [1]


def test_exr_of_others_is_replaced_only_if_that_is_wanted(pictures: FilmProject) -> None:
    folder = pictures.document.path.with_name("film.colour")
    folder.mkdir()
    (folder / "plate.1006.exr").touch()
    assert "exists already; add “replace what is there”" in refusal(pictures, Export(EXR, "film.colour"))
    assert write(pictures, EXR, overwrite=True).parent == folder
    assert (folder / "plate.1006.exr").stat().st_size > 0
