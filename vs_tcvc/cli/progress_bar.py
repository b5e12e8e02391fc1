"""A bar that shows how far a film is: for people at a terminal, in place of the lines of `Reporter`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from vs_tcvc.runtime.progress import Reporter
from vs_tcvc.settings import Settings


class BarReporter(Reporter):
    """Frames, shots, frames per second and the time left, as a bar on stderr; facts stand above it."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__("info")
        self._bar = Progress(
            BarColumn(), TaskProgressColumn(), TextColumn("frame {task.completed}  shot {task.fields[shots]}"),
            TextColumn("{task.fields[fps]} fps"), TimeRemainingColumn(), console=console or Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None, shots=0, fps="-")

    def say(self, event: str, text: str, **values: Any) -> None:
        self._bar.console.print(f"tcvc: {text}", highlight=False, markup=False, soft_wrap=True)

    def progress(self, frames: int, shots: int, total: int | None = None) -> None:
        self._bar.start()
        if frames < self._bar.tasks[0].completed:  # a new pass over the film
            self._bar.reset(self._task)
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, completed=frames, total=total, shots=shots, fps=f"{speed:.1f}" if speed else "-")

    def done(self, frames: int, shots: int) -> None:
        self.progress(frames, shots, frames)
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was, with the bar as it stands."""
        self._bar.stop()


@contextmanager
def reporter_for(settings: Settings) -> Iterator[Reporter]:
    """A bar for people at a terminal, lines for logs and machines."""
    if settings.log != "info" or not sys.stderr.isatty():
        yield Reporter(settings.log)
        return
    bar = BarReporter()
    try:
        yield bar
    finally:
        bar.close()


class JobListener:
    """Says what happens to a job of `vs_tcvc.sequences.worker` as a command says what happens to a film."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def say(self, event: str, **values: Any) -> None:
        """One event of the worker."""
        if event == "log":
            self._reporter.say("log", values["msg"])
        elif event == "progress":
            self._reporter.progress(values["done"], values["shots"], values["total"])
        elif event in ("done", "cancelled") and values["shots"]:
            self._reporter.done(values["frames"], values["shots"])
