"""By what the colour of each shot is made: its recipe, read off the project, and the key under which it is stored.

Where a shot's colour comes from, in this order:

1. Pictures: the references of its own, of its frames or of others, which guide it by likeness; and frames of another
   transfer of the film.
2. Without any: the references of the shot that leads its scene.
3. Without a scene: a guess by the network.

Hints are added to whatever that gives. Frames are counted from 0, whatever the film's own numbers are. Nothing is
coloured here, and no frame is read: a recipe names files by their content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from vs_tcvc.core.identity import ALGORITHM, identity
from vs_tcvc.core.shot import ELSEWHERE
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.project import reference_names
from vs_tcvc.project.document import Document
from vs_tcvc.project.film_identity import identify
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import FilmReference, Hint, Project, Shot
from vs_tcvc.runtime.file_hash import sha256_of
from vs_tcvc.settings import Settings


@dataclass(frozen=True)
class Picture:
    """A coloured picture. frame: the frame that it shows, or ELSEWHERE. sha256: of its content."""

    frame: int
    path: Path = field(compare=False)
    sha256: str


@dataclass(frozen=True)
class Transfer:
    """Another transfer of the film, in colour.

    frames: [first, end), which it guides. content: the identity of what is in it. offset: what a frame's number there
    is above its index here; None: found by content. every: frames from one reference to the next.
    """

    frames: tuple[int, int]
    path: Path = field(compare=False)
    content: str
    offset: int | None
    every: int

    @property
    def range(self) -> range:
        """The frames."""
        return range(*self.frames)


@dataclass(frozen=True)
class Click:
    """A hint: a disc of sRGB `color`, "#rrggbb", around `at` (x, y), all in shares as in the project."""

    frame: int
    at: tuple[float, float]
    color: str
    radius: float


@dataclass(frozen=True)
class Guides:
    """What guides a shot, apart from its scene.

    guess: [first, end), the best of which is the frame whose colour is guessed, or looked up in the scene, if no
    picture shows any. look: of what is guessed. grade: the look of the shot or its scene, which pictures get, too; ""
    if they have none.
    """

    pictures: tuple[Picture, ...]
    clicks: tuple[Click, ...]
    guess: tuple[int, int]
    look: str
    grade: str = ""
    transfers: tuple[Transfer, ...] = ()

    @property
    def paths(self) -> set[Path]:
        """The files that are read for it."""
        return {each.path for each in self.pictures} | {each.path for each in self.transfers}


@dataclass(frozen=True)
class Blend:
    """How a shot begins, if not with a cut: a dissolve or a fade in the frames [first, end).

    before, after: the last frame before it and the first one after it; None where the shots beside it have none.
    """

    kind: Literal["dissolve", "fade"]
    first: int
    end: int
    before: int | None
    after: int | None

    @property
    def frames(self) -> list[int | None]:
        """Those by which the shares of both shots are measured."""
        return [self.before, *range(self.first, self.end), self.after]


@dataclass(frozen=True)
class Recipe:
    """How a shot is coloured. frames: [first, end), with those of dissolves. lead: what guides the scene's lead."""

    frames: tuple[int, int]
    own: Guides
    lead: Guides | None = None
    blend: Blend | None = None

    @property
    def colored(self) -> range:
        """The frames that get a colour."""
        return range(*self.frames)

    @property
    def seen(self) -> range:
        """The frames in which the shot, or how it begins, is seen."""
        return range(min(self.frames[0], self.blend.first), self.frames[1]) if self.blend else self.colored

    @property
    def read(self) -> range:
        """The frames of the film that are read for it, apart from its lead's."""
        blend = [each for each in self.blend.frames if each is not None] if self.blend else []
        return range(min([self.frames[0], *blend]), max([self.frames[1] - 1, *blend]) + 1)

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """The other transfers that its colour comes from, also by its lead."""
        return self.own.transfers + (self.lead.transfers if self.lead else ())


@dataclass(frozen=True)
class Entry:
    """A shot of the plan.

    shot: of the project. frames: its own, from 0. recipe: None for one that is not coloured. saturation: of its colour.
    led_by: the place in the plan of the shot that leads it.
    """

    shot: Shot
    frames: range
    recipe: Recipe | None
    saturation: float
    led_by: int | None = None


_KINDS: tuple[Literal["dissolve", "fade"], ...] = ("dissolve", "fade")


def content_of(path: Path) -> str:
    """The identity of a film's content. Raises as `identify`."""
    return identify(path).content


