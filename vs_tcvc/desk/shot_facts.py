"""What the page of a shot shows, as values, made from the desk's state."""

from __future__ import annotations

import re
from fractions import Fraction

from vs_tcvc.desk.session import Desk, State
from vs_tcvc.desk.viewer import Mark, Shown
from vs_tcvc.film.frame_picture import shape_of
from vs_tcvc.project import reference_names
from vs_tcvc.project.edits import frame_of
from vs_tcvc.project.recipe import lead_of
from vs_tcvc.project.schema import FilmReference, Shot

HANDLE = 24
"""Frames before and after a shot that can be shown with it."""

_FRAME = re.compile(r"\bframe (\d+)")


def shown_of(desk: Desk, place: int) -> Shown:
    """A shot for the viewer."""
    state = desk.state
    facts, row = state.film.document.project.film, state.rows[place]
    shot = state.film.document.project.shots[place]
    first, last = max(facts.first, shot.frames[0] - HANDLE), min(facts.range[-1], shot.frames[1] - 1 + HANDLE)
    spans = [
        (*each.frames, desk.shot_version(other)) for other, each in enumerate(state.film.document.project.shots)
        if each.frames[0] <= last and each.frames[1] > first
    ]  # fmt: skip
    frames = [frame_of(each) for each in shot.references]
    return Shown(
        first, last, shot.frames, facts.first, float(Fraction(facts.rate)), shape_of(state.film.plan), film_of(state),
        tuple(spans), marks_of(shot), tuple(each for each in frames if each is not None and first <= each <= last),
        tuple(named for each in row.alarms if (named := named_frame(each.sentence)) is not None),
        row.checks.confidence if row.checks else (),
    )  # fmt: skip


def film_of(state: State) -> str:
    """What the film's content is known by, for pictures without colour."""
    return state.film.index.identity.content[:12]


def marks_of(shot: Shot) -> tuple[Mark, ...]:
    """The hints of a shot."""
    return tuple(
        Mark(number, hint.frame, *hint.at, hint.color.lower(), hint.radius) for number, hint in enumerate(shot.hints)
    )


def name_of(reference: str | FilmReference) -> str:
    """A reference in a few words: the name of its file."""
    text = reference if isinstance(reference, str) else reference.film
    return reference_names.split(text)[0].replace("\\", "/").rstrip("/").rpartition("/")[2]


def named_frame(sentence: str) -> int | None:
    """The frame that a sentence names."""
    found = _FRAME.search(sentence)
    return int(found[1]) if found else None


def place_of(state: State, frame: int) -> int:
    """The place of the shot that has a frame; of one outside the film the nearest."""
    places = (place for place, row in enumerate(state.rows) if frame < row.frames[1])
    return next(places, len(state.rows) - 1)


def facts_of(state: State, place: int) -> str:
    """What a shot is, in a line: frames, length, where its colour comes from."""
    row = state.rows[place]
    seconds = (row.frames[1] - row.frames[0]) / float(Fraction(state.film.document.project.film.rate))
    words = [f"frames {row.frames[0]} to {row.frames[1] - 1}", f"{seconds:.1f} s"]
    if row.state == "color":
        words.append(f"colour from {row.source}")
    return ", ".join(words)


def leader_of(state: State, place: int) -> int | None:
    """The place of the shot that leads a shot's scene; None without a scene."""
    scene = state.rows[place].scene
    return lead_of(state.film.document.project, scene) if scene else None


def new_scene(state: State) -> str:
    """A name for a scene that there is none of: the first letter, else number, that is free."""
    taken = {row.scene for row in state.rows}
    letters = (chr(each) for each in range(ord("A"), ord("Z") + 1))
    numbers = (f"S{number}" for number in range(1, len(taken) + 2))
    return next(name for name in (*letters, *numbers) if name not in taken)
