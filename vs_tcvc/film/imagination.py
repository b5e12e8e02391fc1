"""Other colours that a picture might have: what the compact network says when it prefers warmer or cooler ones."""

from __future__ import annotations

from collections.abc import Callable

from vs_tcvc.backends import load_colorizer, make_compact
from vs_tcvc.core.frame import Array
from vs_tcvc.references import looks
from vs_tcvc.runtime.events import Emit
from vs_tcvc.settings import Settings

Imagine = Callable[[Array, int], Array]
"""Colour of a picture: L* (h, w) and a number from 1 -> ab (2, h, w)."""


def load_imagination(settings: Settings, emit: Emit) -> Imagine:
    """Colours by number: 1 is what the network of the settings predicts, then come those of `other_colors`."""
    colorizer, _ = load_colorizer(settings, emit)
    look, others = looks.parse(settings.look), other_colors(settings)

    def imagine(lightness: Array, number: int) -> Array:
        return look.apply(lightness, colorizer.predict(lightness).ab) if number == 1 else others(lightness, number - 1)

    return imagine


def other_colors(settings: Settings) -> Imagine:
    """Colours by number: 1 has warmer ones than the compact network finds most probable, 2 cooler ones, the others
    vary freely; with the settings' look. To be used on the calling thread. Raises as `make_compact`."""
    look, network = looks.parse(settings.look), make_compact(settings)
    return lambda lightness, number: look.apply(lightness, network.predict(lightness, number=number).ab)
