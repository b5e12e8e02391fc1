"""What the film page is made of, without a browser: keys, cards, edits of several shots, the line of work."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, cast

import pytest
from fake_desk import TASK, FakeDesk

from vs_tcvc.desk import keys
from vs_tcvc.desk.cards import Cards, cards_of
from vs_tcvc.desk.film_edits import ACTIONS, edit_of
from vs_tcvc.desk.screen import Live
from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.work_line import work_line
from vs_tcvc.errors import UsageError
from vs_tcvc.project import edits
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import Project


def desk_of(fake: FakeDesk) -> Desk:
    return cast(Desk, fake)


def project_of(fake: FakeDesk) -> Project:
    return fake.state.film.document.project


# Keys


@pytest.mark.parametrize("page", [keys.FILM, keys.SHOT])
def test_a_key_does_one_thing_on_a_page(page: str) -> None:
    combos = Counter(combo for key in keys.KEYS if key.place in (keys.EVERYWHERE, page) for combo in key.combos)
    assert [combo for combo, count in combos.items() if count > 1] == []


def test_an_action_has_one_name() -> None:
    assert [name for name, count in Counter(key.action for key in keys.KEYS).items() if count > 1] == []


def test_letters_are_capitals_as_the_browser_compares_them() -> None:
    names = [combo.split("+")[-1] for key in keys.KEYS for combo in key.combos]
    assert all(name == name.upper() for name in names if len(name) == 1)


# Cards


def test_a_card_says_what_the_row_of_its_shot_says() -> None:
    fake = FakeDesk(12, first=1001)
    cards = cards_of(desk_of(fake))
    assert [card["number"] for card in cards] == [*range(1, 13)]
    assert [tuple(card["frames"]) for card in cards] == [row.frames for row in fake.state.rows]
    assert cards[0]["start"] == 0
    assert cards[0]["time"] == "00:00:00:00"
    assert [card["isDone"] for card in cards] == [row.is_done is not False for row in fake.state.rows]
    assert [[name for name, _ in card["alarms"]] for card in cards] == [
        [alarm.name for alarm in row.alarms] for row in fake.state.rows
    ]
    assert {card["scene"]: card["hue"] for card in cards}["A"] == 0
    assert {card["hue"] for card in cards if not card["scene"]} == {None}


def test_of_every_scene_one_card_leads() -> None:
    fake = FakeDesk(40)
    leads = Counter(card["scene"] for card in cards_of(desk_of(fake)) if card["isLead"])
    assert leads == dict.fromkeys({shot.scene for shot in project_of(fake).shots} - {""}, 1)


def test_first_all_cards_are_new_and_then_only_those_that_changed() -> None:
    fake = FakeDesk(30)
    cards = Cards(desk_of(fake))
    assert [card["number"] for card in cards.changed()] == [*range(1, 31)]
    assert cards.changed() == []
    fake.edit("lock", edits.lock, 4)
    assert [(card["number"], card["isLocked"]) for card in cards.changed()] == [(5, True)]
    fake.edit("join", edits.merge_shots, 27)
    assert [card["number"] for card in cards.changed()] == [28, 29]
    assert len(cards.all) == 29


def test_a_browser_that_is_sent_changes_has_what_one_that_comes_later_gets() -> None:
    fake = FakeDesk(20)
    cards = Cards(desk_of(fake))
    kept = cards.changed()
    for change in (edits.merge_shots, edits.lock):
        fake.edit("", change, 3)
        changed = cards.changed()
        kept = kept[: len(cards.all)]
        for card in changed:
            kept[card["number"] - 1 : card["number"]] = [card]
    assert kept == cards_of(desk_of(fake))


# Edits of several shots


@pytest.mark.parametrize(
    ("action", "value", "words"),
    [
        ("scene", " attic ", "put 3 shots into scene attic"), ("scene", "", "take 3 shots out of their scene"),
        ("look", "faded", "look faded for 3 shots"), ("look", "", "no look of their own for 3 shots"),
        ("saturation", "0,8", "saturation 0.8 for 3 shots"), ("saturation", "", "saturation of the scene for 3 shots"),
        ("state", "gray", "leave 3 shots gray"), ("lock", True, "lock 3 shots"), ("lock", False, "unlock 3 shots"),
    ],
)  # fmt: skip
def test_several_shots_change_in_one_step_that_can_be_taken_back(action: str, value: Any, words: str) -> None:
    fake = FakeDesk(12)
    before, places = project_of(fake), [1, 4, 6]
    one_by_one = {
        "scene": edits.set_scene, "look": edits.set_look, "saturation": edits.set_saturation, "state": edits.set_state,
        "lock": edits.lock,
    }[action]  # fmt: skip
    plain = {" attic ": "attic", "0,8": 0.8}.get(value, value) if action != "saturation" or value else None
    expected = before
    for place in places:
        expected = one_by_one(expected, place, plain)  # type: ignore[operator]
    fake.edit(*edit_of(action, places, value))
    assert project_of(fake) == expected
    assert fake.state.undo == words
    fake.undo()
    assert project_of(fake) == before


def test_scenes_are_merged_into_one_with_all_their_shots() -> None:
    fake = FakeDesk(12)
    fake.edit(*edit_of("merge", [0, 3, 6], "B"))
    assert [shot.scene for shot in project_of(fake).shots] == ["B"] * 7 + ["", "B"] + ["D"] * 3


@pytest.mark.parametrize("value", ["9", "-1", "nan", "inf", "much"])
def test_a_saturation_that_cannot_be_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="0 to 4"):
        edit_of("saturation", [1], value)


def test_what_a_project_cannot_become_is_refused_and_nothing_changes() -> None:
    fake = FakeDesk(12)
    before = project_of(fake)
    for action, value in (("scene", "a/b"), ("look", "no such look"), ("state", "blue")):
        edit = edit_of(action, [1, 2], value)
        with pytest.raises(ProjectError):
            fake.edit(*edit)
    with pytest.raises(ProjectError):
        fake.edit(*edit_of("lock", [1, 99], True))
    assert project_of(fake) == before


def test_an_edit_of_no_shots_is_refused() -> None:
    for action in ACTIONS:
        with pytest.raises(UsageError, match="shots"):
            edit_of(action, [], "")


# The line of work


def test_the_line_tells_the_task_that_runs_with_numbers() -> None:
    line = work_line((TASK, replace(TASK, number=2, status="waits")), None, 3)
    assert line.text == "colour.mkv · 132 of 526 · 12.3 fps · 0:32 left · 1 wait"
    assert line.share == pytest.approx(132 / 526)
    assert line.task == TASK


@pytest.mark.parametrize(
    ("task", "text", "share"),
    [
        (replace(TASK, status="paused"), "colour.mkv · 132 of 526 · paused", 132 / 526),
        (replace(TASK, total=None, seconds_left=None), "colour.mkv · frame 132 · 12.3 fps", None),
        (replace(TASK, seconds_left=3700.0, fps=None), "colour.mkv · 132 of 526 · 1:01:40 left", 132 / 526),
    ],
)
def test_what_is_unknown_of_a_task_is_not_told(task: Any, text: str, share: float | None) -> None:
    line = work_line((task,), None, 0)
    assert (line.text, line.share) == (text, share)
    assert line.is_paused == (task.status == "paused")


def test_a_task_that_has_ended_makes_room_for_what_is_coloured_for_the_screen() -> None:
    ended = replace(TASK, status="done")
    assert work_line((ended,), Live(6, 12, 48), 3).text == "shot 7 is coloured · 12 of 48"
    assert work_line((ended,), None, 3).text == "3 shots to colour"
    assert work_line((ended,), None, 0).text == "all shots are coloured"
