"""A film in colour, its gray self, and worn copies of it: what `vs_tcvc.film.transfer` finds again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma

WIDTH, HEIGHT = 160, 120
WORKING = (88, 64)
"""Width and height of the working picture at size 64."""

Picture = NDArray[np.uint8]
"""R'G'B' codes (HEIGHT, WIDTH, 3)."""


def picture(kind: int, frame: int) -> Picture:
    """A frame of a place, by number: the camera pans over it, and something moves the other way."""
    rng = np.random.default_rng(kind)
    rough = rng.integers(0, 255, (40, 60)).astype(np.float32)
    tints = rng.integers(-60, 60, (5, 7, 3)).astype(np.float32)
    ground = cv2.resize(rough, (480, 320), interpolation=cv2.INTER_CUBIC)[..., None] * 0.5 + 64
    ground = ground + cv2.resize(tints, (480, 320), interpolation=cv2.INTER_CUBIC)
    x, y = 60 + 3 * frame, 60 + frame
    seen = np.clip(ground[y : y + HEIGHT, x : x + WIDTH], 0, 255).astype(np.uint8)
    at = (120 - 4 * frame % 100, 40 + 7 * kind % 50)
    return np.asarray(cv2.circle(seen.copy(), at, 14, (200, 60, 40), -1), np.uint8)


def gray_of(shown: Picture) -> Picture:
    """The same without colour."""
    return np.repeat(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def worn(shown: Picture, crop: float = 0.04, seed: int = 0) -> Picture:
    """The same as a tape shows it: a part of it, soft, faded, noisy, of another size."""
    inner = shown[round(HEIGHT * crop) : round(HEIGHT * (1 - crop)), round(WIDTH * crop) : round(WIDTH * (1 - crop))]
    soft = cv2.GaussianBlur(cv2.resize(inner, (180, 144), interpolation=cv2.INTER_AREA), (0, 0), 1.0)
    noise = np.random.default_rng(seed).normal(0, 4, (144, 180, 1))
    return np.clip(soft * 0.75 + 35 + noise, 0, 255).astype(np.uint8)


def write(path: Path, pictures: Iterable[Picture]) -> Path:
    """A film of pictures, FFV1 in YUV 4:2:0 of BT.601."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(24))
        assert isinstance(stream, av.VideoStream)
        for number, shown in enumerate(pictures):
            if not number:
                stream.height, stream.width, stream.pix_fmt = shown.shape[0], shown.shape[1], "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def lightness_of(shown: Sequence[Picture]) -> Callable[[int], Array]:
    """L* (h, w) of frames at the working size, by index, as a host has them of the gray film."""
    small = [cv2.resize(gray_of(each)[..., 0], WORKING, interpolation=cv2.INTER_AREA) for each in shown]
    return [lightness_from_luma(each / np.float32(255)) for each in small].__getitem__


def ab_of(shown: Picture) -> Array:
    """True a* and b* (2, h, w) of a frame at the working size."""
    small = cv2.resize(shown, WORKING, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    return lab_from_rgb(small.transpose(2, 0, 1))[1:]
