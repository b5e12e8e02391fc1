"""Laws of the search for dissolves and fades, on moving textures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from moving_textures import shot, slow_shot, texture

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.cuts.fades import LONGEST_BLANK
from vs_tcvc.cuts.transitions import BLOCK, MARGIN, FoundTransition, Search, find_transitions, finish, step

PURE = 30
"""Frames of a shot before and after."""
NEARLY_BLANK = PURE + 11
"""The last frame of a fade-out of 12, which is as good as blank."""


def found_in(film: Sequence[Array]) -> list[FoundTransition]:
    return list(find_transitions(GrayFrame(index, picture) for index, picture in enumerate(film)))


def dissolved(length: int, one: int = 1, other: int = 2) -> list[Array]:
    """Two shots, mixed in the frames [PURE, PURE + length)."""
    out, coming = (slow_shot(number, PURE + length) for number in (one, other))
    shares = np.arange(1, length + 1, dtype=np.float32) / (length + 1)
    middle = [a + share * (b - a) for share, a, b in zip(shares, out[PURE:], coming, strict=False)]
    return [*out[:PURE], *middle, *coming[length:]]


def faded(length: int, blank: int, level: float = 3.0) -> list[Array]:
    """A shot that fades from frame PURE on, blank frames, a shot that fades in; each over `length` frames."""
    out, coming = (slow_shot(number, PURE + length) for number in (1, 2))
    left = np.arange(1, length + 1, dtype=np.float32) / (length + 1)
    out[PURE:] = [level + share * (each - level) for share, each in zip(left[::-1], out[PURE:], strict=True)]
    coming[:length] = [level + share * (each - level) for share, each in zip(left, coming, strict=False)]
    return [*out, *[np.full_like(out[0], level)] * blank, *coming]


@pytest.mark.parametrize("length", [6, 12, 24, 48])
def test_a_dissolve_is_found_to_two_frames(length: int) -> None:
    (found,) = found_in(dissolved(length))
    assert found.kind == "dissolve"
    assert abs(found.first - PURE) <= 2
    assert abs(found.end - PURE - length) <= 2
    assert found.first < found.middle < found.end


def test_grain_and_flicker_hide_no_dissolve() -> None:
    rng = np.random.default_rng(0)
    aged = [
        np.clip(rng.uniform(0.95, 1.05) * each + rng.normal(0, 2, each.shape), 0, 100).astype(np.float32)
        for each in dissolved(20)
    ]
    (found,) = found_in(aged)
    assert (found.kind, abs(found.middle - PURE - 10) <= 2) == ("dissolve", True)


def test_a_dissolve_played_backwards_is_the_same_one() -> None:
    film = dissolved(20)
    (there,), (back,) = found_in(film), found_in(film[::-1])
    assert abs(len(film) - back.end - there.first) <= 1
    assert abs(len(film) - back.first - there.end) <= 1


@pytest.mark.parametrize("level", [3.0, 97.0])
@pytest.mark.parametrize("blank", [1, LONGEST_BLANK - 2])  # two more frames are nearly blank
def test_a_fade_through_a_blank_is_one(level: float, blank: int) -> None:
    (found,) = found_in(faded(12, blank, level))
    assert found.kind == "fade"
    assert abs(found.first - PURE) <= 2
    assert abs(found.end - PURE - 24 - blank) <= 2
    assert PURE + 12 <= found.middle < PURE + 12 + blank


def test_a_fade_with_a_lasting_blank_is_two() -> None:
    blank = LONGEST_BLANK + 1
    out, into = found_in(faded(12, blank))
    assert (out.kind, into.kind) == ("fade", "fade")
    assert (out.middle, out.end) == (NEARLY_BLANK, NEARLY_BLANK + 1)
    assert (into.first, into.middle) == (PURE + 12 + blank, PURE + 12 + blank)


def test_a_film_that_opens_with_a_fade_has_one_from_its_first_frame_on() -> None:
    (found,) = found_in(faded(12, 5)[PURE + 12 :])
    assert (found.kind, found.first, found.middle) == ("fade", 0, 0)
    assert abs(found.end - 17) <= 2


def test_a_film_may_end_in_a_fade() -> None:
    (found,) = found_in(faded(12, 5)[: PURE + 17])
    assert (found.kind, found.middle, found.end) == ("fade", NEARLY_BLANK, NEARLY_BLANK + 1)


def flashes() -> list[Array]:
    film = slow_shot(1, 60)
    for number in (10, 11, 25, 40, 41, 42):
        film[number] = np.clip(1.5 * film[number] + 30, 0, 100)
    return film


def dimmed() -> list[Array]:
    return [each * np.float32(0.4 + 0.6 * abs(np.cos(np.pi * time / 24))) for time, each in enumerate(slow_shot(1, 90))]


@pytest.mark.parametrize(
    "film",
    [
        pytest.param([], id="no frame"),
        pytest.param([texture(1)[:, :96]], id="one frame"),
        pytest.param([texture(1)[:, :96]] * 60, id="still"),
        pytest.param([np.full((54, 96), 3, np.float32)] * 60, id="black"),
        pytest.param(shot(1, 30) + shot(2, 30) + shot(3, 30), id="cuts"),
        pytest.param(shot(1, 30) + [np.full((54, 96), 3, np.float32)] * 9 + shot(2, 30), id="cuts to black and back"),
        *(pytest.param(shot(3, 90, speed), id=f"pan by {speed}") for speed in (1, 2, 4, 8)),
        pytest.param(flashes(), id="flashes"),
        pytest.param(dimmed(), id="dimmed"),
    ],
)
def test_nothing_is_found_where_nothing_is(film: list[Array]) -> None:
    assert found_in(film) == []


@pytest.mark.parametrize("before", [BLOCK - MARGIN - 45, BLOCK - MARGIN - PURE, BLOCK - 50, BLOCK, 2 * BLOCK])
def test_where_blocks_end_changes_nothing(before: int) -> None:
    """Each transition is found once, wherever it lies."""
    films = dissolved(20), faded(12, 5)
    for film in films:
        (alone,) = found_in(film)
        (late,) = found_in([film[0]] * before + film)
        assert (late.kind, late.first - before, late.end - before) == (alone.kind, alone.first, alone.end)


def test_transitions_come_in_order_without_overlap_and_few_frames_are_kept() -> None:
    film = [picture for number in range(8) for picture in dissolved(20, number, number + 1)]
    search, found = Search(), []
    for index, picture in enumerate(film):
        search, more = step(search, GrayFrame(index, picture))
        found += more
        assert len(search.frames) < BLOCK
        assert all(index - BLOCK < each.first for each in more)
    found += finish(search)
    assert len(found) >= 6
    assert all(one.end <= two.first for one, two in pairwise(found))
