"""The film in a file, as FFmpeg reads it: frames with usable luma planes, and packets to copy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain, dropwhile
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.stream import Discard
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from ffmpeg_filters import y4m
from ffmpeg_filters.frame_rules import FrameRules
from ffmpeg_filters.joined_recordings import ContinuousClock
from ffmpeg_filters.opening import check_whole, open_container, saying
from ffmpeg_filters.picture_files import check_header, refuse_hole
from ffmpeg_filters.pixel_formats import has_rgb, readable
from ffmpeg_filters.side_data import kinds_of, light_of
from ffmpeg_filters.stream_facts import display_matrix, film_stream, film_streams, promised_end
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.picture.coding import ColorTags, SampleCoding, resolve_matrix, resolve_range
from vs_tcvc.picture.color import ycc_from_rgb
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS, LARGEST
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import NumberedFiles, find_pictures
from vs_tcvc.settings import Settings

SITING_TAGS = {1: "mpeg2", 2: "jpeg", 3: "paldv"}
"""FFmpeg's AVChromaLocation, by the names of Y4M."""
_UNSAID_RATE = Fraction(25)
_EARLY = 3
"""Frames by which a film may end before the end in its header."""
_PICTURE_RATE = Fraction(24)
_UNSAFE = ("png", "apng")
"""Decoders whose colour profiles PyAV 19 frees twice."""
_RACING = ("mpeg1video", "mpeg2video")
"""Decoders whose pictures near damage depend on which of their threads ends first."""


@dataclass(frozen=True)
class DecodedFrame:
    """A decoded frame.

    number: of the picture's file, or counted from 0. pts, duration: in units of the stream's time base.
    planes: Y (H, W), or Y, Cb, Cr, codes, views of the decoder's. carrier: the decoder's frame if it has side data of
    the film, such as closed captions.
    """

    number: int
    pts: int
    duration: int
    planes: tuple[NDArray[Any], ...]
    carrier: av.VideoFrame | None = None


