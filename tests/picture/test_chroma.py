"""Laws of the chroma stage, against a float64 reference made of the textbook formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.picture.chroma import ChromaStage, confidence_plane, working_size
from vs_tcvc.picture.coding import RANGES, SampleCoding
from vs_tcvc.picture.color import MATRICES, chroma_from_ab, lightness_from_luma, rgb_from_ycc
from vs_tcvc.picture.color import luma as luma_of

Float64 = NDArray[np.float64]
SUBSAMPLINGS = {"444": (0, 0), "422": (1, 0), "420": (1, 1), "411": (2, 0)}
ON_LUMA = {"left": (True, False), "center": (False, False), "topleft": (True, True), "top": (False, True)}
"""Across, down: H.273 chroma sample location types 0, 1, 2 and 3."""
SIZES = [(1, 1), (1, 5), (5, 3), (64, 48), (131, 97)]
FLOAT = SampleCoding(32)
law = settings(max_examples=50, deadline=None)  # a busy machine may be slow at any example


# The reference


def chroma64(luma: Float64, ab: tuple[float, float], matrix: str) -> Float64:
    """Cb, Cr (2, H, W) of luma (H, W) and one a*, b*: sRGB, CIE L*a*b* and Y'CbCr written out."""
    y = np.clip(luma, 0, 1)
    linear = np.where(y <= 0.04045, y / 12.92, ((y + 0.055) / 1.055) ** 2.4)
    root = np.where(linear > (6 / 29) ** 3, np.cbrt(linear), linear / (3 * (6 / 29) ** 2) + 4 / 29)
    roots = np.stack([root + ab[0] / 500, root, root - ab[1] / 200])
    whited = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29))
    primaries = np.array([[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]])
    rgb = np.einsum("rx,xhw->rhw", np.linalg.inv(primaries), whited * primaries.sum(axis=1)[:, None, None])
    size = np.abs(rgb)
    encoded = np.sign(rgb) * np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055)
    kr, kb = MATRICES[matrix]
    own = kr * encoded[0] + (1 - kr - kb) * encoded[1] + kb * encoded[2]
    away = encoded - own
    scale = np.where(away > 0, 1 - y, y) / np.maximum(np.abs(away), 1e-12)
    scale = np.minimum(scale.min(axis=0), 1)
    chroma: Float64 = np.stack([away[2] / (1 - kb) / 2, away[0] / (1 - kr) / 2]) * scale
    return chroma


