"""Opening films with FFmpeg: a file, or numbered pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer

from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.runtime.numbered_files import NumberedFiles, for_ffmpeg


@contextmanager
def saying(path: Path | str) -> Iterator[None]:
    """Errors of FFmpeg and the disk while a film is opened, as one sentence."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        raise StreamError(
            f"{path}: FFmpeg cannot read it ({error.strerror}); check that it is a complete video file"
        ) from None


def check_whole(names: NumberedFiles, numbers: range) -> None:
    """Raise StreamError for a picture that is not whole, before hours of work depend on it."""
    broken = find_broken(map(names.path, numbers))
    if broken:
        raise StreamError(where=str(broken[0]), expected="a picture", got=broken[1], remedy="copy or render it again")


def open_container(path: Path, numbered: tuple[NumberedFiles, range] | None, rate: Fraction) -> InputContainer:
    """A film, or pictures of these names and numbers. Raises UsageError for numbers that FFmpeg does not read."""
    if numbered is None:
        return av.open(for_ffmpeg(path), options=dict(FFMPEG_LIMITS))
    names, numbers = numbered
    if numbers.start < 0 and names.digits > 1:  # FFmpeg does not count the minus as a digit
        raise UsageError(
            f"{names.path(numbers.start)}: expected numbers from 0 on, since FFmpeg writes negative ones with a digit "
            "more; renumber them, or colour them with tcvc sequence"
        )
    options = {"pattern_type": "sequence", "start_number": str(numbers.start), "framerate": str(rate)}
    options |= FFMPEG_LIMITS
    return av.open(names.for_ffmpeg, format="image2", options=options)
