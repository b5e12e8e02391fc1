"""Damaged YUV4MPEG2 streams and the law that the reader keeps on each of them."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import av

from ffmpeg_filters.y4m import FORMATS, Reader, StreamHeader, parse_header
from vs_tcvc.errors import StreamError

# What PyAV's libavformat reads; it knows neither 4:1:0, 4:4:0 nor the odd depths that vspipe can write.
PYAV_NAMES = {
    "420": "yuv420p",
    "420jpeg": "yuv420p",
    "420mpeg2": "yuv420p",
    "420paldv": "yuv420p",
    "411": "yuv411p",
    "422": "yuv422p",
    "444": "yuv444p",
    "mono": "gray",
    **{f"mono{bits}": f"gray{bits}le" for bits in (9, 10, 12, 16)},
    **{f"{chroma}p{bits}": f"yuv{chroma}p{bits}le" for chroma in (420, 422, 444) for bits in (9, 10, 12, 14, 16)},
}
PYAV_HEADER_LIMIT, PYAV_FRAME_LIMIT = 128, 80  # bytes of a line, its newline counted

# A word of each message, most telling first.
OUTCOMES = {
    "no data": "empty",
    "is not a YUV4MPEG2": "no Y4M",
    "second stream header": "second header",
    "expected FRAME": "no FRAME",
    "longer than": "long line",
    "ends after": "truncated",
    "interlaced": "interlaced",
    "has alpha": "alpha",
    "chroma": "unknown chroma",
    "a picture of": "size",
    "the frame rate is": "rate",
    "the stream header": "header tag",
}


class ShortReads(io.RawIOBase):
    """A stream like a slow pipe: a few bytes for each call; a reader that asks without end is stopped."""

    def __init__(self, data: bytes, most: int = 7) -> None:
        self._rest = memoryview(data)
        self._most = most
        self._calls_left = 2 * len(data) + 100

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._calls_left -= 1
        assert self._calls_left > 0, "the reader asks for more and more after the stream's end"
        count = min(len(buffer), self._most, len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def mutated_streams(count: int, seed: int) -> Iterator[bytes]:
    """`count` streams made from `seed`: those of even number have a valid header."""
    rng = random.Random(seed)
    return (damaged_stream(rng, damages_header=bool(number % 2)) for number in range(count))


def damaged_stream(rng: random.Random, damages_header: bool) -> bytes:
    """A stream of a few small frames, with a damage in its header or behind it."""
    header = _header(rng)
    if damages_header:
        return _damaged_header(rng, header) + _frames(rng, header)
    return header.to_bytes() + _damaged_frames(rng, header, _frames(rng, header))


def check(stream: bytes) -> str:
    """The outcome for one stream ("whole" or the kind of StreamError); AssertionError when a law is broken.

    Laws: any exception is a StreamError of one short line; what was handed out, written back, is how the stream
    begins, and is all of it when no error was raised; short reads change nothing; PyAV finds the same frames.
    """
    outcome, header, frames = _read(io.BytesIO(stream))
    assert _read(ShortReads(stream)) == (outcome, header, frames), "short reads change the outcome"
    if header is not None:
        first = stream[: stream.index(b"\n") + 1]
        rebuilt = first + b"".join(b"FRAME" + parameters + b"\n" + data for parameters, data in frames)
        assert stream.startswith(rebuilt), "frames are not the stream's bytes"
        assert stream == rebuilt or outcome != "whole", "bytes were passed over"
        assert parse_header(header.to_bytes()) == header, "a written header reads differently"
        if _pyav_reads(header, first, frames):
            _compare_with_pyav(header, stream, [data for _, data in frames], outcome)
    return outcome


def _read(source: io.BytesIO | ShortReads) -> tuple[str, StreamHeader | None, list[tuple[bytes, bytes]]]:
    """(outcome, header, (parameters, data) of each frame)."""
    header = None
    frames: list[tuple[bytes, bytes]] = []
    try:
        reader = Reader(source)
        header = reader.header
        for frame in reader:
            assert tuple(plane.nbytes for plane in frame.planes) == header.plane_bytes, "a frame is not whole"
            frames.append((frame.parameters, b"".join(frame.planes)))
    except StreamError as error:
        return _outcome(str(error)), header, frames
    return "whole", header, frames


def _outcome(message: str) -> str:
    assert message.isascii(), message
    assert message.isprintable(), message
    assert len(message) < 300, message
    return next(outcome for word, outcome in OUTCOMES.items() if word in message)


def _pyav_reads(header: StreamHeader, first: bytes, frames: list[tuple[bytes, bytes]]) -> bool:
    """Whether PyAV reads such streams: it takes fewer formats, shorter lines, and misreads tags that are not X."""
    tags = first.rstrip(b"\n").split(b" ")
    is_old_style = any(tag.startswith(b"XYSCSS=") for tag in tags) and not any(tag[:1] == b"C" for tag in tags)
    return (
        header.format.tag in PYAV_NAMES
        and not is_old_style
        and len(first) <= PYAV_HEADER_LIMIT
        and all(len(b"FRAME" + parameters + b"\n") <= PYAV_FRAME_LIMIT for parameters, _ in frames)
        and all(tag.startswith("X") for tag in header.extra)
    )


def _compare_with_pyav(header: StreamHeader, stream: bytes, pictures: list[bytes], outcome: str) -> None:
    """A packet of PyAV's demuxer is one frame's data, untouched."""
    theirs: list[bytes] = []
    try:
        with av.open(io.BytesIO(stream), "r", format="yuv4mpegpipe") as container:
            context = container.streams.video[0].codec_context
            assert (context.width, context.height) == (header.width, header.height), "PyAV reads another size"
            assert context.pix_fmt == PYAV_NAMES[header.format.tag], "PyAV reads another format"
            theirs.extend(bytes(packet) for packet in container.demux(video=0) if packet.size)
    except av.FFmpegError:
        assert outcome != "whole", "PyAV refuses what we read"
    if outcome == "whole":
        assert theirs == pictures, "PyAV reads other frames"
    assert all(ours == other for ours, other in zip(pictures, theirs, strict=False)), "PyAV reads other frames"


def _header(rng: random.Random) -> StreamHeader:
    return StreamHeader(
        width=rng.randint(1, 9),
        height=rng.randint(1, 9),
        rate=rng.choice([(25, 1), (24000, 1001), (1, 1)]),
        format=FORMATS[rng.choice([*FORMATS, *PYAV_NAMES])],
        interlacing=rng.choice("pp?"),
        aspect=rng.choice([(0, 0), (1, 1), (4, 3)]),
        range=rng.choice(["full", "limited", None]),
        extra=rng.choice([(), ("XLENGTH=3",), ("XA", "X\xe9=1")]),
    )


def _frames(rng: random.Random, header: StreamHeader) -> bytes:
    size = sum(header.plane_bytes)
    markers = (b"FRAME\n", b"FRAME\n", b"FRAME Ip\n", b"FRAME XQ=1 \n", b"FRAME \n")
    return b"".join(rng.choice(markers) + rng.randbytes(size) for _ in range(rng.randint(0, 4)))


def _damaged_frames(rng: random.Random, header: StreamHeader, frames: bytes) -> bytes:
    position = rng.randint(0, len(frames))
    before, after = frames[:position], frames[position:]
    noise = rng.randbytes(rng.randint(1, 9))
    return rng.choice(
        [
            frames,
            before,
            before + noise + after,
            before + after[len(noise) :],
            before + noise + after[len(noise) :],
            frames.replace(b"FRAME", rng.choice([b"FRAMES", b"frame", b"FRAM", b"FRAME\r"]), 1),
            frames.replace(b"FRAME", b"FRAME X" + b"y" * rng.choice([3, 60, 300, 5000]), 1),
            frames + header.to_bytes() + frames,
            frames + rng.choice([b"F", b"FRAME", b"FRAME Ip", b"\n", b"FRAME\n", noise]),
            frames + frames,
        ]
    )


def _damaged_header(rng: random.Random, header: StreamHeader) -> bytes:
    line = header.to_bytes()
    magic, *tags = line[:-1].split(b" ")
    place = rng.randrange(len(line))
    noise = rng.choice([rng.randbytes(1), b" ", b"\n", b"0", b"9", b"-", b":", b"\x00"])
    chosen = rng.randrange(len(tags))
    number = rng.choice(
        [b"0", b"-1", b"00007", b"1e3", b"8192", b"8193", b"9" * 30, b"", b"0:0", b"1:0", b"30:1", b"x"]
    )
    odd = rng.choice([b"C444alpha", b"C420p32", b"Cmono14", b"C440", b"C420p", b"It", b"Im", b"I?", b"A0:1", b"F0:0"])
    others = [tag for tag in tags if tag[:1] != odd[:1]]
    lines = [
        line[:place] + noise + line[place + 1 :],
        line[:place] + noise + line[place:],
        line[:place] + line[place + 1 :],
        line[:place],
        b" ".join([magic, *tags[:chosen], *tags[chosen + 1 :]]) + b"\n",
        b" ".join([magic, *tags, tags[chosen]]) + b"\n",
        b" ".join([magic, *rng.sample(tags, len(tags))]) + b"\n",
        b"  ".join([magic, *tags, b""]) + b"\n",
        b" ".join([magic, *tags[:chosen], tags[chosen][:1] + number, *tags[chosen + 1 :]]) + b"\n",
        b" ".join([magic, *others, odd]) + b"\n",
        b" ".join([magic, *tags, b"X" + b"z" * rng.choice([10, 100, 5000])]) + b"\n",
        b" ".join([magic, *(tag for tag in tags if tag[:1] != b"C" or rng.random() < 0.5)]) + b"\n",
        rng.choice([b"", b"\n", b"\x1aE\xdf\xa3", b"RIFF", b"YUV4MPEG\n", b"YUV4MPEG2", b"P5\n1 1\n255\n"]),
    ]
    return rng.choice(lines)
