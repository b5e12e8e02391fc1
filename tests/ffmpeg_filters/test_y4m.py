"""Laws of the Y4M reader and writer, against what ffmpeg, PyAV and vspipe really write."""

from __future__ import annotations

import io
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import fuzz_y4m
import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffmpeg_filters.y4m import (
    FORMATS,
    LINE_LIMIT,
    RAW_FORMATS,
    PixelFormat,
    Reader,
    StreamHeader,
    Writer,
    parse_header,
    raw_header,
)
from vs_tcvc.errors import FrameError, StreamError, UsageError

# Every pix_fmt that ffmpeg's yuv4mpegpipe muxer takes, with the C, XYSCSS and XCOLORRANGE tags that
# FFmpeg 9.0 writes for it (read off its output; `-strict -1` for depths above 8).
FFMPEG_TAGS = {
    "gray": "Cmono XCOLORRANGE=FULL",
    **{f"gray{bits}le": f"Cmono{bits} XCOLORRANGE=FULL" for bits in (9, 10, 12, 16)},
    "yuv411p": "C411 XYSCSS=411",
    "yuv420p": "C420jpeg XYSCSS=420JPEG",
    "yuv422p": "C422 XYSCSS=422",
    "yuv444p": "C444 XYSCSS=444",
    "yuvj420p": "C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL",
    "yuvj422p": "C422 XYSCSS=422 XCOLORRANGE=FULL",
    "yuvj444p": "C444 XYSCSS=444 XCOLORRANGE=FULL",
    **{
        f"yuv{chroma}p{bits}le": f"C{chroma}p{bits} XYSCSS={chroma}P{bits}"
        for chroma in (420, 422, 444)
        for bits in (9, 10, 12, 14, 16)
    },
}
SIZES = ("17x9", "1x1")

# Headers that vspipe and VapourSynth's clip.output(y4m=True) write (R81): chroma first, no range, A0:0.
VSPIPE_LINES = {
    "Cmono": ("mono", 8),
    "Cmono14": ("mono", 14),
    "Cmono16": ("mono", 16),
    "C420": ("420", 8),
    "C420p16": ("420", 16),
    "C422p10": ("422", 10),
    "C444p14": ("444", 14),
    "C410": ("410", 8),
    "C440p12": ("440", 12),
    "C411p10": ("411", 10),
}

TINY = StreamHeader(3, 3, (25, 1), PixelFormat("420"))
TINY_BYTES = sum(TINY.plane_bytes)


@pytest.fixture(scope="module")
def ffmpeg_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of `{size}-{pix_fmt}.y4m`, two frames each, and `left`, `topleft` and `interlaced` ones."""
    folder = tmp_path_factory.mktemp("ffmpeg")
    for size in SIZES:
        outputs = {f"{size}-{name}": ["-pix_fmt", name] for name in FFMPEG_TAGS}
        if size == SIZES[0]:
            outputs |= {loc: ["-pix_fmt", "yuv420p", "-chroma_sample_location", loc] for loc in ("left", "topleft")}
            outputs["interlaced"] = ["-pix_fmt", "yuv420p", "-vf", "setfield=tff"]
            outputs["alpha"] = ["-pix_fmt", "yuva444p"]
            outputs["zero"] = ["-pix_fmt", "gray", "-frames:v", "0"]
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            f"testsrc=s={size}:r=24000/1001",
        ]
        for name, options in outputs.items():
            command += ["-map", "0:v", "-frames:v", "2", *options, "-strict", "-1", str(folder / f"{name}.y4m")]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return folder


def read(data: bytes, interlaced: bool = False) -> tuple[StreamHeader, list[tuple[bytes, list[bytes]]]]:
    reader = Reader(io.BytesIO(data), interlaced)
    return reader.header, [(frame.parameters, [bytes(plane) for plane in frame.planes]) for frame in reader]


def write(header: StreamHeader, frames: list[tuple[bytes, list[bytes]]], raw: bool = False) -> bytes:
    sink = io.BytesIO()
    writer = Writer(sink, header, raw)
    for parameters, planes in frames:
        writer.write(parameters, planes)
    writer.close()
    return sink.getvalue()


def decoded(path: Path) -> list[list[bytes]]:
    """PyAV's planes of each frame, row padding taken off."""
    with av.open(str(path)) as container:
        return [[_plane(frame, number) for number in range(len(frame.planes))] for frame in container.decode(video=0)]


