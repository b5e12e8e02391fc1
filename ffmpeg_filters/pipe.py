"""tcvc-pipe: YUV4MPEG2 on stdin, the same film in colour on stdout.

Three stages overlap, each in a thread of its own with short queues between: reading (and shrinking), the network,
writing (and enlarging the colour). The luma plane goes from the first to the last as it came.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters import y4m
from ffmpeg_filters.ahead import Pipeline
from ffmpeg_filters.colouring import DEPTH, Colouring, Held
from vs_tcvc import program
from vs_tcvc.chroma import ChromaStage, confidence_plane
from vs_tcvc.color import SampleCoding, resolve_matrix, resolve_range
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.files import whole_file
from vs_tcvc.frame import Chroma
from vs_tcvc.report import Reporter
from vs_tcvc.settings import Settings, add_arguments, from_arguments

SITINGS = {"jpeg": "center", "mpeg2": "left", "paldv": "topleft", "": "left"}


@dataclass(frozen=True)
class Plan:
    """What is known once the header is read: how samples are written and where colour goes."""

    header: y4m.StreamHeader
    output: y4m.StreamHeader
    source: SampleCoding
    stage: ChromaStage

    @classmethod
    def of(cls, header: y4m.StreamHeader, settings: Settings) -> Plan:
        """Raises UsageError where the options and the stream do not go together."""
        assumed = resolve_range(settings.range, header.range)
        source = SampleCoding(header.format.bits, assumed)
        pixels = _output_format(header.format, settings)
        output = replace(header, format=pixels, range="full" if assumed == "full" else "limited")
        stage = ChromaStage(
            header.width, header.height, source, subsampling=pixels.shifts, siting=SITINGS[pixels.siting],
            matrix=resolve_matrix(settings.matrix, header.height), output=SampleCoding(pixels.bits, source.range),
            saturation=settings.saturation, size=settings.size,
        )  # fmt: skip
        return cls(header, output, source, stage)

    def luma_plane(self, frame: y4m.Frame) -> NDArray[Any]:
        """The luma samples of a frame, a view."""
        shape = (self.header.height, self.header.width)
        return np.frombuffer(frame.planes[0], self.source.dtype).reshape(shape)

    def luma_bytes(self, held: Held[y4m.Frame]) -> memoryview:
        """The luma plane of the output: the very bytes that came, or the same codes at more bits."""
        more = self.output.format.bits - self.header.format.bits
        if not more:
            return held.host.planes[0]
        return memoryview(_widened(held.luma, self.source, more)).cast("B")


def main(
    arguments: Sequence[str] | None = None, source: y4m.ByteSource | None = None, sink: y4m.ByteSink | None = None
) -> int:
    """Run `tcvc-pipe`; returns the exit code of `vs_tcvc.errors`, 130 after Ctrl-C.

    source, sink: what to use in place of stdin and stdout.
    """
    parsed = _parser().parse_args(arguments)
    source = source or FileIO(0, "rb", closefd=False)  # unbuffered: a thread may wait in it at exit
    sink = sink or FileIO(1, "wb", closefd=False)
    return program.run("tcvc-pipe", lambda: _run(parsed, source, sink))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tcvc-pipe",
        description="Colour for black-and-white video: YUV4MPEG2 on stdin, YUV4MPEG2 on stdout.",
        epilog="ffmpeg -i film.mkv -f yuv4mpegpipe -strict -1 - | tcvc-pipe | ffmpeg -i - -i film.mkv "
        "-map 0:v -map 1:a? -c:a copy colour.mkv",
    )
    parser.add_argument("--interlaced", action="store_true",
                        help="take interlaced frames as if they were progressive; their tag is kept")  # fmt: skip
    parser.add_argument("--raw", metavar="WxH:PIX_FMT:RATE",
                        help="stdin and stdout are rawvideo without headers, such as 1920x1080:gray:25")  # fmt: skip
    add_arguments(parser)
    return parser


def _run(parsed: argparse.Namespace, source: y4m.ByteSource, sink: y4m.ByteSink) -> int:
    settings = from_arguments(parsed)
    _refuse_what_needs_a_file(settings)
    raw = y4m.raw_header(parsed.raw) if parsed.raw else None
    with (
        redirect_stdout(sys.stderr),
        _stop_on_interrupt() as stop,
    ):  # a library that prints must not print into the video
        reader = y4m.Reader(source, interlaced=parsed.interlaced, raw=raw)
        frames = colourise(reader, sink, settings, stop)
    if frames == 0 and not stop.is_set():
        raise StreamError("the stream ended after its header, before any frame: see the program that writes it")
    return program.INTERRUPTED if stop.is_set() else 0


def colourise(reader: y4m.Reader, sink: y4m.ByteSink, settings: Settings, stop: Event) -> int:
    """Colour all frames of `reader` into `sink` until the end or until `stop` is set; returns how many were written.

    Whole frames only are written. Raises StreamError, UsageError, WeightsError, DeviceError as its parts do.
    """
    plan = Plan.of(reader.header, settings)
    reporter = Reporter(settings.log)
    reporter.say("stream", _described(plan), **_facts(plan))
    work = Colouring(plan.stage, settings, reporter)
    writer = y4m.Writer(sink, plan.output, raw=reader.is_raw)
    written = 0
    with ExitStack() as stack:
        confidence = _ConfidenceFile(settings.confidence, plan, stack) if settings.confidence != "off" else None
        pipeline = stack.enter_context(Pipeline(DEPTH))
        for held, chroma in pipeline.ahead(work.run(pipeline.ahead(_read(reader, plan)))):
            if stop.is_set():
                break
            planes = plan.stage.planes(held.luma, held.lightness, chroma.ab)
            writer.write(held.host.parameters, [plan.luma_bytes(held), *(_bytes(plane) for plane in planes)])
            if confidence:
                confidence.write(chroma)
            written += 1
            reporter.progress(written, work.shots)
    reporter.done(written, work.shots)
    return written


def _read(reader: y4m.Reader, plan: Plan) -> Iterator[Held[y4m.Frame]]:
    for frame in reader:
        luma = plan.luma_plane(frame)
        yield Held(frame, luma, plan.stage.lightness(luma), _has_colour(frame, plan))


class _ConfidenceFile:
    """The second output: how sure the colour of each frame is, as 8-bit full-range gray Y4M of the film's size."""

    def __init__(self, path: str, plan: Plan, stack: ExitStack) -> None:
        header = replace(plan.header, format=y4m.PixelFormat("mono"), range="full")
        self._size = (header.width, header.height)
        self._writer = y4m.Writer(stack.enter_context(whole_file(Path(path))), header)
        stack.callback(self._writer.close)

    def write(self, chroma: Chroma) -> None:
        self._writer.write(b"", [_bytes(confidence_plane(chroma.confidence, self._size))])


