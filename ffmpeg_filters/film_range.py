"""Some frames of a film, read near where they are: the very frames that a reading from the beginning gives.

With an index, decoding begins at a key frame before the first of them, and every frame must have the timestamp and the
checksum that it had when the film was read whole. A key frame need not be enough: frames may depend on what lies before
it, and containers miss the place. Then an earlier one is tried, and at last the film is read from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import av.error
import numpy as np

from ffmpeg_filters.decoder import DecodedFrame, Source
from ffmpeg_filters.film_index import FilmIndex, checksum
from vs_tcvc.errors import StreamError

_TRIED = (0, 1, 2, 4, 8)
"""Key frames to begin at, counted backwards from the last one at or before the wanted frame."""


def pictures_of(source: Source, frames: range, index: FilmIndex | None = None) -> Iterator[DecodedFrame]:
    """The frames of these numbers as `source.pictures()` gives them; the source itself stays where it is.

    index: of this film. Without one the film is read from its beginning, as it is when the index does not lead to the
    frames, which one event "index" tells. Raises StreamError as `source.pictures()`, and for a frame that the film does
    not have.
    """
    done = frames.start
    if index is not None and frames:
        for number in (frames.start, frames.stop - 1):
            if number not in index.range:
                raise _missing(source, number)
        for picture in _sought(source, frames, index):
            yield picture
            done = picture.number + 1
    if done < frames.stop:
        yield from _from_the_beginning(source, range(done, frames.stop))


def _sought(source: Source, frames: range, index: FilmIndex) -> Iterator[DecodedFrame]:
    """The frames as far as they are found by the index; none if they are near the beginning."""
    starts = _starts(index, frames.start - index.first)
    if starts == [0]:
        return
    done = frames.start
    with source.again() as film:
        for start in starts:
            if start == 0:
                return
            for picture in _decoded(film, frames, index, start):
                yield picture
                done = picture.number + 1
            if done > frames.start:
                break
    if done < frames.stop:
        text = f"{source.name}: frames cannot be found in the middle of this film; it is read from its beginning"
        source.emit_once("index", text)


def _starts(index: FilmIndex, position: int) -> list[int]:
    """Frames to begin at, the nearest first."""
    last = int(np.searchsorted(index.starts, position, side="right")) - 1
    return [int(index.starts[last - back]) for back in _TRIED if back <= last]


def _decoded(film: Source, frames: range, index: FilmIndex, start: int) -> Iterator[DecodedFrame]:
    """The frames as decoded from `start` on, up to the first one that is not as the index says."""
    position = frames.start - index.first
    with suppress(av.error.FFmpegError):  # of a container that cannot seek
        for frame in film.frames_from(int(index.pts[start])):
            if frame.pts is None or frame.pts > index.pts[position]:
                return
            if frame.pts < index.pts[position]:
                continue
            picture = film.picture(frame, index.first + position, frame.pts)
            if checksum(picture) != index.sums[position]:
                return
            yield picture
            position += 1
            if position == frames.stop - index.first:
                return


def _from_the_beginning(source: Source, frames: range) -> Iterator[DecodedFrame]:
    wanted = frames.start
    with source.again() as film:
        for picture in film.pictures():
            if picture.number == wanted:
                yield picture
                wanted += 1
            if wanted == frames.stop:
                return
    raise _missing(source, wanted)


def _missing(source: Source, number: int) -> StreamError:
    remedy = "check whether the film has changed"
    return StreamError(f"it has no frame {number}", where=source.name, remedy=remedy)
