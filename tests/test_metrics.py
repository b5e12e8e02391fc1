"""Laws and published values of the measures, on pictures made here."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon

from vs_tcvc.color import lab_from_rgb
from vs_tcvc.errors import FrameError, StreamError, TcvcError, UsageError
from vs_tcvc.frame import Array
from vs_tcvc.metrics.clip import AGES, DILATIONS, age_curve, cdc, colour_over_time, propagation_psnr
from vs_tcvc.metrics.flow import carry_colour, warp
from vs_tcvc.metrics.picture import (
    Codes,
    ab_spread,
    codes_from_rgb,
    colourfulness,
    delta_e,
    in_gamut,
    psnr,
    rgb_from_codes,
    shown,
)
from vs_tcvc.metrics.read import Picture, find_clips, find_stills
from vs_tcvc.motion import motion

pictures = arrays(np.uint8, (4, 5, 3))
clips = arrays(np.uint8, (6, 3, 4, 3))
Result = TypeVar("Result")


def floats(*values: Any) -> Array:
    return np.array(values, np.float32)


def pixel(*values: float) -> Array:
    """One pixel of that colour, (len(values), 1, 1)."""
    return floats(*values).reshape(-1, 1, 1)


def noise(*shape: int, seed: int = 0) -> Codes:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def smooth(*shape: int, seed: int = 0) -> Array:
    """Random planes (..., H, W) that vary over a few pixels, about -1 to 1."""
    random = np.random.default_rng(seed).standard_normal(shape).reshape(-1, *shape[-2:])
    blurred = [cv2.GaussianBlur(plane, (0, 0), 3) for plane in random]
    return np.array([plane / np.abs(plane).max() for plane in blurred], np.float32).reshape(shape)


# Nearness to the truth


@given(pictures)
def test_codes_and_rgb_are_inverse(codes: Codes) -> None:
    assert np.array_equal(codes_from_rgb(rgb_from_codes(codes)), codes)


@given(pictures, pictures)
def test_psnr_is_that_of_the_formula_in_8_bit(codes: Codes, truth: Codes) -> None:
    error = np.mean((codes.astype(np.float64) - truth) ** 2)
    expected = math.inf if error == 0 else 10 * math.log10(255**2 / error)
    # Codes over 255 are rounded to float32, which moves an error of one code by 3e-5 of itself at most: 3e-4 dB.
    assert psnr(rgb_from_codes(codes), rgb_from_codes(truth)) == pytest.approx(expected, abs=1e-3)
    assert psnr(rgb_from_codes(codes), rgb_from_codes(truth)) == psnr(rgb_from_codes(truth), rgb_from_codes(codes))


def test_psnr_of_equal_pictures_is_infinite() -> None:
    rgb = rgb_from_codes(noise(8, 9, 3))
    assert psnr(rgb, rgb.copy()) == math.inf


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_delta_e_has_the_published_values(one: tuple[float, ...], other: tuple[float, ...], expected: float) -> None:
    """Pairs 1, 16, 17, 31 and 34 of Sharma, Wu and Dalal (2005), table 1, printed to four places."""
    left, right = (pixel(*lab) for lab in (one, other))
    assert delta_e(left, right) == pytest.approx(expected, abs=1.5e-4)
    assert delta_e(right, left) == pytest.approx(delta_e(left, right), abs=1e-12)


def test_delta_e_is_the_mean_over_pixels_and_zero_for_equal_pictures() -> None:
    lab = lab_from_rgb(rgb_from_codes(noise(6, 8, 3)))
    moved = lab + pixel(3, -5, 7)
    pixels = [delta_e(moved[:, y : y + 1, x : x + 1], lab[:, y : y + 1, x : x + 1]) for y in range(6) for x in range(8)]
    assert delta_e(lab, lab.copy()) == 0
    assert delta_e(moved, lab) == pytest.approx(np.mean(pixels), rel=1e-12)


@pytest.mark.parametrize("measure", [psnr, delta_e])
def test_pictures_of_two_sizes_are_not_compared(measure: Callable[[Array, Array], float]) -> None:
    with pytest.raises(FrameError, match=r"\(3, 4, 5\) and \(3, 1, 1\)"):
        measure(np.zeros((3, 4, 5), np.float32), np.zeros((3, 1, 1), np.float32))


@given(pictures)
def test_true_lightness_with_true_colour_shows_the_truth(codes: Codes) -> None:
    lab = lab_from_rgb(rgb_from_codes(codes))
    assert np.array_equal(codes_from_rgb(shown(lab[0], lab[1:])), codes)
    # Colours that sRGB has stay: 0.01 is far below the 1 that an eye can tell, and float32 does better than it.
    assert np.abs(in_gamut(lab) - lab).max() < 0.01


def test_colour_beyond_srgb_comes_out_on_the_surface_of_srgb() -> None:
    lab = pixel(50, 120, -120)
    rgb = shown(lab[0], lab[1:])
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    assert np.allclose(in_gamut(lab), lab_from_rgb(rgb))
    assert np.abs(in_gamut(lab) - lab).max() > 10


# Amount of colour


@given(arrays(np.uint8, (4, 5)))
def test_gray_has_no_colour(gray: Codes) -> None:
    rgb = rgb_from_codes(np.repeat(gray[..., None], 3, axis=2))
    assert colourfulness(rgb) == 0
    assert ab_spread(lab_from_rgb(rgb)[1:]) == 0


def test_colourfulness_of_one_red_one_green_and_one_blue_pixel() -> None:
    """Both opponents have mean 0; their variances are 2/3 and 1/2 of 255^2."""
    assert colourfulness(np.eye(3, dtype=np.float32).reshape(3, 1, 3)) == pytest.approx(255 * math.sqrt(7 / 6))


@given(pictures)
def test_colourfulness_is_the_formula_of_hasler_and_suesstrunk(codes: Codes) -> None:
    red, green, blue = codes.astype(np.float64).reshape(-1, 3).T
    rg, yb = red - green, 0.5 * (red + green) - blue
    expected = math.hypot(rg.std(), yb.std()) + 0.3 * math.hypot(rg.mean(), yb.mean())
    # Codes over 255 are rounded to float32: 1e-5 of a code.
    assert colourfulness(rgb_from_codes(codes)) == pytest.approx(expected, abs=1e-4)


def test_a_tint_counts_as_colour_and_not_as_spread() -> None:
    lightness = 50 + 40 * smooth(20, 30)
    tint = np.broadcast_to(pixel(20, 30), (2, 20, 30))
    assert colourfulness(shown(lightness, tint)) > 10
    assert ab_spread(tint) == 0


def test_spread_adds_the_variances_of_a_and_b() -> None:
    ab = floats([[3, -3]], [[4, -4]])
    assert ab_spread(ab) == 5
    assert ab_spread(ab + np.float32(10)) == 5


# Steadiness


def clip_a() -> list[Codes]:
    y, x = np.mgrid[0:48, 0:64]
    clip = (((x * y) // 4 + 7 * t, 2 * x + 5 * y + 3 * t, 3 * x + 2 * y + 5 * t) for t in range(8))
    return [np.stack([plane % 256 for plane in rgb], axis=2).astype(np.uint8) for rgb in clip]


def clip_b() -> list[Codes]:
    random = np.random.Generator(np.random.PCG64(7))
    base = random.integers(0, 256, size=(40, 56, 3)) // 2 + 64
    bgr = [base + 3 * t * np.array([1, -1, 2]) + random.integers(-6, 7, size=base.shape) for t in range(10)]
    return [np.clip(frame, 0, 255).astype(np.uint8)[..., ::-1] for frame in bgr]


def clip_c() -> list[Codes]:
    colours = ((30, 20, 10), (31, 20, 200))
    return [np.full((16, 24, 3), colours[t % 2], np.uint8) for t in range(6)]


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        # a and b: an independent float64 evaluation of the challenge's measure, given to 16 places.
        (clip_a(), 0.019996169922763592),
        (clip_b(), 0.04766192733581323),
        # c: red and blue are ln 2 apart at distance 1 and equal at 2 and 4, green never moves.
        (clip_c(), 2 * math.log(2) / 9),
    ],
)
def test_cdc_has_the_official_values(clip: list[Codes], expected: float) -> None:
    assert cdc(clip) == pytest.approx(expected, abs=1e-9)


@given(clips)
def test_cdc_is_the_mean_squared_jensen_shannon_distance(clip: Codes) -> None:
    shares = np.array([[np.bincount(frame[..., c].ravel(), minlength=256) / 12 for c in range(3)] for frame in clip])
    means = [
        np.mean([jensenshannon(shares[i, c], shares[i + t, c]) ** 2 for i in range(6 - t)])
        for t in DILATIONS
        for c in range(3)
        if not np.array_equal(shares[:-t, c], shares[t:, c])  # scipy's root of a rounded zero may be nan
    ]
    assert cdc(clip) == pytest.approx(np.nansum(means) / 9, abs=1e-9)


@given(clips, st.permutations(range(12)), st.permutations(range(3)))
def test_cdc_sees_no_places_no_channel_names_and_no_direction(
    clip: Codes, places: list[int], channels: list[int]
) -> None:
    moved = clip.reshape(6, 12, 1, 3)[::-1, places][..., channels]
    assert cdc(moved) == pytest.approx(cdc(clip), abs=1e-12)
    assert 0 <= cdc(clip) <= math.log(2) + 1e-12


def test_cdc_of_a_frozen_clip_is_zero() -> None:
    assert cdc([noise(9, 7, 3)] * 5) == 0


def test_cdc_refuses_a_clip_that_has_no_frames_four_apart() -> None:
    with pytest.raises(FrameError, match="5 frames or more, got 4"):
        cdc([noise(9, 7, 3)] * 4)


# Age


def test_an_age_curve_tells_the_error_of_every_frame_after_the_reference() -> None:
    truth = [(64 + noise(12, 16, 3, seed=t) // 2).astype(np.uint8) for t in range(50)]
    true_ab = [lab_from_rgb(rgb_from_codes(frame))[1:] for frame in truth]
    faded = (ab + np.float32(0.2 * age) for age, ab in enumerate(true_ab))
    curve = age_curve(iter(truth), faded)
    assert [point.age for point in curve] == list(range(1, 50))
    assert [point.ab_error for point in curve] == pytest.approx([0.2 * age for age in range(1, 50)], abs=1e-4)
    at_ages = [point.psnr for point in curve if point.age in AGES]
    assert at_ages == sorted(at_ages, reverse=True)
    assert len(at_ages) == len(AGES)
    assert propagation_psnr(curve) == pytest.approx(np.mean([point.psnr for point in curve]))


def test_an_age_curve_does_not_look_at_the_reference() -> None:
    truth = list(noise(3, 12, 16, 3))
    ab = [lab_from_rgb(rgb_from_codes(frame))[1:] for frame in truth]
    assert age_curve(truth, [np.zeros_like(ab[0]), *ab[1:]]) == age_curve(truth, ab)


def test_propagation_psnr_of_gray_is_that_of_gray_pictures() -> None:
    truth = list(noise(4, 12, 16, 3))
    rgb = [rgb_from_codes(frame) for frame in truth]
    gray = np.zeros((2, 12, 16), np.float32)
    expected = np.mean([psnr(shown(lab_from_rgb(one)[0], gray), one) for one in rgb[1:]])
    assert propagation_psnr(age_curve(truth, [gray] * 4)) == pytest.approx(expected)


@pytest.mark.parametrize(("frames", "colours", "missing"), [(3, 2, "no colour"), (2, 3, "no truth"), (1, 1, "fewer")])
def test_an_age_curve_needs_truth_and_colour_of_every_frame(frames: int, colours: int, missing: str) -> None:
    with pytest.raises(FrameError, match=missing):
        age_curve([noise(4, 4, 3)] * frames, [np.zeros((2, 4, 4), np.float32)] * colours)


def test_colour_over_time_tells_a_drift_from_a_fading() -> None:
    ab = 30 * smooth(2, 12, 16)
    ab -= ab.mean(axis=(1, 2), keepdims=True)
    drift = colour_over_time(ab + np.float32(frame) for frame in range(4))
    fading = colour_over_time(ab * np.float32(1 - frame / 4) for frame in range(4))
    assert [point.frame for point in drift] == [0, 1, 2, 3]
    assert [point.mean for point in drift] == [pytest.approx((frame, frame), abs=1e-4) for frame in range(4)]
    assert [point.spread for point in drift] == pytest.approx([ab_spread(ab)] * 4, rel=1e-4)
    assert [point.mean for point in fading] == [pytest.approx((0, 0), abs=1e-4)] * 4
    spreads = [ab_spread(ab) * (1 - frame / 4) for frame in range(4)]
    assert [point.spread for point in fading] == pytest.approx(spreads, rel=1e-4)


# Optical flow


def moving_texture(frames: int, step: tuple[int, int]) -> tuple[list[Array], list[Array]]:
    """L* and ab of a camera that moves over a texture by `step` (down, right) pixels a frame."""
    world = smooth(3, 160, 180, seed=3)
    views = [world[:, 30 + t * step[0] :, 30 + t * step[1] :][:, :96, :112] for t in range(frames)]
    return [50 + 45 * view[0] for view in views], [40 * view[1:] for view in views]


@pytest.mark.parametrize("step", [(0, 3), (2, -1), (-3, 2)])
def test_flow_carries_colour_with_a_moving_texture(step: tuple[int, int]) -> None:
    lightness, truth = moving_texture(6, step)
    carried = list(carry_colour(iter(lightness), truth[0]))
    inner = np.s_[:, 24:-24, 24:-24]  # what was in view from the start
    error = np.abs(carried[-1] - truth[-1])[inner].mean()
    left_where_it_was = np.abs(truth[0] - truth[-1])[inner].mean()
    assert carried[0] is truth[0]
    # Motion found to about 0.05 pixels a step, times 5 steps, times the texture's slope of about 4 a pixel.
    assert error < 1
    assert left_where_it_was > 8


def test_motion_points_back_to_where_a_pixel_was() -> None:
    lightness, _ = moving_texture(2, (2, -3))
    x, y = motion(lightness[1], lightness[0])[:, 24:-24, 24:-24]
    assert np.median(x) == pytest.approx(-3, abs=0.1)
    assert np.median(y) == pytest.approx(2, abs=0.1)


def test_a_frozen_picture_keeps_its_colour_exactly() -> None:
    lightness, truth = moving_texture(1, (0, 0))
    for carried in carry_colour(lightness * 4, truth[0]):
        assert np.array_equal(carried, truth[0])


def test_one_colour_stays_one_colour_whatever_moves() -> None:
    tint = np.broadcast_to(pixel(12.5, -37), (2, 48, 64))
    lightness = [50 + 45 * smooth(48, 64, seed=t) for t in range(5)]
    for carried in carry_colour(lightness, tint):
        assert np.allclose(carried, tint, atol=1e-4)


@given(st.integers(-9, 9), st.integers(-9, 9))
def test_warping_by_whole_pixels_moves_pixels_and_repeats_edges(right: int, down: int) -> None:
    ab = noise(2, 6, 7).astype(np.float32)
    flow = np.broadcast_to(pixel(right, down), (2, 6, 7))
    rows, columns = np.clip(np.arange(6) + down, 0, 5), np.clip(np.arange(7) + right, 0, 6)
    assert np.array_equal(warp(ab, flow), ab[:, rows][:, :, columns])


def test_warping_by_half_a_pixel_takes_the_mean_of_two() -> None:
    ab = floats([[0, 10, 30]], [[5, 5, -5]])
    half = floats([[0.5] * 3], [[0] * 3])
    assert np.allclose(warp(ab, half), [[[5, 20, 30]], [[5, 0, -5]]])


def test_flow_does_not_depend_on_opencv_threads_and_leaves_them_alone() -> None:
    lightness, truth = moving_texture(3, (1, 2))
    before = cv2.getNumThreads()
    results: list[NDArray[np.float32]] = []
    try:
        for threads in (1, 2, 5):
            cv2.setNumThreads(threads)
            results.append(np.array(list(carry_colour(lightness, truth[0]))))
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize("size", [(1, 1), (8, 200), (12, 200), (15, 400), (200, 8), (16, 17), (16, 400)])
def test_thin_pictures_are_carried_too(size: tuple[int, int]) -> None:
    """At 8, 12 and 15 rows of some lengths OpenCV's DIS gives nonsense or ends the process."""
    lightness = [50 + 45 * smooth(*size, seed=t) for t in range(3)]
    for carried in carry_colour(lightness, 40 * smooth(2, *size)):
        assert carried.shape == (2, *size)
        assert np.isfinite(carried).all()


