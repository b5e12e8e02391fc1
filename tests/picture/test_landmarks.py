"""Laws of landmarks and of what is drawn over a film, on worlds that cameras look at."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.burnt_in import FEWEST, burnt_in
from vs_tcvc.picture.landmarks import MOST, landmarks, shared

HEIGHT, WIDTH = 108, 192
NOTHING = np.zeros((HEIGHT, WIDTH), bool)


def world(seed: int, cell: int = 6) -> Array:
    """L* of a place, larger than a picture: (2 HEIGHT, 2 WIDTH). cell: about how large things in it are, in pixels."""
    size = (2 * HEIGHT // cell, 2 * WIDTH // cell)
    random = np.random.default_rng(seed).uniform(10, 90, size).astype(np.float32)
    return np.asarray(cv2.resize(random, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_CUBIC), np.float32).clip(
        0, 100
    )


def view(place: Array, x: float = 0, y: float = 0, turn: float = 0, zoom: float = 1) -> Array:
    """What a camera sees that is moved, turned by degrees, and zoomed."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, zoom) @ np.array(
        [[1, 0, -x], [0, 1, -y], [0, 0, 1]]
    )
    return np.asarray(cv2.warpAffine(place, matrix, (WIDTH, HEIGHT)), np.float32)


@pytest.mark.parametrize(
    "camera", [{"x": 40}, {"y": 30}, {"turn": 15}, {"zoom": 1.4}, {"x": 20, "turn": -8, "zoom": 1.2}]
)
def test_a_moved_camera_sees_the_same_landmarks(camera: dict[str, float]) -> None:
    one, other = (landmarks(each, NOTHING) for each in (view(world(1)), view(world(1), **camera)))
    assert shared(one, other) > 20


def test_other_places_share_hardly_any() -> None:
    found = [landmarks(view(world(seed)), NOTHING) for seed in range(8)]
    assert max(shared(one, other) for one in found for other in found if one is not other) < 6


def test_landmarks_must_agree_on_one_motion() -> None:
    """The same tiles of a place in another order are each found, but no motion leads more than its own tile."""
    place = view(world(1))
    tiles = [place[:, left : left + 48] for left in range(0, WIDTH, 48)]
    shuffled = np.concatenate([tiles[2], tiles[3], tiles[1], tiles[0]], axis=1)
    whole, parts = landmarks(place, NOTHING), landmarks(np.ascontiguousarray(shuffled), NOTHING)
    assert shared(whole, parts) < 0.6 * shared(whole, whole)
    assert shared(whole, whole) == len(whole.places)


def test_it_does_not_matter_which_picture_is_named_first() -> None:
    pictures = [view(world(seed), x=10 * seed, turn=4 * seed) for seed in (1, 1, 2)]
    pictures += [view(world(1), x=30, turn=9, zoom=1.3)]
    found = [landmarks(each, NOTHING) for each in pictures]
    for one in found:
        for other in found:
            assert shared(one, other) == shared(other, one)


def test_light_and_grain_leave_landmarks() -> None:
    place = view(world(1))
    grain = np.random.default_rng(0).normal(0, 3, place.shape)
    faded = (place * 0.6 + 15 + grain).astype(np.float32)
    assert shared(landmarks(place, NOTHING), landmarks(faded, NOTHING)) > 20


def test_a_plain_picture_has_no_landmarks_and_shares_none() -> None:
    plain, place = landmarks(np.full((HEIGHT, WIDTH), 50, np.float32), NOTHING), landmarks(view(world(1)), NOTHING)
    assert plain.places.shape == (0, 2)
    assert plain.looks.shape == (0, 128)
    assert shared(plain, place) == shared(place, plain) == shared(plain, plain) == 0


def test_what_is_hidden_has_no_landmarks() -> None:
    left = NOTHING.copy()
    left[:, : WIDTH // 2] = True
    found = landmarks(view(world(1)), left)
    assert 0 < len(found.places) <= MOST
    assert found.places[:, 0].min() >= WIDTH // 2 - 1


def with_text(picture: Array, text: str) -> Array:
    codes = np.rint(picture * 2.55).astype(np.uint8)
    cv2.putText(codes, text, (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 240, 2)
    return (codes / 2.55).astype(np.float32)


@pytest.mark.parametrize("texts", [["ARCHIVE"] * 16, [f"01:{number:02}:{7 * number % 60:02}" for number in range(16)]])
def test_what_is_written_on_every_picture_is_found(texts: list[str]) -> None:
    """A logo, and a timecode whose digits change."""
    pictures = [view(world(seed, 18)) for seed in range(16)]
    found = burnt_in([with_text(*each) for each in zip(pictures, texts, strict=True)])
    changed = np.max([with_text(p, t) - p for p, t in zip(pictures, texts, strict=True)], axis=0) > 5
    assert found[changed].mean() > 0.98
    assert not found[60:].any()


def test_nothing_is_written_on_plain_films() -> None:
    assert not burnt_in([view(world(seed, 18)) for seed in range(16)]).any()


def test_few_pictures_do_not_tell() -> None:
    pictures = [with_text(view(world(seed, 18)), "ARCHIVE") for seed in range(FEWEST)]
    assert burnt_in(pictures).any()
    assert burnt_in(pictures[1:]).shape == (HEIGHT, WIDTH)
    assert not burnt_in(pictures[1:]).any()


def test_something_in_most_pictures_only_is_found_in_few_it_is_not() -> None:
    pictures = [view(world(seed, 18)) for seed in range(16)]
    for count, is_found in ((14, True), (4, False)):
        some = [with_text(each, "ARCHIVE") if number < count else each for number, each in enumerate(pictures)]
        assert burnt_in(some).any() == is_found
