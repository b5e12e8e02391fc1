"""The colour of a job's frames by a project: its shots, references, hints and looks, and colour that is stored.

Plates have the numbers of the film's frames, and may be a part of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from vs_tcvc.backends import Chosen
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.identity import identity
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.picture.coding import resolve_matrix
from vs_tcvc.project.document import Document
from vs_tcvc.project.host import begin_session, network_of
from vs_tcvc.project.on_demand import ShotNeed
from vs_tcvc.project.recipe import outline
from vs_tcvc.project.schema import Project
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.runtime.events import Emit
from vs_tcvc.sequences.done_frames import state_of
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.plate_reader import Plates
from vs_tcvc.settings import Settings


class ByProject:
    """As `Coloring`. Raises UsageError for a project of another size."""

    before = after = 0

    def __init__(
        self, job: Job, found: Document, settings: Settings, plates: Plates, colorizer: Colorizer[Any], chosen: Chosen,
        check: Callable[[], None], emit: Emit,
    ) -> None:  # fmt: skip
        self._job, self._plates, self._check = job, plates, check
        self._first = found.project.film.first
        self._starts = [shot.frames[0] for shot in found.project.shots]
        stage = plates.stage
        matrix = resolve_matrix(settings.matrix, stage.height)  # of the film, as its pictures were painted
        canvas = Canvas((stage.width, stage.height), stage.working_size, matrix, plates.pixel_aspect)
        network = network_of(settings, canvas, chosen)
        self._session = begin_session(found, colorizer, network, canvas, None, emit, check)
        self._state_of = lru_cache(2)(self._state_anew)

    def made_of(self, frame: int) -> str:
        """Of what the project decides about the shot, and of its plates."""
        n = frame - self._first
        return identity(self._session.made_of(n), self._state_of(self._session.frames_behind(n)))

    def begin(self, todo: Sequence[int]) -> None:
        """Nothing is to be prepared."""

    def color(self, frame: int) -> Chroma | None:
        """The colour of a frame; the first one of a shot waits for all of it. None: it keeps its own."""
        answer = self._session.ask(frame - self._first)
        while isinstance(answer, ShotNeed):
            answer = self._session.give(answer, {n: self._gray(n) for n in answer.frames})
        return answer

    def shot_of(self, frame: int, chroma: Chroma | None) -> int:
        """The first frame of its shot."""
        return self._starts[bisect_right(self._starts, frame) - 1]

    def plates_behind(self, frame: int, shot: int) -> tuple[int, int]:
        """The plate itself; `made_of` tells of the others."""
        return frame, frame

    def _gray(self, n: int) -> GrayFrame:
        """A frame of the film as the network sees it."""
        frame, clip = self._first + n, range(self._job.first, self._job.last + 1)
        if frame not in clip:
            raise FrameError(
                f"the plates are frames {clip.start} to {clip.stop - 1}, and this one leads a scene that is to be "
                "coloured", where=f"frame {frame}", remedy="add it to the clip, or colour the scene with tcvc render",
            )  # fmt: skip
        if self._plates.is_unread(frame - clip.start):
            self._check()
        return GrayFrame(n, self._plates.gray(frame - clip.start).lightness)

    def _state_anew(self, frames: frozenset[int]) -> str:
        """Of sizes and modification times of plates."""
        return identity([state_of(self._job.plate_of(self._first + n)) for n in sorted(frames)])


def plates_needed(job: Job, project: Project) -> list[int]:
    """The plates that the shots of the frames to render are made of, in order, apart from those of other shots.

    Raises UsageError for frames that the film does not have, and for a shot with frames that the clip does not have.
    """
    wanted, film = job.wanted(), project.film.range
    clip = range(job.first, job.last + 1)
    if wanted.start not in film or wanted[-1] not in film:
        raise UsageError(
            option="project", expected=f"frames of its film, {_ends(film)}", got=_ends(wanted),
            remedy="render others, or number the plates as the film",
        )  # fmt: skip
    needed = {*wanted}
    for place, shot in enumerate(project.shots):
        recipe = outline(project, place)
        seen, plates = (_numbered(frames, film.start) for frames in (recipe.seen, recipe.read))
        if shot.state != "color" or max(seen.start, wanted.start) >= min(seen.stop, wanted.stop):
            continue
        if plates.start not in clip or plates[-1] not in clip:
            raise UsageError(
                option="project", expected=f"plates of all frames of its shot {place + 1}, {_ends(plates)}",
                got=_ends(clip), remedy="add those plates, or render other frames",
            )  # fmt: skip
        needed.update(plates)
    return sorted(needed)


def _numbered(frames: range, first: int) -> range:
    """Frames that count from 0, as the film counts them."""
    return range(first + frames.start, first + frames.stop)


def _ends(frames: range) -> str:
    return f"{frames[0]} to {frames[-1]}"
