"""The arrays of one stored shot: written once in the order of frames, read in any order.

They are whole numbers, so what comes back is the byte what was given. zarr and the file systems are imported on use.
"""

from __future__ import annotations

import errno
import math
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from vs_tcvc.core.frame import AB_STEPS, CONFIDENCE_STEPS, Array, Chroma, check_ab
from vs_tcvc.core.lru import Lru
from vs_tcvc.errors import FrameError, MissingShotError, StoreError, TcvcError, first_line
from vs_tcvc.project.packing import Whole, pack, unpack

if TYPE_CHECKING:
    from zarr import Array as ZarrArray

CHUNK = 8
"""Frames in one object of an array. More make a single frame dearer to read, fewer make more objects."""
STREAMED = 4 * CHUNK
"""Frames read at once, front to back: their objects come together."""

_CONFIG: Any = {"write_empty_chunks": True, "read_missing_chunks": False}
"""An object that is lacking is an error: zarr would take it for zeros, which is gray."""
_DAMAGE = (ValueError, KeyError, TypeError, EOFError, FileNotFoundError)
"""What zarr raises for objects that are lacking, cut short or altered; it raises others if it cannot get at them."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Span(msgspec.Struct, frozen=True, array_like=True):
    """What the frames from `first` to the next span have in common; the others as in `Chroma`."""

    first: int
    anchor: int
    origin: str
    saturation: float


@dataclass(frozen=True)
class Place:
    """Where a shot is. group: the zarr store whose root is the shot's group; name: of the shot, for messages."""

    group: Any
    name: str


@contextmanager
def access(where: str, doing: str) -> Iterator[None]:
    """Errors of zarr and of any file system, each of which has errors of its own, as StoreError."""
    try:
        yield
    except (StoreError, MissingShotError):
        raise
    except TcvcError as error:
        raise StoreError(str(error), where=where) from error
    except Exception as error:
        is_full = isinstance(error, OSError) and error.errno in _FULL
        remedy = "make room there" if is_full else "check that the place exists and that you have access"
        raise StoreError(f"{doing} failed ({_reason(error)})", where=where, remedy=remedy) from error


class ShotWriter:
    """A shot on its way into the store: `add` its frames in order.

    frames: the numbers of its frames, without gaps. size: height and width of its colour. about: what else is to be
    kept of the shot, as JSON can hold it.
    """

    def __init__(self, place: Place, frames: range, size: tuple[int, int]) -> None:
        self.spans: list[Span] = []
        self.about: dict[str, Any] = {}
        self._place, self._frames, self._size = place, frames, size
        self._next = frames.start
        self._ab = np.zeros((CHUNK, 2, *size), np.int16)
        self._confidence = np.zeros((CHUNK, *size), np.uint8)
        with self._access():
            self._ab_array, self._confidence_array = _create(place, (self._ab, self._confidence), len(frames))

    def add(self, chroma: Chroma) -> None:
        """Take the next frame. Every few frames are written; nothing is kept of them here.

        Raises FrameError for a frame out of order, of another size or not in whole steps; the writer is still good.
        Raises StoreError if the store cannot be written.
        """
        where = f"frame {chroma.index}"
        if chroma.index != self._next or chroma.index not in self._frames:
            raise FrameError(f"frame {self._next} of {self._frames} comes next, got frame {chroma.index}")
        check_ab(chroma.ab, self._size, where)
        if chroma.confidence.shape != self._size:
            raise FrameError(f"{where}: confidence must be {self._size}, got {chroma.confidence.shape}")
        ab = _steps(chroma.ab, AB_STEPS, self._ab.dtype, f"{where}: ab")
        confidence = _steps(chroma.confidence, CONFIDENCE_STEPS, self._confidence.dtype, f"{where}: confidence")
        at = (chroma.index - self._frames.start) % CHUNK
        self._ab[at], self._confidence[at] = ab, confidence
        self._next += 1
        if not self.spans or _kind(self.spans[-1]) != (chroma.anchor, chroma.origin, chroma.saturation):
            self.spans.append(Span(chroma.index, chroma.anchor, chroma.origin, chroma.saturation))
        if at == CHUNK - 1 or self._next == self._frames.stop:
            self._write(at + 1)

    def check_whole(self, objects: int) -> None:
        """Raise StoreError unless all frames came, and that many objects are all that were written."""
        problem, written = "", 3 + 2 * math.ceil(len(self._frames) / CHUNK)  # a description of each array and of both
        if self._next != self._frames.stop:
            problem = f"expected {len(self._frames)} frames, got {self._next - self._frames.start}"
        elif objects != written:
            problem = f"of {written} objects that were written {objects} are there"
        if problem:
            raise StoreError(problem, where=self._place.name, remedy="write the whole shot again")

    def _write(self, count: int) -> None:
        stop = self._next - self._frames.start
        with self._access():
            self._ab_array[stop - count : stop] = pack(self._ab[:count])
            self._confidence_array[stop - count : stop] = pack(self._confidence[:count])

    def _access(self) -> Any:
        return access(self._place.name, "writing")


