"""Orientation: each tag's value names the side where a picture's first row and first column are seen (TIFF 6.0)."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio
import pytest

from vs_tcvc.picture.orientation import is_turned, orientation_of, stored, upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_the_library_turns_it_and_goes_back(orientation: int) -> None:
    pixels = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    spec = oiio.ImageSpec(4, 2, 3, "float")
    spec.attribute("Orientation", orientation)
    picture = oiio.ImageBuf(spec)
    picture.set_pixels(oiio.ROI(), pixels)
    turned = upright(pixels, orientation)
    np.testing.assert_array_equal(turned, oiio.ImageBufAlgo.reorient(picture).get_pixels("float"))
    np.testing.assert_array_equal(stored(turned, orientation), pixels)
    assert orientation_of(spec) == orientation
    assert is_turned(spec) == (turned.shape[:2] == (4, 2))


def test_other_values_are_upright() -> None:
    spec = oiio.ImageSpec(4, 2, 3, "float")
    spec.attribute("Orientation", 99)
    assert orientation_of(spec) == orientation_of(oiio.ImageSpec(4, 2, 3, "float")) == 1
