"""Between the host's planes and the network's pictures: luma plane to lightness, ab to chroma planes.

Rules kept here:

- The luma plane is read, never written and never returned.
- The ab that comes in is kept where it was given: at the centre of each working pixel the colour is
  the network's own; between them it follows the lightness of the plane (`_slopes`).
- A constant ab stays constant to the last bit; ab = 0 gives neutral codes.
- Planes are computed in bands of rows, so that the numbers stay in the processor's cache; in no more bands than that
  needs, since parallel stages wait for the interpreter between its calls.
- Results depend on the arguments alone, not on OpenCV's number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array, check_ab, check_lightness
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import MATRICES, rgb_from_ycc
from vs_tcvc.picture.light import SRGB, Light
from vs_tcvc.picture.opencv_threads import one_thread

SITINGS = {"left": (True, False), "center": (False, False), "topleft": (True, True), "top": (False, True)}
"""Whether chroma samples sit on luma samples, across and down (H.273 chroma sample location types 0 to 3)."""

_BAND, _BAND_SAMPLES = 128, 1 << 17  # of chroma, made at a time: most rows, and samples of each plane, roughly
_SOFTNESS = np.float32(8.0**2)  # lightness varying by less than 8 L* hardly moves colour: grain does not colour
_LONGEST_TABLE = 1 << 19  # entries: 4:2:0 at 16 bits, 2 MB; a longer one costs more than it saves
_LONGEST = 4  # working pictures are squeezed to 4:1


def working_size(width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height of the network's input.

    The short side is `size`, the long side keeps the aspect up to 4:1; both rounded to multiples of 8.
    """
    short, long = sorted((width, height))
    across = _multiple_of_8(size, 1)
    along = min(_multiple_of_8(across * long, short), _LONGEST * across)
    return (along, across) if width >= height else (across, along)


