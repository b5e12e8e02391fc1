"""Recordings joined end to end: their clock jumps at each join, and one offset for all streams makes it go on.

As FFmpeg's own program does: back by more than BACK, and forward by more than GAP where a format is made to be joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from av.format import Flags

BACK, GAP = Fraction(1, 10), Fraction(10)
"""Seconds. Streams are interleaved, and timestamps near each other may be out of order."""


def move(packet: av.Packet[Any], seconds: Fraction) -> None:
    """Make a packet later."""
    ticks = round(seconds / packet.time_base) if seconds and packet.time_base else 0
    if ticks:
        packet.pts = None if packet.pts is None else packet.pts + ticks
        packet.dts = None if packet.dts is None else packet.dts + ticks


class ContinuousClock:
    """Sets the timestamps of a container's packets forward so that they go on at a join.

    joined: called with the time in seconds at every join.
    """

    def __init__(self, container: av.container.InputContainer, joined: Callable[[Fraction], None]) -> None:
        self._may_leap, self._joined = bool(Flags(container.format.flags) & Flags.ts_discont), joined
        self._offsets = [Fraction(0)]
        self._part: dict[int, int] = defaultdict(int)
        self._last: dict[int, Fraction] = {}
        self._end = Fraction(0)

    def set_forward(self, packet: av.Packet[Any]) -> None:
        """Change the timestamps of a packet, the next one of the container."""
        if packet.time_base is None:
            return
        stream, base = packet.stream_index, Fraction(packet.time_base.numerator, packet.time_base.denominator)
        if packet.dts is not None:
            time, last = packet.dts * base, self._last.get(stream)
            if last is not None and (time < last - BACK or (self._may_leap and time > last + GAP)):
                self._enter_next_part(packet, time)
            self._last[stream] = time
            self._end = max(self._end, time + self._offset(stream) + (packet.duration or 0) * base)
        move(packet, self._offset(stream))

    def _offset(self, stream: int) -> Fraction:
        return self._offsets[self._part[stream]]

    def _enter_next_part(self, packet: av.Packet[Any], time: Fraction) -> None:
        """The packet is the first of its stream behind a join."""
        is_new = self._part[packet.stream_index] + 1 == len(self._offsets)
        if is_new and packet.stream.type not in ("video", "audio"):
            return  # whose timestamps may be anything
        self._part[packet.stream_index] += 1
        if is_new:
            self._offsets.append(self._end - time)
            self._joined(self._end)
