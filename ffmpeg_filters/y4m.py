"""YUV4MPEG2, the video format of pipes: header, frames, and headerless rawvideo, as pure bytes.

This file knows no process, no array, no colour and no network. A stream is one header line, then for
every frame a FRAME line and its planes, top row first, Y then Cb then Cr, samples above 8 bit as two
bytes, low byte first. Sources: yuv4mpeg(5) of mjpegtools; libavformat/yuv4mpegenc.c and yuv4mpegdec.c of
FFmpeg (XYSCSS, XCOLORRANGE, depths above 8); src/vspipe/vspipe.cpp of VapourSynth (410, 440, XLENGTH).

The reader hands out whole frames or raises StreamError; it never guesses where the next frame begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from vs_tcvc.errors import FrameError, StreamError, UsageError

MAGIC = b"YUV4MPEG2"
LINE_LIMIT = 4096
"""Longest header or FRAME line that is read, in bytes, without its newline."""
MAX_SIDE = 8192
MAX_AREA = 8192 * 4320

Range = Literal["limited", "full"]
_SHIFTS = {"mono": (0, 0), "410": (2, 2), "411": (2, 0), "420": (1, 1), "422": (1, 0), "440": (0, 1), "444": (0, 0)}
_DEPTHS = range(8, 17)
_SITINGS = ("jpeg", "mpeg2", "paldv")
_RANGES: dict[str, Range] = {"XCOLORRANGE=FULL": "full", "XCOLORRANGE=LIMITED": "limited"}
_KNOWN_TAGS = ("W", "H", "F", "I", "A", "C", "XYSCSS=")
_BROADCAST_RATES = (24, 30, 48, 60, 120)
_EXAMPLE = "ffmpeg -i film.mkv -f yuv4mpegpipe -strict -1 - | tcvc-pipe | ..."


class ByteSource(Protocol):
    """What a Reader reads from: a blocking binary stream, buffered or raw (file, pipe, socket, BytesIO)."""

    def readline(self, limit: int, /) -> bytes: ...

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class ByteSink(Protocol):
    """What a Writer writes to: a blocking binary stream, buffered or raw."""

    def write(self, data: memoryview, /) -> int: ...

    def flush(self) -> None: ...


@dataclass(frozen=True)
class PixelFormat:
    """How one frame's samples lie in bytes.

    subsampling: "mono" (no chroma), "410", "411", "420", "422", "440" or "444".
    bits: depth of a sample, 8 to 16; above 8 a sample takes two bytes, low byte first.
    siting: where 8-bit 4:2:0 chroma lies: "jpeg" (centre), "mpeg2" (left), "paldv" (top left), or "" (not said).
    Raises UsageError when the three do not make a format.
    """

    subsampling: str
    bits: int = 8
    siting: str = ""

    def __post_init__(self) -> None:
        if self.subsampling not in _SHIFTS or self.bits not in _DEPTHS:
            raise UsageError(
                f"no pixel format has chroma {self.subsampling!r} at {self.bits} bit: "
                f"use {', '.join(_SHIFTS)} at 8 to 16 bit"
            )
        if self.siting and (self.subsampling != "420" or self.bits != 8 or self.siting not in _SITINGS):
            raise UsageError(
                f"only 8-bit 420 names the place of its chroma ({', '.join(_SITINGS)}), "
                f"got {self.siting!r} for {self.bits}-bit {self.subsampling}: leave it out"
            )

    @property
    def shifts(self) -> tuple[int, int]:
        """(horizontal, vertical): a chroma plane is the picture's size shifted right by these, rounded up."""
        return _SHIFTS[self.subsampling]

    @property
    def bytes_per_sample(self) -> int:
        return 1 if self.bits == 8 else 2

    @property
    def tag(self) -> str:
        """The text after `C` in a stream header, such as "420p10", "mono16" or "420jpeg"."""
        depth = "" if self.bits == 8 else str(self.bits)
        prefix = "p" if depth and self.subsampling != "mono" else ""
        return self.subsampling + self.siting + prefix + depth

    @property
    def twin_tag(self) -> str | None:
        """The `XYSCSS=` tag that ffmpeg writes beside `C`; None for gray and for a plain 420, which have none."""
        return None if self.tag == "420" or self.subsampling == "mono" else f"XYSCSS={self.tag.upper()}"

    def plane_shapes(self, width: int, height: int) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of each plane, in samples: Y alone, or Y, Cb, Cr; odd sizes round chroma up."""
        if self.subsampling == "mono":
            return ((height, width),)
        horizontal, vertical = self.shifts
        chroma = (-(-height >> vertical), -(-width >> horizontal))
        return ((height, width), chroma, chroma)

    def plane_bytes(self, width: int, height: int) -> tuple[int, ...]:
        """Size of each plane in bytes; their sum is the size of a frame."""
        return tuple(rows * columns * self.bytes_per_sample for rows, columns in self.plane_shapes(width, height))


FORMATS: dict[str, PixelFormat] = {
    pixel_format.tag: pixel_format
    for pixel_format in (
        *(PixelFormat(subsampling, bits) for subsampling in _SHIFTS for bits in _DEPTHS),
        *(PixelFormat("420", siting=siting) for siting in _SITINGS),
    )
}
"""Every chroma tag that is read and written, and its format."""


def _raw_formats() -> dict[str, tuple[PixelFormat, Range | None]]:
    """ffmpeg's pix_fmt names; its gray and yuvj names mean full range, the others say nothing."""
    table: dict[str, tuple[PixelFormat, Range | None]] = {}
    for pixel_format in FORMATS.values():
        if pixel_format.siting:
            continue
        is_gray = pixel_format.subsampling == "mono"
        name = "gray" if is_gray else f"yuv{pixel_format.subsampling}p"
        name_range: Range | None = "full" if is_gray else None
        if pixel_format.bits == 8:
            table[name] = (pixel_format, name_range)
            if not is_gray:
                table[f"yuvj{pixel_format.subsampling}p"] = (pixel_format, "full")
        else:
            table[f"{name}{pixel_format.bits}le"] = table[f"{name}{pixel_format.bits}"] = (pixel_format, name_range)
    return table


