"""Spaces that headers name: all of them are in the built-in config, with the luminance weights of their primaries."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio
import pytest

from vs_tcvc.picture.header_space import PRIMARIES, HeaderSpace, space_in_header
from vs_tcvc.sequences.color_space import PlateSpace


def weights_of(primaries: tuple[float, ...]) -> list[float]:
    """The Y row of the matrix to XYZ (SMPTE RP 177)."""
    x, y = np.array(primaries[:6:2]), np.array(primaries[1:6:2])
    white = np.array([primaries[6] / primaries[7], 1, (1 - primaries[6] - primaries[7]) / primaries[7]])
    xyz = np.stack([x, y, 1 - x - y])
    return list(np.linalg.solve(xyz, white) * y)


@pytest.mark.parametrize("name", PRIMARIES)
def test_primaries_are_those_of_the_space_of_that_name(name: str) -> None:
    spec = oiio.ImageSpec(1, 1, 3, "half")
    spec.attribute("chromaticities", "float[8]", PRIMARIES[name])
    assert space_in_header(spec) == HeaderSpace(name)
    by_definition = weights_of(PRIMARIES[name])  # of the whites of ACES, which the config adapts to D65
    np.testing.assert_allclose(PlateSpace(space=name).weights, by_definition, atol=8e-3 if "ap" in name else 1e-4)


@pytest.mark.parametrize(
    ("attribute", "value", "found"),
    [
        ("dpx:Transfer", "Printing density", HeaderSpace("Cineon")),
        ("dpx:Transfer", "Logarithmic", HeaderSpace("Cineon")),
        ("dpx:Transfer", "Undefined", HeaderSpace()),
        ("oiio:ColorSpace", "KodakLog", HeaderSpace("Cineon")),
        ("oiio:ColorSpace", "lin_rec709_scene", HeaderSpace("lin_rec709_scene")),
        ("oiio:ColorSpace", "srgb_rec709_scene", HeaderSpace()),
    ],
)
def test_other_headers(attribute: str, value: str, found: HeaderSpace) -> None:
    spec = oiio.ImageSpec(1, 1, 3, "uint16")
    spec.attribute(attribute, value)
    assert space_in_header(spec) == found


def test_primaries_that_nobody_knows_are_named() -> None:
    spec = oiio.ImageSpec(1, 1, 3, "half")
    spec.attribute("chromaticities", "float[8]", (0.7, 0.29, 0.17, 0.79, 0.13, 0.05, 0.3127, 0.329))
    assert "0.7 0.29" in space_in_header(spec).unknown