def axis_weights(length: int, shift: int, on_luma: bool) -> Float64:
    """How much each luma sample (column) counts in each chroma sample (row), the picture's ends going on."""
    step = 1 << shift
    taps = np.full(step, 1 / step)
    first = 0
    if on_luma and shift:
        taps = np.convolve(taps, [0.5, 0.5])
        first = -(step // 2)
    weights = np.zeros((math.ceil(length / step), length))
    for row in range(len(weights)):
        for offset, weight in enumerate(taps):
            weights[row, min(max(step * row + first + offset, 0), length - 1)] += weight
    return weights


def luma64(codes: NDArray[Any], stage: ChromaStage) -> Float64:
    """Y' at the chroma samples."""
    scale, black = stage.source.luma_scale
    on_columns, on_rows = ON_LUMA[stage.siting]
    across = axis_weights(stage.width, stage.subsampling[0], on_columns)
    down = axis_weights(stage.height, stage.subsampling[1], on_rows)
    means: Float64 = down @ codes.astype(np.float64) @ across.T
    return (means - black) / scale


# Material


def random_luma(stage: ChromaStage, seed: int = 0) -> NDArray[Any]:
    """A plane with every kind of lightness, foot- and headroom too."""
    random = np.random.default_rng(seed)
    return stage.source.codes_from_luma(random.uniform(-0.05, 1.05, (stage.height, stage.width)))


def constant_ab(stage: ChromaStage, a: float, b: float) -> Array:
    width, height = stage.working_size
    return np.stack([np.full((height, width), value, np.float32) for value in (a, b)])


def random_ab(stage: ChromaStage, seed: int = 0) -> Array:
    width, height = stage.working_size
    return np.random.default_rng(seed).normal(0, 30, (2, height, width)).astype(np.float32)


def color(stage: ChromaStage, luma_plane: NDArray[Any], ab: Array) -> NDArray[Any]:
    cb, cr = stage.planes(luma_plane, stage.lightness(luma_plane), ab)
    return np.stack([cb, cr])


def largest_error_in_codes(stage: ChromaStage, codes: NDArray[Any], expected: Float64) -> float:
    exact = expected * stage.source.chroma_scale + stage.source.neutral
    return float(np.abs(codes - np.clip(exact, *stage.source.chroma_limits)).max())


# Arithmetic


@pytest.mark.parametrize("matrix", sorted(MATRICES))
@pytest.mark.parametrize("ab", [(0, 0), (15, 18), (80, 67), (-86, 83), (79, -108), (-4, -30), (0.3, -0.2)])
def test_chroma_agrees_with_the_reference(matrix: str, ab: tuple[float, float]) -> None:
    stage = ChromaStage(211, 67, FLOAT, SUBSAMPLINGS["444"], matrix=matrix, size=64)
    luma = np.linspace(-0.05, 1.05, 211 * 67, dtype=np.float32).reshape(67, 211)
    expected = chroma64(luma.astype(np.float64), ab, matrix)
    # float32 all the way: 2e-5 is 0.02 codes at 10 bits, against the 0.5 of rounding
    assert np.abs(color(stage, luma, constant_ab(stage, *ab)) - expected).max() < 2e-5


@pytest.mark.parametrize("siting", ON_LUMA)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS.values(), ids=SUBSAMPLINGS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_each_chroma_sample_is_made_for_the_luma_that_it_covers(
    width: int, height: int, subsampling: tuple[int, int], siting: str
) -> None:
    stage = ChromaStage(width, height, SampleCoding(10), subsampling, siting, size=64)
    luma_plane = random_luma(stage)
    codes = color(stage, luma_plane, constant_ab(stage, 25, -30))
    assert codes.shape == (2, math.ceil(height / 2 ** subsampling[1]), math.ceil(width / 2 ** subsampling[0]))
    assert codes.shape == (2, *stage.chroma_size[::-1])
    expected = chroma64(luma64(luma_plane, stage), (25, -30), "709")
    assert largest_error_in_codes(stage, codes, expected) < 0.55  # rounding and a little float32


@pytest.mark.parametrize("range", RANGES)
@pytest.mark.parametrize("bits", [*range(8, 17), 32])
def test_every_depth_and_range_agrees_with_the_reference(bits: int, range: str) -> None:
    stage = ChromaStage(37, 41, SampleCoding(bits, range), size=64)
    luma_plane = random_luma(stage)
    codes = color(stage, luma_plane, constant_ab(stage, -20, 35))
    assert codes.dtype == stage.source.dtype
    expected = chroma64(luma64(np.clip(luma_plane, 0, 1) if bits == 32 else luma_plane, stage), (-20, 35), "709")
    # 8 bits: rounding and half a code of dither; 16 bits: 2e-5 of 57,344 codes on top of rounding
    tolerance = {8: 1.01, 32: 2e-5}.get(bits, 0.5 + 2e-5 * 2**bits)
    assert largest_error_in_codes(stage, codes, expected) < tolerance


@pytest.mark.parametrize(
    ("matrix", "luma", "ab", "codes"),
    [  # 8-bit luma code and a*b* of two ColorChecker patches and of the primaries. The patches get the codes of
        # their sRGB values, (194, 150, 130) and (98, 122, 157); the primaries less, as gray of the same Y' is
        # lighter or darker than they are and L* is the gray's: chroma64 gives these.
        ("709", 152, (13.68, 16.90), (115, 148)),
        ("601", 154, (13.68, 16.90), (113, 149)),
        ("709", 119, (0.37, -21.60), (146, 116)),
        ("601", 118, (0.37, -21.60), (147, 115)),
        ("709", 63, (80.09, 67.20), (114, 221)),
        ("709", 173, (-86.18, 83.18), (52, 26)),
        ("709", 32, (79.19, -107.86), (156, 118)),
        ("709", 235, (20, 20), (128, 128)),
        ("709", 16, (20, 20), (128, 128)),
    ],
)
def test_known_colors_have_known_codes(matrix: str, luma: int, ab: tuple[float, float], codes: tuple[int, int]) -> None:
    stage = ChromaStage(64, 64, SampleCoding(8), matrix=matrix, size=64)
    made = color(stage, np.full((64, 64), luma, np.uint8), constant_ab(stage, *ab))
    assert made.mean(axis=(1, 2)) == pytest.approx(codes, abs=0.6)  # 0.5 of rounding, 0.1 of the luma code's own


# The coloured frame


@pytest.mark.parametrize("matrix", sorted(MATRICES))
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_rgb_is_the_luma_with_the_planes_of_every_sample(width: int, height: int, matrix: str) -> None:
    stage = ChromaStage(width, height, FLOAT, (0, 0), matrix=matrix, size=64)
    luma_plane, ab = random_luma(stage), random_ab(stage)
    arguments = luma_plane, stage.lightness(luma_plane), ab
    expected = rgb_from_ycc(np.stack([luma_plane, *stage.planes(*arguments)]), matrix)
    assert np.array_equal(stage.rgb(*arguments), expected)


@pytest.mark.parametrize("coding", [SampleCoding(8), SampleCoding(10), SampleCoding(16, "full"), FLOAT], ids=str)
def test_rgb_has_the_luma_of_the_plane_and_is_gray_beyond_0_to_1(coding: SampleCoding) -> None:
    stage = ChromaStage(131, 97, coding, matrix="601", size=64)
    luma_plane = random_luma(stage)
    rgb = stage.rgb(luma_plane, stage.lightness(luma_plane), random_ab(stage))
    luma = coding.luma_from_codes(luma_plane)
    assert luma_of(rgb, "601") == pytest.approx(luma, abs=1e-6)
    is_inside = (luma >= 0) & (luma <= 1)
    assert rgb[:, is_inside].min() > -1e-6
    assert rgb[:, is_inside].max() < 1 + 1e-6
    assert (rgb[:, ~is_inside] == luma[~is_inside]).all()
    assert np.ptp(rgb[:, is_inside], axis=0).max() > 0.3


def test_rgb_is_the_same_whatever_the_subsampling() -> None:
    stages = [ChromaStage(65, 49, SampleCoding(8), shifts, size=64) for shifts in SUBSAMPLINGS.values()]
    luma_plane = random_luma(stages[0])
    first, *others = (stage.rgb(luma_plane, stage.lightness(luma_plane), random_ab(stage)) for stage in stages)
    assert all(np.array_equal(first, other) for other in others)


# Guided enlargement


@law
@given(st.floats(-100, 100, width=32), st.floats(-100, 100, width=32), st.integers(0, 9))
def test_a_constant_color_stays_constant_to_the_last_bit(a: float, b: float, seed: int) -> None:
    stage = ChromaStage(83, 67, FLOAT, (0, 0), size=64)
    luma_plane = random_luma(stage, seed)
    luma = np.clip(luma_plane, 0, 1)
    everywhere = np.broadcast_to(np.array([a, b], np.float32)[:, None, None], (2, 67, 83))
    expected = chroma_from_ab(luma, lightness_from_luma(luma), everywhere)
    assert np.array_equal(color(stage, luma_plane, constant_ab(stage, a, b)), expected)


def test_at_working_size_the_color_is_the_network_s_own() -> None:
    stage = ChromaStage(96, 64, FLOAT, (0, 0), size=64)
    assert stage.working_size == (96, 64)
    luma_plane, ab = random_luma(stage), random_ab(stage)
    lightness = stage.lightness(luma_plane)
    expected = chroma_from_ab(luma_plane, lightness_from_luma(luma_plane), ab)
    assert np.stack(stage.planes(luma_plane, lightness, ab)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("siting", ON_LUMA)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS.values(), ids=SUBSAMPLINGS)
def test_color_lies_where_the_chroma_samples_lie(subsampling: tuple[int, int], siting: str) -> None:
    stage = ChromaStage(127, 95, FLOAT, subsampling, siting, size=64)
    width, height = stage.working_size
    ramp_x = 0.25 * (np.arange(width, dtype=np.float32) + 0.5) * 127 / width
    ramp_y = 0.25 * (np.arange(height, dtype=np.float32) + 0.5) * 95 / height
    ab = np.stack(np.broadcast_arrays(ramp_x[None, :], ramp_y[:, None]))
    made = color(stage, np.full((95, 127), 0.5, np.float32), np.ascontiguousarray(ab))
    places = []
    for shift, on_luma, count in zip(subsampling, ON_LUMA[siting], stage.chroma_size, strict=True):
        step = 1 << shift
        places.append(0.25 * (step * np.arange(count, dtype=np.float32) + (0.5 if on_luma else step / 2)))
    sampled = np.stack(np.broadcast_arrays(places[0][None, :], places[1][:, None]))
    expected = chroma_from_ab(np.full(sampled.shape[1:], 0.5), np.full(sampled.shape[1:], 53.38897), sampled)
    inside = (slice(None), slice(2, -2), slice(2, -2))  # beyond the outermost pixels' centres a ramp ends
    # half a luma sample is 0.125 of a* or b*, 5e-4 of chroma; OpenCV 4 places to 1/32 of a pixel, 5 exactly
    assert np.abs(made - expected)[inside].max() < 1e-4


def test_color_edges_lie_on_luma_edges() -> None:
    stage = ChromaStage(512, 288, FLOAT, (0, 0), size=72)
    down, right = np.mgrid[:288, :512]
    is_left = right + 0.5 < 157.3 + 0.3 * down
    luma_plane = np.where(is_left, 0.3, 0.65).astype(np.float32)
    blue, orange = np.reshape([10, -40], (2, 1, 1)), np.reshape([20, 45], (2, 1, 1))
    true_ab = np.where(is_left, blue, orange).astype(np.float32)
    ab = np.stack([cv2.resize(one, stage.working_size, interpolation=cv2.INTER_AREA) for one in true_ab])
    bilinear = np.stack([cv2.resize(one, (512, 288), interpolation=cv2.INTER_LINEAR) for one in ab])
    lightness = lightness_from_luma(luma_plane)
    truth = chroma_from_ab(luma_plane, lightness, true_ab)
    error = np.square(color(stage, luma_plane, ab) - truth).mean()
    assert error < np.square(chroma_from_ab(luma_plane, lightness, bilinear) - truth).mean() / 8  # measured: 1/13
    untouched = np.abs(right + 0.5 - 157.3 - 0.3 * down) > 12  # no halo further than three working pixels
    assert np.abs(color(stage, luma_plane, ab) - truth)[:, untouched].max() < 1e-5


# Limits and dither


@pytest.mark.parametrize("bits", [8, 10, 16, 32])
@pytest.mark.parametrize("range", RANGES)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS.values(), ids=SUBSAMPLINGS)
def test_neutral_stays_exactly_neutral(subsampling: tuple[int, int], range: str, bits: int) -> None:
    stage = ChromaStage(51, 33, SampleCoding(bits, range), subsampling, size=64)
    assert (color(stage, random_luma(stage), constant_ab(stage, 0, 0)) == stage.source.neutral).all()


