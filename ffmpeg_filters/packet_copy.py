"""A film written again when only some frames have changed: the packets of all others are copied from the film before.

That gives what encoding all frames again would give, if every packet is a frame on its own and an encoder makes the
same of a frame whatever came before it. So it is with

- FFV1 where every frame is a key frame (g=1), as `tcvc` writes it,
- ProRes, DNxHD and DNxHR: their rate is controlled within each frame.

It is not so with Motion JPEG (the quality of a frame depends on the size of those before), nor with H.264 and H.265,
even if all frames are key frames: their encoders look ahead, and neighbouring key frames have other numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
import av.error
from av.container import InputContainer

from ffmpeg_filters.decoder import DecodedFrame
from ffmpeg_filters.encoder_choice import EncoderChoice
from ffmpeg_filters.stream_facts import film_stream
from ffmpeg_filters.stream_plan import Planes
from ffmpeg_filters.writer import FilmWriter
from vs_tcvc.errors import StreamError
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.runtime.numbered_files import for_ffmpeg

_ALONE = MappingProxyType({"ffv1": {"g": "1"}, "prores_ks": {}, "prores_aw": {}, "prores": {}, "dnxhd": {}})
"""Encoders whose frames stand alone, and the options that this takes."""
_CONTAINERS = ("matroska", "mov", "mxf")
"""Formats that give packets back with the times that they were written with."""


def copies_packets(encoder: EncoderChoice) -> bool:
    """Whether packets of this encoder's films can be copied into another one of it."""
    needed = _ALONE.get(encoder.codec)
    return encoder.container in _CONTAINERS and needed is not None and needed.items() <= encoder.options.items()


class JoinedWriter:
    """Writes the frames that it is given, and copies the packets of all others from the film before.

    frames: numbers of the film's frames. before: packets of the film before, in order; name: of its file. at: called
    with the time in seconds of every frame that is copied, for streams that go beside it.
    The film before must be of the same source and settings: its frames that are not given again are taken to be right.
    """

    def __init__(
        self, writer: FilmWriter, frames: range, before: Iterator[av.Packet[Any]], name: str,
        at: Callable[[Fraction], None],
    ) -> None:  # fmt: skip
        self._writer, self._before, self._name, self._at = writer, before, name, at
        self._frames = iter(frames)
        self._frame = next(self._frames, None)

    def write(self, planes: Planes, picture: DecodedFrame, number: int | None = None) -> None:
        """Encode a frame; those before it are copied. Raises StreamError if the film before does not have them."""
        while self._frame is not None and self._frame < picture.number:
            self._copy(self._next())
        self._next()
        self._writer.write(planes, picture, number)

    def finish(self) -> None:
        """Copy the frames that are left, and flush the encoder. Raises StreamError as `write`."""
        while self._frame is not None:
            self._copy(self._next())
        if next(self._before, None) is not None:
            raise self._unlike("it has more frames than the film")
        self._writer.finish()

    def _next(self) -> av.Packet[Any]:
        packet = next(self._before, None)
        if packet is None:
            raise self._unlike(f"it ends before frame {self._frame}")
        self._frame = next(self._frames, None)
        return packet

    def _copy(self, packet: av.Packet[Any]) -> None:
        assert packet.pts is not None, "it was written here"
        time = packet.pts * packet.time_base
        self._writer.copy(packet)
        self._at(time)

    def _unlike(self, problem: str) -> StreamError:
        return StreamError(problem, where=self._name, remedy="render the whole film again")


@contextmanager
def open_joined(
    before: Path, writer: FilmWriter, frames: range, at: Callable[[Fraction], None] = lambda time: None
) -> Iterator[JoinedWriter | None]:
    """A writer of changed frames only, after `writer.begin()`.

    None if its encoder is not one that `copies_packets`, if the film `before` cannot be read, or if its packets are of
    another kind: then all frames must be encoded. frames, at: as of `JoinedWriter`.
    """
    try:
        container = av.open(for_ffmpeg(before), options=dict(FFMPEG_LIMITS))
        stream = film_stream(container)
    except (OSError, av.error.FFmpegError, StreamError):
        yield None
        return
    with container:
        joins = copies_packets(writer.encoder) and writer.accepts(stream)
        yield JoinedWriter(writer, frames, _packets(container, stream), str(before), at) if joins else None


def _packets(container: InputContainer, stream: av.VideoStream) -> Iterator[av.Packet[Any]]:
    """The stream's packets, as far as the file can be read."""
    with suppress(av.error.FFmpegError):
        yield from (packet for packet in container.demux(stream) if packet.size)