def _refuse_what_needs_a_file(settings: Settings) -> None:
    for name, wanted in (("reference_frame", "best"), ("direction", "both")):
        if getattr(settings, name) == wanted:
            flag = "--" + name.replace("_", "-")
            raise UsageError(
                f"{flag} {wanted}: a pipe sees every frame once, in order; colour the file instead, or leave it out"
            )


def _output_format(source: y4m.PixelFormat, settings: Settings) -> y4m.PixelFormat:
    """Gray becomes 4:2:0; anything else keeps its own chroma and depth, unless asked otherwise."""
    bits = source.bits if settings.bits == "auto" else int(settings.bits)
    if bits < source.bits:
        raise UsageError(
            f"--bits {bits}: the source has {source.bits} bits and its luma is kept exactly; convert it after"
        )
    own = "420" if source.subsampling == "mono" else source.subsampling
    subsampling = own if settings.chroma == "auto" else settings.chroma
    if subsampling != "420" or bits != 8:
        return y4m.PixelFormat(subsampling, bits)
    keeps_siting = source.subsampling == "420" and source.bits == 8
    return y4m.PixelFormat("420", 8, source.siting if keeps_siting else "mpeg2")


def _widened(luma: NDArray[Any], source: SampleCoding, more: int) -> NDArray[Any]:
    """The same luma at `more` bits: exact for limited range, the nearest code (which can be undone) for full range."""
    if source.range == "limited":
        return np.left_shift(luma.astype(np.uint16), more)
    highest = (1 << source.bits) - 1
    wide = luma.astype(np.uint64) * ((1 << (source.bits + more)) - 1)
    return ((wide + highest // 2) // highest).astype(np.uint16)


def _has_colour(frame: y4m.Frame, plan: Plan) -> bool:
    """Whether chroma planes hold more than noise."""
    neutral, tolerance = plan.source.neutral, 4 << (plan.source.bits - 8)
    planes = (np.frombuffer(plane, plan.source.dtype)[::61] for plane in frame.planes[1:])
    return any(float(np.abs(plane.astype(np.float32) - neutral).mean()) > tolerance for plane in planes)


def _bytes(plane: NDArray[Any]) -> memoryview:
    return memoryview(np.ascontiguousarray(plane)).cast("B")


def _described(plan: Plan) -> str:
    header, stage = plan.header, plan.stage
    assumed = "" if header.range else ", range assumed"
    return (
        f"{header.width}x{header.height} {header.format.tag} -> {plan.output.format.tag}, matrix {stage.matrix}, "
        f"{plan.source.range} range{assumed}, network at {stage.working_size[0]}x{stage.working_size[1]}"
    )


def _facts(plan: Plan) -> dict[str, Any]:
    return {
        "width": plan.header.width, "height": plan.header.height, "source": plan.header.format.tag,
        "output": plan.output.format.tag, "matrix": plan.stage.matrix, "range": plan.source.range,
    }  # fmt: skip


@contextmanager
def _stop_on_interrupt() -> Iterator[Event]:
    """Ctrl-C sets the event, so that the frame in hand is written whole; a second Ctrl-C ends at once."""
    stop = Event()

    def handle(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    try:
        before = signal.signal(signal.SIGINT, handle)
    except ValueError:  # not the main thread: a host's matter
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
