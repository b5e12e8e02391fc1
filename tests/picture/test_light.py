"""Light of HDR and of wide primaries: gray stays gray, and the film shows the colour that the network saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import ColorTags, SampleCoding
from vs_tcvc.picture.color import chroma_from_ab, lightness_from_luma, linear_from_srgb, rgb_from_lab, rgb_from_ycc
from vs_tcvc.picture.light import PRIMARIES, SRGB, TRANSFERS, Light

LIGHTS = [Light(transfer, primaries) for transfer in TRANSFERS for primaries in PRIMARIES]
OTHERS = [light for light in LIGHTS if light != SRGB]
RAMP = np.linspace(0, 1, 1025, dtype=np.float32)
law = settings(max_examples=60, deadline=None)


def pq_light(code: Array) -> Any:
    """Cd/m2, as ST 2084 writes it, in float64."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = np.asarray(code, np.float64) ** (1 / m2)
    return 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def hlg_light(code: Array) -> Any:
    """Scene light, as BT.2100 writes it, in float64."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    code = np.asarray(code, np.float64)
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


@pytest.mark.parametrize("light", LIGHTS, ids=str)
@pytest.mark.parametrize("bits", [8, 10, 16])
def test_gray_stays_gray_to_the_last_bit(light: Light, bits: int) -> None:
    stage = ChromaStage(33, 31, SampleCoding(bits), light=light, size=64)
    luma = np.random.default_rng(bits).integers(0, 1 << bits, (31, 33)).astype(stage.source.dtype)
    lightness = stage.lightness(luma)
    for plane in stage.planes(luma, lightness, np.zeros((2, *lightness.shape), np.float32)):
        assert (plane == stage.source.neutral).all()


def test_sdr_is_what_it_was() -> None:
    ab = np.random.default_rng(1).normal(0, 20, (2, len(RAMP))).astype(np.float32)
    lightness = lightness_from_luma(RAMP)
    assert (SRGB.lightness(RAMP) == lightness).all()
    assert (SRGB.chroma(RAMP, lightness, ab) == chroma_from_ab(RAMP, lightness, ab)).all()


@pytest.mark.parametrize("light", OTHERS, ids=str)
def test_lightness_rises_with_the_code_from_black_to_white(light: Light) -> None:
    lightness = light.lightness(RAMP)
    assert (np.diff(lightness) >= 0).all()
    assert lightness[0] == 0
    assert lightness[-1] == pytest.approx(100, abs=1e-3)


def test_reference_white_is_nearly_white_and_middle_gray_is_middle_gray() -> None:
    """BT.2408: reference white is 203 cd/m2, PQ 58 % and HLG 75 %; 18 % gray there is L* 49."""
    white, gray = (float(RAMP[np.searchsorted(pq_light(RAMP), nits)]) for nits in (203, 203 * 0.18))
    assert Light("pq").lightness([white])[0] == pytest.approx(96, abs=1)
    assert Light("hlg").lightness([0.75])[0] == pytest.approx(96, abs=1)
    assert Light("pq").lightness([gray])[0] == pytest.approx(49.5, abs=0.5)


@law
@given(
    st.sampled_from([light for light in OTHERS if light.transfer != "srgb"]), st.floats(0.3, 0.7), st.floats(-25, 25),
    st.floats(-25, 25),
)  # fmt: skip
def test_the_film_shows_the_color_that_the_network_saw_in_its_own_light(
    light: Light, code: float, a: float, b: float
) -> None:
    """R G B of the result over its luminance are those of the network's colour, in the film's primaries."""
    luma = np.full(1, code, np.float32)
    lightness = light.lightness(luma)
    chroma = light.chroma(luma, lightness, np.array([[a], [b]], np.float32), "2020")
    decode = pq_light if light.transfer == "pq" else hlg_light
    shown = decode(rgb_from_ycc(np.stack([luma, *chroma]), "2020").clip(0, 1))
    wanted = linear_from_srgb(rgb_from_lab(np.array([lightness, [a], [b]], np.float32)))
    wanted = np.linalg.inv(light.xyz) @ Light().xyz @ wanted
    if wanted.min() > 0.02:  # of colours that no primaries have to be cut off
        np.testing.assert_allclose(chromaticity(light, shown), chromaticity(light, wanted), atol=0.012)


def chromaticity(light: Light, rgb: Array) -> Array:
    """x, y of linear R G B."""
    xyz = light.xyz @ np.asarray(rgb, np.float64)
    return np.asarray(xyz[:2] / xyz.sum(axis=0))


@law
@given(st.sampled_from(LIGHTS), st.floats(0, 1), st.floats(-110, 110), st.floats(-110, 110))
def test_no_color_leaves_the_gamut(light: Light, code: float, a: float, b: float) -> None:
    luma = np.full(1, code, np.float32)
    chroma = light.chroma(luma, light.lightness(luma), np.array([[a], [b]], np.float32), "2020")
    rgb = rgb_from_ycc(np.stack([luma, *chroma]), "2020")
    assert np.isfinite(chroma).all()
    assert rgb.min() > -1e-4
    assert rgb.max() < 1 + 1e-4


def test_tags_that_name_no_light_of_their_own_are_srgb() -> None:
    for transfer in (-1, 1, 2, 4, 5, 6, 7, 13, 14, 15):
        for primaries in (-1, 1, 2, 4, 5, 6, 7, 8):
            assert ColorTags.of(1, primaries, transfer).light == SRGB
    assert ColorTags.of(9, 9, 16).light == Light("pq", "2020")
    assert ColorTags.of(9, 12, 18).light == Light("hlg", "p3")