def _plane(frame: av.VideoFrame, number: int) -> bytes:
    plane, component = frame.planes[number], frame.format.components[number]
    row = component.width * (1 if component.bits == 8 else 2)
    data = bytes(plane)
    return b"".join(
        data[start : start + row] for start in range(0, component.height * plane.line_size, plane.line_size)
    )


def tiny_stream(count: int, parameters: bytes = b"") -> bytes:
    return TINY.to_bytes() + b"".join(b"FRAME" + parameters + b"\n" + bytes([n]) * TINY_BYTES for n in range(count))


# What ffmpeg and vspipe write


@pytest.mark.parametrize("name", FFMPEG_TAGS)
def test_what_ffmpeg_writes_is_read_as_pyav_decodes_it_and_written_back_byte_for_byte(
    name: str, ffmpeg_files: Path
) -> None:
    for size in SIZES:
        path = ffmpeg_files / f"{size}-{name}.y4m"
        stream = path.read_bytes()
        width, height = size.split("x")
        line = f"YUV4MPEG2 W{width} H{height} F24000:1001 Ip A1:1 {FFMPEG_TAGS[name]}\n"
        header, frames = read(stream)
        assert header.to_bytes() == line.encode()
        assert [planes for _, planes in frames] == decoded(path)
        assert len(frames) == 2
        assert write(header, frames) == stream
        assert header.format.tag in FORMATS
        assert raw_header(f"{size}:{name}:24000/1001").plane_bytes == header.plane_bytes


@pytest.mark.parametrize(("name", "siting"), [("left", "mpeg2"), ("topleft", "paldv"), ("17x9-yuv420p", "jpeg")])
def test_the_place_of_chroma_is_read_and_kept(name: str, siting: str, ffmpeg_files: Path) -> None:
    stream = (ffmpeg_files / f"{name}.y4m").read_bytes()
    header, frames = read(stream)
    assert header.format == PixelFormat("420", 8, siting)
    assert write(header, frames) == stream


def test_ffmpegs_interlaced_alpha_and_empty_streams_get_their_answers(ffmpeg_files: Path) -> None:
    interlaced = (ffmpeg_files / "interlaced.y4m").read_bytes()
    with pytest.raises(StreamError, match=r"interlaced \(It\); deinterlace it first .*bwdif.*QTGMC.*interlaced"):
        read(interlaced)
    assert write(*read(interlaced, interlaced=True)) == interlaced
    with pytest.raises(StreamError, match=r"'C444alpha' has alpha.*-pix_fmt yuv444p"):
        read((ffmpeg_files / "alpha.y4m").read_bytes())
    zero = (ffmpeg_files / "zero.y4m").read_bytes()
    assert write(*read(zero)) == zero


@pytest.mark.parametrize("tag", VSPIPE_LINES)
def test_vspipes_headers_are_read(tag: str) -> None:
    header = parse_header(f"YUV4MPEG2 {tag} W16 H8 F24000:1001 Ip A0:0 XLENGTH=2\n".encode())
    subsampling, bits = VSPIPE_LINES[tag]
    assert header == StreamHeader(16, 8, (24000, 1001), PixelFormat(subsampling, bits), extra=("XLENGTH=2",))


def test_a_chroma_tag_is_missing_so_the_old_tag_or_420_counts() -> None:
    assert parse_header(b"YUV4MPEG2 W2 H2 F25:1 XYSCSS=420PALDV").format == PixelFormat("420", 8, "paldv")
    assert parse_header(b"YUV4MPEG2 W2 H2 F25:1 XYSCSS=422P10").format == PixelFormat("422", 10)
    assert parse_header(b"YUV4MPEG2 W2 H2 F25:1") == StreamHeader(2, 2, (25, 1), PixelFormat("420"))
    assert parse_header(b"YUV4MPEG2 W2 H2 F25:1 C444 XYSCSS=420JPEG").format == PixelFormat("444")


# Headers

extras = st.lists(
    st.text(st.characters(max_codepoint=255, exclude_characters=" \n"), max_size=12).map(lambda text: f"X{text}"),
    max_size=4,
).filter(lambda tags: not any(tag.startswith(("XYSCSS=", "XCOLORRANGE=")) for tag in tags))
headers = st.builds(
    StreamHeader,
    width=st.integers(1, 8192),
    height=st.integers(1, 4320),
    rate=st.tuples(st.integers(1, 10**18 - 1), st.integers(1, 10**18 - 1)),
    format=st.sampled_from(list(FORMATS.values())),
    interlacing=st.sampled_from("p?tbm"),
    aspect=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    range=st.sampled_from(["limited", "full", None]),
    extra=extras.map(tuple),
)


