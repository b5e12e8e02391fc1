"""The colour of a job's frames by its own cuts, references and look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vs_tcvc.core.any_order import Need, Session
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.identity import identity
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import from_settings
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.references.best_frame import BestFramesOnDemand
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.doubts import doubt
from vs_tcvc.references.looks import grade_from
from vs_tcvc.references.painted import check_samples, in_working_size, read_reference, reference_of
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.image_file import read_picture
from vs_tcvc.sequences.job import Job, PaintedReference
from vs_tcvc.sequences.plate_reader import MATRIX, Plates
from vs_tcvc.settings import Settings

_KINDS = ("uint8", "uint16", "half", "float", "double")
"""Samples of references; others may mean anything."""


class ByCuts:
    """As `Coloring`. Raises UsageError for references that cannot be used."""

    def __init__(
        self, job: Job, settings: Settings, plates: Plates, colorizer: Colorizer[Any], check: Callable[[], None],
        emit: Emit,
    ) -> None:  # fmt: skip
        self._job, self._plates, self._check, self._emit = job, plates, check, emit
        references = dict(map(self._reference, job.references))
        anchors = Anchors(from_settings(settings), references, {0: grade_from(settings)})
        self.before, self.after = anchors.cuts.before, anchors.cuts.after
        self._is_best = settings.reference_frame == "best"
        clip = (job.first, job.last, anchors.cuts, anchors.grades, settings.reference_frame, settings.own_color)
        self._made_of = identity(clip, sorted(references.items()))
        self._colorizer, self._anchors = colorizer, anchors
        self._session: Session[Any] | None = None

    def made_of(self, frame: int) -> str:
        """The same for all frames: cuts and colours depend on the whole clip."""
        return self._made_of

    def begin(self, todo: Sequence[int]) -> None:
        """Have the best frames looked for, when they are asked for, and tell of doubtful references."""
        anchors, length = self._anchors, self._job.last - self._job.first + 1

        def gray(index: int) -> GrayFrame:
            if self._plates.is_unread(index):
                self._check()
            return self._plates.gray(index)

        if todo and self._is_best:
            self._emit(Event("first_pass", "first pass: finding the best frame of every shot"))
            anchors = replace(anchors, predicted_from=BestFramesOnDemand(gray, anchors, length))
        self._emit_doubts(anchors.references)
        self._session = Session(Engine(self._colorizer), anchors, length)

    def color(self, frame: int) -> Chroma:
        """The colour of a frame."""
        assert self._session is not None
        answer = self._session.ask(frame - self._job.first)
        while isinstance(answer, Need):
            answer = self._session.give(answer, {each: self._plates.gray(each) for each in answer.frames})
        return answer

    def shot_of(self, frame: int, chroma: Chroma | None) -> int:
        """The first frame of its run."""
        return frame if chroma is None else self._job.first + chroma.anchor

    def plates_behind(self, frame: int, shot: int) -> tuple[int, int]:
        """From the first frame of the run on; if the best frame comes first, every plate may be it."""
        return (self._job.first, self._job.last) if self._is_best else (shot, frame)

    def _emit_doubts(self, references: Mapping[int, Reference]) -> None:
        """About references of the frames to render."""
        for index, reference in references.items():
            frame = self._job.first + index
            if frame in self._job.wanted() and (text := doubt(reference, self._plates.gray(index).lightness, frame)):
                self._emit(Event("doubt", text, {"frame": frame}))

    def _reference(self, painted: PaintedReference) -> tuple[int, Reference]:
        """A painted picture as a reference, by the index of its frame."""
        index, stage = painted.frame - self._job.first, self._plates.stage
        canvas = Canvas((stage.width, stage.height), stage.working_size, MATRIX, self._plates.pixel_aspect)
        if not painted.colorspace:
            return index, read_reference(Path(painted.path), index, canvas)
        where = f"frame {painted.frame}"
        try:
            picture = read_picture(Path(painted.path), where)
            if str(picture.spec.format) not in _KINDS:
                raise UsageError(where=where, expected="uint8, uint16 or floats", got=str(picture.spec.format))
            rgb = picture.rgb
            check_samples(rgb, where)
            rgb = canvas.fitted(rgb, where)
        except TcvcError as error:
            raise error.about("reference") from None
        display = PlateSpace(self._job.ocio, painted.colorspace).to_display(rgb)
        small = in_working_size(np.moveaxis(display, 0, -1), canvas)
        return index, reference_of(small, index, MATRIX, painted.path)
