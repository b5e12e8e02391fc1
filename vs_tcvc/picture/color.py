"""Colour arithmetic: functions in inverse pairs, float32 in and out, channels first: (3, ...).

Rules kept here:

- Domains: Y' and R'G'B' 0 to 1, Cb and Cr -0.5 to 0.5, L* 0 to 100, a* and b* about -128 to 128.
- Gray is exact: R' = G' = B' gives a* = b* = Cb = Cr = 0 to the last bit, and back. For this every
  matrix is written as differences from one channel, and white is the sum of the sRGB primaries.
- Nothing is clipped unless its function says so.

Sources: IEC 61966-2-1 (sRGB), CIE 015 (L*a*b*, 2 degree observer, D65), ITU-T H.273 section 8.3
(matrices, ranges and the rounding of codes).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vs_tcvc.core.frame import Array

MATRICES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593), "240m": (0.212, 0.087),
        "fcc": (0.30, 0.11),
    }
)  # fmt: skip
"""Kr and Kb of each Y'CbCr matrix (H.273 table 4; 2020 is the non-constant-luminance one, 240m SMPTE 240M)."""

GRAY_TOLERANCE = 1.5 / 255
"""Maximum difference of R', G' and B' in a gray picture: other programs round."""

_XYZ_FROM_RGB = np.array([[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]])
_WHITED_XYZ_FROM_RGB = _XYZ_FROM_RGB / _XYZ_FROM_RGB.sum(axis=1, keepdims=True)
_RGB_FROM_WHITED_XYZ = np.linalg.inv(_WHITED_XYZ_FROM_RGB)

_KAPPA = 24389 / 27  # L* over Y near black
_KNEE = 8.0  # L* where the cube root begins
_SIGN_BIT = np.int32(-(2**31))
_A_STEP = 500 / 116  # a* is this times L*(X) - L*(Y)
_B_STEP = 200 / 116  # b* is this times L*(Y) - L*(Z)


# Y'CbCr and R'G'B'


def luma(rgb: ArrayLike, matrix: str = "709") -> Array:
    """Y' of R'G'B': (3, ...) 0 to 1 -> (...) 0 to 1."""
    red, green, blue = _float32(rgb)
    return _luma_plane(red, green, blue, matrix)


def ycc_from_rgb(rgb: ArrayLike, matrix: str = "709") -> Array:
    """Y', Cb, Cr of R'G'B': (3, ...) 0 to 1 -> (3, ...), chroma -0.5 to 0.5 (H.273 equations 38 to 40)."""
    red, green, blue = _float32(rgb)
    return np.stack(_ycc_planes(red, green, blue, matrix))


def rgb_from_ycc(ycc: ArrayLike, matrix: str = "709") -> Array:
    """R'G'B' of Y', Cb, Cr: inverse of `ycc_from_rgb`; not clipped."""
    ycc = _float32(ycc)
    return np.stack([ycc[0] + part for part in _rgb_differences(ycc[1:], matrix)])


def is_gray(rgb: ArrayLike) -> bool:
    """Whether R'G'B' (3, ...) 0 to 1 is gray to GRAY_TOLERANCE; not a number is not."""
    red, green, blue = _float32(rgb)
    return all(bool((np.abs(red - other) <= GRAY_TOLERANCE).all()) for other in (green, blue))


def limit_chroma(luma: ArrayLike, chroma: ArrayLike, matrix: str = "709") -> Array:
    """Chroma scaled towards neutral, at constant Y', until R'G'B' is within 0 to 1.

    luma: Y' (...); where it is outside 0 to 1 the result is neutral. chroma: Cb, Cr (2, ...), kept in
    direction. The scale is the largest s in 0 to 1 with 0 <= Y' + s d <= 1 for d = R'-Y', G'-Y', B'-Y'.
    """
    y, chroma = _float32(luma).clip(0, 1), _float32(chroma)
    red, green, blue = _rgb_differences(chroma, matrix)
    highest = np.maximum(np.maximum(red, green), blue)
    lowest = np.minimum(np.minimum(red, green), blue)
    return _float32(chroma * np.minimum(_share(1 - y, highest), _share(y, -lowest)))


def rgb_with_luma(luma: ArrayLike, chroma: ArrayLike, matrix: str = "709") -> Array:
    """R'G'B' (3, ...) 0 to 1 of that very luma: a colour that would leave the gamut is desaturated, never clipped.

    luma: Y' (...), clipped to 0 to 1; chroma: Cb, Cr (2, ...). Rounded to codes, the luma of R'G'B' is within half a
    code of Y'.
    """
    y = _float32(luma)
    return rgb_from_ycc(np.stack([y, *limit_chroma(y, chroma, matrix)]), matrix).clip(0, 1)


def _luma_plane(red: Array, green: Array, blue: Array, matrix: str) -> Array:
    kr, kb = MATRICES[matrix]
    return _float32(green + kr * (red - green) + kb * (blue - green))


def _ycc_planes(red: Array, green: Array, blue: Array, matrix: str) -> tuple[Array, Array, Array]:
    kr, kb = MATRICES[matrix]
    y = _luma_plane(red, green, blue, matrix)
    return y, (blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))


def _rgb_differences(chroma: Array, matrix: str) -> tuple[Array, Array, Array]:
    """R'-Y', G'-Y', B'-Y' of Cb, Cr."""
    kr, kb = MATRICES[matrix]
    red, blue = 2 * (1 - kr) * chroma[1], 2 * (1 - kb) * chroma[0]
    return red, (kr * red + kb * blue) / (kr + kb - 1), blue


