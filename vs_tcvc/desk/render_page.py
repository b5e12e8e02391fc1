"""The page on which a film is coloured and written: what there is to colour, a queue, and the form of an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nicegui import run, ui
from nicegui.events import GenericEventArguments

from vs_tcvc.desk import shell
from vs_tcvc.desk.exports import PRESETS, Export, check, color_job, export_job, reasons, usual_target
from vs_tcvc.desk.session import Desk, State
from vs_tcvc.desk.work import Task
from vs_tcvc.desk.work_line import in_numbers, share_of
from vs_tcvc.errors import TcvcError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.selection import select
from vs_tcvc.runtime.words import counted

_STATIC = Path("static")


class Queue(ui.element, component=_STATIC / "queue.js"):
    """The tasks in the browser."""

    def show(self, tasks: tuple[Task, ...], is_paused: bool) -> None:
        """Show tasks."""
        self._props["tasks"], self._props["isPaused"] = rows_of(tasks), is_paused
        self.update()


class ToColor(ui.element, component=_STATIC / "to_color.js"):
    """What there is to colour, in the browser."""

    def show(self, state: State, why: dict[str, str]) -> None:
        """Show how much there is, and why."""
        left = [row for row in state.rows if row.is_done is False]
        frames = sum(row.frames[1] - row.frames[0] for row in left)
        told = f"{counted(len(left), 'shot')} to colour, {counted(frames, 'frame')}"
        self._props["told"] = told if left else "All shots are coloured"
        self._props["reasons"], self._props["isDone"] = [*why.items()], not left
        self.update()


class ExportForm(ui.element, component=_STATIC / "export_form.js"):
    """What a person wants written, in the browser. It asks with "export" and gets its answer by `answer`."""

    def __init__(self, film: FilmProject) -> None:
        super().__init__()
        self._props["presets"] = [
            {
                "name": each.name, "words": each.words, "target": usual_target(film, each),
                "qualities": each.qualities, "quality": each.encoding.crf,
            }
            for each in PRESETS
        ]  # fmt: skip
        self._props["folder"] = str(film.document.path.absolute().parent)

    def answer(self, problem: str) -> None:
        """Why it is refused, "" if it is not."""
        self.run_method("answer", problem)


def render_page(desk: Desk) -> None:
    """Build the page."""
    desk.look_at(None)
    with ui.element("div").classes("render"):
        with ui.element("div").classes("queue-side"):
            to_color, queue = ToColor(), Queue()
        form = ExportForm(desk.state.film)
    seen: list[int | None] = [None, None]

    async def look() -> None:
        state, work = desk.state, desk.work
        if work.revision != seen[0]:
            seen[0] = work.revision
            queue.show(work.tasks, work.is_paused)
        if state.revision != seen[1]:
            seen[1] = state.revision
            to_color.show(state, await run.io_bound(reasons, state) or {})

    async def color(event: GenericEventArguments) -> None:
        shots = str(event.args)
        if await shell.attempt(select, desk.state.film.document.project, shots) is not None:
            desk.work.add(
                f"colour shots {shots}" if shots else "colour the film", color_job(lambda: desk.state.film, shots)
            )

    async def export(event: GenericEventArguments) -> None:
        wanted = _export(event.args)
        try:
            await run.io_bound(check, desk.state.film, wanted)
        except TcvcError as error:
            form.answer(str(error))
            return
        form.answer("")
        desk.work.add(wanted.name, export_job(lambda: desk.state.film, wanted))

    form.on("export", export)
    to_color.on("color", color)
    queue.on("cancel", lambda event: _cancel(desk, int(event.args)))
    queue.on("pause", desk.work.pause)
    queue.on("go-on", desk.work.go_on)
    ui.timer(shell.SECONDS, look)


def _cancel(desk: Desk, number: int) -> None:
    for task in desk.work.tasks:
        if task.number == number:
            desk.work.cancel(task)


def _export(asked: dict[str, Any]) -> Export:
    preset = PRESETS[asked["preset"]]
    return Export(
        preset, str(asked["target"]), str(asked["shots"]), str(asked["frames"]), bool(asked["overwrite"]),
        bool(asked["leaveOut"]), int(asked["quality"]) if preset.qualities else None,
    )  # fmt: skip


def rows_of(tasks: tuple[Task, ...]) -> list[dict[str, Any]]:
    """Tasks for the browser: those that have not ended in their order, then those that have, the last one first."""
    ordered = [*(each for each in tasks if not each.has_ended), *(each for each in tasks[::-1] if each.has_ended)]
    return [_row(each) for each in ordered]


def _row(task: Task) -> dict[str, Any]:
    """A task for the browser. told: what it does or did, or why it failed."""
    is_at_work = task.status in ("runs", "paused")
    return {
        "number": task.number, "name": task.name, "status": task.status, "told": task.problem or task.text,
        "share": share_of(task) if is_at_work else None, "numbers": in_numbers(task) if is_at_work else "",
        "file": task.file,
    }  # fmt: skip
