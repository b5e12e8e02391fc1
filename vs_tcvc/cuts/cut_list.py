"""What a cut list says, whichever program wrote it, and the rates that it may count by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.rates import parse_rate

Span = tuple[int, int | None]
"""A shot, frames [start, stop); None: to the end of the film."""


@dataclass(frozen=True)
class CutList:
    """The shots of a film.

    starts: first frames of shots, ascending, each once. by_number: they are counted as the film counts its frames
    (numbered pictures by their numbers); otherwise from the start of the list. through: edits, counted likewise, that
    are no cuts since the same source goes on. dissolves: frames [first, end), counted likewise. remarks: what the
    reader assumed, corrected or left out, as sentences without an end.
    """

    starts: tuple[int, ...]
    by_number: bool = False
    through: tuple[int, ...] = ()
    dissolves: tuple[tuple[int, int], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rates:
    """Frames per second that a list may count by.

    where: the list's name. given: by the user, behind @. film: of the film. None: unknown.
    """

    where: str
    given: Fraction | None = None
    film: Fraction | None = None

    @classmethod
    def of(cls, where: str, given: str = "", film: Fraction | None = None) -> Rates:
        """given: as written, "" for none. Raises UsageError for anything else than a rate."""
        rate = parse_rate(given)
        if given and rate is None:
            expected = "frames per second behind @, such as 24 or 24000/1001"
            raise UsageError(where=where, expected=expected, got=repr(given))
        return cls(where, rate, film)

    def needed(self, kind: str) -> Fraction:
        """The rate, which a list of this kind lacks. Raises UsageError if none is known."""
        rate = self.given or self.film
        if rate is None:
            remedy = f"add it, as in {Path(self.where).name}@24"
            raise UsageError(f"{kind} does not contain its frame rate", where=self.where, remedy=remedy)
        return rate

    def remarks(self) -> tuple[str, ...]:
        """What to say where a rate was needed."""
        film = shown_rate(self.film)
        if not self.given:
            return (f"its times are counted at the film's {film} frames per second",)
        differs = self.film is not None and round(self.given) != round(self.film)
        return (f"it counts {shown_rate(self.given)} frames per second, the film has {film}",) * differs

    def frame(self, seconds: Fraction) -> int:
        """The frame that begins nearest to a time."""
        return round(seconds * self.needed("a list of times"))


def starts_of(spans: Iterable[Span]) -> tuple[int, ...]:
    """First frames of shots; what lies between two shots is one of its own."""
    starts, end = set[int](), None
    for start, stop in sorted(spans, key=lambda span: span[0]):
        if end is not None and end < start:
            starts.add(end)
        starts.add(start)
        end = None if stop is None else max(stop, end or 0)
    return tuple(sorted(starts))


def shown_rate(rate: Fraction | float | None) -> str:
    """A rate as people write it: 24, 23.976."""
    return f"{float(rate or 0):.5g}"
