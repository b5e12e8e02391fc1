"""What codes of a film mean as light: SDR as sRGB, HDR as PQ or HLG, and the primaries of its colours.

The network sees an SDR picture: HDR is shown with its reference white as white (ITU-R BT.2408, 203 cd/m2) and what is
brighter rolled off. Colour is a multiplier of light, linear R G B over luminance, taken from the network's picture and
put on the film's own light, so that highlights keep theirs.

Sources: SMPTE ST 2084 and ARIB STD-B67 as in ITU-R BT.2100 tables 4 and 5; primaries of H.273 table 2, all with D65.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import (
    MATRICES,
    chroma_from_ab,
    lightness_from_linear,
    lightness_from_luma,
    limit_chroma,
    linear_from_srgb,
    linear_rgb_from_lab,
    srgb_from_linear,
)

TRANSFERS = ("srgb", "pq", "hlg")
PRIMARIES = {
    "709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""Places x, y of R, G and B."""
_WHITE = (0.3127, 0.3290)
REFERENCE_WHITE = 203.0
"""Light of HDR's reference white in cd/m2; BT.2408."""
_KNEE = 0.75
"""Share of white from which highlights are rolled off."""
_PQ_PEAK = 10_000.0
_PQ_M1, _PQ_M2 = 2610 / 16384, 2523 / 4096 * 128
_PQ_C1, _PQ_C2, _PQ_C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_PEAK, _HLG_GAMMA = 1000.0, 1.2


@dataclass(frozen=True)
class Light:
    """transfer: one of TRANSFERS; primaries: a key of PRIMARIES."""

    transfer: str = "srgb"
    primaries: str = "709"

    def lightness(self, luma: ArrayLike) -> Array:
        """CIE L* (0 to 100) of the gray R' = G' = B' = Y' as the network sees it; Y' is clipped to 0 to 1."""
        if self.transfer == "srgb":
            return lightness_from_luma(luma)
        code = np.clip(np.asarray(luma, np.float32), 0, 1)
        if self.transfer == "pq":
            nits = _PQ_PEAK * _linear_from_pq(code)
        else:
            nits = _HLG_PEAK * _linear_from_hlg(code) ** np.float32(_HLG_GAMMA)
        return lightness_from_linear(_rolled_off(nits / np.float32(REFERENCE_WHITE)))

    def chroma(self, luma: ArrayLike, lightness: ArrayLike, ab: ArrayLike, matrix: str = "709") -> Array:
        """Cb, Cr (2, ...) of the colour L*, a*, b* on the light of Y'; as `chroma_from_ab`.

        luma: Y' (...) 0 to 1; lightness: of `lightness` (...); ab: (2, ...). R'G'B' of (Y', Cb, Cr) is within 0 to 1.
        """
        if self == SRGB:
            return chroma_from_ab(luma, lightness, ab, matrix)
        y, gray = np.asarray(luma, np.float32), np.asarray(lightness, np.float32)
        linear, light = self._multipliers(gray, np.asarray(ab, np.float32)), self._decode(y.clip(0, 1))
        red, green, blue = self._encode(linear * light)
        kr, kb = MATRICES[matrix]
        own = green + np.float32(kr) * (red - green) + np.float32(kb) * (blue - green)
        chroma = np.stack([(blue - own) / np.float32(2 * (1 - kb)), (red - own) / np.float32(2 * (1 - kr))])
        return limit_chroma(y, chroma, matrix)

    def _multipliers(self, lightness: Array, ab: Array) -> Array:
        """Linear R G B (3, ...) in the film's primaries over luminance, from 0; 1 for gray."""
        rgb = linear_rgb_from_lab(np.stack([lightness, *ab]))
        luminance = linear_rgb_from_lab(np.stack([lightness, np.zeros_like(lightness), np.zeros_like(lightness)]))[1]
        shares = rgb - luminance
        own = np.stack([row[0] * shares[0] + row[1] * shares[1] + row[2] * shares[2] for row in self._from_709])
        return np.asarray(np.maximum(1 + own / np.maximum(luminance, np.float32(1e-6)), 0), np.float32)

    @property
    def xyz(self) -> NDArray[Any]:
        """Matrix (3, 3) of linear R G B to X Y Z, float64, white is Y = 1 (SMPTE RP 177)."""
        places = np.array([(x / y, 1, (1 - x - y) / y) for x, y in PRIMARIES[self.primaries]]).T
        x, y = _WHITE
        white = np.array([x / y, 1, (1 - x - y) / y])
        return np.asarray(places * np.linalg.solve(places, white), np.float64)

    @cached_property
    def _from_709(self) -> NDArray[Any]:
        """Linear R G B of these primaries from those of BT.709."""
        return np.asarray(np.linalg.inv(self.xyz) @ SRGB.xyz, np.float32)

    def _decode(self, code: Array) -> Array:
        """Light of Y' 0 to 1, in proportion."""
        if self.transfer == "srgb":
            return linear_from_srgb(code)
        return _linear_from_pq(code) if self.transfer == "pq" else _linear_from_hlg(code)

    def _encode(self, light: Array) -> Array:
        if self.transfer == "srgb":
            return srgb_from_linear(light)
        return _pq_from_linear(light) if self.transfer == "pq" else _hlg_from_linear(light)


SRGB = Light()
"""Of SDR film."""


def _rolled_off(light: Array) -> Array:
    """Light over white, from 0, as SDR from 0 to 1: itself up to the knee, then ever closer to 1."""
    above = np.float32(1 - _KNEE)
    over = np.maximum(light - np.float32(_KNEE), 0)
    return np.asarray(np.minimum(light, np.float32(_KNEE)) + above * (1 - np.exp(-over / above)), np.float32)


def _linear_from_pq(code: Array) -> Array:
    """Share of 10,000 cd/m2 (ST 2084, equation 4.1)."""
    root = code ** np.float32(1 / _PQ_M2)
    share = np.maximum(root - np.float32(_PQ_C1), 0) / (np.float32(_PQ_C2) - np.float32(_PQ_C3) * root)
    return np.asarray(share ** np.float32(1 / _PQ_M1), np.float32)


def _pq_from_linear(light: Array) -> Array:
    """Inverse of `_linear_from_pq` (equation 5.2); light is clipped to 0 to 1."""
    power = np.clip(light, 0, 1) ** np.float32(_PQ_M1)
    share = (np.float32(_PQ_C1) + np.float32(_PQ_C2) * power) / (1 + np.float32(_PQ_C3) * power)
    return np.asarray(share ** np.float32(_PQ_M2), np.float32)


def _linear_from_hlg(code: Array) -> Array:
    """Scene light 0 to 1 (BT.2100 table 5, inverse of the OETF)."""
    dark = code * code / 3
    bright = (np.exp((code - np.float32(_HLG_C)) / np.float32(_HLG_A)) + np.float32(_HLG_B)) / 12
    return np.asarray(np.where(code <= 0.5, dark, bright), np.float32)


def _hlg_from_linear(light: Array) -> Array:
    """Inverse of `_linear_from_hlg`; light is clipped to 0 to 1."""
    clipped = np.clip(light, 0, 1)
    dark = np.sqrt(3 * clipped)
    bright = np.float32(_HLG_A) * np.log(np.maximum(12 * clipped - np.float32(_HLG_B), 1e-6)) + np.float32(_HLG_C)
    return np.asarray(np.where(clipped <= 1 / 12, dark, bright), np.float32)
