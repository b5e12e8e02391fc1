"""The colour of a shot from its references: forwards, backwards, and between two references both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vs_tcvc.core.both_ways import Stretch, blend, colorize_backwards, colorize_run, runs_of, stretches
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import AB_STEPS, CONFIDENCE_STEPS, Array, Chroma, GrayFrame
from vs_tcvc.core.run import Run
from vs_tcvc.core.shot import Reference, Shot
from vs_tcvc.project.spool import Spool


def colorize_shot(
    engine: Engine[Any], frames: range, references: Sequence[Reference], gray_of: Callable[[int], Array],
    folder: Path | None = None, early: Callable[[Chroma], None] = lambda _: None,
) -> Iterator[Chroma]:  # fmt: skip
    """The colour of consecutive frames of a film, in order.

    references: at least one, of these frames or ELSEWHERE. gray_of: L* (H, W) of any of the frames, asked for in any
    order. folder: where colour waits that is found backwards; see `Spool`. early: called with that colour as it is
    found; between two references it is not final. Raises as `Engine.step` does.
    """
    run = Run(frames.start, tuple(references))
    own = [each.frame for each in references if each.frame in frames]

    def read(numbers: range) -> Iterator[GrayFrame]:
        return (GrayFrame(number, gray_of(number)) for number in numbers)

    for stretch in stretches(Shot(frames.start, frames.stop), own):
        forwards, backwards = runs_of(stretch, run)
        inside = range(stretch.start, stretch.stop)
        if backwards is None:
            assert forwards is not None
            yield from colorize_run(engine, forwards, read(inside))
            continue
        found = colorize_backwards(engine, backwards, read(range(stretch.stop, stretch.start - 1, -1)))
        turned = _turned(stretch, found, folder, early)
        if forwards is None:
            yield from turned
        else:
            yield from blend(stretch, colorize_run(engine, forwards, read(inside)), turned)


def _turned(
    stretch: Stretch, found: Iterator[Chroma], folder: Path | None, early: Callable[[Chroma], None]
) -> Iterator[Chroma]:
    """The frames of a stretch in their order, from colour that comes last frame first, after the reference's own."""
    first = next(found)
    with Spool((3, *first.confidence.shape), np.int16, folder) as spool:
        for chroma in found:
            spool[chroma.index - stretch.start] = _packed(chroma)
            early(chroma)
        for index in range(stretch.start, stretch.stop):
            ab, confidence = _unpacked(spool[index - stretch.start])
            yield replace(first, index=index, ab=ab, confidence=confidence)


def _packed(chroma: Chroma) -> Any:
    """Colour in whole steps, exactly."""
    return np.rint(
        np.concatenate([chroma.ab * np.float32(AB_STEPS), chroma.confidence[None] * np.float32(CONFIDENCE_STEPS)])
    ).astype(np.int16)


def _unpacked(steps: Any) -> tuple[Array, Array]:
    planes = steps.astype(np.float32)
    return planes[:2] / np.float32(AB_STEPS), planes[2] / np.float32(CONFIDENCE_STEPS)
