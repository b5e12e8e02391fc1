"""Timecode as labels of frames (SMPTE ST 12-1): `01:00:02:12`, drop-frame `00:01:00;02`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from vs_tcvc.errors import UsageError

LABEL = r"\d\d[:;]\d\d[:;]\d\d[:;.,]\d\d"
"""A pattern; Premiere writes drop-frame timecode as 00;01;00;02."""
LONGEST_HOURS = 99


@dataclass(frozen=True)
class Clock:
    """Timecode of `base` labels a second; drop-frame has no labels for the first frames of most minutes.

    rate: frames in a second of the labels: `base`, unless a program writes the time of day as timecode.
    """

    base: int
    drops: bool
    rate: Fraction

    @classmethod
    def of(cls, rate: Fraction, drops: bool, where: str) -> Clock:
        """The clock of a rate in frames per second. Raises UsageError for rates that have no such timecode."""
        base = timecode_base(rate, where)
        if drops and base not in (30, 60):
            raise UsageError(f"drop-frame timecode has 29.97 or 59.94 frames per second, got {rate}", where=where)
        return cls(base, drops, Fraction(base))

    def frame(self, label: str, where: str) -> int:
        """The frame with that label, counted from midnight. Raises UsageError for a label that no frame has."""
        _, minutes, seconds, frames = numbers(label)
        is_dropped = self.drops and seconds == 0 and minutes % 10 > 0 and frames < self.base // 15
        if minutes > 59 or seconds > 59 or frames >= self.base or is_dropped:
            kind = "drop-frame timecode" if self.drops else "timecode"
            raise UsageError(where=where, expected=f"{kind} of {self.base} frames per second", got=label)
        return self.count(label)

    def count(self, label: str) -> int:
        """The same for any label, even one that no frame has."""
        hours, minutes, seconds, frames = numbers(label)
        minutes += 60 * hours
        dropped = self.base // 15 * (minutes - minutes // 10) if self.drops else 0
        return math.ceil((60 * minutes + seconds) * self.rate) + frames - dropped


def numbers(label: str) -> list[int]:
    """Hours, minutes, seconds, frames."""
    return [int(number) for number in re.findall(r"\d+", label)]


def is_drop_frame(labels: Iterable[str]) -> bool:
    """Whether labels are written as drop-frame timecode is."""
    return any(";" in label for label in labels)


def timecode(frame: int, base: int) -> str:
    """Timecode of `base` labels a second, non-drop-frame, of a frame counted from midnight."""
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"


def timecode_base(rate: Fraction, where: str) -> int:
    """Labels a second of the timecode of a rate in frames per second; UsageError for other rates than 1 to 100."""
    base = round(rate)
    if not 1 <= base <= 100:
        raise UsageError(where=where, expected="1 to 100 frames per second, for timecode", got=str(rate))
    return base