@given(headers)
def test_a_written_header_reads_the_same(header: StreamHeader) -> None:
    assert parse_header(header.to_bytes()) == header


@given(headers, st.sampled_from(list(FORMATS.values())))
def test_other_chroma_changes_the_chroma_tags_and_nothing_else(header: StreamHeader, other: PixelFormat) -> None:
    changed = replace(header, format=other).to_bytes()
    assert _tags_without_chroma(changed) == _tags_without_chroma(header.to_bytes())
    assert parse_header(changed) == replace(header, format=other)


def _tags_without_chroma(line: bytes) -> list[bytes]:
    return [tag for tag in line.rstrip(b"\n").split(b" ") if not tag.startswith((b"C", b"XYSCSS="))]


def test_gray_made_color_says_what_ffmpeg_says_for_that_format() -> None:
    gray = parse_header(b"YUV4MPEG2 W720 H576 F25:1 Ip A16:15 Cmono10 XCOLORRANGE=FULL XNOTE=1")
    color = replace(gray, format=PixelFormat("420", 10))
    expected = b"YUV4MPEG2 W720 H576 F25:1 Ip A16:15 C420p10 XYSCSS=420P10 XCOLORRANGE=FULL XNOTE=1\n"
    assert color.to_bytes() == expected


@given(st.binary(max_size=80).map(lambda rest: b"YUV4MPEG2 W4 H4 F25:1 " + rest))
def test_any_bytes_are_a_header_or_a_stream_error(line: bytes) -> None:
    try:
        header = parse_header(line)
    except StreamError:
        return
    assert parse_header(header.to_bytes()) == header


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ("W0 H2 F25:1", r"0x2 is not supported: sizes go from 1x1 to 8192x4320"),
        ("W8193 H1 F25:1", r"8193x1 is not supported"),
        ("W4321 H8192 F25:1", r"4321x8192 is not supported"),
        ("H2 F25:1", r"width, W: expected a whole number, got nothing"),
        ("W2 H-2 F25:1", r"height, H: expected a whole number, got '-2'"),
        ("W2 H" + "9" * 5000 + " F25:1", r"height, H: expected a whole number, got '9{32}\.\.\.'"),
        ("W2 H2", r"frame rate, F: expected two numbers as in 25:1, got nothing"),
        ("W2 H2 F25:0", r"frame rate is 25:0, expected two positive numbers.*AssumeFPS"),
        ("W2 H2 F0:0", r"frame rate is 0:0"),
        ("W2 H2 F25:1 A4/3", r"pixel aspect, A: expected two numbers as in 25:1, got '4/3'"),
        ("W2 H2 F25:1 Ix", r"interlacing, I: expected p, t, b, m or \?, got 'x'"),
        ("W2 H2 F25:1 W3", r"gives 'W3' after another tag of its kind"),
        ("W2 H2 F25:1 XCOLORRANGE=FULL XCOLORRANGE=LIMITED", r"'XCOLORRANGE=LIMITED' after another"),
        ("W2 H2 F25:1 C444alpha", r"'C444alpha' has alpha, which is not supported: drop it first"),
        ("W2 H2 F25:1 C444p32", r"chroma 'C444p32' is not supported: use mono, 410, 411, 420"),
        ("W2 H2 F25:1 C420p8", r"chroma 'C420p8' is not supported"),
        ("W2 H2 F25:1 C420\r", r"chroma 'C420\\r' is not supported"),
    ],
)
def test_a_bad_header_gets_one_clear_sentence(tags: str, sentence: str) -> None:
    with pytest.raises(StreamError, match=sentence):
        parse_header(f"YUV4MPEG2 {tags}\n".encode())


@pytest.mark.parametrize("size", ["1x1", "8192x4320", "4320x8192", "8192x1"])
def test_sizes_at_the_limits_are_read(size: str) -> None:
    width, height = size.split("x")
    assert parse_header(f"YUV4MPEG2 W{width} H{height} F25:1".encode()).plane_shapes[0] == (int(height), int(width))


# Frames


@pytest.mark.parametrize("most", [1, 5, 4096])
def test_short_reads_change_nothing(most: int) -> None:
    stream = tiny_stream(5, b" Ip XN=1")
    frames = list(Reader(fuzz_y4m.ShortReads(stream, most)))
    assert write(TINY, [(frame.parameters, [bytes(plane) for plane in frame.planes]) for frame in frames]) == stream