RAW_FORMATS = _raw_formats()
"""The pix_fmt names that `raw_header` knows: name -> (format, range)."""


@dataclass(frozen=True)
class StreamHeader:
    """What a stream says of itself, once, before its first frame; `replace(header, format=...)` changes the chroma.

    width, height: size of the picture in pixels; each side 1 to 8192, area at most 8192x4320 either way up.
    rate: frames per second as (numerator, denominator), both positive.
    format: how the samples lie.
    interlacing: "p" progressive (also when the stream does not say), "?" unknown, "t", "b" or "m" interlaced.
    aspect: shape of a pixel as (width, height); (0, 0) is unknown.
    range: of the samples, from XCOLORRANGE; None when the stream does not say.
    extra: all other tags, verbatim and in their order, each without spaces.
    Raises StreamError when size or rate are out of bounds.
    """

    width: int
    height: int
    rate: tuple[int, int]
    format: PixelFormat
    interlacing: str = "p"
    aspect: tuple[int, int] = (0, 0)
    range: Range | None = None
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sides_fit = min(self.width, self.height) >= 1 and max(self.width, self.height) <= MAX_SIDE
        if not sides_fit or self.width * self.height > MAX_AREA:
            raise StreamError(
                f"a picture of {self.width}x{self.height} is not read: sizes go from 1x1 to 8192x4320, "
                "either way up; scale it first"
            )
        if min(self.rate) < 1:
            raise StreamError(
                f"the frame rate is {self.rate[0]}:{self.rate[1]}, expected two positive numbers: give the stream a "
                "constant rate first (ffmpeg: -r 24000/1001, VapourSynth: std.AssumeFPS)"
            )

    @property
    def plane_shapes(self) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of each plane of a frame, in samples."""
        return self.format.plane_shapes(self.width, self.height)

    @property
    def plane_bytes(self) -> tuple[int, ...]:
        """Size of each plane of a frame, in bytes."""
        return self.format.plane_bytes(self.width, self.height)

    def to_bytes(self) -> bytes:
        """The header line with its newline, tags in ffmpeg's order; `parse_header` is the inverse."""
        range_tag = next((tag for tag, value in _RANGES.items() if value == self.range), None)
        tags = (
            f"W{self.width}",
            f"H{self.height}",
            f"F{self.rate[0]}:{self.rate[1]}",
            f"I{self.interlacing}",
            f"A{self.aspect[0]}:{self.aspect[1]}",
            f"C{self.format.tag}",
            self.format.twin_tag,
            range_tag,
            *self.extra,
        )
        return b" ".join((MAGIC, *(tag.encode("latin-1") for tag in tags if tag))) + b"\n"


