"""Laws of undo and redo."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from project_films import project_of

from vs_tcvc.desk.history import MOST, History
from vs_tcvc.project import edits

START = project_of(Path("film.mkv"), ((1, 6), (2, 5))).project


@given(st.lists(st.sampled_from(("edit", "undo", "redo")), max_size=40))
def test_it_walks_a_line_of_projects_and_an_edit_cuts_off_what_was_undone(actions: list[str]) -> None:
    history, line, at = History(START), [START], 0
    for number, action in enumerate(actions):
        if action == "edit":
            line, at = [*line[: at + 1], edits.set_saturation(line[at], 0, number / 100 + 0.5)], at + 1
            history = history.changed(f"edit {number}", line[at])
        elif action == "undo":
            history, at = history.undone(), max(0, at - 1)
        else:
            history, at = history.redone(), min(len(line) - 1, at + 1)
        assert history.project == line[at]
        assert (history.undo == "", history.redo == "") == (at == 0, at == len(line) - 1)


def test_it_says_what_it_would_do() -> None:
    history = History(START).changed("saturation of shot 1", edits.set_saturation(START, 0, 0.5))
    assert (history.undo, history.redo) == ("saturation of shot 1", "")
    assert (history.undone().undo, history.undone().redo) == ("", "saturation of shot 1")
    assert history.undone().redone() == history


def test_it_is_bounded() -> None:
    history = History(START)
    for number in range(MOST + 5):
        history = history.changed("edit", edits.set_saturation(START, 0, number / MOST))
    assert len(history.past) == MOST
