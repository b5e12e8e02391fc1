"""Laws of a project's colour for hosts that ask for frames in any order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import Telling, gray
from project_films import project_of

from vs_tcvc.core.frame import Chroma
from vs_tcvc.project.colorist import Job
from vs_tcvc.project.document import Document
from vs_tcvc.project.on_demand import ProjectSession, ShotNeed
from vs_tcvc.project.recipe import plan
from vs_tcvc.project.store import Store
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.runtime.events import ignore

SIZE = (9, 6)
"""Width and height of the colour."""


def session_of(shots: int, frames: int, folder: Path) -> ProjectSession:
    found: Document = project_of(folder / "film.mkv", [(kind, frames) for kind in range(shots)])
    canvas = Canvas(found.project.film.size, SIZE, "601")
    job = Job(plan(found), canvas, 0, folder)
    return ProjectSession(Telling(), job, "fake", Store(folder / "store"), {}, ignore)


def in_turns(session: ProjectSession, wanted: list[int]) -> Iterator[tuple[int, Chroma]]:
    """Requests that take turns: each is given what it needs once in a round."""
    needs = {n: session.ask(n) for n in wanted}
    for _ in range(20):
        for n, need in [*needs.items()]:
            if isinstance(need, ShotNeed):
                needs[n] = session.give(need, {each: gray(each, SIZE[::-1]) for each in need.frames})
            else:
                assert isinstance(need, Chroma)
                yield n, need
                del needs[n]
    assert not needs


@pytest.mark.parametrize("shots", [3, 12])
def test_requests_of_many_shots_that_take_turns_all_come_to_their_end(shots: int, tmp_path: Path) -> None:
    session = session_of(shots, 5, tmp_path)
    found = dict(in_turns(session, [5 * shot + shot % 5 for shot in range(shots)]))
    assert {n: chroma.index for n, chroma in found.items()} == {n: n for n in found}
    assert len(found) == shots


def test_what_ends_the_work_leaves_the_shot_to_be_asked_for_again(tmp_path: Path) -> None:
    session = session_of(2, 5, tmp_path)
    checks = iter([None, None, KeyboardInterrupt])

    def check() -> None:
        if ends := next(checks, None):
            raise ends

    session._check = check
    with pytest.raises(KeyboardInterrupt):
        list(in_turns(session, [3]))
    ((_, chroma),) = in_turns(session, [3])
    (tmp_path / "other").mkdir()
    whole = dict(in_turns(session_of(2, 5, tmp_path / "other"), [3]))
    assert np.array_equal(chroma.ab, whole[3].ab)
