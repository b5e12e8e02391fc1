"""Pictures and clips to measure on, from folders and zips, read one at a time.

A picture is a file that ends in one of `ENDINGS`; a folder of pictures is a clip. Everything else is skipped, including
hidden files and files that macOS adds to a zip. Order is by name, numbers within names by their value.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from vs_tcvc.errors import StreamError, UsageError, first_line
from vs_tcvc.picture.size_limits import MAX_SAMPLES, SIZES_READ, claimed_size, is_too_large
from vs_tcvc.picture.srgb_codes import Codes

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
"""Endings of pictures, in any case."""

_DAMAGE = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, cv2.error)
"""Errors of zipfile and OpenCV for files that are damaged, encrypted or packed in an unknown way."""


@dataclass(frozen=True)
class Picture:
    """A picture that was found but not yet read.

    root: the folder or zip it was found in.
    name: its path inside root, with forward slashes: "train/00007.jpg".
    fetch: returns the bytes of its file.
    """

    root: Path
    name: str
    fetch: Callable[[], bytes] = field(repr=False, compare=False)

    def read(self) -> Codes:
        """The picture as 8-bit R G B (H, W, 3); gray gives equal channels, alpha is dropped.

        Raises StreamError if it is damaged, larger than `size_limits` allow, or can no longer be read.
        """
        codes = None
        try:
            encoded = self.fetch()
            size = claimed_size(encoded)
            if size and is_too_large(*size):
                raise StreamError(where=str(self), expected=SIZES_READ, got="{}x{}, {} channels".format(*size))
            if size:
                codes = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        except _DAMAGE as error:
            raise StreamError(f"{self}: expected a picture, got {first_line(error)}") from error
        if codes is None:
            raise StreamError(f"{self}: expected a picture, got a damaged file or one of another kind")
        return np.ascontiguousarray(codes[..., ::-1], np.uint8)

    def __str__(self) -> str:
        shown = "".join(each if each.isprintable() else "?" for each in self.name)  # a damaged zip names with anything
        return f"{self.root}/{shown}"


@dataclass(frozen=True)
class Clip:
    """The pictures of one folder, in order. name: of the folder, or of the root if they are directly in it."""

    name: str
    pictures: tuple[Picture, ...]

    def __len__(self) -> int:
        return len(self.pictures)

    def read(self) -> Iterator[Codes]:
        """The frames, 8-bit R G B (H, W, 3), one at a time.

        Raises StreamError at a picture that is damaged or differs in size from the first.
        """
        return of_one_size((str(picture), picture.read()) for picture in self.pictures)


def of_one_size(frames: Iterable[tuple[str, Codes]]) -> Iterator[Codes]:
    """Frames (H, W, 3), given with their names for messages. Raises StreamError if a size differs from the first."""
    shape: tuple[int, ...] | None = None
    for place, codes in frames:
        shape = shape or codes.shape
        if codes.shape != shape:
            raise StreamError(
                f"{place}: expected {shape[1]}x{shape[0]} like the clip's first picture,"
                f" got {codes.shape[1]}x{codes.shape[0]}"
            )
        yield codes


def find_stills(root: Path) -> tuple[Picture, ...]:
    """All pictures in a folder or zip, at any depth, in order; a zip stays open while they are in use.

    Raises UsageError if `root` is missing or has none, StreamError if it is a damaged zip or not a zip.
    """
    files = _folder(root) if root.is_dir() else _zip(root)
    names = sorted(filter(_is_picture, files), key=_in_order)
    if not names:
        raise UsageError(f"{root}: expected pictures ({', '.join(ENDINGS)}), got none")
    return tuple(Picture(root, name, files[name]) for name in names)


def find_clips(root: Path) -> tuple[Clip, ...]:
    """The clips in a folder or zip: one for every folder of pictures, at any depth, including `root`.

    Raises what `find_stills` raises.
    """
    by_folder = groupby(find_stills(root), key=lambda picture: str(PurePosixPath(picture.name).parent))
    here = root.resolve().stem
    return tuple(Clip(here if folder == "." else folder, tuple(pictures)) for folder, pictures in by_folder)


def _folder(root: Path) -> dict[str, Callable[[], bytes]]:
    """How to fetch each file under `root`, by its path there; also one that a link names and that is missing."""
    found = (path for path in root.rglob("*") if path.is_file() or (path.is_symlink() and not path.exists()))
    return {path.relative_to(root).as_posix(): path.read_bytes for path in found}


def _zip(root: Path) -> dict[str, Callable[[], bytes]]:
    """How to fetch each file in the zip `root`, by its path there."""
    try:
        archive = zipfile.ZipFile(root)
    except FileNotFoundError:
        raise UsageError(f"{root}: expected a folder or zip of pictures, got no such file") from None
    except _DAMAGE as error:
        raise StreamError(f"{root}: expected a folder or zip of pictures, got {first_line(error)}") from error
    return {each.filename: partial(_unpack, archive, each) for each in archive.infolist() if not each.is_dir()}


def _unpack(archive: zipfile.ZipFile, each: zipfile.ZipInfo) -> bytes:
    """A file of a zip. Raises ValueError if it claims to be larger than any picture; no more than it claims is read."""
    if each.file_size > MAX_SAMPLES:
        raise ValueError(f"a file of {each.file_size} bytes")
    return archive.read(each)


def _is_picture(name: str) -> bool:
    return not is_hidden(name) and name.lower().endswith(ENDINGS)


def is_hidden(name: str) -> bool:
    """Whether a file, by its path with forward slashes, is hidden, in a hidden folder, or metadata of macOS."""
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _in_order(name: str) -> tuple[list[list[str | int]], list[str | int], str]:
    """Sorting key: folder by folder, and "2" before "10"."""
    path = PurePosixPath(name)
    return [_by_value(part) for part in path.parent.parts], _by_value(path.name), name


def _by_value(text: str) -> list[str | int]:
    """Text split at its numbers, which are at odd positions."""
    return [int(piece) if place % 2 else piece for place, piece in enumerate(re.split(r"([0-9]+)", text))]


def lowest_hashes(pictures: Iterable[Picture], count: int) -> tuple[Picture, ...]:
    """A reproducible choice of pictures: the `count` whose names have the lowest SHA-1."""
    return tuple(sorted(pictures, key=lambda picture: hashlib.sha1(picture.name.encode()).digest())[:count])
