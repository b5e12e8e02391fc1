"""Colours of a shot's reference to choose from: what the network says, in several looks, and what else it might be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.imagination import Imagine
from vs_tcvc.project.guiding import GrayOf, guessed_from
from vs_tcvc.project.recipe import Recipe
from vs_tcvc.references.looks import PRESETS

OTHERS = ("warmer", "cooler", "another", "yet another")
"""Other colours than the most probable one, in the order of `other_colors`."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """words: what it is. ab: a* and b* (2, h, w), float32, before saturation."""

    words: str
    ab: Array


def candidates(
    film: FilmProject, colorizer: Colorizer[Any], place: int, others: Imagine, gray_of: GrayOf
) -> tuple[int, list[Candidate]]:
    """The frame of a shot's reference, by its index from 0, and colours of it; none for a shot that is not coloured.

    others: as `vs_tcvc.film.imagination.other_colors`. gray_of: L* of the shot's frames. To be called on the thread of
    the network.
    """
    recipe = film.entries[place].recipe
    if recipe is None:
        return film.entries[place].frames.start, []
    frame = reference_frame(recipe, gray_of)
    lightness = gray_of(frame)
    guess = colorizer.predict(lightness).ab
    found = [Candidate(name, look.apply(lightness, guess)) for name, look in PRESETS.items()]
    found += [Candidate(words, others(lightness, number)) for number, words in enumerate(OTHERS, start=1)]
    return frame, found


def reference_frame(recipe: Recipe, gray_of: GrayOf) -> int:
    """The frame of a shot that a person would paint: that of its first reference, its first hint, or of its guess."""
    for given in (recipe.own.pictures, recipe.own.clicks):
        if own := [each.frame for each in given if each.frame in recipe.colored]:
            return min(own)
    return guessed_from(recipe, gray_of)
