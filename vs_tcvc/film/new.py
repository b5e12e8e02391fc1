"""tcvc project new: a film is looked through once; its shots and what they are become a project."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ffmpeg_filters.color_stage import hold
from ffmpeg_filters.decoder import open_source
from ffmpeg_filters.film_index import FilmIndex, IndexBuilder
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.core.engine import Anchors
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.named_frames import cuts_outside, refuse_outside
from vs_tcvc.cuts.rules import from_settings, listed_cuts
from vs_tcvc.project import edits
from vs_tcvc.project.schema import Film, Project, Shot
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.settings import PROJECT, Settings

_OWN_COLOR = 0.5
"""Share of a shot's frames with colour of their own from which it keeps that."""


_DIGITS = 16
"""Of the film's identity, in the project."""


@dataclass
class _Seen:
    """A shot while the film is read. start, stop: its frames by index; colored: how many have colour of their own."""

    start: int
    stop: int
    colored: int = 0


def look_through(
    path: Path, settings: Settings, emit: Emit, stop: threading.Event, named: str, rate: Fraction | None = None,
    interlaced: bool = False,
) -> tuple[Project, FilmIndex]:  # fmt: skip
    """The project of a film, with one shot for each that the rule for cuts finds, and the film's index.

    settings: those of the project, with `cuts` and `cut_threshold`. named: the film's path as the project writes it.
    rate, interlaced: as of `open_source`.
    A shot most of whose frames have colour of their own keeps it. Raises as `open_source` and KeyboardInterrupt when
    `stop` is set.
    """
    with open_source(path, settings, emit, interlaced, rate) as source:
        source.leave_other_streams()
        plan = StreamPlan.of(source.header, settings, source.matrix_tag)
        first = source.numbers.start if source.numbers else 0
        rule, builder = from_settings(settings, first), IndexBuilder(source, path)
        shots, colored = list[_Seen](), dict[int, bool]()
        progress = Progress(emit, source.total)

        def grays() -> Iterator[GrayFrame]:
            for index, held in enumerate(hold(plan, picture, picture.planes) for picture in builder.pictures()):
                if stop.is_set():
                    raise KeyboardInterrupt
                colored[index] = held.has_color
                yield GrayFrame(index, held.lightness)

        for frame, is_cut in Anchors(rule).decide_cuts(grays()):
            if is_cut:
                shots.append(_Seen(frame.index, frame.index))
            shots[-1].stop = frame.index + 1
            shots[-1].colored += colored.pop(frame.index)
            progress.update(frame.index + 1, len(shots))
        frames = shots[-1].stop
        progress.finish(frames, len(shots))
        if outside := cuts_outside(listed_cuts(rule), range(first, first + frames)):
            emit(Event("cuts_outside", outside))
        size, per_second = (source.header.width, source.header.height), source.rate
        index = builder.index(emit, stop)
        film = Film(
            named, frames, size, f"{per_second.numerator}/{per_second.denominator}", first,
            index.identity.content[:_DIGITS], interlaced,
        )  # fmt: skip
    return Project(film, tuple(_shot(each, first) for each in shots), _own_settings(settings)), index


def _shot(seen: _Seen, first: int) -> Shot:
    keeps = seen.colored > _OWN_COLOR * (seen.stop - seen.start)
    return Shot((first + seen.start, first + seen.stop), state="keep" if keeps else "color")


def _own_settings(settings: Settings) -> dict[str, object]:
    """What differs from the defaults and belongs into a project."""
    return {name: value for name, value in settings.changes().items() if name not in PROJECT.lacks}


def with_references(project: Project, references: Iterable[tuple[Path, int]]) -> Project:
    """The project with pictures of frames, each of which begins a shot, as in `tcvc colorize --reference`.

    Raises UsageError for a frame that the film does not have.
    """
    for path, frame in references:
        refuse_outside("reference", [frame], project.film.range)
        place = next(place for place, shot in enumerate(project.shots) if frame in shot.range)
        if frame > project.shots[place].frames[0]:
            project, place = edits.split_shot(project, place, frame), place + 1
        project = edits.add_reference(project, place, f"{path}@{frame}")
    return project
