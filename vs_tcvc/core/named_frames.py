"""Frames that a user names: of references, cuts and looks. One rule for those that the film does not have.

Such a frame is a mistake in every face. Where the length is known before work begins, it is refused. Where only the
end of a film or a stream tells, every frame is coloured and delivered first, and the same sentence is the error that
the work ends with. Numbered pictures go by the numbers of their files, everything else counts from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vs_tcvc.errors import FrameError, UsageError


def refuse_outside(option: str, named: Iterable[int], frames: range) -> None:
    """Raise UsageError for the first of `named` that is not among the clip's `frames`; `option` named it."""
    outside = _first_outside(named, frames)
    if outside is not None:
        raise UsageError(option=option, expected=_expected(frames), got=str(outside))


def check_at_end(named: Mapping[str, Iterable[int]], frames: range) -> None:
    """Raise FrameError for the first frame, by the option that named it, that is not among the film's `frames`.

    Called once every frame is delivered.
    """
    for option, numbers in named.items():
        outside = _first_outside(numbers, frames)
        if outside is not None:
            raise FrameError(
                option=option, expected=_expected(frames), got=str(outside),
                remedy="all frames are coloured, without that one",
            )  # fmt: skip


def _first_outside(named: Iterable[int], frames: range) -> int | None:
    return next((number for number in sorted(named) if number not in frames), None)


def _expected(frames: range) -> str:
    return f"frames of the clip, {frames.start} to {frames.stop - 1}"
