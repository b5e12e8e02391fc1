"""What of a film is coloured: one row for each shot."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import msgspec

from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.project.alarms import Alarm, alarms
from vs_tcvc.project.checks import Checks
from vs_tcvc.project.recipe import color_source

HEADINGS = ("shot", "frames", "time", "scene", "colour from", "state", "alarms")


@dataclass(frozen=True)
class Row:
    """A shot. number: from 1. frames: [first, end), the film's own. seconds: its beginning.

    source: where its colour comes from, in words. is_done: whether it is stored; None if it is not coloured.
    checks, alarms: of its colour, None and none if that is not stored.
    """

    number: int
    frames: tuple[int, int]
    seconds: float
    scene: str
    source: str
    state: str
    is_done: bool | None
    checks: Checks | None = None
    alarms: tuple[Alarm, ...] = ()

    def values(self) -> dict[str, Any]:
        """For JSON."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values

    def cells(self) -> tuple[str, ...]:
        """For a table, in the order of HEADINGS."""
        minutes, seconds = divmod(self.seconds, 60)
        time = f"{int(minutes // 60)}:{int(minutes % 60):02d}:{seconds:05.2f}"
        done = {True: "done", False: "to colour", None: self.state}[self.is_done]
        frames = f"{self.frames[0]}-{self.frames[1] - 1}"
        told = ", ".join(alarm.name for alarm in self.alarms)
        return str(self.number), frames, time, self.scene, self.source, done, told


def status_of(film: FilmProject, stored: Mapping[str, Mapping[str, Any]] | None = None) -> list[Row]:
    """The shots of a film, in order. stored: as `FilmProject.stored`, if it is known; else the store is listed."""
    noted, project = film.stored() if stored is None else stored, film.document.project
    checks = _checks(film, noted)
    rate = Fraction(project.film.rate)
    rows = []
    for place, entry in enumerate(film.entries):
        shot, key = entry.shot, film.keys.get(place)
        measured = checks.get(place)
        lead = None if entry.led_by is None else checks.get(entry.led_by)
        found = alarms(measured, shot.frames[0], lead) if measured else []
        rows.append(Row(
            place + 1, shot.frames, float(entry.frames.start / rate), shot.scene,
            color_source(entry), shot.state,
            None if key is None else key in noted, measured, tuple(found),
        ))  # fmt: skip
    return rows


def _checks(film: FilmProject, noted: Mapping[str, Mapping[str, Any]]) -> dict[int, Checks]:
    """What was measured of stored shots, by place. noted: of the shots, by key."""
    found = {}
    for place, key in film.keys.items():
        with suppress(msgspec.ValidationError):  # of another version
            if "checks" in noted.get(key, {}):
                found[place] = msgspec.convert(noted[key]["checks"], Checks)
    return found
