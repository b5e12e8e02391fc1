"""Frames that a user names: of references, looks and cuts. One rule for those that the film does not have.

A reference or a look of such a frame is a mistake in every face, for a picture would be left out. Where the length is
known before work begins, it is refused. Where only the end of a film or a stream tells, every frame is coloured and
delivered first, and then the same sentence is the error that the work ends with. A cut there changes no picture: it is
left out with a warning, except in a job, whose writer names the clip itself. Numbered pictures go by the numbers of
their files, everything else counts from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vs_tcvc.errors import FrameError, UsageError


def refuse_outside(option: str, named: Iterable[int], frames: range) -> None:
    """Raise UsageError for the first of `named` that is not among the clip's `frames`; `option` named it."""
    outside = _outside(named, frames)
    if outside:
        raise UsageError(option=option, expected=_expected(frames), got=str(outside[0]))


def check_at_end(named: Mapping[str, Iterable[int]], frames: range) -> None:
    """Raise FrameError for the first frame, by the option that named it, that is not among the film's `frames`.

    Called once every frame is delivered.
    """
    for option, numbers in named.items():
        outside = _outside(numbers, frames)
        if outside:
            remedy = "all frames are coloured, without that one"
            raise FrameError(option=option, expected=_expected(frames), got=str(outside[0]), remedy=remedy)


def cuts_outside(cuts: Iterable[int], frames: range) -> str:
    """A sentence about cuts that are not among the clip's `frames`, "" if all are."""
    outside = _outside(cuts, frames)
    more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
    return f"cuts: expected {_expected(frames)}, got {outside[0]}{more}, left out" if outside else ""


def _outside(named: Iterable[int], frames: range) -> list[int]:
    return sorted(number for number in named if number not in frames)


def _expected(frames: range) -> str:
    return f"frames of the clip, {frames.start} to {frames.stop - 1}"
