"""Laws of the desk: every edit is in the file, others' edits are seen, and the shot on the screen colours itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from project_films import project_of, write_film

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions
from vs_tcvc.desk.session import Desk
from vs_tcvc.errors import UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.render import color_film, render
from vs_tcvc.film.selection import Selection
from vs_tcvc.picture.color import MATRICES
from vs_tcvc.project import document, edits
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import Hint, Project, Transition
from vs_tcvc.runtime.events import Event, ignore

SHOTS = ((1, 14), (2, 9), (1, 11), (3, 7))
HINT = Hint(4, (0.5, 0.5), "#2e8b57", 0.1)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", SHOTS)


@pytest.fixture
def path(film: Path, tmp_path: Path) -> Path:
    (tmp_path / film.name).symlink_to(film)
    return document.write(project_of(tmp_path / film.name, SHOTS, "A-A-")).path


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    desk = Desk(document.read(path))
    yield desk
    desk.close()


def wait(until: Callable[[], object], seconds: float = 60.0) -> None:
    """Until something is so."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it does not become so"
        time.sleep(0.01)


def color(desk: Desk, place: int) -> None:
    """Have a shot coloured by looking at it."""
    desk.look_at(place)
    wait(lambda: desk.state.rows[place].is_done)


def in_file(desk: Desk) -> Project:
    """What is in the project's file."""
    return document.read(desk.state.film.document.path).project


def pixels(desk: Desk, index: int, shown: str = "color") -> np.ndarray:
    """A picture of a frame, (H, W, 3)."""
    content = desk.pictures.frame(index, shown, 960).content
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.float32)


def test_an_edit_is_in_the_file_before_it_returns_and_undo_is_one_too(desk: Desk) -> None:
    before = in_file(desk)
    desk.edit("look of shot 1", edits.set_look, 0, "vivid")
    assert in_file(desk).shots[0].look == "vivid"
    assert desk.state.film.document.project == in_file(desk)
    assert (desk.state.undo, desk.state.redo) == ("look of shot 1", "")
    desk.undo()
    assert in_file(desk) == before
    assert (desk.state.undo, desk.state.redo) == ("", "look of shot 1")
    desk.redo()
    assert in_file(desk).shots[0].look == "vivid"


def test_what_the_project_cannot_become_changes_nothing(desk: Desk) -> None:
    before, state = in_file(desk), desk.state
    with pytest.raises(ProjectError):
        desk.edit("cut", edits.split_shot, 0, 99)
    with pytest.raises(UsageError):
        desk.edit("reference", edits.add_reference, 0, "nothing.png@3")
    assert in_file(desk) == before
    assert desk.state is state


def test_an_edit_that_changes_nothing_is_no_step(desk: Desk) -> None:
    desk.edit("state", edits.set_state, 0, "color")
    assert desk.state.undo == ""
    desk.undo()
    desk.redo()
    assert desk.state.revision == 0


def test_what_another_program_writes_is_seen_and_can_be_undone(desk: Desk, path: Path) -> None:
    others = document.read(path).edited(edits.set_look, 1, "faded")
    document.write(others)
    wait(lambda: desk.state.film.document.project.shots[1].look == "faded")
    assert desk.state.undo == "the change from outside"
    desk.undo()
    assert in_file(desk).shots[1].look == ""


def test_an_edit_upon_what_another_program_just_wrote_is_refused_and_nothing_is_lost(desk: Desk, path: Path) -> None:
    with desk._lock:  # nobody looks at the file meanwhile
        document.write(document.read(path).edited(edits.set_look, 1, "faded"))
        with pytest.raises(UsageError, match="changed since it was read"):
            desk.edit("look", edits.set_look, 0, "vivid")
    assert in_file(desk).shots[1].look == "faded"
    desk.edit("look", edits.set_look, 0, "vivid")
    assert [shot.look for shot in in_file(desk).shots[:2]] == ["vivid", "faded"]


