"""Colour management: luminance that no colour changes, in every working space, for HDR and negatives alike."""

from __future__ import annotations

from pathlib import Path

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


# Spaces of film scanners, and configs of OCIO 1


def test_cineon_is_kodaks_curve_and_gray_comes_back_to_its_code() -> None:
    """0.18 at code 470, white at 685, black at 95 (Kodak 1995); a code of ten bits is 1/1023."""
    space = PlateSpace(space="Cineon")
    codes = np.array([[95, 470, 685, 1023]], np.float32)
    gray = np.repeat(codes[..., None] / np.float32(1023), 3, axis=-1)
    light = space.converted(gray, PlateSpace(space="lin_rec709"))[0, :, 1]
    np.testing.assert_allclose(light, [0, 0.183, 1, 13.52], atol=3e-3)
    assert not space.is_linear
    again = PlateSpace().converted(space.converted(gray, PlateSpace()), space)
    np.testing.assert_allclose(again[..., 0] * 1023, codes, atol=0.05)


@pytest.mark.parametrize("space", ["ADX10", "ADX16"])
def test_densities_of_the_academy_keep_gray(space: str) -> None:
    gray = np.repeat(np.linspace(0.02, 0.3, 9, dtype=np.float32)[None, :, None], 3, axis=-1)
    again = PlateSpace().converted(PlateSpace(space=space).converted(gray, PlateSpace()), PlateSpace(space=space))
    np.testing.assert_allclose(again, gray, atol=1e-4)


def ocio_1(folder: Path, display: str, linear: str = "scene_linear: linear") -> str:
    """A config of version 1 as studios have them, without interchange roles; display: the name of its sRGB."""
    (folder / "srgb.spi1d").write_text(
        "Version 1\nFrom 0 1\nLength 4096\nComponents 1\n{\n"
        + "\n".join(str(((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92) for c in np.linspace(0, 1, 4096))
        + "\n}\n"
    )
    path = folder / "config.ocio"
    path.write_text(
        f"ocio_profile_version: 1\nsearch_path: {folder}\nroles:\n  default: raw\n  {linear}\n"
        "displays:\n  screen:\n    - !<View> {name: raw, colorspace: raw}\ncolorspaces:\n"
        "  - !<ColorSpace> {name: linear, bitdepth: 32f}\n"
        f"  - !<ColorSpace> {{name: {display}, to_reference: !<FileTransform> {{src: srgb.spi1d, "
        "interpolation: linear}}\n"
        "  - !<ColorSpace> {name: raw, isdata: true}\n"
    )
    return str(path)


def test_a_config_of_version_1_is_bridged_by_its_srgb(tmp_path: Path) -> None:
    """Its linear space has the primaries of sRGB, since its sRGB is a curve of it: the weights are Rec. 709's."""
    space, built_in = PlateSpace(ocio_1(tmp_path, "sRGB")), PlateSpace(space="lin_rec709")
    assert space.is_linear
    np.testing.assert_allclose(space.weights, built_in.weights, atol=1e-5)
    gray = np.full((1, 1, 3), 0.18, np.float32)
    np.testing.assert_allclose(space.shown(gray), built_in.shown(gray), atol=1e-4)
    assert not PlateSpace(ocio_1(tmp_path, "sRGB"), "Cineon").is_linear, "a space of the built-in config"


@pytest.mark.parametrize(
    ("display", "linear", "space", "sentence"),
    [("film", "scene_linear: linear", "scene_linear", "a config with the role aces_interchange, or with .* sRGB, got"),
     ("sRGB", "reference: linear", "scene_linear", "colorspace: expected one of linear, sRGB, raw"),
     ("sRGB", "scene_linear: linear", "raw", "expected a colour space, got raw, which holds data")],
)  # fmt: skip
def test_what_a_config_lacks_is_said(tmp_path: Path, display: str, linear: str, space: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        PlateSpace(ocio_1(tmp_path, display, linear), space)
