"""tcvc colorize: any file that FFmpeg reads, the same film in colour in another file.

The pixels are those of tcvc-pipe for the same frames. Timestamps, aspect, rotation and colour tags stay; all other
streams, chapters and metadata are copied. Three stages overlap as in the pipe: decoding, the network, encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import av
import av.error
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.stream import Discard, Stream
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from ffmpeg_filters import y4m
from ffmpeg_filters.ahead import Pipeline
from ffmpeg_filters.colouring import DEPTH, Colouring, Held
from ffmpeg_filters.encoding import Encoder, Encoding, choose, pix_fmt
from ffmpeg_filters.plan import Plan
from ffmpeg_filters.source import MATRIX_TAGS, SITING_TAGS, Picture, Source, is_picture, open_source
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.files import whole_file
from vs_tcvc.report import Reporter
from vs_tcvc.settings import Settings

Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Y, Cb, Cr of one frame, codes."""

_MATRIX_CODES = {"709": 1, "601": 6, "2020": 9}
_UNSAID = 2  # H.273: primaries, transfer or matrix "unspecified"
_BUFFER_BYTES = 1 << 20
_NOT_OURS = ("encoder", "major_brand", "minor_version", "compatible_brands")
"""Metadata that describes the file that is read, not the film."""


@dataclass(frozen=True)
class Manner:
    """How a file is taken and what is made of it.

    interlaced: take interlaced frames as progressive. overwrite: an existing file may be replaced. leave_out: streams
    that the container cannot hold are left out, not refused. preview: frames to write of each shot, None for all;
    a preview has no sound. compare: a second file, source and colour side by side.
    """

    interlaced: bool = False
    overwrite: bool = False
    leave_out: bool = False
    preview: int | None = None
    compare: Path | None = None


@dataclass(frozen=True)
class Summary:
    """frames: written; shots: found; damaged: packets of the source that could not be read."""

    frames: int
    shots: int
    damaged: int


def colourise_file(
    source: Path, target: Path, settings: Settings, encoding: Encoding | None = None, manner: Manner | None = None,
    reporter: Reporter | None = None, stop: Event | None = None,
) -> Summary:  # fmt: skip
    """Colour the film in `source` into `target`, which appears under its name only when it is whole.

    Raises KeyboardInterrupt, with nothing left behind, when `stop` is set on the way; UsageError for options, names
    and streams that do not go together; StreamError for a source that is no film; TcvcError when writing fails.
    """
    encoding, manner = encoding or Encoding(), manner or Manner()
    reporter, stop = reporter or Reporter(settings.log), stop or Event()
    targets = [target, *([manner.compare] if manner.compare else [])]
    for each in targets:
        _check_target(source, each, manner.overwrite)
    if len({each.resolve() for each in targets}) < len(targets):
        raise UsageError(f"{target}: the film and its comparison need two names")
    _refuse_what_is_not_done(settings)
    encoders = [choose(each, encoding) for each in targets]
    with open_source(source, settings, reporter, manner.interlaced) as film, _said_in_words(target):
        return _colourise(film, targets, encoders, settings, manner, reporter, stop)


