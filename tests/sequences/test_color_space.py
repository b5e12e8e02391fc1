"""Colour management: luminance that no colour changes, in every working space, for HDR and negatives alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import UsageError
from vs_tcvc.sequences.color_space import PlateSpace

SPACES = ("ACEScg", "ACES2065-1", "Linear Rec.709 (sRGB)")
SATURATIONS = (0.0, 0.6, 1.0, 1.5)


def colors(size: tuple[int, int] = (24, 32), seed: int = 0) -> Array:
    """sRGB colours (3, H, W), saturated ones and black among them."""
    rgb = np.random.default_rng(seed).random((3, *size), np.float32)
    rgb[:, 0] = 0
    rgb[:2, 1] = 0
    return rgb


def plate(size: tuple[int, int] = (24, 32)) -> Array:
    """A gray plate (H, W, 3) from -0.5 to 40."""
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.uniform(-0.5, 40, size[0] * size[1] - 3), [0, 1e-6, 40]]).astype(np.float32)
    return np.repeat(values.reshape(*size, 1), 3, axis=-1)


def in_comp(scene: PlateSpace, rgb: Array, chroma: Array, saturation: float) -> Array:
    """What the Nuke node computes: Y (1 + s (c / (w . c) - 1)), in float32."""
    ratio = chroma / scene.luminance(chroma)[..., None]
    return scene.luminance(rgb)[..., None] * (1 + np.float32(saturation) * (ratio - 1))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("saturation", SATURATIONS)
def test_luminance_is_kept_at_any_saturation(space: str, saturation: float) -> None:
    """5e-7: four roundings of float32. Through half floats the ratio is renormalised, so that its rounding is gone."""
    scene, rgb = PlateSpace(space=space), plate()
    for chroma in (scene.chroma(colors()), scene.chroma(colors()).astype(np.float16).astype(np.float32)):
        out = in_comp(scene, rgb, chroma, saturation)
        before, after = scene.luminance(rgb), scene.luminance(out)
        assert np.all(np.abs(after - before) <= 5e-7 * np.maximum(np.abs(before), np.abs(out).max(axis=-1)))


@pytest.mark.parametrize("space", SPACES)
def test_luminance_is_kept_in_a_half_float_beauty(space: str) -> None:
    """5e-4: half floats have eleven bits, and near zero steps of 6e-8."""
    scene, rgb = PlateSpace(space=space), plate()
    beauty = scene.joined(rgb, scene.chroma(colors())).astype(np.float16).astype(np.float32)
    before = scene.luminance(rgb)
    assert np.all(np.abs(scene.luminance(beauty) - before) <= 5e-4 * np.abs(beauty).max(-1) + 6e-8)


@pytest.mark.parametrize("space", SPACES)
def test_chroma_has_unit_luminance_and_the_color_that_was_given(space: str) -> None:
    scene, display = PlateSpace(space=space), colors()
    chroma = scene.chroma(display)
    np.testing.assert_allclose(scene.luminance(chroma), 1, rtol=1e-6)
    linear = scene.from_display(display)
    np.testing.assert_allclose(chroma * scene.luminance(linear)[..., None], linear, rtol=1e-5, atol=1e-6)
    assert np.all(chroma[0] == 1), "black"


def test_the_weights_are_the_spaces_own() -> None:
    """The Y rows of AP1 and of Rec. 709 to XYZ; OpenColorIO's default luma coefficients are Rec. 709's for both."""
    np.testing.assert_allclose(PlateSpace(space="ACEScg").weights, [0.26767, 0.67434, 0.05799], atol=1e-4)
    np.testing.assert_allclose(PlateSpace(space="Linear Rec.709 (sRGB)").weights, [0.2126, 0.7152, 0.0722], atol=1e-4)


def test_linear_spaces_are_told_from_others() -> None:
    assert all(PlateSpace(space=space).is_linear for space in (*SPACES, "scene_linear"))
    assert not any(
        PlateSpace(space=space).is_linear for space in ("srgb_texture", "ACEScct", "Gamma 2.2 Encoded Rec.709")
    )


@given(arrays(np.float32, (2, 3), elements=st.floats(0, 1, width=32)))
def test_gray_is_shown_as_its_srgb_code_in_every_linear_space(values: Array) -> None:
    gray = np.repeat(values[..., None], 3, axis=-1)
    shown = [PlateSpace(space=space).shown(gray) for space in SPACES]
    for one in shown[1:]:
        np.testing.assert_allclose(one, shown[0], atol=2e-6)


def test_an_exposure_of_one_stop_doubles_the_light_that_the_network_sees() -> None:
    scene, gray = PlateSpace(), np.full((1, 1, 3), 0.1, np.float32)
    np.testing.assert_allclose(scene.shown(gray, 1.0), scene.shown(2 * gray), rtol=1e-6)


@pytest.mark.parametrize(
    ("config", "space", "sentence"),
    [("", "Nonsense", "colorspace: expected one of .*ACEScg.* got 'Nonsense'"),
     ("/no/config.ocio", "scene_linear", "ocio: expected an OpenColorIO config, got '/no/config.ocio'")],
)  # fmt: skip
def test_what_there_is_not_is_refused(config: str, space: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        PlateSpace(config, space)


def test_the_environments_config_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", "/no/config.ocio")
    with pytest.raises(UsageError, match=r"/no/config\.ocio"):
        PlateSpace()
    assert PlateSpace("ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4").is_linear