def test_a_raw_pipe_is_read_and_written_whole() -> None:
    stream = tiny_stream(7, b" Ip")
    source, sink = os.pipe()
    with open(source, "rb", buffering=0) as reading, open(sink, "wb", buffering=0) as writing:
        header, frames = read(stream)
        writer = Writer(writing, header)
        for parameters, planes in frames:
            writer.write(parameters, [memoryview(plane) for plane in planes])
        writing.close()
        assert [bytes(frame.planes[0]) for frame in Reader(reading)] == [planes[0] for _, planes in frames]


def test_a_sink_that_takes_a_few_bytes_gets_them_all() -> None:
    class Narrow(io.BytesIO):
        def write(self, data: memoryview) -> int:  # type: ignore[override]
            return super().write(data[:7])

    sink = Narrow()
    header, frames = read(tiny_stream(3))
    writer = Writer(sink, header)
    for parameters, planes in frames:
        writer.write(parameters, planes)
    assert sink.getvalue() == tiny_stream(3)


def test_each_frame_owns_its_memory() -> None:
    first, second = Reader(io.BytesIO(tiny_stream(2)))
    first.planes[0][:] = b"\xff" * len(first.planes[0])
    assert bytes(second.planes[0]) == b"\x01" * 9


def test_a_frame_is_flushed_once_and_whole() -> None:
    class Counting(io.BytesIO):
        flushed: list[bytes]

        def flush(self) -> None:
            self.flushed.append(self.getvalue())

    sink = Counting()
    sink.flushed = []
    writer = Writer(sink, TINY)
    assert sink.getvalue() == b""
    for _, planes in read(tiny_stream(2))[1]:
        writer.write(b"", planes)
    assert sink.flushed == [tiny_stream(1), tiny_stream(2)]
    writer.close()
    assert sink.getvalue() == tiny_stream(2)


def test_planes_of_a_wrong_size_are_refused_and_nothing_is_written() -> None:
    sink = io.BytesIO()
    with pytest.raises(FrameError, match=r"frame 0: planes must have \(9, 4, 4\) bytes, got \(9, 4, 3\)"):
        Writer(sink, TINY).write(b"", [bytes(9), bytes(4), bytes(3)])
    assert sink.getvalue() == b""


@pytest.mark.parametrize(
    ("stream", "good", "sentence"),
    [
        (
            tiny_stream(2)[:-5],
            1,
            r"frame 1 ends after 12 of 17 bytes: the program .* stopped early, check its messages",
        ),
        (tiny_stream(2) + b"FRA", 2, r"frame 2 ends after 0 of 17 bytes"),
        (tiny_stream(1) + b"FRAME Ip", 1, r"frame 1 ends after 0 of 17 bytes"),
        (
            tiny_stream(1) + b"\x00\x01garbage",
            1,
            r"frame 1: expected FRAME, got '\\x00\\x01garbage': .* 3x3 420 as its",
        ),
        (tiny_stream(1) + b"FRAMES\n", 1, r"frame 1: expected FRAME, got 'FRAMES\\n'"),
        (tiny_stream(2) * 2, 2, r"frame 2: expected FRAME, got a second stream header"),
        (tiny_stream(1) + b"FRAME " + b"x" * 5000, 1, r"frame 1: its FRAME line is longer than 4096 bytes"),
    ],
)
def test_good_frames_come_out_before_the_sentence(stream: bytes, good: int, sentence: str) -> None:
    frames = iter(Reader(io.BytesIO(stream)))
    for number in range(good):
        assert bytes(next(frames).planes[0]) == bytes([number]) * 9
    with pytest.raises(StreamError, match=sentence):
        next(frames)
    assert list(frames) == []


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        (b"", r"no data on stdin: pipe a film into it \(ffmpeg -i"),
        (b"YUV4MPEG2 W2", r"stream header ends after 12 bytes, without a newline"),
        (b"YUV4", r"stream header ends after 4 bytes"),
        (b"YUV4MPEG2 X" + b"x" * 10**6, rf"stream header is longer than {LINE_LIMIT} bytes"),
        (b"YUV4MPEG2X W2 H2\n", r"not a YUV4MPEG2 stream, it begins with 'YUV4MPEG2X W2 H2\\n'"),
        (b"\x1aE\xdf\xa3\x01\x00", r"it looks like Matroska or WebM; put ffmpeg before"),
        (b"RIFF\x10\x00\x00\x00AVI ", r"it looks like AVI"),
        (b"\x00\x00\x00\x20ftypisom", r"it looks like MP4 or MOV"),
        (b"\x10\x10\x10\x10" * 100, r"it begins with .*or describe raw video with raw"),
    ],
)
def test_what_is_no_stream_is_named(stream: bytes, sentence: str) -> None:
    with pytest.raises(StreamError, match=sentence):
        Reader(io.BytesIO(stream))


