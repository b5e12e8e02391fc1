"""What FFmpeg reads wrongly of numbered pictures, or does not pass on."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from vs_tcvc.errors import StreamError
from vs_tcvc.picture.scan_header import is_readable, misread, unkept
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import ENDINGS, NumberedFiles

_ELSEWHERE = "colour the pictures with tcvc sequence, which reads more kinds"


def check_header(path: Path) -> None:
    """Raise StreamError for a picture that FFmpeg would read wrongly; files that are no pictures are not looked at."""
    problem = misread(path) if path.suffix.lower() in ENDINGS else ""
    if problem:
        raise StreamError(problem, where=str(path), remedy=_ELSEWHERE)


def tell_of_header(names: NumberedFiles, numbers: range, emit: Emit) -> None:
    """Say what the first picture's header has that is not passed on."""
    if text := unkept(names.path(numbers.start)):
        emit(Event("header", f"{text}; tcvc sequence reads and keeps it"))


def refuse_hole(names: NumberedFiles, number: int, problem: str) -> NoReturn:
    """Raise StreamError for a picture that cannot be used: pictures are delivered without a hole."""
    path = names.path(number)
    again = "copy or render it again, then colour the pictures again"
    raise StreamError(problem, where=str(path), remedy=_ELSEWHERE if is_readable(path) else again)
