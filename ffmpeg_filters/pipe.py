"""tcvc-pipe: YUV4MPEG2 on stdin, the same film in colour on stdout.

Four stages overlap, with short queues between them: reading (and downscaling), the network, upsampling the colour of
several frames in parallel, writing. The luma plane is passed through unchanged.
"""

from __future__ import annotations

import argparse
import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters import y4m
from ffmpeg_filters.color_stage import DEPTH, ColorStage, Held, hold, upsample_color
from ffmpeg_filters.project_stage import ProjectStage
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.arguments import add_arguments, from_arguments
from vs_tcvc.core.frame import Chroma
from vs_tcvc.errors import StreamError, TcvcError, UsageError
from vs_tcvc.picture.chroma import confidence_plane
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.project.host import with_project
from vs_tcvc.project.recipe import files_of
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.input_files import input_files, refuse_to_replace_inputs
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.command_line import Parser
from vs_tcvc.runtime.event_lines import lines_for
from vs_tcvc.runtime.events import Event
from vs_tcvc.runtime.interrupt import stop_on_interrupt
from vs_tcvc.runtime.pipeline import Pipeline
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.runtime.stdout import take_stdout
from vs_tcvc.settings import PIPE, Settings

_STDIN = Path("/dev/stdin")
"""The film, if it is read from a file."""


def main(
    arguments: Sequence[str] | None = None, source: y4m.ByteSource | None = None, sink: y4m.ByteSink | None = None
) -> int:
    """Run `tcvc-pipe`; returns the exit code of `vs_tcvc.errors`, 130 after Ctrl-C.

    source, sink: used instead of stdin and stdout.
    """
    parsed = parser().parse_args(arguments)
    source = _Film(source or FileIO(0, "rb", closefd=False))  # unbuffered: a thread may wait in it at exit
    stdout = sink or FileIO(take_stdout(), "wb")
    return exit_codes.run("tcvc-pipe", lambda: _run(parsed, source, _video_output(stdout)))


class _Film:
    """The video input. Raises StreamError if it cannot be read."""

    def __init__(self, source: y4m.ByteSource) -> None:
        self._source = source

    def readline(self, limit: int) -> bytes:
        with _said_of_stdin():
            return self._source.readline(limit)

    def readinto(self, buffer: memoryview) -> int | None:
        with _said_of_stdin():
            return self._source.readinto(buffer)


@contextmanager
def _said_of_stdin() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"expected a stdin that can be read, got an error ({error.strerror})"
        raise StreamError(problem, remedy="check the program or the file that it comes from") from None


class _Output:
    """An output whose errors are one sentence with its name.

    The reader of video may close it when it has seen enough: VideoClosedError. Any other raises TcvcError.
    """

    def __init__(self, sink: y4m.ByteSink, name: str, is_video: bool = False) -> None:
        self._sink, self._name, self._is_video = sink, name, is_video

    def write(self, data: memoryview) -> int:
        with self._told():
            return self._sink.write(data)

    def flush(self) -> None:
        with self._told():
            self._sink.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            is_closed = error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)
            if is_closed and self._is_video:
                raise exit_codes.VideoClosedError from None
            problem = f"it cannot be written ({error.strerror})"
            raise TcvcError(problem, where=self._name, remedy="write elsewhere, or free disk space") from None


def _video_output(sink: y4m.ByteSink) -> _Output:
    """The output of the coloured film. Raises UsageError for a terminal, which would show the video as letters."""
    if isinstance(sink, FileIO) and sink.isatty():
        expected, remedy = "a program or a file that takes the video", "add | ffmpeg -i - colour.mkv, or > colour.y4m"
        raise UsageError(where="stdout", expected=expected, got="a terminal", remedy=remedy)
    return _Output(sink, "stdout", is_video=True)


def parser() -> Parser:
    parser = Parser(
        prog="tcvc-pipe",
        description="Temporally stable colour for black-and-white film: YUV4MPEG2 on stdin, YUV4MPEG2 on stdout. "
        "Files are for tcvc colorize.",
        epilog="ffmpeg -i film.mkv -f yuv4mpegpipe -strict -1 - | tcvc-pipe | ffmpeg -i - -i film.mkv "
        "-map 0:v -map 1:a? -c:a copy colour.mkv",
    )
    parser.add_argument("--interlaced", action="store_true",
                        help="treat interlaced frames as progressive; their tag is kept")  # fmt: skip
    parser.add_argument("--raw", metavar="WxH:PIX_FMT:RATE",
                        help="read and write rawvideo without headers, such as 1920x1080:gray:25")  # fmt: skip
    add_arguments(parser, PIPE)
    return parser


