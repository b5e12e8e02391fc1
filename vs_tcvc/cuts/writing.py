"""Cut lists of a film as files: what `--cuts` reads back gives the same cuts.

A table (.csv) for people and spreadsheets, an EDL (.edl) and a timeline (.otio) for editing programs; these two have
one event for every shot, all from the film itself: a bladed film.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from vs_tcvc.cuts.edl import RATE_LINE
from vs_tcvc.cuts.timecode import LONGEST_HOURS, timecode, timecode_base
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.atomic_files import whole_file

ENDINGS = (".csv", ".edl", ".otio")


@dataclass(frozen=True)
class FilmCuts:
    """The shots of a film.

    starts: first frames of shots, ascending, the first is 0. length: frames of the film. rate: frames per second.
    film: its name. first: the number of its first frame, by which a table counts, as `--cuts` does.
    """

    starts: tuple[int, ...]
    length: int
    rate: Fraction
    film: str
    first: int = 0

    def spans(self) -> Iterator[tuple[int, int]]:
        """The shots, [start, stop)."""
        return pairwise((*self.starts, self.length))


def write_cuts(path: Path, cuts: FilmCuts) -> None:
    """Write a list in the format of the file's ending; it appears when complete.

    Raises UsageError for another ending, a rate or a length that timecode cannot say, and a folder that cannot be
    written.
    """
    makers = {".csv": _as_table, ".edl": _as_edl, ".otio": _as_timeline}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise UsageError(f"{path}: expected a name that ends with {', '.join(ENDINGS)}")
    content = make(cuts)
    with whole_file(path) as file:
        file.write(content.encode(errors="replace"))


def _as_table(cuts: FilmCuts) -> str:
    rows = (f"{cuts.first + start},{float(start / cuts.rate):.3f}" for start in cuts.starts)
    return "\n".join(["frame,seconds", *rows, ""])


def _as_edl(cuts: FilmCuts) -> str:
    base = timecode_base(cuts.rate, cuts.film)
    if cuts.length > LONGEST_HOURS * 3600 * base:
        raise UsageError(f"{cuts.film}: expected a film of {LONGEST_HOURS} hours at most, for timecode; write .csv")
    lines = [f"TITLE: {_one_line(Path(cuts.film).stem)}", "FCM: NON-DROP FRAME", RATE_LINE.format(cuts.rate), ""]
    for number, span in enumerate(cuts.spans(), start=1):
        times = " ".join(timecode(frame, base) for frame in span)
        lines += [f"{number:03d}  AX       V     C        {times} {times}", f"* FROM CLIP NAME: {_one_line(cuts.film)}"]
    return "\n".join([*lines, ""])


def _as_timeline(cuts: FilmCuts) -> str:
    from opentimelineio import adapters, opentime, schema

    rate = float(cuts.rate)

    def span(start: int, stop: int) -> opentime.TimeRange:
        return opentime.TimeRange(*(opentime.RationalTime(frames, rate) for frames in (start, stop - start)))

    name = _one_line(cuts.film)
    whole = span(0, cuts.length)
    clips = [
        schema.Clip(name, schema.ExternalReference(target_url=name, available_range=whole), span(*each))
        for each in cuts.spans()
    ]
    timeline = schema.Timeline(name, global_start_time=opentime.RationalTime(0, rate))
    timeline.tracks.append(schema.Track("V1", clips, kind=schema.TrackKind.Video))
    return str(adapters.write_to_string(timeline, "otio_json"))


def _one_line(text: str) -> str:
    """A name without line ends and other control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", "_", text).strip()
