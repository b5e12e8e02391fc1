"""The colour of a film's shots into the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.project.colorist import Job, ShotColorist, store_shot
from vs_tcvc.project.spool import Spool
from vs_tcvc.project.store import Store
from vs_tcvc.runtime.events import Emit
from vs_tcvc.runtime.pipeline import Pipeline
from vs_tcvc.runtime.progress import Progress


def color_shots(
    job: Job, keys: Mapping[int, str], colorizer: Colorizer[Any], store: Store, open_film: Callable[[], FilmReader],
    done_with: Callable[[int], None], emit: Emit, stop: threading.Event,
) -> None:  # fmt: skip
    """Colour shots, in order of the film, into the store.

    keys: of the shots, by place. Reading goes a shot ahead of the network. done_with: called with the place of each
    shot that is stored. Raises KeyboardInterrupt once `stop` is set; shots that are complete stay.
    """
    spans = {place: job.recipe(place).read for place in sorted(keys)}
    progress = Progress(emit, sum(len(job.recipe(place).colored) for place in spans))
    done = 0
    with ExitStack() as stack, open_film() as ahead, open_film() as elsewhere, Pipeline(1, stop) as pipeline:
        colorist = ShotColorist(colorizer, job, elsewhere.gray, emit)
        for count, (place, spool) in enumerate(pipeline.ahead(_spooled(ahead, spans, job.folder, stack)), start=1):
            with spool:
                gray_of = partial(_frame_of, spool, spans[place].start)

                def count_frame(_: Chroma, shots: int = count) -> None:
                    nonlocal done
                    if stop.is_set():
                        raise KeyboardInterrupt
                    done += 1
                    progress.update(done, shots)

                colored = colorist.colorize(place, gray_of)
                store_shot(store, keys[place], job, place, gray_of, colored, count_frame)
                done_with(place)
        progress.finish(done, len(spans))


def _spooled(
    film: FilmReader, spans: Mapping[int, range], folder: Path, stack: ExitStack
) -> Iterator[tuple[int, Spool]]:
    """The frames of every shot on disk, by the shot's place; they are closed with the stack at the latest."""
    for place, frames in spans.items():
        spool: Spool | None = None
        for frame in film.grays(frames):
            if spool is None:
                spool = Spool(frame.lightness.shape, np.float32, folder)
                stack.callback(spool.close)
            spool[frame.index - frames.start] = frame.lightness
        assert spool is not None
        yield place, spool


def _frame_of(spool: Spool, first: int, index: int) -> Array:
    return spool[index - first]