def test_a_file_that_is_broken_from_outside_is_said_and_left_alone_until_it_is_mended(desk: Desk, path: Path) -> None:
    good = path.read_text()
    path.write_text(good.replace("shots:", "shts:"))
    wait(lambda: "shts" in desk.state.problem)
    with pytest.raises(UsageError, match="shts"):
        desk.edit("look", edits.set_look, 0, "vivid")
    assert "shts:" in path.read_text()
    path.write_text(good)
    wait(lambda: not desk.state.problem)
    desk.edit("look", edits.set_look, 0, "vivid")
    assert in_file(desk).shots[0].look == "vivid"


def test_the_shot_on_the_screen_colours_itself_and_then_those_that_it_leads(desk: Desk, path: Path) -> None:
    color(desk, 0)
    wait(lambda: desk.state.rows[2].is_done)
    assert [row.is_done for row in desk.state.rows] == [True, False, True, False]
    found = document.read(path)
    events = list[Event]()
    film = FilmProject(found, found.project.core_settings())
    color_film(film, Selection(), events.append, threading.Event())
    assert next(event.values["to_color"] for event in events if event.name == "shots") == [2, 4]


def test_its_colour_is_what_a_render_gives(desk: Desk, path: Path, tmp_path: Path) -> None:
    desk.edit("hint", edits.add_hint, 0, HINT)
    color(desk, 0)
    own = desk.state.film.store.read(desk.state.film.keys[0])
    found = document.read(path)
    film = FilmProject(found, found.project.core_settings(), folder=tmp_path / "elsewhere")
    render(
        film, tmp_path / "out.mkv", Selection(), Encoding(lossless=True), TranscodeOptions(), ignore, threading.Event()
    )
    rendered = film.store.read(film.keys[0])
    for one, other in zip(own, rendered, strict=True):
        assert np.array_equal(one.ab, other.ab)
        assert np.array_equal(one.confidence, other.confidence)


def test_the_picture_follows_a_hint_and_goes_back_at_once_with_undo(desk: Desk) -> None:
    color(desk, 0)
    before, version = pixels(desk, HINT.frame), desk.shot_version(0)
    desk.edit("hint", edits.add_hint, 0, HINT)
    wait(lambda: np.abs(pixels(desk, HINT.frame) - before).max() > 8)
    wait(lambda: desk.state.rows[0].is_done)
    assert desk.shot_version(0) != version
    hinted = pixels(desk, HINT.frame)
    assert np.array_equal(pixels(desk, HINT.frame, "before"), before)
    desk.undo()
    assert desk.state.rows[0].is_done
    assert np.array_equal(pixels(desk, HINT.frame), before)
    desk.redo()
    assert np.array_equal(pixels(desk, HINT.frame), hinted)


def test_pictures_keep_the_luma_and_gray_is_gray(desk: Desk) -> None:
    color(desk, 0)
    gray, colored = pixels(desk, 3, "gray"), pixels(desk, 3)
    assert np.ptp(gray, axis=2).max() == 0
    assert np.ptp(colored, axis=2).max() > 8
    red, blue = MATRICES[desk.state.film.canvas.matrix]
    luma = colored @ np.array([blue, 1 - red - blue, red], np.float32)
    assert np.abs(luma - gray[..., 0]).mean() < 1  # of 255: rounding and JPEG


def test_a_shot_that_is_seen_by_nobody_is_gray_and_a_kept_one_as_it_is(desk: Desk) -> None:
    assert desk.pictures.frame(16, "color", 960).made_of == "gray"
    desk.edit("state", edits.set_state, 1, "keep")
    assert desk.pictures.frame(16, "color", 960).made_of == "own"
    with pytest.raises(UsageError, match="frame 4100"):
        desk.pictures.frame(4100, "color", 960)
    with pytest.raises(UsageError, match="shown"):
        desk.pictures.frame(4, "colour", 960)


def test_a_card_is_in_colour_once_its_shot_is(desk: Desk) -> None:
    assert desk.pictures.thumbnail(0).made_of == "gray"
    assert desk.pictures.thumbnail(0) == desk.pictures.thumbnail(0)
    color(desk, 0)
    assert desk.pictures.thumbnail(0).made_of == "color"


