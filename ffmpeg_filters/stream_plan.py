"""Decisions made once per film, the same for pipes and files: sample coding and position of chroma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters import y4m
from vs_tcvc.core.frame import Array
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import NO_TAGS, ColorTags, SampleCoding, resolve_matrix, resolve_range
from vs_tcvc.settings import Settings

SITINGS = {"jpeg": "center", "mpeg2": "left", "paldv": "topleft", "": "left"}
"""Y4M's names of chroma sitings, and those of `vs_tcvc.picture.chroma.SITINGS`."""


Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Y', Cb and Cr, (H, W) each, codes."""


@dataclass(frozen=True)
class StreamPlan:
    """header: of the source; output: header of the result; source: coding of its luma; stage: makes the chroma.

    keeps_color: whether shots with colour of their own keep it.
    """

    header: y4m.StreamHeader
    output: y4m.StreamHeader
    source: SampleCoding
    stage: ChromaStage
    keeps_color: bool = False

    @classmethod
    def of(cls, header: y4m.StreamHeader, settings: Settings, tags: ColorTags = NO_TAGS) -> StreamPlan:
        """tags: of the source's colour.

        Raises UsageError if the options and the stream are incompatible.
        """
        assumed = resolve_range(settings.range, header.range)
        source = SampleCoding(header.format.bits, assumed)
        pixels = _output_format(header.format, settings)
        output = replace(header, format=pixels, range="full" if assumed == "full" else "limited")
        stage = ChromaStage(
            header.width, header.height, source, subsampling=pixels.shifts, siting=SITINGS[pixels.siting],
            matrix=resolve_matrix(settings.matrix, header.height, tags.matrix),
            output=SampleCoding(pixels.bits, source.range), size=settings.size, light=tags.light,
        )  # fmt: skip
        return cls(header, output, source, stage, settings.own_color == "keep")

    def planes(self, luma: NDArray[Any], lightness: Array, ab: Array) -> Planes:
        """Y', Cb and Cr of the output: the luma itself and the result of `ChromaStage.planes`."""
        cb, cr = self.stage.planes(luma, lightness, ab)
        return self._output_luma(luma), cb, cr

    def own_planes(self, luma: NDArray[Any], chroma: Sequence[NDArray[Any]]) -> Planes:
        """Y', Cb and Cr of the output for a frame that keeps its own colour; chroma: () for gray."""
        cb, cr = self.stage.own_planes(chroma)
        return self._output_luma(luma), cb, cr

    def _output_luma(self, luma: NDArray[Any]) -> NDArray[Any]:
        """The luma plane of the output, (H, W) codes: `luma` itself, or the same codes at more bits."""
        more = self.output.format.bits - self.header.format.bits
        return _widen(luma, self.source, more) if more else luma


def _output_format(source: y4m.PixelFormat, settings: Settings) -> y4m.PixelFormat:
    """Gray becomes 4:2:0; other formats keep their chroma and depth, unless the options say otherwise."""
    bits = source.bits if settings.bits == "auto" else int(settings.bits)
    if bits < source.bits:
        problem = f"the source has {source.bits} bits and its luma is kept exactly"
        raise UsageError(problem, option="bits", value=bits, remedy="convert it after")
    own = "420" if source.subsampling == "mono" else source.subsampling
    subsampling = own if settings.chroma == "auto" else settings.chroma
    if subsampling != "420" or bits != 8:
        return y4m.PixelFormat(subsampling, bits)
    keeps_siting = source.subsampling == "420" and source.bits == 8
    return y4m.PixelFormat("420", 8, source.siting if keeps_siting else "mpeg2")


def _widen(luma: NDArray[Any], source: SampleCoding, more: int) -> NDArray[Any]:
    """The same luma at `more` bits: exact for limited range, the nearest code (which can be undone) for full range."""
    if source.range == "limited":
        return np.left_shift(luma.astype(np.uint16), more)
    highest = (1 << source.bits) - 1
    wide = luma.astype(np.uint64) * ((1 << (source.bits + more)) - 1)
    return ((wide + highest // 2) // highest).astype(np.uint16)
