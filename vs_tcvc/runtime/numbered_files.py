"""A film as pictures whose file names differ in a number: `scan_%06d.png`, or a folder of such files.

The number is written as in C, `%06d`, or as hosts write it: `####`, `@@@@` or `$F4` for four digits.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from vs_tcvc.errors import StreamError, UsageError

FRAMES = "frame_%06d.png"
"""Names of the pictures of a film."""
_PATTERNS = (
    re.compile(r"([^%#]*)(?:%(?:0([1-9][0-9]?))?d|(##+))([^%#]*)"),
    re.compile(r"([^%#@$]*)(?:\$F([1-9]?)(?!\w)|(@@+))([^%#@$]*)"),
)
"""Text before the number, its digits or placeholders, text after it. Next to % and #, @ and $ are letters."""
_NAME = re.compile(r"(.*?)([0-9]+)([^0-9]*\.[^.]*)", re.DOTALL)
_ENDINGS = (".bmp", ".dpx", ".jp2", ".jpeg", ".jpg", ".png", ".tif", ".tiff")


@dataclass(frozen=True)
class NumberedFiles:
    """File names: in `folder`, `before`, a number filled with zeros to `digits`, `after`.

    A minus counts as a digit, as in C: of four digits, -3 is -003.
    """

    folder: Path
    before: str
    digits: int
    after: str

    @classmethod
    def named(cls, path: Path) -> NumberedFiles | None:
        """The names described by a pattern such as `scans/scan_%06d.png`, `%d.tif` or `plate.####.exr`, or None."""
        match = next(filter(None, (pattern.fullmatch(path.name) for pattern in _PATTERNS)), None)
        if match is None:
            return None
        before, digits, places, after = match.groups()
        return cls(path.parent, before, len(places) if places else int(digits or 1), after)

    def __str__(self) -> str:
        return str(self.folder / f"{self.before}{self._number}{self.after}")

    @property
    def for_ffmpeg(self) -> str:
        """The pattern for FFmpeg's image2, with any other % doubled."""
        folder, before, after = (text.replace("%", "%%") for text in (str(self.folder), self.before, self.after))
        return for_ffmpeg(Path(folder) / f"{before}{self._number}{after}")

    @property
    def _number(self) -> str:
        return f"%0{self.digits}d" if self.digits > 1 else "%d"

    def path(self, number: int) -> Path:
        return self.folder / f"{self.before}{number:0{self.digits}d}{self.after}"

    def existing(self) -> list[int]:
        """Numbers of the existing files, ascending."""
        if not self.folder.is_dir():
            return []
        name = re.compile(f"{re.escape(self.before)}(-?[0-9]+){re.escape(self.after)}")
        matches = (name.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(match[1]) for match in matches if match and self.path(int(match[1])).name == match[0])


def for_ffmpeg(path: Path) -> str:
    """The name of a file for FFmpeg, which takes text before a colon for a protocol."""
    return f"file:{path}"


def find_pictures(path: Path) -> tuple[NumberedFiles, range] | None:
    """The pictures of a folder or a pattern, and their numbers; None if `path` is one file.

    Raises UsageError if there are none, or of several kinds; StreamError if one is missing.
    """
    names = None if path.is_file() else _in_folder(path) if path.is_dir() else NumberedFiles.named(path)
    if names is None:
        return None
    numbers = names.existing()
    if not numbers:
        raise UsageError(f"{path}: expected pictures of such names, found none; check how the files are named")
    missing = next((one + 1 for one, other in pairwise(numbers) if other != one + 1), None)
    if missing is not None:
        raise StreamError(
            f"{names.path(missing)}: this picture is missing between {numbers[0]} and {numbers[-1]}; add it, or "
            "move those after it to a folder of their own"
        )
    return names, range(numbers[0], numbers[-1] + 1)


def _in_folder(folder: Path) -> NumberedFiles:
    """The pictures in a folder, which must be of one kind; files with other endings are ignored."""
    files = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _ENDINGS and path.name[0] != ".")
    matches = [match for match in map(_NAME.fullmatch, files) if match]
    if not matches:
        raise UsageError(f"{folder}: expected numbered pictures in it ({', '.join(_ENDINGS)}), found none")
    before, _, after = matches[0].groups()
    numbers = [match[2] for match in matches if (match[1], match[3]) == (before, after)]
    is_padded = any(number[0] == "0" for number in numbers)
    names = NumberedFiles(folder, before, min(map(len, numbers)) if is_padded else 1, after)
    others = set(files) - {names.path(number).name for number in names.existing()}
    if others:
        raise UsageError(
            f"{folder}: expected pictures of one kind, found {matches[0][0]} and {min(others)}; choose one, "
            f"such as {names}"
        )
    return names


def target_path(path: Path, source: Path, endings: Collection[str]) -> Path:
    """The path to write: `path`, or those of `pictures_in` if it is a folder, or a name without an ending."""
    return pictures_in(path, source, endings) if path.is_dir() or not path.suffix else path


def pictures_in(folder: Path, source: Path, endings: Collection[str]) -> Path:
    """The names of a film's pictures in a folder.

    Pictures keep their names and numbers, and their ending if it is one of `endings`, else .png; those of a film in a
    file are FRAMES. Raises UsageError as `find_pictures` for the source.
    """
    names = None if source.is_file() else _in_folder(source) if source.is_dir() else NumberedFiles.named(source)
    if names is None:
        return folder / FRAMES
    ending = Path(f"_{names.after}").suffix
    after = names.after if ending.lower() in endings else f"{names.after.removesuffix(ending)}.png"
    ours = replace(names, folder=folder, after=after)
    pattern = Path(str(ours))
    return pattern if NumberedFiles.named(pattern) == ours else folder / FRAMES  # of names with a % of their own