def test_colour_of_another_size_is_not_carried() -> None:
    with pytest.raises(FrameError, match=r"\(20, 30\) cannot be carried to lightness of \(20, 31\)"):
        list(carry_colour([np.zeros((20, 31), np.float32)], np.zeros((2, 20, 30), np.float32)))


# Reading


def encoded(codes: Codes, ending: str = ".png") -> bytes:
    return bytes(cv2.imencode(ending, codes[..., ::-1])[1])


def write_folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def write_zip(root: Path, files: dict[str, bytes]) -> Path:
    path = root / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


writers = pytest.mark.parametrize("write", [write_folder, write_zip])


@writers
def test_clips_come_in_order_with_the_pictures_that_were_written(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    frames = {f"{clip}/{n}.png": noise(5, 6, 3, seed=n) for clip in ("b10", "b9", "deep/er") for n in (10, 9, 100)}
    clips = find_clips(write(tmp_path, {name: encoded(codes) for name, codes in frames.items()}))
    assert [clip.name for clip in clips] == ["b9", "b10", "deep/er"]
    for clip in clips:
        assert len(clip) == 3
        for n, codes in zip((9, 10, 100), clip.read(), strict=True):
            assert codes.dtype == np.uint8
            assert np.array_equal(codes, frames[f"{clip.name}/{n}.png"])


@writers
def test_pictures_at_the_root_are_one_clip_called_like_the_root(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    files = {name: encoded(noise(5, 6, 3)) for name in ("a/1.png", "b.png", "c/1.png", "d.png")}
    root = write(tmp_path, files)
    assert [(clip.name, len(clip)) for clip in find_clips(root)] == [(root.stem, 2), ("a", 1), ("c", 1)]


@writers
def test_stills_are_all_pictures_and_nothing_else(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    codes = noise(5, 6, 3)
    names = ["one.png", "two.PNG", "deep/three.bmp", ".hidden.png", "__MACOSX/._one.png", ".git/x.png", "read.me"]
    stills = find_stills(write(tmp_path, {name: encoded(codes) for name in names}))
    assert [still.name for still in stills] == ["one.png", "two.PNG", "deep/three.bmp"]
    assert np.array_equal(stills[0].read(), codes)


def test_a_gray_file_gives_three_equal_channels_and_jpeg_nearly_what_was_written(tmp_path: Path) -> None:
    gray = noise(5, 6)
    smooth_codes = codes_from_rgb(0.5 + 0.3 * smooth(3, 32, 48))
    files = {"gray.png": bytes(cv2.imencode(".png", gray)[1]), "photo.jpg": encoded(smooth_codes, ".jpg")}
    still, photo = find_stills(write_folder(tmp_path, files))
    assert np.array_equal(still.read(), np.repeat(gray[..., None], 3, axis=2))
    assert psnr(rgb_from_codes(photo.read()), rgb_from_codes(smooth_codes)) > 30


def test_a_missing_place_an_empty_one_and_a_file_that_is_no_zip_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a folder or zip of pictures, got no such file"):
        find_clips(tmp_path / "missing.zip")
    with pytest.raises(UsageError, match=r"expected pictures \(\.jpg, .*\), got none"):
        find_stills(write_zip(tmp_path, {"read.me": b""}))
    (tmp_path / "film.zip").write_bytes(b"not a zip")
    with pytest.raises(StreamError, match=r"film\.zip: expected a folder or zip of pictures, got File is not"):
        find_stills(tmp_path / "film.zip")


def test_a_clip_of_two_sizes_names_the_picture_that_differs(tmp_path: Path) -> None:
    files = {"x/1.png": encoded(noise(5, 6, 3)), "x/2.png": encoded(noise(6, 5, 3))}
    (clip,) = find_clips(write_zip(tmp_path, files))
    frames = clip.read()
    assert next(frames).shape == (5, 6, 3)
    with pytest.raises(StreamError, match=r"set\.zip/x/2\.png: expected 6x5 like the clip's first picture, got 5x6"):
        next(frames)


@pytest.mark.parametrize("content", [b"", b"no picture", encoded(noise(20, 30, 3))[:40]])
@writers
def test_a_damaged_picture_is_named(
    tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path], content: bytes
) -> None:
    (still,) = find_stills(write(tmp_path, {"x/1.png": content}))
    with pytest.raises(StreamError, match=r"/x/1\.png: expected a picture, got"):
        still.read()


def test_a_picture_that_went_away_is_named(tmp_path: Path) -> None:
    (still,) = find_stills(write_folder(tmp_path, {"1.png": encoded(noise(5, 6, 3))}))
    (tmp_path / "1.png").unlink()
    with pytest.raises(StreamError, match=r"1\.png: expected a picture, got .*No such file"):
        still.read()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_an_error_in_a_sentence(content: bytes) -> None:
    result = outcome(lambda: Picture(Path("set"), "x.jpg", lambda: content).read())
    assert "\n" not in result if isinstance(result, str) else result.ndim == 3


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_zip_gives_pictures_or_an_error_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = write_zip(tmp_path_factory.mktemp("damaged"), {f"x/{n}.png": encoded(noise(2, 3, 3)) for n in range(2)})
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    path.write_bytes(content)
    result = outcome(lambda: [still.read().ndim for still in find_stills(path)])
    assert "\n" not in result if isinstance(result, str) else set(result) == {3}


def outcome(read: Callable[[], Result]) -> Result | str:
    """What `read` gives, or the sentence of its error."""
    try:
        return read()
    except TcvcError as error:
        return str(error)
