"""A colorizer that remembers what it predicted: a person's next click asks most of it again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.identity import identity
from vs_tcvc.core.shot import Reference

MOST = 64
"""Predictions that are kept."""


class Remembered:
    """Another colorizer, whose answers are kept; the same bytes. For one thread."""

    def __init__(self, colorizer: Colorizer[Any]) -> None:
        self._colorizer = colorizer
        self._known: OrderedDict[str, Guess] = OrderedDict()

    @property
    def window(self) -> int:
        return self._colorizer.window

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        key = identity(lightness, () if hints is None else (hints.ab, hints.mask))
        guess = self._known.get(key) or self._colorizer.predict(lightness, hints)
        self._known[key] = guess
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return guess

    def begin(self, references: Sequence[Reference]) -> Any:
        return self._colorizer.begin(references)

    def colorize(self, memory: Any, lightness: Array, coming: Array | None = None) -> tuple[Any, Array, Array]:
        return self._colorizer.colorize(memory, lightness, coming)
