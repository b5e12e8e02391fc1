"""Laws of the candidates: of which frame, in which order, and that every one is another colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import Telling
from project_films import SETTINGS, project_of, write_film

from vs_tcvc.core.frame import Array
from vs_tcvc.desk import painting
from vs_tcvc.desk.candidates import OTHERS, Candidate, candidates
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.schema import Hint
from vs_tcvc.references.looks import PRESETS

SHOTS = ((1, 4), (2, 4))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Document:
    path = write_film(tmp_path_factory.mktemp("film") / "film.mkv", SHOTS)
    return document.write(project_of(path, SHOTS))


def found(project: Document, place: int = 1) -> tuple[int, list[Candidate]]:
    film = FilmProject(project, SETTINGS)

    def others(lightness: Array, number: int) -> Array:
        return np.full((2, *lightness.shape), number, np.float32)

    with film.reader() as reader:
        return candidates(film, Telling(), place, others, reader.gray)


def test_the_looks_of_the_guess_come_first_and_then_the_other_colors(project: Document) -> None:
    _, choices = found(project)
    assert [each.words for each in choices] == [*PRESETS, *OTHERS]
    assert [float(each.ab.max()) for each in choices[len(PRESETS) :]] == [1, 2, 3, 4]
    assert len({each.ab.tobytes() for each in choices}) == len(choices)


def test_they_are_of_the_frame_that_a_person_would_paint(project: Document) -> None:
    """A reference's, else a hint's, else the guess's; also where that is frame 0."""
    assert found(project)[0] in range(4, 8)
    hinted = project.edited(edits.add_hint, 1, Hint(6, (0.5, 0.5), "#2e8b57"))
    assert found(hinted)[0] == 6
    first = project.edited(edits.add_hint, 0, Hint(3, (0.5, 0.5), "#2e8b57"))
    first = first.edited(edits.add_hint, 0, Hint(0, (0.5, 0.5), "#2e8b57"))
    assert found(first, 0)[0] == 0
    film = FilmProject(project, SETTINGS)
    width, height = film.canvas.working_size
    png = painting.picture(film, 7, np.zeros((2, height, width), np.float32))
    painted = hinted.edited(edits.put_reference, 1, painting.write_picture(film, 1, 7, png))
    assert found(painted)[0] == 7


def test_a_shot_that_is_not_colored_has_none(project: Document) -> None:
    assert found(project.edited(edits.set_state, 1, "gray")) == (4, [])


def test_a_candidate_becomes_the_reference(project: Document) -> None:
    film = FilmProject(project, SETTINGS)
    frame, choices = found(project)
    reference = painting.write_picture(film, 1, frame, painting.picture(film, frame, choices[1].ab))
    taken = FilmProject(project.edited(painting.take_picture, 1, reference), SETTINGS)
    recipe = taken.entries[1].recipe
    assert recipe is not None
    assert [(each.frame, each.path) for each in recipe.own.pictures] == [
        (frame, Path(film.document.resolve(reference)))
    ]
