"""VapourSynth's clips and frames translated: formats, planes and properties, in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError, StreamError, UsageError
from vs_tcvc.picture.chroma import SITINGS, ChromaStage
from vs_tcvc.picture.coding import ColorTags, SampleCoding, matrix_code, resolve_matrix, resolve_range
from vs_tcvc.picture.color import luma, rgb_from_ycc
from vs_tcvc.picture.own_color import OwnColor, own_color, own_color_of_rgb
from vs_tcvc.settings import Settings

GRAY, RGB, YUV = 1, 2, 3
RANGES = {0: "limited", 1: "full"}
RANGE_CODES = {"limited": 0, "full": 1}
LOCATIONS = tuple(SITINGS)

View = tuple[Any, int]
"""A plane from the plugin: memory, and bytes from one line to the next."""

Seen = tuple[int, list[View], tuple[int, ...]]
"""A frame from the plugin: its number, planes and properties (`HostFrame`)."""


@dataclass(frozen=True)
class ClipFormat:
    """A clip of one format and size.

    family: GRAY, RGB or YUV; sample: 0 whole numbers, 1 floats; across, down: log2 of chroma subsampling;
    frames: their number. Raises UsageError, with `name`, for an unsupported clip.
    """

    family: int
    sample: int
    bits: int
    across: int
    down: int
    width: int
    height: int
    frames: int
    name: str = "clip"

    @classmethod
    def of(cls, described: tuple[int, ...], name: str) -> ClipFormat:
        """A clip from the plugin: the fields in their order; `name` is its argument."""
        family, sample, bits, across, down, width, height, frames = described
        return cls(family, sample, bits, across, down, width, height, frames, name)

    def __post_init__(self) -> None:
        if self.family not in (GRAY, RGB, YUV) or self.width < 1 or self.height < 1:
            self._refuse("one format and one size", "a clip that changes them", "add resize with a fixed format")
        if self.sample == 0 and self.bits > 16:
            self._refuse("8 to 16 bit whole numbers or floats", f"{self.bits} bit", "convert it with resize")
        if max(self.across, self.down) > 2:
            steps = f"1/{1 << self.across} and 1/{1 << self.down}"
            self._refuse("chroma at 1, 1/2 or 1/4 of luma", steps, "convert it with resize")

    def _refuse(self, expected: str, got: str, remedy: str) -> None:
        raise UsageError(f"{self.name}: expected {expected}, got {got}; {remedy}")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of samples in memory."""
        if self.sample == 1:
            return np.dtype(np.float16 if self.bits == 16 else np.float32)
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    def coding(self, range: str) -> SampleCoding:
        """Coding of the samples; half floats are converted to floats first."""
        return SampleCoding(32 if self.sample == 1 else self.bits, range)

    def shape(self, plane: int) -> tuple[int, int]:
        """Rows and columns of a plane."""
        if plane == 0 or self.family != YUV:
            return self.height, self.width
        return -(-self.height >> self.down), -(-self.width >> self.across)

    def plane(self, view: View, plane: int) -> NDArray[Any]:
        """The samples of a plane without a copy; valid until the plugin's call returns."""
        memory, stride = view
        return np.ndarray(self.shape(plane), self.dtype, memory, 0, (stride, self.dtype.itemsize))


