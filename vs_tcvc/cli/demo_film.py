"""A black-and-white film of photographs: camera moves, hard cuts, a returning scene, a flash, grain.

Nothing is downloaded: scikit-image's wheel contains the photographs. The film is the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import luma
from vs_tcvc.runtime.atomic_files import whole_file

WIDTH, HEIGHT, RATE = 640, 360, 24
SHOT_FRAMES = 2 * RATE
FLASH_FRAMES = 2  # in the middle of the shot: the longest that is not a cut
SWAY = 2.0  # pixels that the hand moves the camera to each side
GRAIN = 0.02  # standard deviation of Y' before it is softened


@dataclass(frozen=True)
class View:
    """What the camera sees of a photograph.

    x, y: its centre, shares of the photograph's width and height. width: share of the photograph's width.
    degrees: how far the camera leans.
    """

    x: float
    y: float
    width: float
    degrees: float = 0.0


@dataclass(frozen=True)
class Take:
    """One shot: a camera on its way from `begin` to `end`. photograph: its name in `skimage.data`."""

    photograph: str
    begin: View
    end: View
    has_flash: bool = False


TAKES = (
    Take("astronaut", View(0.50, 0.33, 0.94), View(0.44, 0.25, 0.70, 2.0)),
    Take("coffee", View(0.40, 0.55, 0.72, -3.0), View(0.56, 0.50, 0.80, 3.0)),
    Take("astronaut", View(0.44, 0.26, 0.74), View(0.60, 0.30, 0.74)),
    Take("chelsea", View(0.60, 0.46, 0.76), View(0.42, 0.46, 0.60, -3.0)),
    Take("rocket", View(0.50, 0.68, 0.60), View(0.50, 0.50, 0.88), has_flash=True),
    Take("stereo_motorcycle", View(0.36, 0.54, 0.66), View(0.60, 0.50, 0.74, 2.0)),
)


def first_frames() -> list[int]:
    """First frames of the shots."""
    return list(accumulate([SHOT_FRAMES] * (len(TAKES) - 1), initial=0))


def write(path: Path) -> None:
    """The film as MP4: H.264, yuv420p without colour, limited range, matrix 709.

    Raises what `whole_file` raises, and OSError when the disk is full.
    """
    with whole_file(path) as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        coding = SampleCoding(8)
        neutral = np.full((HEIGHT // 2, WIDTH), coding.neutral, np.uint8)
        for picture in _frames():
            planes = np.concatenate([coding.codes_from_luma(picture), neutral])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        container.mux(stream.encode(None))


def _frames() -> Iterator[Array]:
    """Y' (HEIGHT, WIDTH) of every frame."""
    grain = np.random.default_rng(0)
    for take in TAKES:
        photograph = _photograph(take.photograph)
        for index in range(SHOT_FRAMES):
            picture = _seen(photograph, _view(take, index / SHOT_FRAMES), _sway(index))
            is_flash = take.has_flash and 0 <= index - SHOT_FRAMES // 2 < FLASH_FRAMES
            exposed = 0.95 + 0.05 * picture if is_flash else picture
            noise = grain.standard_normal((HEIGHT, WIDTH), np.float32)
            yield exposed + GRAIN * cv2.GaussianBlur(noise, (3, 3), 0)


def _photograph(name: str) -> Array:
    """Y' of a photograph (rows, columns)."""
    from skimage import data

    loaded = getattr(data, name)()
    rgb = loaded[0] if isinstance(loaded, tuple) else loaded  # a stereo pair and its disparities
    return luma(np.moveaxis(rgb, -1, 0) / np.float32(255))


def _view(take: Take, share: float) -> View:
    """The camera's position after a share (0 to 1) of the shot's time; it starts and stops softly."""
    eased = share * share * (3 - 2 * share)
    begin, end = (np.array([view.x, view.y, view.width, view.degrees]) for view in (take.begin, take.end))
    return View(*(begin + eased * (end - begin)).tolist())


def _sway(index: int) -> NDArray[np.float64]:
    """Offset of a hand-held camera: pixels of the film, x and y."""
    return SWAY * np.sin(index * np.array([0.23, 0.31]))


def _seen(photograph: Array, view: View, shift: NDArray[np.float64]) -> Array:
    """The photograph through the camera (HEIGHT, WIDTH)."""
    rows, columns = photograph.shape
    turn = np.radians(view.degrees)
    zoom = view.width * columns / WIDTH
    matrix = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = np.array([view.x * columns, view.y * rows]) - matrix @ (np.array([WIDTH, HEIGHT]) / 2 + shift)
    place = np.column_stack([matrix, centre])
    return np.asarray(
        cv2.warpAffine(photograph, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.float32
    )
