"""A film to measure speed with, generated in memory so that neither disk nor decoder counts, and its sink."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import Any

import cv2
import numpy as np

from ffmpeg_filters import y4m

_PLACES = 12  # of the texture, shown back and forth


@dataclass(frozen=True)
class SpeedFilm:
    """A gray 4:2:0 film of a texture that moves, of which one picture is kept in memory."""

    width: int
    height: int
    frames: int
    bits: int = 8

    @property
    def header(self) -> y4m.StreamHeader:
        return y4m.StreamHeader(self.width, self.height, (25, 1), y4m.PixelFormat("420", self.bits), range="limited")

    def play(self) -> Tape:
        """The film as a stream of YUV4MPEG2."""
        shown = itertools.islice(itertools.cycle(pictures(self.width, self.height, self.bits)), self.frames)
        header: tuple[bytes | memoryview, ...] = (self.header.to_bytes(),)
        return Tape(itertools.chain(header, (part for planes in shown for part in (b"FRAME\n", *planes))))


class Tape(RawIOBase):
    """Parts of a stream, one after the other, as something to read from."""

    def __init__(self, parts: Iterable[bytes | memoryview]) -> None:
        self._parts: Iterator[bytes | memoryview] = filter(None, parts)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class Drain:
    """Discards a film; copies every byte once, as a pipe does. times: seconds at which each frame was complete."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._space = memoryview(bytearray(1 << 20))

    def write(self, data: memoryview, /) -> int:
        count = min(len(data), len(self._space))
        self._space[:count] = data[:count]
        return count

    def flush(self) -> None:
        self.times.append(time.perf_counter())

    @property
    def fps(self) -> float:
        """Frames per second after the first, which waits for the network to be loaded."""
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])


def pictures(width: int, height: int, bits: int = 8) -> list[tuple[memoryview, bytes]]:
    """Luma and neutral chroma of a few 4:2:0 frames, limited range: a texture that moves back and forth.

    Luma is a window on one texture, in which each frame begins one row and two columns further on.
    """
    rows = height + 2 * _PLACES
    coarse = np.random.default_rng(0).random((rows // 8 + 1, width // 8 + 1), np.float32)
    texture = cv2.resize(coarse, (width, rows), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    dtype, scale = (np.uint8, 1) if bits == 8 else (np.uint16, 1 << (bits - 8))
    codes = memoryview((scale * (16 + 219 * texture)).astype(dtype)).cast("B")
    chroma = np.full(2 * ((height + 1) // 2) * ((width + 1) // 2), 128 * scale, dtype).tobytes()
    size = np.dtype(dtype).itemsize
    starts = [place * (width + 2) * size for place in range(_PLACES)]
    forth = [(codes[start : start + width * height * size], chroma) for start in starts]
    return forth + forth[-2:0:-1]
