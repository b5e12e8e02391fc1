"""Paint a reference: strokes over the colour that a frame has, as a picture beside the project.

The frame keeps its luma; strokes give a* and b*. A picture is written whole, each under a new name, so that undoing
finds the one before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters.color_stage import color_png
from vs_tcvc.core.frame import Array
from vs_tcvc.errors import UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.size_limits import claimed_size
from vs_tcvc.project import edits
from vs_tcvc.project.reference_names import NUMBERED, painted_folder
from vs_tcvc.project.schema import Project
from vs_tcvc.references.looks import NATURAL, PRESETS
from vs_tcvc.runtime.atomic_files import make_folder, whole_file

Strokes = NDArray[np.uint8]
"""What was painted: (H, W, 4), R G B in sRGB and alpha."""

MOST_BYTES = 2**24
"""Of strokes as a PNG."""

_PNG = b"\x89PNG\r\n\x1a\n"
_NATURAL = next(name for name, look in PRESETS.items() if look == NATURAL)


def strokes_of(png: bytes, size: tuple[int, int]) -> Strokes:
    """Strokes that were sent. size: (width, height) of the frame, which they may not exceed.

    Raises UsageError for anything but a PNG with 8 bits and alpha, of at most that size and `MOST_BYTES`.
    """
    claimed = claimed_size(png) if png.startswith(_PNG) and len(png) <= MOST_BYTES else None
    fits = claimed is not None and claimed[0] <= size[0] and claimed[1] <= size[1] and claimed[2] == 4
    strokes: Any = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) if fits else None
    if strokes is None or strokes.dtype != np.uint8 or strokes.ndim != 3:
        got = "{}x{} with {} channels".format(*claimed) if claimed else f"{len(png)} bytes of another kind"
        raise UsageError(where="strokes", expected=f"a PNG with alpha of at most {size[0]}x{size[1]}", got=got)
    return np.asarray(cv2.cvtColor(strokes, cv2.COLOR_BGRA2RGBA), np.uint8)


def laid_over(ab: Array, strokes: Strokes) -> Array:
    """The colour (2, h, w) with strokes over it, of any size."""
    height, width = ab.shape[1:]
    planes = strokes.astype(np.float32) / np.float32(255)
    premultiplied = np.concatenate([planes[..., :3] * planes[..., 3:], planes[..., 3:]], axis=2)
    shrinks = strokes.shape[1] > width
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(premultiplied, (width, height), interpolation=way), np.float32)
    alpha = small[..., 3]
    rgb = small[..., :3].transpose(2, 0, 1) / np.maximum(alpha, np.float32(1e-6))
    return np.asarray(ab + alpha * (lab_from_rgb(rgb.clip(0, 1))[1:] - ab), np.float32)


def picture(film: FilmProject, index: int, ab: Array) -> bytes:
    """A frame, by its index from 0, with a colour ab (2, h, w) as a PNG of 16 bits; its luma is the film's."""
    with film.reader() as reader:
        held = next(reader.read(range(index, index + 1)))[1]
    return color_png(film.plan, held, ab)


def paint(film: FilmProject, index: int, shown: Array, strokes: Strokes) -> bytes:
    """A frame with strokes over the colour (2, h, w) in which it is shown, as a picture that will be shown like that:
    the shot's saturation is taken out."""
    entry = next(each for each in film.entries if index in each.frames)
    return picture(film, index, laid_over(shown, strokes) / np.float32(entry.saturation or 1))


def write_picture(film: FilmProject, place: int, index: int, png: bytes) -> str:
    """Write a picture of a shot's frame under a new name; returns the reference that names it.

    Raises UsageError and TcvcError as `whole_file`.
    """
    folder = painted_folder(film.document.path)
    make_folder(folder)
    path = _new_name(folder, place + 1, film.document.project.film.first + index)
    with whole_file(path) as file:
        file.write(png)
    return film.document.relative(path)


def take_picture(project: Project, shot: int, reference: str) -> Project:
    """A picture as the shot's reference of its frame, exactly as it was seen: what has the look already gets it once.

    An edit, for `Desk.edit`.
    """
    taken = edits.put_reference(project, shot, reference)
    scene = project.scenes.get(project.shots[shot].scene)
    is_graded = bool(project.shots[shot].look or (scene and scene.look))
    return edits.set_look(taken, shot, _NATURAL) if is_graded else taken


def _new_name(folder: Path, shot: int, frame: int) -> Path:
    """The first name of a picture that is free."""
    number = 1
    while (path := folder / NUMBERED.format(shot=shot, frame=frame, number=number)).exists():
        number += 1
    return path