def _colourise(
    source: Source, targets: Sequence[Path], encoders: Sequence[Encoder], settings: Settings, manner: Manner,
    reporter: Reporter, stop: Event,
) -> Summary:  # fmt: skip
    encoded = encoders[0].pixels(source.header, settings)
    plan = _plan(source, encoded, settings)
    reporter.say("stream", _described(source, plan, encoders[0], pix_fmt(encoded)), **_facts(source, plan))
    work = Colouring(plan.stage, settings, reporter)
    with ExitStack() as stack:
        films = [_Film(stack.enter_context(_muxer(path, encoder)), encoder, plan, source, pix_fmt(encoded), wide)
                 for path, encoder, wide in zip(targets, encoders, (1, 2), strict=False)]  # fmt: skip
        copies = _Copies(source, films[0].container, manner, reporter)
        for film in films:
            film.begin()
        pipeline = stack.enter_context(Pipeline(DEPTH))
        written = 0
        for held, chroma in pipeline.ahead(work.run(pipeline.ahead(_read(source, plan)))):
            if stop.is_set():
                raise KeyboardInterrupt
            copies.write()
            if manner.preview is not None and chroma.index - chroma.anchor >= manner.preview:
                continue
            planes = (plan.output_luma(held.luma), *plan.stage.planes(held.luma, held.lightness, chroma.ab))
            pts = held.host.pts if manner.preview is None else written * source.step
            films[0].write(planes, pts, held.host.duration)
            for film in films[1:]:
                film.write(_side_by_side(planes, plan), pts, held.host.duration)
            written += 1
            reporter.progress(written, work.shots, None if manner.preview else source.total)
        copies.write()
        for film in films:
            film.finish()
    if source.damaged:
        reporter.say("damage", f"{source.damaged} damaged packets of the source were passed over", count=source.damaged)
    reporter.done(written, work.shots)
    return Summary(written, work.shots, source.damaged)


def _plan(source: Source, encoded: y4m.PixelFormat, settings: Settings) -> Plan:
    """Colour made as the encoder takes it; never at fewer bits than the source, whose luma is not touched here."""
    chroma = encoded.subsampling if encoded.subsampling in ("420", "422", "444") else "auto"
    bits = str(max(encoded.bits, source.header.format.bits))
    return Plan.of(source.header, replace(settings, chroma=chroma, bits=bits), source.matrix_tag)


def _read(source: Source, plan: Plan) -> Iterator[Held[Picture]]:
    for picture in source.pictures():
        luma = picture.planes[0]
        yield Held(picture, luma, plan.stage.lightness(luma), plan.has_colour(picture.planes[1:]))


