"""Frames, shots, references and errors: checked at the door, so that nothing inside has to."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc import errors
from vs_tcvc.core.frame import Array, Chroma, GrayFrame, check_ab
from vs_tcvc.core.shot import Reference, Shot, shots_from_cuts

LIGHTNESS: Array = np.full((2, 3), 50, np.float32)
AB: Array = np.zeros((2, 2, 3), np.float32)

NOT_LIGHTNESS: list[Any] = [
    None,
    [[50.0]],
    LIGHTNESS.astype(np.float64),
    LIGHTNESS.astype(np.uint8),
    LIGHTNESS[0],
    LIGHTNESS[None],
    LIGHTNESS[:0],
]
NOT_AB: list[Any] = [None, AB.astype(np.float64), AB[0], AB[:1], AB[:, :, :2], np.zeros((2, 3, 2), np.float32)]


def shape_of(value: Any) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


@pytest.mark.parametrize("frame", [-1, 1.5, "7", None])
def test_a_reference_without_a_proper_frame_says_what_came(frame: Any) -> None:
    with pytest.raises(errors.FrameError, match=re.escape(f"the number of a frame, from 0, got {frame!r}")):
        Reference(frame, LIGHTNESS, AB)


@pytest.mark.parametrize("lightness", NOT_LIGHTNESS, ids=shape_of)
def test_a_frame_or_reference_without_proper_lightness_says_where_and_what_came(lightness: Any) -> None:
    sentence = re.escape(f"lightness must be (H, W) float32, got {shape_of(lightness)}")
    with pytest.raises(errors.FrameError, match=f"^frame 7: {sentence}$"):
        GrayFrame(7, lightness)
    with pytest.raises(errors.FrameError, match=rf"^reference for frame 7 \(a.png\): {sentence}$"):
        Reference(7, lightness, AB, "a.png")


@pytest.mark.parametrize("ab", NOT_AB, ids=shape_of)
def test_a_reference_has_color_for_every_pixel_of_its_lightness(ab: Any) -> None:
    sentence = re.escape(f"reference for frame 0 (predicted): ab must be (2, 2, 3) float32, got {shape_of(ab)}")
    with pytest.raises(errors.FrameError, match=f"^{sentence}$"):
        Reference(0, LIGHTNESS, ab)
    with pytest.raises(errors.FrameError, match=r"^here: ab must be"):
        check_ab(ab, (2, 3), "here")


def test_frames_count_from_0() -> None:
    assert GrayFrame(0, LIGHTNESS).index == 0
    with pytest.raises(errors.FrameError, match="counts from 0, got -1"):
        GrayFrame(-1, LIGHTNESS)


@pytest.mark.parametrize(
    "value",
    [GrayFrame(0, LIGHTNESS), Chroma(0, AB, LIGHTNESS, 0, "predicted"), Reference(0, LIGHTNESS, AB), Shot(0, 1)],
    ids=lambda value: type(value).__name__,
)
def test_a_value_does_not_change_and_can_be_a_key(value: Any) -> None:
    with pytest.raises(AttributeError):
        setattr(value, next(iter(vars(value))), 1)
    assert {value: 1}[value] == 1


@given(st.integers(-3, 9), st.integers(-3, 9))
def test_a_shot_is_a_half_open_interval(start: int, stop: int) -> None:
    if not 0 <= start < stop:
        with pytest.raises(errors.FrameError, match=rf"got \[{start}, {stop}\)$"):
            Shot(start, stop)
        return
    shot = Shot(start, stop)
    assert [index for index in range(-5, 15) if index in shot] == list(range(start, stop))
    assert len(shot) == stop - start
    assert "0" not in shot


@given(st.data(), st.integers(1, 60))
def test_shots_cover_a_clip_once_and_begin_at_its_cuts(data: st.DataObject, length: int) -> None:
    cuts = data.draw(st.lists(st.integers(0, length - 1)))
    shots = shots_from_cuts(cuts, length)
    assert [index for shot in shots for index in range(shot.start, shot.stop)] == list(range(length))
    assert {shot.start for shot in shots} == {0, *cuts}


@pytest.mark.parametrize(
    ("cuts", "length", "sentence"),
    [
        ([3, 10], 10, "cut 10 is outside the clip's frames 0 to 9"),
        ([-1, 3], 10, "cut -1 is outside the clip's frames 0 to 9"),
        ([], 0, "a clip has at least one frame, got 0"),
    ],
)
def test_a_cut_outside_the_clip_is_named(cuts: list[int], length: int, sentence: str) -> None:
    with pytest.raises(errors.FrameError, match=f"^{sentence}$"):
        shots_from_cuts(cuts, length)


def kinds() -> list[type[errors.TcvcError]]:
    """The errors of the core; a face may have one of its own."""
    return [each for each in errors.TcvcError.__subclasses__() if each.__module__ == errors.__name__]


def test_the_tree_of_errors_is_the_one_drawn_in_its_docstring() -> None:
    drawn = re.findall(r"^ +(\|-- |`-- |)(\w+) +exit code (\d)", errors.__doc__ or "", re.MULTILINE)
    branches = [("TcvcError", each.__name__, each.exit_code) for each in kinds()]
    assert [(branch and "TcvcError", name, int(code)) for branch, name, code in drawn] == [
        ("", "TcvcError", errors.TcvcError.exit_code),
        *branches,
    ]


def test_every_error_says_whose_fault_it_is() -> None:
    assert all(each.__doc__ for each in kinds())
    assert not {below for each in kinds() for below in each.__subclasses__() if below.__module__ == errors.__name__}
