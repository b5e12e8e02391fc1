"""Other colours that a picture might have: what the compact network says when it prefers warmer or cooler ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vs_tcvc.backends import load_colorizer, make_compact
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.references import looks
from vs_tcvc.runtime.events import Emit
from vs_tcvc.settings import Settings

Imagine = Callable[[Array, int], Array]
"""Colour of a picture: L* (h, w) and a number from 1 -> ab (2, h, w). 1 is the colour that is predicted, 2 has warmer
colours, 3 cooler ones, the others vary freely."""


def load_imagination(settings: Settings, emit: Emit) -> Imagine:
    """The network of the settings with their look for the first colour, and the compact one for the others."""
    return imagination(settings, load_colorizer(settings, emit)[0])


def imagination(settings: Settings, colorizer: Colorizer[Any]) -> Imagine:
    """The same with a network that is loaded already; `make_compact` says what it raises."""
    look, network = looks.parse(settings.look), make_compact(settings)

    def imagine(lightness: Array, number: int) -> Array:
        guess = colorizer.predict(lightness) if number == 1 else network.predict(lightness, number=number - 1)
        return look.apply(lightness, guess.ab)

    return imagine