class _Film:
    """The coloured stream of an output file; `wide` pictures stand side by side in a frame."""

    def __init__(
        self, container: OutputContainer, encoder: Encoder, plan: Plan, source: Source, pixels: str, wide: int
    ) -> None:
        self.container, self._source = container, source
        self._made = pix_fmt(plan.output.format)
        stream = container.add_stream(encoder.codec, rate=source.rate, options=dict(encoder.options),
                                      time_base=source.time_base)  # fmt: skip
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.width, context.height = wide * (plan.header.width - (wide - 1) * _spare(plan)), plan.header.height
        context.pix_fmt = pixels
        context.thread_count = 0
        context.flags |= Flags.frame_duration
        aspect = source.header.aspect
        if all(aspect):
            context.sample_aspect_ratio = Fraction(*aspect)
        context.color_range = int(ColorRange.JPEG if plan.source.range == "full" else ColorRange.MPEG)
        context.colorspace = _matrix_code(source, plan)
        context.color_primaries, context.color_trc = source.colour
        if hasattr(context, "chroma_sample_location"):  # not in PyAV 18, the last for Python 3.11
            context.chroma_sample_location = next(
                (code for code, name in SITING_TAGS.items() if name == plan.output.format.siting), 1
            )
        stream.metadata.update(_kept(source.stream.metadata))
        stream.disposition = source.stream.disposition
        if source.display and wide == 1:
            stream.set_display_matrix(source.display)
        self._stream, self._context, self._encoder = stream, context, encoder

    def begin(self) -> None:
        """Write the header of the file; UsageError where the encoder or the container refuses."""
        try:
            self._context.open()
        except (ValueError, OverflowError, av.error.ExternalError) as error:  # the context is not to be touched now
            options = " ".join(f"--encoder-option {name}={value}" for name, value in self._encoder.options.items())
            raise UsageError(
                f"--codec {self._encoder.codec} {options}: the encoder refuses ({_reason(error)}); change an option, "
                "or choose another encoder"
            ) from None
        self.container.start_encoding()

    def write(self, planes: Planes, pts: int, duration: int) -> None:
        """Encode one frame; pts and duration in units of the source's time base."""
        height, width = planes[0].shape
        frame = av.VideoFrame(width, height, self._made)
        for plane, samples in zip(frame.planes, planes, strict=True):
            rows = np.frombuffer(plane, samples.dtype).reshape(plane.height, -1)
            rows[:, : plane.width] = samples
        frame.pts, frame.duration, frame.time_base = pts, duration, self._source.time_base
        for tag in ("color_range", "colorspace", "color_primaries", "color_trc"):  # ProRes writes each frame's own
            setattr(frame, tag, getattr(self._context, tag))
        self.container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder holds back."""
        self.container.mux(self._stream.encode(None))


class _Copies:
    """All that goes from file to file as it is: other streams packet by packet, attachments, chapters, metadata."""

    def __init__(self, source: Source, container: OutputContainer, manner: Manner, reporter: Reporter) -> None:
        self._source, self._container = source, container
        self._leave_out, self._reporter = manner.leave_out, reporter
        self._streams: dict[int, Stream] = {}
        container.metadata.update(_kept(source.container.metadata))
        others = [each for each in source.container.streams if each.index != source.stream.index]
        if manner.preview is not None:
            for each in others:
                each.discard = Discard.all
            return
        container.set_chapters(source.container.chapters())
        for each in others:
            if each.discard != Discard.all:  # FFmpeg hides the track of chapters in this way
                self._add(each)

    def write(self) -> None:
        """Hand on the packets that were read since."""
        copied = self._source.copied
        while copied:
            packet = copied.popleft()
            stream = self._streams.get(packet.stream_index)
            if stream is None:
                continue
            packet.stream = stream
            try:
                self._container.mux(packet)
            except av.error.ArgumentError as error:  # its timestamp is none, or lies before the last one's
                self._source.pass_over(f"a packet of stream {stream.index} cannot be copied ({error.strerror})")

    def _add(self, stream: Stream) -> None:
        is_matroska = self._container.format.name == "matroska"
        if stream.type == "data" and "timecode" in stream.metadata:
            return  # the film's own metadata holds it, and the container makes its track
        if is_matroska and is_picture(stream):
            self._attach_cover(stream)
        elif is_matroska if stream.type == "attachment" else self._holds(stream):
            copy = self._container.add_stream_from_template(stream, opaque=True)
            copy.metadata.update(stream.metadata)
            copy.disposition = stream.disposition
            self._streams[stream.index] = copy
        else:
            self._refuse(stream)

    def _holds(self, stream: Stream) -> bool:
        """Whether the container takes the stream: tried in memory, for only the muxer knows."""
        try:
            with av.open(BytesIO(), "w", format=self._container.format.name) as trial:
                trial.add_stream_from_template(stream, opaque=True)
                trial.start_encoding()
        except (ValueError, av.error.FFmpegError):
            return False
        return True

    def _attach_cover(self, stream: Stream) -> None:
        """Cover art is an attachment in Matroska."""
        with av.open(self._source.name) as again:
            packet = next(each for each in again.demux(again.streams[stream.index]) if each.size)
            name = stream.metadata.get("filename", f"cover.{'png' if stream.name == 'png' else 'jpg'}")
            kind = stream.metadata.get("mimetype", "image/png" if stream.name == "png" else "image/jpeg")
            self._container.add_attachment(name, kind, bytes(packet))
        stream.discard = Discard.all

    def _refuse(self, stream: Stream) -> None:
        what = f"stream {stream.index} ({stream.type} {stream.name or 'of an unknown kind'})"
        if not self._leave_out:
            instead = "convert it first" if self._container.format.name == "matroska" else "write an .mkv"
            raise UsageError(
                f"{what} of {self._source.name} cannot be kept in {self._container.format.name}: {instead}, "
                "or pass --leave-out to go without"
            )
        self._reporter.say("left_out", f"{what} is left out: {self._container.format.name} does not hold it")
        stream.discard = Discard.all


@contextmanager
def _muxer(path: Path, encoder: Encoder) -> Iterator[OutputContainer]:
    """An output file that gets its name when the block ends well; otherwise it is removed, without its trailer."""
    with whole_file(path) as file:
        container = av.open(file, "w", format=encoder.container, buffer_size=_BUFFER_BYTES)
        try:
            yield container
        except BaseException:
            with suppress(OSError):
                file.close()
            container.close()
            raise
        container.close()


@contextmanager
def _said_in_words(target: Path) -> Iterator[None]:
    """What FFmpeg and the disk say while writing, as one sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, av.error.FFmpegError) as error:
        advice = "make room, or write elsewhere" if isinstance(error, OSError) else "try another container or encoder"
        raise TcvcError(
            f"{target}: writing failed ({_reason(error)}) and nothing has this name now; {advice}"
        ) from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _check_target(source: Path, target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise UsageError(f"{target}: it is a folder; name a file, or use --out-dir")
    if target.resolve() == source.resolve() or (target.exists() and source.exists() and target.samefile(source)):
        raise UsageError(f"{target}: it is the source itself, which is never written; name another file")
    if target.exists() and not overwrite:
        raise UsageError(f"{target}: it exists; name another file, or pass --overwrite")


def _refuse_what_is_not_done(settings: Settings) -> None:
    usual = Settings()
    for name in ("reference_frame", "direction", "confidence"):
        if getattr(settings, name) != getattr(usual, name):
            raise UsageError(f"{name}={getattr(settings, name)}: colouring a file does not do that; leave it out")


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in metadata.items() if name.lower() not in _NOT_OURS}


