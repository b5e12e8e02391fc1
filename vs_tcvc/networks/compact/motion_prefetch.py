"""Motion of the frame that is coming, found in a thread of its own while the network colours the one before it."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.networks.compact.motion_trace import Followed, Trace


@dataclass(frozen=True, eq=False)
class _Begun:
    trace: Trace
    lightness: Array
    step: Future[Followed]


class MotionPrefetch(threading.local):
    """`Trace.follow`, which may have been begun before it is asked for: the last one that was begun is kept.

    Each thread that uses it has one of its own.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "tcvc motion")  # it ends before the interpreter, in no call
        self._begun: _Begun | None = None

    def begin(self, trace: Trace, lightness: Array) -> None:
        """Begin to follow `trace` to a frame, L* (H, W)."""
        with suppress(RuntimeError):  # the interpreter is ending
            self._begun = _Begun(trace, lightness, self._thread.submit(trace.follow, lightness))

    def follow(self, trace: Trace, lightness: Array) -> Followed:
        """`trace.follow(lightness)`; waits for it where it was begun."""
        begun = self._begun
        if begun and begun.trace is trace and np.array_equal(begun.lightness, lightness):
            return begun.step.result()
        return trace.follow(lightness)
