"""Edit decision lists (CMX3600), as Premiere, Resolve, Avid, Shotcut and others write them: where shots begin.

A dissolve or wipe becomes a cut in the middle of its overlap, black begins a shot of its own, and a through-edit (the
same source continues) is not a cut, unless the list has nothing else: a film that was bladed at its cuts. Retimes have
no effect, since only positions in the finished film count. Of several picture tracks the highest is seen. Frame 0 is
where the first picture event begins.

Lists whose outs are the last frames of shots, not the frames after them, prove it by a hole of one frame at every cut.
Shotcut's outs are such ones too, but its record times leave those frames out (mltframework/shotcut,
src/qml/export-edl/mlt2edl.js). PySceneDetect writes the time of day for timecode, which differs at 1000/1001 rates, and
its older versions last frames (scenedetect/output, `write_scene_list_edl`; its issues 502 and 516).

OpenTimelineIO's EDL adapter is not used: it ignores the drop-frame line, refuses retimed events without an M2 line, and
does not name the line that it cannot parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import groupby, pairwise

from vs_tcvc.cuts.cut_list import CutList, Rates
from vs_tcvc.cuts.timecode import LABEL, Clock, is_drop_frame, numbers
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.rates import parse_rate
from vs_tcvc.runtime.words import counted

RATE_LINE = "* FRAME RATE: {}"
"""A comment of our own lists, which other programs ignore."""

_EXAMPLE = "001 REEL V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00"
_NUMBER = re.compile(r"\d+\s")
_TIMES = re.compile(rf"\s({LABEL}(?:\s+{LABEL}){{3}})(?!\S)")
_EDIT = re.compile(r"\d+ ?(?P<reel>.*?) (?P<channels>\S+) (?P<kind>C|D|W\d*|K ?[BO]?)(?: (?P<length>\d{1,4})F?)?")
"""What stands before the times, with single blanks. A reel may be blank, or contain some."""
_LONGEST_HEAD = 200
_NAME = re.compile(r"\*\s*(?:FROM|TO) CLIP NAME:\s*(.*)", re.IGNORECASE)
_MARKER = re.compile(r"\|C:\S*\s*\|M:")
_TRACK = re.compile(r"^[ \t]*=== .* ===[ \t]*$", re.MULTILINE)
"""The head of a track in a list of Shotcut."""
_KNOWN = re.compile(
    r"[*|>]|TITLE|FCM|M2|EFFECTS NAME|AUD|SPLIT|FINAL CUT PRO|DLEDL|BLACK|ASC_|SOURCE FILE|REEL", re.IGNORECASE
)
"""How lines begin that say nothing of where a shot begins."""
_RATE = re.compile(r"^\* FRAME RATE: (\S+)\s*$", re.MULTILINE)
_HEADER = re.compile(r"^\s*FCM:\s*(NON)?", re.IGNORECASE | re.MULTILINE)
_PYSCENEDETECT = re.compile(r"^\* CREATED WITH PYSCENEDETECT", re.MULTILINE)
_NOON = 12
_LAST_FRAMES = "its outs are the last frames of shots; those frames are counted in"


def is_edl(text: str) -> bool:
    """Whether a text of an unknown kind has the title or an event of an EDL."""
    return any(line.startswith(("TITLE:", "FCM:")) or _TIMES.search(line[:400]) for line in text.splitlines())


def read_edl(text: str, rates: Rates) -> CutList:
    """The shots and the dissolves of an EDL.

    Both 24 and 24000/1001 have timecode of base 24. The rate of the film is used where none is given, none is needed
    for drop-frame timecode and for lists of `tcvc cuts`. Raises UsageError with the line for what cannot be read.
    """
    events, ignored = _events(text, rates.where)
    clock, remarks = _clock(events, text, rates)
    edits, midnight = _placed(events, clock, rates.where)
    edits, mended = _mended(edits, text)
    cuts, through = _cuts(_seen(edits))
    film = min(edit.start for edit in edits)
    spans = sorted((edit.start - film, edit.length) for edit in edits if edit.kind == "D" and edit.length)
    return CutList(
        tuple(sorted(cut - film for cut in cuts)), through=tuple(sorted(cut - film for cut in through)),
        dissolves=tuple((start, start + length) for start, length in spans),
        remarks=(*remarks, *midnight, *mended, *ignored),
    )  # fmt: skip


@dataclass
class _Event:
    """A picture event of an EDL. track: the higher, the nearer to the eye. length: frames of its dissolve or wipe."""

    where: str
    track: tuple[int, int]
    reel: str
    kind: str
    length: int
    source: list[str]
    record: list[str]
    name: str = ""


@dataclass(frozen=True)
class _Edit:
    """An event as frames [start, stop), counted from midnight; `source` are labels that are only compared.

    after: how many frames behind the last one of its source another goes on: 1 if that out is a last frame.
    """

    start: int
    stop: int
    track: tuple[int, int]
    clip: tuple[str, str]
    kind: str
    length: int
    source: tuple[int, int]
    after: int = field(default=0)

    def goes_on(self, before: _Edit) -> bool:
        """Whether its source continues where that of the previous event ended."""
        return self.kind == "C" and self.clip == before.clip and self.source[0] == before.source[1] + self.after


def _events(text: str, where: str) -> tuple[list[_Event], tuple[str, ...]]:
    """The picture events, and a remark about lines that are not used."""
    events, event, section = list[_Event](), None, 0
    sound = other = 0
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        at = f"{where}, line {number}"
        if _MARKER.search(line):
            raise UsageError(
                where=at, expected="a cut list", got="a list of markers, which does not contain the start of the film",
                remedy="export the timeline itself as EDL or OTIO",
            )  # fmt: skip
        if _NUMBER.match(line):
            event = _event(line, at, section)
            sound += event is None
            events += [event] if event and event.record[0] != event.record[1] else []
        elif event and (named := _NAME.match(line)):
            event.name = named[1]
        elif _TRACK.fullmatch(line):
            section += 1
        else:
            other += bool(line and not _KNOWN.match(line))
    if not events:
        raise UsageError(f"expected picture events of a CMX3600 EDL such as {_EXAMPLE!r}, found none", where=where)
    unused = [counted(sound, "sound event")] * bool(sound) + [counted(other, "line") + " of text"] * bool(other)
    return events, (f"{' and '.join(unused)} not used",) * bool(unused)


def _event(line: str, at: str, section: int) -> _Event | None:
    """An event, None if it is sound."""
    times = _TIMES.search(line)
    head = line[: times.start()] if times else ""
    match = _EDIT.fullmatch(" ".join(head.split())) if len(head) <= _LONGEST_HEAD else None
    if match is None or times is None:
        raise UsageError(where=at, expected=f"an event such as {_EXAMPLE!r}", got=repr(line[:90]))
    channel = re.search(r"V(\d{0,3})|^B$", match["channels"].upper())
    if channel is None:
        return None
    labels, kind = times[1].split(), match["kind"]
    length = 0 if kind == "C" else int(match["length"] or 0)
    track = section, int(channel[1] or 1)
    return _Event(at, track, match["reel"], kind[0], length, labels[:2], labels[2:])


def _clock(events: Sequence[_Event], text: str, rates: Rates) -> tuple[Clock, tuple[str, ...]]:
    """How the film's timecode counts, and what to say of it.

    The first FCM line says whether it is drop-frame; later ones are about reels.
    """
    record = [label for event in events for label in event.record]
    header, own = _HEADER.search(text), _RATE.search(text)
    drops = (header is not None and not header[1]) or is_drop_frame(record)
    if own and not rates.given:
        rates = replace(rates, given=parse_rate(own[1]), film=None)
    is_films = rates.film is not None and round(rates.film) in (30, 60)
    if drops and not rates.given and not is_films:
        rates = replace(rates, given=parse_rate(30 if all(numbers(label)[3] < 30 for label in record) else 60))
    rate = rates.needed("an EDL")
    clock = Clock.of(rate, drops, rates.where)
    if _PYSCENEDETECT.search(text):
        clock = replace(clock, rate=rates.film if rates.film and round(rates.film) == clock.base else rate)
    return clock, rates.remarks()


def _placed(events: Sequence[_Event], clock: Clock, where: str) -> tuple[list[_Edit], tuple[str, ...]]:
    """The edits in order of the film. One that ends before it begins, in the morning, passes midnight."""
    hours = [[numbers(label)[0] for label in event.record] for event in events]
    passes = any(stop < _NOON <= start for start, stop in hours)
    day = clock.count("24:00:00:00") if passes else 0
    edits = []
    for event in events:
        start, stop = (
            clock.frame(label, event.where) + day * (numbers(label)[0] < _NOON) for label in event.record
        )  # fmt: skip
        if stop <= start:
            got = " to ".join(event.record)
            raise UsageError(where=event.where, expected="an event that ends after it begins", got=got)
        source = clock.count(event.source[0]), clock.count(event.source[1])
        edits.append(_Edit(start, stop, event.track, (event.reel, event.name), event.kind, event.length, source))
    edits.sort(key=lambda edit: edit.start)
    return edits, ("its timecode passes midnight",) * passes


def _mended(edits: Sequence[_Edit], text: str) -> tuple[list[_Edit], tuple[str, ...]]:
    """The edits with the frames that the list leaves out, and what to say of them."""
    tracks = [list(group) for _, group in groupby(sorted(edits, key=lambda edit: edit.track), lambda edit: edit.track)]
    holes = [after.start - before.stop for track in tracks for before, after in pairwise(track)]
    if _PYSCENEDETECT.search(text):
        ends = [edit.start for edit in edits[1:]] + [edits[-1].stop]
        whole = [replace(edit, stop=max(end, edit.start + 1)) for edit, end in zip(edits, ends, strict=True)]
        return whole, (_LAST_FRAMES,) * any(holes)
    is_shotcuts = _TRACK.search(text) is not None
    if {*holes} == {1} and not is_shotcuts:
        return [replace(edit, stop=edit.stop + 1, after=1) for edit in edits], (_LAST_FRAMES,)
    all_go_on = (replace(after, after=1).goes_on(before) for before, after in pairwise(edits))
    if not (is_shotcuts or (len(edits) > 2 and not any(holes) and all(all_go_on))):
        return list(edits), ()
    mended = [edit for track in tracks for edit in _lengthened(track, 0 if is_shotcuts else track[0].start)]
    return sorted(mended, key=lambda edit: edit.start), (f"{_LAST_FRAMES}, and later shots moved back",)


def _lengthened(track: Sequence[_Edit], begin: int) -> Iterator[_Edit]:
    """Edits and holes of a track that begins at a frame, each of them with one frame more."""
    moved, end = 0, begin
    for edit in track:
        moved += edit.start > end
        yield replace(edit, start=edit.start + moved, stop=edit.stop + moved + 1, after=1)
        moved, end = moved + 1, edit.stop


def _seen(edits: Sequence[_Edit]) -> Iterator[tuple[int, int, _Edit]]:
    """Runs of frames [start, stop) in which one edit is seen: of the highest track, of one track the latest."""
    waiting, open_ = list(enumerate(edits))[::-1], list[tuple[tuple[int, int], int, _Edit]]()
    begun, shown = 0, None
    for place in sorted({place for edit in edits for place in (edit.start, edit.stop)}):
        while waiting and waiting[-1][1].start <= place:
            order, edit = waiting.pop()
            heappush(open_, ((-edit.track[0], -edit.track[1]), -order, edit))
        while open_ and open_[0][2].stop <= place:
            heappop(open_)
        top = open_[0][2] if open_ else None
        if top is not shown:
            if shown:
                yield begun, place, shown
            begun, shown = place, top


def _cuts(seen: Iterable[tuple[int, int, _Edit]]) -> tuple[set[int], set[int]]:
    """The cuts, and the through-edits that are none."""
    runs = list(seen)
    first, _, edit = runs[0]
    cuts, through = {first, first + edit.length // 2}, set[int]()
    for (_, end, before), (start, _, edit) in pairwise(runs):
        begins = start == edit.start
        if start > end:
            cuts.add(end)
        elif begins and end == before.stop and edit.goes_on(before):
            through.add(start)
            continue
        cuts.add(start + edit.length // 2 * begins)
    is_bladed = cuts == {first}
    return (cuts | through, set()) if is_bladed else (cuts, through)
