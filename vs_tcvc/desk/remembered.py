"""A colorizer that remembers what it predicted: a person's next click asks most of it again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from vs_tcvc.core.colorizer import Propagating
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.identity import identity

MOST = 64
"""Predictions that are kept."""


@dataclass(frozen=True, eq=False)
class Remembered(Propagating[Any]):
    """Another colorizer, whose answers are kept; the same bytes. For one thread."""

    _known: OrderedDict[str, Guess] = field(default_factory=OrderedDict, init=False)

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        key = identity(lightness, () if hints is None else (hints.ab, hints.mask))
        guess = self._known.get(key) or self.colorizer.predict(lightness, hints)
        self._known[key] = guess
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return guess
