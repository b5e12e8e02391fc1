"""A film as pictures whose file names differ in a number: `scan_%06d.png`, or a folder of such files.

The number is written as in C, `%06d`, or as hosts write it: `####`, `@@@@` or `$F4` for four digits, `[1001-1100]` for
four digits and these frames alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

from vs_tcvc.errors import StreamError, UsageError

FRAMES = "frame_%06d.png"
"""Names of the pictures of a film."""
_PATTERNS = (
    re.compile(r"([^%#]*)(?:%(?:0([1-9][0-9]?))?d|(##+))([^%#]*)"),
    re.compile(r"([^%#@$]*)(?:\$F([1-9]?)(?!\w)|(@@+))([^%#@$]*)"),
)
"""Text before the number, its digits or placeholders, text after it. Next to % and #, @ and $ are letters."""
_BRACKETS = re.compile(r"([^%#@$\[\]]*)\[([0-9]+)-([0-9]+)\]([^%#@$\[\]]*)")
"""Text before the number, the first one and the last, text after it."""
_DIGITS = re.compile("([0-9]+)")
ENDINGS = (".bmp", ".dpx", ".j2c", ".j2k", ".jp2", ".jpeg", ".jpg", ".png", ".tif", ".tiff")
"""Endings of pictures that FFmpeg reads."""
_OF_COMPOSITORS = (".cin", ".exr", ".hdr")
"""Endings of pictures that FFmpeg does not read as they are meant."""


@dataclass(frozen=True)
class NumberedFiles:
    """File names: in `folder`, `before`, a number filled with zeros to `digits`, `after`.

    A minus counts as a digit, as in C: of four digits, -3 is -003. within: the only numbers that count, None for all.
    """

    folder: Path
    before: str
    digits: int
    after: str
    within: range | None = field(default=None, compare=False)

    @classmethod
    def named(cls, path: Path) -> NumberedFiles | None:
        """The names described by a pattern such as `scans/scan_%06d.png`, `%d.tif` or `plate.####.exr`, or None."""
        if match := _BRACKETS.fullmatch(path.name):
            before, first, last, after = match.groups()
            width = len(first) if first[0] == "0" or len(first) == len(last) else 1
            return cls(path.parent, before, width, after, range(int(first), int(last) + 1))
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
        numbers = sorted(int(match[1]) for match in matches if match and self.path(int(match[1])).name == match[0])
        return [number for number in numbers if self.within is None or number in self.within]


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
    wanted = names.within or range(numbers[0], numbers[-1] + 1)
    missing = next((number for number, found in zip_longest(wanted, numbers) if number != found), None)
    if missing is not None:
        raise StreamError(
            f"{names.path(missing)}: this picture is missing between {wanted[0]} and {wanted[-1]}; add it, or "
            "move those after it to a folder of their own"
        )
    return names, range(numbers[0], numbers[-1] + 1)


def _in_folder(folder: Path) -> NumberedFiles:
    """The pictures in a folder, which must be of one kind; files with other endings are ignored."""
    files = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] != ".")
    names = _common(folder, files)
    if names is None:
        plates = pattern_like(folder, _OF_COMPOSITORS)
        remedy = f"colour {plates} with tcvc sequence" if plates else ""
        raise UsageError(
            f"{folder}: expected numbered pictures in it ({', '.join(ENDINGS)}), found none", remedy=remedy
        )
    others = set(files) - {names.path(number).name for number in names.existing()}
    if others:
        raise UsageError(
            f"{folder}: expected pictures of one kind, found {names.path(names.existing()[0]).name} and {min(others)}; "
            f"choose one, such as {names}"
        )
    return names


def _common(folder: Path, files: Sequence[str]) -> NumberedFiles | None:
    """Names like the first of these with a number: of its numbers the one that differs in the most files.

    Of equals, and of a single file, it is the last one. None if no file has a number.
    """
    stems = [(Path(name).stem, Path(name).suffix) for name in files]
    split = [(*_DIGITS.split(stem), ending) for stem, ending in stems if _DIGITS.search(stem)]
    if not split:
        return None
    first, places = split[0], range(1, len(split[0]) - 1, 2)
    alike = {at: [each[at] for each in split if _without(each, at) == _without(first, at)] for at in places}
    place = max(places, key=lambda at: (len(alike[at]), at))
    numbers = alike[place]
    is_padded = any(number[0] == "0" for number in numbers)
    before, after = "".join(first[:place]), "".join(first[place + 1 :])
    return NumberedFiles(folder, before, min(map(len, numbers)) if is_padded else 1, after)


def _without(parts: tuple[str, ...], place: int) -> tuple[str, ...]:
    return parts[:place] + parts[place + 1 :]


def pattern_like(path: Path, endings: Collection[str] = (*ENDINGS, *_OF_COMPOSITORS)) -> NumberedFiles | None:
    """The names of the pictures in a folder, or of those like a file; None if they have no number.

    endings: of a folder's pictures.
    """
    if path.is_dir():
        return _common(path, sorted(each.name for each in path.iterdir() if each.suffix.lower() in endings))
    siblings = [each.name for each in path.parent.glob(f"*{path.suffix}") if each.is_file()] if path.is_file() else []
    return _common(path.parent, [path.name, *siblings]) if siblings else None


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
