"""Laws of laying a frame of another transfer over ours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from transfer_films import HEIGHT, WIDTH, gray_of, picture, worn

from vs_tcvc.core.frame import Array
from vs_tcvc.references.registration import agreement, lay_over, register

IDENTITY = np.eye(2, 3, dtype=np.float32)
CORNERS = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]], np.float32).T


def lightness(kind: int, frame: int = 5) -> Array:
    return np.asarray(gray_of(picture(kind, frame))[..., 0], np.float32) / np.float32(2.55)


def seen_by_tape(kind: int, crop: float) -> Array:
    return np.asarray(gray_of(worn(picture(kind, 5), crop))[..., 0], np.float32) / np.float32(2.55)


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize("crop", [0.0, 0.04])
def test_a_worn_frame_is_laid_where_it_belongs(kind: int, crop: float) -> None:
    affine = register(lightness(kind), seen_by_tape(kind, crop), IDENTITY)
    assert affine is not None
    across, down = (round(n * (1 - crop)) - round(n * crop) for n in (WIDTH, HEIGHT))
    left, top = round(WIDTH * crop) / across, round(HEIGHT * crop) / down
    true = np.array([[WIDTH / across, 0, -left], [0, HEIGHT / down, -top]])
    assert np.abs((affine - true) @ CORNERS).max() < 0.01  # of the frame's side


def test_another_frame_does_not_fit() -> None:
    fits = [register(lightness(one), lightness(other), IDENTITY) is not None for one in range(4) for other in range(4)]
    assert np.array_equal(np.reshape(fits, (4, 4)), np.eye(4))


def test_what_shows_nothing_does_not_fit() -> None:
    blank = np.full((HEIGHT, WIDTH), 20, np.float32)
    assert register(lightness(0), blank, IDENTITY) is None
    assert register(blank, lightness(0), IDENTITY) is None
    assert register(blank, blank, IDENTITY) is None


def test_planes_are_laid_over_ours_and_say_where_they_are() -> None:
    ramp = np.tile(np.linspace(0, 1, 200, dtype=np.float32), (50, 1))
    right_half = np.array([[2, 0, -1], [0, 1, 0]], np.float32)  # the other frame is the right half of ours
    laid, covered = lay_over(ramp[None], right_half, (60, 100))
    assert laid.shape == (1, 60, 100)
    assert not covered[:, :49].any()
    assert covered[2:-2, 52:-2].all()
    assert laid[0, 30, 75] == pytest.approx(0.5, abs=0.02)
    assert not laid[0, 30, :49].any()  # the edge, repeated


def test_agreement_tells_where_both_show_the_same() -> None:
    ours = lightness(0)
    theirs = ours * np.float32(0.7) + 20
    theirs[:, 100:] = cv2.flip(theirs, 0)[:, 100:]
    sure = agreement(ours, theirs)
    assert sure[:, :85].min() > 0.9
    assert sure[:, 115:].mean() < 0.5
    assert agreement(np.zeros((40, 40), np.float32), np.full((40, 40), 50, np.float32)).min() > 0.99
