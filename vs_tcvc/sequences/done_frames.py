"""Finished frames of a job, as lines of JSON next to its results, so that a resumed job skips them.

Every job appends to its own file, so that the tasks of a farm do not interfere; all files are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Any

from vs_tcvc.sequences.job import Job

MARKER = ".tcvc-cache"
"""A file in folders that a job created; hosts delete only folders that have it."""


class DoneFrames:
    """The frames of `job` that are done with exactly this key, from the current plates.

    key: the `identity` of everything that determines the pixels except the plates. `params` is its beginning, also
    stored in results.
    """

    def __init__(self, job: Job, key: str) -> None:
        self._job = job
        self.params = key[:16]
        self._done = dict(self._read())
        wanted = job.wanted()
        self._file = self._folder / f"{self._stem}.{wanted[0]}-{wanted[-1]}.jsonl"

    def is_done(self, frame: int) -> bool:
        """Whether the frame's result exists and was rendered from this plate with this key."""
        result = self._job.result_of(frame)
        return result.is_file() and self._done.get(frame) == [self.params, *_state(self._job.plate_of(frame))]

    def is_known(self, frame: int) -> bool:
        """Whether a job rendered the frame's result, with any key."""
        return frame in self._done

    def is_outdated(self, frame: int) -> bool:
        """Whether the frame's result exists but was rendered from another plate or with another key."""
        return self.is_known(frame) and self._job.result_of(frame).is_file() and not self.is_done(frame)

    def add(self, frame: int) -> None:
        """Record that the frame's result exists."""
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
                except (ValueError, KeyError, TypeError):  # an incomplete line: the machine crashed
                    continue


def _state(path: Path) -> list[int]:
    """Size and modification time, which differ for other contents."""
    try:
        state = path.stat()
    except OSError:
        return [0, 0]
    return [state.st_size, state.st_mtime_ns]
