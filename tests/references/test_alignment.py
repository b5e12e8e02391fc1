"""Laws of finding a shot in another transfer: what is there is found, what is not there is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from transfer_films import HEIGHT, Picture, gray_of, picture, worn

from vs_tcvc.core.frame import Array
from vs_tcvc.references.alignment import (
    SURE,
    WHOLE,
    Borders,
    Box,
    Framing,
    anchors,
    at_places,
    find,
    find_near,
    framings,
    packed,
    signature,
    thumbnail,
)

LENGTH = 20
SHOTS = range(4)
FILM = [picture(kind, frame) for kind in SHOTS for frame in range(LENGTH)]


def gray(shown: Picture) -> Array:
    return np.asarray(gray_of(shown)[..., 0], np.float32) / np.float32(255)


def seen_in(copy: Sequence[Picture]) -> tuple[NDArray[np.int8], Box]:
    """Signatures of a copy's frames, and what is inside its borders."""
    borders, thumbnails = Borders(), [thumbnail(gray(each)) for each in copy]
    for each in thumbnails:
        borders.add(each)
    return packed(np.stack([signature(each) for each in thumbnails])), borders.box()


def signatures(tried: Sequence[Framing], frames: Sequence[int]) -> Array:
    return np.stack([[framing.signature_of(gray(FILM[n])) for n in frames] for framing in tried])


def found(frames: range, copy: Sequence[Picture]) -> tuple[list[int], float]:
    theirs, box = seen_in(copy)
    at = anchors(frames)
    match = find(signatures(framings([], box), at), at, theirs)
    return match.places.tolist(), match.certainty


BEFORE = [picture(9, frame) for frame in range(13)]


def tape(frames: Sequence[int]) -> list[Picture]:
    """A worn copy of some of the film's frames, after others."""
    return [worn(shown, seed=n) for n, shown in enumerate([*BEFORE, *(FILM[n] for n in frames)])]


@pytest.mark.parametrize("place", SHOTS)
def test_a_shot_is_found_in_a_worn_copy_whatever_is_before(place: int) -> None:
    frames = range(LENGTH * place, LENGTH * (place + 1))
    places, certainty = found(frames, tape(range(len(FILM))))
    assert places == [len(BEFORE) + n for n in frames]
    assert certainty > 0.9


def test_a_shot_that_the_copy_lacks_is_not_sure() -> None:
    others = [n for n in range(len(FILM)) if not LENGTH <= n < 2 * LENGTH]
    _, certainty = found(range(LENGTH, 2 * LENGTH), tape(others))
    assert certainty < SURE - 0.1


@pytest.mark.parametrize(
    "kept",
    [
        [n for n in range(len(FILM)) if n % 7 != 3],
        [m for n in range(len(FILM)) for m in (n, n)[: 1 + (n % 4 == 1)]],
        [*range(28), *range(33, len(FILM))],
    ],
    ids=["frames dropped", "pulldown", "a splice in the shot"],
)
def test_lost_and_doubled_frames_are_followed(kept: list[int]) -> None:
    copy = tape(kept)
    places, certainty = found(range(LENGTH, 2 * LENGTH), copy)
    shown = [([None] * len(BEFORE) + kept)[n] for n in places]
    off = [abs(n - (shown_there or 0)) for n, shown_there in zip(range(LENGTH, 2 * LENGTH), shown, strict=True)]
    assert certainty > 0.8
    assert sum(each > 1 for each in off) <= 5  # those that the splice took


def letterboxed(shown: Picture) -> Picture:
    small = cv2.resize(shown, (180, 108), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, 18, 18, 0, 0, cv2.BORDER_CONSTANT, value=(20, 20, 20)), np.uint8)


def with_logo(shown: Picture) -> Picture:
    return np.asarray(cv2.rectangle(shown.copy(), (140, 8), (172, 28), (240, 240, 240), -1), np.uint8)


def wide(shown: Picture) -> Picture:
    cut = round(0.125 * HEIGHT)
    return np.ascontiguousarray(shown[cut:-cut])


@pytest.mark.parametrize("change", [letterboxed, with_logo, wide, lambda shown: 255 - (255 - shown) // 3])
def test_borders_logos_crops_and_grades_do_not_matter(change: Callable[[Picture], Picture]) -> None:
    places, certainty = found(range(LENGTH, 2 * LENGTH), [change(worn(shown, 0)) for shown in FILM])
    assert places == [*range(LENGTH, 2 * LENGTH)]
    assert certainty > SURE + 0.1


def test_borders_are_seen() -> None:
    _, box = seen_in([letterboxed(shown) for shown in FILM[::5]])
    assert box == pytest.approx((0, 0.125, 1, 0.875), abs=1 / 48)
    assert seen_in(FILM[::5])[1] == WHOLE


def test_black_shows_nothing_and_is_found_nowhere() -> None:
    assert not signature(np.zeros((48, 64), np.float32)).any()
    theirs, _ = seen_in(FILM)
    match = find(np.zeros((1, 3, theirs.shape[1]), np.float32), [0, 1, 2], theirs)
    assert match.certainty == 0


def test_more_frames_are_found_near_those_that_were() -> None:
    theirs, box = seen_in(tape(range(len(FILM))))
    at, more, tried = [20, 30, 39], [*range(21, 38, 4)], framings([], box)
    match = find(signatures(tried, at), at, theirs)
    near = find_near(signatures(tried, more), more, theirs, match, at)
    assert near.places.tolist() == [len(BEFORE) + n for n in more]


def test_known_places_are_judged() -> None:
    theirs, box = seen_in(tape(range(len(FILM))))
    mine, offset = signatures(framings([], box), [25, 30]), len(BEFORE)
    assert at_places(mine, [25 + offset, 30 + offset], theirs).certainty > 0.9
    assert at_places(mine, [55, 60], theirs).certainty < SURE
    assert at_places(mine, [-1, len(theirs)], theirs).certainty == 0


def test_a_framing_is_the_map_that_it_says() -> None:
    framing = Framing((0.1, 0.2, 0.9, 0.7), (0.0, 0.125, 1.0, 0.875))
    for share, there in (((0.1, 0.2), (0, 0)), ((0.9, 0.7), (1, 1))):  # of what is inside of the borders
        assert framing.affine @ [*share, 1] == pytest.approx(there, abs=1e-6)
    other = Framing(WHOLE, framing.theirs)
    assert other.refined(framing.affine).ours == pytest.approx(framing.ours, abs=1e-6)
