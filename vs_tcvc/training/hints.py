"""Hiding a picture's colour: what is left are the hints from which C1 learns to find the rest.

As a person clicks (points), as propagation leaves a frame (blobs, half pictures, often a little wrong), or nothing.
"""

from __future__ import annotations

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.training.augment import Random

POINTS = 30
LARGEST_POINT = 9
MOST_CHOICE = 12
"""Among how many random places one of the most unusual colour is chosen, at most."""


def hidden(rng: Random, ab: Array) -> Array:
    """Hints of a picture's true ab (2, H, W): a*, b* and mask (3, H, W), 0 where nothing is known.

    A third of them are empty, a third are points, a third areas.
    """
    how = rng.integers(3)
    if how == 0:
        return np.zeros((3, *ab.shape[1:]), np.float32)
    return points(rng, ab) if how == 1 else areas(rng, ab)


def points(rng: Random, ab: Array) -> Array:
    """One to `POINTS` squares of 1 to `LARGEST_POINT` pixels, each in the mean colour of what it covers; often few.

    They lie anywhere in some samples, and in others where the colour is unusual in the picture, as a person clicks what
    is wrong: hints do not tell what the rest is like.
    """
    hints = np.zeros((3, *ab.shape[1:]), np.float32)
    unusual = np.hypot(*(ab - ab.mean(axis=(1, 2), keepdims=True)))
    choice = int(rng.integers(1, MOST_CHOICE + 1))
    for _ in range(min(POINTS, int(rng.geometric(rng.choice([0.15, 0.5]))))):
        side = int(rng.integers(1, LARGEST_POINT + 1))
        corners = [rng.integers(0, max(1, length - side + 1), choice) for length in ab.shape[1:]]
        best = int(unusual[corners[0] + side // 2, corners[1] + side // 2].argmax())
        top, left = (int(each[best]) for each in corners)
        place = (slice(None), slice(top, top + side), slice(left, left + side))
        hints[place] = [*ab[place].mean(axis=(1, 2)).reshape(2, 1, 1), np.ones((1, 1), np.float32)]
    return hints


def areas(rng: Random, ab: Array) -> Array:
    """Blobs of some size, or one side of a line; half of them with colours that are a little wrong."""
    height, width = ab.shape[1:]
    field = _blobs(rng, height, width) if rng.random() < 0.6 else _slope(rng, height, width)
    mask = field > np.quantile(field, rng.uniform(0.1, 0.95))
    color = _worn(rng, ab) if rng.random() < 0.5 else ab
    return np.concatenate([color * mask, mask[None]]).astype(np.float32)


def _blobs(rng: Random, height: int, width: int) -> Array:
    cells = int(rng.integers(3, 9))
    return np.asarray(cv2.resize(rng.standard_normal((cells, cells)), (width, height), interpolation=cv2.INTER_CUBIC))


def _slope(rng: Random, height: int, width: int) -> Array:
    angle = rng.uniform(0, 2 * np.pi)
    down, across = np.mgrid[0:height, 0:width]
    return np.asarray(down * np.sin(angle) + across * np.cos(angle))


def _worn(rng: Random, ab: Array) -> Array:
    """Colour as it is after a long way: faded, shifted smoothly by some units, washed out over edges."""
    height, width = ab.shape[1:]
    shift = rng.uniform(1, 6) * np.stack([_blobs(rng, height, width) for _ in range(2)])
    blur = rng.uniform(0.3, 2.5)
    washed = np.stack([cv2.GaussianBlur(plane, (0, 0), blur) for plane in ab])
    return np.asarray(washed * rng.uniform(0.8, 1) + shift, np.float32)
