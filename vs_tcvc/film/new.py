"""tcvc project new: a film is looked through once; its shots and what they are become a project."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace

from ffmpeg_filters.color_stage import hold
from ffmpeg_filters.decoder import open_source
from ffmpeg_filters.film_index import FilmIndex, IndexBuilder
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.backends import make_compact
from vs_tcvc.core.engine import Anchors
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.named_frames import refuse_outside
from vs_tcvc.cuts.rules import ListedCuts, from_settings, listed_cuts, say_cuts_outside
from vs_tcvc.cuts.transitions import FoundTransition, Search, finish, step
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.film.samples import Samples, ShotPictures
from vs_tcvc.picture.own_color import OwnColor, SeenColors, sentence_on_tints
from vs_tcvc.project import edits
from vs_tcvc.project.recipe import pure_frames
from vs_tcvc.project.scenes import group
from vs_tcvc.project.schema import Film, Project, Shot, Transition
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.runtime.words import counted
from vs_tcvc.settings import PROJECT, Settings

_DIGITS = 16
"""Of the film's identity, in the project."""


def look_through(
    path: Path, settings: Settings, emit: Emit, stop: threading.Event, named: str, rate: Fraction | None = None,
    interlaced: bool = False, folder: Path | None = None, keeps_color: bool = True,
) -> tuple[Project, FilmIndex]:  # fmt: skip
    """The project of a film, with one shot for each that the rule for cuts finds, and the film's index.

    Where shots begin with a dissolve or a fade, that is proposed: a person confirms it.

    settings: those of the project, with `cuts` and `cut_threshold`. named: the film's path as the project writes it.
    rate, interlaced: as of `open_source`. folder: of the disk for pictures of the shots, by which they are put into
    scenes; None: they are not.
    keeps_color: a shot most of whose frames have colour of their own keeps it; a tint is none.
    Raises as `open_source` and KeyboardInterrupt when `stop` is set.
    """
    with open_source(path, settings, emit, interlaced, rate) as source:
        source.leave_other_streams()
        plan = StreamPlan.of(source.header, settings, source.tags)
        first = source.numbers.start if source.numbers else 0
        rule, builder = from_settings(settings, first, source.rate, emit), IndexBuilder(source, path)
        seen, cuts, samples = SeenColors(), list[int](), Samples(folder) if folder else None
        search, found = Search(), list[FoundTransition]()
        progress = Progress(emit, source.total)

        def grays() -> Iterator[GrayFrame]:
            for index, held in enumerate(hold(plan, picture, picture.planes) for picture in builder.pictures()):
                if stop.is_set():
                    raise KeyboardInterrupt
                seen.add(held.own)
                yield GrayFrame(index, held.lightness)

        for frame, is_cut in Anchors(rule).decide_cuts(grays()):
            cuts += [frame.index] if is_cut else []
            if samples:
                samples.add(frame, is_cut)
            search, now = step(search, frame)
            found += now
            progress.update(frame.index + 1, len(cuts))
        found += finish(search)
        progress.finish(seen.frames, len(cuts))
        say_cuts_outside(rule, range(first, first + seen.frames), emit)
        size, per_second = (source.header.width, source.header.height), source.rate
        index = builder.index(emit, stop)
        film = Film(
            named, seen.frames, size, f"{per_second.numerator}/{per_second.denominator}", first,
            index.identity.content[:_DIGITS], interlaced,
        )  # fmt: skip
    listed = rule.dissolves if isinstance(rule, ListedCuts) else ()
    dissolves = [FoundTransition("dissolve", start - first, end - first, (start + end) // 2 - first)
                 for start, end in listed]  # fmt: skip
    shots = _shots(cuts, dissolves or found, seen, bool(dissolves), is_free=not listed_cuts(rule))
    if not keeps_color:
        shots = [replace(shot, state="color") for shot in shots]
    starts = [shot.frames[0] for shot in shots]
    if tinted := [first + start for start in seen.shots(OwnColor.TINT, starts)]:
        emit(Event("tinted", sentence_on_tints(tinted, len(shots)), {"shots": tinted}))
    if samples:
        opened = partial(open_source, path, settings, ignore, interlaced, rate)
        with closing(samples), FilmReader(opened, plan, index) as reader:
            shots = _in_scenes(shots, samples, reader, settings, emit)
    return Project(film, tuple(_numbered(shot, first) for shot in shots), _own_settings(settings)), index


def _shots(
    cuts: Sequence[int], found: Sequence[FoundTransition], seen: SeenColors, is_listed: bool, is_free: bool
) -> list[Shot]:  # fmt: skip
    """The shots of a film, frames from 0.

    cuts: found or listed. found: dissolves and fades, by a list or not, each of which is taken for the beginning of a
    shot: instead of the cuts in it, if the cuts are free to move. seen: what frames have of their own.
    """
    inside = {cut for each in found for cut in cuts if each.first <= cut < each.end}
    begins = {each.middle: each for each in found if each.middle < seen.frames and (is_free or each.middle in cuts)}
    starts = sorted(({*cuts} - inside if is_free else {*cuts}) | {0, *(begins if is_free else ())})
    kept, shots = {*seen.shots(OwnColor.COLOR, starts)}, []
    for start, stop in pairwise([*starts, seen.frames]):
        transition = _begun(begins.get(start), starts, stop, is_listed)
        shots.append(Shot((start, stop), state="keep" if start in kept else "color", transition=transition))
    return shots


def _begun(found: FoundTransition | None, starts: Sequence[int], stop: int, is_listed: bool) -> Transition | None:
    """A transition, no longer than the shots that it joins; one that is not of a list is for a person to confirm."""
    if found is None:
        return None
    before = max((start for start in starts if start < found.middle), default=found.middle)
    span = max(found.first, before), min(found.end, stop)
    return Transition(**{found.kind: span}, confirmed=is_listed)


def _numbered(shot: Shot, first: int) -> Shot:
    """A shot with the film's own numbers."""
    moved = {"frames": (shot.frames[0] + first, shot.frames[1] + first)}
    if shot.transition is None:
        return replace(shot, **moved)
    spans = {kind: (span[0] + first, span[1] + first) for kind in ("dissolve", "fade")
             if (span := getattr(shot.transition, kind)) is not None}  # fmt: skip
    return replace(shot, **moved, transition=replace(shot.transition, **spans))


def _in_scenes(
    shots: Sequence[Shot], samples: Samples, reader: FilmReader, settings: Settings, emit: Emit
) -> list[Shot]:  # fmt: skip
    """The shots with the scenes that they are of, by the compact network; those that are not coloured are in none."""
    places = [place for place, shot in enumerate(shots) if shot.state == "color"]
    emit(Event("scenes", f"looking for scenes among {counted(len(places), 'shot')}"))
    frames = [pure_frames(shots[place], proposed=True) for place in places]
    scenes = group(ShotPictures(samples, frames, reader.gray), make_compact(settings))
    named = dict(zip(places, scenes, strict=True))
    return [replace(shot, scene=named.get(place, "")) for place, shot in enumerate(shots)]


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
