"""The project as a value: what is valid, what each edit changes, and that nothing invalid can be made."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from project_files import random_edit

from vs_tcvc.errors import UsageError
from vs_tcvc.project import edits
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.reference_names import frame_of, pictures_of, split
from vs_tcvc.project.schema import (
    Film,
    FilmReference,
    Hint,
    Project,
    Scene,
    Shot,
    Transition,
    from_content,
    to_content,
)

CONTENT: dict[str, Any] = {
    "tcvc": 1,
    "film": {"path": "film.mkv", "frames": 526, "size": [920, 672], "rate": "25/1"},
    "settings": {"size": 288},
    "scenes": {"B": {"lead": 2}},
    "shots": [
        {"frames": [0, 34], "scene": "A"},
        {"frames": [34, 134], "scene": "B", "references": ["r/000034.png", "old/", "a.tif@200"], "look": "vivid"},
        {"frames": [134, 207], "scene": "A", "hints": [{"frame": 140, "at": [0.25, 0.5], "color": "#2e8b57"}]},
        {"frames": [207, 526], "scene": "B", "state": "keep", "transition": {"dissolve": [200, 214]}},
    ],
}
LEFT_OUT = object()


def project() -> Project:
    return from_content(CONTENT)


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    content = deepcopy(CONTENT)
    place: Any = content
    for key in path[:-1]:
        place = place[key]
    if value is LEFT_OUT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


def test_content_becomes_a_value_and_content_again() -> None:
    assert to_content(project()) == CONTENT
    assert project() == project()
    assert project().shots[2].hints == (Hint(140, (0.25, 0.5), "#2e8b57", radius=0.02),)
    assert project().core_settings().size == 288


REFUSED: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("shots", 2, "hints", 0, "color"), "green", 'shots[2].hints[0].color: expected "#rrggbb", got "green"'),
    (("shots", 2, "hints", 0, "at"), [0, 2], "shots[2].hints[0].at: expected [x, y], each 0 to 1, got [0, 2]"),
    (("shots", 2, "hints", 0, "frame"), 207,
     "shots[2].hints[0].frame: expected a frame of the shot, 134 to 206, got 207"),
    (("shots", 2, "hints", 0, "radius"), 1e999, "shots[2].hints[0].radius: expected 0.001 to 0.5, got Infinity"),
    (("scenes", "B", "lead"), 3, "scenes.B.lead: expected a shot of scene B (2, 4; shots count from 1), got 3"),
    (("scenes", "B", "lok"), 2, "scenes.B.lok: expected one of lead, look, saturation, locked, got an unknown key"),
    (("scenes", "B"), 2, "scenes.B: expected the keys lead, look, saturation, locked, got 2"),
    (("shots", 1, "frames"), [35, 134],
     "shots[1].frames: expected a range that begins at 34, where shots[0] ends, got [35, 134]"),
    (("shots", 0, "frames"), [1, 34],
     "shots[0].frames: expected a range that begins at 0, where the film begins, got [1, 34]"),
    (("shots", 3, "frames"), [207, 525],
     "shots[3].frames: expected an end at 526, where the film ends, got [207, 525]"),
    (("shots", 3, "frames"), [207, 207],
     "shots[3].frames: expected [first, end) with an end from 208 to 526, got [207, 207]"),
    (("shots", 3, "frames"), [207, 527],
     "shots[3].frames: expected [first, end) with an end from 208 to 526, got [207, 527]"),
    (("shots", 0, "frames"), LEFT_OUT, "shots[0].frames: expected [first, end), two frame numbers, got none"),
    (("shots", 0, "frames"), [0, 34.5], "shots[0].frames: expected [first, end), two frame numbers, got [0, 34.5]"),
    (("shots",), [], "shots: expected a list of at least one shot, got []"),
    (("shots", 0), "A",
     "shots[0]: expected the keys frames, scene, references, hints, look, saturation, state, "
     'locked, transition, got "A"'),
    (("shots", 0, "scene"), 3,
     "shots[0].scene: expected a name of letters, digits, space and . _ + -; a number in quotes, got 3"),
    (("shots", 0, "state"), "grey", 'shots[0].state: expected color, keep or gray, got "grey"'),
    (("shots", 0, "look"), "warmth 7", "shots[0].look: expected -1 to 1, got '7'"),
    (("shots", 0, "look"), "a\x00", 'shots[0].look: expected a look, as in docs/looks.md, got "a\\u0000"'),
    (("shots", 0, "saturation"), 4.5, "shots[0].saturation: expected 0 to 4, got 4.5"),
    (("shots", 1, "references"), ["a.png"],
     "shots[1].references[0]: expected a name that gives the frame, as 000034.png "
     'does, or FILE@FRAME, got "a.png"'),
    (("shots", 1, "references"), ["a.png@526"],
     "shots[1].references[0]: expected a frame of the film, 0 to 525, got 526"),
    (("shots", 1, "references"), ["a.png@3", "ref_000003.png"],
     'shots[1].references[1]: expected each reference, and each of its frames, once, got "ref_000003.png"'),
    (("shots", 1, "references"), [{"from": "b.mkv", "offset": "x"}],
     'shots[1].references[0].offset: expected auto, or a number of frames, got "x"'),
    (("shots", 1, "references"), [{"from": "b.mkv", "evry": 2}],
     "shots[1].references[0].evry: expected one of from, offset, every, got an unknown key"),
    (("shots", 0, "transition"), {"dissolve": [0, 4]},
     "shots[0].transition.dissolve: expected a shot before it, got none"),
    (("shots", 1, "transition"), {"fade": [35, 40]},
     "shots[1].transition.fade: expected a range that contains frame 34, from 0 to 134, got [35, 40]"),
    (("shots", 1, "transition"), {}, "shots[1].transition: expected either dissolve or fade, got none"),
    (("film",), LEFT_OUT, "film: expected {path, frames, size, rate}, got none"),
    (("film", "frames"), 10**9, "film.frames: expected 1 to 100000000, got 1000000000"),
    (("film", "path"), "\ud800", 'film.path: expected a path, got "\\ud800"'),
    (("settings",), {"size": 3}, "settings.size: expected 64 to 1024, got 3"),
    (("settings",), {"weights": ["a"]}, 'settings.weights: expected text, a number, true or false, got ["a"]'),
    (("settings",), {"cuts": "auto"},
     "settings.cuts: a project has no such option; the shots of the project say where they begin"),
    (("other",), 1, "other: expected one of film, shots, settings, scenes, got an unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "sentence"), REFUSED)
def test_what_is_invalid_is_one_sentence_with_its_key(path: tuple[str | int, ...], value: Any, sentence: str) -> None:
    with pytest.raises(ProjectError) as caught:
        from_content(changed(path, value))
    assert str(caught.value) == sentence


@pytest.mark.parametrize("content", [None, [], "text", 3, {}, {"tcvc": 1}, {1: 2}])
def test_what_is_no_project_is_refused(content: Any) -> None:
    with pytest.raises(ProjectError, match="expected"):
        from_content(content)


def test_numbered_pictures_keep_their_numbers() -> None:
    film = Film("plate.%04d.exr", 100, (64, 48), "24", first=1001)
    assert Project(film, (Shot((1001, 1101), references=("001001.png",)),)).film.range == range(1001, 1101)
    with pytest.raises(ProjectError, match="begins at 1001"):
        Project(film, (Shot((0, 100)),))


def test_a_value_made_in_memory_is_checked_as_one_of_a_file() -> None:
    hint = Hint(10, (0.5, 0.5), "red")
    with pytest.raises(ProjectError, match=r"shots\[0\].hints\[0\].color"):
        replace(project(), shots=(replace(project().shots[0], hints=(hint,)), *project().shots[1:]))


# Edits


def test_an_edit_of_a_shot_changes_its_field_alone() -> None:
    hint, other = Hint(150, (0.5, 0.5), "#112233"), FilmReference("faded.mkv")
    wanted = {
        "look": ("faded", edits.set_look(project(), 2, "faded")),
        "saturation": (0.5, edits.set_saturation(project(), 2, 0.5)),
        "state": ("gray", edits.set_state(project(), 2, "gray")),
        "locked": (True, edits.lock(project(), 2)),
        "references": ((other,), edits.add_reference(project(), 2, other)),
        "hints": ((*project().shots[2].hints, hint), edits.add_hint(project(), 2, hint)),
        "transition": (Transition(fade=(130, 140)), edits.set_transition(project(), 2, Transition(fade=(130, 140)))),
    }
    for field, (value, after) in wanted.items():
        shots = list(project().shots)
        shots[2] = replace(shots[2], **{field: value})
        assert after == replace(project(), shots=tuple(shots)), field
    assert edits.remove_hint(project(), 2, 0).shots[2].hints == ()
    assert edits.remove_reference(project(), 1, 1).shots[1].references == ("r/000034.png", "a.tif@200")
    changed = edits.change_hint(edits.add_hint(project(), 2, hint), 2, 0, color="#445566", radius=0.1).shots[2].hints
    assert changed == (replace(project().shots[2].hints[0], color="#445566", radius=0.1), hint)
    assert edits.set_setting(project(), "size", None).settings == {}
    assert edits.set_setting(project(), "threads", 1).settings == {"size": 288, "threads": 1}


def test_a_picture_takes_the_place_of_the_one_of_its_frame() -> None:
    after = edits.put_reference(project(), 1, "painted/shot002_frame000034_7.png")
    assert after.shots[1].references == (*project().shots[1].references[1:], "painted/shot002_frame000034_7.png")
    assert edits.put_reference(project(), 1, "b.png@35").shots[1].references[:-1] == project().shots[1].references


def test_what_is_of_a_frame_goes_with_its_frame_when_a_cut_moves() -> None:
    after = edits.move_cut(project(), 2, 141)
    assert [shot.frames for shot in after.shots[1:3]] == [(34, 141), (141, 207)]
    assert after.shots[1].hints == project().shots[2].hints
    assert after.shots[2].hints == ()
    back = edits.move_cut(edits.add_reference(project(), 0, "b.png@20"), 1, 10)
    assert back.shots[0].references == ()
    assert back.shots[1].references == ("b.png@20", "r/000034.png", "old/", "a.tif@200")


def test_a_split_shot_shares_what_is_of_no_frame_of_it() -> None:
    after = edits.split_shot(project(), 1, 50)
    assert after.shots[1].references == ("r/000034.png", "old/", "a.tif@200")
    assert after.shots[2] == Shot((50, 134), "B", ("old/", "a.tif@200"), look="vivid")
    assert after.shots[4].transition == project().shots[3].transition
    assert after.scenes == {"B": Scene(lead=2)}


def test_leads_follow_their_shots() -> None:
    assert edits.split_shot(project(), 0, 10).scenes["B"].lead == 3
    led = edits.lead_scene(project(), 3)
    assert led.scenes["B"].lead == 4
    assert edits.merge_shots(led, 1).scenes == {"B": Scene(lead=3)}
    assert edits.merge_shots(project(), 0).scenes == {}  # its lead is in scene A then
    assert edits.set_scene(project(), 1, "A").scenes == {}
    assert edits.set_scene(project(), 3, "A").scenes == {"B": Scene(lead=2)}


def test_a_merged_shot_has_what_is_of_frames_of_both_and_the_rest_of_the_first() -> None:
    after = edits.merge_shots(project(), 1)
    whole = Shot((34, 207), "B", project().shots[1].references, project().shots[2].hints, "vivid")
    assert after.shots == (project().shots[0], whole, project().shots[3])


def test_scenes_are_merged_and_named() -> None:
    after = edits.merge_scenes(edits.set_scene_value(project(), "A", look="faded"), "A", "B")
    assert {shot.scene for shot in after.shots} == {"B"}
    assert after.scenes == {"B": Scene(lead=2)}
    assert edits.set_scene_value(project(), "A", locked=True).scenes["A"] == Scene(locked=True)
    assert edits.set_scene_value(project(), "B", lead=None).scenes == {}


@pytest.mark.parametrize(
    "edit",
    [
        lambda of: edits.set_look(of, 4, "vivid"),
        lambda of: edits.set_look(of, -1, "vivid"),
        lambda of: edits.set_look(of, 0, "loud"),
        lambda of: edits.set_state(of, 0, "grey"),
        lambda of: edits.move_cut(of, 0, 3),
        lambda of: edits.move_cut(of, 1, 0),
        lambda of: edits.move_cut(of, 1, 134),
        lambda of: edits.move_cut(of, 3, 216),  # outside its dissolve
        lambda of: edits.split_shot(of, 0, 0),
        lambda of: edits.split_shot(of, 0, 34),
        lambda of: edits.merge_shots(of, 3),
        lambda of: edits.lead_scene(edits.set_scene(of, 0, ""), 0),
        lambda of: edits.remove_hint(of, 0, 0),
        lambda of: edits.remove_reference(of, 1, 3),
        lambda of: edits.add_hint(of, 0, Hint(34, (0, 0), "#000000")),
        lambda of: edits.add_reference(of, 1, "new.png@34"),
        lambda of: edits.set_setting(of, "reference", "a.png"),
        lambda of: edits.set_scene_value(of, "A", lead=2),
    ],
)
def test_an_impossible_edit_is_refused(edit: Any) -> None:
    with pytest.raises(ProjectError):
        edit(project())


def test_random_edits_keep_the_film_covered_and_the_value_equal_to_its_content() -> None:
    random, value, made = Random(1), project(), 0
    for _ in range(1000):
        try:
            value = random_edit(random, value)(value)
        except ProjectError:
            continue
        made += 1
        assert from_content(to_content(value)) == value
        assert [frame for shot in value.shots for frame in shot.frames][1:-1:2] == [
            s.frames[1] for s in value.shots[:-1]
        ]
        assert (value.shots[0].frames[0], value.shots[-1].frames[1]) == (0, 526)
    assert made > 500


# Names of references


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("000034.png", 34),
        ("34.PNG", 34),
        ("ref_000034.png", 34),
        ("frame_000034.tif", 34),
        ("a/b/shot003_frame000034_2.png", 34),
        ("shot003_frame000034.painted.png", 34),
        ("c:\\a\\shot003_frame000034 kopie.jpg", 34),
        ("shot003.png", None),
        ("ref_34_2.png", None),
        ("portrait.png", None),
        ("000034", None),
        ("000034.mkv", None),
        ("0000000034.png", None),
    ],
)
def test_names_give_their_frame(name: str, frame: int | None) -> None:
    assert frame_of(name) == frame


def test_a_frame_after_an_at_sign_wins() -> None:
    assert split("000034.png@12") == ("000034.png", 12)
    assert split("a@5.png") == ("a@5.png", None)
    assert split("pictures/") == ("pictures/", None)


def test_a_folder_gives_the_pictures_of_a_shot(tmp_path: Any) -> None:
    for name in ("ref_000010.png", "ref_000020.png", "notes.txt", "portrait.png"):
        (tmp_path / name).touch()
    assert pictures_of(tmp_path, range(15, 30)) == {20: tmp_path / "ref_000020.png"}
    (tmp_path / "000020.png").touch()
    with pytest.raises(UsageError, match=r"one picture of frame 20, got 000020\.png and ref_000020\.png"):
        pictures_of(tmp_path, range(15, 30))
    with pytest.raises(UsageError, match="none of that name"):
        pictures_of(tmp_path / "none", range(15, 30))