def test_dither_keeps_the_mean_of_a_flat_color_and_nothing_else_moves() -> None:
    stage = ChromaStage(64, 64, SampleCoding(8), (0, 0), size=64)
    luma_plane, ab = np.full((64, 64), 120, np.uint8), constant_ab(stage, 7.3, -5.9)
    codes = color(stage, luma_plane, ab)
    exact = chroma64(luma64(luma_plane, stage), (7.3, -5.9), "709")[:, 0, 0] * 224 + 128
    assert codes.mean(axis=(1, 2)) == pytest.approx(exact, abs=1 / 64)  # the dither has 64 steps
    assert np.array_equal(np.unique(codes[0]), [math.floor(exact[0]), math.ceil(exact[0])])
    assert np.array_equal(codes, color(stage, luma_plane, ab))
    deeper = ChromaStage(64, 64, SampleCoding(8), (0, 0), output=SampleCoding(10), size=64)
    assert len(np.unique(color(deeper, luma_plane, ab)[0])) == 1


def test_the_output_may_have_another_depth() -> None:
    stage = ChromaStage(64, 48, SampleCoding(8), output=SampleCoding(16), size=64)
    luma_plane = random_luma(stage)
    codes = color(stage, luma_plane, constant_ab(stage, 10, 12))
    assert codes.dtype == np.uint16
    expected = chroma64(luma64(luma_plane, stage), (10, 12), "709") * (224 << 8) + (128 << 8)
    assert np.abs(codes - expected).max() < 2


