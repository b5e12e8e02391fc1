"""Laws and literature values of the colour arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from skimage.color import rgb2lab, rgb2xyz, xyz2lab

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import UsageError
from vs_tcvc.picture import color
from vs_tcvc.picture.coding import RANGES, SampleCoding, resolve_matrix, resolve_range

MATRIX_NAMES = sorted(color.MATRICES)
law = settings(max_examples=60, deadline=None)  # a busy machine may be slow at any example
INTEGER_CODINGS = [SampleCoding(bits, range) for bits in range(8, 17) for range in RANGES]


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(np.float32(low).item(), np.float32(high).item(), width=32, allow_subnormal=False)


def pictures(low: float, high: float, planes: int) -> st.SearchStrategy[Array]:
    return arrays(np.float32, (planes, 3, 4), elements=floats(low, high))


def colour(*values: float) -> Array:
    return np.array(values, np.float32)


# Literature values


@pytest.mark.parametrize(
    ("matrix", "rgb", "codes"),
    [  # 8-bit codes of the 100 % colour bars: ITU-R BT.601 and BT.709, as in every table of test signals
        ("601", (1, 0, 0), (81, 90, 240)),
        ("601", (0, 1, 0), (145, 54, 34)),
        ("601", (0, 0, 1), (41, 240, 110)),
        ("601", (1, 1, 0), (210, 16, 146)),
        ("709", (1, 0, 0), (63, 102, 240)),
        ("709", (0, 1, 0), (173, 42, 26)),
        ("709", (0, 0, 1), (32, 240, 118)),
        ("709", (0, 1, 1), (188, 154, 16)),
        ("709", (1, 1, 1), (235, 128, 128)),
        ("709", (0, 0, 0), (16, 128, 128)),
    ],
)
def test_color_bars_have_their_published_codes(
    matrix: str, rgb: tuple[float, float, float], codes: tuple[int, int, int]
) -> None:
    y, *chroma = color.ycc_from_rgb(colour(*rgb), matrix)
    coding = SampleCoding(8)
    assert (int(coding.codes_from_luma(y)), *coding.codes_from_chroma(chroma).tolist()) == codes


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # sRGB primaries under D65 (Lindbloom's calculator), given to two decimals
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((1, 1, 1), (100, 0, 0)),
    ],
)
def test_the_primaries_have_their_published_lab(
    rgb: tuple[float, float, float], lab: tuple[float, float, float]
) -> None:
    assert color.lab_from_rgb(colour(*rgb)) == pytest.approx(lab, abs=0.01)


def test_middle_gray_has_its_published_lightness() -> None:
    assert color.lightness_from_luma(0.5) == pytest.approx(53.389, abs=0.001)
    assert color.lightness_from_luma([0, 1, -3, 7]).tolist() == [0, 100, 0, 100]


@law
@given(pictures(0, 1, 3))
def test_lab_agrees_with_scikit_image(rgb: Array) -> None:
    last = np.moveaxis(rgb.astype(np.float64), 0, -1)
    lab = np.moveaxis(color.lab_from_rgb(rgb), 0, -1)
    # Its white is (0.95047, 1, 1.08883), the sum of its own primaries (0.950456, 1, 1.088754): a gray gets up to
    # a* = -0.0024 and b* = 0.0047 there, and 0 here. With its white mended it agrees to float32.
    assert np.abs(lab - rgb2lab(last)).max() < 0.006
    assert np.abs(lab - xyz2lab(rgb2xyz(last) * [0.95047 / 0.950456, 1, 1.08883 / 1.088754])).max() < 0.001


def test_gray_is_what_differs_by_rounding_alone() -> None:
    gray = np.full((3, 4, 5), 0.5, np.float32)
    assert color.is_gray(gray)
    for channel in range(3):
        for step, expected in ((1.4, True), (-1.4, True), (1.6, False), (-1.6, False), (np.nan, False)):
            other = gray.copy()
            other[channel, 2, 3] += step / 255
            assert color.is_gray(other) == expected


# Inverse pairs


@law
@given(pictures(0, 1, 3), st.sampled_from(MATRIX_NAMES))
def test_rgb_comes_back_from_ycc(rgb: Array, matrix: str) -> None:
    assert color.rgb_from_ycc(color.ycc_from_rgb(rgb, matrix), matrix) == pytest.approx(rgb, abs=1e-6)


@law
@given(pictures(0, 1, 3))
def test_rgb_comes_back_from_lab(rgb: Array) -> None:
    # L* holds 24 bits of 100, and near black R'G'B' moves by 12.92 x 200/903 per step of it: 2e-5.
    assert color.rgb_from_lab(color.lab_from_rgb(rgb)) == pytest.approx(rgb, abs=3e-5)


@law
@given(pictures(-1, 2, 3))
def test_rgb_outside_the_gamut_comes_back_from_lab(rgb: Array) -> None:
    assert color.rgb_from_lab(color.lab_from_rgb(rgb)) == pytest.approx(rgb, abs=2e-3)


@law
@given(arrays(np.float32, 7, elements=floats(0, 1)))
def test_luma_comes_back_from_lightness(luma: Array) -> None:
    assert color.luma_from_lightness(color.lightness_from_luma(luma)) == pytest.approx(luma, abs=1e-6)


@pytest.mark.parametrize("coding", INTEGER_CODINGS, ids=str)
def test_every_code_comes_back(coding: SampleCoding) -> None:
    codes = np.arange(1 << coding.bits).astype(coding.dtype)
    assert np.array_equal(coding.codes_from_luma(coding.luma_from_codes(codes)), codes)
    low, high = coding.chroma_limits
    legal = codes[int(low) : int(high) + 1]
    assert np.array_equal(coding.codes_from_chroma(coding.chroma_from_codes(legal)), legal)


def test_float_samples_are_left_as_they_are() -> None:
    samples = np.linspace(-0.7, 1.2, 50, dtype=np.float32)
    coding = SampleCoding(32)
    for change in (
        coding.luma_from_codes,
        coding.codes_from_luma,
        coding.chroma_from_codes,
        coding.codes_from_chroma,
    ):
        assert np.array_equal(change(samples), samples)
        assert change(samples).dtype == np.float32


# Gray, gamut, dtype


@law
@given(arrays(np.float32, 9, elements=floats(0, 1)), st.sampled_from(MATRIX_NAMES))
def test_gray_has_no_color_to_the_last_bit(luma: Array, matrix: str) -> None:
    gray = np.stack([luma, luma, luma])
    assert not color.lab_from_rgb(gray)[1:].any()
    assert not color.ycc_from_rgb(gray, matrix)[1:].any()
    assert np.array_equal(color.luma(gray, matrix), luma)
    lightness = color.lightness_from_luma(luma)
    assert not color.chroma_from_ab(luma, lightness, np.zeros((2, 9), np.float32), matrix).any()


@law
@given(
    arrays(np.float32, (3, 4), elements=floats(0, 1)),
    pictures(-128, 128, 2),
    floats(0, 100),
    st.sampled_from(MATRIX_NAMES),
)
def test_any_ab_gives_a_color_inside_the_gamut_with_the_luma_given(
    luma: Array, ab: Array, lightness: float, matrix: str
) -> None:
    chroma = color.chroma_from_ab(luma, np.full((3, 4), lightness), ab, matrix)
    rgb = color.rgb_from_ycc(np.stack([luma, *chroma]), matrix)
    assert rgb.min() > -1e-6  # a few float32 steps at 1
    assert rgb.max() < 1 + 1e-6
    assert color.luma(rgb, matrix) == pytest.approx(luma, abs=1e-6)


@law
@given(
    arrays(np.float32, (3, 4), elements=floats(-0.1, 1.1)), pictures(-0.5, 0.5, 2), st.sampled_from(MATRIX_NAMES),
    st.sampled_from([8, 10, 16]),
)  # fmt: skip
def test_rgb_has_the_luma_given_to_half_a_code_and_never_leaves_the_gamut(
    luma: Array, chroma: Array, matrix: str, bits: int
) -> None:
    rgb = color.rgb_with_luma(luma, chroma, matrix)
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    highest = (1 << bits) - 1
    kr, kb = color.MATRICES[matrix]
    red, green, blue = SampleCoding(bits, "full").codes_from_luma(rgb).astype(np.float64)
    written = kr * red + (1 - kr - kb) * green + kb * blue
    # each of R', G', B' is rounded by half a code at most and float32 holds 24 bits; luma is their weighted mean
    assert np.abs(written - luma.clip(0, 1).astype(np.float64) * highest).max() < 0.5 + 0.02
    inside = np.abs(color.limit_chroma(luma, chroma, matrix) - chroma).max(axis=0) < 1e-7
    plain = color.rgb_from_ycc(np.stack([luma, *chroma]), matrix)
    assert np.abs(rgb - plain)[:, inside & (luma >= 0) & (luma <= 1)].max(initial=0) < 1e-6


@law
@given(arrays(np.float32, (3, 4), elements=floats(0, 1)), pictures(-1, 1, 2), st.sampled_from(MATRIX_NAMES))
def test_limiting_keeps_the_hue_and_is_never_more_than_needed(luma: Array, chroma: Array, matrix: str) -> None:
    limited = color.limit_chroma(luma, chroma, matrix)
    assert limited[0] * chroma[1] == pytest.approx(limited[1] * chroma[0], abs=1e-6)
    assert (limited * chroma >= 0).all()
    rgb = color.rgb_from_ycc(np.stack([luma, *limited]), matrix)
    is_kept = np.abs(limited - chroma).max(axis=0) < 1e-6
    is_at_the_border = np.minimum(rgb, 1 - rgb).min(axis=0) < 1e-6
    assert (is_kept | is_at_the_border).all()


@pytest.mark.parametrize("luma", [-0.07, 1.09])
def test_luma_outside_the_range_is_neutral(luma: float) -> None:
    assert not color.limit_chroma(luma, colour(0.3, -0.2)).any()


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (7,), ()])
def test_everything_stays_float32_and_keeps_its_shape(shape: tuple[int, ...]) -> None:
    rgb, ab = np.full((3, *shape), 0.4, np.float32), np.ones((2, *shape), np.float32)
    results: list[tuple[NDArray[Any], tuple[int, ...]]] = [
        (color.luma(rgb), shape),
        (color.lightness_from_luma(rgb[0]), shape),
        (color.luma_from_lightness(rgb[0]), shape),
        (color.lab_from_rgb(rgb), rgb.shape),
        (color.rgb_from_lab(rgb), rgb.shape),
        (color.ycc_from_rgb(rgb), rgb.shape),
        (color.rgb_from_ycc(rgb), rgb.shape),
        (color.limit_chroma(rgb[0], ab), ab.shape),
        (color.rgb_with_luma(rgb[0], ab), rgb.shape),
        (color.chroma_from_ab(rgb[0], rgb[0], ab), ab.shape),
    ]
    for result, expected in results:
        assert result.dtype == np.float32
        assert result.shape == expected


# Codes


def test_chroma_is_clipped_to_the_legal_range() -> None:
    assert SampleCoding(8).codes_from_chroma([-0.6, 0, 0.6]).tolist() == [16, 128, 240]
    assert SampleCoding(10).codes_from_chroma([-0.6, 0, 0.6]).tolist() == [64, 512, 960]
    assert SampleCoding(8, "full").codes_from_chroma([-0.6, 0, 0.6]).tolist() == [0, 128, 255]
    assert SampleCoding(16, "full").codes_from_chroma([-0.6, 0, 0.6]).tolist() == [0, 32768, 65535]


@pytest.mark.parametrize(("bits", "range"), [(7, "limited"), (17, "limited"), (24, "full"), (8, "tv"), (8, "auto")])
def test_unknown_codings_are_refused(bits: int, range: str) -> None:
    with pytest.raises(UsageError, match=str(bits) if range != "tv" and range != "auto" else range):
        SampleCoding(bits, range)


@pytest.mark.parametrize(
    ("wanted", "height", "tag", "expected"),
    [
        ("auto", 576, None, "601"),
        ("auto", 577, None, "709"),
        ("auto", 1080, "601", "601"),
        ("auto", 480, "auto", "601"),
        ("2020", 480, "601", "2020"),
        ("601", 2160, None, "601"),
    ],
)
def test_the_matrix_is_what_is_wanted_then_the_tag_then_by_height(
    wanted: str, height: int, tag: str | None, expected: str
) -> None:
    assert resolve_matrix(wanted, height, tag) == expected


def test_the_range_is_what_is_wanted_then_the_tag_then_limited() -> None:
    assert resolve_range("auto") == "limited"
    assert resolve_range("auto", "full") == "full"
    assert resolve_range("limited", "full") == "limited"


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UsageError, match="matrix: expected auto, 601, 709, 2020, 240m, fcc, got 'bt470'"):
        resolve_matrix("auto", 480, "bt470")
    with pytest.raises(UsageError, match="range: expected auto, limited, full, got 'tv'"):
        resolve_range("tv")
