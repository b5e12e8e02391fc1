"""What goes wrong around a project: said before hours of work, mended where it can be, and nobody else's is touched."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from project_films import SETTINGS, planes_of, project_of, write_film

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions
from vs_tcvc.cli import main
from vs_tcvc.errors import UsageError
from vs_tcvc.film.film_project import FilmProject, keys_of_others
from vs_tcvc.film.render import render
from vs_tcvc.film.selection import Selection, select
from vs_tcvc.film.sheets import adopt_painted, note_adopted, write_sheets
from vs_tcvc.film.status import status_of
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.reference_names import sheets_folder
from vs_tcvc.runtime.events import Event, ignore

SHOTS = ((1, 6), (2, 5))


@pytest.fixture
def project(tmp_path: Path) -> Document:
    return document.write(project_of(write_film(tmp_path / "film.mkv", SHOTS), SHOTS))


def rendered(project: Document, target: Path) -> list[Event]:
    events = list[Event]()
    options, film = TranscodeOptions(overwrite=True), FilmProject(project, SETTINGS, emit=events.append)
    render(film, target, Selection(), Encoding(lossless=True), options, events.append, threading.Event())
    return events


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def test_what_cannot_be_written_is_said_before_anything_is_coloured(project: Document) -> None:
    film, folder = FilmProject(project, SETTINGS), project.path.parent
    for target in (folder / "nowhere" / "o.mkv", folder / "o.nonsense", folder / ".tcvc" / "o.mkv",
                   folder / "film.references" / "o.mkv"):  # fmt: skip
        events = list[Event]()
        with pytest.raises(UsageError):
            render(film, target, Selection(), Encoding(), TranscodeOptions(), events.append, threading.Event())
        assert "shots" not in names(events)
    assert film.missing(Selection()) == [0, 1]


def test_a_picture_that_cannot_be_used_is_named_with_file_and_shot_before_anything_is_coloured(
    project: Document,
) -> None:
    cv2.imwrite(str(project.path.with_name("000007.png")), np.zeros((50, 50, 3), np.uint8))
    with pytest.raises(UsageError, match=r"film\.tcvc\.yaml: shot 2: .*000007\.png: expected the shape of the clip"):
        rendered(project.edited(edits.add_reference, 1, "000007.png"), project.path.with_name("o.mkv"))
    assert FilmProject(project, SETTINGS).missing(Selection()) == [0, 1]


def test_a_missing_picture_is_named_with_file_line_and_key(project: Document) -> None:
    changed = document.write(project.edited(edits.add_reference, 1, "000007.png"))
    with pytest.raises(ProjectError, match=r"film\.tcvc\.yaml:7: shots\[1\]\.references\[0\]: expected a picture"):
        FilmProject(changed, SETTINGS)


def test_a_damaged_record_or_chunk_counts_as_not_there(project: Document) -> None:
    target = project.path.with_name("o.mkv")
    rendered(project, target)
    whole, store = planes_of(target), project.path.parent / ".tcvc" / "store" / "v1"
    first, second = sorted((store / "done").glob("*.json"))
    first.write_text("{")
    assert sorted(row.is_done for row in status_of(FilmProject(project, SETTINGS)) if row.is_done is not None) == [
        False, True,
    ]  # fmt: skip
    rendered(project, target.with_name("again.mkv"))
    assert planes_of(target.with_name("again.mkv")) == whole
    group = store / "shots" / json.loads(second.read_text())["group"]
    chunk = next(path for path in group.rglob("ab/c/*/*/*/*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-3] + b"abc")
    events = rendered(project, target.with_name("third.mkv"))
    assert "damaged" in names(events)
    assert planes_of(target.with_name("third.mkv")) == whole


def test_another_film_of_the_same_shape_is_said(project: Document) -> None:
    main(["project", "new", str(project.path.with_name("film.mkv")), "-o", str(project.path.with_name("p.tcvc.yaml")),
          "--cuts", "6", "--size", "64", "--no-scenes", "--quiet"])  # fmt: skip
    made = document.read(project.path.with_name("p.tcvc.yaml"))
    assert "other_film" not in names(rendered(made, project.path.with_name("o.mkv")))
    write_film(project.path.with_name("film.mkv"), ((4, 6), (5, 5)))
    assert "other_film" in names(rendered(made, project.path.with_name("o.mkv")))


def test_shots_and_frames_that_do_not_meet_are_refused(project: Document) -> None:
    with pytest.raises(UsageError, match="frames of the shots 1"):
        select(project.project, "1", "7-9")
    assert select(project.project, "1", "5-9").frames == range(5, 10)


def test_projects_of_one_folder_have_pictures_and_colour_of_their_own(project: Document, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "film.mkv", tmp_path / "other.mkv")
    other = document.write(project_of(write_film(tmp_path / "other.mkv", ((3, 4), (4, 7))), ((3, 4), (4, 7))))
    assert sheets_folder(project.path) != sheets_folder(other.path)
    for each in (project, other):
        rendered(each, each.path.with_suffix(".mkv"))
    film = FilmProject(project, SETTINGS)
    assert set(FilmProject(other, SETTINGS).keys.values()) <= keys_of_others(film)
    assert main(["project", "clean", str(project.path)]) == 0
    assert FilmProject(other, SETTINGS).missing(Selection()) == []


def test_a_picture_is_taken_once_and_not_for_a_shot_that_is_locked_or_gray(project: Document) -> None:
    folder = sheets_folder(project.path)
    sheets = list(write_sheets(FilmProject(project, SETTINGS), folder, [0, 1], ignore))
    for sheet in sheets:
        cv2.imwrite(str(sheet.path), np.full((64, 96, 3), 90, np.uint8))
    (folder / "000003.png").write_bytes(sheets[0].path.read_bytes())  # of somebody else
    spared = project.edited(edits.lock, 0).edited(edits.set_state, 1, "gray")
    assert adopt_painted(spared, folder) == (spared, [])
    adopted, found = adopt_painted(project, folder)
    assert [sheet.place for sheet in found] == [0, 1]
    note_adopted(folder, found)
    removed = adopted.edited(edits.remove_reference, 0, 0)
    assert adopt_painted(removed, folder) == (removed, [])
    cv2.imwrite(str(sheets[0].path), np.full((64, 96, 3), 120, np.uint8))
    assert [sheet.place for sheet in adopt_painted(removed, folder)[1]] == [0]
