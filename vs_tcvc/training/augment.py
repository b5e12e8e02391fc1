"""Turning colour pictures into training samples: crops, the gray a host would deliver, film damage, motion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, luma
from vs_tcvc.picture.srgb_codes import Codes

Random = np.random.Generator


@dataclass(frozen=True)
class Exposure:
    """How a film stock and its printing change luma: gamma, contrast, brightness."""

    gamma: float
    contrast: float
    brightness: float

    def __call__(self, y: Array) -> Array:
        bent: Array = (y**self.gamma - 0.5) * self.contrast + 0.5 + self.brightness
        return np.clip(bent, 0, 1)


def random_exposure(rng: Random, strength: float = 1.0) -> Exposure:
    """Mild at strength 1; smaller strengths make the flicker between frames."""
    return Exposure(
        float(np.exp(rng.normal(0, 0.2 * strength))),
        float(np.exp(rng.normal(0, 0.12 * strength))),
        float(rng.normal(0, 0.03 * strength)),
    )


def crop(rng: Random, picture: Codes, size: int, smallest: float = 0.7) -> Codes:
    """A random square of `smallest` to 1 times the short side, mirrored half of the time, (size, size, 3)."""
    height, width = picture.shape[:2]
    side = max(1, round(min(height, width) * rng.uniform(smallest, 1)))
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    square = picture[top : top + side, left : left + side]
    if rng.random() < 0.5:
        square = square[:, ::-1]
    return resize(np.ascontiguousarray(square), size, size)


def resize(picture: Codes, height: int, width: int) -> Codes:
    """Area when shrinking, bilinear when enlarging."""
    how = cv2.INTER_AREA if height < picture.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def planes(picture: Codes) -> tuple[Array, Array]:
    """Y' (H, W), 0..1, of the picture as a host delivers it, and its true ab (2, H, W)."""
    rgb = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255
    return luma(rgb), lab_from_rgb(rgb)[1:]


def film_damage(rng: Random, y: Array, grain: float, blur: float) -> Array:
    """Grain of standard deviation `grain` and blur of radius `blur` pixels, sometimes a scratch and dust."""
    if blur > 0.3:
        y = np.asarray(cv2.GaussianBlur(y, (0, 0), blur), np.float32)
    if grain > 0:
        noise = rng.standard_normal(y.shape, np.float32)
        y = y + grain * np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32)
    if rng.random() < 0.08:
        column = int(rng.integers(0, y.shape[1]))
        y = y.copy()
        y[:, column : column + 1] += rng.choice([-0.4, 0.4])
    if rng.random() < 0.1:
        y = np.ascontiguousarray(y)
        place = (int(rng.integers(0, y.shape[1])), int(rng.integers(0, y.shape[0])))
        cv2.circle(y, place, int(rng.integers(1, 4)), float(rng.choice([0.0, 1.0])), -1)
    return np.clip(y, 0, 1)


@dataclass(frozen=True)
class Stock:
    """What all frames of one film share: exposure, grain, blur and how much exposure flickers."""

    exposure: Exposure
    grain: float
    blur: float
    flicker: float

    def lightness(self, rng: Random, y: Array) -> Array:
        """L* of one frame whose luma is `y`."""
        flickering = random_exposure(rng, self.flicker) if self.flicker else Exposure(1, 1, 0)
        return lightness_from_luma(film_damage(rng, flickering(self.exposure(y)), self.grain, self.blur))


def random_stock(rng: Random) -> Stock:
    """A third of the films are clean."""
    if rng.random() < 0.33:
        return Stock(Exposure(1, 1, 0), 0.0, 0.0, 0.0)
    return Stock(
        random_exposure(rng),
        float(rng.choice([0, rng.uniform(0, 0.05)])),
        float(rng.choice([0, rng.uniform(0, 1.2)])),
        float(rng.choice([0, 0.15, 0.4])),
    )


