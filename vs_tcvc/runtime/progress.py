"""Progress of work: frames, shots, frames per second and the time left."""

from __future__ import annotations

import time
from typing import Any

from vs_tcvc.runtime.events import Emit, Event

ENDS = ("done", "cancelled")
"""Names of events that end a pass."""


def is_progress(event: Event) -> bool:
    """Whether `Progress` emits such an event."""
    return event.name == "progress" or event.name in ENDS


class Progress:
    """One pass over a film: emits "progress" after every frame and one of ENDS after the last.

    Both have the values frames and total (None if unknown), shots, fps, ms (per frame) and seconds_left (None if
    unknown), and no text if the pass rendered no frame. Speed is measured from the first frame on, which waits for the
    network to load.

    total: frames of the film. before: number of them done before this pass.
    """

    def __init__(self, emit: Emit, total: int | None = None, before: int = 0) -> None:
        self._emit, self._total, self._before = emit, total, before
        self._opened = self._begun = time.monotonic()
        self._first: int | None = None

    def update(self, frames: int, shots: int, **values: Any) -> None:
        """Report the number of frames and shots done; `values` are added to the event's."""
        if self._first is None:
            self._first, self._begun = frames, time.monotonic()
        self._emit(self._event("progress", frames, shots, self._total, values))

    def finish(self, frames: int, shots: int, name: str = "done", **values: Any) -> None:
        """Report the end of the pass and its number of frames; `name` is one of ENDS."""
        self._emit(self._event(name, frames, shots, frames, values))

    def _event(self, name: str, frames: int, shots: int, total: int | None, values: dict[str, Any]) -> Event:
        now, counted = time.monotonic(), frames - (frames if self._first is None else self._first)
        made, begun = (counted, self._begun) if counted else (frames - self._before, self._opened)
        seconds = max(now - begun, 1e-6)
        left = (total - frames) * seconds / made if total and counted else None
        text = f"frame {frames}  shot {shots}  {made / seconds:.1f} fps"
        rest = "  {} min {} s left".format(*divmod(round(left), 60)) if left else ""
        counts = {"frames": frames, "total": total, "shots": shots}
        speed = {"fps": round(made / seconds, 3), "ms": round(1000 * seconds / made, 1) if made else None}
        return Event(name, text + rest if made else "", {**counts, **speed, "seconds_left": left, **values})
