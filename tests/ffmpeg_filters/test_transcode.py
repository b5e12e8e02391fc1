"""tcvc colorize: the pixels of tcvc-pipe, everything else as it was, and nothing under a name that is not whole."""

from __future__ import annotations

import hashlib
import io
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from ffmpeg_filters import pipe, y4m
from ffmpeg_filters.color_stage import ColorStage, Held
from ffmpeg_filters.encoder_choice import Encoding, pix_fmt
from ffmpeg_filters.stream_facts import is_picture
from ffmpeg_filters.transcode import Summary, TranscodeOptions, colorize_file
from vs_tcvc.cli import main
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.errors import StreamError, TcvcError, UsageError
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.settings import Settings

SMALL = Settings(size=64, threads=1, log="quiet")
LOSSLESS = Encoding(lossless=True)
RATE = Fraction(24000, 1001)


# Films


@dataclass(frozen=True)
class Film:
    """What `make` writes. times: pts in units of 1/rate, None for 0, 1, 2…"""

    codec: str = "ffv1"
    pixels: str = "yuv420p"
    width: int = 64
    height: int = 48
    frames: int = 3
    rate: Fraction = RATE
    time_base: Fraction | None = None
    times: tuple[int, ...] | None = None
    options: tuple[tuple[str, Any], ...] = ()
    sound: bool = False
    rotation: int = 0
    cuts: tuple[int, ...] = ()


