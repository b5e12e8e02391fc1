"""Folder layouts of public data sets. A layout turns an unpacked folder into pictures or clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from vs_tcvc.datasets.films import FILM_ENDINGS, FilmFile
from vs_tcvc.datasets.pictures import ENDINGS, Clip, Picture, find_clips, find_stills
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.srgb_codes import Codes


class Frames(Protocol):
    """A shot with random access to its frames.

    every: samples begin at frames 0, every, 2 every, ...; masks: of objects, one for each frame, or none.
    """

    @property
    def name(self) -> str: ...

    @property
    def every(self) -> int: ...

    @property
    def masks(self) -> tuple[Picture, ...]: ...

    def __len__(self) -> int: ...

    def read(self, first: int, count: int) -> list[Codes]:
        """Frames first, first + 1, ..., 8-bit R G B (H, W, 3) each. Raises StreamError at a damaged one."""


@dataclass(frozen=True)
class PictureFrames:
    """A clip of pictures, as `Frames`."""

    clip: Clip
    every: int = 3
    masks: tuple[Picture, ...] = ()

    @property
    def name(self) -> str:
        return self.clip.name

    def __len__(self) -> int:
        return len(self.clip)

    def read(self, first: int, count: int) -> list[Codes]:
        """As `Frames.read`."""
        return [picture.read() for picture in self.clip.pictures[first : first + count]]


@dataclass(frozen=True)
class FilmFrames:
    """A video file, as `Frames`; it is decoded from its beginning each time, so it should be short."""

    film: FilmFile
    every: int = 3
    masks: tuple[Picture, ...] = ()

    @property
    def name(self) -> str:
        return self.film.name

    def __len__(self) -> int:
        return self._length

    @cached_property
    def _length(self) -> int:
        return sum(1 for _ in self.film.read())

    def read(self, first: int, count: int) -> list[Codes]:
        """As `Frames.read`."""
        return list(islice(self.film.read(), first, first + count))


@dataclass(frozen=True)
class Layout:
    """The folder layout of a data set.

    patterns: folders of pictures below the user's folder; the first pattern with a match is used.
    masks: replaces `JPEGImages` in a clip's path for the masks of its objects; used only if there is one for every
    frame.
    every: as `Frames.every`. films: whether a folder of video files is also accepted.
    """

    patterns: tuple[str, ...]
    masks: str = ""
    every: int = 3
    films: bool = False

    def __str__(self) -> str:
        films = f" or a folder of films ({', '.join(FILM_ENDINGS)})" if self.films else ""
        return f"{' or '.join(f'{pattern}/*.jpg' for pattern in self.patterns)}{films}"


STILLS: Mapping[str, Layout] = MappingProxyType({"imagenet": Layout(("train/*", "ILSVRC/Data/CLS-LOC/train/*", "*"))})
"""Data sets of photographs: folders of one class each."""

CLIPS: Mapping[str, Layout] = MappingProxyType(
    {
        "davis": Layout(("JPEGImages/480p/*", "DAVIS/JPEGImages/480p/*"), masks="Annotations"),
        "reds": Layout(("train_sharp/*", "train/train_sharp/*")),
        "sportsmot": Layout(("dataset/train/*/img1", "train/*/img1")),
        "videvo": Layout(("*",), every=8, films=True),
        "fvi": Layout(("JPEGImages/*", "Train/JPEGImages/*", "*"), masks="Annotations", films=True),
    }
)
"""Data sets of clips: folders of one shot each."""


def find_photographs(root: Path, layout: str = "") -> tuple[Picture, ...]:
    """The pictures of a data set of `STILLS`; without a layout, all pictures at any depth of a folder or zip.

    Raises UsageError if nothing matches the layout.
    """
    if not layout:
        return find_stills(root)
    return tuple(picture for folder in _folders(root, layout, STILLS[layout]) for picture in find_stills(folder))


def find_shots(root: Path, layout: str = "") -> tuple[Frames, ...]:
    """The clips of a data set of `CLIPS`; without a layout, the clips that `find_clips` finds in a folder or zip.

    Raises UsageError if nothing matches the layout.
    """
    if not layout:
        return tuple(map(PictureFrames, find_clips(root)))
    kind = CLIPS[layout]
    if kind.films and (films := sorted(path for path in root.glob("*") if path.suffix.lower() in FILM_ENDINGS)):
        return tuple(FilmFrames(FilmFile(path.stem, path), kind.every) for path in films)
    return tuple(_shot(root, folder, kind) for folder in _folders(root, layout, kind))


def _shot(root: Path, folder: Path, layout: Layout) -> PictureFrames:
    name = folder.relative_to(root)
    pictures = find_stills(folder)
    lies = root.joinpath(*(layout.masks if part == "JPEGImages" else part for part in name.parts))
    masks = find_stills(lies) if layout.masks and lies != folder and lies.is_dir() else ()
    complete = masks if len(masks) == len(pictures) else ()
    return PictureFrames(Clip(name.as_posix(), pictures), layout.every, complete)


def _folders(root: Path, name: str, layout: Layout) -> list[Path]:
    """Folders of pictures, in order, of the first pattern with a match. Raises UsageError if there is none."""
    for pattern in layout.patterns:
        found = [folder for folder in sorted(root.glob(pattern)) if _has_pictures(folder)]
        if found:
            return found
    raise UsageError(f"{root}: expected the layout of {name}, {layout}, found no match; give the folder above it")


def _has_pictures(folder: Path) -> bool:
    return folder.is_dir() and any(path.suffix.lower() in ENDINGS for path in folder.iterdir())


def with_layouts(
    option: str, roots: Sequence[Path], layouts: Sequence[str], known: Mapping[str, Layout]
) -> list[tuple[Path, str]]:
    """Each folder of an option with its layout: one layout for all, one for each, or "" for none.

    layouts: all that the user gave; those that are not `known` belong to another option. Raises UsageError for any
    other number of them.
    """
    mine = [layout for layout in layouts if layout in known]
    each = mine * len(roots) if len(mine) == 1 else mine or [""] * len(roots)
    if len(each) != len(roots):
        raise UsageError(
            option="layout", expected=f"one for all folders of {option}, or one for each ({len(roots)})",
            got=str(len(mine)),
        )  # fmt: skip
    return list(zip(roots, each, strict=True))
