"""Edits of a project: functions of a project and of what changes, that return the changed project.

`shot` is the place of a shot in `Project.shots`, from 0. What the project cannot become raises ProjectError; the
project stays good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from vs_tcvc.project import reference_names
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import FilmReference, Hint, Project, Scene, Shot, Transition

# A shot


def set_look(project: Project, shot: int, look: str) -> Project:
    """`look`: as in docs/looks.md; "": that of the scene or of the film."""
    return _with_shot(project, shot, look=look)


def set_saturation(project: Project, shot: int, saturation: float | None) -> Project:
    """`saturation`: 0 to 4; None: that of the scene or of the film."""
    return _with_shot(project, shot, saturation=saturation)


def set_state(project: Project, shot: int, state: str) -> Project:
    """`state`: "color", "keep" or "gray"."""
    return _with_shot(project, shot, state=state)


def set_transition(project: Project, shot: int, transition: Transition | None) -> Project:
    """How the shot begins; None: with a cut."""
    return _with_shot(project, shot, transition=transition)


def lock(project: Project, shot: int, locked: bool = True) -> Project:
    """Whether programs leave the shot as it is; edits of a person change it all the same."""
    return _with_shot(project, shot, locked=locked)


def add_reference(project: Project, shot: int, reference: str | FilmReference) -> Project:
    """One more reference, after the others."""
    return _with_shot(project, shot, references=(*_shot(project, shot).references, reference))


def put_reference(project: Project, shot: int, reference: str) -> Project:
    """A picture of a frame, instead of the one of that frame that the shot may have."""
    frame = reference_names.split(reference)[1]
    others = (each for each in _shot(project, shot).references if frame is None or frame_of(each) != frame)
    return _with_shot(project, shot, references=(*others, reference))


def remove_reference(project: Project, shot: int, number: int) -> Project:
    """`number`: of the reference in its shot, from 0."""
    return _with_shot(project, shot, references=_without(project, shot, "references", number))


def add_hint(project: Project, shot: int, hint: Hint) -> Project:
    """One more hint, after the others."""
    return _with_shot(project, shot, hints=(*_shot(project, shot).hints, hint))


def change_hint(project: Project, shot: int, number: int, /, **values: Any) -> Project:
    """Other values of a hint; `number`: of the hint in its shot, from 0."""
    others = _without(project, shot, "hints", number)
    changed = replace(_shot(project, shot).hints[number], **values)
    return _with_shot(project, shot, hints=(*others[:number], changed, *others[number:]))


def remove_hint(project: Project, shot: int, number: int) -> Project:
    """`number`: of the hint in its shot, from 0."""
    return _with_shot(project, shot, hints=_without(project, shot, "hints", number))


def set_shots(project: Project, shots: Iterable[int], **values: Any) -> Project:
    """`scene`, `look`, `saturation`, `state` or `locked` of several shots at once, each as the functions for one do."""
    wanted = {*shots}
    for shot in wanted:
        _shot(project, shot)
    changed = (replace(each, **values) if place in wanted else each for place, each in enumerate(project.shots))
    return _with_shots(project, tuple(changed))


# Cuts


def move_cut(project: Project, shot: int, frame: int) -> Project:
    """Begin the shot at `frame`, where the one before ends. Hints and references of frames go with their frames."""
    after = _shot(project, shot)
    before = _shot(project, shot - 1)
    if not before.frames[0] < frame < after.frames[1]:
        raise _no_cut(shot, frame, before.frames[0], after.frames[1])
    first, second = range(before.frames[0], frame), range(frame, after.frames[1])
    hints = (*before.hints, *after.hints)
    moved = (
        _cut_to(before, first, hints, _references(before, second) + _references(after, second, of=first)),
        _cut_to(after, second, hints, _references(before, first, of=second) + _references(after, first)),
    )
    return _with_shots(project, (*project.shots[: shot - 1], *moved, *project.shots[shot + 1 :]))


def split_shot(project: Project, shot: int, frame: int) -> Project:
    """Begin a new shot at `frame`, of the same scene, look, saturation and state.

    Hints and references of frames go with their frames; other references stay in both.
    """
    whole = _shot(project, shot)
    if not whole.frames[0] < frame < whole.frames[1]:
        raise _no_cut(shot, frame, *whole.frames)
    first, second = range(whole.frames[0], frame), range(frame, whole.frames[1])
    parts = (
        _cut_to(whole, first, whole.hints, _references(whole, second)),
        _cut_to(replace(whole, transition=None), second, whole.hints, _references(whole, first)),
    )
    shots = (*project.shots[:shot], *parts, *project.shots[shot + 1 :])
    return _with_shots(project, shots, lambda number: number + (number > shot))


def merge_shots(project: Project, shot: int) -> Project:
    """Join the shot and the next one. Hints and references are those of both, the rest is that of the first."""
    first, second = _shot(project, shot), _shot(project, shot + 1)
    joined = replace(
        first, frames=(first.frames[0], second.frames[1]), hints=first.hints + second.hints,
        references=_once(first.references + second.references),
    )  # fmt: skip
    shots = (*project.shots[:shot], joined, *project.shots[shot + 2 :])
    return _with_shots(project, shots, lambda number: number - (number > shot))


# Scenes and the film


def set_scene(project: Project, shot: int, scene: str) -> Project:
    """Put a shot into a scene, which may be a new one; "": into none. It leads its former scene no more."""
    changed = replace(_shot(project, shot), scene=scene)
    return _with_shots(project, (*project.shots[:shot], changed, *project.shots[shot + 1 :]))


def merge_scenes(project: Project, scene: str, into: str) -> Project:
    """Put all shots of a scene into another one, which keeps its lead, look and saturation."""
    shots = tuple(replace(each, scene=into) if each.scene == scene else each for each in project.shots)
    left = {name: each for name, each in project.scenes.items() if name != scene or scene == into}
    return replace(project, shots=shots, scenes=left)


def lead_scene(project: Project, shot: int) -> Project:
    """Let the references of a shot lead its scene."""
    scene = _shot(project, shot).scene
    if not scene:
        raise ProjectError.of(("shots", shot, "scene"), expected="a scene that the shot can lead", got="none")
    return set_scene_value(project, scene, lead=shot + 1)


def set_scene_value(project: Project, scene: str, /, **values: Any) -> Project:
    """`lead`, `look`, `saturation` or `locked` of a scene; an entry that says nothing is left out."""
    changed = replace(project.scenes.get(scene, Scene()), **values)
    return replace(project, scenes=_filled({**project.scenes, scene: changed}, (scene,)))


def set_setting(project: Project, name: str, value: Any) -> Project:
    """An option of the whole film; None: its default."""
    settings = {**project.settings, name: value}
    return replace(project, settings={key: each for key, each in settings.items() if each is not None})


def _shot(project: Project, number: int) -> Shot:
    if not 0 <= number < len(project.shots):
        expected = f"the number of a shot, 0 to {len(project.shots) - 1}"
        raise ProjectError.of(("shots",), expected=expected, got=str(number))
    return project.shots[number]


def _with_shot(project: Project, number: int, **changes: Any) -> Project:
    changed = replace(_shot(project, number), **changes)
    return replace(project, shots=(*project.shots[:number], changed, *project.shots[number + 1 :]))


def _with_shots(
    project: Project, shots: tuple[Shot, ...], renumber: Callable[[int], int] = lambda number: number
) -> Project:
    """Other shots; leads get their new numbers, and a shot that is of another scene leads no more."""
    scenes, emptied = {}, []
    for name, scene in project.scenes.items():
        lead = None if scene.lead is None else renumber(scene.lead - 1) + 1
        if lead is not None and shots[lead - 1].scene != name:
            lead = None
            emptied.append(name)
        scenes[name] = replace(scene, lead=lead)
    return replace(project, shots=shots, scenes=_filled(scenes, emptied))


def _filled(scenes: Mapping[str, Scene], changed: Iterable[str]) -> dict[str, Scene]:
    """The scenes, of the changed ones only those that say something."""
    return {name: scene for name, scene in scenes.items() if name not in changed or scene != Scene()}


def _without(project: Project, shot: int, name: str, number: int) -> tuple[Any, ...]:
    values: tuple[Any, ...] = getattr(_shot(project, shot), name)
    if not 0 <= number < len(values):
        expected = f"a number from 0 to {len(values) - 1}" if values else "some"
        raise ProjectError.of(("shots", shot, name), expected=expected, got=str(number) if values else "none")
    return values[:number] + values[number + 1 :]


def _no_cut(shot: int, frame: int, first: int, end: int) -> ProjectError:
    return ProjectError.of(("shots", shot, "frames"), expected=f"a cut after {first} and before {end}", got=str(frame))


def _cut_to(shot: Shot, frames: range, hints: Iterable[Hint], references: tuple[str | FilmReference, ...]) -> Shot:
    own = tuple(hint for hint in hints if hint.frame in frames)
    return replace(shot, frames=(frames.start, frames.stop), hints=own, references=_once(references))


def _references(shot: Shot, leaving: range, of: range | None = None) -> tuple[str | FilmReference, ...]:
    """The shot's references without those of its own frames that are in `leaving`; with `of`, only those in it."""

    def own_frame_of(reference: str | FilmReference) -> int | None:
        frame = frame_of(reference)
        return frame if frame is not None and frame in shot.range else None

    if of is not None:
        return tuple(each for each in shot.references if own_frame_of(each) in of)
    return tuple(each for each in shot.references if own_frame_of(each) is None or own_frame_of(each) not in leaving)


def frame_of(reference: str | FilmReference) -> int | None:
    """The frame that a reference shows, None if it is no picture of one."""
    return reference_names.split(reference)[1] if isinstance(reference, str) else None


def _once(references: tuple[str | FilmReference, ...]) -> tuple[str | FilmReference, ...]:
    return tuple(dict.fromkeys(references))
