"""Sample coding: depth, range and matrix of a stream (ITU-T H.273 section 8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.picture.color import MATRICES
from vs_tcvc.picture.light import SRGB, Light

MATRIX_TAGS: Mapping[int, str] = MappingProxyType({1: "709", 4: "fcc", 5: "601", 6: "601", 7: "240m", 9: "2020"})
"""Matrix coefficients of H.273 table 4 that are in MATRICES."""
_MATRIX_CODES: Mapping[str, int] = MappingProxyType({"709": 1, "fcc": 4, "601": 6, "240m": 7, "2020": 9})
_NO_MATRIX = (-1, 0, 2, 3)
"""Codes that name no matrix: not set, R G B, unspecified, reserved."""
_OTHER_MATRICES = MappingProxyType({8: "YCgCo", 10: "BT.2020 of constant luminance", 11: "SMPTE 2085", 14: "ICtCp"})
_TRANSFERS: Mapping[int, str] = MappingProxyType({16: "pq", 18: "hlg"})
_PRIMARIES: Mapping[int, str] = MappingProxyType({9: "2020", 11: "p3", 12: "p3"})

RANGES = ("limited", "full")

BRIGHTEST = 4.0
"""Floats beyond this are not samples from 0 to 1 but codes that were not divided by white."""


@dataclass(frozen=True)
class SampleCoding:
    """Coding of samples as numbers (H.273 section 8.3).

    bits: 8 to 16 for integers, 32 for floats, which are Y' 0 to 1 and chroma -0.5 to 0.5 directly.
    range: "limited" (8-bit luma 16 to 235, chroma 16 to 240) or "full"; without meaning for floats.
    Raises UsageError for any other depth or range.
    """

    bits: int
    range: str = "limited"

    def __post_init__(self) -> None:
        if self.bits not in (*range(8, 17), 32):
            raise UsageError(f"samples have 8 to 16 bits, or 32 for floats, got {self.bits}")
        if self.range not in RANGES:
            raise UsageError(f"the range of samples is limited or full, got {self.range!r}")

    @property
    def is_float(self) -> bool:
        return self.bits == 32

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of planes: uint8, uint16 or float32."""
        return np.dtype(np.float32 if self.is_float else np.uint8 if self.bits == 8 else np.uint16)

    @property
    def neutral(self) -> int:
        """Code of chroma 0."""
        return 0 if self.is_float else 1 << (self.bits - 1)

    @property
    def luma_scale(self) -> tuple[int, int]:
        """Codes per unit of Y', and the code of Y' = 0."""
        if self.is_float:
            return 1, 0
        return (self._highest, 0) if self.range == "full" else (219 << (self.bits - 8), 16 << (self.bits - 8))

    @property
    def chroma_scale(self) -> int:
        """Codes per unit of Cb or Cr."""
        if self.is_float:
            return 1
        return self._highest if self.range == "full" else 224 << (self.bits - 8)

    @property
    def chroma_limits(self) -> tuple[float, float]:
        """Lowest and highest legal code of chroma."""
        if self.is_float:
            return -0.5, 0.5
        return (0, self._highest) if self.range == "full" else (16 << (self.bits - 8), 240 << (self.bits - 8))

    def luma_from_codes(self, codes: NDArray[Any]) -> Array:
        """Y' float32 of codes; foot- and headroom come out below 0 and above 1."""
        scale, black = self.luma_scale
        return (_float32(codes) - np.float32(black)) * np.float32(1 / scale)

    def codes_from_luma(self, luma: ArrayLike) -> NDArray[Any]:
        """Codes of Y', rounded, clipped to the depth: inverse of `luma_from_codes`."""
        scale, black = self.luma_scale
        return self._round(_float32(luma) * np.float32(scale) + np.float32(black), 0, self._highest)

    def chroma_from_codes(self, codes: NDArray[Any]) -> Array:
        """Cb or Cr float32 of codes."""
        return (_float32(codes) - np.float32(self.neutral)) * np.float32(1 / self.chroma_scale)

    def codes_from_chroma(self, chroma: ArrayLike, dither: ArrayLike = 0.0) -> NDArray[Any]:
        """Codes of Cb or Cr, rounded, clipped to the legal range: inverse of `chroma_from_codes`.

        dither: added to integer codes before rounding, above -0.5 and below 0.5.
        """
        codes = _float32(chroma) * np.float32(self.chroma_scale) + np.float32(self.neutral)
        return self._round(codes if self.is_float else codes + _float32(dither), *self.chroma_limits)

    def has_color(self, chroma: Iterable[NDArray[Any]]) -> bool:
        """Whether planes of chroma hold more than noise: four 8-bit codes on average."""
        tolerance = 4 / 255 if self.is_float else 4 << (self.bits - 8)
        sampled = (_float32(plane.reshape(-1)[::61]) for plane in chroma)
        return any(float(np.abs(plane - self.neutral).mean()) > tolerance for plane in sampled)

    @property
    def _highest(self) -> int:
        return (1 << self.bits) - 1

    def _round(self, codes: Array, lowest: float, highest: float) -> NDArray[Any]:
        if self.is_float:
            return codes
        rounded: NDArray[Any] = np.clip(codes + np.float32(0.5), lowest, highest).astype(
            self.dtype
        )  # cuts the fraction
        return rounded


