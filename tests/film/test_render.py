"""Laws of rendering a project: the pixels of tcvc colorize, only what changed, whatever interrupts it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from project_films import HEIGHT, SETTINGS, WIDTH, planes_of, project_of, scene, write_film

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.render import color_film, render
from vs_tcvc.film.selection import Selection, select
from vs_tcvc.film.sheets import adopt_painted, write_sheets
from vs_tcvc.film.status import status_of
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.reference_names import sheets_folder
from vs_tcvc.project.schema import Hint
from vs_tcvc.runtime.events import Event, ignore

SHOTS = ((1, 6), (2, 5), (1, 7), (3, 4))
"""A, B, A again, C."""
LOSSLESS = Encoding(lossless=True)
ALL = Selection()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", SHOTS)


@pytest.fixture
def project(film: Path, tmp_path: Path) -> Document:
    (tmp_path / film.name).symlink_to(film)
    return document.write(project_of(tmp_path / film.name, SHOTS))


def written(project: Document, name: str = "out.mkv", wanted: Selection = ALL) -> tuple[list[bytes], list[Event]]:
    """The frames of a render, and its events."""
    target, events = project.path.with_name(name), list[Event]()
    options = TranscodeOptions(overwrite=True)
    render(FilmProject(project, SETTINGS), target, wanted, LOSSLESS, options, events.append, threading.Event())
    return planes_of(target), events


def colored(events: list[Event]) -> list[int]:
    """The shots that were coloured, from 1."""
    return next(list(event.values["to_color"]) for event in events if event.name == "shots")


def changes(before: list[bytes], after: list[bytes]) -> set[int]:
    """The frames that differ."""
    return {index for index, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]}


def test_it_gives_the_pixels_of_colorize_and_the_second_time_it_colours_nothing(project: Document, film: Path) -> None:
    whole, events = written(project)
    target = project.path.with_name("plain.mkv")
    colorize_file(film, target, replace(SETTINGS, cuts="6,11,18"), LOSSLESS, emit=ignore)
    assert whole == planes_of(target)
    assert colored(events) == [1, 2, 3, 4]
    again, events = written(project, "again.mkv")
    assert again == whole
    assert colored(events) == []


def test_one_change_colours_its_shot_and_those_that_it_leads_and_says_why(project: Document) -> None:
    project = project.edited(edits.set_scene, 0, "A").edited(edits.set_scene, 2, "A")
    before, _ = written(project)
    project = project.edited(edits.add_hint, 2, Hint(12, (0.5, 0.5), "#cc2222", 0.1))
    after, events = written(project)
    assert colored(events) == [1, 3]
    assert [event.text for event in events if event.name == "reason"] == [
        "shot 1: scene's lead changed", "shot 3: hints changed",
    ]  # fmt: skip
    assert changes(before, after) == {*range(6), *range(11, 18)}


def test_saturation_needs_no_network(project: Document) -> None:
    before, _ = written(project)
    after, events = written(project.edited(edits.set_saturation, 1, 2.0))
    assert colored(events) == []
    assert [index for index, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [
        *range(6, 11)
    ]


def test_gray_stays_gray_and_what_keeps_its_colour_keeps_its_samples(project: Document, film: Path) -> None:
    frames, events = written(project.edited(edits.set_state, 0, "gray").edited(edits.set_state, 3, "keep"))
    assert colored(events) == [2, 3]
    source = planes_of(film)
    assert frames[:6] == source[:6]
    assert frames[18:] == source[18:]
    assert frames[6] != source[6]


def test_luma_is_the_films(project: Document, film: Path) -> None:
    size = WIDTH * HEIGHT
    assert [frame[:size] for frame in written(project)[0]] == [frame[:size] for frame in planes_of(film)]


def test_references_at_both_ends_meet(project: Document) -> None:
    for frame, shade in ((11, (60, 60, 200)), (17, (200, 60, 60))):
        gray = scene(1, frame - 11)
        tinted = cv2.addWeighted(cv2.merge([gray] * 3), 0.6, np.full((HEIGHT, WIDTH, 3), shade, np.uint8), 0.4, 0)
        cv2.imwrite(str(project.path.with_name(f"{frame:06d}.png")), tinted)
        project = project.edited(edits.add_reference, 2, f"{frame:06d}.png")
    frames = written(project)[0][11:18]
    chroma = np.array([np.frombuffer(each, np.uint8)[WIDTH * HEIGHT :].reshape(2, -1).mean(axis=1) for each in frames])
    assert chroma[0][1] > 138 > 128 > chroma[-1][1]  # Cr falls from the first picture's to the last one's
    assert (np.diff(chroma[:, 1]) <= 0.5).all()


@pytest.mark.parametrize(
    ("shots", "frames", "wanted"),
    [("2", "", range(6, 11)), ("", "7-12", range(7, 13)), ("2,4", "8-19", [8, 9, 10, 18, 19]),
     ("", "0:00.25-0:00.5", range(6, 12))],
)  # fmt: skip
def test_a_part_has_the_frames_of_the_whole(project: Document, shots: str, frames: str, wanted: list[int]) -> None:
    whole, _ = written(project)
    part, _ = written(project, "part.mkv", select(project.project, shots, frames))
    assert part == [whole[index] for index in wanted]


@pytest.mark.parametrize(
    ("shots", "frames"),
    [("0", ""), ("5", ""), ("3-2", ""), ("a", ""), (",", ""), ("", "3"), ("", "21-22"), ("", "5-2")],
)
def test_what_the_film_does_not_have_is_refused(project: Document, shots: str, frames: str) -> None:
    with pytest.raises(UsageError, match=r"shots of 1 to 4|two frames of 0 to 21"):
        select(project.project, shots, frames)


def test_a_part_colours_only_its_shots(project: Document) -> None:
    _, events = written(project, wanted=select(project.project, frames="7-8"))
    assert colored(events) == [2]


def test_it_can_be_stopped_and_goes_on_with_the_same_bytes(project: Document, film: Path) -> None:
    stop = threading.Event()

    def stop_in_the_third_shot(event: Event) -> None:
        if event.name == "progress" and event.values["shots"] == 3:
            stop.set()

    target = project.path.with_name("out.mkv")
    with pytest.raises(KeyboardInterrupt):
        render(FilmProject(project, SETTINGS), target, ALL, LOSSLESS, TranscodeOptions(), stop_in_the_third_shot, stop)
    assert not target.exists()
    frames, events = written(project)
    assert colored(events) == [3, 4]
    store = project.path.parent / ".tcvc"
    for path in sorted(store.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert written(project, "again.mkv")[0] == frames


def test_of_two_programs_the_second_waits_and_says_so(project: Document) -> None:
    frames, _ = written(project)
    film, events, stop = FilmProject(project, SETTINGS), list[Event](), threading.Event()
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, filelock\nwith filelock.FileLock(sys.argv[1]): print(flush=True); input()",
         str(film.folder / "film.tcvc.yaml.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdout.readline()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(color_film, film, ALL, events.append, stop)
        while not events:
            time.sleep(0.01)
        assert not second.done()
        assert [event.name for event in events] == ["waits"]
        holder.kill()  # the system frees the lock
        assert second.result() == []
    holder.communicate()
    assert written(project, "again.mkv")[0] == frames


@pytest.mark.parametrize("name", ["out.mkv", "out.mov"])
def test_what_has_not_changed_is_copied_from_the_film_before(project: Document, name: str) -> None:
    """The same frames and packets as of a render from nothing, and only the changed shot is written again."""
    encoding = LOSSLESS if name.endswith(".mkv") else Encoding()
    changed = project.edited(edits.add_hint, 1, Hint(7, (0.5, 0.5), "#cc2222", 0.1))
    for of, target in ((project, name), (changed, name), (changed, f"whole-{name}")):
        events = list[Event]()
        options, path = TranscodeOptions(overwrite=True), of.path.with_name(target)
        render(FilmProject(of, SETTINGS), path, ALL, encoding, options, events.append, threading.Event())
        if target == name:
            written_frames = [event.values["frames"] for event in events if event.name == "wrote"]
            assert written_frames == ([22] if of is project else [5])
    assert packets(project.path.with_name(name)) == packets(project.path.with_name(f"whole-{name}"))


def packets(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("spoil", ["film", "sidecar", "encoding", "version"])
def test_a_film_before_that_is_another_one_is_not_copied_from(
    project: Document, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = written(project)
    target = project.path.with_name("out.mkv")
    sidecar = target.with_name("out.mkv.tcvc.json")
    if spoil == "film":
        target.write_bytes(target.read_bytes() + b" ")
    elif spoil == "sidecar":
        sidecar.write_text("{")
    elif spoil == "encoding":
        sidecar.write_text(sidecar.read_text().replace("ffv1", "ffv2"))
    else:
        monkeypatch.setattr("vs_tcvc.film.provenance.__version__", "9")
        sidecar.write_text(sidecar.read_text().replace("vs-tcvc", "vs-tcvc of old"))
    again, events = written(project)
    assert again == whole
    assert [event.values["frames"] for event in events if event.name == "wrote"] == [22]


def test_the_file_beside_the_film_says_what_it_was_made_from_and_by(project: Document) -> None:
    project = project.edited(edits.add_hint, 1, Hint(7, (0.5, 0.5), "#cc2222")).edited(edits.set_state, 3, "keep")
    written(project)
    made = json.loads(project.path.with_name("out.mkv.tcvc.json").read_text())
    assert made["tool"].startswith("vs-tcvc ")
    assert made["digital_source_type"].endswith("/compositeWithTrainedAlgorithmicMedia")
    with av.open(str(project.path.with_name("out.mkv"))) as container:
        assert container.metadata["COLORIZED_BY"] == made["tool"]
        assert container.metadata["DIGITAL_SOURCE_TYPE"] == made["digital_source_type"]
    assert len(made["network"]["weights_sha256"]) == 64
    assert [(shot["state"], shot["color_from"], shot["hints"]) for shot in made["shots"]] == [
        ("color", "a guess", 0), ("color", "1 hint", 1), ("color", "a guess", 0), ("keep", "", 0),
    ]  # fmt: skip


def test_a_film_of_another_length_is_no_film_of_the_project(project: Document) -> None:
    other = replace_film(project, ((1, 6), (2, 5), (1, 7), (3, 3)))
    with pytest.raises((StreamError, UsageError), match=r"ends before frame 21|22 frames"):
        written(other)


def replace_film(project: Document, shots: tuple[tuple[int, int], ...]) -> Document:
    """The same project beside another film."""
    film = project.resolve(project.project.film.path)
    film.unlink()
    write_film(film, shots)
    return project


def test_status_tells_what_is_to_be_done(project: Document) -> None:
    project = project.edited(edits.set_scene, 0, "A").edited(edits.set_scene, 2, "A").edited(edits.set_state, 3, "keep")
    project = project.edited(edits.add_hint, 1, Hint(7, (0.5, 0.5), "#cc2222"))
    film = FilmProject(project, SETTINGS)
    color_film(film, select(project.project, "2"), ignore, threading.Event())
    cells = [row.cells()[4:6] for row in status_of(film)]
    assert cells == [
        ("shot 3", "to colour"), ("1 hint", "done"), ("a guess", "to colour"), ("", "keep"),
    ]  # fmt: skip
    json.dumps([row.values() for row in status_of(film)])


def test_a_picture_that_was_painted_over_is_a_reference_and_the_others_are_not(project: Document) -> None:
    film, folder = FilmProject(project, SETTINGS), sheets_folder(project.path)
    sheets = list(write_sheets(film, folder, [0, 1, 2, 3], ignore))
    assert [sheet.path.name for sheet in sheets] == [
        "shot001_frame000000.png", "shot002_frame000006.png", "shot003_frame000011.png", "shot004_frame000018.png",
    ]  # fmt: skip
    assert adopt_painted(project, folder) == (project, [])
    picture = cv2.imread(str(sheets[1].path))
    assert picture is not None
    picture[..., 2] = 200
    cv2.imwrite(str(sheets[1].path), picture)
    adopted, found = adopt_painted(project, folder)
    assert [sheet.place for sheet in found] == [1]
    assert adopted.project.shots[1].references == ("film.references/shot002_frame000006.png",)
    assert adopt_painted(adopted, folder) == (adopted, [])
    _, events = written(adopted)
    assert colored(events) == [1, 2, 3, 4]


def test_the_picture_of_a_shot_has_the_colour_that_the_film_gets(project: Document) -> None:
    film, folder = FilmProject(project, SETTINGS), sheets_folder(project.path)
    (sheet,) = write_sheets(film, folder, [1], ignore)
    target = project.path.with_name("out_%03d.png")
    render(film, target, ALL, Encoding(), TranscodeOptions(), ignore, threading.Event())
    paths = (sheet.path, project.path.with_name("out_006.png"))
    shown, expected = (np.asarray(cv2.imread(str(path)), int) for path in paths)
    assert np.abs(shown - expected).max() <= 3  # 16 bits beside 8, full chroma beside the encoder's
