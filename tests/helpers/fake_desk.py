"""A desk without networks, films and files: shots of any number, pictures drawn with numpy, edits at once.

`python tests/helpers/fake_desk.py --shots 900` serves one.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np

from vs_tcvc.desk.pictures import Picture
from vs_tcvc.desk.session import Desk, State
from vs_tcvc.desk.work import Task
from vs_tcvc.errors import UsageError
from vs_tcvc.film.status import Row
from vs_tcvc.project import document
from vs_tcvc.project.alarms import Alarm
from vs_tcvc.project.checks import SIDE, Checks
from vs_tcvc.project.recipe import lead_of
from vs_tcvc.project.schema import Film, Project, Scene, Shot

KINDS = (
    ("unsure area", "23 % of the picture became unsure about frame 141"),
    ("fading", "the colour fades: 48 % of it is left at the end"),
    ("differs from its scene", "only 41 % of its colours are those of the shot that leads its scene"),
)
HUES = (20, 95, 130, 60, 160)  # of OpenCV, 0 to 179


NO_PLATES: Any = None
"""Of a film whose pictures are made up."""


@dataclass
class FakeWork:
    """Tasks that tests put there."""

    tasks: tuple[Any, ...] = ()
    is_paused: bool = False
    revision: int = 0
    calls: list[str] = field(default_factory=list)

    def pause(self) -> None:
        self.calls.append("pause")
        self._all("paused")

    def go_on(self) -> None:
        self.calls.append("go on")
        self._all("runs")

    def cancel(self, task: Any) -> None:
        self.calls.append("cancel")
        self.tasks = tuple(each for each in self.tasks if each != task)

    def _all(self, status: str) -> None:
        self.tasks = tuple(replace(each, status=status) for each in self.tasks)

    @contextmanager
    def hold(self) -> Iterator[None]:
        yield


TASK = Task(1, "colour.mkv", "runs", frames=132, total=526, fps=12.34, seconds_left=32.0)


class FakePictures:
    """Pictures of a sky, a hill and a thing that moves, of each shot another."""

    def __init__(self, desk: FakeDesk) -> None:
        self._desk = desk

    def frame(self, index: int, shown: str, width: int) -> Picture:
        place, start = self._desk.place_at(index)
        height = max(1, round(width * self._desk.size[1] / self._desk.size[0]))
        is_gray = shown == "gray" or self._desk.state.rows[place].is_done is False
        content = _drawn(place, index - start, is_gray, width, height)
        return Picture(content, "gray" if is_gray else "color")

    def thumbnail(self, place: int) -> Picture:
        first, end = self._desk.state.rows[place].frames
        return self.frame((first + end) // 2 - self._desk.first, "color", 240)

    def card_name(self, place: int) -> str:
        row = self._desk.state.rows[place]
        return f"{row.frames}-{row.is_done}"


class FakeDesk:
    """A desk. lengths: frames of the shots, made up if there are none. undone, done: projects, to go back and forth."""

    def __init__(
        self, shots: int = 12, size: tuple[int, int] = (640, 360), name: str = "film.mkv", first: int = 0,
        done: Callable[[int], bool] = lambda place: place % 9 != 4, alarming: Callable[[int], bool] | None = None,
        scenes: tuple[str, ...] = ("A", "B", "kitchen", "D"),
    ) -> None:  # fmt: skip
        self.size, self.first, self._name = size, first, name
        self._done, self._alarming = done, alarming or (lambda place: place % 5 == 2)
        self._lock = threading.RLock()
        self.looked_at: list[int | None] = []
        self.state: State
        self.failure: Exception | None = None
        self._back: list[tuple[str, Project]] = []
        self._forth: list[tuple[str, Project]] = []
        self.work, self.pictures = FakeWork(), FakePictures(self)
        self.live_now: Any = None
        project = _project(shots, size, name, first, scenes)
        self._document = document.new(Path(name).with_suffix(".tcvc.yaml"), project)
        self._show(project, 0)

    def _show(self, project: Project, revision: int) -> None:
        header = SimpleNamespace(width=self.size[0], height=self.size[1], aspect=(1, 1))
        leads = {name: lead_of(project, name) for name in {shot.scene for shot in project.shots} - {""}}
        entries = tuple(
            SimpleNamespace(
                shot=shot, frames=range(shot.frames[0] - self.first, shot.frames[1] - self.first),
                recipe=object(), saturation=1.0,
                led_by=None if leads.get(shot.scene) in (None, place) else leads[shot.scene],
            )
            for place, shot in enumerate(project.shots)
        )  # fmt: skip
        film: Any = SimpleNamespace(
            document=replace(self._document, project=project), path=Path(self._name), entries=entries,
            plan=SimpleNamespace(header=header), index=SimpleNamespace(identity=SimpleNamespace(content="f" * 64)),
            canvas=SimpleNamespace(size=self.size), settings=None,
            keys={place: f"{place:064x}" for place, shot in enumerate(project.shots) if shot.state == "color"},
        )  # fmt: skip
        rows = tuple(self._row(place, shot) for place, shot in enumerate(project.shots))
        self.state = State(
            revision, film, NO_PLATES, rows, self._back[-1][0] if self._back else "",
            self._forth[-1][0] if self._forth else "", self.state.problem if revision else "",
        )  # fmt: skip

    def _row(self, place: int, shot: Shot) -> Row:
        is_done = self._done(place) if shot.state == "color" else None
        found = (Alarm(*KINDS[place % 3], round(0.3 + 0.6 * (place * 37 % 100) / 100, 2)),) * self._alarming(place)
        source = "2 references, 1 hint" if shot.hints or shot.references else "shot 3" if shot.scene else "a guess"
        return Row(
            place + 1, shot.frames, (shot.frames[0] - self.first) / 24, shot.scene, source, shot.state, is_done,
            _checks(place, len(shot.range)) if is_done else None, found if is_done else (),
        )  # fmt: skip

    def edit(self, words: str, change: Callable[..., Project], *args: Any, **kwargs: Any) -> None:
        with self._lock:
            if self.failure:
                raise self.failure
            project = self.state.film.document.project
            changed = change(project, *args, **kwargs)
            self._back.append((words, project))
            self._forth.clear()
            self._show(changed, self.state.revision + 1)

    def undo(self) -> None:
        self._step(self._back, self._forth)

    def redo(self) -> None:
        self._step(self._forth, self._back)

    def _step(self, source: list[tuple[str, Project]], target: list[tuple[str, Project]]) -> None:
        with self._lock:
            words, project = source.pop()
            target.append((words, self.state.film.document.project))
            self._show(project, self.state.revision + 1)

    def say_problem(self, problem: str) -> None:
        self.state = replace(self.state, problem=problem, revision=self.state.revision + 1)

    def look_at(self, place: int | None) -> None:
        self.looked_at.append(place)

    def problem_of(self, place: int) -> str:
        return ""

    def shot_version(self, place: int) -> str:
        return f"{place}-{self.state.rows[place].is_done}"

    def live(self) -> Any:
        return self.live_now

    def close(self) -> None:
        """Nothing."""

    def place_at(self, index: int) -> tuple[int, int]:
        """The place of the shot of a frame, from 0, and the shot's first frame."""
        for place, row in enumerate(self.state.rows):
            if row.frames[0] <= index + self.first < row.frames[1]:
                return place, row.frames[0] - self.first
        raise UsageError(where=f"frame {index}", expected="a frame of the film")


