"""What containers, streams and frames say about a film."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from fractions import Fraction
from math import atan2, degrees
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from vs_tcvc.errors import StreamError

_DURATION = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d{1,9})?)", re.ASCII)


def promised_end(stream: av.VideoStream) -> Fraction | None:
    """The time in seconds at which a film's video ends, as its header says; None where it does not say so exactly."""
    if tag := _DURATION.fullmatch(stream.metadata.get("DURATION", "")):  # Matroska's, written when the file was closed
        hours, minutes, seconds = map(Fraction, tag.groups())
        return 3600 * hours + 60 * minutes + seconds
    if not stream.duration or stream.time_base is None:
        return None
    base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
    return ((stream.start_time or 0) + stream.duration) * base


def is_picture(stream: Stream) -> bool:
    """Whether the stream is cover art or a thumbnail, not a film."""
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def film_stream(container: InputContainer) -> av.VideoStream:
    """The stream to colour: of those that the container marks as default, the largest, and of these the first.

    Cover art does not count. Raises StreamError if there is none that FFmpeg decodes.
    """
    films = film_streams(container)
    if not films or container.format.name == "tty":  # a text file, which FFmpeg would draw
        kinds = ", ".join(sorted({each.type for each in container.streams})) or "nothing"
        raise StreamError(
            f"{container.name.removeprefix('file:')}: it has no video that FFmpeg decodes, only {kinds}; give a film"
        )
    marked = [each for each in films if each.disposition & Disposition.default] or films
    return max(marked, key=lambda each: each.width * each.height)


def film_streams(container: InputContainer) -> list[av.VideoStream]:
    """The streams of video that are films, not cover art or thumbnails, and that FFmpeg decodes."""
    return [each for each in container.streams.video if not is_picture(each) and each.codec_context is not None]


def side_data(frame: av.VideoFrame) -> list[Any]:
    """By number: PyAV 18 iterates over values, 19 over names; it returns none if one kind is unknown to it."""
    try:
        return [frame.side_data[index] for index in range(len(frame.side_data))]
    except ValueError:
        return []


def has_alpha(frame: av.VideoFrame, stream: av.VideoStream) -> bool:
    """Whether a film has alpha: in its frames, or beside them, as VP8 and VP9 have it in Matroska."""
    return any(each.is_alpha for each in frame.format.components) or stream.metadata.get("alpha_mode", "0") == "1"


def display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers of the display matrix, None if there is none."""
    data = next((each for each in side_data(frame) if each.type.name == "DISPLAYMATRIX"), None)
    return struct.unpack("=9i", bytes(data)) if data else None


def quarter_turns(matrix: Sequence[int] | None) -> int:
    """Quarter turns counterclockwise by which a display matrix turns frames, 0 to 3 (FFmpeg's display.h)."""
    return 0 if matrix is None else round(-degrees(atan2(matrix[1], matrix[0])) / 90) % 4
