"""The frames of a film by ranges: for work that goes shot by shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from ffmpeg_filters.color_stage import Held
from ffmpeg_filters.decoder import DecodedFrame, Source
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.transcode import hold_frames
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.errors import StreamError


class FilmReader:
    """Reads ranges of frames, by index from 0. One that begins where the last one ended goes on without a seek.

    opened: opens the film. Not thread-safe. Raises as `Source.pictures`, and StreamError if the film has no such frame.
    """

    def __init__(self, opened: Callable[[], AbstractContextManager[Source]], plan: StreamPlan) -> None:
        self._opened, self._plan = opened, plan
        self._stack = ExitStack()
        self._next = 0
        self._frames: Iterator[tuple[int, Held[DecodedFrame]]] = iter(())
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the film; reading opens it again."""
        self._stack.close()
        self._is_open = False

    def read(self, frames: range) -> Iterator[tuple[int, Held[DecodedFrame]]]:
        """The frames of a range with their indices, in order."""
        if not self._is_open or frames.start < self._next:
            self._open()
        while self._next < frames.stop:
            found = next(self._frames, None)
            if found is None:
                raise StreamError(f"the film ends before frame {self._next}; the project was made of a longer one")
            self._next = found[0] + 1
            if found[0] >= frames.start:
                yield found

    def grays(self, frames: range) -> Iterator[GrayFrame]:
        """The same as the network sees them."""
        return (GrayFrame(index, held.lightness) for index, held in self.read(frames))

    def gray(self, index: int) -> Array:
        """L* (H, W) of one frame."""
        return next(self.grays(range(index, index + 1))).lightness

    def _open(self) -> None:
        self.close()
        self._stack = ExitStack()
        source = self._stack.enter_context(self._opened())
        source.leave_other_streams()
        self._frames, self._next, self._is_open = enumerate(hold_frames(source, self._plan)), 0, True