def _matrix_code(source: Source, plan: Plan) -> int:
    """H.273 matrix coefficients of what is written: the source's own number where it means the same."""
    own = source.stream.codec_context.colorspace
    return own if MATRIX_TAGS.get(own) == plan.stage.matrix else _MATRIX_CODES[plan.stage.matrix]


def _spare(plan: Plan) -> int:
    """Columns that a half of a comparison lacks, so that its chroma ends where its luma does."""
    return plan.header.width % (1 << plan.output.format.shifts[0])


def _side_by_side(planes: Planes, plan: Plan) -> Planes:
    """The frame without and with its colour."""
    width = plan.header.width - _spare(plan)
    step = 1 << plan.output.format.shifts[0]
    luma, *chroma = planes[0][:, :width], *(plane[:, : width // step] for plane in planes[1:])
    neutral = plan.stage.output.neutral if plan.stage.output else plan.source.neutral
    cb, cr = (np.concatenate([np.full_like(plane, neutral), plane], axis=1) for plane in chroma)
    return np.concatenate([luma, luma], axis=1), cb, cr


def _described(source: Source, plan: Plan, encoder: Encoder, pixels: str) -> str:
    header, stage = plan.header, plan.stage
    made = pix_fmt(plan.output.format)
    fewer = f", made of {made}" if made != pixels else ""
    assumed = [name for name, said in (("matrix", source.matrix_tag), ("range", header.range)) if not said]
    said = f" ({' and '.join(assumed)} assumed)" if assumed else ""
    return (
        f"{header.width}x{header.height} {header.format.tag} at {source.rate} fps -> {encoder.codec} {pixels}{fewer}, "
        f"matrix {stage.matrix}, {plan.source.range} range{said}, "
        f"network at {stage.working_size[0]}x{stage.working_size[1]}"
    )


def _facts(source: Source, plan: Plan) -> dict[str, Any]:
    return {
        "width": plan.header.width, "height": plan.header.height, "source": plan.header.format.tag,
        "output": plan.output.format.tag, "matrix": plan.stage.matrix, "range": plan.source.range,
        "frames": source.total,
    }  # fmt: skip
