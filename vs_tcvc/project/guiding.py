"""The references of a shot, made from its recipe: pictures read, hints heard, colours found in the scene's lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.likeness import ENOUGH, contrast, placed
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.guided_filter import guided_filter
from vs_tcvc.project.recipe import Click, Picture, Recipe, Transfer
from vs_tcvc.references.best_frame import Candidates
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.looks import parse as parse_look
from vs_tcvc.references.painted import read_reference

FAINT, CLEAR = 0.3, 0.7
"""How much a hint must change what the network says of a place for its colour to be taken there, as shares of what it
changes where it lies: below the first, the place keeps its colour; above the second, it takes the hint's. The network
is swayed by a hint all over the picture, a person means the thing under it."""
EDGES, GRAIN = 4, 3.0
"""Radius in pixels of the window in which that share follows the picture's edges, and deviation of L* that is none."""

_KNOWN = 0.5
"""Certainty from which on the colour of another transfer tells the network about the rest of the frame."""
_PICTURES = 8
"""Pictures that are kept, by their content: a person's next change concerns the same ones."""
_OF_LEAD = 3
"""References of another transfer that a shot takes from the lead of its scene."""

GrayOf = Callable[[int], Array]
"""The L* of any frame of the film, (H, W), by its index."""

OfTransfer = Callable[[Transfer, GrayOf], Sequence[Reference]]
"""The references that another transfer of the film gives a shot; each has a certainty. GrayOf: of the shot's frames."""


def refuse_transfer(transfer: Transfer, gray_of: GrayOf) -> Sequence[Reference]:
    """What hosts do that read no other film. Raises UsageError."""
    problem, remedy = "only tcvc render reads its frames", "colour the project first with tcvc render --colour-only"
    raise UsageError(problem, where=str(transfer.path), remedy=remedy)


def references_of(
    recipe: Recipe, colorizer: Colorizer[Any], canvas: Canvas, gray_of: GrayOf, led_by: Sequence[Reference] = (),
    of_transfer: OfTransfer = refuse_transfer,
) -> tuple[Reference, ...]:  # fmt: skip
    """The references of a shot: those of its own frames, and those that guide it by likeness.

    led_by: the references of the scene's lead (`references_of` its recipe). Raises UsageError for a picture that cannot
    be used.
    """
    pictures = (_placed(read(each, canvas), recipe.colored, gray_of) for each in recipe.own.pictures)
    known = [_graded(each, recipe.own.grade) for each in pictures]
    known += [replace(each, frame=ELSEWHERE, origin=f"scene: {each.origin}") for each in led_by]
    maker = _Maker(colorizer, recipe.own.look)
    for found in (each for transfer in recipe.own.transfers for each in of_transfer(transfer, gray_of)):
        if found.frame == ELSEWHERE or not any(each.frame == found.frame for each in known):
            known.append(maker.completed(_graded(found, recipe.own.grade)))
    if not any(each.frame in recipe.colored for each in known) and not recipe.own.clicks:
        frame = guessed_from(recipe, gray_of)
        known.append(maker.reference(frame, gray_of(frame), known))
    for frame, clicks in groupby(recipe.own.clicks, lambda click: int(click.frame)):
        lightness = gray_of(frame)
        own = next((each for each in known if each.frame == frame), None)
        known = [each for each in known if each is not own]
        known.append(maker.reference(frame, lightness, known, own, tuple(clicks)))
    return tuple(known)