@dataclass(frozen=True)
class ColorTags:
    """What a stream says of its colour. matrix: a key of MATRICES, None if it says none; light: of its codes."""

    matrix: str | None = None
    light: Light = SRGB

    @classmethod
    def of(cls, matrix: int, primaries: int, transfer: int, wanted: str = "auto") -> ColorTags:
        """Codes of H.273, tables 2 to 4; what differs little from BT.709 and sRGB counts as these.

        wanted: the option `matrix`. Raises StreamError for a matrix that is not in MATRICES, unless one is wanted.
        """
        if wanted == "auto" and matrix not in (*_NO_MATRIX, *MATRIX_TAGS):
            raise StreamError(
                expected=f"a matrix of {', '.join(MATRICES)}", got=_OTHER_MATRICES.get(matrix, f"number {matrix}"),
                remedy="convert it first, or name one with {matrix}: of black and white the luma is the same in all",
            )  # fmt: skip
        light = Light(_TRANSFERS.get(transfer, "srgb"), _PRIMARIES.get(primaries, "709"))
        return cls(MATRIX_TAGS.get(matrix), light)


NO_TAGS = ColorTags()


def resolve_matrix(wanted: str, height: int, tag: str | None = None) -> str:
    """The Y'CbCr matrix of a picture: `wanted`, otherwise its tag, otherwise 709 above 576 lines, else 601.

    wanted: "auto" or a name in MATRICES; tag: such a name, or None or "auto" if unknown.
    Raises UsageError for any other name.
    """
    return _first_named((wanted, tag, "709" if height > 576 else "601"), MATRICES, "matrix")


def matrix_code(matrix: str, own: int) -> int:
    """H.273 matrix coefficients of a key of MATRICES; the source's `own` number if it means the same."""
    return own if MATRIX_TAGS.get(own) == matrix else _MATRIX_CODES[matrix]


def resolve_range(wanted: str, tag: str | None = None) -> str:
    """The range of a stream's codes, "limited" or "full": `wanted`, otherwise its tag, otherwise limited.

    wanted: "auto", "limited" or "full"; tag: one of these, or None if unknown.
    Raises UsageError for any other name.
    """
    return _first_named((wanted, tag, "limited"), RANGES, "range")


def _first_named(names: tuple[str | None, ...], known: Mapping[str, Any] | tuple[str, ...], what: str) -> str:
    name = next(name for name in names if name not in (None, "auto"))
    if name is None or name not in known:
        raise UsageError(option=what, expected=f"auto, {', '.join(known)}", got=repr(name))
    return name


def _float32(value: ArrayLike) -> Array:
    return np.asarray(value, np.float32)