class StoredShot:
    """A shot in the store: the same `Chroma`, to the byte, that was added. Frames are read when they are asked for.

    frames: the numbers of its frames. size: height and width of its colour. Any thread may read.
    Reading raises MissingShotError if the shot is incomplete or damaged, or was pruned meanwhile, after telling
    `on_damage`; StoreError if the store cannot be read; IndexError for a frame that is not the shot's.
    """

    def __init__(
        self, place: Place, frames: range, size: tuple[int, int], spans: tuple[Span, ...], on_damage: Callable[[], None]
    ) -> None:
        self.frames, self.size = frames, size
        self._place, self._spans, self._on_damage = place, spans, on_damage
        self._firsts = [each.first for each in spans]
        self._recent, self._lock = Lru[tuple[Whole, Whole]](2), threading.Lock()
        with self._reading():
            self._ab, self._confidence = _open(place, len(frames), size)

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Chroma]:
        return self.read(self.frames)

    def frame(self, index: int) -> Chroma:
        """The colour of one frame, by its number in the clip."""
        at = self._offset(index)
        chunk, within = divmod(at, CHUNK)
        with self._lock:
            values = self._recent.get(chunk) or self._load(chunk * CHUNK, (chunk + 1) * CHUNK)
            self._recent.put(chunk, values)
        return self._chroma(index, values[0][within], values[1][within])

    def read(self, frames: range) -> Iterator[Chroma]:
        """The colour of consecutive frames, one at a time; a few dozen are held."""
        if not frames:
            return
        at, stop = self._offset(frames[0]), self._offset(frames[-1]) + 1
        while at < stop:
            end = min(stop, at - at % STREAMED + STREAMED)
            ab, confidence = self._load(at, end)
            for index, values in enumerate(zip(ab, confidence, strict=True), self.frames.start + at):
                yield self._chroma(index, *values)
            at = end

    def _offset(self, index: int) -> int:
        if index not in self.frames:
            raise IndexError(f"frame {index} is not of the shot's {self.frames}")
        return index - self.frames.start

    def _load(self, start: int, stop: int) -> tuple[Whole, Whole]:
        with self._reading():
            ab, confidence = (np.asarray(array[start:stop]) for array in (self._ab, self._confidence))
        return unpack(ab), unpack(confidence)

    def _chroma(self, index: int, ab: Whole, confidence: Whole) -> Chroma:
        span = self._spans[bisect_right(self._firsts, index) - 1]
        return Chroma(index, _values(ab, AB_STEPS), _values(confidence, CONFIDENCE_STEPS), *_kind(span))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with access(self._place.name, "reading"):
                yield
        except StoreError as error:
            if not isinstance(error.__cause__, _DAMAGE):
                raise
            with suppress(StoreError):  # of a store that is only read
                self._on_damage()
            problem = f"it is incomplete or damaged ({_reason(error.__cause__)})"
            raise MissingShotError(problem, where=self._place.name, remedy="it must be coloured again") from error


def _create(place: Place, blocks: tuple[Whole, Whole], frames: int) -> tuple[ZarrArray[Any], ZarrArray[Any]]:
    """The empty arrays of a shot, whose chunks are like `blocks`."""
    import zarr
    from zarr.codecs import BloscCodec, Crc32cCodec

    group = zarr.create_group(store=place.group, zarr_format=3)
    codecs = (BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle"), Crc32cCodec())
    ab, confidence = (
        group.create_array(
            name, shape=(frames, *block.shape[1:]), chunks=block.shape, dtype=block.dtype, compressors=codecs,
            config=_CONFIG,
        )
        for name, block in zip(("ab", "confidence"), blocks, strict=True)
    )  # fmt: skip
    return ab, confidence


def _open(place: Place, frames: int, size: tuple[int, int]) -> tuple[ZarrArray[Any], ZarrArray[Any]]:
    """The arrays of a whole shot. Raises ValueError if they are not what the shot's record says."""
    import zarr

    ab, confidence = (
        zarr.open_array(store=place.group, path=name, mode="r", zarr_format=3, config=_CONFIG)
        for name in ("ab", "confidence")
    )
    found = [(each.shape, str(each.dtype)) for each in (ab, confidence)]
    if found != [((frames, 2, *size), "int16"), ((frames, *size), "uint8")]:
        raise ValueError(f"its arrays are {found}")
    return ab, confidence


def _steps(values: Array, steps: int, kind: np.dtype[Any], where: str) -> Whole:
    """Values in whole steps, so many per unit, as whole numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.rint(values * np.float32(steps))
        limits = np.iinfo(kind)
        is_whole = np.array_equal(whole / np.float32(steps), values)
    if not is_whole or whole.min() < limits.min or whole.max() > limits.max:
        low, high = limits.min / steps, limits.max / steps
        raise FrameError(f"{where} must be whole steps of 1/{steps} from {low:g} to {high:g}; see Chroma.rounded")
    return whole.astype(kind)


def _values(whole: Whole, steps: int) -> Array:
    """The inverse of `_steps`; read-only."""
    values = whole.astype(np.float32) / np.float32(steps)
    values.flags.writeable = False
    return values


def _kind(span: Span) -> tuple[int, str, float]:
    return span.anchor, span.origin, span.saturation


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or first_line(error)
