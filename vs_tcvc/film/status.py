"""What of a film is coloured: one row for each shot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from vs_tcvc.film.render import FilmProject
from vs_tcvc.project.recipe import Recipe

HEADINGS = ("shot", "frames", "time", "scene", "colour from", "state")


@dataclass(frozen=True)
class Row:
    """A shot. number: from 1. frames: [first, end), the film's own. seconds: its beginning.

    source: where its colour comes from, in words. is_done: whether it is stored; None if it is not coloured.
    """

    number: int
    frames: tuple[int, int]
    seconds: float
    scene: str
    source: str
    state: str
    is_done: bool | None

    def values(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def cells(self) -> tuple[str, ...]:
        """For a table, in the order of HEADINGS."""
        minutes, seconds = divmod(self.seconds, 60)
        time = f"{int(minutes // 60)}:{int(minutes % 60):02d}:{seconds:05.2f}"
        done = {True: "done", False: "to colour", None: self.state}[self.is_done]
        frames = f"{self.frames[0]}-{self.frames[1] - 1}"
        return str(self.number), frames, time, self.scene, self.source, done


def status_of(film: FilmProject) -> list[Row]:
    """The shots of a film, in order. One listing of the store tells which are coloured."""
    there, project = set(film.store.keys()), film.document.project
    rate = Fraction(project.film.rate)
    rows = []
    for place, entry in enumerate(film.entries):
        shot, is_done = entry.shot, film.keys[place] in there if entry.recipe else None
        source = _source(entry.recipe, entry.led_by) if entry.recipe else ""
        begins = float(entry.frames.start / rate)
        rows.append(Row(place + 1, shot.frames, begins, shot.scene, source, shot.state, is_done))
    return rows


def _source(recipe: Recipe, led_by: int | None) -> str:
    """Where a shot's colour comes from."""
    own = recipe.own
    counts = {"reference": len(own.pictures), "hint": len(own.clicks)}
    words = [f"{count} {noun}{'s' * (count > 1)}" for noun, count in counts.items() if count]
    if led_by is not None:
        words.append(f"shot {led_by + 1}")
    return ", ".join(words) or "a guess"
