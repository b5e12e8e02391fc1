"""Cuts: is frame n the first of a shot? Each answer depends on n and a few frames around it, on nothing else.

So playback, seeks and a farm agree on the shots. A rule has no memory and never learns the clip's length: it is given
the frames of its window [n - before, n + after] that exist.

Automatic detection calls n a cut if every frame of the window before n differs from every frame from n on by more
than the threshold, over and above the motion inside the window. What is alike on both sides thus vetoes a cut: a
flash, a black frame or damage of one or two frames is none. Three frames of something else are a shot. Where another
step of the window is larger still, such damage is likely and the frames beside it have moved on: they must differ as
much as that step, up to twice the threshold. Fast motion, shake and fades change every step and so do not stand out;
but lasting black is a shot of its own, from the last trace of a fade out to the first of a fade in. At the clip's two
ends nothing can veto: a change there is a cut, as where a trimmed clip begins with the last frame of another shot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Protocol
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.cuts.edl import read_edl, split_rate
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.settings import Settings

ROWS, COLUMNS = 18, 32  # of a thumbnail
BLOCK_ROWS, BLOCK_COLUMNS = 6, 8
REACH = 3  # thumbnail pixels that a block may have moved: about a tenth of the picture's width
FAINT = 0.4  # L*: keeps the noise of a blank picture small; a dark shot has a contrast of 1 to 3
TIMELINES = (".otio", ".otioz", ".fcpxml", ".xml", ".aaf")
MOTION = 1.25  # how far above the motion of the window a cut stands, found by benchmarks/cuts.py


class CutRule(Protocol):
    """Says where shots begin. Equal arguments give equal answers, in any order and any thread."""

    @property
    def before(self) -> int:
        """Frames before n that a decision on n looks at."""

    @property
    def after(self) -> int:
        """Frames after n that a decision on n looks at: the look-ahead of streams."""

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        """Whether a shot begins at frame `index`; true for frame 0.

        frames: by index, at least those of [index - before, index + after] that the clip has; others are not looked
        at. Raises FrameError if one of them is missing.
        """


@dataclass(frozen=True)
class AutoCuts:
    """Detection in [n - 3, n + 2]: three frames back, since two cannot tell the end of a two-frame flash from a cut.

    threshold: the `difference` that counts, 1 to 100; lower finds more.
    use_props: a frame with `starts_shot` is a cut as well.
    """

    threshold: float = 25.0
    use_props: bool = True
    before: int = field(default=3, init=False)
    after: int = field(default=2, init=False)

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        window = self._window(index, frames)
        if _is_given(index, frames, self.use_props):
            return True
        middle = min(index, self.before)
        past, rest = window[:middle], window[middle:]
        if difference(past[-1], rest[0]) <= self.threshold:
            return False
        steps = [difference(one, two) for one, two in (*pairwise(past), *pairwise(rest))]
        motion = MOTION * median(steps) if steps else 0.0
        enough = min(max([self.threshold + motion, *steps]), 2 * self.threshold + motion)
        return all(difference(one, two) > enough for one, two in product(past, rest))

    def _window(self, index: int, frames: Mapping[int, GrayFrame]) -> list[GrayFrame]:
        last = max((n for n in range(index, index + self.after + 1) if n in frames), default=index)
        wanted = range(max(0, index - self.before), last + 1)
        missing = [n for n in wanted if n not in frames]
        if missing:
            raise FrameError(f"cut at frame {index}: frames {wanted[0]} to {last} are needed, {missing[0]} is missing")
        return [frames[n] for n in wanted]


@dataclass(frozen=True)
class ListedCuts:
    """Cuts at the frames of a list; it replaces detection.

    frames: first frames of shots, from 0, in any order. Raises FrameError for a negative one.
    use_props: a frame with `starts_shot` is a cut as well.
    """

    frames: Collection[int]
    use_props: bool = True
    before: int = field(default=0, init=False)
    after: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", frozenset(self.frames))
        if self.frames and min(self.frames) < 0:
            raise FrameError(f"a list of cuts counts frames from 0, got {min(self.frames)}")

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        return index in self.frames or _is_given(index, frames, self.use_props)


@dataclass(frozen=True)
class NoCuts:
    """One shot, but for the frames that the host marks with `starts_shot` if `use_props` is set."""

    use_props: bool = True
    before: int = field(default=0, init=False)
    after: int = field(default=0, init=False)

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        return _is_given(index, frames, self.use_props)


def from_settings(settings: Settings) -> CutRule:
    """The rule that the options `cuts`, `cut_threshold` and `use_props` ask for.

    Raises UsageError, naming --cuts, for a list or a file that cannot be read.
    """
    cuts = settings.cuts.strip()
    if cuts == "auto":
        return AutoCuts(settings.cut_threshold, settings.use_props)
    if cuts == "none":
        return NoCuts(settings.use_props)
    is_list = re.fullmatch(r"[-+.,;\s\d]*\d[-+.,;\s\d]*", cuts) is not None
    listed = read_list(cuts, "--cuts") if is_list else _read_cuts(cuts, f"--cuts {cuts}")
    return ListedCuts(listed, settings.use_props)


def counts_from_zero(cuts: str) -> bool:
    """Whether the option `cuts` names an edit, whose frames count from its own start, not numbers as they stand."""
    return split_rate(cuts)[0].suffix.lower() in (".edl", *TIMELINES)


def _read_cuts(name: str, where: str) -> tuple[int, ...]:
    """A file as its suffix tells: an EDL (FILE or FILE@RATE), a timeline, or else text."""
    path, rate = split_rate(name)
    suffix = path.suffix.lower()
    if suffix == ".edl":
        return read_edl(_read_file(str(path), errors="replace"), rate, where)  # clips may be named in any encoding
    if suffix in TIMELINES and path.is_file():
        from vs_tcvc.cuts.otio import read_timeline

        return read_timeline(path, where)
    return read_list(_read_file(name), where)


def read_list(text: str, name: str = "cuts") -> tuple[int, ...]:
    """The first frames of shots that a text lists, ascending, each once.

    Numbers stand apart by commas, semicolons, blanks or line ends; `#` begins a comment. If the first entry is the
    word `frame`, the text is a table with a header, and the first column of each later line counts. Raises UsageError
    with `name` and the line for anything but whole numbers from 0 (of at most nine digits).
    """
    rows = [(number, _entries(line)) for number, line in enumerate(text.splitlines(), start=1)]
    rows = [(number, entries) for number, entries in rows if entries]
    if rows and rows[0][1][0].lower() == "frame":
        rows = [(number, entries[:1]) for number, entries in rows[1:]]
    return tuple(sorted({_frame(entry, f"{name}, line {number}") for number, entries in rows for entry in entries}))


def difference(one: GrayFrame, two: GrayFrame) -> float:
    """How different two pictures are: 0 for the same, about 40 to 110 for two shots.

    Mean |difference| of two thumbnails in percent of their contrast, each with its mean taken off (so that exposure
    does not count); each of 12 blocks is compared with the best of 49 places in `one` (so that motion counts little).
    Contrast is the mean |deviation| from a thumbnail's mean.
    """
    before = sliding_window_view(_sketch(one), (ROWS, COLUMNS)).reshape(-1, ROWS, COLUMNS)
    after = _sketch(two)[REACH:-REACH, REACH:-REACH]
    blocks = np.abs(before - after).reshape(-1, ROWS // BLOCK_ROWS, BLOCK_ROWS, COLUMNS // BLOCK_COLUMNS, BLOCK_COLUMNS)
    return 100.0 * float(blocks.mean(axis=(2, 4)).min(axis=0).mean())


_sketches: WeakKeyDictionary[GrayFrame, Array] = WeakKeyDictionary()
_lock = Lock()


def _sketch(frame: GrayFrame) -> Array:
    """The frame's normalised thumbnail with edges repeated REACH pixels outwards; kept while the frame lives."""
    with _lock:
        known = _sketches.get(frame)
    if known is None:
        thumbnail = cv2.resize(frame.lightness, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
        deviation = thumbnail - thumbnail.mean()
        known = np.pad(deviation / (np.abs(deviation).mean() + FAINT), REACH, mode="edge").astype(np.float32)
        with _lock:
            _sketches[frame] = known
    return known


def _is_given(index: int, frames: Mapping[int, GrayFrame], use_props: bool) -> bool:
    return index == 0 or (use_props and frames[index].starts_shot)


def _entries(line: str) -> list[str]:
    return re.findall(r"[^,;\s]+", line.partition("#")[0])


def _frame(entry: str, where: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", entry):
        raise UsageError(f"{where}: expected a frame number from 0, got {entry!r}")
    return int(entry)


def _read_file(path: str, errors: str = "strict") -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig", errors=errors)
    except (OSError, UnicodeError, ValueError):
        expected = "auto, none, first frames of shots as in 0,48,120, or a file of them (text, EDL, OTIO)"
        raise UsageError(f"--cuts: expected {expected}, got {path!r}, which cannot be read as text") from None