def picture(film: Film, index: int) -> av.VideoFrame:
    """A gray texture that moves; at a cut it becomes another one."""
    shot = sum(index >= cut for cut in film.cuts)
    rng = np.random.default_rng(shot)
    small = rng.integers(20, 230, (film.height // 8 + 2, film.width // 8 + 2)).astype(np.uint8)
    texture = np.kron(small, np.ones((8, 8), np.uint8))[index % 8 :, index % 8 :][: film.height, : film.width]
    gray = av.VideoFrame.from_ndarray(np.ascontiguousarray(texture), "gray")
    if film.pixels == "pal8":
        indices_and_palette: Any = (texture, np.full((256, 4), 255, np.uint8))
        return av.VideoFrame.from_ndarray(indices_and_palette, "pal8")
    return gray if film.pixels == "gray" else gray.reformat(format=film.pixels)


def make(path: Path, film: Film) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(film.codec, rate=film.rate, time_base=film.time_base or 1 / film.rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = film.width, film.height, film.pixels
        for name, value in film.options:
            setattr(stream.codec_context, name, value)
        if film.rotation:
            stream.set_display_rotation(film.rotation)
        sounds = [container.add_stream("flac", rate=8000) for _ in range(2 * film.sound)]
        words = add_extras(container) if film.sound else None
        for index in range(film.frames):
            frame = picture(film, index)
            frame.pts = film.times[index] if film.times else index
            frame.time_base = film.time_base or 1 / film.rate
            container.mux(stream.encode(frame))
        for sound in sounds:
            container.mux(sound.encode(noise()))
            container.mux(sound.encode(None))
        if words:
            container.mux(line_of(words))
        container.mux(stream.encode(None))
    return path


def add_extras(container: av.container.OutputContainer) -> Any:
    container.metadata["title"] = "Nosferatu"
    container.add_attachment("Sütterlin.ttf", "font/ttf", b"\0\1\0\0 glyphs")
    container.set_chapters([
        {"id": 1, "start": 0, "end": 60, "time_base": Fraction(1, 1000), "metadata": {"title": "Act 1"}},  # type: ignore[typeddict-item]
        {"id": 2, "start": 60, "end": 125, "time_base": Fraction(1, 1000), "metadata": {"title": "Act 2"}},  # type: ignore[typeddict-item]
    ])  # fmt: skip
    words = container.add_mux_stream("subrip")
    words.metadata["language"] = "deu"
    return words


def noise() -> av.AudioFrame:
    samples = np.random.default_rng(1).integers(-999, 999, (1, 2 * 1000)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
    frame.rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
    return frame


def line_of(stream: Any) -> Any:
    packet: Any = av.Packet(b"Wohin reisen Sie, junger Freund?")
    packet.stream, packet.pts, packet.dts, packet.duration = stream, 40, 40, 80
    packet.time_base = Fraction(1, 1000)
    return packet


def planes(path: Path) -> list[list[NDArray[Any]]]:
    """Y, Cb, Cr of every frame."""
    with av.open(str(path)) as container:
        return [samples(frame) for frame in container.decode(video=0)]


def samples(frame: av.VideoFrame) -> list[NDArray[Any]]:
    dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    return [np.frombuffer(each, dtype).reshape(each.height, -1)[:, : each.width].copy() for each in frame.planes]


def packets(path: Path) -> dict[int, list[tuple[int | None, int | None, str]]]:
    """pts, duration and digest of every packet, by stream."""
    found: dict[int, list[tuple[int | None, int | None, str]]] = {}
    with av.open(str(path)) as container:
        for each in container.demux():
            if each.size:
                digest = hashlib.sha256(bytes(each)).hexdigest()
                found.setdefault(each.stream_index, []).append((each.pts, each.duration, digest))
    return found


def times(path: Path) -> list[Fraction]:
    """When each frame of the film is shown, in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        return [int(frame.pts or 0) * base for frame in container.decode(stream)]


def run(
    source: Path, target: Path, encoding: Encoding | None = None, options: TranscodeOptions | None = None,
    emit: Emit | None = None,
) -> Summary:  # fmt: skip
    return colorize_file(source, target, SMALL, encoding, options, emit)


def said(capsys: pytest.CaptureFixture[str], source: Path, target: Path, **options: Any) -> str:
    colorize_file(source, target, replace(SMALL, log="info"), None, TranscodeOptions(**options))
    return capsys.readouterr().err


def command(*words: object) -> int:
    """Exit code of `tcvc colorize`."""
    return main(["colorize", *map(str, words), "--size", "64", "--threads", "1", "--quiet"])


# The same pixels as the pipe

FORMATS = (
    ("gray", 64, 48), ("gray10le", 66, 50), ("gray16le", 64, 48), ("yuv420p", 64, 48), ("yuv420p", 67, 51),
    ("yuv420p10le", 65, 49), ("yuv422p", 65, 48), ("yuv422p10le", 66, 49), ("yuv444p", 64, 48),
    ("yuv444p12le", 63, 47), ("yuv411p", 64, 48),
)  # fmt: skip


def through_the_pipe(source: Path, *options: str) -> list[list[NDArray[Any]]]:
    """What `ffmpeg -f yuv4mpegpipe | tcvc-pipe` makes of a film."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", source, "-f", "yuv4mpegpipe", "-strict", "-1", "-"]
    stream = subprocess.run(ffmpeg, capture_output=True, check=True).stdout
    sink = io.BytesIO()
    words = ["--size", "64", "--threads", "1", "--quiet", *options]
    assert pipe.main(words, io.BytesIO(stream), sink) == 0
    reader = y4m.Reader(io.BytesIO(sink.getvalue()))
    dtype = np.uint8 if reader.header.format.bits == 8 else np.uint16
    shapes = reader.header.plane_shapes
    return [[np.frombuffer(plane, dtype).reshape(shape) for plane, shape in zip(frame.planes, shapes, strict=True)]
            for frame in reader]  # fmt: skip


def assert_equal(one: list[list[NDArray[Any]]], two: list[list[NDArray[Any]]]) -> None:
    assert len(one) == len(two) > 0
    for left, right in zip(one, two, strict=True):
        assert [each.shape for each in left] == [each.shape for each in right]
        assert all(np.array_equal(*pair) for pair in zip(left, right, strict=True))


@pytest.mark.parametrize(("pixels", "width", "height"), FORMATS)
def test_lossless_gives_the_very_pixels_of_the_pipe_and_the_luma_of_the_source(
    pixels: str, width: int, height: int, tmp_path: Path
) -> None:
    source = make(tmp_path / "in.mkv", Film(pixels=pixels, width=width, height=height, frames=4, cuts=(2,)))
    target = tmp_path / "out.mkv"
    assert run(source, target, LOSSLESS) == Summary(4, 2, 0)
    assert_equal(planes(target), through_the_pipe(source))
    assert_equal([each[:1] for each in planes(target)], [each[:1] for each in planes(source)])
    chroma = np.concatenate([plane.ravel() for plane in planes(target)[0][1:]]).astype(int)
    assert np.abs(chroma - chroma.mean().round()).max() > 1


@pytest.mark.parametrize("options", [("--chroma", "444"), ("--bits", "10"), ("--matrix", "2020", "--range", "full")])
def test_options_make_the_same_pixels_as_in_the_pipe(options: Sequence[str], tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film())
    assert command(source, tmp_path / "out.mkv", "--lossless", *options) == 0
    assert_equal(planes(tmp_path / "out.mkv"), through_the_pipe(source, *options))


def test_a_matrix_tag_decides_as_the_option_does_for_the_pipe(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(options=(("colorspace", 1),)))
    run(source, tmp_path / "out.mkv", LOSSLESS)
    assert_equal(planes(tmp_path / "out.mkv"), through_the_pipe(source, "--matrix", "709"))


# What stays as it was


def test_everything_that_is_no_picture_is_copied(tmp_path: Path) -> None:
    source, target = make(tmp_path / "in.mkv", Film(sound=True)), tmp_path / "out.mkv"
    run(source, target)
    before, after = packets(source), packets(target)
    assert sorted(before) == sorted(after) == [0, 1, 2, 3]
    assert {each: after[each] for each in (1, 2, 3)} == {each: before[each] for each in (1, 2, 3)}
    with av.open(str(source)) as one, av.open(str(target)) as two:
        assert two.metadata["title"] == one.metadata["title"] == "Nosferatu"
        assert two.chapters() == one.chapters()
        assert len(one.chapters()) == 2
        assert [(each.type, each.language) for each in two.streams] == [
            (each.type, each.language) for each in one.streams
        ]
        fonts = [container.streams.attachments[0] for container in (one, two)]
        assert {(font.name, font.mimetype, font.data) for font in fonts} == {
            ("Sütterlin.ttf", "font/ttf", b"\0\1\0\0 glyphs")
        }


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_cover_art_stays_and_is_not_taken_for_the_film(suffix: str, tmp_path: Path) -> None:
    cover = io.BytesIO()
    with av.open(cover, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=1, width=32, height=32, pix_fmt="yuvj420p")
        container.mux(stream.encode(av.VideoFrame(32, 32, "yuvj420p")))
        container.mux(stream.encode(None))
    source = tmp_path / "in.mkv"
    with av.open(str(source), "w") as container:
        film = container.add_stream("libx264", rate=25, width=64, height=48)
        container.add_attachment("cover.jpg", "image/jpeg", cover.getvalue())
        for index in range(3):
            container.mux(film.encode(picture(Film(), index)))
        container.mux(film.encode(None))
    middle, target = tmp_path / f"middle{suffix}", tmp_path / f"out{suffix}"
    run(source, middle)
    run(middle, target)
    with av.open(str(target)) as container:
        streams = list(container.streams)
        assert [(each.name, is_picture(each)) for each in streams] == [("h264", False), ("mjpeg", True)]
        assert next(bytes(each) for each in container.demux(streams[1]) if each.size) == cover.getvalue()


def test_a_timecode_stays(tmp_path: Path) -> None:
    source = tmp_path / "in.mov"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=25, width=64, height=48)
        stream.metadata["timecode"] = "10:00:00:00"
        container.mux([*stream.encode(picture(Film(), 0)), *stream.encode(None)])
    for name in ("out.mov", "out.mp4", "out.mkv"):
        run(source, tmp_path / name)
        with av.open(str(tmp_path / name)) as container:
            assert {key.lower(): value for key, value in container.streams.video[0].metadata.items()}["timecode"] == (
                "10:00:00:00"
            )


def test_open_groups_of_pictures_lose_no_frame(tmp_path: Path) -> None:
    film = Film(codec="libx264", frames=12, options=(("options", {"x264-params": "open-gop=1:keyint=4:bframes=3"}),))
    source = make(tmp_path / "in.mp4", film)
    run(source, tmp_path / "out.mkv", LOSSLESS)
    assert_equal([each[:1] for each in planes(tmp_path / "out.mkv")], [each[:1] for each in planes(source)])


@pytest.mark.parametrize("rate", [RATE, Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)])
@pytest.mark.parametrize("name", ["out.mp4", "out.mov"])
def test_timestamps_rate_and_count_stay(rate: Fraction, name: str, tmp_path: Path) -> None:
    source = make(tmp_path / "in.mp4", Film(codec="libx264", rate=rate, frames=5))
    run(source, tmp_path / name)
    assert times(tmp_path / name) == times(source) == [index / rate for index in range(5)]
    with av.open(str(tmp_path / name)) as container:
        average = container.streams.video[0].average_rate
        assert Fraction(average.numerator, average.denominator) == rate


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov"])
def test_a_variable_frame_rate_stays(name: str, tmp_path: Path) -> None:
    shown = (0, 40, 60, 200, 240, 1000)
    film = Film(codec="libx264", rate=Fraction(25), time_base=Fraction(1, 1000), times=shown, frames=len(shown))
    source = make(tmp_path / "in.mp4", film)
    run(source, tmp_path / name)
    assert times(tmp_path / name) == times(source) == [Fraction(each, 1000) for each in shown]


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov"])
def test_aspect_rotation_and_color_tags_stay(name: str, tmp_path: Path) -> None:
    tags = (("color_range", 1), ("colorspace", 9), ("color_primaries", 9), ("color_trc", 16))
    options = (("sample_aspect_ratio", Fraction(16, 15)), *tags)
    source = make(tmp_path / "in.mp4", Film(codec="libx264", pixels="yuv420p10le", options=options, rotation=90))
    run(source, tmp_path / name)
    with av.open(str(source)) as one, av.open(str(tmp_path / name)) as two:
        before, after = next(one.decode(video=0)), next(two.decode(video=0))
        assert before.rotation == after.rotation == 90
        assert two.streams.video[0].sample_aspect_ratio == Fraction(16, 15)
        for tag in ("color_range", "colorspace", "color_primaries", "color_trc"):
            assert getattr(after, tag) == getattr(before, tag) == dict(tags)[tag]


@pytest.mark.parametrize(
    ("name", "pixels", "encoder", "written"),
    [
        ("out.mp4", "yuv420p", "h264", "yuv420p"),
        ("out.mkv", "yuv422p10le", "h264", "yuv420p10le"),
        ("out.mkv", "yuv444p12le", "h264", "yuv420p10le"),
        ("out.mov", "gray", "prores", "yuv422p10le"),
        ("out.webm", "yuv420p10le", "vp9", "yuv420p"),
    ],
)
def test_the_container_chooses_the_encoder(name: str, pixels: str, encoder: str, written: str, tmp_path: Path) -> None:
    run(make(tmp_path / "in.mkv", Film(pixels=pixels)), tmp_path / name)
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        assert (stream.name, stream.codec_context.pix_fmt) == (encoder, written)
        assert len(list(container.decode(stream))) == 3


def test_a_picture_of_odd_sides_keeps_them(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(width=67, height=51))
    for name in ("out.mp4", "out.mov", "out.webm"):
        run(source, tmp_path / name)
        assert planes(tmp_path / name)[0][0].shape == (51, 67)


def test_an_encoder_its_quality_and_options_can_be_chosen(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film())
    sizes = []
    for crf in ("1", "40"):
        target = tmp_path / f"{crf}.mp4"
        assert command(source, target, "--codec", "libx265", "--crf", crf, "--encoder-option", "preset=ultrafast",
                       "--encoder-option", "x265-params=log-level=none") == 0  # fmt: skip
        assert len(planes(target)) == 3
        sizes.append(target.stat().st_size)
    assert sizes[0] > sizes[1]


# Films that are not as they should be


def test_a_film_of_one_frame_comes_out(tmp_path: Path) -> None:
    assert run(make(tmp_path / "in.mkv", Film(frames=1)), tmp_path / "out.mp4").frames == 1


@pytest.mark.parametrize(
    ("codec", "pixels", "name"),
    [
        ("png", "rgb24", "in.mov"),
        ("ffv1", "gbrp10le", "in.mkv"),
        ("rawvideo", "nv12", "in.nut"),
        ("png", "pal8", "in.mov"),
    ],
)
def test_other_samples_are_converted_once_and_that_is_said(
    codec: str, pixels: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path / name, Film(codec=codec, pixels=pixels))
    assert said(capsys, source, tmp_path / "out.mkv").count(f"{pixels} is converted to yuv4") == 1


def test_gray_rgb_keeps_its_luma_within_a_code(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mov", Film(codec="png", pixels="rgb24"))
    run(source, tmp_path / "out.mkv", LOSSLESS)
    with av.open(str(source)) as container:
        rgb = [frame.to_ndarray(format="rgb24")[..., 0].astype(float) for frame in container.decode(video=0)]
    for gray, (luma, *_) in zip(rgb, planes(tmp_path / "out.mkv"), strict=True):
        # ITU-R BT.601: Y = 16 + 219 * gray / 255; swscale rounds within one code
        assert np.abs(luma - (16 + gray * 219 / 255)).max() <= 1


def test_missing_timestamps_are_made_from_the_rate_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path / "in.h264", Film(codec="libx264", rate=Fraction(25), frames=4))
    assert said(capsys, source, tmp_path / "out.mkv").count("no timestamp") == 1
    assert times(tmp_path / "out.mkv") == [Fraction(index, 25) for index in range(4)]


def test_a_damaged_middle_is_passed_over_counted_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = make(tmp_path / "in.mov", Film(codec="png", pixels="rgb24", frames=5))
    data = bytearray(source.read_bytes())
    signatures = [at for at in range(len(data)) if data.startswith(b"\x89PNG", at)]
    data[signatures[2] : signatures[2] + 40] = bytes(40)
    source.write_bytes(data)
    assert "1 damaged packets" in said(capsys, source, tmp_path / "out.mp4")
    assert times(tmp_path / "out.mp4") == [index / RATE for index in (0, 1, 3, 4)]


@pytest.mark.parametrize("codec", ["ffv1", "libx264"])
def test_a_film_that_ends_before_its_header_says_is_told_to_be_cut_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], codec: str
) -> None:
    source = make(tmp_path / "in.mkv", Film(codec=codec, frames=40))
    assert "cut off" not in said(capsys, source, tmp_path / "whole.mkv")
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 3 // 4])
    told = said(capsys, source, tmp_path / "out.mkv")
    assert told.count(f"{source} is cut off: its header says that it ends at 1.6") == 1
    assert len(times(tmp_path / "out.mkv")) < 36


