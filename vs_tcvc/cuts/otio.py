"""Timelines of editing programs, read with OpenTimelineIO (.otio; others with their adapters): where shots begin.

Only visible pictures count: the highest enabled track. A dissolve becomes a cut in the middle of its overlap, a gap
begins a shot of its own, a through-edit (the same source continues) is not a cut, and nested timelines are included.
Frame 0 is the timeline's start.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from vs_tcvc.errors import UsageError, first_line

ADAPTERS = {".fcpxml": "otio-fcpx-xml-adapter", ".xml": "otio-fcp-adapter", ".aaf": "otio-aaf-adapter"}
"""The packages that other formats need."""


def read_timeline(path: Path, where: str) -> tuple[int, ...]:
    """First frames of the shots of a timeline, from 0, ascending. Raises UsageError with `where` for other files.

    Frames count from the timeline's start, or else from its first picture.
    """
    timelines = [each for each in _timelines(_content(path, where)) if _pictures(each.tracks)]
    if len(timelines) != 1:
        problem = f"expected one timeline with pictures, found {len(timelines)}"
        raise UsageError(problem, where=where, remedy="export a single timeline")
    tracks = timelines[0].tracks
    start = timelines[0].global_start_time or _pictures(tracks)[0][0].duration()
    return tuple(sorted({0, *_starts(tracks, start.rate)}))


def _content(path: Path, where: str) -> Any:
    try:
        return otio.adapters.read_from_file(str(path))
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


def _starts(stack: Any, rate: float) -> Iterator[int]:
    """Where the visible picture changes, also inside nested timelines."""
    position, shift, before = otio.opentime.RationalTime(0, rate), 0, None
    tracks = _pictures(stack)
    seen = otio.algorithms.flatten_stack(tracks) if tracks else otio.schema.Track()  # named: to iterate needs it alive
    for each in seen:
        if isinstance(each, otio.schema.Transition):
            shift = _frame(each.out_offset - each.in_offset, rate) // 2
            continue
        start, length = _frame(position, rate), _frame(each.duration(), rate)
        if not _goes_on(before, each):
            yield start + shift
        if isinstance(each, (otio.schema.Stack, otio.schema.Track)):
            offset = _frame(each.trimmed_range().start_time, rate)
            yield from (start + cut - offset for cut in _starts(each, rate) if offset < cut < offset + length)
        position, shift, before = position + each.duration(), 0, each


def _frame(time: Any, rate: float) -> int:
    return round(float(time.rescaled_to(rate).value))


def _goes_on(before: Any, each: Any) -> bool:
    """Whether the source of one clip continues in the next."""
    if not (isinstance(before, otio.schema.Clip) and isinstance(each, otio.schema.Clip)):
        return False
    is_same = before.name == each.name and before.media_reference.is_equivalent_to(each.media_reference)
    return bool(is_same and before.trimmed_range().end_time_exclusive() == each.trimmed_range().start_time)
