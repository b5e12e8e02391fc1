"""Long work of the desk: one task at a time, in a thread of its own, with progress, pause and cancel.

All loops over frames ask a stop event between two of them. Here that question stands still while work is paused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from vs_tcvc.errors import TcvcError, first_line
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.progress import ENDS, is_progress
from vs_tcvc.runtime.refusals import said_in_words

Job = Callable[[Emit, threading.Event], str]
"""What a task does: called with a sink of events and a stop event; returns a sentence of what it did.

It raises TcvcError for what a person can put right, and KeyboardInterrupt once the event is set.
"""

MOST_ENDED = 50
"""Tasks that have ended and stay listed."""

_PATIENCE_SECONDS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """A task as it is at a moment.

    number: from 1, in the order of coming. status: "waits", "runs", "paused", "done", "failed" or "cancelled".
    text: what it said last, and once it is done what it did. frames, total: of its present pass; total is None if
    unknown. fps: frames per second of the pass, without the time that it stood still. seconds_left: of the pass.
    fps and seconds_left are None if unknown. file: what it wrote. problem: why it failed, as a sentence.
    """

    number: int
    name: str
    status: str = "waits"
    text: str = ""
    frames: int = 0
    total: int | None = None
    fps: float | None = None
    seconds_left: float | None = None
    file: str = ""
    problem: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.status in ("done", "failed", "cancelled")


class Work:
    """A queue of tasks. Its methods may be called in any thread; none but `close` waits for a task."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tasks: dict[int, Task] = {}
        self._jobs: dict[int, tuple[Job, _Stop]] = {}
        """Of the tasks that have not ended; the one that runs is the first."""
        self._count = self._revision = self._holders = 0
        self._is_paused = self._is_closed = False
        self._thread = threading.Thread(target=self._run_all, name="work", daemon=True)
        self._thread.start()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks, in the order of coming; of those that have ended the last MOST_ENDED."""
        with self._changed:
            return tuple(self._tasks.values())

    @property
    def revision(self) -> int:
        """Grows with every change of a task and of `is_paused`."""
        return self._revision

    @property
    def is_paused(self) -> bool:
        """Whether the queue stands still until `go_on`."""
        return self._is_paused

    def add(self, name: str, run: Job) -> Task:
        """A new task, after all others. name: what it does, for people. Raises RuntimeError after `close`."""
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the work is closed")
            self._count += 1
            self._jobs[self._count] = run, _Stop(self._changed, self._may_go)
            self._tasks[self._count] = task = Task(self._count, name)
            self._tell()
            return task

    def cancel(self, task: Task) -> None:
        """End a task: one that waits never runs, one that runs ends after its present frame; others stay as ended."""
        with self._changed:
            if task.number not in self._jobs:
                return
            self._jobs[task.number][1].set()
            if self._tasks[task.number].status == "waits":
                self._end(task.number, status="cancelled")
            else:
                self._change(task.number, text="ends after this frame")

    def pause(self) -> None:
        """The task that runs stands still before its next frame, and no other one begins, until `go_on`."""
        with self._changed:
            self._is_paused = True
            self._change_all("runs", "paused")

    def go_on(self) -> None:
        """The opposite of `pause`."""
        with self._changed:
            self._is_paused = False
            self._change_all("paused", "runs")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Inside the block, of which there may be several at once, all stands still as with `pause`."""
        with self._changed:
            self._holders += 1
        try:
            yield
        finally:
            with self._changed:
                self._holders -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Cancel all tasks and end the thread; one that does not end in time is left behind."""
        with self._changed:
            self._is_closed = True
            for task in list(self._tasks.values()):
                self.cancel(task)
            self._tell()
        self._thread.join(_PATIENCE_SECONDS)

    def _may_go(self) -> bool:
        return not self._is_paused and not self._holders

    def _run_all(self) -> None:
        while (number := self._begin()) is not None:
            run, stop = self._jobs[number]
            self._end(number, **_outcome(run, _Sink(stop, partial(self._change, number)), stop))

    def _begin(self) -> int | None:
        """Wait for the next task and let it run; returns its number, None once the work is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or (self._jobs and self._may_go()))
            number = next(iter(self._jobs), None)
            if number is not None:
                self._change(number, status="runs")
            return number

    def _change(self, number: int, **changes: Any) -> None:
        """Change a task; one that has ended stays as it is."""
        with self._changed:
            if number not in self._jobs:
                return
            self._tasks[number] = replace(self._tasks[number], **changes)
            self._tell()

    def _change_all(self, before: str, after: str) -> None:
        for number in self._jobs:
            if self._tasks[number].status == before:
                self._change(number, status=after)
        self._tell()

    def _end(self, number: int, **changes: Any) -> None:
        with self._changed:
            self._change(number, seconds_left=None, **changes)
            del self._jobs[number]
            self._is_paused = self._is_paused and bool(self._jobs)  # who adds the next one does not expect a pause
            ended = [each.number for each in self._tasks.values() if each.has_ended]
            for old in ended[: max(0, len(ended) - MOST_ENDED)]:
                del self._tasks[old]

    def _tell(self) -> None:
        self._revision += 1
        self._changed.notify_all()


def _outcome(run: Job, emit: Emit, stop: threading.Event) -> dict[str, str]:
    """Run a job; what changes of its task then."""
    try:
        with said_in_words():
            return {"status": "done", "text": run(emit, stop)}
    except KeyboardInterrupt:
        return {"status": "cancelled", "text": ""}
    except TcvcError as error:
        return {"status": "failed", "problem": str(error)}
    except Exception as error:
        _log.exception("a task failed")
        return {"status": "failed", "problem": f"something unexpected happened: {first_line(error)}"}


class _Stop(threading.Event):
    """Is set to end a task. Asking stands still while the task may not go on, unless it is set.

    stood: seconds that asking stood still.
    """

    def __init__(self, changed: threading.Condition, may_go: Callable[[], bool]) -> None:
        super().__init__()
        self._changed, self._may_go, self.stood = changed, may_go, 0.0

    def is_set(self) -> bool:
        with self._changed:
            if not self._may_go():
                begun = time.monotonic()
                self._changed.wait_for(lambda: super(_Stop, self).is_set() or self._may_go())
                self.stood += time.monotonic() - begun
            return super().is_set()

    def set(self) -> None:
        with self._changed:
            super().set()
            self._changed.notify_all()


class _Sink:
    """Tells events of a task as changes of it; speed is that of the present pass."""

    def __init__(self, stop: _Stop, change: Callable[..., None]) -> None:
        self._stop, self._change = stop, change
        self._begun: tuple[int, float] | None = None

    def __call__(self, event: Event) -> None:
        if is_progress(event):
            frames, total = event.values["frames"], event.values["total"]
            self._change(frames=frames, total=total, **self._speed(frames, total))
            if event.name in ENDS:
                self._begun = None
        elif event.text:
            self._change(text=event.text, **({"file": event.values["file"]} if event.name == "wrote" else {}))

    def _speed(self, frames: int, total: int | None) -> dict[str, float | None]:
        now = time.monotonic() - self._stop.stood
        first, begun = self._begun = self._begun or (frames, now)
        fps = (frames - first) / max(now - begun, 1e-6) if frames > first else None
        return {"fps": fps, "seconds_left": (total - frames) / fps if total is not None and fps else None}