def plan(
    document: Document, identity_of: Callable[[Path], str] = content_of, hash_of: Callable[[Path], str] = sha256_of
) -> tuple[Entry, ...]:
    """How the shots of a project are coloured, in order. Every picture is read once, for its hash.

    identity_of: the identity of another film's content. hash_of: the SHA-256 of a picture. Raises ProjectError, with
    line and key, for a picture or a film that is not there.
    """
    project, first = document.project, document.project.film.first
    leads = {name: lead_of(project, name) for name in {shot.scene for shot in project.shots} - {""}}
    hashed, known, settings = cache(hash_of), cache(identity_of), project.core_settings()
    with document.telling_lines():
        own = [
            replace(_guides(document, place, settings, hashed), transfers=_transfers(document, place, known))
            for place in range(len(project.shots))
        ]
    entries = []
    for place, shot in enumerate(project.shots):
        frames = range(shot.frames[0] - first, shot.frames[1] - first)
        led_by = None if own[place].pictures or own[place].transfers else leads.get(shot.scene)
        led_by = None if led_by == place else led_by
        lead = None if led_by is None else replace(own[led_by], look=own[place].look, grade=own[place].grade)
        is_colored = shot.state == "color"
        recipe = replace(outline(project, place), own=own[place], lead=lead) if is_colored else None
        entries.append(Entry(shot, frames, recipe, _graded(project, shot, "saturation", settings), led_by))
    return tuple(entries)


def outline(project: Project, place: int) -> Recipe:
    """The recipe of a shot without what guides it: of its frames alone."""
    return Recipe(_reach(project, place), Guides((), (), (0, 0), ""), None, _blend(project, place))


def frames_of(recipe: Recipe) -> set[int]:
    """The frames of the film that a shot's colour is made from: its own, and those of its lead's references."""
    lead = recipe.lead
    if lead is None:
        return {*recipe.read}
    painted = (each.frame for each in lead.pictures if each.frame != ELSEWHERE)
    of_lead = (range(*lead.guess), painted, (each.frame for each in lead.clicks))
    return {*recipe.read}.union(*of_lead, *(each.range for each in lead.transfers))


def film_as(content: str, range_name: str) -> str:
    """Frames of a film as they are read: the identity of their content, and the range of its luma."""
    return f"{content} {range_name}"


def files_of(document: Document) -> list[Path]:
    """The project, its films and its pictures: what is read, and is never written over. Raises as `plan`."""
    project = document.project
    listed = (each for shot in project.shots for each in shot.references)
    films = [project.film.path, *(each.film for each in listed if isinstance(each, FilmReference))]
    pictures = (_pictures(document, place) for place in range(len(project.shots)))
    return [document.path, *map(document.resolve, films), *(path for each in pictures for _, (_, path) in each)]


def key_of(recipe: Recipe, film: str, network: object) -> str:
    """The key of a shot's colour in the store.

    film: of what it is made: `frames_of` the recipe, as by `film_as`. network: what makes it (values for `identity`),
    with the working size.
    """
    return identity(ALGORITHM, film, network, recipe)


def lead_of(project: Project, scene: str) -> int | None:
    """The place of the shot that leads a scene: the one it names, else the longest of those that a person touched,
    else the longest; None if nothing of the scene is coloured."""
    named = project.scenes[scene].lead if scene in project.scenes else None
    if named is not None:
        return named - 1
    places = [place for place, shot in enumerate(project.shots) if shot.scene == scene and shot.state == "color"]

    def weight(place: int) -> tuple[bool, int]:
        shot = project.shots[place]
        return bool(shot.references or shot.hints), len(shot.range)

    return max(places, key=weight, default=None)


def color_source(entry: Entry) -> str:
    """Where a shot's colour comes from, for people; "" for one that is not coloured."""
    if entry.recipe is None:
        return ""
    own = entry.recipe.own
    counts = {"reference": len(own.pictures), "hint": len(own.clicks)}
    words = [f"{count} {noun}{'s' * (count > 1)}" for noun, count in counts.items() if count]
    words += [each.path.name for each in own.transfers]
    if entry.led_by is not None:
        words.append(f"shot {entry.led_by + 1}")
    return ", ".join(words) or "a guess"


