"""Plain texts of first frames or of first and last frames, one shot a line: lists by hand, TransNetV2, AutoShot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from vs_tcvc.cuts.cut_list import CutList, Span, starts_of
from vs_tcvc.errors import UsageError

FROM_ONE = "it counts frames from 1; here they count from 0"

_Row = tuple[str, list[str]]
"""Where it stands, and its entries."""


def read_numbers(text: str, where: str = "") -> CutList:
    """The shots of a plain text.

    Numbers are separated by commas, semicolons, blanks or line ends; `#` begins a comment. If the first entry is the
    word `frame`, the text is a table with a header, and the first column of each later line is read. Lines of two
    numbers, each line beginning where the one before ended, are first and last frames. Raises UsageError with `where`
    and the line for anything except whole numbers from 0 (of at most nine digits).
    """
    rows = [(number, _entries(line)) for number, line in enumerate(text.splitlines(), start=1)]
    named = [(f"{where}, line {number}" if where else "", entries) for number, entries in rows if entries]
    if named and named[0][1][0].lower() == "frame":
        named = [(at, entries[:1]) for at, entries in named[1:]]
    listed = [[frame_number(entry, at) for entry in entries] for at, entries in named]
    if spans := _pairs(listed):
        return shots(spans)
    return CutList(tuple(sorted({frame for frames in listed for frame in frames})), by_number=True)


def shots(spans: Sequence[tuple[int, int]]) -> CutList:
    """The shots of first and last frames, or of first frames and those behind the last, as the list itself shows.

    Where an inclusive list leaves frames out, a transition was found there, which is cut in its middle. The first shot
    of a list that counts from 1 begins at 1.
    """
    spans = sorted(spans)
    joins = [after[0] - before[1] for before, after in pairwise(spans)]
    base = int(spans[0][0] == 1)
    remarks = (FROM_ONE,) * base
    if 1 not in joins or 0 in joins:
        whole: list[Span] = [(start - base, stop - base) for start, stop in spans]
        return CutList(starts_of(whole), remarks=remarks)
    middles = [(before[1] + 1 + after[0]) // 2 - base for before, after in pairwise(spans)]
    return CutList(tuple(sorted({spans[0][0] - base, *middles})), remarks=remarks)


def frame_number(entry: str, where: str) -> int:
    """A frame number from 0, of at most nine digits. Raises UsageError for anything else."""
    if not re.fullmatch(r"[0-9]{1,9}", entry):
        raise UsageError(where=where, expected="a frame number from 0", got=repr(entry))
    return int(entry)


def _entries(line: str) -> list[str]:
    return re.findall(r"[^,;\s]+", line.partition("#")[0])


def _pairs(listed: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """First and last frames, if the lines are such; otherwise none."""
    if len(listed) < 2 or any(len(frames) != 2 for frames in listed):
        return []
    pairs = [(frames[0], frames[1]) for frames in listed]
    is_in_order = all(start <= end for start, end in pairs)
    is_in_order = is_in_order and all(before[1] <= after[0] for before, after in pairwise(pairs))
    joins = any(after[0] - before[1] in (0, 1) for before, after in pairwise(pairs))
    return pairs if is_in_order and joins else []