@dataclass(frozen=True)
class HostFrame:
    """A frame from the plugin, valid until its call returns. Raises FrameError if its planes are not in memory.

    n: its number. views: of its planes. matrix, range, location, field_based, scene_change, use_as_reference,
    primaries, transfer, aspect_width, aspect_height: properties, -1 if not set.
    """

    clip: ClipFormat
    n: int
    views: Sequence[View]
    matrix: int
    range: int
    location: int
    field_based: int
    scene_change: int
    use_as_reference: int
    primaries: int = -1
    transfer: int = -1
    aspect_width: int = -1
    aspect_height: int = -1

    @classmethod
    def of(cls, clip: ClipFormat, seen: Seen) -> HostFrame:
        """A frame from the plugin's values."""
        n, views, properties = seen
        if not views:
            raise FrameError(f"frame {n}: expected a frame in memory, got one on a GPU; download it first")
        return cls(clip, n, views, *properties)

    @cached_property
    def planes(self) -> list[NDArray[Any]]:
        """All planes; half floats as float32."""
        planes = [self.clip.plane(view, index) for index, view in enumerate(self.views)]
        return [plane.astype(np.float32) if plane.dtype == np.float16 else plane for plane in planes]

    def coding(self, wanted: str = "auto") -> SampleCoding:
        """Coding of its samples; `wanted` is the option `range`. RGB is full range unless tagged otherwise."""
        default = "full" if self.clip.family == RGB else "limited"
        return self.clip.coding(resolve_range(wanted, RANGES.get(self.range, default)))

    def tags(self, wanted: str = "auto") -> ColorTags:
        """What it says of its colour; `wanted` is the option `matrix`. Raises StreamError as `ColorTags.of`."""
        try:
            return ColorTags.of(self.matrix, self.primaries, self.transfer, wanted)
        except StreamError as error:
            raise error.at(f"frame {self.n}") from None

    def matrix_name(self, wanted: str = "auto") -> str:
        """Its Y'CbCr matrix; raises as `tags`."""
        return resolve_matrix(wanted, self.clip.height, self.tags(wanted).matrix)

    @property
    def aspect(self) -> tuple[int, int]:
        """Width and height of a pixel, zeros if they are not known."""
        is_known = self.aspect_width > 0 and self.aspect_height > 0
        return (self.aspect_width, self.aspect_height) if is_known else (0, 0)

    @property
    def siting(self) -> str:
        """Chroma siting, "left" by default. Raises FrameError for an unknown one."""
        if self.location >= len(LOCATIONS):
            raise FrameError(
                f"frame {self.n}: expected _ChromaLocation 0 (left), 1 (center), 2 (top left) or 3 (top), got "
                f"{self.location}; convert the clip with resize"
            )
        return LOCATIONS[max(0, self.location)]

    @cached_property
    def own_color(self) -> OwnColor:
        """What it has of its own."""
        return own_color_of_rgb(self._rgb) if self.clip.family == RGB else own_color(self.coding(), self.planes)

    def luma(self, matrix: str) -> NDArray[Any]:
        """The luma plane (H, W), codes; of RGB its Y', float32 0 to 1, by a key of MATRICES."""
        return luma(self._rgb, matrix) if self.clip.family == RGB else self.planes[0]

    def rgb_at(self, size: tuple[int, int]) -> Array:
        """R'G'B' (3, h, w) float32 0 to 1 at a working `size` (width, height), of a frame that has colour."""
        if self.clip.family == RGB:
            return _resize(list(self._rgb), size).clip(0, 1)
        coding = self.coding()
        y = coding.luma_from_codes(_resize(self.planes[:1], size))
        chroma = coding.chroma_from_codes(_resize(self.planes[1:], size))
        return rgb_from_ycc(np.concatenate([y, chroma]), self.matrix_name()).clip(0, 1)

    @cached_property
    def _rgb(self) -> Array:
        """R'G'B' (3, H, W), float32 0 to 1."""
        coding = self.coding()
        return np.stack([coding.luma_from_codes(plane) for plane in self.planes])


def _resize(planes: Sequence[NDArray[Any]], size: tuple[int, int]) -> Array:
    """Each plane at `size`, averaged where that is smaller."""
    numbers = (plane.astype(np.float32) for plane in planes)
    shrinks = (size[0] < plane.shape[1] for plane in planes)
    return np.stack([
        np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA if small else cv2.INTER_LINEAR), np.float32)
        for plane, small in zip(numbers, shrinks, strict=True)
    ])  # fmt: skip


@dataclass(frozen=True)
class Target:
    """The output: its format, and whether its luma plane is the source's own."""

    clip: ClipFormat
    shares_luma: bool

    @classmethod
    def of(cls, clip: ClipFormat, settings: Settings) -> Target:
        """Gray becomes 4:4:4, anything else keeps its format, unless the option `chroma` says otherwise."""
        if clip.family == RGB:
            if settings.chroma not in ("auto", "444"):
                raise UsageError(f"chroma: expected 444 for an RGB clip, got {settings.chroma}; leave it out")
            return cls(clip, shares_luma=False)
        own = (clip.across, clip.down) if clip.family == YUV else (0, 0)
        across, down = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}.get(settings.chroma, own)
        colored = ClipFormat(YUV, clip.sample, clip.bits, across, down, clip.width, clip.height, clip.frames)
        return cls(colored, shares_luma=True)

    @classmethod
    def confidence(cls, clip: ClipFormat) -> Target:
        """An 8-bit gray clip of the same size."""
        return cls(ClipFormat(GRAY, 0, 8, 0, 0, clip.width, clip.height, clip.frames), shares_luma=False)

    def stage(self, frame: HostFrame, settings: Settings) -> ChromaStage:
        """The chroma stage for this frame; for RGB output, Cb and Cr are floats at full size."""
        clip, source = frame.clip, frame.coding(settings.range)
        coding = SampleCoding(32) if clip.family == RGB else source
        return ChromaStage(
            clip.width, clip.height, coding, (self.clip.across, self.clip.down),
            frame.siting if self._is_subsampled else "center",
            frame.matrix_name(settings.matrix), size=settings.size, light=frame.tags(settings.matrix).light,
        )  # fmt: skip

    def properties(self, frame: HostFrame, stage: ChromaStage, settings: Settings) -> list[tuple[str, int | None]]:
        """Properties of the coloured frame, in addition to those of its source."""
        coding = frame.coding(settings.range)
        range_said: list[tuple[str, int | None]] = [] if coding.is_float else [("_Range", RANGE_CODES[coding.range])]
        if self.clip.family == RGB:
            return range_said
        place = LOCATIONS.index(stage.siting) if self._is_subsampled else None
        return [("_Matrix", matrix_code(stage.matrix, frame.matrix)), ("_ChromaLocation", place), *range_said]

    @property
    def _is_subsampled(self) -> bool:
        return self.clip.across > 0 or self.clip.down > 0