def test_interlaced_frames_are_refused_unless_they_are_welcome(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(options=(("field_order", 2),)))
    with pytest.raises(StreamError, match=r"frame 0 is interlaced; deinterlace .* interlaced"):
        run(source, tmp_path / "out.mkv")
    assert run(source, tmp_path / "out.mkv", None, TranscodeOptions(interlaced=True)).frames == 3


def test_interlaced_frames_that_are_welcome_are_told_once(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(options=(("field_order", 2),)))
    told: list[Event] = []
    colorize_file(source, tmp_path / "out.mkv", SMALL, None, TranscodeOptions(interlaced=True), told.append)
    assert [each.text for each in told if each.name == "interlaced"] == [
        f"{source}: frame 0 is interlaced, and is treated as progressive"
    ]


@pytest.mark.parametrize(("codec", "pixels"), [("ffv1", "yuva444p12le"), ("ffv1", "yuva420p"), ("qtrle", "argb")])
def test_alpha_is_refused_not_lost(tmp_path: Path, codec: str, pixels: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = make(tmp_path / ("in.mov" if codec == "qtrle" else "in.mkv"), Film(codec=codec, pixels=pixels))
    assert command(source, tmp_path / "out.mkv") == 3
    assert re.search(rf"frame 0 has alpha \({pixels}\), which is not supported: drop it", capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


# Impossible wishes: one sentence, and no file


def audio_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=8000)
        container.mux(stream.encode(noise()))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "words", "code", "sentence"),
    [
        ("missing.mkv", ("out.mkv",), 2, "no such file; check the name"),
        ("text.txt", ("out.mkv",), 3, "no video"),
        ("bytes.mkv", ("out.mkv",), 3, "FFmpeg cannot read it"),
        ("sound.flac", ("out.mkv",), 3, "only audio"),
        ("in.mkv", ("in.mkv", "--overwrite"), 2, "the source itself"),
        ("in.mkv", ("link.mkv", "--overwrite"), 2, "the source itself"),
        ("in.mkv", ("hard.mkv", "--overwrite"), 2, "the source itself"),
        ("in.mkv", ("old.mkv",), 2, "--overwrite"),
        ("in.mkv", ("nowhere/out.mkv",), 2, "cannot be written"),
        ("in.mkv", ("out.mkv", "--rate", "24"), 2, "--rate: in.mkv is a film and has its own frame rate"),
        ("in.mkv", ("out.mkv", "--rate", "fast"), 2, "--rate: expected frames per second"),
        ("in.mkv", ("out.png",), 2, "out.png: this is a single picture; use numbered ones, such as out_%06d.png"),
        ("in.mkv", ("out_%06d.jpg",), 2, "there is no default encoder for '.jpg'"),
        ("in.mkv", ("out_%06d.png", "--lossless"), 2, "leave out --codec and --lossless, which are for films"),
        ("in.mkv", ("out_%06d.png", "--crf", "3"), 2, "--crf: png has no such option"),
        ("in.mkv", ("out_%06d.png", "--bits", "10"), 2, "--bits of rgb24, rgb48be, got auto and 10"),
        ("in.mkv", ("in.mkv/out_%06d.png",), 2, "in.mkv: this folder cannot be created"),
        ("in.mkv", ("out.xyz",), 2, "there is no default encoder for '.xyz'"),
        ("in.mkv", ("out.xyz", "--codec", "libx264"), 2, "unknown container '.xyz'"),
        ("in.mkv", ("out.mkv", "--codec", "libx999"), 2, "no encoder of this name"),
        ("in.mkv", ("out.mkv", "--codec", "flac"), 2, "expected a video encoder"),
        ("in.mkv", ("out.webm", "--codec", "libx264"), 2, "webm does not support libx264"),
        ("in.mkv", ("out.webm", "--lossless"), 2, "does not support ffv1; write an .mkv"),
        ("in.mkv", ("out.mkv", "--lossless", "--crf", "3"), 2, "has no quality setting"),
        ("in.mkv", ("out.mov", "--crf", "3"), 2, "--crf: prores_ks has no such option"),
        ("in.mkv", ("out.mkv", "--encoder-option", "sped=slow"), 2, "--encoder-option sped: libx264 has no such"),
        ("in.mkv", ("out.mkv", "--encoder-option", "preset"), 2, "expected NAME=VALUE"),
        ("in.mkv", ("out.mkv", "--encoder-option", "preset=snail"), 2, "--codec libx264: the encoder refuses"),
        ("in.mkv", ("out.mkv", "--bits", "12"), 2, "libx264: expected --chroma and --bits of yuv420p, "),
        ("in.mkv", ("out.mkv", "--preview", "0"), 2, "--preview: expected"),
        ("in.mkv", ("out.mkv", "--at-once", "0"), 2, "--at-once: expected 1 to 64 shots, got 0"),
        ("in.mkv", ("out.mkv", "--cuts", "x.edl"), 2, "x.edl"),
        ("rich.mkv", ("out.mp4",), 2, "cannot be kept in mp4; write an .mkv, or pass --leave-out"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_sentence_and_leaves_no_file(
    name: str, words: Sequence[str], code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    make(Path("in.mkv"), Film())
    make(Path("rich.mkv"), Film(sound=True))
    audio_only(Path("sound.flac"))
    Path("text.txt").write_text("A film about nothing.\n" * 50, encoding="utf-8")
    Path("bytes.mkv").write_bytes(np.random.default_rng(0).bytes(5000))
    Path("old.mkv").write_bytes(b"kept")
    Path("folder.mkv").mkdir()
    Path("link.mkv").symlink_to("in.mkv")
    os.link("in.mkv", "hard.mkv")
    before = sorted(Path.cwd().rglob("*"))
    assert command(name, *words) == code
    message = capsys.readouterr().err
    assert sentence in message
    assert message.count("\n") == 1
    assert sorted(Path.cwd().rglob("*")) == before
    assert Path("old.mkv").read_bytes() == b"kept"


def test_streams_that_do_not_fit_are_left_out_when_that_is_wished_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path / "in.mkv", Film(sound=True))
    words = said(capsys, source, tmp_path / "out.mp4", leave_out=True)
    assert "(subtitle srt) is left out" in words
    assert "(attachment Sütterlin.ttf) is left out" in words
    assert packets(tmp_path / "out.mp4")[1] and len(packets(tmp_path / "out.mp4")) == 3  # noqa: PT018


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    source, target = make(tmp_path / "in.mkv", Film()), tmp_path / "out.mkv"
    target.write_bytes(b"old")
    assert command(source, target, "--overwrite") == 0
    assert len(planes(target)) == 3


# Nothing under the final name that is not whole


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """Files of this process end at `size` bytes, as on a full disk: the kernel refuses the next write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["out.mkv", "out.mp4", "out.mov"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path / "in.mkv", Film(frames=5))
    with little_room(300):
        assert command(source, tmp_path / name) == 1
    message = capsys.readouterr().err
    assert "writing failed (File too large)" in message
    assert message.count("\n") == 1
    assert os.listdir(tmp_path) == ["in.mkv"]


def test_an_error_on_the_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make(tmp_path / "in.mkv", Film())

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Progress, "update", fails)
    with pytest.raises(ZeroDivisionError):
        run(source, tmp_path / "out.mkv", None, TranscodeOptions(compare=tmp_path / "both.mkv"))
    assert os.listdir(tmp_path) == ["in.mkv"]


@pytest.mark.parametrize("at_once", [1, 3])
def test_ctrl_c_leaves_nothing_and_ends_with_130(at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, before = make(tmp_path / "in.mkv", Film(frames=60, cuts=(9, 30))), signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Progress, "update", lambda *_: signal.raise_signal(signal.SIGINT))
    assert command(source, tmp_path / "out.mkv", "--at-once", at_once) == exit_codes.INTERRUPTED
    assert os.listdir(tmp_path) == ["in.mkv"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_killed_process_leaves_no_file_under_the_name(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(frames=6))
    script = (
        "import os, signal, sys; from pathlib import Path; from ffmpeg_filters.transcode import colorize_file;"
        "from vs_tcvc.runtime.progress import Progress; from vs_tcvc.settings import Settings;"
        "Progress.update = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "colorize_file(Path(sys.argv[1]), Path(sys.argv[2]), Settings(size=64, threads=1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, source, tmp_path / "out.mkv"], check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "out.mkv").exists()


def test_a_stop_before_the_first_frame_writes_nothing(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        colorize_file(make(tmp_path / "in.mkv", Film()), tmp_path / "out.mkv", SMALL, stop=stop)
    assert os.listdir(tmp_path) == ["in.mkv"]


# More than one film, previews, comparisons


def test_a_preview_is_the_first_frames_of_each_shot_without_sound(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(frames=9, sound=True))
    words = ("--lossless", "--cuts", "0,5")
    assert command(source, tmp_path / "all.mkv", *words) == 0
    assert command(source, tmp_path / "out.mkv", *words, "--preview", 2) == 0
    whole = planes(tmp_path / "all.mkv")
    assert_equal(planes(tmp_path / "out.mkv"), [whole[index] for index in (0, 1, 5, 6)])
    assert sorted(packets(tmp_path / "out.mkv")) == [0]
    assert times(tmp_path / "out.mkv") == [Fraction(round(index * 1000 / RATE), 1000) for index in range(4)]


@pytest.mark.parametrize("words", [(), ("--cuts", "0,2,9"), ("--reference-frame", "best"), ("--preview", 2)])
@pytest.mark.parametrize("at_once", [2, 5])
def test_shots_colored_at_once_are_the_same_pixels(
    at_once: int, words: Sequence[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(tmp_path / "in.mkv", Film(frames=30, cuts=(7, 12, 20), sound=True))
    assert command(source, tmp_path / "one.mkv", "--lossless", *words) == 0
    assert command(source, tmp_path / "many.mkv", "--lossless", *words, "--at-once", at_once) == 0
    assert_equal(planes(tmp_path / "many.mkv"), planes(tmp_path / "one.mkv"))
    assert packets(tmp_path / "many.mkv") == packets(tmp_path / "one.mkv")


@pytest.mark.parametrize("frames", [4, 6])
def test_a_film_that_changes_between_its_two_readings_is_refused(frames: int) -> None:
    stage = ChromaStage(64, 64, SampleCoding(8), size=64)
    luma = np.zeros((64, 64), np.uint8)
    held = [Held(None, luma, (), stage.lightness(luma)) for _ in range(5)]
    seen = (GrayFrame(index, held[0].lightness) for index in range(frames))
    colored = ColorStage(Canvas.of(stage), SMALL, ignore).run_at_once(iter(held), seen, 2)
    with pytest.raises(StreamError, match="changed while it was read"):
        deque(colored)


@pytest.mark.parametrize(("pixels", "width"), [("yuv420p", 64), ("yuv420p", 67), ("gray10le", 65), ("yuv411p", 70)])
def test_a_comparison_shows_source_and_color_side_by_side(pixels: str, width: int, tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film(pixels=pixels, width=width))
    assert command(source, tmp_path / "out.mkv", "--lossless", "--compare", "side") == 0
    neutral = 128 if "10" not in pixels else 512
    for both, alone in zip(planes(tmp_path / "out.compare.mkv"), planes(tmp_path / "out.mkv"), strict=True):
        for index, (wide, plane) in enumerate(zip(both, alone, strict=True)):
            half = wide.shape[1] // 2
            assert np.array_equal(wide[:, half:], plane[:, :half])
            assert np.array_equal(wide[:, :half], plane[:, :half]) if index == 0 else (wide[:, :half] == neutral).all()


@pytest.mark.parametrize(("pixels", "width"), [("yuv420p", 64), ("yuv420p", 67), ("yuv444p10le", 65)])
def test_a_wipe_uncovers_the_color_in_four_seconds_and_covers_it_in_four(
    pixels: str, width: int, tmp_path: Path
) -> None:
    source = make(tmp_path / "in.mkv", Film(pixels=pixels, width=width, rate=Fraction(2), frames=10))
    assert command(source, tmp_path / "out.mkv", "--lossless", "--compare", "wipe") == 0
    neutral, edges = 128 if "10" not in pixels else 512, (1, 7 / 8, 6 / 8, 5 / 8, 0.5, 3 / 8, 2 / 8, 1 / 8, 0, 1 / 8)
    both, alone = planes(tmp_path / "out.compare.mkv"), planes(tmp_path / "out.mkv")
    for edge, mixed, colored in zip(edges, both, alone, strict=True):
        assert np.array_equal(mixed[0], colored[0])
        for left_and_right, plane in zip(mixed[1:], colored[1:], strict=True):
            border = round(edge * plane.shape[1])
            assert (left_and_right[:, :border] == neutral).all()
            assert np.array_equal(left_and_right[:, border:], plane[:, border:])


def test_several_films_go_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films = [make(tmp_path / "a.mkv", Film()), make(tmp_path / "b.avi", Film(frames=2))]
    out = tmp_path / "colour"
    assert command(*films, "--out-dir", out) == 0
    assert sorted(os.listdir(out)) == ["a.mkv", "b.mkv"]
    assert len(planes(out / "b.mkv")) == 2
    before = {name: (out / name).stat().st_mtime_ns for name in os.listdir(out)}
    capsys.readouterr()
    assert main(["colorize", *map(str, films), "--out-dir", str(out)]) == 0
    assert capsys.readouterr().err.count("is there already and is kept; --overwrite replaces it") == 2
    assert {name: (out / name).stat().st_mtime_ns for name in os.listdir(out)} == before
    assert command(*films, films[0], "--out-dir", out) == 2
    assert "two of the films would be" in capsys.readouterr().err


def test_a_bad_film_among_many_is_named_the_others_are_made_and_the_same_command_makes_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films = [make(tmp_path / name, Film()) for name in ("a.mkv", "b.mkv", "c.mkv")]
    whole = films[1].read_bytes()
    films[1].write_bytes(b"not a film")
    (tmp_path / "empty").mkdir()
    out = tmp_path / "colour"
    assert command(*films, tmp_path / "empty", tmp_path / "nowhere.mkv", "--out-dir", out, "--quiet") == 1
    message = capsys.readouterr().err
    reasons = ("b.mkv: FFmpeg cannot read it", "empty: expected numbered pictures", "nowhere.mkv: no such file")
    assert [message.count(reason) for reason in reasons] == [1, 1, 1]
    assert "3 of 5 films could not be coloured" in message
    assert sorted(os.listdir(out)) == ["a.mkv", "c.mkv"]
    films[1].write_bytes(whole)
    assert command(*films, "--out-dir", out, "--quiet") == 0
    assert sorted(os.listdir(out)) == ["a.mkv", "b.mkv", "c.mkv"]
    assert len(planes(out / "b.mkv")) == 3


def test_a_folder_of_the_films_themselves_is_no_place_for_results(tmp_path: Path) -> None:
    films = [make(tmp_path / name, Film()) for name in ("a.mkv", "b.mkv")]
    before = [film.read_bytes() for film in films]
    for words in ((), ("--overwrite",)):
        assert command(*films, "--out-dir", tmp_path, *words) == 1
    assert [film.read_bytes() for film in films] == before


def test_an_option_that_is_wrong_for_all_films_ends_the_work_at_the_first(tmp_path: Path) -> None:
    films = [make(tmp_path / name, Film()) for name in ("a.mkv", "b.mkv")]
    assert command(*films, "--out-dir", tmp_path / "colour", "--codec", "nowhere") == 2


def test_more_names_than_two_need_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("a.mkv", "b.mkv", "c.mkv") == 2
    assert "for more films pass --out-dir DIR" in capsys.readouterr().err


# Words


def test_the_log_of_machines_is_json_that_tells_size_and_frames(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    colorize_file(make(tmp_path / "in.mkv", Film()), tmp_path / "out.mkv", replace(SMALL, log="json"))
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    stream = next(each for each in events if each["event"] == "stream")
    assert (stream["width"], stream["height"], stream["frames"], stream["matrix"]) == (64, 48, 3, "601")
    assert events[-2] == {**events[-2], "event": "progress", "frames": 3, "shots": 1}
    assert events[-1] == {"event": "wrote", "file": str(tmp_path / "out.mkv"), "frames": 3}


def test_what_is_written_is_told_once_it_has_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[str, bool]] = []

    def emit(event: Event) -> None:
        if event.name == "wrote":
            told.append((event.text, Path(event.values["file"]).is_file()))

    run(make(tmp_path / "in.mkv", Film()), tmp_path / "out.mkv", None,
        TranscodeOptions(compare=tmp_path / "both.mkv"), emit)  # fmt: skip
    assert told == [(f"wrote {tmp_path / name}", True) for name in ("out.mkv", "both.mkv")]


def test_what_a_file_cannot_have_is_refused(tmp_path: Path) -> None:
    source = make(tmp_path / "in.mkv", Film())
    with pytest.raises(UsageError, match=r"confidence c\.y4m: tcvc colorize has no such option; pipe the film"):
        colorize_file(source, tmp_path / "out.mkv", replace(SMALL, confidence="c.y4m"))


def test_names_of_formats_are_read_back() -> None:
    for name, (pixels, _) in y4m.RAW_FORMATS.items():
        assert y4m.RAW_FORMATS[pix_fmt(pixels)][0] == pixels
        assert pix_fmt(pixels) in (name, name + "le", name.replace("yuvj", "yuv"))


def test_memory_that_ran_out_is_not_blamed_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("libcublasLt.so.13: failed to map segment from shared object")

    monkeypatch.setattr("ffmpeg_filters.transcode._colorize", fail)
    with pytest.raises(TcvcError, match="memory ran out"):
        colorize_file(make(tmp_path / "a.mkv", Film()), tmp_path / "o.mkv", Settings())
