"""A film that is read once, whole, so that its frames are found again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ffmpeg_filters.decoder import DecodedFrame, Source
from ffmpeg_filters.film_index import FilmIndex, IndexBuilder
from vs_tcvc.runtime.events import Emit
from vs_tcvc.runtime.progress import Progress


def index_whole(
    source: Source, path: Path, emit: Emit, stop: threading.Event,
    each: Callable[[DecodedFrame], None] = lambda picture: None,
) -> FilmIndex:  # fmt: skip
    """The index of a film that was just opened. each: called with its pictures in order.

    Emits progress. Raises KeyboardInterrupt once `stop` is set, StreamError as `Source.pictures` and
    `IndexBuilder.index`.
    """
    source.leave_other_streams()
    builder, progress = IndexBuilder(source, path), Progress(emit, source.total)
    for count, picture in enumerate(builder.pictures(), start=1):
        each(picture)
        progress.update(count, 0)
        if stop.is_set():
            raise KeyboardInterrupt
    return builder.index(emit, stop)