def lead_recipe(recipe: Recipe) -> Recipe | None:
    """What guides the scene's lead, as a recipe of its own; None for a shot without lead.

    Its frames are those that are named, since the lead need not be coloured for it.
    """
    if recipe.lead is None:
        return None
    named = [each.frame for each in recipe.lead.pictures if each.frame != ELSEWHERE]
    named += [each.frame for each in recipe.lead.clicks]
    named += [frame for each in recipe.lead.transfers for frame in (each.range[0], each.range[-1])]
    first, end = recipe.lead.guess
    few = (replace(each, every=max(each.every, -(-len(each.range) // _OF_LEAD))) for each in recipe.lead.transfers)
    own = replace(recipe.lead, transfers=tuple(few))
    return Recipe((min([*named, first]), max([*named, end - 1]) + 1), own)


def hints_of(clicks: Iterable[Click], size: tuple[int, int]) -> Hints:
    """Clicks on a frame of `size` (height, width) as planes; a later one lies over an earlier one."""
    height, width = size
    down, across = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    ab, mask = np.zeros((2, height, width), np.float32), np.zeros((height, width), np.float32)
    for click in clicks:
        x, y = click.at[0] * width, click.at[1] * height
        radius = max(click.radius * min(size), 0.5 * np.sqrt(2.0))  # at least the pixel that it is in
        inside = np.hypot(across - x, down - y) <= radius
        ab[:, inside] = _ab_of(click.color)[:, None]
        mask[inside] = 1
    return Hints(ab, mask)


@dataclass(frozen=True)
class _Maker:
    """Makes references where no picture is: a guess, graded by the look, or colours found in others by likeness."""

    colorizer: Colorizer[Any]
    look: str

    def reference(
        self, frame: int, lightness: Array, known: Sequence[Reference], own: Reference | None = None,
        clicks: Sequence[Click] = (),
    ) -> Reference:  # fmt: skip
        """The reference of a frame. known: others to find colours in. own: what it is so far, which clicks change."""
        if own is not None:
            base, origin = Guess(own.ab, own.certainty_plane), own.origin
        elif known:
            base, origin = self._found(lightness, known), known[-1].origin
        else:
            guess = self.colorizer.predict(lightness)
            base, origin = Guess(parse_look(self.look).apply(lightness, guess.ab), guess.certainty), "predicted"
        if clicks:
            base, origin = self._hinted(lightness, base, clicks), f"hints, {origin}"
        return Reference(frame, lightness, base.ab, origin, base.certainty)

    def completed(self, found: Reference) -> Reference:
        """A reference with the network's guess, which hears what is known, where it is unsure."""
        sure = found.certainty_plane
        if found.frame == ELSEWHERE or sure.min() == 1:
            return found
        guess = self.colorizer.predict(found.lightness, Hints(found.ab, np.asarray(sure >= _KNOWN, np.float32)))
        ab = guess.ab + sure * (found.ab - guess.ab)
        return replace(found, ab=ab, certainty=np.maximum(sure, (1 - sure) * guess.certainty))

    def _found(self, lightness: Array, known: Sequence[Reference]) -> Guess:
        _, ab, confidence = self.colorizer.colorize(self.colorizer.begin(known), lightness[None])
        return Guess(ab[0], confidence[0])

    def _hinted(self, lightness: Array, base: Guess, clicks: Sequence[Click]) -> Guess:
        """The colour of clicks on the things under them, and the base elsewhere."""
        size = lightness.shape[0], lightness.shape[1]
        without, hints = self.colorizer.predict(lightness), hints_of(clicks, size)
        heard, share = self.colorizer.predict(lightness, hints), hints.mask
        for color in sorted({click.color for click in clicks}):
            alone = hints_of((click for click in clicks if click.color == color), size)
            share = np.maximum(share, self._share(lightness, without, alone))
        ab = base.ab + share * (heard.ab - base.ab)
        return Guess(ab, np.maximum(base.certainty + share * (heard.certainty - base.certainty), hints.mask))

    def _share(self, lightness: Array, without: Guess, hints: Hints) -> Array:
        """How much of each place's colour is that of hints, (H, W), 0 to 1."""
        heard = self.colorizer.predict(lightness, hints)
        change = np.hypot(*(heard.ab - without.ab))
        there = float(np.median(change[hints.mask > 0]))
        share = np.clip((change / np.float32(max(there, 1.0)) - np.float32(FAINT)) / np.float32(CLEAR - FAINT), 0, 1)
        return np.clip(guided_filter(share, lightness, EDGES, GRAIN), 0, 1)


def guessed_from(recipe: Recipe, gray_of: GrayOf) -> int:
    """The frame that is coloured first: the one that the recipe names, or the best of those.

    Of a shot that begins in a fade or with blank frames, the first that shows enough.
    """
    first, end = recipe.own.guess
    if end == first + 1:
        coming = (frame for frame in range(first, recipe.colored.stop) if contrast(gray_of(frame)) >= ENOUGH)
        return next(coming, first)
    candidates = Candidates(first)
    for frame in range(first, end):
        candidates.add(GrayFrame(frame, gray_of(frame)))
    return candidates.best().index


def _placed(painted: Reference, frames: range, gray_of: GrayOf) -> Reference:
    """A picture as it guides its frame, if that is one of the shot's; see `core.likeness`."""
    return placed(painted, gray_of(painted.frame)) if painted.frame in frames else painted


def _graded(reference: Reference, grade: str) -> Reference:
    """A picture's colour, graded if its shot or scene has a look of its own."""
    return replace(reference, ab=parse_look(grade).apply(reference.lightness, reference.ab)) if grade else reference


@lru_cache(_PICTURES)
def read(picture: Picture, canvas: Canvas) -> Reference:
    """A picture as a reference. Raises UsageError if it cannot be used."""
    return read_reference(picture.path, picture.frame, canvas)


def _ab_of(color: str) -> Array:
    """a* and b* (2,) of "#rrggbb" in sRGB."""
    rgb = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / np.float32(255)
    ab: Array = lab_from_rgb(rgb[:, None])[1:, 0]
    return ab
