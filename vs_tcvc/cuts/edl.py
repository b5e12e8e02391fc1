"""Edit decision lists (CMX3600): where the shots of a film begin.

A dissolve or wipe becomes a cut in the middle of its overlap, black begins a shot of its own, and a through-edit (the
same source continues) is not a cut, unless the list has nothing else: a film that was bladed at its cuts. Retimes have
no effect, since only positions in the finished film count. Frame 0 is where the first picture event begins.

OpenTimelineIO's EDL adapter is not used: it ignores the drop-frame line, refuses retimed events without an M2 line, and
does not name the line that it cannot parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.rates import parse_rate

_EXAMPLE = "001 REEL V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00"
_TIME = r"\d\d:\d\d:\d\d[:;.,]\d\d"
_EVENT = re.compile(
    r"\d+\s+(?P<reel>\S+)\s+(?P<channels>\S+)\s+(?P<kind>C|D|W\d*|K(?:\s*[BO])?)(?:\s+(?P<length>\d{1,4})F?)?"
    rf"\s+(?P<times>{_TIME}(?:\s+{_TIME}){{3}})(?:\s.*)?"
)
_NAME = re.compile(r"\*\s*(?:FROM|TO) CLIP NAME:\s*(.*)", re.IGNORECASE)
RATE_LINE = "* FRAME RATE: {}"
"""A comment of our own lists, which other programs ignore."""
_RATE = re.compile(r"^\* FRAME RATE: (\S+)\s*$", re.MULTILINE)
LONGEST_HOURS = 99
_HEADER = re.compile(r"^\s*FCM:\s*(NON)?", re.IGNORECASE | re.MULTILINE)


def split_rate(name: str) -> tuple[Path, str]:
    """`FILE.edl@RATE` as file and rate, "" without a rate. An existing file of the whole name takes precedence."""
    match = re.fullmatch(r"(.+\.edl)@(.*)", name, re.DOTALL | re.IGNORECASE)
    return (Path(name), "") if match is None or Path(name).is_file() else (Path(match[1]), match[2])


def read_edl(text: str, rate: str, where: str) -> tuple[int, ...]:
    """First frames of the shots of an EDL, from 0, ascending.

    rate: frames per second, such as "24" or "24000/1001" (both have timecode of base 24); "" only for drop-frame
    timecode and for lists of `tcvc cuts`, since other EDLs do not contain their rate. Raises UsageError with `where`
    and the line.
    """
    return _cuts(_in_film(text, rate, where))


def read_edl_dissolves(text: str, rate: str, where: str) -> tuple[tuple[int, int], ...]:
    """The frames [first, end) of the dissolves of an EDL, from 0, ascending. Arguments and errors as of `read_edl`."""
    placed = _in_film(text, rate, where)
    film = placed[0][0]
    spans = ((start - film, event.length) for start, _, event in placed if event.is_dissolve and event.length)
    return tuple((start, start + length) for start, length in spans)


def _in_film(text: str, rate: str, where: str) -> list[tuple[int, int, _Event]]:
    """The picture events with their frames [start, stop), from midnight, in order of the film."""
    events = [event for event in _events(text, where) if event.record[0] != event.record[1]]
    if not events:
        raise UsageError(f"expected picture events of a CMX3600 EDL such as {_EXAMPLE!r}, found none", where=where)
    said = _RATE.search(text)
    clock = _clock(events, rate or (said[1] if said else ""), _HEADER.search(text), where)
    return sorted((_placed(event, clock) for event in events), key=lambda each: each[0])


@dataclass
class _Event:
    """A picture event of an EDL. length: frames of its dissolve or wipe, 0 for a cut."""

    where: str
    reel: str
    is_cut: bool
    is_dissolve: bool
    length: int
    source: list[str]
    record: list[str]
    name: str = ""

    def goes_on(self, before: _Event) -> bool:
        """Whether its source continues where that of the previous event ended."""
        is_same = (self.reel, self.name) == (before.reel, before.name)
        return self.is_cut and is_same and _numbers(self.source[0]) == _numbers(before.source[1])


@dataclass(frozen=True)
class _Clock:
    """Timecode of `base` labels a second; drop-frame has no labels for the first frames of most minutes."""

    base: int
    drops: bool

    def frame(self, time: str, where: str) -> int:
        """The frame with that timecode, counted from midnight."""
        hours, minutes, seconds, frames = _numbers(time)
        dropped = self.base // 15 if self.drops else 0
        is_no_label = seconds == 0 and minutes % 10 > 0 and frames < dropped
        if minutes > 59 or seconds > 59 or frames >= self.base or is_no_label:
            kind = "drop-frame timecode" if self.drops else "timecode"
            raise UsageError(where=where, expected=f"{kind} of {self.base} frames per second", got=time)
        minutes += 60 * hours
        return (60 * minutes + seconds) * self.base + frames - dropped * (minutes - minutes // 10)


def _events(text: str, where: str) -> Iterator[_Event]:
    """The picture events; comments, retime lines and sound events are skipped."""
    event = None
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        at = f"{where}, line {number}"
        if line.startswith("|C:"):
            raise UsageError(
                where=at, expected="a cut list", got="a list of markers, which does not contain the start of the film",
                remedy="export the timeline itself as EDL or OTIO",
            )  # fmt: skip
        if line[:1].isdigit():
            event = _event(line, at)
            if event:
                yield event
        elif event and (named := _NAME.match(line)):
            event.name = named[1]


def _event(line: str, at: str) -> _Event | None:
    match = _EVENT.fullmatch(line)
    if match is None:
        raise UsageError(where=at, expected=f"an event such as {_EXAMPLE!r}", got=repr(line[:90]))
    if not re.search("V|^B$", match["channels"].upper()):
        return None
    is_cut, is_dissolve, times = match["kind"] == "C", match["kind"] == "D", match["times"].split()
    length = 0 if is_cut else int(match["length"] or 0)
    return _Event(at, match["reel"], is_cut, is_dissolve, length, times[:2], times[2:])


def _clock(events: Sequence[_Event], rate: str, header: re.Match[str] | None, where: str) -> _Clock:
    """How the film's timecode counts. The first FCM line says whether it is drop-frame; later ones are about reels."""
    record = [time for event in events for time in event.record]
    drops = (header is not None and not header[1]) or any(";" in time for time in record)
    if rate:
        base = timecode_base(rate, where)
    elif drops:
        base = 30 if all(_numbers(time)[3] < 30 for time in record) else 60
    else:
        problem, remedy = "an EDL does not contain its frame rate", "add it, as in reel.edl@24"
        raise UsageError(problem, where=where, remedy=remedy)
    if drops and base not in (30, 60):
        raise UsageError(f"drop-frame timecode has 29.97 or 59.94 frames per second, got @{rate}", where=where)
    return _Clock(base, drops)


