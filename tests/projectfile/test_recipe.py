"""Laws of recipes: what a shot's colour is made of, and which shots a change concerns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from vs_tcvc.core.shot import ELSEWHERE
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.guiding import lead_recipe
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.recipe import Transfer, frames_of, key_of, lead_of, plan
from vs_tcvc.project.schema import Film, FilmReference, Hint, Project, Scene, Shot, Transition

FILM = Film("plates/####.png", 60, (64, 48), "24", first=1001)
HINT = Hint(1024, (0.5, 0.5), "#2E8B57")


def project(**changes: Any) -> Project:
    """Six shots of ten frames, A B A B, one without a scene, and A."""
    scenes = ("A", "B", "A", "B", "", "A")
    shots = tuple(Shot((1001 + 10 * n, 1011 + 10 * n), scene) for n, scene in enumerate(scenes))
    return replace(Project(FILM, shots), **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("001003.png", "001024.png", "001055.png"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def at(folder: Path, project: Project) -> Document:
    return document.new(folder / "film.tcvc.yaml", project)


def keys(folder: Path, project: Project) -> list[str | None]:
    recipes = (entry.recipe for entry in plan(at(folder, project)))
    return [None if recipe is None else key_of(recipe, "film", "network") for recipe in recipes]


@pytest.mark.parametrize(
    ("edit", "concerned"),
    [
        (lambda of: edits.add_reference(of, 0, "001003.png"), {0, 2, 5}),  # leads scene A from then on
        (lambda of: edits.add_reference(of, 4, "001055.png"), {4}),
        (lambda of: edits.add_hint(of, 2, HINT), {0, 2, 5}),
        (lambda of: edits.set_look(of, 3, "vivid"), {3}),
        (lambda of: edits.set_look(of, 1, "vivid"), {1}),  # each shot grades what it takes from its lead itself
        (lambda of: edits.set_scene_value(of, "B", look="vivid"), {1, 3}),
        (lambda of: edits.set_setting(of, "look", "vivid"), {0, 1, 2, 3, 4, 5}),
        (lambda of: edits.lead_scene(of, 3), {1, 3}),
        (lambda of: edits.set_scene(of, 4, "B"), {4}),
        (lambda of: edits.set_saturation(of, 3, 2.0), set()),
        (lambda of: edits.set_setting(of, "saturation", 2.0), set()),
        (lambda of: edits.lock(of, 0), set()),
        (lambda of: edits.set_state(of, 4, "keep"), {4}),
        (lambda of: edits.set_transition(of, 1, Transition(dissolve=(1009, 1014))), {0, 1, 3}),
        (lambda of: edits.set_transition(of, 1, Transition(dissolve=(1009, 1014), confirmed=False)), set()),
    ],
)
def test_a_change_concerns_its_shot_and_the_shots_that_it_leads(
    folder: Path, edit: Callable[[Project], Project], concerned: set[int]
) -> None:
    before, after = keys(folder, project()), keys(folder, edit(project()))
    assert {place for place, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]} == concerned


def test_a_picture_counts_by_its_content_and_not_by_its_name(folder: Path) -> None:
    painted = edits.add_reference(project(), 4, "001055.png@1045")
    before = keys(folder, painted)
    (folder / "001055.png").rename(folder / "new.png")
    assert keys(folder, edits.add_reference(project(), 4, "new.png@1045")) == before
    (folder / "new.png").write_bytes(b"painted")
    assert keys(folder, edits.add_reference(project(), 4, "new.png@1045"))[4] != before[4]


def test_the_key_depends_on_film_and_network() -> None:
    recipe = plan(at(Path(), project()))[0].recipe
    assert recipe is not None
    made = {key_of(recipe, film, network) for film in ("one", "other") for network in ("fp32", "fp16")}
    assert len(made) == 4


def test_frames_count_from_0_and_pictures_of_other_shots_guide_by_likeness(folder: Path) -> None:
    entries = plan(at(folder, edits.add_reference(edits.add_reference(project(), 2, "001024.png"), 2, "001003.png")))
    recipe = entries[2].recipe
    assert recipe is not None
    assert [picture.frame for picture in recipe.own.pictures] == [23, ELSEWHERE]
    assert (entries[2].frames, recipe.frames, recipe.own.guess) == (range(20, 30), (20, 30), (20, 21))


def test_a_folder_gives_the_pictures_of_the_shots_frames(folder: Path) -> None:
    recipe = plan(at(folder, edits.add_reference(project(), 2, ".")))[2].recipe
    assert recipe is not None
    assert [(each.frame, each.path.name) for each in recipe.own.pictures] == [(23, "001024.png")]


def test_a_shot_with_pictures_is_not_led_and_one_with_hints_is(folder: Path) -> None:
    led = edits.add_hint(edits.lead_scene(project(), 0), 2, HINT)
    assert [entry.led_by for entry in plan(at(folder, led))] == [None, None, 0, 1, None, 0]
    own = edits.add_reference(led, 2, "001024.png")
    assert [entry.led_by for entry in plan(at(folder, own))] == [None, None, None, 1, None, 0]


@pytest.mark.parametrize(
    ("edit", "lead"),
    [
        (lambda of: of, 0),
        (lambda of: edits.merge_shots(of, 4), 0),  # shot 5 is in no scene, so the longer one is not in A
        (lambda of: edits.split_shot(of, 0, 1005), 3),  # counted after the split: the longest
        (lambda of: edits.add_hint(of, 2, HINT), 2),
        (lambda of: edits.lead_scene(edits.add_hint(of, 2, HINT), 5), 5),
        (lambda of: edits.set_state(of, 0, "gray"), 2),
    ],
)
def test_the_lead_is_the_one_named_else_one_that_a_person_touched_else_the_longest(
    edit: Callable[[Project], Project], lead: int
) -> None:
    assert lead_of(edit(project()), "A") == lead


def test_a_scene_of_which_nothing_is_coloured_has_no_lead() -> None:
    shots = tuple(replace(shot, state="gray") for shot in project().shots)
    assert lead_of(project(shots=shots), "A") is None


def test_a_dissolve_belongs_to_both_shots_and_colour_begins_after_it() -> None:
    dissolved = edits.set_transition(project(), 1, Transition(dissolve=(1009, 1014)))
    first, second, *_ = (entry.recipe for entry in plan(at(Path(), dissolved)))
    assert first is not None
    assert second is not None
    assert (first.frames, second.frames) == ((0, 13), (8, 20))
    assert (first.own.guess, second.own.guess) == ((0, 1), (13, 14))


def test_a_fade_moves_where_colour_begins_and_no_frame() -> None:
    faded = edits.set_transition(project(), 0, Transition(fade=(1001, 1006)))
    recipe = plan(at(Path(), faded))[0].recipe
    assert recipe is not None
    assert (recipe.frames, recipe.own.guess) == ((0, 10), (5, 6))


def test_the_best_frame_is_one_of_those_after_the_shot_has_begun() -> None:
    faded = edits.set_transition(project(settings={"reference_frame": "best"}), 0, Transition(fade=(1001, 1006)))
    recipe = plan(at(Path(), faded))[0].recipe
    assert recipe is not None
    assert recipe.own.guess == (5, 10)


def test_look_and_saturation_are_the_shots_else_the_scenes_else_the_films() -> None:
    graded = project(
        settings={"look": "faded", "saturation": 0.5}, scenes={"A": Scene(look="vivid", saturation=2.0)}
    )  # fmt: skip
    graded = edits.set_saturation(edits.set_look(graded, 0, "technicolor"), 0, 3.0)
    found = [(entry.recipe and entry.recipe.own.look, entry.saturation) for entry in plan(at(Path(), graded))]
    assert found == [
        ("technicolor", 3.0), ("faded", 0.5), ("vivid", 2.0), ("faded", 0.5), ("faded", 0.5), ("vivid", 2.0),
    ]  # fmt: skip


def test_pictures_are_graded_by_looks_of_shots_and_scenes_and_not_by_that_of_the_film() -> None:
    graded = project(settings={"look": "faded"}, scenes={"A": Scene(look="vivid")})
    found = [
        entry.recipe and entry.recipe.own.grade for entry in plan(at(Path(), edits.set_look(graded, 1, "natural")))
    ]
    assert found == ["vivid", "natural", "vivid", "", "", "vivid"]


def test_a_missing_picture_is_named_with_its_key(folder: Path) -> None:
    with pytest.raises(ProjectError, match=r"shots\[0\]\.references\[0\]: expected a picture, got .*no\.png, which"):
        plan(at(folder, edits.add_reference(project(), 0, "no.png@1001")))
    with pytest.raises(ProjectError, match=r"shots\[0\]\.references\[0\]: expected a folder of references"):
        plan(at(folder, edits.add_reference(project(), 0, "no/")))


def copied(**changes: Any) -> FilmReference:
    return FilmReference("copy.mkv", **changes)


def transfers(folder: Path, project: Project, place: int) -> tuple[Transfer, ...]:
    recipe = plan(at(folder, project))[place].recipe
    assert recipe is not None
    return recipe.own.transfers


def test_another_transfer_guides_the_shot_after_it_has_begun_and_is_known_by_its_content(folder: Path) -> None:
    (folder / "copy.mkv").write_bytes(b"copy")
    begun = edits.set_transition(project(), 1, Transition(dissolve=(1009, 1014)))
    (found,) = transfers(folder, edits.add_reference(begun, 1, copied(every=5)), 1)
    assert found == Transfer((13, 20), Path("anywhere"), hashlib.sha256(b"copy").hexdigest(), None, 5)
    (fixed,) = transfers(folder, edits.add_reference(project(), 1, copied(offset=-3)), 1)
    assert fixed.offset == 1001 - 3  # above the index


def test_what_matters_of_another_transfer_is_in_the_key(folder: Path) -> None:
    (folder / "copy.mkv").write_bytes(b"copy")
    given = [copied(), copied(every=13), copied(offset=7), copied(offset=8)]
    made = [keys(folder, edits.add_reference(project(), 4, each))[4] for each in given]
    assert len({*made, keys(folder, project())[4]}) == 5
    (folder / "copy.mkv").rename(folder / "moved.mkv")
    assert keys(folder, edits.add_reference(project(), 4, FilmReference("moved.mkv")))[4] == made[0]
    (folder / "moved.mkv").write_bytes(b"graded")
    assert keys(folder, edits.add_reference(project(), 4, FilmReference("moved.mkv")))[4] not in made


def test_a_shot_with_another_transfer_is_not_led_and_leads_with_it(folder: Path) -> None:
    (folder / "copy.mkv").write_bytes(b"copy")
    entries = plan(at(folder, edits.add_reference(project(), 2, copied())))
    assert [entry.led_by for entry in entries] == [2, None, None, 1, None, 2]
    recipe = entries[0].recipe
    assert recipe is not None
    assert recipe.transfers == transfers(folder, edits.add_reference(project(), 2, copied()), 2)
    assert frames_of(recipe) == {*range(10), *range(20, 30)}
    lead = lead_recipe(recipe)
    assert lead is not None
    assert lead.colored == range(20, 30)


def test_a_shot_takes_few_references_of_its_leads_transfer(folder: Path) -> None:
    (folder / "copy.mkv").write_bytes(b"copy")
    recipe = plan(at(folder, edits.add_reference(project(), 2, copied(every=1))))[0].recipe
    assert recipe is not None
    lead = lead_recipe(recipe)
    assert lead is not None
    assert len(lead.own.transfers[0].range[:: lead.own.transfers[0].every]) <= 3


def test_another_transfer_is_read_for_its_identity_once(folder: Path) -> None:
    asked, guided = list[str](), project()
    for place in range(6):
        guided = edits.add_reference(guided, place, copied())

    def identity_of(path: Path) -> str:
        asked.append(path.name)
        return "identity"

    plan(at(folder, guided), identity_of)
    assert asked == ["copy.mkv"]


def test_a_missing_film_is_named_with_its_key(folder: Path) -> None:
    missing = edits.add_reference(edits.add_reference(project(), 0, "001003.png"), 0, copied())
    with pytest.raises(ProjectError, match=r"shots\[0\]\.references\[1\]\.from: expected a film, got .*copy\.mkv: it"):
        plan(at(folder, missing))
