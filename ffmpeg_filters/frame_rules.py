"""What the frames of a film have in common with its first one."""

from __future__ import annotations

from collections.abc import Callable

import av

from ffmpeg_filters.pixel_formats import flat_format, readable
from ffmpeg_filters.stream_facts import has_alpha
from vs_tcvc.errors import StreamError
from vs_tcvc.picture.coding import MATRIX_TAGS

_INTERLACED = range(2, 6)  # AVFieldOrder: TT, BB, TB, BT
_RANGES = {1: "limited range", 2: "full range"}


class FrameRules:
    """The rules of one film.

    first: its first frame. numbered: whether it is numbered pictures. interlaced, drops_alpha: frames that are
    interlaced, or have alpha, are allowed. say: called with a name and a sentence for what is allowed but differs.
    """

    def __init__(
        self, first: av.VideoFrame, stream: av.VideoStream, numbered: bool, interlaced: bool, drops_alpha: bool,
        say: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        self._size, self._format = (first.width, first.height), readable(first.format)
        self._stream, self._numbered, self._say = stream, numbered, say
        self._interlaced, self._drops_alpha = interlaced, drops_alpha
        self._coding = self._coding_of(first)

    def check(self, frame: av.VideoFrame, where: str) -> None:
        """Raise StreamError, with `where`, for a frame that cannot be coloured with the first one."""
        if (frame.width, frame.height) != self._size or readable(frame.format) != self._format:
            advice = "sort the pictures into folders" if self._numbered else "cut the film there"
            raise StreamError(
                f"{where} is {frame.width}x{frame.height} {frame.format.name} after "
                f"{self._size[0]}x{self._size[1]} {self._format}: {advice} and colour each part"
            )
        if has_alpha(frame, self._stream) and not self._drops_alpha:
            raise StreamError(
                f"{where} has alpha ({frame.format.name}), which is not supported: drop it first "
                f"(ffmpeg: -pix_fmt {flat_format(frame.format)})"
            )
        is_interlaced = frame.interlaced_frame or self._stream.codec_context.field_order in _INTERLACED
        if is_interlaced and self._interlaced:
            self._say("interlaced", f"{where} is interlaced, and is treated as progressive")
        elif is_interlaced:
            raise StreamError(
                f"{where} is interlaced", remedy="deinterlace the film first (ffmpeg: -vf bwdif), or pass "
                "{interlaced} to treat its frames as progressive",
            )  # fmt: skip
        self._say_changes(frame, where)

    def _say_changes(self, frame: av.VideoFrame, where: str) -> None:
        changes = [(was, now) for was, now in zip(self._coding, self._coding_of(frame), strict=True) if was != now]
        if changes:
            said = ", ".join(f"{now} after {was}" for was, now in changes)
            self._say("coding", f"{where} says {said}: it is read and written as the first frame")

    def _coding_of(self, frame: av.VideoFrame) -> tuple[str, str, str]:
        """Range, matrix and shape of pixels."""
        aspect = self._stream.codec_context.sample_aspect_ratio
        matrix = MATRIX_TAGS.get(int(frame.colorspace))
        return (
            _RANGES.get(int(frame.color_range), "no range"),
            f"matrix {matrix}" if matrix else "no matrix",
            f"pixels of {aspect.numerator}:{aspect.denominator}" if aspect else "pixels of no shape",
        )
