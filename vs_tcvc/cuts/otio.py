"""Timelines of editing programs, read with OpenTimelineIO (.otio; others with their adapters): where shots begin.

Only visible pictures count: the highest enabled track. A dissolve becomes a cut in the middle of its overlap, a gap
begins a shot of its own, a through-edit (the same source continues) is not a cut, unless the timeline has nothing else:
a film that was bladed at its cuts. Nested timelines are included. Frame 0 is the timeline's start.

OpenTimelineIO crashes on some damaged files, so it reads in a process of its own.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict, cast

import opentimelineio as otio

from vs_tcvc.cuts.cut_list import CutList, Rates
from vs_tcvc.errors import UsageError, first_line
from vs_tcvc.runtime.rates import HIGHEST


class Found(TypedDict):
    """A timeline. starts: first frames of shots. through: through-edits. rate: frames per second."""

    starts: list[int]
    through: list[int]
    rate: float


ADAPTERS = {".fcpxml": "otio-fcpx-xml-adapter", ".xml": "otio-fcp-adapter", ".aaf": "otio-aaf-adapter"}
"""The packages that other formats need."""


_CHILD = "import sys; from vs_tcvc.cuts import otio; otio.answer(*sys.argv[1:])"
_LONGEST_SECONDS = 120


def read_timeline(path: Path, rates: Rates, adapter: str | None = None) -> CutList:
    """The shots of a timeline. Raises UsageError for other files.

    Frames count from the timeline's start, or else from its first picture. adapter: OpenTimelineIO's name of the
    format; None: by the file's ending.
    """
    where = rates.where
    python = _python()
    found = _read(path, where, adapter) if python is None else _asked(python, path, where, adapter)
    remarks = replace(rates, given=Fraction(found["rate"])).remarks()
    return CutList(tuple(found["starts"]), through=tuple(found["through"]), remarks=remarks)


def _asked(python: str, path: Path, where: str, adapter: str | None) -> Found:
    """As `_read`, by another process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        asked = subprocess.run(
            [python, "-c", _CHILD, str(path), where, adapter or ""], capture_output=True, stdin=subprocess.DEVNULL,
            env=environment, timeout=_LONGEST_SECONDS, check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(asked.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        got = "a file on which OpenTimelineIO crashes"
        raise UsageError(where=where, expected="a timeline", got=got, remedy="export it again") from None
    if "problem" in found:
        raise UsageError(**found)
    return cast(Found, found)


def answer(path: str, where: str, adapter: str) -> None:
    """Print what is found as JSON, or the fields of the UsageError: in the process that reads."""
    try:
        print(json.dumps(_read(Path(path), where, adapter or None)))
    except UsageError as error:
        print(json.dumps(vars(error)))


def _python() -> str | None:
    """The program of this Python; None in a host that embeds it and that we do not find beside it."""
    beside = Path(sys.prefix, "Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python3")
    own = Path(sys.executable or "")
    return next((str(each) for each in (own, beside) if each.name.startswith("python") and each.is_file()), None)


def _read(path: Path, where: str, adapter: str | None) -> Found:
    content = _content(path, where, adapter)
    try:
        return _cuts(content, where)
    except UsageError:
        raise
    except Exception as error:  # clips without ranges, rates of 0, timelines within themselves
        got = f"one that cannot be followed ({first_line(error)})"
        raise UsageError(where=where, expected="a timeline", got=got) from None


def _cuts(content: Any, where: str) -> Found:
    timelines = [each for each in _timelines(content) if _pictures(each.tracks)]
    if len(timelines) != 1:
        problem = f"expected one timeline with pictures, found {len(timelines)}"
        raise UsageError(problem, where=where, remedy="export a single timeline")
    tracks = timelines[0].tracks
    start = timelines[0].global_start_time or _pictures(tracks)[0][0].duration()
    if not (math.isfinite(start.rate) and 0 < start.rate <= HIGHEST):
        expected = f"a timeline of at most {HIGHEST} frames per second"
        raise UsageError(where=where, expected=expected, got=f"{start.rate:g}", remedy="export it again")
    cuts, edits = ({0, *_starts(tracks, start.rate, takes_all)} for takes_all in (False, True))
    is_bladed = cuts == {0}
    through = [] if is_bladed else sorted(edits - cuts)
    return Found(starts=sorted(edits if is_bladed else cuts), through=through, rate=start.rate)


def _content(path: Path, where: str, adapter: str | None) -> Any:
    try:
        return otio.adapters.read_from_file(str(path), adapter)
    except otio.exceptions.NoKnownAdapterForExtensionError:
        package = ADAPTERS[path.suffix.lower()]
        raise UsageError(
            f"reading {path.suffix} needs the package {package}",
            where=where,
            remedy="install it, or export EDL or OTIO",
        ) from None
    except Exception as error:  # adapters raise anything
        reason = first_line(error)
        got = f"a file that cannot be read as one ({reason})"
        raise UsageError(where=where, expected="a timeline", got=got) from None


def _timelines(content: Any) -> list[Any]:
    if isinstance(content, otio.schema.SerializableCollection):
        return list(content.find_children(descended_from_type=otio.schema.Timeline))
    return [content] if isinstance(content, otio.schema.Timeline) else []


def _pictures(stack: Any) -> list[Any]:
    """The enabled, non-empty picture tracks, from the lowest."""
    tracks = [stack] if isinstance(stack, otio.schema.Track) else stack
    return [
        track for track in tracks
        if isinstance(track, otio.schema.Track) and track.kind == otio.schema.TrackKind.Video
        and track.enabled and len(track)
    ]  # fmt: skip


def _starts(stack: Any, rate: float, takes_through_edits: bool = False) -> Iterator[int]:
    """Where the visible picture changes, also inside nested timelines."""
    position, shift, before = otio.opentime.RationalTime(0, rate), 0, None
    tracks = _pictures(stack)
    edits = {edit for track in tracks for edit in _edits(track, rate)}
    seen = otio.algorithms.flatten_stack(tracks) if tracks else otio.schema.Track()  # named: to iterate needs it alive
    for each in seen:
        if isinstance(each, otio.schema.Transition):
            shift = _frame(each.out_offset - each.in_offset, rate) // 2
            continue
        start, length = _frame(position, rate), _frame(each.duration(), rate)
        if not _goes_on(before, each) or (takes_through_edits and start in edits):
            yield start + shift
        if isinstance(each, (otio.schema.Stack, otio.schema.Track)):
            offset = _frame(each.trimmed_range().start_time, rate)
            yield from (
                start + cut - offset
                for cut in _starts(each, rate, takes_through_edits)
                if offset < cut < offset + length
            )
        position, shift, before = position + each.duration(), 0, each


def _edits(track: Any, rate: float) -> Iterator[int]:
    """Where the items of a track begin, except gaps, which part what lies below when tracks are made one."""
    position = otio.opentime.RationalTime(0, rate)
    for each in track:
        if not isinstance(each, otio.schema.Transition):
            if not isinstance(each, otio.schema.Gap):
                yield _frame(position, rate)
            position += each.duration()


def _frame(time: Any, rate: float) -> int:
    return round(float(time.rescaled_to(rate).value))


def _goes_on(before: Any, each: Any) -> bool:
    """Whether the source of one clip continues in the next."""
    if not (isinstance(before, otio.schema.Clip) and isinstance(each, otio.schema.Clip)):
        return False
    is_same = before.name == each.name and before.media_reference.is_equivalent_to(each.media_reference)
    return bool(is_same and before.trimmed_range().end_time_exclusive() == each.trimmed_range().start_time)
