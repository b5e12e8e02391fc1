"""What is done to several shots at once: one edit of the project, one step of undo, with words for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from vs_tcvc.errors import UsageError
from vs_tcvc.project import edits
from vs_tcvc.project.schema import Project
from vs_tcvc.runtime.words import counted


class Edit(NamedTuple):
    """words: what is done, for undo. change: the project with it; raises ProjectError."""

    words: str
    change: Callable[[Project], Project]


def edit_of(action: str, places: Sequence[int], value: Any) -> Edit:
    """An edit by a page: one of ACTIONS, of shots by their places, with a value.

    Raises UsageError for a value that it cannot have; `change` raises ProjectError for what the project cannot become.
    """
    if not places:
        raise UsageError(expected="shots to change", got="none")
    return ACTIONS[action](tuple(places), value)


def _set(words: str, places: Sequence[int], **values: Any) -> Edit:
    return Edit(words, partial(edits.set_shots, shots=places, **values))


def _scene(places: Sequence[int], value: Any) -> Edit:
    name = str(value).strip()
    words = f"put {_shots(places)} into scene {name}" if name else f"take {_shots(places)} out of {_its(places)} scene"
    return _set(words, places, scene=name)


def _merge(places: Sequence[int], value: Any) -> Edit:
    """value: the scene that takes in the other scenes of the shots."""
    into = str(value)

    def change(project: Project) -> Project:
        for scene in sorted({project.shots[place].scene for place in places} - {"", into}):
            project = edits.merge_scenes(project, scene, into)
        return project

    return Edit(f"merge scenes into {into}", change)


def _look(places: Sequence[int], value: Any) -> Edit:
    look = str(value).strip()
    words = f"look {look} for {_shots(places)}" if look else f"no look of {_its(places)} own for {_shots(places)}"
    return _set(words, places, look=look)


def _saturation(places: Sequence[int], value: Any) -> Edit:
    given = str(value).strip().replace(",", ".")
    try:
        saturation = float(given) if given else None
    except ValueError:
        saturation = math.nan
    if saturation is not None and not 0 <= saturation <= 4:
        raise UsageError(option="saturation", expected="a number from 0 to 4", got=given)
    told = f"{saturation:g}" if saturation is not None else "of the scene"
    return _set(f"saturation {told} for {_shots(places)}", places, saturation=saturation)


def _state(places: Sequence[int], value: Any) -> Edit:
    told = {"color": "colour {}", "keep": "keep the colour of {}", "gray": "leave {} gray"}
    words = told.get(value, f"{value} {{}}").format(_shots(places))
    return _set(words, places, state=value)


def _lock(places: Sequence[int], value: Any) -> Edit:
    return _set(f"{'lock' if value else 'unlock'} {_shots(places)}", places, locked=bool(value))


def _shots(places: Sequence[int]) -> str:
    return f"shot {places[0] + 1}" if len(places) == 1 else counted(len(places), "shot")


def _its(places: Sequence[int]) -> str:
    return "its" if len(places) == 1 else "their"


ACTIONS: dict[str, Callable[[Sequence[int], Any], Edit]] = {
    "scene": _scene, "merge": _merge, "look": _look, "saturation": _saturation, "state": _state, "lock": _lock,
}  # fmt: skip
