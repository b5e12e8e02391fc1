"""The rule for the option `cuts`: detection, a list or file of cuts, or none."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vs_tcvc.core.cut_rule import CutRule, is_marked
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.cuts.edl import read_edl, read_edl_dissolves, split_rate
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.runtime.text_file import read_text
from vs_tcvc.settings import Settings

LISTS = ("", ".csv", ".txt")
TIMELINES = (".otio", ".otioz", ".fcpxml", ".xml", ".aaf")


@dataclass(frozen=True)
class ListedCuts:
    """Cuts at the frames of a list; it replaces detection.

    frames: first frames of shots, in any order. first: the number there of the clip's first frame.
    use_props: a frame with `starts_shot` is also a cut. Raises FrameError for a negative frame of a clip from 0.
    """

    frames: Collection[int]
    use_props: bool = True
    first: int = 0
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


def from_settings(settings: Settings, first: int = 0) -> CutRule:
    """The rule for the options `cuts`, `cut_threshold` and `use_props`.

    first: the number of the clip's first frame, by which a list counts; an edit counts from its own start.
    Raises UsageError, naming the option, for a list or a file that cannot be read.
    """
    cuts = settings.cuts.strip()
    if cuts == "auto":
        return AutoCuts(settings.cut_threshold, settings.use_props)
    if cuts == "none":
        return NoCuts(settings.use_props)
    is_list = re.fullmatch(r"[-+.,;\s\d]*\d[-+.,;\s\d]*", cuts) is not None
    try:
        listed = read_list(cuts) if is_list else _read_cuts(cuts)
    except UsageError as error:
        raise error.about("cuts") from None
    is_edit = split_rate(cuts)[0].suffix.lower() in (".edl", *TIMELINES)
    return ListedCuts([first + frame for frame in listed] if is_edit else listed, settings.use_props, first)


def listed_dissolves(settings: Settings) -> tuple[tuple[int, int], ...]:
    """The frames [first, end) of the dissolves in the EDL that the option `cuts` names, from 0; () without one."""
    path, rate = split_rate(settings.cuts.strip())
    if path.suffix.lower() != ".edl":
        return ()
    return read_edl_dissolves(_read_file(str(path), errors="replace"), rate, settings.cuts)


def listed_cuts(rule: CutRule) -> Collection[int]:
    """The frames that a rule names, () if it finds them."""
    return rule.frames if isinstance(rule, ListedCuts) else ()


def is_list(name: str) -> bool:
    """Whether a name is that of a list of cuts, by its ending, and not of a film."""
    path = split_rate(name)[0]
    return path.suffix.lower() in (*LISTS, ".edl", *TIMELINES) and not path.is_dir()


def _read_cuts(name: str) -> tuple[int, ...]:
    """Read a file by its suffix: an EDL (FILE or FILE@RATE), a timeline, or otherwise text."""
    path, rate = split_rate(name)
    suffix = path.suffix.lower()
    if suffix == ".edl":
        return read_edl(_read_file(str(path), errors="replace"), rate, name)  # clips may be named in any encoding
    if suffix in TIMELINES and path.is_file():
        from vs_tcvc.cuts.otio import read_timeline

        return read_timeline(path, name)
    return read_list(_read_file(name), name)


def read_list(text: str, name: str = "") -> tuple[int, ...]:
    """The first frames of shots listed in a text, ascending, each once.

    Numbers are separated by commas, semicolons, blanks or line ends; `#` begins a comment. If the first entry is the
    word `frame`, the text is a table with a header, and the first column of each later line is read. Raises UsageError
    with `name` and the line for anything except whole numbers from 0 (of at most nine digits).
    """
    rows = [(number, _entries(line)) for number, line in enumerate(text.splitlines(), start=1)]
    rows = [(number, entries) for number, entries in rows if entries]
    if rows and rows[0][1][0].lower() == "frame":
        rows = [(number, entries[:1]) for number, entries in rows[1:]]
    places = ((f"{name}, line {number}" if name else "", entries) for number, entries in rows)
    return tuple(sorted({_frame(entry, where) for where, entries in places for entry in entries}))


def _entries(line: str) -> list[str]:
    return re.findall(r"[^,;\s]+", line.partition("#")[0])


def _frame(entry: str, where: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", entry):
        raise UsageError(where=where, expected="a frame number from 0", got=repr(entry))
    return int(entry)


def _read_file(path: str, errors: str = "strict") -> str:
    try:
        return read_text(Path(path), "utf-8-sig", errors)
    except (OSError, UnicodeError, ValueError) as error:
        trouble = "is no file here" if isinstance(error, FileNotFoundError) else "cannot be read as text"
        expected = "auto, none, first frames of shots as in 0,48,120, or a file of them (text, EDL, OTIO)"
        raise UsageError(expected=expected, got=f"{path!r}, which {trouble}") from None
