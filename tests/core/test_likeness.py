"""A painted picture guides its frame by position only if it shows that frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data

from vs_tcvc.core.frame import Array
from vs_tcvc.core.likeness import contrast, placed, shows
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.picture.color import lightness_from_luma

DATA: Any = data
NAMES = ("astronaut", "chelsea", "coffee", "rocket")


def gray(name: str) -> Array:
    """L* (216, 384) of a photograph."""
    picture = cv2.cvtColor(getattr(DATA, name)()[:300], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(picture, (384, 216), interpolation=cv2.INTER_AREA)
    return lightness_from_luma(np.asarray(small, np.float32) / 255)


def painted(lightness: Array) -> Reference:
    ab = np.asarray(np.stack([lightness, -lightness]) / 4, np.float32)
    return Reference(7, np.ascontiguousarray(lightness), ab, "a.png")


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_that_was_graded_blurred_and_made_noisy_is_itself(name: str) -> None:
    frame, noise = gray(name), np.random.default_rng(0).normal(0, 4, (216, 384))
    changed = np.asarray(cv2.GaussianBlur(frame, (0, 0), 3) * 0.6 + 20 + noise, np.float32)
    changed[:108, :192] = changed[:108, :192] * 0.5 + 45  # as painted over
    assert shows(changed, frame)


@pytest.mark.parametrize("name", NAMES)
def test_another_frame_of_the_same_shot_is_not(name: str) -> None:
    frame = gray(name)
    assert not shows(np.roll(frame, 384 // 8, axis=1), frame)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_picture_of_something_else_guides_by_likeness(name: str) -> None:
    reference = painted(gray("astronaut"))
    assert placed(reference, gray("astronaut")) is reference
    assert placed(reference, gray(name)).frame == ELSEWHERE


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_that_lies_upside_down_is_turned(name: str) -> None:
    turned = placed(painted(gray(name)[::-1, ::-1]), gray(name))
    assert turned.frame == 7
    assert np.array_equal(turned.lightness, gray(name))
    assert np.array_equal(turned.ab, painted(gray(name)).ab)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (37, 5), (216, 384)])
def test_what_shows_nothing_is_like_everything_at_any_size(size: tuple[int, int]) -> None:
    flat = np.full(size, 30, np.float32)
    assert contrast(flat) == pytest.approx(0, abs=1e-4)
    assert shows(flat, np.random.default_rng(0).uniform(0, 100, size).astype(np.float32))