class Source:
    """An open film.

    container, stream: of FFmpeg. numbered: names and numbers of its pictures, None for one file.
    header: the film's format as a Y4M header. tags: what it says of its colour; of R G B, as it is converted.
    colour: FFmpeg's numbers for primaries and transfer. display: nine numbers of the display matrix, or None.
    light: mastering display and light level of HDR, FFmpeg's structures by name.
    copied: packets of other streams, read so far. damaged: packets that could not be used so far.
    key_times: pts of the film's packets, read so far, at which decoding may begin. has_times: whether all frames so far
    had timestamps of their own, each above the one before.
    """

    def __init__(
        self, opened: Callable[[], InputContainer], settings: Settings, emit: Emit, interlaced: bool,
        numbered: tuple[NumberedFiles, range] | None = None, drops_alpha: bool = False,
    ) -> None:  # fmt: skip
        self.container, self._opened = opened(), opened
        self._emit, self._takes_interlaced, self._drops_alpha = emit, interlaced, drops_alpha
        self.numbered = numbered
        self._settings = settings
        self.stream = film_stream(self.container)
        self.stream.codec_context.options = dict(FFMPEG_LIMITS)
        self.stream.thread_type = "SLICE"  # with frame threads PyAV silently drops frames near damage
        if self.stream.codec_context.name in _RACING:
            self.stream.codec_context.thread_count = 1
        self.copied: deque[av.Packet[Any]] = deque()
        self.damaged = 0
        self.key_times: list[int] = []
        self.has_times = True
        self._emitted: set[str] = set()
        self._tell_of_other_films()
        self._clock = ContinuousClock(self.container, self._tell_of_join)
        self._packets = self._demux()
        decoded = self._decode(self._packets)
        first = next(decoded, None)
        if first is None:
            raise StreamError(
                f"{self.name}: no frame of its video could be decoded; it is damaged, empty, or larger than {LARGEST}"
            )
        self._decoded_frames = chain((first,), decoded)
        self._size, self._format = (first.width, first.height), readable(first.format)
        self.tags = self._read_tags(first)
        self._matrix = resolve_matrix(settings.matrix, first.height, self.tags.matrix)
        self._is_rgb = has_rgb(first.format)
        self.header = self._header(first)
        if self._is_rgb:
            self.tags = replace(self.tags, matrix=self._matrix)
        self.color = (first.color_primaries, first.color_trc)
        self.display = display_matrix(first) if self._has_side_data else None
        self.light = light_of(first, self.stream.codec_context) if self._has_side_data else {}
        self._rules = FrameRules(
            first, self.stream, bool(numbered), interlaced, drops_alpha, lambda *said: self.emit_once(*said)
        )
        self.check(first, self._where(numbered[1].start if numbered else 0))

    @property
    def name(self) -> str:
        return str(self.numbered[0]) if self.numbered else self.container.name.removeprefix("file:")

    def files(self) -> Iterator[Path]:
        """The files that are read."""
        if self.numbered:
            names, numbers = self.numbered
            return map(names.path, numbers)
        return iter([Path(self.name)])

    @property
    def numbers(self) -> range | None:
        """The numbers of its pictures, by which options name frames; None for one file, whose frames count from 0."""
        return self.numbered[1] if self.numbered else None

    @property
    def _has_side_data(self) -> bool:
        """Whether frames are asked for it: of numbered pictures the header tells more, and PyAV crashes at PNG's."""
        return self.numbered is None and self.stream.codec_context.name not in _UNSAFE

    @property
    def rate(self) -> Fraction:
        """Frames per second: the container's, otherwise 25."""
        rate = self.stream.guessed_rate or self.stream.average_rate
        return Fraction(rate.numerator, rate.denominator) if rate else _UNSAID_RATE

    @property
    def time_base(self) -> Fraction:
        """Seconds per unit of `DecodedFrame.pts`."""
        return Fraction(self.stream.time_base.numerator, self.stream.time_base.denominator)

    @property
    def total(self) -> int | None:
        """Approximate number of frames from the container, None if unknown."""
        if self.stream.frames:
            return self.stream.frames
        seconds = (self.container.duration or 0) / 1_000_000
        return round(seconds * self.rate) or None

    @property
    def step(self) -> int:
        """One frame at the constant rate, in units of the time base."""
        return max(1, round(1 / (self.rate * self.time_base)))

    def pictures(self) -> Iterator[DecodedFrame]:
        """All frames in presentation order.

        Raises StreamError for interlaced frames and for alpha, unless they are allowed, for a film that changes its
        size, and for a picture that cannot be decoded. For frames that are allowed one event is emitted.
        """
        last: int | None = None
        index, end = -1, 0
        for index, frame in enumerate(self._decoded_frames):
            number = self._number(frame.pts) if self.numbered else index
            pts = frame.pts
            if pts is None or (last is not None and pts <= last):
                pts = 0 if last is None else last + self.step
                self.has_times = False
                self.emit_once("timestamps", f"frame {number} has no timestamp: computed from {self.rate} fps")
            last = pts
            yield self.picture(frame, number, pts)
            end = pts + (frame.duration or self.step)
        if self.numbered and index + 1 < len(self.numbered[1]):
            refuse_hole(self.numbered[0], self.numbered[1].start + index + 1, "it can no longer be read")
        promised = None if self.numbered or "joined" in self._emitted else promised_end(self.stream)
        if promised is not None and end + _EARLY * self.step < promised / self.time_base:
            text = (
                f"{self.name} is cut off: its header says that it ends at {float(promised):.2f} s, "
                f"its last frame ends at {float(end * self.time_base):.2f} s; copy it again if more of it is wanted"
            )
            self._emit(Event("cut_off", text, {"promised": float(promised), "end": float(end * self.time_base)}))

    def frames_from(self, pts: int) -> Iterator[av.VideoFrame]:
        """Frames of the film in presentation order, from the key frame on that the container finds for a time.

        The container may find one that is too late, and what depends on frames before it may come out damaged or not
        at all. Raises av.error.FFmpegError if it cannot seek.
        """
        self.container.seek(pts, stream=self.stream)
        self._clock = ContinuousClock(self.container, self._tell_of_join)
        yield from self._decode(dropwhile(lambda packet: not self._is_key(packet), self._demux()))

    def picture(self, frame: av.VideoFrame, number: int, pts: int) -> DecodedFrame:
        """A decoded frame as `pictures` gives it. Raises StreamError as `pictures` does."""
        self.check(frame, self._where(number))
        carrier = frame if self._has_side_data and kinds_of(frame) else None
        return DecodedFrame(number, pts, frame.duration or self.step, self._planes(frame), carrier)

    @contextmanager
    def again(self) -> Iterator[Source]:
        """The film opened once more, at its beginning, without its other streams. Events are those not emitted yet.

        Raises StreamError if it can no longer be read.
        """
        with saying(self.name):
            film = Source(
                self._opened, self._settings, self._emit_new, self._takes_interlaced, self.numbered, self._drops_alpha
            )
        film.leave_other_streams()
        yield film
        film.container.close()

    def read_other_packets(self, until: Fraction) -> None:
        """Read packets of other streams into `copied`, up to this time in seconds, and pass over the film's own.

        For a film whose frames come from elsewhere: `pictures` has no use afterwards.
        """
        for packet in self._packets:
            if packet.stream_index != self.stream.index:
                self.copied.append(packet)
            elif packet.dts is not None and packet.dts * self.time_base > until:
                return

    def packet_times(self) -> Iterator[int | None]:
        """The pts of the film's packets but the first ones, none of which is decoded: `pictures` has no use then."""
        self.leave_other_streams()
        return (packet.pts for packet in self._packets if packet.size)

    def leave_other_streams(self) -> None:
        """Stop reading all other streams."""
        for each in self.container.streams:
            if each.index != self.stream.index:
                each.discard = Discard.all

    def pass_over(self, what: str) -> None:
        """Count a damaged item of a film; emits an event for the first one."""
        self.damaged += 1
        self.emit_once("damaged", f"{what}; it is skipped")

    def _read_tags(self, first: av.VideoFrame) -> ColorTags:
        matrix, primaries, transfer = map(int, (first.colorspace, first.color_primaries, first.color_trc))
        try:
            return ColorTags.of(matrix, primaries, transfer, self._settings.matrix)
        except StreamError as error:
            raise error.at(self.name) from None

    def _header(self, first: av.VideoFrame) -> y4m.StreamHeader:
        pixels, range_name = y4m.RAW_FORMATS[self._format]
        said = {ColorRange.MPEG: "limited", ColorRange.JPEG: "full"}.get(ColorRange(first.color_range))
        if self._is_rgb:
            said = resolve_range(self._settings.range, "full" if self.numbered else None)
        if pixels.subsampling == "420" and pixels.bits == 8:  # as in ffmpeg's Y4M: centred by default
            location = getattr(first, "chroma_location", 0)  # missing in PyAV 18, the last for Python 3.11
            pixels = y4m.PixelFormat("420", siting=SITING_TAGS.get(location, "jpeg"))
        aspect = self.stream.sample_aspect_ratio
        rate = self.rate
        return y4m.StreamHeader(
            *self._size, (rate.numerator, rate.denominator), pixels,
            aspect=(aspect.numerator, aspect.denominator) if aspect else (0, 0),
            range="full" if (said or range_name) == "full" else "limited" if said else None,
        )  # fmt: skip

    def _planes(self, frame: av.VideoFrame) -> tuple[NDArray[Any], ...]:
        """The samples, without the padding of rows; converted if they are not planes of Y', Cb, Cr."""
        if frame.format.name != self._format:
            rounds = self._is_rgb and self.header.range != "full"
            loss = " of limited range, which rounds its luma: range full keeps it" if rounds else ""
            self.emit_once("converted", f"{frame.format.name} is converted to {self._format}{loss}")
            if self._is_rgb:
                return self._from_rgb(frame)
            frame = frame.reformat(format=self._format)
        return self._samples(frame)

    def _from_rgb(self, frame: av.VideoFrame) -> tuple[NDArray[Any], ...]:
        """Y', Cb, Cr of R'G'B': the luma of a gray picture is its gray, exact if the range is full."""
        bits = self.header.format.bits
        green, blue, red = self._samples(frame.reformat(format="gbrp" if bits == 8 else f"gbrp{bits}le"))
        rgb = SampleCoding(bits, "full").luma_from_codes(np.stack([red, green, blue]))
        luma, *chroma = ycc_from_rgb(rgb, self._matrix)
        coding = SampleCoding(bits, str(self.header.range))
        return (coding.codes_from_luma(luma), *coding.codes_from_chroma(chroma))

    def _samples(self, frame: av.VideoFrame) -> tuple[NDArray[Any], ...]:
        dtype = np.uint8 if self.header.format.bits == 8 else np.dtype("<u2")
        return tuple(
            np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width] for plane in frame.planes
        )  # fmt: skip

    def _number(self, pts: int | None) -> int:
        """Number of the picture that FFmpeg's image2 read for this pts."""
        assert self.numbered
        return self.numbered[1].start + (pts or 0) // self.step

    def check(self, frame: av.VideoFrame, where: str) -> None:
        """Raise StreamError, with `where`, for a frame that cannot be coloured with the first one."""
        self._rules.check(frame, where)

    def _where(self, number: int) -> str:
        return str(self.numbered[0].path(number)) if self.numbered else f"{self.name}: frame {number}"

    def _decode(self, packets: Iterable[av.Packet[Any]]) -> Iterator[av.VideoFrame]:
        for packet in packets:
            if packet.stream_index != self.stream.index:
                self.copied.append(packet)
                continue
            if self._is_key(packet) and packet.pts is not None:
                self.key_times.append(packet.pts)
            try:
                yield from self.stream.decode(packet if packet.size else None)
            except av.error.FFmpegError as error:
                if self.numbered:
                    refuse_hole(self.numbered[0], self._number(packet.pts), f"it cannot be decoded ({error.strerror})")
                self.pass_over(f"a packet cannot be decoded ({error.strerror})")
            except ValueError as error:  # its decoder could not be opened
                raise StreamError(f"{self.name}: FFmpeg cannot decode it ({error})") from None

    def _demux(self) -> Iterator[av.Packet[Any]]:
        """All packets, then an empty one of the film; an unreadable rest of the file ends it with an event."""
        try:
            for packet in self.container.demux():
                if packet.size:
                    self._clock.set_forward(packet)
                    yield packet
        except av.error.FFmpegError as error:
            if not self.numbered:  # of pictures none is missing
                self.pass_over(f"the rest of the file cannot be read ({error.strerror})")
        flush: av.Packet[Any] = av.Packet()
        flush.stream = self.stream
        yield flush

    def _is_key(self, packet: av.Packet[Any]) -> bool:
        return packet.stream_index == self.stream.index and packet.is_keyframe

    def emit_once(self, name: str, text: str) -> None:
        """Emit an event unless one of its name was emitted."""
        self._emit_new(Event(name, text))

    def _emit_new(self, event: Event) -> None:
        if event.name not in self._emitted:
            self._emitted.add(event.name)
            self._emit(event)

    def _tell_of_other_films(self) -> None:
        films = film_streams(self.container)
        if len(films) > 1:
            sizes = ", ".join(f"stream {each.index} of {each.width}x{each.height}" for each in films)
            self.emit_once(
                "films", f"{self.name} has {len(films)} films, {sizes}; coloured is stream {self.stream.index}"
            )

    def _tell_of_join(self, time: Fraction) -> None:
        text = (
            f"{self.name} is joined from recordings whose clocks differ: from {float(time):.2f} s on the clock goes on"
        )
        self.emit_once("joined", text)


@contextmanager
def open_source(
    path: Path, settings: Settings, emit: Emit, interlaced: bool = False, rate: Fraction | None = None,
    drops_alpha: bool = False,
) -> Iterator[Source]:  # fmt: skip
    """The film in `path`, a file, a folder of numbered pictures or a pattern of their names; one frame is decoded.

    interlaced, drops_alpha: frames that are interlaced, or have alpha, are read nevertheless, without it.
    rate: frames per second of pictures, None for 24. Raises UsageError if there is no file, and for a film with a
    rate; StreamError if FFmpeg finds no film in it, or a picture is missing or not whole.
    """
    with saying(path):
        numbered = find_pictures(path)
        if numbered:
            check_whole(*numbered)
        if numbered is None and not path.is_file():
            raise UsageError(f"{path}: no such file; check the name")
        check_header(numbered[0].path(numbered[1].start) if numbered else path)
        if numbered is None and rate is not None:
            raise UsageError(f"{path} is a film and has its own frame rate", option="rate", remedy="leave it out")
        opened = partial(open_container, path, numbered, rate or _PICTURE_RATE)
        film = Source(opened, settings, emit, interlaced, numbered, drops_alpha)
    yield film
    film.container.close()  # not after an error: a thread may still be reading, and the last one closes it
