"""Writers of films in containers and of numbered pictures. Files get their names when complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.stream import Stream
from av.video.frame import PictureType
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from ffmpeg_filters import y4m
from ffmpeg_filters.decoder import SITING_TAGS, DecodedFrame, Source
from ffmpeg_filters.encoder_choice import EncoderChoice, pix_fmt
from ffmpeg_filters.frame_times import FrameTimes
from ffmpeg_filters.left_behind import check_length, kept, left_behind
from ffmpeg_filters.matroska_aspect import write_aspect
from ffmpeg_filters.side_data import kinds_of, light_options, with_frames
from ffmpeg_filters.stream_facts import film_stream, is_picture
from ffmpeg_filters.stream_plan import Planes, StreamPlan
from vs_tcvc import __version__
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.coding import SampleCoding, matrix_code
from vs_tcvc.picture.color import rgb_with_luma
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.picture.source_type import SOURCE_TYPE
from vs_tcvc.runtime import unfinished
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.numbered_files import NumberedFiles, for_ffmpeg

_ANY_TAGS = ("matroska", "webm")
_WITHOUT_TIMES = ("avi",)
"""Containers without timestamps: to move the film for sound that begins before it would leave a hole in it."""
_BUFFER_BYTES = 1 << 20
_PICTURES_AT_ONCE = 4
_ROWS_AT_ONCE = 32


@contextmanager
def open_writer(
    target: Path,
    encoder: EncoderChoice,
    plan: StreamPlan,
    source: Source,
    pixels: y4m.PixelFormat,
    size: tuple[int, int],
) -> Iterator[FilmWriter | PictureWriter]:
    """The writer of frames of `size` (width, height) to the film, or to the pictures, named `target`."""
    if encoder.pictures:
        yield PictureWriter(encoder.pictures, encoder, plan, source, encoder.stored(pixels), size)
        return
    with _muxer(target, encoder, lambda written: writer.complete(written, target)) as container:
        writer = FilmWriter(container, encoder, plan, source, encoder.stored(pixels), size)
        yield writer


class FilmWriter:
    """The coloured stream of an output file.

    encoder: what makes it; times: when its frames are shown. copied: streams of the source whose copies follow it.
    """

    def __init__(
        self, container: OutputContainer, encoder: EncoderChoice, plan: StreamPlan, source: Source, pixels: str,
        size: tuple[int, int],
    ) -> None:  # fmt: skip
        self.container, self._source, self.copied = container, source, list[Stream]()
        self._frames = 0
        self._made = pix_fmt(plan.output.format)
        self.times = FrameTimes.of(source, container, encoder.codec)
        options = light_options(encoder.codec, source.light, encoder.options)
        stream = container.add_stream(encoder.codec, rate=source.rate, options=options,
                                      time_base=self.times.time_base)  # fmt: skip
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.thread_count = 0
        context.flags |= Flags.frame_duration
        _describe(context, source, pixels, size)
        context.color_range = int(ColorRange.JPEG if plan.source.range == "full" else ColorRange.MPEG)
        context.colorspace = matrix_code(plan.stage.matrix, source.stream.codec_context.colorspace)
        if hasattr(context, "chroma_sample_location"):  # not in PyAV 18, the last for Python 3.11
            context.chroma_sample_location = next(
                (code for code, name in SITING_TAGS.items() if name == plan.output.format.siting), 1
            )
        container.metadata.update({**kept(source.container.metadata), **_made_by(encoder.container)})
        stream.metadata.update(kept(source.stream.metadata, encoder.container))
        stream.disposition = source.stream.disposition
        if source.display and size == (plan.header.width, plan.header.height):
            stream.set_display_matrix(source.display)
        self._stream, self._context, self.encoder = stream, context, encoder

    def begin(self) -> None:
        """Write the header of the file. Raises UsageError if the encoder or the container refuses."""
        _open(self._context, self.encoder)
        self.container.start_encoding()

    def write(self, planes: Planes, picture: DecodedFrame, number: int | None = None) -> None:
        """Encode one frame at the time of `picture`; number: its place from 0 in a film that is only a part."""
        frame = self._frame(planes, picture)
        for plane, samples in zip(frame.planes, planes, strict=True):
            rows = np.frombuffer(plane, samples.dtype).reshape(plane.height, -1)
            rows[:, : plane.width] = samples
        frame.pts, frame.duration = self.times.place(picture) if number is None else self.times.nth(number)
        frame.time_base = self.times.time_base
        for tag in ("color_range", "colorspace", "color_primaries", "color_trc"):  # ProRes writes each frame's own
            setattr(frame, tag, getattr(self._context, tag))
        self._frames += 1
        self.container.mux(self._stream.encode(frame))

    def _frame(self, planes: Planes, picture: DecodedFrame) -> av.VideoFrame:
        """An empty frame, with the side data of that of `picture` if the encoder writes some of it."""
        height, width = planes[0].shape
        carrier = picture.carrier
        if (
            carrier is None
            or (carrier.width, carrier.height) != (width, height)
            or not kinds_of(carrier) & {*with_frames(self.encoder.codec)}
        ):
            return av.VideoFrame(width, height, self._made)
        frame = carrier.reformat(format="gray").reformat(format=self._made)  # twice, so that its memory is its own
        frame.pict_type = PictureType.NONE  # the encoder's choice
        return frame

    def accepts(self, stream: av.VideoStream) -> bool:
        """Whether a film's packets are such as this encoder makes, once it has begun."""
        own, other = self._context, stream.codec_context
        return _kind(own) == _kind(other) and own.extradata in (None, other.extradata)

    def copy(self, packet: av.Packet[Any]) -> None:
        """Write a packet of a film that is accepted, with its own timestamps, between frames."""
        packet.stream = self._stream
        self._frames += 1
        self.container.mux(packet)

    def finish(self) -> None:
        """Flush the encoder."""
        self.container.mux(self._stream.encode(None))

    def complete(self, written: Path, target: Path) -> None:
        """Write what FFmpeg's library does not, and say what the file lacks of its source; target: its later name.

        Raises TcvcError if frames are missing.
        """
        aspect = self._context.sample_aspect_ratio
        has_aspect = not aspect or aspect == 1 or self.encoder.container not in _ANY_TAGS
        lost = [] if has_aspect or write_aspect(written, Fraction(aspect.numerator, aspect.denominator)) else ["aspect"]
        with av.open(for_ffmpeg(written), options=dict(FFMPEG_LIMITS)) as made:
            film = film_stream(made)
            if self.times.is_constant:
                check_length(film, self._frames, str(target))
            copies = (each for each in made.streams if each.index != film.index and not is_picture(each))
            pairs = [(self._source.stream, film), *zip(self.copied, copies, strict=False)]
            lost += left_behind(self._source.container, pairs, made, self.encoder.container)
        if lost:
            advice = "" if self.encoder.container == "matroska" else "; an .mkv holds more"
            self._source.emit_once("left_behind", f"{target.name} cannot hold {', '.join(lost)}{advice}")