def _share(room: Array, wish: Array) -> Array:
    """How much of `wish` fits into `room`, 0 to 1; 0 where there is no room."""
    return _float32(room / np.maximum(np.maximum(room, wish), np.float32(1e-30)))


# L*a*b* and R'G'B'


def lightness_from_luma(luma: ArrayLike) -> Array:
    """CIE L* (0 to 100) of the display gray R' = G' = B' = Y'; Y' is clipped to 0 to 1."""
    return lightness_from_linear(linear_from_srgb(np.clip(_float32(luma), 0, 1)))


def luma_from_lightness(lightness: ArrayLike) -> Array:
    """Y' (0 to 1) of the display gray of that L*: inverse of `lightness_from_luma`; L* is clipped to 0 to 100."""
    return srgb_from_linear(_linear_from_lightness(np.clip(_float32(lightness), 0, 100)))


def lab_from_rgb(rgb: ArrayLike) -> Array:
    """CIE L*, a*, b* (D65, 2 degrees) of sRGB R'G'B': (3, ...) 0 to 1 -> (3, ...)."""
    red, green, blue = linear_from_srgb(_float32(rgb))
    whited = (green + row[0] * (red - green) + row[2] * (blue - green) for row in _WHITED_XYZ_FROM_RGB.tolist())
    x, y, z = (lightness_from_linear(value) for value in whited)
    return np.stack([y, _A_STEP * (x - y), _B_STEP * (y - z)])


def rgb_from_lab(lab: ArrayLike) -> Array:
    """SRGB R'G'B' of CIE L*, a*, b*: inverse of `lab_from_rgb`.

    Not clipped: colours that sRGB lacks come out below 0 (by the odd extension of the transfer
    function) or above 1.
    """
    return np.stack(_rgb_planes(*_float32(lab)))


def chroma_from_ab(luma: ArrayLike, lightness: ArrayLike, ab: ArrayLike, matrix: str = "709") -> Array:
    """Cb, Cr (2, ...) of the sRGB colour L*, a*, b*, to be shown with the source's own Y'.

    luma: Y' (...) 0 to 1; lightness: L* (...); ab: (2, ...). Limited as `limit_chroma` says, so that
    R'G'B' of (Y', Cb, Cr) is within 0 to 1.
    """
    _, cb, cr = _ycc_planes(*_rgb_planes(_float32(lightness), *_float32(ab)), matrix)
    return limit_chroma(luma, np.stack([cb, cr]), matrix)


def linear_rgb_from_lab(lab: ArrayLike) -> Array:
    """Linear light of sRGB's R G B of CIE L*, a*, b*: (3, ...) -> (3, ...), white is 1; not clipped."""
    return np.stack(_linear_planes(*_float32(lab)))


def _rgb_planes(lightness: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """R', G', B' of L*, a*, b*, not clipped."""
    red, green, blue = map(srgb_from_linear, _linear_planes(lightness, a, b))
    return red, green, blue


def _linear_planes(lightness: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Linear R, G, B of L*, a*, b*, not clipped."""
    of_xyz = (lightness + a / _A_STEP, lightness, lightness - b / _B_STEP)
    x, y, z = (_linear_from_lightness(value) for value in of_xyz)
    x, z = x - y, z - y
    red, green, blue = (y + row[0] * x + row[2] * z for row in _RGB_FROM_WHITED_XYZ.tolist())
    return red, green, blue


def linear_from_srgb(value: Array) -> Array:
    """Linear light of an sRGB value, odd about 0 (IEC 61966-2-1)."""
    size = np.abs(value)
    linear = _either(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** np.float32(2.4))
    return _with_sign(linear, value)


def srgb_from_linear(value: Array) -> Array:
    """SRGB value of linear light: inverse of `linear_from_srgb`."""
    size = np.abs(value)
    power = np.maximum(size, np.float32(1e-3)) ** np.float32(1 / 2.4)  # of 0, eight times as slow, it is not needed
    encoded = _either(size <= 0.0031308, 12.92 * size, 1.055 * power - 0.055)
    return _with_sign(encoded, value)


def lightness_from_linear(value: Array) -> Array:
    """L* of a tristimulus value relative to white (CIE 015 equations 8.3 to 8.8)."""
    return _either(value > _KNEE / _KAPPA, 116 * np.cbrt(value) - 16, _KAPPA * value)


def _linear_from_lightness(value: Array) -> Array:
    """Tristimulus value of an L*: inverse of `lightness_from_linear`."""
    root = (value + 16) / 116
    return _either(value > _KNEE, root * root * root, value / _KAPPA)


def _either(is_first: NDArray[np.bool_], first: NDArray[Any], second: NDArray[Any]) -> Array:
    """`np.where` of arrays of one shape, in a sixth of its time; `second` may be written over."""
    mask = np.reshape(is_first, (1, -1)).view(np.uint8)
    chosen = cv2.copyTo(_float32(first).reshape(1, -1), mask, _float32(second).reshape(1, -1))
    return _float32(chosen).reshape(np.shape(is_first))


def _with_sign(size: Array, value: Array) -> Array:
    """`np.copysign` of a `size` that has no sign, in a quarter of its time."""
    return (size.view(np.int32) | (value.view(np.int32) & _SIGN_BIT)).view(np.float32)


def _float32(value: ArrayLike) -> Array:
    return np.asarray(value, np.float32)
