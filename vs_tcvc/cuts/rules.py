"""The rule for the option `cuts`: detection, a list or file of cuts, or none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from vs_tcvc.core.cut_rule import CutRule, is_marked
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.named_frames import cuts_outside
from vs_tcvc.cuts.cut_list import CutList
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.cuts.lists import read_file
from vs_tcvc.cuts.numbers import read_numbers
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.words import counted
from vs_tcvc.settings import Settings

_SHOWN = 5
"""Frames that a remark names."""


@dataclass(frozen=True)
class ListedCuts:
    """Cuts at the frames of a list; it replaces detection.

    frames: first frames of shots, in any order. first: the number there of the clip's first frame.
    use_props: a frame with `starts_shot` is also a cut. dissolves: frames [first, end) that the list says are mixed.
    Raises FrameError for a negative frame of a clip from 0.
    """

    frames: Collection[int]
    use_props: bool = True
    first: int = 0
    dissolves: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    before: int = field(default=0, init=False)
    after: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", frozenset(self.frames))
        if self.frames and min(self.frames) < min(0, self.first):
            raise FrameError(f"a list of cuts counts frames from 0, got {min(self.frames)}")

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        return index + self.first in self.frames or is_marked(index, frames, self.use_props)


@dataclass(frozen=True)
class NoCuts:
    """One shot, unless `use_props` is set and the host marks frames with `starts_shot`."""

    use_props: bool = True
    before: int = field(default=0, init=False)
    after: int = field(default=0, init=False)

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        return is_marked(index, frames, self.use_props)


def from_settings(
    settings: Settings, first: int = 0, rate: Fraction | None = None, emit: Emit = ignore
) -> CutRule:  # fmt: skip
    """The rule for the options `cuts`, `cut_threshold` and `use_props`.

    first: the number of the clip's first frame, by which plain lists count; others count from their own start.
    rate: frames per second of the clip, None if unknown. emit: gets what a file's reader assumed or left out.
    Raises UsageError, naming the option, for a list or a file that cannot be read.
    """
    cuts = settings.cuts.strip()
    if cuts == "auto":
        return AutoCuts(settings.cut_threshold, settings.use_props)
    if cuts == "none":
        return NoCuts(settings.use_props)
    is_numbers = re.fullmatch(r"[-+.,;\s\d]*\d[-+.,;\s\d]*", cuts) is not None
    try:
        found = read_numbers(cuts) if is_numbers else read_file(cuts, rate)
    except UsageError as error:
        raise error.about("cuts") from None
    begin = 0 if found.by_number else first
    for remark in (*found.remarks, *_through(found, begin)):
        emit(Event("cuts", f"{cuts}: {remark}", {"file": cuts, "msg": remark}))
    dissolves = tuple((begin + start, begin + end) for start, end in found.dissolves)
    return ListedCuts([begin + frame for frame in found.starts], settings.use_props, first, dissolves)


def listed_cuts(rule: CutRule) -> Collection[int]:
    """The frames that a rule names, () if it finds them."""
    return rule.frames if isinstance(rule, ListedCuts) else ()


def say_cuts_outside(rule: CutRule, frames: range, emit: Emit) -> None:
    """Tell of cuts that a rule names and that are not among the clip's `frames`."""
    if outside := cuts_outside(listed_cuts(rule), frames):
        emit(Event("cuts_outside", outside, {"msg": outside}))


def _through(found: CutList, first: int) -> Iterator[str]:
    """What to say of through-edits."""
    if found.through:
        some = ", ".join(str(first + frame) for frame in found.through[:_SHOWN])
        more = f" and {len(found.through) - _SHOWN} more" if len(found.through) > _SHOWN else ""
        edits = counted(len(found.through), "through-edit")
        yield (
            f"{edits} left out (frame {some}{more}), where the same source goes on; if pictures change there, "
            "list all cuts as numbers"
        )
