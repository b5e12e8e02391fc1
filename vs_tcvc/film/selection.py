"""Which frames of a film are rendered: shots by number, frames by number or time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vs_tcvc.errors import UsageError
from vs_tcvc.project.recipe import Entry
from vs_tcvc.project.schema import Project

_SPAN = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_TIME = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]{1,9})?)")


@dataclass(frozen=True)
class Selection:
    """What of a film is rendered. frames: by index; None: all. shots: places; None: all."""

    frames: range | None = None
    shots: frozenset[int] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether that is the whole film."""
        return self.frames is None and self.shots is None

    def described(self) -> list[list[int] | None]:
        """First and last frame by index, and numbers of shots from 1; None for all."""
        frames = None if self.frames is None else [self.frames[0], self.frames[-1]]
        return [frames, None if self.shots is None else sorted(place + 1 for place in self.shots)]

    def has(self, index: int, place: int) -> bool:
        """Whether a frame of a shot is rendered."""
        in_range = self.frames is None or index in self.frames
        return in_range and (self.shots is None or place in self.shots)

    def indices(self, entries: Sequence[Entry]) -> Iterator[int]:
        """The frames that are rendered, in order."""
        return (n for place, entry in enumerate(entries) for n in entry.frames if self.has(n, place))

    def seen(self, entries: Sequence[Entry]) -> list[int]:
        """The places of the shots that are seen in the frames that are rendered; dissolves reach into neighbours."""
        parts = [self._part(place, entry.frames) for place, entry in enumerate(entries)]
        found = []
        for place, entry in enumerate(entries):
            span = entry.recipe.seen if entry.recipe else entry.frames
            near = parts[max(0, place - 1) : place + 2]
            if any(max(span.start, part.start) < min(span.stop, part.stop) for part in near):
                found.append(place)
        return found

    def _part(self, place: int, frames: range) -> range:
        """Those of a shot's frames that are rendered."""
        if self.shots is not None and place not in self.shots:
            return range(0)
        if self.frames is None:
            return frames
        return range(max(frames.start, self.frames.start), min(frames.stop, self.frames.stop))


def select(project: Project, shots: str = "", frames: str = "") -> Selection:
    """The selection that a person writes. "": all.

    shots: numbers from 1 and spans of them, as in 3,7-9. frames: first and last, as numbers of frames or as times from
    the film's beginning, [H:]M:S[.fraction], as in 1001-1048 or 01:02:03-01:02:10; the end of a span of times is left
    out. Raises UsageError for anything else, and for what the film does not have.
    """
    wanted = Selection(_frames(project, frames) if frames else None, _shots(project, shots) if shots else None)
    if wanted.shots is not None and wanted.frames is not None:
        spans = [project.shots[place].range for place in sorted(wanted.shots)]
        begin, last = wanted.frames[0] + project.film.first, wanted.frames[-1] + project.film.first
        if not any(span[0] <= last and begin <= span[-1] for span in spans):
            raise UsageError(option="frames", expected=f"frames of the shots {shots}", got=repr(frames))
    return wanted


def _shots(project: Project, text: str) -> frozenset[int]:
    found = set[int]()
    for part in text.replace(" ", "").split(","):
        match = _SPAN.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= len(project.shots):
            expected = f"shots of 1 to {len(project.shots)}, as in 3,7-9"
            raise UsageError(option="shots", expected=expected, got=repr(part))
        found.update(range(first - 1, last))
    return frozenset(found)


def _frames(project: Project, text: str) -> range:
    film = project.film
    ends = text.split("-")
    times = [_TIME.fullmatch(each.strip()) for each in ends]
    if len(ends) == 2 and all(times):
        rate = Fraction(film.rate)
        first, stop = (round(_seconds(each) * rate) for each in times if each)
    elif (numbers := _SPAN.fullmatch(text.strip())) and numbers[2]:
        first, stop = int(numbers[1]) - film.first, int(numbers[2]) - film.first + 1
    else:
        first, stop = 0, 0
    if not 0 <= first < stop <= film.frames:
        last = film.first + film.frames - 1
        expected = f"two frames of {film.first} to {last}, or times of the film, as in 01:02:03-01:02:10"
        raise UsageError(option="frames", expected=expected, got=repr(text))
    return range(first, stop)


def _seconds(time: re.Match[str]) -> Fraction:
    return 3600 * Fraction(time[1] or 0) + 60 * Fraction(time[2]) + Fraction(time[3])