def test_an_answer_of_the_network_comes_while_it_colours(desk: Desk) -> None:
    desk.look_at(0)
    assert desk.ask(lambda network: network.window).result(60) == 1
    with pytest.raises(ZeroDivisionError):
        desk.ask(lambda network: 1 / 0).result(60)
    wait(lambda: desk.state.rows[0].is_done)


def test_a_shot_that_cannot_be_coloured_says_why_until_it_changes(desk: Desk, path: Path) -> None:
    picture = path.with_name("000003.png")
    cv2.imwrite(str(picture), np.zeros((64, 96, 3), np.uint8))
    desk.edit("reference", edits.add_reference, 0, picture.name)
    picture.write_bytes(b"no picture")
    desk.edit("look", edits.set_look, 0, "vivid")
    desk.look_at(0)
    wait(lambda: desk.problem_of(0))
    assert "000003.png" in desk.problem_of(0)
    desk.edit("reference", edits.remove_reference, 0, 0)
    assert desk.problem_of(0) == ""
    wait(lambda: desk.state.rows[0].is_done)


def test_a_cut_may_be_moved_under_its_eyes(desk: Desk) -> None:
    color(desk, 0)
    desk.edit("cut", edits.move_cut, 1, 10)
    assert desk.state.rows[0].frames == (0, 10)
    wait(lambda: desk.state.rows[0].is_done)
    desk.edit("split", edits.split_shot, 0, 5)
    desk.edit("join", edits.merge_shots, 1)
    assert len(desk.state.rows) == 4
    wait(lambda: desk.state.rows[0].is_done)


def test_a_film_that_is_replaced_is_said_and_nothing_of_it_is_stored(desk: Desk, path: Path, tmp_path: Path) -> None:
    film = path.with_name("film.mkv")
    film.unlink()
    write_film(film, SHOTS[::-1])
    desk.look_at(0)
    wait(lambda: "has been changed since it was opened" in desk.state.problem)
    with pytest.raises(UsageError, match="has been changed"):
        desk.edit("look", edits.set_look, 0, "vivid")
    time.sleep(0.3)
    assert desk.state.film.store.keys() == []


def test_what_changed_while_the_desk_was_opened_is_taken_over(film: Path, tmp_path: Path) -> None:
    (tmp_path / film.name).symlink_to(film)
    found = document.write(project_of(tmp_path / film.name, SHOTS))
    document.write(found.edited(edits.set_look, 0, "faded"))
    desk = Desk(found)
    try:
        wait(lambda: desk.state.film.document.project.shots[0].look == "faded")
        desk.edit("look", edits.set_look, 0, "vivid")
        assert in_file(desk).shots[0].look == "vivid"
    finally:
        desk.close()


def test_a_film_that_comes_back_is_coloured(desk: Desk, path: Path) -> None:
    film = path.with_name("film.mkv")
    away = film.rename(film.with_name("away.mkv"))
    desk._screen.wake()
    wait(lambda: desk.state.problem)
    away.rename(film)
    wait(lambda: not desk.state.problem)
    color(desk, 0)


def test_a_card_of_a_shot_that_became_gray_has_no_colour(desk: Desk) -> None:
    color(desk, 0)
    desk.edit("hint", edits.add_hint, 0, HINT)
    desk.pictures.thumbnail(0)
    desk.edit("state", edits.set_state, 0, "gray")
    card = desk.pictures.thumbnail(0)
    assert card.made_of == "gray"
    decoded = cv2.imdecode(np.frombuffer(card.content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.ptp(decoded.astype(int), axis=2).max() <= 2


def test_a_dissolve_out_of_a_gray_shot_is_shown_as_it_is_rendered(desk: Desk) -> None:
    desk.edit("state", edits.set_state, 0, "gray")
    desk.edit("dissolve", edits.set_transition, 1, Transition(dissolve=(8, 18)))
    color(desk, 1)
    assert desk.pictures.frame(4, "color", 960).made_of == "left"
    assert desk.pictures.frame(4, "before", 960).made_of == "unchanged"
    assert desk.pictures.frame(12, "color", 960).made_of == "color"
    assert np.ptp(pixels(desk, 12), axis=2).max() > 3
