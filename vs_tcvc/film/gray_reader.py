"""The frames of a film as the network sees them, by ranges: for work that goes shot by shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from ffmpeg_filters.decoder import Source
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.transcode import hold_frames
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.errors import StreamError


class GrayReader:
    """Reads ranges of frames, by index from 0. One that begins where the last one ended goes on without a seek.

    opened: opens the film. Not thread-safe. Raises as `Source.pictures`, and StreamError if the film has no such frame.
    """

    def __init__(self, opened: Callable[[], AbstractContextManager[Source]], plan: StreamPlan) -> None:
        self._opened, self._plan = opened, plan
        self._stack = ExitStack()
        self._next = 0
        self._frames: Iterator[GrayFrame] = iter(())
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

    def read(self, frames: range) -> Iterator[GrayFrame]:
        """The frames of a range, in order."""
        if not self._is_open or frames.start < self._next:
            self._open()
        while self._next < frames.stop:
            frame = next(self._frames, None)
            if frame is None:
                raise StreamError(f"the film ends before frame {self._next}; the project was made of a longer one")
            self._next = frame.index + 1
            if frame.index >= frames.start:
                yield frame

    def _open(self) -> None:
        self.close()
        self._stack = ExitStack()
        source = self._stack.enter_context(self._opened())
        source.leave_other_streams()
        held = enumerate(hold_frames(source, self._plan))
        self._frames, self._next, self._is_open = (GrayFrame(n, each.lightness) for n, each in held), 0, True