def _multiple_of_8(numerator: int, denominator: int) -> int:
    return max(8, (numerator + 4 * denominator) // (8 * denominator) * 8)


@dataclass(frozen=True)
class ChromaStage:
    """Fits colour to the luma of the pictures of one clip.

    width, height: of the luma plane, in samples.
    source: coding of the luma plane; output: coding of the chroma planes (default: as the source).
    subsampling: log2 steps from luma to chroma, (across, down): 4:2:0 is (1, 1), 4:1:1 is (2, 0).
    siting: position of chroma samples, a key of SITINGS; MPEG-2 and most files are "left".
    matrix: a key of `vs_tcvc.picture.color.MATRICES`.
    size: short side of the working picture. light: what the codes of the film mean.

    An invalid value raises UsageError.
    """

    width: int
    height: int
    source: SampleCoding
    subsampling: tuple[int, int] = (1, 1)
    siting: str = "left"
    matrix: str = "709"
    output: SampleCoding | None = None
    size: int = 216
    light: Light = SRGB

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise UsageError(f"a picture has at least one sample, got {self.width}x{self.height}")
        if not all(shift in (0, 1, 2) for shift in self.subsampling):
            raise UsageError(f"chroma subsampling is (0 to 2, 0 to 2) as log2, got {self.subsampling}")
        if self.siting not in SITINGS:
            raise UsageError(f"the siting of chroma is {', '.join(SITINGS)}, got {self.siting!r}")
        if self.matrix not in MATRICES:
            raise UsageError(f"the matrix is {', '.join(MATRICES)}, got {self.matrix!r}")

    @cached_property
    def working_size(self) -> tuple[int, int]:
        """Width and height of the working picture."""
        return working_size(self.width, self.height, self.size)

    @cached_property
    def chroma_size(self) -> tuple[int, int]:
        """Width and height of the chroma planes; an odd side of luma is rounded up."""
        return self._across.count, self._down.count

    @one_thread()
    def lightness(self, luma_plane: NDArray[Any]) -> Array:
        """The network's input: CIE L* of the display gray, (h, w) float32, 0 to 100, working size.

        luma_plane: (height, width) in the source's codes; raises FrameError for any other array.
        Y' is averaged over each working pixel, or interpolated where the working picture is the larger.
        """
        self._check_plane(luma_plane)
        width, height = self.working_size
        codes = _numbers(luma_plane)
        averaged = cv2.resize(codes, (min(width, self.width), min(height, self.height)), interpolation=cv2.INTER_AREA)
        resized = cv2.resize(averaged, (width, height), interpolation=cv2.INTER_LINEAR)
        return self.light.lightness(self.source.luma_from_codes(resized))

    @one_thread()
    def planes(self, luma_plane: NDArray[Any], lightness: Array, ab: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """The Cb and Cr planes of one frame, in the output's codes and of `chroma_size`.

        luma_plane: (height, width) in the source's codes; lightness: the result of `lightness` for it, (h, w)
        float32; ab: CIE a* and b*, (2, h, w) float32. Raises FrameError for any other array.
        """
        width, height = self.chroma_size
        codes = np.empty((2, height, width), self._output.dtype)
        for rows, luma, gray, color in self._bands(luma_plane, lightness, ab):
            chroma = self.light.chroma(luma, gray, color, self.matrix)
            codes[:, rows] = self._output.codes_from_chroma(chroma, self._dither[:, : rows.stop - rows.start])
        return codes[0], codes[1]

    @one_thread()
    def own_planes(self, chroma: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The Cb and Cr planes of a frame that keeps its own colour: its samples, if the output codes them alike.

        chroma: the source's Cb and Cr, of any subsampling, in the source's depth and range; () for gray.
        """
        width, height = self.chroma_size
        if not chroma:
            neutral = np.full((height, width), self._output.neutral, self._output.dtype)
            return neutral, neutral
        planes = []
        for plane in chroma:
            if plane.shape != (height, width):
                shrinks = plane.shape[1] > width or plane.shape[0] > height
                how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
                plane = cv2.resize(plane, (width, height), interpolation=how)
            is_alike = self.source == self._output
            planes.append(plane if is_alike else self._output.codes_from_chroma(self.source.chroma_from_codes(plane)))
        return planes[0], planes[1]

    @one_thread()
    def rgb(self, luma_plane: NDArray[Any], lightness: Array, ab: Array) -> Array:
        """The coloured frame, R'G'B' (3, height, width) float32; same arguments as of `planes`.

        Its luma is that of `luma_plane`: where that is 0 to 1 so is R'G'B', and elsewhere it is gray and not clipped.
        """
        result = np.empty((3, self.height, self.width), np.float32)
        for rows, luma, gray, color in self._full._bands(luma_plane, lightness, ab):
            own = self.source.luma_from_codes(luma_plane[rows])
            chroma = self.light.chroma(luma, gray, color, self.matrix)
            result[:, rows] = rgb_from_ycc(np.concatenate([own[None], chroma]), self.matrix)
        return result

    @one_thread()
    def upsample(self, luma_plane: NDArray[Any], lightness: Array, ab: Array) -> Array:
        """CIE a* and b* (2, rows, columns) at the chroma samples, which `planes` converts to codes; same arguments."""
        width, height = self.chroma_size
        result = np.empty((2, height, width), np.float32)
        for rows, _, _, color in self._bands(luma_plane, lightness, ab):
            result[:, rows] = color
        return result

    def _bands(
        self, luma_plane: NDArray[Any], lightness: Array, ab: Array
    ) -> Iterator[tuple[slice, Array, Array, Array]]:
        """Some rows of chroma at a time: which, and their Y', L* (rows, width) and ab (2, rows, width)."""
        self._check_plane(luma_plane)
        self._check_working(lightness, ab)
        padded = np.pad(luma_plane, (self._down.padding, self._across.padding), mode="edge")
        fit = _Fit.of(lightness, ab)
        height = self.chroma_size[1]
        for first in range(0, height, self._band):
            rows = slice(first, min(first + self._band, height))
            means = self._footprint_means(padded, rows)
            luma = self.source.luma_from_codes(means)
            gray = self._lightness_of_means(means, luma)
            yield rows, luma, gray, self._color(fit, gray, rows)

    def _footprint_means(self, padded: NDArray[Any], rows: slice) -> Array:
        """Mean luma code over the area that each chroma sample stands for.

        On a luma sample the area's two end samples count half, so it is the mean of two windows.
        """
        across, down = self._across, self._down
        means = []
        for top in down.windows:
            lines = _numbers(padded[down.step * rows.start + top : down.step * rows.stop + top])
            for left in across.windows:
                window = lines[:, left : left + across.step * across.count]
                target = (across.count, rows.stop - rows.start)
                means.append(cv2.resize(window, target, interpolation=cv2.INTER_AREA))
        result: Array = sum(means[1:], means[0]) * np.float32(1 / len(means))
        return result

    def _lightness_of_means(self, means: Array, luma: Array) -> Array:
        """L* of `luma`, which is the Y' of `means`: from a table where that has all of them."""
        samples = self._across.footprint * self._down.footprint
        if self.source.is_float or samples << self.source.bits > _LONGEST_TABLE:
            return self.light.lightness(luma)
        sums = (means * np.float32(samples)).astype(np.int32)
        return _lightness_of_sums(self.source, samples, self.light).take(sums, mode="clip")

    def _color(self, fit: _Fit, lightness: Array, rows: slice) -> Array:
        """CIE a* and b* (2, rows, width) of some rows of chroma samples of that L*."""
        width, height = self.working_size
        step_x, first_x = self._across.in_pixels(width)
        step_y, first_y = self._down.in_pixels(height)
        place = np.array([[step_x, 0, first_x], [0, step_y, first_y + step_y * rows.start]])
        target = (self._across.count, rows.stop - rows.start)
        linear, replicate = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
        sampled = cv2.split(cv2.warpAffine(fit.planes, place, target, None, linear, replicate))
        ab = np.empty((2, *lightness.shape), np.float32)
        for one, slope, offset, level in zip(ab, sampled[:2], sampled[2:], fit.level, strict=True):
            np.multiply(slope, lightness, out=one)
            one += offset
            one += level
        return ab

    def _check_plane(self, luma_plane: NDArray[Any]) -> None:
        expected = (self.height, self.width)
        if luma_plane.shape != expected or luma_plane.dtype != self.source.dtype:
            raise FrameError(
                f"luma plane: expected {expected} {self.source.dtype}, got {luma_plane.shape} {luma_plane.dtype}"
            )

    def _check_working(self, lightness: Array, ab: Array) -> None:
        width, height = self.working_size
        check_lightness(lightness, "chroma stage")
        if lightness.shape != (height, width):
            raise FrameError(f"chroma stage: lightness must be ({height}, {width}), got {lightness.shape}")
        check_ab(ab, (height, width), "chroma stage")

    @cached_property
    def _full(self) -> ChromaStage:
        """The same with colour at every sample of luma."""
        return replace(self, subsampling=(0, 0))

    @cached_property
    def _output(self) -> SampleCoding:
        return self.output or self.source

    @cached_property
    def _across(self) -> _Axis:
        return _Axis(self.width, 1 << self.subsampling[0], SITINGS[self.siting][0])

    @cached_property
    def _down(self) -> _Axis:
        return _Axis(self.height, 1 << self.subsampling[1], SITINGS[self.siting][1])

    @cached_property
    def _band(self) -> int:
        """Rows of chroma per band, a multiple of the dither's 8."""
        return min(_BAND, max(8, _BAND_SAMPLES // self.chroma_size[0] // 8 * 8))

    @cached_property
    def _dither(self) -> Array:
        """What is added to the codes of one band, (2, rows, width): by position at 8 bits, else nothing."""
        if self._output.bits != 8:
            return np.zeros((2, self._band, 1), np.float32)
        pattern = _bayer_8x8()
        repeats = (self._band // 8, -(-self.chroma_size[0] // 8))
        tiled = [np.tile(one, repeats)[:, : self.chroma_size[0]] for one in (pattern, pattern[:, ::-1])]
        return np.stack(tiled)


def confidence_plane(confidence: Array, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Confidence (h, w) float32, 0 to 1, as an 8-bit full-range gray picture of `size` (width, height)."""
    resized = cv2.resize(confidence, size, interpolation=cv2.INTER_LINEAR)
    return SampleCoding(8, "full").codes_from_luma(resized)


@cache
def _lightness_of_sums(source: SampleCoding, samples: int, light: Light) -> Array:
    """L* of the mean of some luma samples, by the sum of their codes."""
    sums = np.arange(samples << source.bits, dtype=np.float32)
    return light.lightness(source.luma_from_codes(sums * np.float32(1 / samples)))


@dataclass(frozen=True, eq=False)
class _Fit:
    """The colour of a working picture as a local function of lightness: ab = slopes * L* + offsets + level.

    A guided filter (He, Sun, Tang 2013, eq. 5; its coefficients made small and enlarged as in He, Sun 2015)
    with one change: the offset is each pixel's own, not the window's mean, so that at working size ab comes
    back exactly. On photographs reduced 4 times that error is below bilinear enlargement's, with sharp ab,
    blurred ab and grain alike, whereas the mean's blur made it half as large again.

    planes: (h, w, 4), slopes of a* and b*, then offsets; level: (2, 1, 1), middle of the values of a* and b*,
    apart so that a constant has no rounding.
    """

    planes: Array
    level: Array

    @classmethod
    def of(cls, lightness: Array, ab: Array) -> _Fit:
        level = (ab.min(axis=(1, 2), keepdims=True) + ab.max(axis=(1, 2), keepdims=True)) * np.float32(0.5)
        mean = _mean_3x3(lightness)
        variance = _mean_3x3(lightness * lightness) - mean * mean
        centred = ab - level
        covariance = np.stack([_mean_3x3(lightness * one) - mean * _mean_3x3(one) for one in centred])
        slopes = np.divide(covariance, variance + _SOFTNESS, dtype=np.float32)
        return cls(np.asarray(cv2.merge([*slopes, *(centred - slopes * lightness)]), np.float32), level)


def _mean_3x3(plane: Array) -> Array:
    return np.asarray(cv2.blur(plane, (3, 3)), np.float32)


@dataclass(frozen=True)
class _Axis:
    """The chroma samples along one side of a picture.

    length: luma samples; step: luma samples per chroma sample; on_luma: the first chroma sample is on the
    first luma sample, not in the middle of the first `step`.
    """

    length: int
    step: int
    on_luma: bool

    @property
    def count(self) -> int:
        """Chroma samples."""
        return -(-self.length // self.step)

    @property
    def windows(self) -> tuple[int, ...]:
        """Where, in the padded plane, the windows of `step` samples begin that make up the first footprint."""
        return (0, 1) if self.on_luma and self.step > 1 else (0,)

    @property
    def footprint(self) -> int:
        """Luma samples that a mean over a footprint is made of, those that count twice counted twice."""
        return self.step * len(self.windows)

    @property
    def padding(self) -> tuple[int, int]:
        """Luma samples that the footprints reach beyond the picture, before and after."""
        before = self.step // 2 if self.on_luma else 0
        return before, max(0, self.step * self.count + self.windows[-1] - before - self.length)

    def in_pixels(self, size: int) -> tuple[float, float]:
        """Step and first place of the chroma samples, in a picture of `size` pixels (centre of the first: 0)."""
        scale = size / self.length
        first = 0.5 if self.on_luma else self.step / 2
        return self.step * scale, first * scale - 0.5


def _numbers(plane: NDArray[Any]) -> Array:
    """Codes as float32; floats are clipped to 0 to 1, what is no number becomes 0."""
    if plane.dtype != np.float32:
        return plane.astype(np.float32)
    return np.asarray(np.fmin(np.fmax(plane, 0), 1), np.float32)


def _bayer_8x8() -> Array:
    """Ordered dither (Bayer 1973): every 64th between -0.5 and 0.5 once."""
    ranks = np.zeros((1, 1), np.float32)
    for _ in range(3):
        ranks = np.block([[4 * ranks, 4 * ranks + 2], [4 * ranks + 3, 4 * ranks + 1]])
    return np.asarray((ranks + 0.5) / 64 - 0.5, np.float32)
