"""Colour that frames have of their own: none, a tint, or colour.

Prints were tinted and toned, and faded prints are sepia: of those every brightness has one colour, so chroma is a
function of luma. In colour, much of chroma is left beyond that function.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import ycc_from_rgb
from vs_tcvc.picture.opencv_threads import one_thread
from vs_tcvc.runtime.words import counted, listed

TINTED = 0.1
"""Share of chroma beyond the function of luma, up to which a frame is tinted. Of photographs under four tints, with
grain and after JPEG, the share was 0.01 to 0.11; of photographs in colour 0.18 to 0.95, of parts of them without a
second colour, as fur, 0.11 and more."""

_LEAST = np.float32(4 / 255)  # mean chroma: what is less is noise
_ROWS, _COLUMNS = 48, 64  # that are looked at
_DEGREE = 3


class OwnColor(Enum):
    """What a frame has of its own."""

    NONE = "none"
    TINT = "tint"
    COLOR = "color"


def own_color(coding: SampleCoding, planes: Sequence[NDArray[Any]]) -> OwnColor:
    """What a frame has, of its planes in codes: Y, or Y, Cb, Cr of any subsampling."""
    if len(planes) < 3 or not coding.has_color(planes[1:]):
        return OwnColor.NONE
    luma, *chroma = map(_seen, planes)
    return _kind(coding.luma_from_codes(luma), [coding.chroma_from_codes(plane) for plane in chroma])


def own_color_of_rgb(rgb: Array) -> OwnColor:
    """The same of R'G'B' (3, H, W), 0 to 1."""
    luma, *chroma = ycc_from_rgb(np.stack([_seen(plane) for plane in rgb]))
    return _kind(luma, chroma)


@one_thread()
def _seen(plane: NDArray[Any]) -> NDArray[Any]:
    return cv2.resize(plane, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)


def _kind(luma: Array, chroma: Sequence[Array]) -> OwnColor:
    """Of small planes of one size, Y' 0 to 1, Cb and Cr -0.5 to 0.5."""
    size = np.abs(chroma).mean(axis=(1, 2))
    if not size.max() > _LEAST:
        return OwnColor.NONE
    powers = np.vander(luma.ravel() - luma.mean(), _DEGREE + 1)
    wanted = np.reshape(chroma, (len(chroma), -1)).T
    function = powers @ np.linalg.lstsq(powers, wanted, rcond=None)[0]
    return OwnColor.TINT if np.abs(wanted - function).mean() <= TINTED * size.mean() else OwnColor.COLOR


def sentence(own: OwnColor, frame: int, keeps: bool) -> str:
    """What is done about a frame with colour or a tint of its own. keeps: whether colour is kept."""
    if own is OwnColor.TINT:
        return f"frame {frame} is tinted, and the tint is replaced"
    return f"frame {frame} has colour of its own, which is {'kept' if keeps else 'replaced'}"


def sentence_on_tints(tinted: Sequence[int], shots: int) -> str:
    """What is done about tinted shots, by their first frames, among so many."""
    return f"{len(tinted)} of {counted(shots, 'shot')} tinted, beginning at {listed(tinted)}; the tint is replaced"


class SeenColors:
    """What the frames of a film have of their own, in order; of equal frames in a row only the first is kept."""

    def __init__(self) -> None:
        self.frames = 0
        self._begins: list[int] = []
        self._owns: list[OwnColor] = []

    def add(self, own: OwnColor) -> None:
        """The next frame."""
        if not self._owns or self._owns[-1] is not own:
            self._begins.append(self.frames)
            self._owns.append(own)
        self.frames += 1

    def count(self, own: OwnColor, start: int = 0, stop: int | None = None) -> int:
        """How many of the frames [start, stop) have it."""
        last = self.frames if stop is None else stop
        row, found = max(0, bisect_right(self._begins, start) - 1), 0
        while row < len(self._begins) and self._begins[row] < last:
            end = self._begins[row + 1] if row + 1 < len(self._begins) else self.frames
            found += (min(end, last) - max(self._begins[row], start)) * (self._owns[row] is own)
            row += 1
        return found

    def shots(self, own: OwnColor, starts: Sequence[int], least: float = 0.5) -> list[int]:
        """The first frames of those shots more than a share of whose frames has it.

        starts: first frames of all shots, from 0.
        """
        return [start for start, stop in pairwise([*starts, self.frames])
                if self.count(own, start, stop) > least * (stop - start)]  # fmt: skip
