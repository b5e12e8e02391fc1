"""Every face over every film of the library: kept, said, or refused, without a hole."""

from __future__ import annotations

from pathlib import Path

import pytest
from film_sections import SECTIONS
from made_films import Fate, Made, Outcome, Section

CASES = [
    pytest.param(section, film, face, id=f"{film.name}-{face}".replace(" ", "_"))
    for section in SECTIONS for film in section.films for face in section.faces
]  # fmt: skip


@pytest.mark.parametrize(("section", "film", "face"), CASES)
def test_a_film_is_kept_or_it_is_said_what_is_not(section: Section, film: Made, face: str, tmp_path: Path) -> None:
    made, results = tmp_path / "made", tmp_path / "results"
    made.mkdir()
    results.mkdir()
    film.make(made / film.name)
    before = section.facts(made / film.name)
    outcome = section.faces[face](made / film.name, results, film.options)
    check(film.fates[face], before, outcome)
    if outcome.error:
        assert not [path for path in results.rglob("*") if path.is_file()], "something is left of a refused film"
    assert section.facts(made / film.name) == before, "the film itself has changed"


def check(fate: Fate, before: object, outcome: Outcome) -> None:
    """The outcome is the fate."""
    assert isinstance(before, dict)
    if fate.refused:
        assert fate.refused in outcome.error
        return
    assert not outcome.error
    for words in fate.says:
        assert any(words in line for line in outcome.said), (words, outcome.said)
    unexpected = [line for line in outcome.said if not any(words in line for words in fate.says)]
    assert not unexpected
    differing = {name: (value, outcome.facts.get(name)) for name, value in before.items()
                 if outcome.facts.get(name) != value}  # fmt: skip
    assert set(differing) == fate.changes, differing


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_the_table_has_no_hole(section: Section) -> None:
    assert len({film.name for film in section.films}) == len(section.films)
    for film in section.films:
        assert list(film.fates) == list(section.faces), film.name