def _made_by(container: str) -> dict[str, str]:
    """Tags that say how the film got its colour, where the container takes any tag."""
    tool = f"vs-tcvc {__version__}"
    return {"COLORIZED_BY": tool, "DIGITAL_SOURCE_TYPE": SOURCE_TYPE} if container in _ANY_TAGS else {}


class PictureWriter:
    """Files of one picture each, R'G'B' with the luma of the source, under the numbers of the source."""

    def __init__(
        self,
        names: NumberedFiles,
        encoder: EncoderChoice,
        plan: StreamPlan,
        source: Source,
        pixels: str,
        size: tuple[int, int],
    ) -> None:
        context = av.CodecContext.create(encoder.codec, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.time_base = Fraction(1)
        context.options = dict(encoder.options)
        context.thread_type, context.thread_count = "FRAME", _PICTURES_AT_ONCE
        _describe(context, source, pixels, size)
        self._names, self._context, self._encoder, self._matrix = names, context, encoder, plan.stage.matrix
        self._has_begun = False
        self._tags, self._coding = source.color, plan.stage.output or plan.source
        self._stored = SampleCoding(8 if self._coding.bits == 8 else 16, "full")

    def begin(self) -> None:
        """Create the folder. Raises UsageError if that fails, or the encoder refuses."""
        try:
            self._names.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{self._names.folder}: this folder cannot be created ({reason(error)})") from None
        _open(self._context, self._encoder)

    def write(self, planes: Planes, picture: DecodedFrame, number: int | None = None) -> None:
        """Encode one frame under the number of `picture`; its file may appear only after later frames."""
        frame = av.VideoFrame.from_ndarray(self._rgb(planes), str(self._context.pix_fmt))
        frame.pts, (frame.color_primaries, frame.color_trc) = picture.number, self._tags
        self._put(self._context.encode(frame))

    def finish(self) -> None:
        """Flush the encoder."""
        self._put(self._context.encode(None))
        unfinished.end(self._names)

    def _rgb(self, planes: Planes) -> NDArray[Any]:
        """Codes (H, W, 3)."""
        rgb = np.empty((*planes[0].shape, 3), self._stored.dtype)
        for first in range(0, len(rgb), _ROWS_AT_ONCE):  # few enough to stay in the processor's cache
            luma, cb, cr = (plane[first : first + _ROWS_AT_ONCE] for plane in planes)
            chroma = np.stack([self._coding.chroma_from_codes(plane) for plane in (cb, cr)])
            color = rgb_with_luma(self._coding.luma_from_codes(luma), chroma, self._matrix)
            rgb[first : first + _ROWS_AT_ONCE] = np.moveaxis(self._stored.codes_from_luma(color), 0, -1)
        return rgb

    def _put(self, packets: list[av.Packet[Any]]) -> None:
        for packet in packets:
            assert packet.pts is not None
            if not self._has_begun:
                unfinished.begin(self._names)
                self._has_begun = True
            with whole_file(self._names.path(packet.pts)) as file:
                file.write(bytes(packet))


def _describe(context: av.VideoCodecContext, source: Source, pixels: str, size: tuple[int, int]) -> None:
    """Tags that films and pictures have in common."""
    context.width, context.height = size
    context.pix_fmt = pixels
    if all(source.header.aspect):
        context.sample_aspect_ratio = Fraction(*source.header.aspect)
    context.color_primaries, context.color_trc = source.color


def _kind(context: av.VideoCodecContext) -> tuple[object, ...]:
    """What is the same for an encoder and a decoder of its packets; their depths may differ, as of ProRes 4444."""
    pixels = context.format
    chroma = pixels and (len(pixels.components), pixels.chroma_width(64), pixels.chroma_height(64))
    return context.codec.canonical_name, context.profile, context.width, context.height, chroma


def _open(context: av.VideoCodecContext, encoder: EncoderChoice) -> None:
    try:
        context.open()
    except (ValueError, OverflowError, av.error.ExternalError) as error:  # the context must not be used any more
        options = ", ".join(f"{name}={value}" for name, value in encoder.options.items())
        raise UsageError(
            f"the encoder refuses {options or 'its input'} ({reason(error)})", option="codec",
            value=encoder.codec, remedy="change it with {options}, or choose another encoder",
        ) from None  # fmt: skip


def reason(error: Exception) -> str:
    """The message of FFmpeg or the system."""
    return str(getattr(error, "strerror", None) or error)


@contextmanager
def _muxer(
    path: Path, encoder: EncoderChoice, complete: Callable[[Path], None]
) -> Iterator[OutputContainer]:  # fmt: skip
    """An output file that gets its name when the block succeeds; otherwise it is removed, without its trailer.

    complete: called with the file once it is written, before it gets its name.
    """
    with whole_file(path) as file:
        target = _Target(file)
        how = {"avoid_negative_ts": "disabled"} if encoder.container in _WITHOUT_TIMES else {}
        container = av.open(
            target, "w", format=encoder.container, buffer_size=_BUFFER_BYTES, container_options=how
        )  # fmt: skip
        try:
            yield container
        except BaseException:
            target.is_open = False
            with suppress(OSError, av.error.FFmpegError):
                container.close()
            raise
        container.close()
        if target.error:
            raise target.error
        file.flush()
        if Path(file.name).is_file():  # not a pipe or a device
            complete(Path(file.name))


class _Target:
    """A file that FFmpeg writes to, until the first error; whatever comes then is dropped, and the error is kept.

    PyAV prints an error that meets another one, and is not told of one that its last write meets.
    """

    error: OSError | None = None
    is_open = True

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell = file.tell

    def write(self, data: bytes) -> int:
        return self._do(self._file.write, len(data), data)

    def seek(self, offset: int, whence: int) -> int:
        return self._do(self._file.seek, offset, offset, whence)

    def _do(self, act: Callable[..., int], otherwise: int, *arguments: Any) -> int:
        if not self.is_open:
            return otherwise
        try:
            return act(*arguments)
        except OSError as error:
            self.error, self.is_open = error, False
            raise
