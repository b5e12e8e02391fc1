"""What the render page says of tasks, without a browser."""

from __future__ import annotations

from vs_tcvc.desk.render_page import rows_of
from vs_tcvc.desk.work import Task

DONE = Task(1, "colour the film", "done", "3 shots coloured", 46, 46)
WROTE = Task(2, "FFV1: a.mkv", "done", "wrote a.mkv", 46, 46, file="/films/a.mkv")
FAILED = Task(3, "PNG: b", "failed", "3 shots to colour", 1, 46, problem="b: it exists")
RUNS = Task(4, "H.264: c.mp4", "runs", "writes c.mp4", 23, 46, 11.5, 62.0)
WAITS = Task(5, "H.264: d.mp4")


def test_what_runs_and_waits_comes_first_then_what_ended_last() -> None:
    rows = rows_of((DONE, WROTE, FAILED, RUNS, WAITS))
    assert [row["number"] for row in rows] == [4, 5, 3, 2, 1]
    assert [row["status"] for row in rows] == ["runs", "waits", "failed", "done", "done"]


def test_only_what_is_at_work_has_numbers() -> None:
    rows = rows_of((DONE, FAILED, RUNS, WAITS))
    assert [(row["numbers"], row["share"]) for row in rows] == [
        ("23 of 46 · 11.5 fps · 1:02 left", 0.5), ("", None), ("", None), ("", None),
    ]  # fmt: skip


def test_a_task_that_is_paused_keeps_its_place_and_tells_no_speed() -> None:
    (row,) = rows_of((Task(4, "c", "paused", frames=23, total=46, fps=11.5, seconds_left=2.0),))
    assert (row["numbers"], row["share"]) == ("23 of 46", 0.5)


def test_a_task_says_what_it_does_or_why_it_failed_and_what_it_wrote() -> None:
    rows = rows_of((DONE, WROTE, FAILED, RUNS))
    assert [row["told"] for row in rows] == ["writes c.mp4", "b: it exists", "wrote a.mkv", "3 shots coloured"]
    assert [row["file"] for row in rows] == ["", "", "/films/a.mkv", ""]
