"""The project of a film as a value: `Project`, frozen, equal by content, valid from its construction on.

Frames have the film's own numbers, and a range of frames is [first, end). People count shots from 1 in the order of the
file: `lead: 2` is the second one. Every invalid value raises ProjectError, with the path of keys that leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

from vs_tcvc.errors import UsageError
from vs_tcvc.project import reference_names
from vs_tcvc.project.parts import KeyPath, ProjectError, converted, plain, shown
from vs_tcvc.references.looks import parse as parse_look
from vs_tcvc.runtime.validation import expected
from vs_tcvc.settings import PROJECT, Settings

VERSION = 1
MOST_FRAMES = 100_000_000
"""Frames of a film: 48 days."""

_MOST_LISTED = 12

_PRINTABLE = r"\A[^\x00-\x1f\x7f\ud800-\udfff]*\Z"
_Frame = Annotated[int, msgspec.Meta(ge=-MOST_FRAMES, le=2 * MOST_FRAMES)]
_Frames = Annotated[tuple[_Frame, _Frame], expected("[first, end), two frame numbers")]
_Pixels = Annotated[int, msgspec.Meta(ge=1, le=65536)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Path = Annotated[str, expected("a path", pattern=_PRINTABLE, min_length=1)]
_Name = Annotated[
    str,
    expected("a name of letters, digits, space and . _ + -; a number in quotes", pattern=r"\A(\w[\w .+-]{0,63})?\Z"),
]
_Look = Annotated[str, expected("a look, as in docs/looks.md", pattern=_PRINTABLE)]
_Saturation = Annotated[float | None, expected("0 to 4")]
_Flag = Annotated[bool, expected("true or false")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a project. Limits of its fields are checked when the `Project` is made."""


class Film(_Part, frozen=True):
    """The film. frames: how many; first: the number of the first one. identity: of its content, "" if unknown.

    interlaced: frames that are interlaced are treated as progressive.
    """

    path: _Path
    frames: Annotated[int, expected(f"1 to {MOST_FRAMES}", ge=1, le=MOST_FRAMES)]
    size: Annotated[tuple[_Pixels, _Pixels], expected("[width, height] in pixels")]
    rate: Annotated[
        str, expected("frames per second as in 24000/1001", pattern=r"\A[1-9][0-9]{0,8}(/[1-9][0-9]{0,8})?\Z")
    ]
    first: Annotated[int, expected("the number of the first frame", ge=-MOST_FRAMES, le=MOST_FRAMES)] = 0
    identity: Annotated[str, expected("text", pattern=_PRINTABLE)] = ""
    interlaced: _Flag = False

    @property
    def range(self) -> range:
        """The numbers of its frames."""
        return range(self.first, self.first + self.frames)


class Scene(_Part, frozen=True):
    """Shots with one palette. lead: the number, from 1, of the shot whose references lead the others; None:
    chosen by the program.

    look, saturation: of its shots that have none of their own. locked: grouping by the program leaves it as it is.
    """

    lead: Annotated[int | None, expected("the number of a shot, from 1")] = None
    look: _Look = ""
    saturation: _Saturation = None
    locked: _Flag = False


class Hint(_Part, frozen=True):
    """A colour at a place. at: (x, y) from the top left corner, 0 to 1 of width and height.

    color: sRGB. radius: share of the picture's short side.
    """

    frame: Annotated[_Frame, expected("a frame number")]
    at: Annotated[tuple[_Share, _Share], expected("[x, y], each 0 to 1")]
    color: Annotated[str, expected('"#rrggbb"', pattern=r"\A#[0-9a-fA-F]{6}\Z")]
    radius: Annotated[float, expected("0.001 to 0.5", ge=0.001, le=0.5)] = 0.02


class FilmReference(_Part, frozen=True, rename={"film": "from"}):
    """References from another transfer of the film, in colour.

    offset: what a frame's number there is above its number here; "auto": found by content.
    every: frames from one to the next.
    """

    film: _Path
    offset: Annotated[
        Annotated[int, msgspec.Meta(ge=-MOST_FRAMES, le=MOST_FRAMES)] | Literal["auto"],
        expected("auto, or a number of frames"),
    ] = "auto"
    every: Annotated[int, expected("a number of frames from 1", ge=1, le=MOST_FRAMES)] = 12


