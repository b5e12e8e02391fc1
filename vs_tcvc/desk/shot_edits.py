"""What the page of a shot does to the project: each a step of undo, in words."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace as with_parts

from msgspec.structs import replace

from vs_tcvc.core.frame import Array
from vs_tcvc.desk import painting
from vs_tcvc.desk.grading import Grading
from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.shot_facts import name_of, place_of
from vs_tcvc.errors import UsageError
from vs_tcvc.film.frame_picture import shape_of
from vs_tcvc.project import edits
from vs_tcvc.project.schema import FilmReference, Hint, Project

# Hints


def add_hint(desk: Desk, frame: int, at: tuple[float, float], color: str) -> int:
    """A hint in the shot that has the frame; returns its place. at, color: as in `Hint`."""
    place = place_of(desk.state, frame)
    x, y = (min(1.0, max(0.0, round(float(each), 4))) for each in at)
    desk.edit(f"hint {color} at frame {frame}", edits.add_hint, place, Hint(frame, (x, y), color))
    return place


def move_hint(desk: Desk, place: int, number: int, at: tuple[float, float]) -> None:
    """Put a hint elsewhere in its frame."""
    x, y = (min(1.0, max(0.0, round(float(each), 4))) for each in at)
    desk.edit(f"move hint {number + 1} of shot {place + 1}", edits.change_hint, place, number, at=(x, y))


def set_hint_radius(desk: Desk, place: int, number: int, radius: float) -> None:
    """Another radius, 0.001 to 0.5 of the picture's short side."""
    desk.edit(
        f"radius of hint {number + 1} of shot {place + 1}", edits.change_hint, place, number, radius=float(radius)
    )


def set_hint_color(desk: Desk, place: int, number: int, color: str) -> None:
    """Another colour."""
    desk.edit(f"hint {number + 1} of shot {place + 1} {color}", edits.change_hint, place, number, color=color)


def remove_hint(desk: Desk, place: int, number: int, seen: Hint | None = None) -> None:
    """Remove a hint. seen: what it is; Raises UsageError if another one has its number by now."""
    hints = desk.state.film.document.project.shots[place].hints
    if seen is not None and seen not in hints[number : number + 1]:
        raise UsageError("that hint is not there any more")
    desk.edit(f"remove hint {number + 1} of shot {place + 1}", edits.remove_hint, place, number)


# References


def take_strokes(desk: Desk, frame: int, png: str) -> None:
    """Strokes over a frame, as base64 of a PNG with alpha, become a reference. Raises UsageError for anything else."""
    film = desk.state.film
    try:
        content = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(where="strokes", expected="a PNG in base64", got=f"{len(png)} characters") from None
    strokes = painting.strokes_of(content, shape_of(film.plan))
    index = frame - film.document.project.film.first
    picture = painting.paint(film, index, desk.pictures.color(index), strokes)
    _take(desk, index, picture, f"painted reference at frame {frame}")


def take_color(desk: Desk, index: int, ab: Array, words: str) -> None:
    """A candidate's colour becomes the reference of its frame, by index from 0; words: what it is."""
    frame = desk.state.film.document.project.film.first + index
    _take(desk, index, painting.picture(desk.state.film, index, ab), f"candidate {words} for frame {frame}")


def _take(desk: Desk, index: int, picture: bytes, words: str) -> None:
    film = desk.state.film
    place = place_of(desk.state, film.document.project.film.first + index)
    reference = painting.write_picture(film, place, index, picture)
    desk.edit(words, painting.take_picture, place, reference)


def remove_reference(desk: Desk, place: int, number: int, reference: str | FilmReference) -> None:
    """Take a reference out of the project; its file stays. Raises UsageError if another one has its number by now."""
    if reference not in desk.state.film.document.project.shots[place].references[number : number + 1]:
        raise UsageError("that reference is not there any more")
    desk.edit(f"remove reference {name_of(reference)}", edits.remove_reference, place, number)


# Cuts


def move_cut(desk: Desk, place: int, frame: int) -> None:
    """Begin a shot at a frame, where the one before it ends. Raises UsageError for the first shot."""
    if place == 0:
        raise UsageError("the film begins with shot 1")
    if place >= len(desk.state.rows):
        raise UsageError(f"the film ends with shot {place}")
    desk.edit(f"shot {place + 1} begins at frame {frame}", edits.move_cut, place, frame)


def split(desk: Desk, frame: int) -> None:
    """A new shot begins at a frame."""
    desk.edit(f"split at frame {frame}", edits.split_shot, place_of(desk.state, frame), frame)


def join_next(desk: Desk, place: int) -> None:
    """Join a shot and the next one. Raises UsageError for the last shot."""
    if place + 1 >= len(desk.state.rows):
        raise UsageError(f"shot {place + 1} is the last one: there is none to join it with")
    desk.edit(f"join shots {place + 1} and {place + 2}", edits.merge_shots, place)


def settle_transition(desk: Desk, place: int, is_there: bool) -> None:
    """Confirm a proposed transition, or say that there is none."""
    found = desk.state.film.document.project.shots[place].transition
    settled = replace(found, confirmed=True) if found and is_there else None
    words = f"{'confirm' if is_there else 'dismiss'} the transition into shot {place + 1}"
    desk.edit(words, edits.set_transition, place, settled)


# Scene and look


def lead(desk: Desk, place: int) -> None:
    """Let a shot lead its scene."""
    if not (scene := desk.state.rows[place].scene):
        raise UsageError(f"shot {place + 1} is in no scene; choose one first")
    desk.edit(f"shot {place + 1} leads scene {scene}", edits.lead_scene, place)


def set_preset(desk: Desk, place: int, preset: str, of_scene: bool) -> None:
    """Another preset of the look of a shot, or of its scene; "": none. The rest of the look stays."""
    graded = with_parts(Grading.of(look_of(desk.state.film.document.project, place, of_scene)), preset=preset)
    _set_look(desk, place, graded.look, of_scene)


def set_warmth(desk: Desk, place: int, warmth: float, of_scene: bool) -> None:
    """Another warmth of the look of a shot, or of its scene, -1 to 1. The rest of the look stays."""
    graded = with_parts(Grading.of(look_of(desk.state.film.document.project, place, of_scene)), warmth=warmth)
    _set_look(desk, place, graded.look, of_scene)


def set_saturation(desk: Desk, place: int, saturation: float, of_scene: bool) -> None:
    """Another saturation of a shot, or of its scene, 0 to 4."""
    words, scene = f"saturation {saturation:g}", desk.state.rows[place].scene
    if of_scene:
        desk.edit(f"{words} for scene {scene}", edits.set_scene_value, scene, saturation=saturation)
    else:
        desk.edit(f"{words} for shot {place + 1}", edits.set_saturation, place, saturation)


def look_of(project: Project, place: int, of_scene: bool) -> str:
    """The look that a shot, or its scene, has of its own."""
    shot = project.shots[place]
    scene = project.scenes.get(shot.scene)
    return (scene.look if scene else "") if of_scene else shot.look


def _set_look(desk: Desk, place: int, look: str, of_scene: bool) -> None:
    words, scene = f"look {look}" if look else "no look of its own", desk.state.rows[place].scene
    if of_scene:
        desk.edit(f"{words} for scene {scene}", edits.set_scene_value, scene, look=look)
    else:
        desk.edit(f"{words} for shot {place + 1}", edits.set_look, place, look)
