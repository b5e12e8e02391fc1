"""Shots of a film whose cuts are known: a camera that moves over textures."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from vs_tcvc.core.frame import Array

HEIGHT, WIDTH = 54, 96


@cache
def texture(number: int) -> Array:
    """A still of large and small patches, five pictures wide, 5 to 95 of lightness, unlike the others."""
    rng = np.random.default_rng(number)
    still: Array = np.full((HEIGHT, 5 * WIDTH), 50, np.float32)
    for size in (4, 8):
        patches = cv2.GaussianBlur(rng.standard_normal(still.shape), (0, 0), size, borderType=cv2.BORDER_REFLECT)
        still += (16 * patches / patches.std()).astype(np.float32)
    np.clip(still, 5, 95, out=still)
    return still


def shot(number: int, length: int, speed: int = 1) -> list[Array]:
    """The camera moves `speed` pixels of 96 per frame over a texture, and turns back at its end."""
    room = 4 * WIDTH
    places = [room - abs(room - speed * time % (2 * room)) for time in range(length)]
    return [texture(number)[:, place : place + WIDTH].copy() for place in places]


def slow_shot(number: int, length: int) -> list[Array]:
    """The camera moves one pixel of 96 in four frames."""
    return [each for each in shot(number, -(-length // 4)) for _ in range(4)][:length]
