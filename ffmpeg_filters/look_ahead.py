"""A look at places over a whole film before hours of work: does it stay what it is at its beginning?

Films that were joined from parts change their size, their fields or their alpha late. A change that lasts for less than
the distance of two places may be passed over; it is met when its frame comes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import av.error

from ffmpeg_filters.decoder import Source
from vs_tcvc.errors import StreamError
from vs_tcvc.picture.size_limits import claimed_size
from vs_tcvc.runtime.numbered_files import NumberedFiles

PLACES = 24


def look_ahead(source: Source, again: Callable[[], AbstractContextManager[Source]]) -> None:
    """Raise StreamError, as `Source.check`, for a frame further on that cannot be coloured with the first one.

    again: opens the film once more.
    """
    if source.numbered:
        _check_pictures(source, *source.numbered)
    if source.numbered or not source.total or source.total <= 1:
        return
    start, length = source.stream.start_time or 0, source.total * source.step
    with again() as film:
        for place in range(1, PLACES + 1):
            with suppress(av.error.FFmpegError):  # of a container that cannot seek
                _check_from(film, start + length * place // PLACES - film.step)


def _check_from(film: Source, pts: int) -> None:
    """Check the first frame that is found for a time."""
    frame = next(film.frames_from(pts), None)
    if frame is not None:
        minutes, seconds = divmod(float((frame.pts or 0) * film.time_base), 60)
        film.check(frame, f"{film.name}: the frame at {int(minutes)}:{seconds:06.3f}")


def _check_pictures(source: Source, names: NumberedFiles, numbers: range) -> None:
    """Compare the sizes that pictures claim in their headers; damage is met when they are decoded."""
    own = source.header.width, source.header.height
    for place in range(1, PLACES + 1):
        path = names.path(numbers[(len(numbers) - 1) * place // PLACES])
        claimed = claimed_size(path)
        if claimed and claimed[:2] != own:
            sizes = "{}x{} after {}x{}".format(*claimed[:2], *own)
            raise StreamError(f"{path} is {sizes}: sort the pictures into folders and colour each part")
