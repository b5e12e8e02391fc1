"""What is going on at the desk, as one line: the task that runs, or the shot that is coloured for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vs_tcvc.desk.screen import Live
from vs_tcvc.desk.work import Task
from vs_tcvc.runtime.words import counted

_AT_WORK = ("runs", "paused")


@dataclass(frozen=True)
class WorkLine:
    """text: what is done, with numbers. share: of it that is done, 0 to 1; None if unknown, or if nothing is.

    task: that runs or is paused; None if none is.
    """

    text: str
    share: float | None = None
    task: Task | None = None
    is_paused: bool = False


def work_line(tasks: Sequence[Task], live: Live | None, to_color: int, is_paused: bool = False) -> WorkLine:
    """The line for tasks, for what is coloured for the screen (None: nothing), and for how many shots wait.

    is_paused: whether no task begins.
    """
    task = next((each for each in tasks if each.status in _AT_WORK), None)
    if task is not None:
        waiting = sum(1 for each in tasks if each.status == "waits")
        stands = ["paused"] if task.status == "paused" else []
        parts = [task.name, in_numbers(task), *stands, *([f"{waiting} wait"] if waiting else [])]
        return WorkLine(" · ".join(parts), share_of(task), task, bool(stands))
    waiting_tasks = [each for each in tasks if each.status == "waits"]
    if is_paused and waiting_tasks:
        return WorkLine(f"paused · {len(waiting_tasks)} wait", None, waiting_tasks[0], True)
    if live is not None:
        text = f"shot {live.place + 1} is coloured · {_frames(live.done, live.total)}"
        return WorkLine(text, _share(live.done, live.total))
    return WorkLine(f"{counted(to_color, 'shot')} to colour" if to_color else "all shots are coloured")


def in_numbers(task: Task) -> str:
    """How far a task is: frames, their speed, the time left."""
    return " · ".join([_frames(task.frames, task.total), *_speed(task)])


def share_of(task: Task) -> float | None:
    """How much of a task's pass is done, 0 to 1; None if unknown."""
    return _share(task.frames, task.total)


def _frames(done: int, total: int | None) -> str:
    return f"frame {done}" if not total else f"{done} of {total}"


def _share(done: int, total: int | None) -> float | None:
    return min(1.0, done / total) if total else None


def _speed(task: Task) -> list[str]:
    if task.status == "paused":
        return []
    fps = [f"{task.fps:.1f} fps"] if task.fps else []
    return fps if task.seconds_left is None else [*fps, f"{_clock(task.seconds_left)} left"]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
