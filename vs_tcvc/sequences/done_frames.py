"""Which frames of a job are done, in lines of JSON beside its results: what an interrupted job need not do again.

Every job appends to a file of its own, so that the tasks of a farm do not disturb each other; all are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Any

from vs_tcvc.sequences.job import Job

MARKER = ".tcvc-cache"
"""A file in folders that a job made; hosts delete no folder that lacks it."""


class DoneFrames:
    """The frames of `job` that are done by just this key, from the plates as they are now.

    key: the `identity` of all that makes the pixels, but for the plates. `params` is its beginning, which results carry
    too.
    """

    def __init__(self, job: Job, key: str) -> None:
        self._job = job
        self.params = key[:16]
        self._done = dict(self._read())
        wanted = job.wanted()
        self._file = self._folder / f"{self._stem}.{wanted[0]}-{wanted[-1]}.jsonl"

    def is_done(self, frame: int) -> bool:
        """Whether the frame's result is there and was made from this plate by this key."""
        result = self._job.result_of(frame)
        return result.is_file() and self._done.get(frame) == [self.params, *_state(self._job.plate_of(frame))]

    def is_known(self, frame: int) -> bool:
        """Whether the frame's result was made by a job, by whatever key."""
        return frame in self._done

    def is_outdated(self, frame: int) -> bool:
        """Whether the frame's result is there, but was made from another plate or by another key."""
        return self.is_known(frame) and self._job.result_of(frame).is_file() and not self.is_done(frame)

    def add(self, frame: int) -> None:
        """The frame's result is there."""
        line = json.dumps({"frame": frame, "done": [self.params, *_state(self._job.plate_of(frame))]})
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    @property
    def _folder(self) -> Path:
        return Path(self._job.result).parent

    @property
    def _stem(self) -> str:
        return f".{Path(self._job.result).name}".replace("%", "_").replace("#", "_")

    def _read(self) -> Iterator[tuple[int, Any]]:
        for path in sorted(
            self._folder.glob(f"{escape(self._stem)}.*.jsonl"), key=lambda path: path.stat().st_mtime_ns
        ):
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                    yield entry["frame"], entry["done"]
                except (ValueError, KeyError, TypeError):  # half a line: the machine went down
                    continue


def _state(path: Path) -> list[int]:
    """Size and time of change: other contents have others."""
    try:
        state = path.stat()
    except OSError:
        return [0, 0]
    return [state.st_size, state.st_mtime_ns]