def test_strong_colors_stay_legal() -> None:
    stage = ChromaStage(64, 48, SampleCoding(8), size=64)
    codes = color(stage, random_luma(stage), 4 * random_ab(stage))
    assert codes.min() >= 16
    assert codes.max() <= 240


def test_floats_that_are_no_pictures_do_no_harm() -> None:
    stage = ChromaStage(64, 48, FLOAT, size=64)
    luma_plane = random_luma(stage)
    luma_plane[3:5, 7:9] = [[np.nan, np.inf], [-np.inf, 3e38]]
    assert np.isfinite(stage.lightness(luma_plane)).all()
    assert np.isfinite(color(stage, luma_plane, random_ab(stage))).all()


# Purity


@pytest.fixture
def _cv2_threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("_cv2_threads")
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_the_number_of_threads_changes_no_byte(bits: int) -> None:
    stage = ChromaStage(1283, 723, SampleCoding(bits))
    luma_plane, ab = random_luma(stage), random_ab(stage)
    results = []
    for threads in (1, 2, 4, 7):
        cv2.setNumThreads(threads)
        results.append((stage.lightness(luma_plane).tobytes(), color(stage, luma_plane, ab).tobytes()))
    assert len(set(results)) == 1


def test_what_is_given_is_not_changed_and_may_be_strided_and_read_only() -> None:
    stage = ChromaStage(97, 61, SampleCoding(8), size=64)
    rows = np.random.default_rng(0).integers(0, 256, (61, 128), np.uint8)
    luma_plane, ab = rows[:, :97], random_ab(stage)
    expected, luma_before, ab_before = color(stage, luma_plane.copy(), ab), rows.copy(), ab.copy()
    for array in (rows, luma_plane, ab):
        array.setflags(write=False)
    assert np.array_equal(color(stage, luma_plane, ab), expected)
    assert np.array_equal(rows, luma_before)
    assert np.array_equal(ab, ab_before)


