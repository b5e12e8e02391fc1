"""Cut lists of all programs, told apart by what they hold: one reader each, text -> `CutList`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from vs_tcvc.cuts.cut_list import CutList, Rates
from vs_tcvc.cuts.edl import is_edl, read_edl
from vs_tcvc.cuts.encoder_files import is_encoders, read_encoders
from vs_tcvc.cuts.numbers import read_numbers
from vs_tcvc.cuts.scene_files import is_scenes, read_scenes
from vs_tcvc.cuts.tables import find_table, find_times, read_table, read_times
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.text_file import read_any_text

ENDINGS = (
    ".csv", ".txt", ".edl", ".tsv", ".json", ".llc", ".qp", ".qpfile", ".log", ".html", ".htm", ".mlt", ".kdenlive",
)  # fmt: skip
"""Names of texts; a list of another name is read as well, but a command that takes films too does not look into it."""
TIMELINES = (".otio", ".otioz", ".fcpxml", ".xml", ".aaf")


def split_rate(name: str) -> tuple[Path, str]:
    """`FILE.edl@RATE` as file and rate, "" without a rate. An existing file of the whole name takes precedence."""
    path, _, rate = name.rpartition("@")
    is_named = Path(path).suffix.lower() in ENDINGS or (path and Path(path).is_file())
    return (Path(path), rate) if is_named and not Path(name).is_file() else (Path(name), "")


def is_list(name: str) -> bool:
    """Whether a name is that of a list of cuts, by its ending, and not of a film."""
    path = split_rate(name)[0]
    return path.suffix.lower() in ("", *ENDINGS, *TIMELINES) and not path.is_dir()


def read_file(name: str, film: Fraction | None = None) -> CutList:
    """The shots in a file, which may be named FILE@RATE. film: its frames per second, if they are known.

    Raises UsageError, with the file and the line, for a file that cannot be read.
    """
    path, rate = split_rate(name)
    rates = Rates.of(str(path), rate, film)
    if path.suffix.lower() in TIMELINES and path.is_file():
        return _read_timeline(path, rates)
    text = _read_text(path)
    if '"OTIO_SCHEMA"' in text and is_scenes(text):
        return _read_timeline(path, rates, "otio_json")
    return read_text(text, rates)


def read_text(text: str, rates: Rates) -> CutList:
    """The shots in a text of any program. Raises UsageError, with the line, for what cannot be read."""
    if is_scenes(text):
        return read_scenes(text, rates)
    if rows := find_table(text):
        return read_table(rows, rates)
    if text.lstrip()[:1] == "<":
        remedy = "export the timeline as EDL or OTIO"
        raise UsageError(where=rates.where, expected="a cut list", got="XML of another program", remedy=remedy)
    if rates.where.lower().endswith(".edl") or is_edl(text):
        return read_edl(text, rates)
    if is_encoders(text):
        return read_encoders(text, rates.where)
    if lines := find_times(text):
        return read_times(lines, rates)
    return read_numbers(text, rates.where)


def _read_timeline(path: Path, rates: Rates, adapter: str | None = None) -> CutList:
    from vs_tcvc.cuts.otio import read_timeline

    return read_timeline(path, rates, adapter)


def _read_text(path: Path) -> str:
    try:
        return read_any_text(path)
    except (OSError, UnicodeError, ValueError) as error:
        trouble = "is no file here" if isinstance(error, FileNotFoundError) else "cannot be read as text"
        expected = "auto, none, first frames of shots as in 0,48,120, or a file of them (text, table, EDL, OTIO)"
        raise UsageError(expected=expected, got=f"{str(path)!r}, which {trouble}") from None
