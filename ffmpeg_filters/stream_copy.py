"""Copies from film to film: other streams packet by packet, attachments, chapters."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import OutputContainer
from av.stream import Discard, Stream

from ffmpeg_filters.decoder import Source
from ffmpeg_filters.joined_recordings import move
from ffmpeg_filters.left_behind import kept
from ffmpeg_filters.stream_facts import is_picture
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import for_ffmpeg


class SoundClock:
    """Times of packets of sound in samples, where the source counts in coarser ticks, as Matroska's milliseconds.

    length: samples of a packet; rate: samples per second. As FFmpeg's own program does when it copies sound.
    """

    def __init__(self, length: int, rate: int) -> None:
        self._length, self._rate = length, rate
        self._next: Fraction | None = None

    @staticmethod
    def counts(stream: av.AudioStream) -> bool:
        """Whether a stream's packets have one length, in samples finer than its ticks."""
        context, base = stream.codec_context, stream.time_base
        return bool(context.frame_size and context.sample_rate and base and base > Fraction(1, context.sample_rate))

    def refine(self, packet: av.Packet[Any]) -> None:
        """Set the time of the stream's next packet: where the one before ends, if its own is within a tick of that."""
        if packet.pts is None or packet.time_base is None:
            return
        tick = Fraction(packet.time_base.numerator, packet.time_base.denominator)
        time = packet.pts * tick
        if self._next is not None and abs(time - self._next) <= tick:
            time = self._next
        self._next = time + Fraction(self._length, self._rate)
        packet.time_base = Fraction(1, self._rate)
        packet.pts = packet.dts = round(time * self._rate)
        packet.duration = self._length


class Copies:
    """The copies in one file. Raises UsageError for a stream that the container cannot hold, unless leave_out.

    shift: seconds by which everything comes earlier than in the source.
    """

    def __init__(
        self, source: Source, container: OutputContainer, leave_out: bool, emit: Emit, shift: Fraction = Fraction(0)
    ) -> None:  # fmt: skip
        self._source, self._container = source, container
        self._leave_out, self._emit, self._shift = leave_out, emit, shift
        self._streams: dict[int, Stream] = {}
        self._sounds: dict[int, SoundClock] = {}
        container.set_chapters(source.container.chapters())
        for each in source.container.streams:
            if (
                each.index != source.stream.index and each.discard != Discard.all
            ):  # the track of chapters is hidden this way
                self._add(each)

    @property
    def streams(self) -> list[Stream]:
        """Streams of the source that are copied, in the order of their copies, without pictures."""
        streams = (self._source.container.streams[index] for index in self._streams)
        return [each for each in streams if not is_picture(each)]

    def write(self) -> None:
        """Write the packets that were read since."""
        copied = self._source.copied
        while copied:
            packet = copied.popleft()
            stream = self._streams.get(packet.stream_index)
            if stream is None:
                continue
            sound = self._sounds.get(packet.stream_index)
            packet.stream = stream
            move(packet, -self._shift)
            if sound:
                sound.refine(packet)
            try:
                self._container.mux(packet)
            except av.error.ArgumentError as error:  # its timestamp is missing, or before the previous one
                self._source.pass_over(f"a packet of stream {stream.index} cannot be copied ({error.strerror})")

    def _add(self, stream: Stream) -> None:
        is_matroska = self._container.format.name == "matroska"
        if stream.type == "data" and "timecode" in stream.metadata:
            return  # the film's metadata has it, and the container creates its track
        if is_matroska and is_picture(stream):
            self._attach_cover(stream)
        elif is_matroska if stream.type == "attachment" else self._holds(stream):
            copy = self._container.add_stream_from_template(stream, opaque=True)
            copy.metadata.update(kept(stream.metadata, self._container.format.name))
            copy.disposition = stream.disposition
            self._streams[stream.index] = copy
            if isinstance(stream, av.AudioStream) and not is_matroska and SoundClock.counts(stream):
                context = stream.codec_context
                self._sounds[stream.index] = SoundClock(context.frame_size, context.sample_rate)
        else:
            self._refuse(stream)

    def _holds(self, stream: Stream) -> bool:
        """Whether the container accepts the stream: tried in memory, since only the muxer knows."""
        return self._is_accepted(stream) or self._is_accepted(stream, beside=self._container.streams.video[0])

    def _is_accepted(self, stream: Stream, beside: av.VideoStream | None = None) -> bool:
        """beside: the film; MXF accepts no stream without one."""
        is_accepted = False
        with (
            suppress(ValueError, av.error.FFmpegError),  # also of a film without packets, when it is closed
            av.open(BytesIO(), "w", format=self._container.format.name) as trial,
        ):
            if beside:
                film = trial.add_stream(beside.codec_context.name, rate=beside.codec_context.rate)
                assert isinstance(film, av.VideoStream)
                film.width, film.height, film.pix_fmt = beside.width, beside.height, beside.pix_fmt
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
            is_accepted = True
        return is_accepted

    def _attach_cover(self, stream: Stream) -> None:
        """Cover art is an attachment in Matroska."""
        with av.open(for_ffmpeg(Path(self._source.name)), options=dict(FFMPEG_LIMITS)) as again:
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
                f"{what} of {self._source.name} cannot be kept in {self._container.format.name}",
                remedy=f"{instead}, or pass {{leave_out}} to drop it",
            )
        self._emit(Event("left_out", f"{what} is left out: {self._container.format.name} cannot hold it"))
        stream.discard = Discard.all
