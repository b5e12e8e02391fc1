"""tcvc project new: a film is looked through once; its shots and what they are become a project."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ffmpeg_filters.color_stage import Held, hold
from ffmpeg_filters.decoder import DecodedFrame, Source, open_source
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.core.engine import Anchors
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.named_frames import cuts_outside
from vs_tcvc.cuts.rules import from_settings, listed_cuts
from vs_tcvc.project.schema import Film, Project, Shot
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.settings import PROJECT, Settings

_OWN_COLOR = 0.5
"""Share of a shot's frames with colour of their own from which it keeps that."""


@dataclass
class _Seen:
    """A shot while the film is read. start, stop: its frames by index; colored: how many have colour of their own."""

    start: int
    stop: int
    colored: int = 0


def look_through(path: Path, settings: Settings, emit: Emit, stop: threading.Event, named: str) -> Project:
    """The project of a film, with one shot for each that the rule for cuts finds.

    settings: those of the project, with `cuts` and `cut_threshold`. named: the film's path as the project writes it.
    A shot most of whose frames have colour of their own keeps it. Raises as `open_source` and KeyboardInterrupt when
    `stop` is set.
    """
    with open_source(path, settings, emit) as source:
        source.leave_other_streams()
        plan = StreamPlan.of(source.header, settings, source.matrix_tag)
        first = source.numbers.start if source.numbers else 0
        rule = from_settings(settings, first)
        shots, colored = list[_Seen](), dict[int, bool]()
        progress = Progress(emit, source.total)

        def grays() -> Iterator[GrayFrame]:
            for index, held in enumerate(_held(source, plan)):
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
        rate = f"{source.rate.numerator}/{source.rate.denominator}"
        film = Film(named, frames, (source.header.width, source.header.height), rate, first)
    return Project(film, tuple(_shot(each, first) for each in shots), _own_settings(settings))


def _held(source: Source, plan: StreamPlan) -> Iterator[Held[DecodedFrame]]:
    return (hold(plan, picture, picture.planes) for picture in source.pictures())


def _shot(seen: _Seen, first: int) -> Shot:
    keeps = seen.colored > _OWN_COLOR * (seen.stop - seen.start)
    return Shot((first + seen.start, first + seen.stop), state="keep" if keeps else "color")


def _own_settings(settings: Settings) -> dict[str, object]:
    """What differs from the defaults and belongs into a project."""
    return {name: value for name, value in settings.changes().items() if name not in PROJECT.lacks}