def test_a_real_film_file_on_stdin_is_named(tmp_path: Path) -> None:
    for suffix, kind in {
        "mkv": "Matroska",
        "mp4": "MP4",
        "avi": "AVI",
        "mxf": "MXF",
        "mpg": "program",
        "ts": "transport",
    }.items():
        path = tmp_path / f"film.{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg2video" if suffix in ("mxf", "mpg", "ts") else "mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
            container.mux(stream.encode(None))
        with path.open("rb") as film, pytest.raises(StreamError, match=f"it looks like .*{kind}"):
            Reader(film)


# Formats and headerless video


@pytest.mark.parametrize("name", RAW_FORMATS)
def test_a_raw_frame_has_the_size_that_libavutil_gives_it(name: str) -> None:
    try:
        theirs = av.VideoFormat(name, 17, 9)
    except ValueError:
        assert RAW_FORMATS[name][0].tag not in fuzz_y4m.PYAV_NAMES
        return
    ours = RAW_FORMATS[name][0].plane_shapes(17, 9)
    assert ours == tuple((part.height, part.width) for part in theirs.components)
    assert {part.bits for part in theirs.components} == {RAW_FORMATS[name][0].bits}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", (25, 1)),
        ("24000/1001", (24000, 1001)),
        ("23.976", (24000, 1001)),
        ("23.98", (24000, 1001)),
        ("29.97", (30000, 1001)),
        ("59.94", (60000, 1001)),
        ("16.667", (16667, 1000)),
        ("24.0", (24, 1)),
    ],
)
def test_a_rate_may_be_written_in_three_ways(text: str, rate: tuple[int, int]) -> None:
    assert raw_header(f"4x2:gray:{text}").rate == rate


def test_raw_names_tell_depth_chroma_and_range() -> None:
    assert raw_header("4x2:gray16le:25") == StreamHeader(4, 2, (25, 1), PixelFormat("mono", 16), range="full")
    assert raw_header("4x2:yuvj422p:25") == StreamHeader(4, 2, (25, 1), PixelFormat("422"), range="full")
    assert raw_header("4x2:yuv420p10:25") == StreamHeader(4, 2, (25, 1), PixelFormat("420", 10))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4x2", r"described as WxH:pixfmt:rate \(720x576:gray:25\), got '4x2'"),
        ("4x2:rgb24:25", r"pixel format 'rgb24' is not supported"),
        ("4x2:gray16be:25", r"pixel format 'gray16be' is not supported"),
        ("4x2:gray:25/0", r"a frame rate is written 25, 24000/1001 or 23.976, got '25/0'"),
        ("4x2:gray:1.2.3", r"a frame rate is written"),
        ("4x2:gray:0", r"a frame rate is written"),
        ("4x2:gray:1e99999999", r"a frame rate is written"),
        ("0x2:gray:25", r"raw video 0x2:gray:25: a picture of 0x2 is not supported"),
    ],
)
def test_a_bad_description_of_raw_video_is_a_usage_error(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        raw_header(text)


def test_raw_video_is_the_same_frames_without_headers() -> None:
    header = raw_header("3x3:yuv420p:25")
    data = bytes(range(51))
    frames = [
        (frame.parameters, [bytes(plane) for plane in frame.planes]) for frame in Reader(io.BytesIO(data), raw=header)
    ]
    assert len(frames) == 3
    assert write(header, frames, raw=True) == data
    assert write(header, [], raw=True) == b""
    with pytest.raises(StreamError, match=r"frame 1 ends after 3 of 17 bytes: .* or it is not of the size and format"):
        list(Reader(io.BytesIO(data[:20]), raw=header))


@pytest.mark.parametrize(
    "format_", [("421", 8), ("420", 7), ("420", 17), ("422", 8, "jpeg"), ("420", 10, "jpeg"), ("420", 8, "x")]
)
def test_a_format_that_does_not_exist_is_refused(format_: tuple[str, int]) -> None:
    with pytest.raises(UsageError):
        PixelFormat(*format_)


# Damage


@pytest.mark.parametrize("seed", range(4))
def test_damaged_streams_give_whole_frames_or_a_stream_error(seed: int) -> None:
    outcomes = {fuzz_y4m.check(stream) for stream in fuzz_y4m.mutated_streams(150, seed)}
    assert {"whole", "truncated", "no FRAME", "header tag"} <= outcomes
