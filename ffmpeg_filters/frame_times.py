"""When the frames of the film that is written are shown: a constant rate exactly, a variable one as it is.

Containers count time in ticks: of Matroska's milliseconds no 24000/1001 fps is made. A frame that is within a tick of
its place at the constant rate is put there; others keep their times. Some containers and encoders know nothing but a
constant rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from av.container import OutputContainer
from av.format import Flags

from ffmpeg_filters.decoder import DecodedFrame, Source
from vs_tcvc.errors import StreamError

_CONSTANT_CODECS = ("mpeg1video", "mpeg2video")
_MILLISECONDS = ("matroska", "webm")
_FINEST = 2**31 - 1
"""Ticks per second that containers can write."""


@dataclass(frozen=True)
class FrameTimes:
    """Places of frames in time.

    rate: frames per second. base: seconds per tick of the source; start: of its first frame, in these. time_base:
    seconds per tick of what `place` gives. is_constant: a tick is a frame, and the film begins at 0.
    """

    rate: Fraction
    base: Fraction
    start: int
    time_base: Fraction
    is_constant: bool = False

    @classmethod
    def of(cls, source: Source, container: OutputContainer, codec: str) -> FrameTimes:
        rate, base, start = source.rate, source.time_base, source.stream.start_time or 0
        if codec in _CONSTANT_CODECS or not Flags(container.format.flags) & Flags.variable_fps:
            return cls(rate, base, start, 1 / rate, is_constant=True)
        fine = Fraction(1, math.lcm(base.denominator, rate.numerator))
        is_known = container.format.name not in _MILLISECONDS and base.numerator == 1 and fine.denominator <= _FINEST
        return cls(rate, base, start, fine if is_known else base)

    @property
    def shift(self) -> Fraction:
        """Seconds by which everything comes earlier than in the source."""
        return self.start * self.base if self.is_constant else Fraction(0)

    def place(self, frame: DecodedFrame) -> tuple[int, int]:
        """Pts and duration of a frame, in ticks of `time_base`."""
        step = 1 / (self.rate * self.base)
        number = round((frame.pts - self.start) / step)
        if self.is_constant:
            return number, 1
        if self.time_base == self.base:
            return frame.pts, frame.duration
        exact = self.start + number * step
        pts = exact if abs(frame.pts - exact) <= 1 else Fraction(frame.pts)
        length = step if abs(frame.duration - step) <= 1 else Fraction(frame.duration)
        unit = self.base / self.time_base
        return round(pts * unit), max(1, round(length * unit))

    def nth(self, number: int) -> tuple[int, int]:
        """The same for the frame of this number, from 0, of a film that begins at 0 and has a constant rate."""
        step = 1 / (self.rate * self.time_base)
        return round(number * step), round(step)

    def check(self, times: Iterable[int | None], where: str) -> None:
        """Raise StreamError if frames at these pts, in any order, have no constant rate, where only that is known."""
        known = sorted(time for time in times if time is not None)
        step = 1 / (self.rate * self.base)
        numbers = [round((time - self.start) / step) for time in known]
        if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise StreamError(
                where=where, expected=f"frames at a constant {self.rate} fps, which is all that this container knows",
                got="others", remedy="write an .mkv, .mp4 or .mov",
            )  # fmt: skip
