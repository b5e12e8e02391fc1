"""Reading and writing complete frames of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ffmpeg_filters.y4m.header import EXAMPLE, MAGIC, StreamHeader, not_y4m, parse_header, shown
from vs_tcvc.errors import FrameError, StreamError

LINE_LIMIT = 4096
"""Longest header or FRAME line that is read, in bytes, without its newline."""


class ByteSource(Protocol):
    """What a Reader reads from: a blocking binary stream, buffered or raw (file, pipe, socket, BytesIO)."""

    def readline(self, limit: int, /) -> bytes: ...

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class ByteSink(Protocol):
    """What a Writer writes to: a blocking binary stream, buffered or raw."""

    def write(self, data: memoryview, /) -> int: ...

    def flush(self) -> None: ...


@dataclass(frozen=True, eq=False)
class Y4mFrame:
    """One complete frame.

    parameters: the text between FRAME and its newline, verbatim (b"" or b" Ip XNAME=value").
    planes: Y, or Y, Cb, Cr: writable views of one buffer that belongs to this frame alone; shapes as in
    `StreamHeader.plane_shapes`.
    """

    parameters: bytes
    planes: tuple[memoryview, ...]


class Reader:
    """The frames of a stream in order: `for frame in Reader(stream)`; `header` and `is_raw` describe the stream.

    stream: blocking and binary; short reads are fine. The header is read at once, frames on demand.
    interlaced: accept interlaced streams (treated as progressive; their tag is kept).
    raw: the header of a stream that has neither header nor FRAME lines (see `raw_header`).

    Iteration ends if the stream ends between two frames. Anywhere else it raises StreamError; earlier frames are
    valid, and no further one follows.
    """

    def __init__(self, stream: ByteSource, interlaced: bool = False, raw: StreamHeader | None = None) -> None:
        self._stream = stream
        self.is_raw = raw is not None
        self.header = raw or _read_header(stream)
        if self.header.interlacing in ("t", "b", "m") and not interlaced:
            raise StreamError(
                f"the stream is interlaced (I{self.header.interlacing})",
                remedy="deinterlace it first (ffmpeg: -vf bwdif, VapourSynth: QTGMC), or pass {interlaced} to colour "
                "its frames as progressive ones",
            )
        self._frames = self._read_frames()

    def __iter__(self) -> Iterator[Y4mFrame]:
        return self._frames

    def _read_frames(self) -> Iterator[Y4mFrame]:
        sizes = self.header.plane_bytes
        index = 0
        while self.is_raw or (line := self._stream.readline(LINE_LIMIT + 1)):
            parameters = b"" if self.is_raw else self._parameters(line, index)
            data = memoryview(bytearray(sum(sizes)))
            filled = _fill(self._stream, data)
            if self.is_raw and filled == 0:
                return
            if filled < len(data):
                raise StreamError(self._truncation(index, filled))
            yield Y4mFrame(parameters, _split(data, sizes))
            index += 1

    def _parameters(self, line: bytes, index: int) -> bytes:
        if line.startswith((b"FRAME\n", b"FRAME ")) and line.endswith(b"\n"):
            return line[len(b"FRAME") : -1]
        if line.startswith(MAGIC):
            raise StreamError(
                f"frame {index}: expected FRAME, got a second stream header, so two streams were joined: "
                "colour each separately, or join them with ffmpeg's concat"
            )
        is_marker = line.startswith(b"FRAME ") or b"FRAME".startswith(line)
        if is_marker and len(line) <= LINE_LIMIT:
            raise StreamError(self._truncation(index, 0))
        if is_marker:
            raise StreamError(f"frame {index}: its FRAME line is longer than {LINE_LIMIT} bytes: the stream is damaged")
        raise StreamError(
            f"frame {index}: expected FRAME, got {shown(line)}: the stream is damaged, or its frames are not "
            f"{self.header.width}x{self.header.height} {self.header.format.tag} as its header says"
        )

    def _truncation(self, index: int, filled: int) -> str:
        advice = "or it is not of the size and format given" if self.is_raw else "check its messages"
        return (
            f"frame {index} ends after {filled} of {sum(self.header.plane_bytes)} bytes: "
            f"the program that writes the stream stopped early, {advice}"
        )


class Writer:
    """Writes a stream, complete frames only, each in one write and one flush.

    The header is written with the first frame, or by `close` if there is none: an error before the first frame leaves
    the output empty. raw: write neither header nor FRAME lines. An OSError of the stream (a closed pipe)
    passes through.
    """

    def __init__(self, stream: ByteSink, header: StreamHeader, raw: bool = False) -> None:
        self.header = header
        self._stream = stream
        self._is_raw = raw
        self._due = b"" if raw else header.to_bytes()
        self._count = 0

    def write(self, parameters: bytes, planes: Sequence[bytes | bytearray | memoryview]) -> None:
        """Write one frame: `parameters` as in Frame, one contiguous buffer for each plane.

        Raises FrameError, without writing, if the planes do not have the header's sizes.
        """
        got = tuple(memoryview(plane).nbytes for plane in planes)
        if got != self.header.plane_bytes:
            raise FrameError(f"frame {self._count}: planes must have {self.header.plane_bytes} bytes, got {got}")
        marker = b"" if self._is_raw else b"FRAME" + parameters + b"\n"
        self._send(self._due + marker, *planes)
        self._count += 1

    def close(self) -> None:
        """End the stream: an empty stream is its header. The underlying stream stays open."""
        self._send(self._due)

    def _send(self, *parts: bytes | bytearray | memoryview) -> None:
        for part in parts:
            rest = memoryview(part).cast("B")
            while rest:
                rest = rest[self._stream.write(rest) :]
        self._stream.flush()
        self._due = b""


def _read_header(stream: ByteSource) -> StreamHeader:
    line = stream.readline(LINE_LIMIT + 1)
    if not line:
        raise StreamError(f"no data on stdin: pipe a film into it ({EXAMPLE})")
    if not line.startswith(MAGIC[: len(line)]):
        raise not_y4m(line)
    if not line.endswith(b"\n"):
        is_long = len(line) > LINE_LIMIT
        what = f"is longer than {LINE_LIMIT} bytes" if is_long else f"ends after {len(line)} bytes, without a newline"
        raise StreamError(f"the stream header {what}: the program that writes the stream failed, check its messages")
    return parse_header(line)


def _fill(stream: ByteSource, buffer: memoryview) -> int:
    """Read until `buffer` is full or the stream ends; the number of bytes read."""
    filled = 0
    while filled < len(buffer) and (count := stream.readinto(buffer[filled:])):
        filled += count
    return filled


def _split(data: memoryview, sizes: Sequence[int]) -> tuple[memoryview, ...]:
    starts = [sum(sizes[:plane]) for plane in range(len(sizes))]
    return tuple(data[start : start + size] for start, size in zip(starts, sizes, strict=True))