def timecode(frame: int, base: int) -> str:
    """Timecode of `base` labels a second, non-drop-frame, of a frame counted from midnight."""
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"


def timecode_base(rate: str, where: str) -> int:
    """Labels a second of the timecode of a rate in frames per second; UsageError for other rates than 1 to 100."""
    base = round(parse_rate(rate) or 0)
    if not 1 <= base <= 100:
        expected = "frames per second behind @, such as 24 or 24000/1001"
        raise UsageError(where=where, expected=expected, got=repr(rate))
    return base


def _placed(event: _Event, clock: _Clock) -> tuple[int, int, _Event]:
    """The frames [start, stop) of an event, from midnight."""
    start, stop = (clock.frame(time, event.where) for time in event.record)
    if stop <= start:
        expected = "an event that ends after it begins"
        raise UsageError(where=event.where, expected=expected, got=" to ".join(event.record))
    return start, stop, event


def _cuts(placed: Sequence[tuple[int, int, _Event]]) -> tuple[int, ...]:
    first, _, event = placed[0]
    cuts, through = {first, first + event.length // 2}, {first}
    for (_, end, before), (start, _, event) in pairwise(placed):
        is_black_between = start > end
        if is_black_between:
            cuts.add(end)
        if is_black_between or not event.goes_on(before):
            cuts.add(start + event.length // 2)
        else:
            through.add(start)
    is_bladed = cuts == {first}
    return tuple(sorted(cut - first for cut in (through if is_bladed else cuts)))


def _numbers(time: str) -> list[int]:
    """Hours, minutes, seconds, frames."""
    return [int(number) for number in re.findall(r"\d+", time)]
