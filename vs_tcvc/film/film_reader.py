"""The frames of a film by ranges: for work that goes shot by shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from ffmpeg_filters.color_stage import Held, hold
from ffmpeg_filters.decoder import DecodedFrame, Source
from ffmpeg_filters.film_index import FilmIndex
from ffmpeg_filters.film_range import pictures_of
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.core.frame import Array, GrayFrame

_NEAR = 50
"""Frames that are read to get to a range rather than sought."""


class FilmReader:
    """Reads ranges of frames, by index from 0. One that begins near where the last one ended goes on from there.

    opened: opens the film. index: of the film. Not thread-safe. Raises as `pictures_of`.
    """

    def __init__(
        self, opened: Callable[[], AbstractContextManager[Source]], plan: StreamPlan, index: FilmIndex
    ) -> None:  # fmt: skip
        self._opened, self._plan, self._index = opened, plan, index
        self._stack = ExitStack()
        self._source: Source | None = None
        self._next = 0
        self._frames: Iterator[DecodedFrame] = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the film; reading opens it again."""
        self._stack.close()
        self._source = None

    def read(self, frames: range) -> Iterator[tuple[int, Held[DecodedFrame]]]:
        """The frames of a range with their indices, in order."""
        if self._source is None or not self._next <= frames.start < self._next + _NEAR:
            self._begin(frames.start)
        while self._next < frames.stop:
            picture = next(self._frames)
            index, self._next = self._next, self._next + 1
            if index >= frames.start:
                yield index, hold(self._plan, picture, picture.planes)

    def grays(self, frames: range) -> Iterator[GrayFrame]:
        """The same as the network sees them."""
        return (GrayFrame(index, held.lightness) for index, held in self.read(frames))

    def gray(self, index: int) -> Array:
        """L* (H, W) of one frame."""
        return next(self.grays(range(index, index + 1))).lightness

    def _begin(self, start: int) -> None:
        if self._source is None:
            self._source = self._stack.enter_context(self._opened())
            self._source.leave_other_streams()
        numbers = range(self._index.first + start, self._index.range.stop)
        self._frames, self._next = pictures_of(self._source, numbers, self._index), start