def _run(parsed: argparse.Namespace, source: y4m.ByteSource, sink: y4m.ByteSink) -> int:
    settings = from_arguments(parsed, PIPE)
    raw = y4m.raw_header(parsed.raw) if parsed.raw else None
    with stop_on_interrupt() as stop:
        reader = y4m.Reader(source, interlaced=parsed.interlaced, raw=raw)
        frames = colorize_stream(reader, sink, settings, stop)
    if frames == 0:
        raise StreamError("the stream ended after its header, before any frame; check the program that writes it")
    return 0


def colorize_stream(
    reader: y4m.Reader, sink: y4m.ByteSink, settings: Settings, stop: threading.Event,
    delivered: Callable[[], None] = lambda: None,
) -> int:  # fmt: skip
    """Colour all frames of `reader` into `sink`; returns the number written.

    Only complete frames are written. Raises KeyboardInterrupt when `stop` is set, StreamError, UsageError,
    WeightsError, DeviceError as its parts do, and FrameError after all frames for a reference of a frame that the
    stream does not have. delivered: called before that, once there are frames and all are written.
    """
    PIPE.check(settings)
    found, inputs = None, [_STDIN]
    if settings.project:
        found, settings = with_project(settings)
        inputs += files_of(found)
    refuse_to_replace_inputs([Path(settings.confidence)], [*inputs, *input_files(settings)])
    plan = StreamPlan.of(reader.header, settings)
    emit = lines_for(settings.log)
    progress = Progress(emit)
    emit(Event("stream", _describe(plan), _facts(plan)))
    work: ColorStage | ProjectStage[y4m.Y4mFrame] = (
        ProjectStage(found, plan, settings, emit) if found else ColorStage(
            Canvas.of(plan.stage, plan.header.aspect), settings, emit, rate=Fraction(*reader.header.rate)
        )
    )  # fmt: skip
    writer = y4m.Writer(sink, plan.output, raw=reader.is_raw)
    written = 0
    with ExitStack() as stack:
        confidence = _ConfidenceFile(settings.confidence, plan, stack) if settings.confidence != "off" else None
        pipeline = stack.enter_context(Pipeline(DEPTH, stop))
        read = pipeline.ahead(map(partial(hold_frame, plan), reader))
        colored = pipeline.ahead(work.run(read))
        for held, chroma, planes in pipeline.each(partial(upsample_color, plan), colored):
            writer.write(held.host.parameters, [_bytes(plane) for plane in planes])
            if confidence:
                confidence.write(chroma)
            written += 1
            progress.update(written, work.shots)
    progress.finish(written, work.shots)
    if written:
        delivered()
    if not stop.is_set():
        work.check_guides()
    return written


def hold_frame(plan: StreamPlan, frame: y4m.Y4mFrame) -> Held[y4m.Y4mFrame]:
    """A frame that was read, prepared for the network."""
    return hold(plan, frame, planes_of(plan.header, frame))


def planes_of(header: y4m.StreamHeader, frame: y4m.Y4mFrame) -> tuple[NDArray[Any], ...]:
    """The planes of a frame of the stream, Y or Y, Cb, Cr, (H, W) each, codes."""
    arrays = (np.frombuffer(plane, SampleCoding(header.format.bits).dtype) for plane in frame.planes)
    return tuple(array.reshape(shape) for array, shape in zip(arrays, header.plane_shapes, strict=True))


class _ConfidenceFile:
    """The second output: the confidence of each frame, as 8-bit full-range gray Y4M of the film's size."""

    def __init__(self, path: str, plan: StreamPlan, stack: ExitStack) -> None:
        header = replace(plan.header, format=y4m.PixelFormat("mono"), range="full")
        self._size = (header.width, header.height)
        self._writer = y4m.Writer(_Output(stack.enter_context(whole_file(Path(path))), path), header)
        stack.callback(self._writer.close)

    def write(self, chroma: Chroma | None) -> None:
        """chroma: None for a frame that keeps its own colour, which is sure."""
        width, height = self._size
        plane = confidence_plane(chroma.confidence, self._size) if chroma else np.full((height, width), 255, np.uint8)
        self._writer.write(b"", [_bytes(plane)])


def _bytes(plane: NDArray[Any]) -> memoryview:
    return memoryview(np.ascontiguousarray(plane)).cast("B")


def _describe(plan: StreamPlan) -> str:
    header, stage = plan.header, plan.stage
    assumed = "" if header.range else ", range assumed"
    return (
        f"{header.width}x{header.height} {header.format.tag} -> {plan.output.format.tag}, matrix {stage.matrix}, "
        f"{plan.source.range} range{assumed}, network at {stage.working_size[0]}x{stage.working_size[1]}"
    )


def _facts(plan: StreamPlan) -> dict[str, Any]:
    return {
        "width": plan.header.width, "height": plan.header.height, "source": plan.header.format.tag,
        "output": plan.output.format.tag, "matrix": plan.stage.matrix, "range": plan.source.range,
    }  # fmt: skip