def parse_header(line: bytes) -> StreamHeader:
    """The meaning of a stream's first line (with or without its newline; nothing after the newline is looked at).

    Missing tags mean what they mean to ffmpeg: no C is XYSCSS or else 420, no I is progressive, no A is unknown.
    Raises StreamError when the line is no Y4M header, a tag is missing, given twice or not understood, or the
    chroma is of a kind that is not read (alpha, float).
    """
    text = line.partition(b"\n")[0].decode("latin-1")
    magic, *tags = text.split(" ")
    if magic != MAGIC.decode():
        raise _not_y4m(line)
    known: dict[str, str] = {}
    extra: list[str] = []
    for tag in filter(None, tags):
        name = "range" if tag in _RANGES else next((name for name in _KNOWN_TAGS if tag.startswith(name)), None)
        if name is None:
            extra.append(tag)
        elif name in known:
            raise StreamError(f"the stream header gives {_shown(tag)} after another tag of its kind: it is damaged")
        else:
            known[name] = tag if name == "range" else tag.removeprefix(name)
    return StreamHeader(
        width=_whole_number(known.get("W"), "width, W"),
        height=_whole_number(known.get("H"), "height, H"),
        rate=_ratio(known.get("F"), "frame rate, F"),
        format=_format(known.get("C", known.get("XYSCSS=", "420").lower())),
        interlacing=_interlacing(known.get("I", "p")),
        aspect=_ratio(known.get("A", "0:0"), "pixel aspect, A"),
        range=_RANGES[known["range"]] if "range" in known else None,
        extra=tuple(extra),
    )


def raw_header(text: str) -> StreamHeader:
    """The header of a headerless stream, from `WxH:pixfmt:rate`, such as "1920x1080:gray16le:24000/1001".

    pixfmt is ffmpeg's name (a key of RAW_FORMATS); rate is N, N/D or a decimal, where 23.976, 29.97 and their
    like mean N*1000/1001. Raises UsageError.
    """
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9}):(\w+):([0-9./]{1,40})", text, re.ASCII)
    if not match:
        raise UsageError(f"raw video is described as WxH:pixfmt:rate (720x576:gray:25), got {_shown(text)}")
    width, height, name, rate = match.groups()
    if name not in RAW_FORMATS:
        raise UsageError(
            f"raw video of pixel format {_shown(name)} is not read: "
            "make it gray, gray16le, yuv420p, yuv422p10le or the like first (ffmpeg: -pix_fmt yuv420p)"
        )
    pixel_format, sample_range = RAW_FORMATS[name]
    try:
        return StreamHeader(int(width), int(height), _raw_rate(rate), pixel_format, range=sample_range)
    except StreamError as error:
        raise UsageError(str(error), where=f"raw video {text}") from error


@dataclass(frozen=True, eq=False)
class Y4mFrame:
    """One whole frame.

    parameters: what stands between FRAME and its newline, verbatim (b"" or b" Ip XNAME=value").
    planes: Y, or Y, Cb, Cr: writable views of one buffer that belongs to this frame alone; shapes as in
    `StreamHeader.plane_shapes`.
    """

    parameters: bytes
    planes: tuple[memoryview, ...]


class Reader:
    """The frames of a stream in order: `for frame in Reader(stream)`; `header` and `is_raw` tell what is read.

    stream: blocking and binary; short reads are fine. The header is read here, frames as they are asked for.
    interlaced: read interlaced streams too (as if progressive; their tag is kept).
    raw: the header of a stream that has neither header nor FRAME lines (see `raw_header`).

    Iteration ends where the stream ends between two frames. It raises StreamError anywhere else; the frames
    handed out before are good, and no further one follows.
    """

    def __init__(self, stream: ByteSource, interlaced: bool = False, raw: StreamHeader | None = None) -> None:
        self._stream = stream
        self.is_raw = raw is not None
        self.header = raw or _read_header(stream)
        if self.header.interlacing in ("t", "b", "m") and not interlaced:
            raise StreamError(
                f"the stream is interlaced (I{self.header.interlacing})",
                remedy="deinterlace it first (ffmpeg: -vf bwdif, VapourSynth: QTGMC), or pass {interlaced} to colour "
                "its frames as if they were progressive",
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
                f"frame {index}: a second stream header stands where FRAME was due, so two streams were joined: "
                "colour each in a run of its own, or join them with ffmpeg's concat"
            )
        is_marker = line.startswith(b"FRAME ") or b"FRAME".startswith(line)
        if is_marker and len(line) <= LINE_LIMIT:
            raise StreamError(self._truncation(index, 0))
        if is_marker:
            raise StreamError(f"frame {index}: its FRAME line is longer than {LINE_LIMIT} bytes: the stream is damaged")
        raise StreamError(
            f"frame {index}: expected FRAME, got {_shown(line)}: the stream is damaged, or its frames are not "
            f"{self.header.width}x{self.header.height} {self.header.format.tag} as its header says"
        )

    def _truncation(self, index: int, filled: int) -> str:
        advice = "or it is not of the size and format given" if self.is_raw else "see its messages"
        return (
            f"frame {index} ends after {filled} of {sum(self.header.plane_bytes)} bytes: "
            f"the program that writes the stream stopped early, {advice}"
        )


