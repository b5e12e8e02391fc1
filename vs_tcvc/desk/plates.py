"""The film's frames as a person and the network see them, kept in memory at the size of a page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
from numpy.typing import NDArray

from ffmpeg_filters.color_stage import Held
from ffmpeg_filters.decoder import DecodedFrame
from vs_tcvc.core.frame import Array
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.picture.chroma import ChromaStage, working_size

MOST_BYTES = 400 * 2**20
"""Of frames that are kept."""
BLOCK = 8
"""Frames that are read together: who looks at one looks at its neighbours next."""


@dataclass(frozen=True, eq=False)
class Plate:
    """A frame.

    luma: codes of the film at the size of a page, (h, w). chroma: its own Cb and Cr, whole, () if it has none.
    lightness: L* at working size.
    """

    luma: NDArray[Any]
    chroma: tuple[NDArray[Any], ...]
    lightness: Array

    @property
    def nbytes(self) -> int:
        return self.luma.nbytes + self.lightness.nbytes + sum(plane.nbytes for plane in self.chroma)


class Plates:
    """The frames of a film, by index from 0, from any thread. Reading raises as `FilmReader.read`."""

    def __init__(self, film: FilmProject) -> None:
        self._film = film
        self._reader = film.reader()
        self._reading, self._keeping = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[tuple[int, int], Plate] = OrderedDict()
        self._bytes = 0

    def stage(self, width: int) -> ChromaStage:
        """What colours plates of about that many samples across, at most the film's own."""
        return page_stage(self._film.plan.stage, width)

    def plate(self, index: int, width: int) -> Plate:
        """A frame for `stage(width)`."""
        stage = self.stage(width)
        if found := self._get(index, stage.width):
            return found
        with self._reading:
            if found := self._get(index, stage.width):
                return found
            first = index - index % BLOCK
            wanted: Plate | None = None
            for each, held in self._reader.read(range(first, min(first + BLOCK, len(self._film.index.range)))):
                plate = self._put(each, stage, held)
                wanted = plate if each == index else wanted
        assert wanted is not None
        return wanted

    def held(self, index: int) -> Held[DecodedFrame]:
        """A frame in full size."""
        with self._reading:
            return next(self._reader.read(range(index, index + 1)))[1]

    def lightness(self, index: int) -> Array | None:
        """L* of a frame that is kept, (H, W) at working size; None if none is."""
        with self._keeping:
            return next((plate.lightness for (each, _), plate in reversed(self._kept.items()) if each == index), None)

    def close(self) -> None:
        """Close the film, which is opened again when it is needed."""
        with self._reading:
            self._reader.close()

    def _get(self, index: int, width: int) -> Plate | None:
        with self._keeping:
            if (index, width) in self._kept:
                self._kept.move_to_end((index, width))
            return self._kept.get((index, width))

    def _put(self, index: int, stage: ChromaStage, held: Held[DecodedFrame]) -> Plate:
        luma = held.luma
        if luma.shape != (stage.height, stage.width):
            luma = cv2.resize(luma, (stage.width, stage.height), interpolation=cv2.INTER_AREA)
        chroma = tuple(held.chroma)
        plate = Plate(luma, chroma, held.lightness)
        with self._keeping:
            if old := self._kept.pop((index, stage.width), None):
                self._bytes -= old.nbytes
            self._kept[index, stage.width] = plate
            self._bytes += plate.nbytes
            while self._bytes > MOST_BYTES and len(self._kept) > BLOCK:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return plate


@lru_cache(maxsize=16)
def page_stage(stage: ChromaStage, width: int) -> ChromaStage:
    """A stage for smaller luma planes of the same clip: about `width` samples across, with the same working size."""
    if width >= stage.width:
        return stage
    height = max(1, round(stage.height * width / stage.width))
    near = (width + step for step in sorted(range(-width // 8, width // 8 + 1), key=abs))
    fitting = (each for each in near if working_size(each, height, stage.size) == stage.working_size)
    found = next(fitting, None)
    return stage if found is None else replace(stage, width=found, height=height)
