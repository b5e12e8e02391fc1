"""Laws of the colour of a film's frames: whose it is, and how shots meet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from vs_tcvc.core.frame import Chroma
from vs_tcvc.project import document
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.recipe import plan
from vs_tcvc.project.schema import Film, Project, Shot, Transition
from vs_tcvc.project.store import Store

SIZE = (4, 6)
DISSOLVE, FADE = Transition(dissolve=(8, 14)), Transition(fade=(17, 24))


def colors(tmp_path: Path, **changes: object) -> FilmColor:
    """Three shots of ten frames, of the colours 16, 32 and 48; the second begins with a dissolve, the third fades."""
    shots = [Shot((0, 10)), Shot((10, 20), transition=DISSOLVE), Shot((20, 30), transition=FADE)]
    shots = [replace(shot, **changes) if place == 1 else shot for place, shot in enumerate(shots)]
    project = Project(Film("film.mkv", 30, (64, 48), "24"), tuple(shots))
    entries, store, keys = plan(document.new(tmp_path / "film.tcvc.yaml", project)), Store(tmp_path / "store"), {}
    for place, entry in enumerate(entries):
        if entry.recipe is None:
            continue
        keys[place] = f"shot{place}"
        with store.writing(keys[place], entry.recipe.colored, SIZE) as writer:
            for index in entry.recipe.colored:
                ab = np.full((2, *SIZE), 16 * (place + 1), np.float32)
                writer.add(Chroma.rounded(index, ab, np.ones(SIZE, np.float32), entry.frames.start, f"{place}"))
            blend = entry.recipe.blend
            writer.about = {"shares": [] if blend is None else SHARES[blend.kind]}
    return FilmColor(store, entries, keys, SIZE)


SHARES = {"dissolve": [0.125, 0.25, 0.5, 0.5, 0.75, 1.0], "fade": [0.5, 0.25, 0.0, 0.0, 0.25, 0.5, 0.75]}


def values(color: FilmColor) -> list[float]:
    return [float(chroma.ab[0, 0, 0]) if chroma else -1 for chroma in map(color.frame, range(30))]


def test_shots_meet_by_their_measured_shares(tmp_path: Path) -> None:
    assert values(colors(tmp_path)) == [
        *[16] * 8, 18, 20, 24, 24, 28, 32, *[32] * 3, 16, 8, 0, 0, 12, 24, 36, *[48] * 6,
    ]  # fmt: skip


def test_a_frame_is_made_of_its_shot_and_of_what_begins_in_it(tmp_path: Path) -> None:
    color = colors(tmp_path)
    assert [color.places_of(index) for index in (0, 7, 8, 13, 14, 16, 17, 23, 24)] == [
        [0], [0], [0, 1], [0, 1], [1], [1], [1, 2], [1, 2], [2],
    ]  # fmt: skip


@pytest.mark.parametrize(("state", "own"), [("gray", 0), ("keep", -1)])
def test_beside_a_shot_that_is_not_coloured_there_is_a_cut(tmp_path: Path, state: str, own: float) -> None:
    found = values(colors(tmp_path, state=state))
    assert found[:10] == [16] * 10
    assert found[10:20] == [own] * 10
    assert found[20:24] == [0, 12, 24, 36]


def test_the_saturation_is_that_of_the_project_and_of_no_stored_shot(tmp_path: Path) -> None:
    color = colors(tmp_path, saturation=2.0)
    assert [(each.saturation, float(each.saturated[0, 0, 0])) for n in (5, 15) if (each := color.frame(n))] == [
        (1.0, 16), (2.0, 64),
    ]  # fmt: skip
    mixed = color.frame(10)
    assert mixed is not None
    assert float(mixed.saturated[0, 0, 0]) == 40
