"""Copies from film to film: other streams packet by packet, attachments, chapters."""

from __future__ import annotations

from io import BytesIO

import av
import av.error
from av.container import OutputContainer
from av.stream import Discard, Stream

from ffmpeg_filters.decoder import Source
from ffmpeg_filters.stream_facts import is_picture
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.runtime.events import Emit, Event

_NOT_OURS = ("encoder", "major_brand", "minor_version", "compatible_brands")
"""Keys of metadata that describe the source file, not the film."""


def kept(metadata: dict[str, str]) -> dict[str, str]:
    """Metadata that describes the film."""
    return {name: value for name, value in metadata.items() if name.lower() not in _NOT_OURS}


class Copies:
    """The copies in one file. Raises UsageError for a stream that the container cannot hold, unless leave_out."""

    def __init__(self, source: Source, container: OutputContainer, leave_out: bool, emit: Emit) -> None:
        self._source, self._container = source, container
        self._leave_out, self._emit = leave_out, emit
        self._streams: dict[int, Stream] = {}
        container.set_chapters(source.container.chapters())
        for each in source.container.streams:
            if (
                each.index != source.stream.index and each.discard != Discard.all
            ):  # the track of chapters is hidden this way
                self._add(each)

    def write(self) -> None:
        """Write the packets that were read since."""
        copied = self._source.copied
        while copied:
            packet = copied.popleft()
            stream = self._streams.get(packet.stream_index)
            if stream is None:
                continue
            packet.stream = stream
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
            copy.metadata.update(stream.metadata)
            copy.disposition = stream.disposition
            self._streams[stream.index] = copy
        else:
            self._refuse(stream)

    def _holds(self, stream: Stream) -> bool:
        """Whether the container accepts the stream: tried in memory, since only the muxer knows."""
        try:
            with av.open(BytesIO(), "w", format=self._container.format.name) as trial:
                trial.add_stream_from_template(stream, opaque=True)
                trial.start_encoding()
        except (ValueError, av.error.FFmpegError):
            return False
        return True

    def _attach_cover(self, stream: Stream) -> None:
        """Cover art is an attachment in Matroska."""
        with av.open(self._source.name, options=dict(FFMPEG_LIMITS)) as again:
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