def _guides(document: Document, place: int, settings: Settings, hashed: Callable[[Path], str]) -> Guides:
    project = document.project
    shot, first = project.shots[place], project.film.first
    pure = pure_frames(shot)
    is_best = settings.reference_frame == "best"
    guess = (pure.start - first, (pure.stop if is_best else pure.start + 1) - first)
    clicks = tuple(Click(each.frame - first, each.at, each.color.lower(), each.radius) for each in _sorted(shot.hints))
    pictures = []
    for number, (frame, path) in _pictures(document, place):
        try:
            sha256 = hashed(path)
        except OSError as error:
            raise ProjectError.of(
                ("shots", place, "references", number), expected="a picture", got=f"{path}, which cannot be read "
                f"({error.strerror})",
            ) from None  # fmt: skip
        pictures.append(Picture(frame - first if frame in shot.range else ELSEWHERE, path, sha256))
    scene = project.scenes.get(shot.scene)
    grade = shot.look or (scene.look if scene else "")
    return Guides(tuple(pictures), clicks, guess, _graded(project, shot, "look", settings), grade)


def _pictures(document: Document, place: int) -> Iterator[tuple[int, tuple[int, Path]]]:
    """The pictures of a shot with the number of the reference that names them, frames as the film counts."""
    shot = document.project.shots[place]
    for number, reference in enumerate(shot.references):
        if not isinstance(reference, str):
            continue
        name, frame = reference_names.split(reference)
        path = document.resolve(name)
        if frame is not None:
            yield number, (frame, path)
            continue
        try:
            found = reference_names.pictures_of(path, shot.range)
        except UsageError as error:
            key = ("shots", place, "references", number)
            raise ProjectError.of(key, error.problem, expected=error.expected, got=error.got) from None
        yield from ((number, each) for each in found.items())


def _transfers(document: Document, place: int, identity_of: Callable[[Path], str]) -> tuple[Transfer, ...]:
    """The other transfers that guide a shot."""
    shot, first = document.project.shots[place], document.project.film.first
    pure, found = pure_frames(shot), list[Transfer]()
    for number, reference in enumerate(shot.references):
        if not isinstance(reference, FilmReference):
            continue
        path = document.resolve(reference.film)
        try:
            content = identity_of(path)
        except TcvcError as error:
            key = ("shots", place, "references", number, "from")
            raise ProjectError.of(key, expected="a film", got=str(error)) from None
        offset = None if reference.offset == "auto" else int(reference.offset) + first
        found.append(Transfer((pure.start - first, pure.stop - first), path, content, offset, reference.every))
    return tuple(found)


def _sorted(hints: tuple[Hint, ...]) -> list[Hint]:
    return sorted(hints, key=lambda hint: hint.frame)


def _graded(project: Project, shot: Shot, name: str, settings: Settings) -> Any:
    """`look` or `saturation` of a shot: its own, else its scene's, else the film's."""
    scene = project.scenes.get(shot.scene)
    for part in (shot, scene):
        value = getattr(part, name, None)
        if value not in ("", None):
            return value
    return getattr(settings, name)


def _transition(shot: Shot, kind: str) -> tuple[int, int] | None:
    """The range of a transition that a person or a list has confirmed."""
    found = shot.transition
    return None if found is None or not found.confirmed else getattr(found, kind)


def pure_frames(shot: Shot, proposed: bool = False) -> range:
    """The shot's frames, as the film counts them, after it has begun; at least its last.

    proposed: a transition counts even if nobody has confirmed it.
    """
    found = shot.transition if proposed or (shot.transition and shot.transition.confirmed) else None
    span = found and (found.dissolve or found.fade)
    return range(min(span[1], shot.frames[1] - 1), shot.frames[1]) if span else shot.range


def _blend(project: Project, place: int) -> Blend | None:
    """How a shot begins."""
    shots, first = project.shots, project.film.first
    for kind in _KINDS:
        if span := _transition(shots[place], kind):
            before = span[0] - 1 if place and span[0] > shots[place - 1].frames[0] else None
            after = span[1] if span[1] < shots[place].frames[1] else None
            ends = (None if before is None else before - first, None if after is None else after - first)
            return Blend(kind, span[0] - first, span[1] - first, *ends)
    return None


def _reach(project: Project, place: int) -> tuple[int, int]:
    """The frames in which a shot is seen, from 0."""
    shot, first = project.shots[place], project.film.first
    own = _transition(shot, "dissolve")
    coming = _transition(project.shots[place + 1], "dissolve") if place + 1 < len(project.shots) else None
    return (own[0] if own else shot.frames[0]) - first, (coming[1] if coming else shot.frames[1]) - first
