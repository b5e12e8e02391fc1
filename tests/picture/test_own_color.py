"""Colour that frames have of their own is told from a tint and from noise."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import ycc_from_rgb
from vs_tcvc.picture.own_color import OwnColor, SeenColors, own_color, own_color_of_rgb

DATA: Any = data
NAMES = ("astronaut", "chelsea", "coffee")
TINTS = {"sepia": (1.0, 0.85, 0.62), "cyanotype": (0.45, 0.75, 1.0), "amber": (1.0, 0.7, 0.3)}


def photograph(name: str) -> Array:
    """R'G'B' (3, H, W)."""
    return np.asarray(getattr(DATA, name)().transpose(2, 0, 1) / 255, np.float32)


def tinted(name: str, tint: str) -> Array:
    gray = ycc_from_rgb(photograph(name))[0]
    return np.asarray(np.stack([gray ** (2 - share) * share for share in TINTS[tint]]), np.float32)


def planes(rgb: Array, bits: int = 8) -> list[NDArray[Any]]:
    """Codes of 4:2:0."""
    coding, (luma, *chroma) = SampleCoding(bits), ycc_from_rgb(rgb)
    small = (cv2.resize(each, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for each in chroma)
    return [coding.codes_from_luma(luma), *map(coding.codes_from_chroma, small)]


@pytest.mark.parametrize("name", NAMES)
def test_photographs_have_color(name: str) -> None:
    assert own_color_of_rgb(photograph(name)) is OwnColor.COLOR
    assert own_color(SampleCoding(10), planes(photograph(name), 10)) is OwnColor.COLOR


@pytest.mark.parametrize("tint", TINTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_tint_is_a_function_of_brightness_also_under_grain(name: str, tint: str) -> None:
    rgb = tinted(name, tint)
    grain = np.random.default_rng(0).normal(0, 0.04, rgb.shape).astype(np.float32)
    assert own_color_of_rgb(rgb) is OwnColor.TINT
    assert own_color_of_rgb((rgb + grain).clip(0, 1)) is OwnColor.TINT
    assert own_color(SampleCoding(8), planes(rgb)) is OwnColor.TINT


@pytest.mark.parametrize("name", NAMES)
def test_gray_with_noise_in_its_chroma_has_nothing(name: str) -> None:
    codes = planes(np.repeat(photograph(name)[1:2], 3, axis=0))
    noise = np.random.default_rng(0).integers(-3, 4, codes[1].shape).astype(np.uint8)
    assert own_color(SampleCoding(8), [codes[0], codes[1] + noise, codes[2] - noise]) is OwnColor.NONE
    assert own_color(SampleCoding(8), codes[:1]) is OwnColor.NONE


def test_a_frame_of_one_color_is_tinted() -> None:
    orange = np.broadcast_to(np.array([0.5, 0.25, 0.1], np.float32)[:, None, None], (3, 9, 7))
    assert own_color_of_rgb(np.ascontiguousarray(orange)) is OwnColor.TINT


@given(st.lists(st.sampled_from(OwnColor), min_size=1, max_size=30), st.sets(st.integers(0, 29)))
def test_what_was_seen_is_counted_by_shot(owns: list[OwnColor], cuts: set[int]) -> None:
    seen = SeenColors()
    for own in owns:
        seen.add(own)
    starts = sorted({0, *(cut for cut in cuts if cut < len(owns))})
    for own in OwnColor:
        assert seen.count(own) == owns.count(own)
        wanted = [start for start, stop in pairwise([*starts, len(owns)])
                  if owns[start:stop].count(own) > (stop - start) / 2]  # fmt: skip
        assert seen.shots(own, starts) == wanted
