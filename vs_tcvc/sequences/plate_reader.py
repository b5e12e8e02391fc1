"""The plate of a job, read ahead, for the network and for writing."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.lru import Lru
from vs_tcvc.errors import FrameError
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.header_space import space_in_header
from vs_tcvc.picture.own_color import OwnColor
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.image_file import Image, read_header, read_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.windows import canvas_of, placed
from vs_tcvc.settings import Settings

READ_AHEAD = 4
"""Plates that are read while the network works; the look-ahead of cuts is among them."""

GRAY_FRAMES = 96
"""Number of gray frames to keep: the most that a session requests at once, and some more."""

MATRIX = "709"
"""Coding of the network's view of a plate in a display space."""


@dataclass(frozen=True, eq=False)
class Plate:
    """A frame of the plate: its picture, Y' (H, W) of the network's view of its canvas, and that at working size.

    own: what the picture has of its own.
    """

    picture: Image
    shown: Array
    gray: GrayFrame
    own: OwnColor


class Plates:
    """The plate, by index from the clip's first frame; some frames ahead are read in threads of their own.

    stage: of its size. pixel_aspect: width to height of a pixel.
    """

    def __init__(self, job: Job, scene: PlateSpace, settings: Settings, first: Image) -> None:
        """first: the first plate to render, which the others have to be like."""
        self._job, self._scene, self._settings = job, scene, settings
        self._header_space = space_in_header(first.spec)
        self._readers = ThreadPoolExecutor(1)
        self._ahead: dict[int, Future[Plate]] = {}
        self._grays = Lru[GrayFrame](GRAY_FRAMES)
        self.stage, self.pixel_aspect = self._stage(first.spec), first.pixel_aspect

    def __enter__(self) -> Plates:
        return self

    def __exit__(self, *_: object) -> None:
        self._readers.shutdown(cancel_futures=True)

    def expect(self, index: int) -> None:
        """Frame `index` comes next: start reading it and those after it, drop those before it."""
        last = min(index + READ_AHEAD, self._job.last - self._job.first)
        self._ahead = {each: plate for each, plate in self._ahead.items() if each >= index}
        for each in range(index, last + 1):
            if each not in self._ahead:
                self._ahead[each] = self._readers.submit(self._read, each)

    def plate(self, index: int) -> Plate:
        """One of the expected frames."""
        return self._ahead[index].result()

    def is_unread(self, index: int) -> bool:
        """Whether `gray` would have to read the frame."""
        return self._grays.get(index) is None

    def gray(self, index: int) -> GrayFrame:
        """Any frame as the network sees it."""
        gray = self._grays.get(index)
        if gray is None:
            gray = (self.plate(index) if index in self._ahead else self._read(index)).gray
            self._grays.put(index, gray)
        return gray

    def _read(self, index: int) -> Plate:
        frame = self._job.first + index
        picture = read_picture(self._job.plate_of(frame), f"frame {frame}")
        self._check(frame, picture.spec)
        shown = placed(self._scene.shown(picture.rgb, self._job.exposure), picture.spec)
        lightness = self.stage.lightness(shown)
        if not np.isfinite(lightness).all():
            remedy = "repair it, or render it again"
            raise FrameError(where=f"frame {frame}", expected="finite samples", got="NaN in the plate", remedy=remedy)
        own = self._scene.own_color(picture.rgb)
        keeps = own is OwnColor.COLOR and self._settings.own_color == "keep"
        return Plate(picture, shown, GrayFrame(index, lightness, keeps_color=keeps), own)

    def check(self) -> None:
        """Raise FrameError for a plate to render that is not like the first, by its header."""
        for frame in self._job.wanted():
            self._check(frame, read_header(self._job.plate_of(frame), f"frame {frame}"))

    def _check(self, frame: int, spec: Any) -> None:
        where, (width, height) = f"frame {frame}", canvas_of(spec)
        if (width, height) != (self.stage.width, self.stage.height):
            raise FrameError(
                f"{where}: expected a plate of {self.stage.width}x{self.stage.height}, as the first, got "
                f"{width}x{height}; write all frames with one data window"
            )
        own, first = space_in_header(spec), self._header_space
        if own != first and not self._job.colorspace:
            raise FrameError(
                where=where, expected=f"a header like the first plate's, with {first}", got=f"{own}",
                remedy="name the space with {colorspace}, or make the plates alike",
            )  # fmt: skip

    def _stage(self, spec: Any) -> ChromaStage:
        width, height = canvas_of(spec)
        return ChromaStage(
            width, height, SampleCoding(32), subsampling=(0, 0), siting="center", matrix=MATRIX,
            size=self._settings.size,
        )  # fmt: skip