class Transition(_Part, frozen=True):
    """How a shot begins, if not with a cut: a dissolve from the shot before, or a fade; one of the two ranges.

    confirmed: by a person or a list; what a program has only detected changes nothing.
    """

    dissolve: _Frames | None = None
    fade: _Frames | None = None
    confirmed: _Flag = True


class Shot(_Part, frozen=True):
    """The frames between two cuts.

    scene: "" if it is in none. references: `PICTURE`, `PICTURE@FRAME`, a folder, or a FilmReference.
    look: "" and saturation: None if those of its scene or of the settings apply.
    state: "color"; "keep": it has colour of its own; "gray": it stays gray. locked: programs leave it as it is.
    """

    frames: _Frames
    scene: _Name = ""
    references: Annotated[
        tuple[_Path | FilmReference, ...],
        expected("a list of FILE, FILE@FRAME, folders or {from: FILM, offset: auto or frames, every: frames}"),
    ] = ()
    hints: Annotated[tuple[Hint, ...], expected('a list like [{frame: 140, at: [0.3, 0.5], color: "#2e8b57"}]')] = ()
    look: _Look = ""
    saturation: _Saturation = None
    state: Annotated[Literal["color", "keep", "gray"], expected("color, keep or gray")] = "color"
    locked: _Flag = False
    transition: Annotated[Transition | None, expected("{dissolve: [first, end)} or {fade: [first, end)}")] = None

    @property
    def range(self) -> range:
        """The numbers of its frames."""
        return range(*self.frames)


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A film with all that a person decided about it. Raises ProjectError if a value is invalid.

    The shots cover the film in order, without hole or overlap. A lead is a shot of its scene, hints are in their shot,
    references show frames of the film, and transitions contain the first frame of their shot.
    settings: the options that differ from their defaults, by name. scenes: by name; a scene that is only named by its
    shots has no entry.
    """

    film: Annotated[Film, expected("{path, frames, size, rate}")]
    shots: Annotated[tuple[Shot, ...], expected("a list of at least one shot", min_length=1)]
    settings: Annotated[Mapping[str, Any], expected("options by name")] = {}
    scenes: Annotated[Mapping[_Name, Scene], expected("scenes by name")] = {}

    def __post_init__(self) -> None:
        for path, part in _parts(self):
            converted(plain(part), type(part), path)
        _check_settings(self.settings)
        for check in (_check_cover, _check_scenes, _check_shots):
            check(self)

    def core_settings(self) -> Settings:
        """The options of the whole film."""
        return PROJECT.settings(self.settings)


def from_content(content: Any) -> Project:
    """The project in plain dictionaries and lists, as in a file of this version. Raises ProjectError."""
    values = dict(content) if isinstance(content, Mapping) else content
    if isinstance(values, dict):
        values.pop("tcvc", None)
    project: Project = converted(values, Project, ())
    return project


def to_content(project: Project) -> dict[str, Any]:
    """The inverse of `from_content`; what has its default is left out."""
    content = plain(project)
    order = ("film", "settings", "scenes", "shots")
    return {"tcvc": VERSION, **{key: content[key] for key in order if key in content}}


def _parts(project: Project) -> Iterator[tuple[KeyPath, msgspec.Struct]]:
    yield ("film",), project.film
    for name, scene in project.scenes.items():
        yield ("scenes", name), scene
    for number, shot in enumerate(project.shots):
        yield ("shots", number), shot


def _check_settings(settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if not isinstance(value, (str, int, float)):
            raise ProjectError.of(("settings", name), expected="text, a number, true or false", got=shown(value))
        try:
            parse_look(PROJECT.settings({name: value}).look)
        except UsageError as error:
            raise _because(error, ("settings", name)) from None


def _check_cover(project: Project) -> None:
    film, end = project.film.range, project.film.first
    for number, shot in enumerate(project.shots):
        if shot.frames[0] != end:
            where = f"shots[{number - 1}] ends" if number else "the film begins"
            raise ProjectError.of(
                ("shots", number, "frames"), expected=f"a range that begins at {end}, where {where}",
                got=shown(shot.frames),
            )  # fmt: skip
        end = shot.frames[1]
        if not shot.range or end > film.stop:
            raise ProjectError.of(
                ("shots", number, "frames"), got=shown(shot.frames),
                expected=f"[first, end) with an end from {shot.frames[0] + 1} to {film.stop}",
            )  # fmt: skip
    if end != film.stop:
        raise ProjectError.of(
            ("shots", len(project.shots) - 1, "frames"), expected=f"an end at {film.stop}, where the film ends",
            got=shown(project.shots[-1].frames),
        )  # fmt: skip


def _check_scenes(project: Project) -> None:
    for name, scene in project.scenes.items():
        path: KeyPath = ("scenes", name)
        if not name:
            raise ProjectError.of(path, expected="a name", got="none")
        _check_grade(scene, path)
        shots = [number for number, shot in enumerate(project.shots, start=1) if shot.scene == name]
        if scene.lead is not None and scene.lead not in shots:
            listed = ", ".join(map(str, shots[:_MOST_LISTED])) + (", ..." if len(shots) > _MOST_LISTED else "")
            raise ProjectError.of(
                (*path, "lead"), got=str(scene.lead),
                expected=f"a shot of scene {name} ({listed or 'it has none'}; shots count from 1)",
            )  # fmt: skip


def _check_shots(project: Project) -> None:
    for number, shot in enumerate(project.shots):
        path: KeyPath = ("shots", number)
        _check_grade(shot, path)
        for hint_number, hint in enumerate(shot.hints):
            if hint.frame not in shot.range:
                raise ProjectError.of(
                    (*path, "hints", hint_number, "frame"), expected=f"a frame of the shot, {_limits(shot.range)}",
                    got=str(hint.frame),
                )  # fmt: skip
        _check_references(shot, path, project.film.range)
        if shot.transition is not None:
            before = project.shots[number - 1].range if number else range(shot.frames[0], shot.frames[0])
            _check_transition(shot.transition, (*path, "transition"), before, shot.range)


def _check_references(shot: Shot, path: KeyPath, film: range) -> None:
    seen: set[object] = set()
    for number, reference in enumerate(shot.references):
        here: KeyPath = (*path, "references", number)
        name, frame = reference_names.split(reference) if isinstance(reference, str) else ("", None)
        if frame is None and reference_names.is_picture(name):
            raise ProjectError.of(
                here, expected="a name that gives the frame, as 000034.png does, or FILE@FRAME", got=shown(reference)
            )
        if frame is not None and frame not in film:
            raise ProjectError.of(here, expected=f"a frame of the film, {_limits(film)}", got=str(frame))
        key = reference if frame is None else frame
        if key in seen:
            raise ProjectError.of(here, expected="each reference, and each of its frames, once", got=shown(reference))
        seen.add(key)


def _check_transition(transition: Transition, path: KeyPath, before: range, shot: range) -> None:
    given = [name for name in ("dissolve", "fade") if getattr(transition, name) is not None]
    if len(given) != 1:
        raise ProjectError.of(path, expected="either dissolve or fade", got=" and ".join(given) or "none")
    first, end = getattr(transition, given[0])
    if given[0] == "dissolve" and not before:
        raise ProjectError.of((*path, "dissolve"), expected="a shot before it", got="none")
    if not before.start <= first <= shot.start < end <= shot.stop:
        raise ProjectError.of(
            (*path, given[0]), got=shown((first, end)),
            expected=f"a range that contains frame {shot.start}, from {before.start} to {shot.stop}",
        )  # fmt: skip


def _check_grade(part: Scene | Shot, path: KeyPath) -> None:
    for name in ("look", "saturation"):
        value = getattr(part, name)
        error = None if value in ("", None) else _problem_with(name, value)
        if error is not None:
            raise _because(error, (*path, name))


@lru_cache(maxsize=1024)
def _problem_with(option: str, value: str | float) -> UsageError | None:
    """Why an option cannot have a value, None if it can."""
    try:
        parse_look(PROJECT.settings({option: value}).look)
    except UsageError as error:
        return error
    return None


def _because(error: UsageError, path: KeyPath) -> ProjectError:
    """An error of an option as an error of the value at `path`."""
    return ProjectError.of(path, error.problem, expected=error.expected, got=error.got, remedy=error.remedy)


def _limits(frames: range) -> str:
    return f"{frames.start} to {frames.stop - 1}"