# Working size and lightness


@pytest.mark.parametrize(
    ("width", "height", "size", "expected"),
    [
        (1920, 1080, 216, (384, 216)),
        (720, 576, 216, (272, 216)),
        (1080, 1920, 216, (216, 384)),
        (640, 480, 100, (136, 104)),
        (4000, 100, 216, (864, 216)),
        (1, 8192, 64, (64, 256)),
        (1, 1, 216, (216, 216)),
    ],
)
def test_working_size_of_known_pictures(width: int, height: int, size: int, expected: tuple[int, int]) -> None:
    assert working_size(width, height, size) == expected


@law
@given(st.integers(1, 8192), st.integers(1, 8192), st.integers(64, 1024))
def test_working_sizes_are_multiples_of_8_near_the_aspect(width: int, height: int, size: int) -> None:
    across, down = working_size(width, height, size)
    assert across % 8 == down % 8 == 0
    assert abs(min(across, down) - size) <= 4
    assert max(across, down) <= 4 * min(across, down)
    aspect = min(4.0, max(width, height) / min(width, height))
    assert abs(max(across, down) - aspect * min(across, down)) <= 4
    assert working_size(height, width, size) == (down, across)


@pytest.mark.parametrize("range", RANGES)
@pytest.mark.parametrize("bits", [8, 10, 16, 32])
def test_lightness_is_that_of_the_display_gray(bits: int, range: str) -> None:
    coding = SampleCoding(bits, range)
    for width, height in SIZES:
        stage = ChromaStage(width, height, coding, size=64)
        lightness = stage.lightness(coding.codes_from_luma(np.full((height, width), 0.5)))
        assert lightness.dtype == np.float32
        assert lightness.shape == stage.working_size[::-1]
        assert lightness == pytest.approx(53.389, abs=0.25)  # half an 8-bit code of 219


def test_lightness_is_averaged_as_luma() -> None:
    stage = ChromaStage(256, 256, SampleCoding(8), size=64)
    checks = np.indices((256, 256)).sum(axis=0) % 2
    assert stage.lightness((16 + 219 * checks).astype(np.uint8)) == pytest.approx(53.389, abs=0.01)


def test_confidence_becomes_gray_of_the_picture_s_size() -> None:
    for value, code in ((-0.1, 0), (0, 0), (0.5, 128), (1, 255), (1.1, 255)):
        plane = confidence_plane(np.full((64, 96), value, np.float32), (131, 97))
        assert plane.dtype == np.uint8
        assert plane.shape == (97, 131)
        assert (plane == code).all()


# Bad input


def test_bad_arguments_are_refused() -> None:
    coding = SampleCoding(8)
    with pytest.raises(UsageError, match="0x5"):
        ChromaStage(0, 5, coding)
    with pytest.raises(UsageError, match=r"\(3, 0\)"):
        ChromaStage(8, 8, coding, (3, 0))
    with pytest.raises(UsageError, match="'middle'"):
        ChromaStage(8, 8, coding, siting="middle")
    with pytest.raises(UsageError, match="'auto'"):
        ChromaStage(8, 8, coding, matrix="auto")


def test_bad_arrays_are_refused() -> None:
    stage = ChromaStage(64, 48, SampleCoding(8), size=64)
    luma_plane, ab = random_luma(stage), random_ab(stage)
    lightness = stage.lightness(luma_plane)
    with pytest.raises(FrameError, match=r"luma plane: expected \(48, 64\) uint8, got \(48, 64\) uint16"):
        stage.lightness(luma_plane.astype(np.uint16))
    with pytest.raises(FrameError, match=r"luma plane: expected \(48, 64\) uint8, got \(48, 63\) uint8"):
        stage.planes(luma_plane[:, 1:], lightness, ab)
    with pytest.raises(FrameError, match=r"lightness must be \(64, 88\), got \(64, 87\)"):
        stage.planes(luma_plane, lightness[:, 1:], ab)
    with pytest.raises(FrameError, match=r"ab must be \(2, 64, 88\) float32, got \(1, 64, 88\) float32"):
        stage.planes(luma_plane, lightness, ab[:1])