def _project(shots: int, size: tuple[int, int], name: str, first: int, scenes: tuple[str, ...]) -> Project:
    made, start = [], first
    for place in range(shots):
        length = 16 + place * 29 % 200
        made.append(Shot(
            (start, start + length), "" if place % 11 == 7 else scenes[place // 3 % len(scenes)],
            look="vivid" if place % 13 == 5 else "", locked=place % 8 == 6,
            state="keep" if place % 17 == 9 else "color",
        ))  # fmt: skip
        start += length
    named = {shot.scene for shot in made}
    leads = {scenes[0]: Scene(lead=1)} if scenes[0] in named else {}
    return Project(Film(name, start - first, size, "24/1", first), tuple(made), {}, leads)


def _checks(place: int, frames: int) -> Checks:
    times = np.linspace(0, 1, min(64, frames))
    curve = 0.75 + 0.2 * np.sin(5 * times + place) - (0.35 * times if place % 5 == 2 else 0)
    return Checks(
        frames, tuple(curve.clip(0, 1).round(3).tolist()), 0.8, 0.02, 0, (14.0, 12.5), ((3.0, 8.0), (3.5, 7.0)), 0.4, 3,
        0.2, tuple([0] * (SIDE * SIDE - 1) + [1000]),
    )  # fmt: skip


@lru_cache(maxsize=512)
def _drawn(place: int, frame: int, is_gray: bool, width: int, height: int) -> bytes:
    rng = np.random.default_rng(place)
    hsv = np.zeros((height, width, 3), np.uint8)
    down = np.linspace(230, 90, height).astype(np.uint8)[:, None]
    hsv[..., 0], hsv[..., 1], hsv[..., 2] = HUES[place % 5], 70, down
    edge = int(height * rng.uniform(0.5, 0.8))
    hsv[edge:] = (HUES[(place + 2) % 5], 120, int(rng.integers(60, 140)))
    at = (int(width * (0.2 + 0.6 * rng.random())) + frame, edge)
    cv2.circle(hsv, at, min(width, height) // 5, (int(rng.integers(0, 179)), 150, int(rng.integers(120, 240))), -1)
    bgr = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    if is_gray:
        bgr = cv2.cvtColor(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return bytes(cv2.imencode(".webp", bgr, (cv2.IMWRITE_WEBP_QUALITY, 80))[1])


def main() -> None:
    """Serve a fake desk until Ctrl-C."""
    from vs_tcvc.desk import server
    from vs_tcvc.runtime.interrupt import stop_on_interrupt

    parser = argparse.ArgumentParser()
    parser.add_argument("--shots", type=int, default=12)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 360))
    parser.add_argument("--name", default="film.mkv")
    parser.add_argument("--scenes", nargs="+", default=("A", "B", "kitchen", "D"))
    parser.add_argument("--calm", action="store_true", help="all shots coloured, no alarms")
    parser.add_argument("--busy", action="store_true", help="a task runs")
    given = parser.parse_args()
    calm: dict[str, Any] = {"done": lambda place: True, "alarming": lambda place: False} if given.calm else {}
    desk = FakeDesk(given.shots, tuple(given.size), given.name, scenes=tuple(given.scenes), **calm)
    if given.busy:
        desk.work.tasks = (TASK, replace(TASK, number=2, status="waits"))
    listening = server.listen(server.LOCAL, given.port)
    address = server.address_of(listening)
    with stop_on_interrupt() as stop:
        app = server.application(cast(Desk, desk))
        server.serve(app, listening, address, stop, lambda: print(address.url, flush=True))


if __name__ == "__main__":
    main()
