"""Which frames of a job are done, in lines of JSON beside its results: what an interrupted job need not do again.

Every job appends to a file of its own, so that the tasks of a farm do not disturb each other; all are read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vs_tcvc.sequences.job import Job

MARKER = ".tcvc-cache"
"""A file in folders that a job made; hosts delete no folder that lacks it."""

NOT_PIXELS = frozenset({"id", "cancel", "frames", "protocol"})
"""Keys of a job that do not change what comes out."""


class DoneFrames:
    """The frames of `job` that are done with just these parameters, from the plates as they are now.

    weights: SHA-256 of the network's weights; with the job it makes `params`, which results carry too.
    """

    def __init__(self, job: Job, weights: str) -> None:
        self._job = job
        content = {key: value for key, value in job.to_dictionary().items() if key not in NOT_PIXELS}
        pictures = [_state(Path(each.path)) for each in job.references]
        described = json.dumps([content, pictures, weights], sort_keys=True)
        self.params = hashlib.sha256(described.encode()).hexdigest()[:16]
        self._done = dict(self._read())
        wanted = job.wanted()
        self._file = self._folder / f"{self._stem}.{wanted[0]}-{wanted[-1]}.jsonl"

    def is_done(self, frame: int) -> bool:
        """Whether the frame's result is there and was made from this plate with these parameters."""
        result = self._job.result_of(frame)
        return result.is_file() and self._done.get(frame) == [self.params, *_state(self._job.plate_of(frame))]

    def is_known(self, frame: int) -> bool:
        """Whether the frame's result was made by a job, with whatever parameters."""
        return frame in self._done

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
        for path in sorted(self._folder.glob(f"{self._stem}.*.jsonl"), key=lambda path: path.stat().st_mtime_ns):
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
