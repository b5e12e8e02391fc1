"""Which frame a painted reference shows: `PICTURE@FRAME`, or by the picture's name as colorizers write it.

`000034.png`, `ref_000034.png`, `frame_000034.png`, `shot003_frame000034_2.png`. This module looks at no file, except in
`pictures_of`.
"""

from __future__ import annotations

import re
from pathlib import Path

from vs_tcvc.errors import UsageError

ENDINGS = (".bmp", ".exr", ".jp2", ".jpeg", ".jpg", ".jxl", ".png", ".psd", ".tga", ".tif", ".tiff", ".webp")
"""A reference with another ending is a folder of pictures."""

NUMBERED = "shot{shot:03d}_frame{frame:06d}_{number}.png"
"""The name of one of several pictures of a frame. shot: from 1; frame: the film's own number; number: from 1."""

_MARKED = re.compile(r"(.+)@([0-9]{1,9})", re.DOTALL)
_NAMED = re.compile(r"(?:(?:ref_|frame_?)?([0-9]{1,9})|shot[0-9]+_frame([0-9]{1,9})(?![0-9]).*)", re.IGNORECASE)


def split(reference: str) -> tuple[str, int | None]:
    """The path of a reference and its frame, None if neither `@FRAME` nor the name gives one."""
    marked = _MARKED.fullmatch(reference)
    if marked:
        return marked[1], int(marked[2])
    return reference, frame_of(reference)


def frame_of(name: str) -> int | None:
    """The frame in the name of a picture, None if there is none."""
    if not is_picture(name):
        return None
    match = _NAMED.fullmatch(name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0])
    return int(match[1] or match[2]) if match else None


def is_picture(path: str) -> bool:
    """Whether a path without `@FRAME` names a picture, and not a folder of pictures."""
    return path.lower().endswith(ENDINGS)


def pictures_of(folder: Path, frames: range) -> dict[int, Path]:
    """The pictures in a folder whose names give one of `frames`, by frame.

    Raises UsageError if there is no such folder, and for two pictures of one frame.
    """
    if not folder.is_dir():
        raise UsageError(where=str(folder), expected="a folder of references", got="none of that name")
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        frame = frame_of(path.name)
        if frame is None or frame not in frames:
            continue
        if frame in found:
            raise UsageError(
                where=str(folder), expected=f"one picture of frame {frame}", got=f"{found[frame].name} and {path.name}",
                remedy="move one of them to another folder",
            )  # fmt: skip
        found[frame] = path
    return found


def sheets_folder(project: Path) -> Path:
    """The folder of pictures to paint over of a project: beside `film.tcvc.yaml` it is `film.references`."""
    return _beside(project, "references")


def painted_folder(project: Path) -> Path:
    """The folder of the pictures that were painted or chosen in the desk: beside `film.tcvc.yaml` `film.painted`."""
    return _beside(project, "painted")


def name_of(project: Path) -> str:
    """The name of a project without its endings: of `film.tcvc.yaml` it is `film`."""
    return project.name.removesuffix(".yaml").removesuffix(".tcvc")


def _beside(project: Path, ending: str) -> Path:
    return project.with_name(f"{name_of(project)}.{ending}")
