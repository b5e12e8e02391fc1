"""Colours shots of a project, one at a time, whoever brings the frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Chroma
from vs_tcvc.core.identity import identity
from vs_tcvc.core.shot import Reference
from vs_tcvc.picture.transitions import dissolve_weights, fade_weights
from vs_tcvc.project.checks import Meter
from vs_tcvc.project.guiding import GrayOf, OfTransfer, lead_recipe, read, references_of, refuse_transfer
from vs_tcvc.project.recipe import Blend, Entry, Recipe
from vs_tcvc.project.shot_color import colorize_shot
from vs_tcvc.project.store import Store
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.doubts import doubt
from vs_tcvc.runtime.events import Emit, Event

_LEADS = 4
"""Scenes whose references are kept: scenes take turns."""


@dataclass(frozen=True)
class Job:
    """What is to be coloured.

    entries: of the plan. canvas: of the clip. first: the number of its first frame, for messages. folder: of the disk
    on which frames wait. of_transfer: reads other transfers.
    """

    entries: Sequence[Entry]
    canvas: Canvas
    first: int
    folder: Path
    of_transfer: OfTransfer = refuse_transfer

    def recipe(self, place: int) -> Recipe:
        """Of a shot that is coloured."""
        recipe = self.entries[place].recipe
        assert recipe is not None
        return recipe


class ShotColorist:
    """Colours shots of a film, one at a time.

    elsewhere: L* of any frame of the film, for frames outside the shot, which leads need. Emits events for doubtful
    references.
    """

    def __init__(self, colorizer: Colorizer[Any], job: Job, elsewhere: GrayOf, emit: Emit) -> None:
        self._colorizer, self._job, self._elsewhere, self._emit = colorizer, job, elsewhere, emit
        self._engine = Engine(colorizer)
        self._references_of_lead = lru_cache(_LEADS)(self._make_references_of_lead)

    def references(self, place: int, gray_of: GrayOf) -> tuple[Reference, ...]:
        """The references of a shot; at least one is of its own frames. gray_of: L* of any of these."""
        recipe = self._job.recipe(place)
        lead = lead_recipe(recipe)
        led_by = self._references_of_lead(lead) if lead else ()
        job = self._job
        return references_of(recipe, self._colorizer, job.canvas, gray_of, led_by, job.of_transfer)

    def colorize(
        self, place: int, gray_of: GrayOf, references: Sequence[Reference] | None = None,
        early: Callable[[Chroma], None] = lambda _: None,
    ) -> Iterator[Chroma]:  # fmt: skip
        """The colour of a shot's frames, in order; `gray_of` as of `references`.

        references: those of the shot, if they are known already. early: as of `colorize_shot`.
        """
        frames = self._job.recipe(place).colored
        references = self.references(place, gray_of) if references is None else references
        for painted in (read(each, self._job.canvas) for each in self._job.recipe(place).own.pictures):
            if painted.frame in frames:
                number = self._job.first + painted.frame
                if text := doubt(painted, gray_of(painted.frame), number):
                    self._emit(Event("doubt", text, {"frame": number}))
        return colorize_shot(self._engine, frames, references, gray_of, self._job.folder, early)

    def _make_references_of_lead(self, lead: Recipe) -> tuple[Reference, ...]:
        job = self._job
        return references_of(lead, self._colorizer, job.canvas, self._elsewhere, (), job.of_transfer)


def store_shot(
    store: Store, key: str, job: Job, place: int, gray_of: GrayOf, colored: Iterable[Chroma],
    each: Callable[[Chroma], None] = lambda _: None,
) -> None:  # fmt: skip
    """Store the colour of a shot's frames, in order, with its checks.

    each: called after each frame; what it raises ends the work.
    """
    recipe, meter = job.recipe(place), Meter()
    width, height = job.canvas.working_size
    with store.writing(key, recipe.colored, (height, width)) as writer:
        for chroma in colored:
            writer.add(chroma)
            meter.add(chroma, gray_of(chroma.index))
            each(chroma)
        measured = {"checks": msgspec.to_builtins(meter.result()), "shares": shares_of(recipe.blend, gray_of)}
        writer.about = {**about_of(recipe, gray_of), **measured}


def shares_of(blend: Blend | None, gray_of: GrayOf) -> list[float]:
    """The share of the shot in each frame of the dissolve with which it begins, or what a fade leaves of each frame."""
    if blend is None:
        return []
    pictures = [None if index is None else gray_of(index) for index in blend.frames]
    if blend.kind == "fade":
        blank = np.zeros_like(gray_of(blend.first))
        weights = fade_weights([blank if each is None else each for each in pictures])
    else:
        inside = [each for each in pictures[1:-1] if each is not None]
        ends = (inside[0] if pictures[0] is None else pictures[0], inside[-1] if pictures[-1] is None else pictures[-1])
        weights = dissolve_weights([ends[0], *inside, ends[1]])
    return [round(float(weight), 4) for weight in weights]


def samples_of(frames: range) -> tuple[int, ...]:
    """The frames by which a shot is recognised: its first, middle and last."""
    return tuple(dict.fromkeys((frames[0], frames[len(frames) // 2], frames[-1])))


def about_of(recipe: Recipe, gray_of: GrayOf) -> dict[str, Any]:
    """What is stored with a shot's colour, so that it is known again in a host: by recipe and samples."""
    return {"recipe": identity(recipe)[:32], "seen": [identity(gray_of(n))[:32] for n in samples_of(recipe.colored)]}
