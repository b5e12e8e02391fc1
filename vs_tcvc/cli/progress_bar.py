"""A progress bar, for people at a terminal, instead of lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from vs_tcvc.errors import in_one_line
from vs_tcvc.runtime.event_lines import lines_for
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.interrupt import undone_at_sudden_end
from vs_tcvc.runtime.progress import ENDS, is_progress
from vs_tcvc.runtime.words import stderr
from vs_tcvc.settings import Settings


class ProgressBar:
    """Frames, shots, frames per second and the time left, as a bar on stderr; other events are lines above it."""

    def __init__(self, console: Console | None = None) -> None:
        self._bar = Progress(
            BarColumn(), TaskProgressColumn(), TextColumn("frame {task.completed}  shot {task.fields[shots]}"),
            TextColumn("{task.fields[fps]:.1f} fps"), TextColumn("{task.fields[left]}", style="progress.remaining"),
            console=console or Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None, shots=0, fps=0.0, left="")

    def __call__(self, event: Event) -> None:
        if not event.text:
            return
        if is_progress(event):
            self._move(event)
        else:
            self._bar.console.print(f"tcvc: {in_one_line(event.text)}", highlight=False, markup=False, soft_wrap=True)
        if event.name in ENDS:
            self.close()

    def _move(self, event: Event) -> None:
        values = event.values
        self._bar.start()
        self._bar.update(
            self._task, completed=values["frames"], total=values["total"], shots=values["shots"], fps=values["fps"],
            left=_format_time(values["seconds_left"]),
        )  # fmt: skip

    def close(self) -> None:
        """Restore the terminal; the bar stays visible."""
        self._bar.stop()


def _format_time(seconds: float | None) -> str:
    if seconds is None:
        return "-:--:--"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@contextmanager
def show_events(settings: Settings) -> Iterator[Emit]:
    """The sink of a command: a bar at a terminal, lines for logs and machines."""
    if settings.log != "info" or not stderr().isatty():
        yield lines_for(settings.log)
        return
    bar = ProgressBar()
    with undone_at_sudden_end(_show_cursor):
        try:
            yield bar
        finally:
            bar.close()


def _show_cursor() -> None:
    """Without the bar's locks, which the thread that was interrupted may hold."""
    with suppress(OSError):
        os.write(2, b"\x1b[?25h\n")
