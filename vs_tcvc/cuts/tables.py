"""Tables of shots: PySceneDetect's (`list-scenes`, `save-html`), LosslessCut's, and others with such columns.

PySceneDetect counts frames from 1 since version 0.6, from 0 before; a table proves which by its times or its lengths.
Its first line may be a list of times instead of the header. LosslessCut writes seconds, times or frames, with or
without the header Start,End,Name (its src/renderer/src/edlFormats.ts); a blank start is that of the film, a blank end
the film's end.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser

from vs_tcvc.cuts.cut_list import CutList, Rates, Span, starts_of
from vs_tcvc.cuts.numbers import FROM_ONE, frame_number, shots
from vs_tcvc.errors import UsageError

Row = tuple[int, list[str]]
"""A line's number and its cells."""

_FRAME = ("start frame", "frame number (start)", "start_frame")
_LAST = ("end frame", "end_frame")
_LENGTH = "length (frames)"
_TIME = ("start time (seconds)", "start time", "start_time", "start (seconds)", "start")
_END = ("end time (seconds)", "end time", "end_time", "end (seconds)", "end")
_HEADS = 3
"""Lines of which one may be the header."""
_LONGEST_LINE = 10_000
_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,9}(?:\.\d{1,20})?)")
_TIMED = re.compile(r'\s*"?([\d:.]*)"?\s*([,;\t])\s*"?([\d:.]*)"?\s*(?:\2\s*(.*?)\s*)?')
"""Start, stop and perhaps a name: a line of a table without a header."""
_NO_NAME = re.compile(r"#|\d+\s*[\d:.,;]+\s*$")
"""A comment, and more numbers."""


def find_table(text: str) -> list[Row]:
    """The rows of a text or a page with a header that is known, from that on; none if there is none."""
    rows = _page(text) if text.lstrip()[:1] == "<" else _cells(text)
    for number, (_, cells) in enumerate(rows[:_HEADS]):
        if {*map(_title, cells)} & {*_FRAME, *_TIME} and _title(cells[0]) != "frame":
            return rows[number:]
    return []


def read_table(rows: Sequence[Row], rates: Rates) -> CutList:
    """The shots of a table that begins with its header. Raises UsageError with the line for what cannot be read."""
    columns: dict[str, list[str]] = {}
    for place, title in enumerate(map(_title, rows[0][1])):
        columns.setdefault(title, [cells[place] if place < len(cells) else "" for _, cells in rows[1:]])
    lines = [number for number, _ in rows[1:]]
    if not lines:
        raise UsageError(where=rates.where, expected="a table with a line for each shot", got="one without")
    listed, times, ends = (_column(columns, names) for names in (_FRAME, _TIME, _END))
    if not listed:
        return read_times(list(zip(lines, times, ends or [""] * len(lines), strict=True)), rates)
    at = [f"{rates.where}, line {line}" for line in lines]
    frames = [frame_number(cell, where) for cell, where in zip(listed, at, strict=True)]
    base = _base(frames, times, _column(columns, _LAST), columns.get(_LENGTH, []), at[0])
    return CutList(tuple(sorted({max(0, frame - base) for frame in frames})), remarks=(FROM_ONE,) * base)


def find_times(text: str) -> list[tuple[int, str, str]]:
    """The lines of a table without a header, with starts and ends; none if the text is no such table."""
    found = [
        (number, _TIMED.fullmatch(line[:_LONGEST_LINE]))
        for number, line in enumerate(text.splitlines(), start=1) if line.strip()
    ]  # fmt: skip
    matches = [(number, match[1], match[3], match[4] or "") for number, match in found if match]
    if len(matches) < len(found) or any(_NO_NAME.match(name) for *_, name in matches):
        return []
    is_table = any({*".:"} & {*start, *stop} or (name and not name.isdecimal()) for _, start, stop, name in matches)
    return [(number, start, stop) for number, start, stop, _ in matches] if is_table else []


def read_times(lines: Sequence[tuple[int, str, str]], rates: Rates) -> CutList:
    """The shots of lines with a start and an end: seconds, times, or frames if all are whole numbers.

    Raises UsageError with the line for what cannot be read, and if times need a rate that is not known.
    """
    if all(start.isdecimal() and stop.isdecimal() for _, start, stop in lines):
        at = f"{rates.where}, line {{}}".format
        found = shots([(frame_number(start, at(line)), frame_number(stop, at(line))) for line, start, stop in lines])
        return replace(found, remarks=("its whole numbers are taken as frames", *found.remarks))
    spans: list[Span] = []
    for line, start, stop in lines:
        where = f"{rates.where}, line {line}"
        begin = rates.frame(seconds_of(start, where)) if start else 0
        spans.append((begin, rates.frame(seconds_of(stop, where)) if stop else None))
    return CutList(starts_of(spans), remarks=rates.remarks())


def seconds_of(time: str, where: str) -> Fraction:
    """Seconds of `62.5`, `1:02.5` or `0:01:02.500`. Raises UsageError for anything else."""
    match = _CLOCK.fullmatch(time.strip().replace(",", "."))
    if match is None:
        raise UsageError(where=where, expected="seconds, or a time such as 0:01:02.500", got=repr(time[:90]))
    return 3600 * int(match[1] or 0) + 60 * int(match[2] or 0) + Fraction(match[3])


def _column(columns: Mapping[str, list[str]], names: Sequence[str]) -> list[str]:
    """The first column of one of these names, without blanks; [] if there is none."""
    return next(([cell.strip() for cell in columns[name]] for name in names if name in columns), [])


def _base(frames: Sequence[int], times: Sequence[str], last: Sequence[str], lengths: Sequence[str], where: str) -> int:
    """The number of the film's first frame: 1 or 0, which a time, a length or else the first line shows."""
    for frame, time in zip(frames, times, strict=False):
        if re.fullmatch(r"[0:.]+", time):
            return int(frame == 1)
    if last and lengths:
        return int(frame_number(last[0], where) - frames[0] + 1 == frame_number(lengths[0], where))
    return int(frames[0] == 1)


def _title(cell: str) -> str:
    return cell.strip().lower()


def _cells(text: str) -> list[Row]:
    """The lines of a text as rows, split where its header is."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    head = " ".join(line[:_LONGEST_LINE] for _, line in lines[:_HEADS])
    if not any(name in head.lower() for name in (*_FRAME, *_TIME)):
        return []
    separator = max(",;\t|", key=lines[min(len(lines), _HEADS) - 1][1].count)
    return [(number, next(csv.reader([line[:_LONGEST_LINE]], delimiter=separator), [])) for number, line in lines]


def _page(text: str) -> list[Row]:
    """The rows of the tables of an HTML page."""
    page = _Page()
    page.feed(text)
    return page.rows


class _Page(HTMLParser):
    """Collects the cells of all tables, by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append((self.getpos()[0], []))
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1][1]:
            self.rows[-1][1][-1] += data
