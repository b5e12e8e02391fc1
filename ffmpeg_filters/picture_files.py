"""Numbered pictures as FFmpeg reads them: looked at before hours of work depend on them."""

from __future__ import annotations

from fractions import Fraction
from typing import NoReturn

import av
from av.container import InputContainer

from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.picture.scan_header import is_readable, misread, unkept
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import NumberedFiles

_ELSEWHERE = "colour the pictures with tcvc sequence, which reads more kinds"


def check_pictures(names: NumberedFiles, numbers: range) -> None:
    """Raise StreamError for a picture that is not whole, or if FFmpeg would read the first one wrongly."""
    broken = find_broken(map(names.path, numbers))
    if broken:
        raise StreamError(where=str(broken[0]), expected="a picture", got=broken[1], remedy="copy or render it again")
    first = names.path(numbers.start)
    if problem := misread(first):
        raise StreamError(problem, where=str(first), remedy=_ELSEWHERE)


def tell_of_header(names: NumberedFiles, numbers: range, emit: Emit) -> None:
    """Say what the first picture's header has that is not passed on."""
    if text := unkept(names.path(numbers.start)):
        emit(Event("header", f"{text}; tcvc sequence reads and keeps it"))


def open_pictures(names: NumberedFiles, numbers: range, rate: Fraction) -> InputContainer:
    """FFmpeg's container of them. Raises UsageError for numbers below 0."""
    if numbers.start < 0 and names.digits > 1:  # FFmpeg does not count the minus as a digit
        raise UsageError(
            f"{names.path(numbers.start)}: expected numbers from 0 on, since FFmpeg writes negative ones with a digit "
            "more; renumber them, or colour them with tcvc sequence"
        )
    options = {"pattern_type": "sequence", "start_number": str(numbers.start), "framerate": str(rate)}
    options |= FFMPEG_LIMITS
    return av.open(names.for_ffmpeg, format="image2", options=options)


def refuse_hole(names: NumberedFiles, number: int, problem: str) -> NoReturn:
    """Raise StreamError for a picture that cannot be used: pictures are delivered without a hole."""
    path = names.path(number)
    again = "copy or render it again, then colour the pictures again"
    raise StreamError(problem, where=str(path), remedy=_ELSEWHERE if is_readable(path) else again)
