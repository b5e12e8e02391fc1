"""Laws of what the page of a shot shows."""

from __future__ import annotations

from typing import cast

import pytest
from fake_desk import FakeDesk

from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.shot_facts import (
    HANDLE,
    leader_of,
    marks_of,
    name_of,
    named_frame,
    new_scene,
    place_of,
    shown_of,
)
from vs_tcvc.desk.viewer import Mark
from vs_tcvc.project import edits
from vs_tcvc.project.edits import frame_of
from vs_tcvc.project.schema import FilmReference, Hint


def test_a_shot_is_shown_with_its_handles_within_the_film() -> None:
    fake = FakeDesk(12, first=1001)
    rows = fake.state.rows
    for place in (0, 5, 11):
        shown = shown_of(cast(Desk, fake), place)
        assert shown.shot == rows[place].frames
        assert shown.first == max(1001, rows[place].frames[0] - HANDLE)
        assert shown.last == min(rows[-1].frames[1], rows[place].frames[1] + HANDLE) - 1


def test_each_frame_that_is_shown_has_the_version_of_its_shot() -> None:
    fake = FakeDesk(12)
    shown = shown_of(cast(Desk, fake), 5)
    for frame in range(shown.first, shown.last + 1):
        versions = [version for first, end, version in shown.spans if first <= frame < end]
        assert versions == [fake.shot_version(place_of(fake.state, frame))]


def test_hints_and_references_of_frames_are_marked() -> None:
    fake = FakeDesk(12)
    first = fake.state.rows[3].frames[0]
    fake.edit("", edits.add_hint, 3, Hint(first + 2, (0.25, 0.5), "#AABBCC", 0.1))
    for reference in ("a/film.painted/any.png@" + str(first + 4), "folder/"):
        fake.edit("", edits.add_reference, 3, reference)
    shown = shown_of(cast(Desk, fake), 3)
    (mark,) = shown.marks
    assert mark == Mark(0, first + 2, 0.25, 0.5, "#aabbcc", 0.1)
    assert shown.references == (first + 4,)
    assert marks_of(fake.state.film.document.project.shots[4]) == ()


@pytest.mark.parametrize(
    ("reference", "name", "frame"),
    [
        ("film.painted/shot003_frame000140_2.png", "shot003_frame000140_2.png", 140),
        ("a b/c.png@7", "c.png", 7),
        ("folder/", "folder", None),
        (FilmReference("copies/tape.mkv"), "tape.mkv", None),
    ],
)
def test_a_reference_is_named_by_its_file(reference: str | FilmReference, name: str, frame: int | None) -> None:
    assert (name_of(reference), frame_of(reference)) == (name, frame)


def test_a_sentence_that_names_a_frame_leads_there() -> None:
    assert named_frame("23 % of the picture became unsure about frame 141") == 141
    assert named_frame("the colour fades: 48 % of it is left at the end") is None


def test_every_frame_is_in_its_shot_and_one_outside_in_the_nearest() -> None:
    fake = FakeDesk(12, first=100)
    rows = fake.state.rows
    for place, row in enumerate(rows):
        assert {place_of(fake.state, frame) for frame in range(*row.frames)} == {place}
    assert (place_of(fake.state, 0), place_of(fake.state, 10**6)) == (0, 11)


def test_a_new_scene_has_a_name_of_its_own_and_a_shot_without_scene_no_leader() -> None:
    fake = FakeDesk(60, scenes=tuple("ABCDEFGHIJKLMNOPQRS"))
    assert new_scene(fake.state) == "T"
    alone = next(place for place, row in enumerate(fake.state.rows) if not row.scene)
    assert leader_of(fake.state, alone) is None
    assert leader_of(fake.state, 0) == 0