class Writer:
    """Writes a stream, whole frames only, each in one write and one flush.

    The header goes out with the first frame, or with `close` when there is none: an error before the first frame
    leaves the output empty. raw: write neither header nor FRAME lines. An OSError of the stream (a closed pipe)
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

        Raises FrameError, with nothing written, when the planes are not of the header's sizes.
        """
        got = tuple(memoryview(plane).nbytes for plane in planes)
        if got != self.header.plane_bytes:
            raise FrameError(f"frame {self._count}: planes must have {self.header.plane_bytes} bytes, got {got}")
        marker = b"" if self._is_raw else b"FRAME" + parameters + b"\n"
        self._send(self._due + marker, *planes)
        self._count += 1

    def close(self) -> None:
        """End the stream: a stream of no frames is its header. The underlying stream stays open."""
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
        raise StreamError(f"no data on stdin: pipe a film into it ({_EXAMPLE})")
    if not line.startswith(MAGIC[: len(line)]):
        raise _not_y4m(line)
    if not line.endswith(b"\n"):
        is_long = len(line) > LINE_LIMIT
        what = f"is longer than {LINE_LIMIT} bytes" if is_long else f"ends after {len(line)} bytes, without a newline"
        raise StreamError(f"the stream header {what}: the program that writes the stream failed, see its messages")
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


def _whole_number(text: str | None, what: str) -> int:
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text):
        raise StreamError(f"the stream header's {what}: expected a whole number, got {_shown(text)}: it is damaged")
    return int(text)


def _ratio(text: str | None, what: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,18}):([0-9]{1,18})", text or "")
    if not match:
        raise StreamError(f"the stream header's {what}: expected two numbers as in 25:1, got {_shown(text)}")
    return int(match[1]), int(match[2])


def _interlacing(text: str) -> str:
    if text not in ("p", "?", "t", "b", "m"):
        raise StreamError(f"the stream header's interlacing, I: expected p, t, b, m or ?, got {_shown(text)}")
    return text


def _format(tag: str) -> PixelFormat:
    if tag.endswith("alpha"):
        raise StreamError(
            f"chroma {_shown('C' + tag)} carries alpha, which is not read: drop it first (ffmpeg: -pix_fmt yuv444p)"
        )
    if tag not in FORMATS:
        raise StreamError(
            f"chroma {_shown('C' + tag)} is not read: use {', '.join(_SHIFTS)} with 8 to 16-bit whole numbers "
            "(ffmpeg: -pix_fmt yuv420p, VapourSynth: resize.Spline36(format=vs.YUV444P16))"
        )
    return FORMATS[tag]


def _raw_rate(text: str) -> tuple[int, int]:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"a frame rate is written 25, 24000/1001 or 23.976, got {_shown(text)}") from error
    for nominal in _BROADCAST_RATES:
        if "." in text and abs(rate - Fraction(nominal * 1000, 1001)) < Fraction(5, 1000):
            return nominal * 1000, 1001
    return rate.numerator, rate.denominator


def _not_y4m(first: bytes) -> StreamError:
    kinds = (
        ("Matroska or WebM", first.startswith(b"\x1aE\xdf\xa3")),
        ("AVI", first.startswith(b"RIFF")),
        ("MP4 or MOV", first[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")),
        ("MXF", first.startswith(b"\x06\x0e+4")),
        ("an MPEG program stream", first.startswith(b"\x00\x00\x01\xba")),
        ("an MPEG transport stream", first.startswith(b"G@")),
        ("Ogg", first.startswith(b"OggS")),
    )
    kind = next((name for name, is_it in kinds if is_it), None)
    looks = f"it looks like {kind}" if kind else f"it begins with {_shown(first)}"
    return StreamError(
        f"stdin is no YUV4MPEG2 stream, {looks}",
        remedy=f"put ffmpeg before ({_EXAMPLE}), or describe raw video with {{raw}}",
    )


def _shown(value: bytes | str | None) -> str:
    """`value` as one short line of ASCII, for a message."""
    if value is None:
        return "nothing"
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return ascii(text[:32] + "..." if len(text) > 32 else text)