def moving_views(rng: Random, still: Codes, size: int, count: int, occluder: Codes | None) -> list[Codes]:
    """`count` frames of a camera moving over a still, with an elastic part and perhaps a thing passing by.

    The camera pans, turns, comes nearer or goes away, and its picture tilts; a third of the pans are fast over a wide
    still, so that most of the last frame is not in the first, and a quarter of them come back.
    """
    path = _CameraPath.random(rng, still, size, count)
    still = resize(still, *(round(side * path.fit) for side in still.shape[:2]))
    sway = _smooth_field(rng, size, 2.0 * rng.random()), _smooth_field(rng, size, 2.0 * rng.random())
    thing = _Thing(rng, occluder, size) if occluder is not None else None
    turning = int(rng.integers(count // 2, count)) if rng.random() < 0.25 else count
    frames = []
    for index in range(count):
        at = path.places(min(index, 2 * turning - index), size) + sway[0] + np.float32(np.sin(index * 0.9)) * sway[1]
        view = np.asarray(cv2.remap(still, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.uint8)
        frames.append(thing.over(view, index) if thing else view)
    return frames


@dataclass(frozen=True)
class _CameraPath:
    """Where a camera looks in a still that is `fit` times as large: by frame, from its middle.

    centre: pixels (2,); speed: pixels per frame (frames, 2); angle and turn: radians, per frame; zoom: growth per
    frame; tilt: of the picture plane, per frame (2,).
    """

    fit: float
    centre: NDArray[np.float64]
    speed: NDArray[np.float64]
    angle: float
    turn: float
    zoom: float
    tilt: NDArray[np.float64]

    @classmethod
    def random(cls, rng: Random, still: Codes, size: int, count: int) -> _CameraPath:
        fast = rng.random() < 1 / 3
        fit = size * rng.uniform(*((1.4, 2.2) if fast else (1.05, 1.5))) / min(still.shape[:2])
        centre = np.array(still.shape[1::-1]) * fit / 2 + rng.uniform(-0.2, 0.2, 2) * size
        steps = rng.normal(0, 6 if fast else 3, 2) + rng.normal(0, 0.3, (count, 2))
        near = float(rng.normal(0, rng.choice([0.008, 0.03])))
        growth = near if abs(near) * count < 1.2 else math.copysign(1.2 / count, near)
        return cls(fit, centre, steps, rng.normal(0, 0.05), rng.normal(0, 0.01), growth, rng.normal(0, 0.01, 2) / size)

    def places(self, index: int, size: int) -> Array:
        """Where the pixels of frame `index` are in the still, (2, size, size)."""
        y, x = np.mgrid[0:size, 0:size] - size / 2
        depth = 1 + index * (self.tilt[0] * x + self.tilt[1] * y)
        scale = math.exp(index * self.zoom) / np.clip(depth, 0.5, 2)
        angle = self.angle + index * self.turn
        centre = self.centre + self.speed[:index].sum(axis=0)
        at_x = scale * (math.cos(angle) * x - math.sin(angle) * y) + centre[0]
        at_y = scale * (math.sin(angle) * x + math.cos(angle) * y) + centre[1]
        return np.stack([at_x, at_y]).astype(np.float32)


def _smooth_field(rng: Random, size: int, strength: float) -> Array:
    coarse = rng.standard_normal((4, 4, 2)).astype(np.float32) * strength
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32).transpose(2, 0, 1)


class _Thing:
    """A blob cut out of another picture, moving its own way, perhaps coming nearer or going away."""

    def __init__(self, rng: Random, picture: Codes, size: int) -> None:
        self._picture = resize(picture, size, size)
        radius = size * rng.uniform(0.1, 0.3)
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        wobble = _smooth_field(rng, size, radius / 3)
        distance = np.hypot(x - size / 2 + wobble[0], (y - size / 2 + wobble[1]) * rng.uniform(0.6, 1.6))
        self._shape = np.clip(radius - distance, 0, 1)
        self._start, self._speed = rng.uniform(-0.6, 0.6, 2) * size, rng.normal(0, 5, 2)
        self._growth = rng.choice([0.0, rng.normal(0, 0.03)])

    def over(self, view: Codes, index: int) -> Codes:
        size = view.shape[0]
        scale = float(np.clip(math.exp(index * self._growth), 0.3, 3))
        shift = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
        shift[:, 2] = (1 - scale) * size / 2 + self._start + index * self._speed
        shape = cv2.warpAffine(self._shape, shift, (size, size))[..., None]
        thing = cv2.warpAffine(self._picture, shift, (size, size))
        return np.asarray(np.round(view * (1 - shape) + thing * shape), np.uint8)
