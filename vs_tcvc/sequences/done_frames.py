"""Finished frames of a job, as lines of JSON next to its results, so that a resumed job skips them.

Every job appends to its own file, so that the tasks of a farm do not interfere; all files are read. A line says by
which key, from which plates and as which file a frame was rendered. It counts only while all three are so: whatever
replaces a result, plate or setting makes it count no more, in whatever order jobs ran.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Any

from vs_tcvc.runtime.numbered_files import NumberedFiles
from vs_tcvc.sequences.job import Job

MARKER = ".tcvc-cache"
"""A file in folders that a job created; hosts delete only folders that have it."""


class DoneFrames:
    """The frames of `job` that are done with exactly this key, from the current plates.

    key: the `identity` of everything that determines the pixels except the plates. `params` is its beginning, also
    stored in results.
    before, after: frames around a run that decide where it begins and ends, as of its rule for cuts.
    """

    def __init__(self, job: Job, key: str, before: int = 0, after: int = 0) -> None:
        self._job, self._before, self._after = job, before, after
        self.params = key[:16]
        self._plates = _PlateDigests(job)
        self._lines: defaultdict[int, list[Any]] = defaultdict(list)
        for frame, line in self._read():
            self._lines[frame].append(line)
        wanted = job.wanted()
        self._file = self._folder / f"{self._stem}.{wanted[0]}-{wanted[-1]}.jsonl"
        self._has_written = False

    def is_done(self, frame: int) -> bool:
        """Whether the frame's result is the one that was rendered with this key, from the plates as they are now."""
        result = _state(self._job.result_of(frame))
        of_this_file = (line for line in self._lines[frame] if line.get("result") == result != _ABSENT)
        return any(line == self._line(frame, line.get("from"), line.get("to")) for line in of_this_file)

    def is_known(self, frame: int) -> bool:
        """Whether a job rendered a result of this frame, with any key."""
        return frame in self._lines

    def is_outdated(self, frame: int) -> bool:
        """Whether the frame's result exists but was rendered from other plates or with another key."""
        return self.is_known(frame) and self._job.result_of(frame).is_file() and not self.is_done(frame)

    def add(self, frame: int, anchor: int, last: int | None = None) -> None:
        """Record that the frame's result exists.

        anchor, last: first and last frame of the plates that it was rendered from, beside those around; None: `frame`.
        """
        line = json.dumps(self._line(frame, anchor, frame if last is None else last))
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n" if self._has_written else f"\n{line}\n")  # ends an incomplete line of a crash
        self._has_written = True

    def _line(self, frame: int, first: Any, last: Any) -> dict[str, Any]:
        """The line of a frame as things are now; first, last: of its plates, from a line that may hold anything."""
        span = range(0)
        if isinstance(first, int) and isinstance(last, int):
            span = range(max(self._job.first, first - self._before), min(self._job.last, last + self._after) + 1)
        result = _state(self._job.result_of(frame))
        plates = self._plates.digest(span)
        return {"frame": frame, "key": self.params, "from": first, "to": last, "plates": plates, "result": result}

    @property
    def _folder(self) -> Path:
        return Path(self._job.result).parent

    @property
    def _stem(self) -> str:
        """One for all spellings of a pattern, such as `c.%04d.exr` and `c.####.exr`."""
        names = NumberedFiles.named(Path(self._job.result))
        assert names is not None, "checked when the job was made"
        return f".{names.before}_0{names.digits}d{names.after}"

    def _read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for path in self._folder.glob(f"{escape(self._stem)}.*.jsonl"):
            for text in path.read_text(encoding="utf-8").splitlines():
                try:
                    line = json.loads(text)
                    yield line["frame"], line
                except (ValueError, KeyError, TypeError):  # an incomplete line: the machine crashed
                    continue


class _PlateDigests:
    """Digests of the plates of spans of frames: of their sizes and modification times, each file looked at once."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._states: dict[int, list[int]] = {}
        self._span, self._digest = range(0), hashlib.sha256()

    def digest(self, span: range) -> str:
        """Spans that grow at their end cost their new frames alone, as those of the frames of a run do."""
        if span.start != self._span.start or span.stop < self._span.stop:
            self._span, self._digest = range(span.start, span.start), hashlib.sha256()
        for frame in range(self._span.stop, span.stop):
            if frame not in self._states:
                self._states[frame] = _state(self._job.plate_of(frame))
            self._digest.update(repr(self._states[frame]).encode())
        self._span = span
        return self._digest.hexdigest()[:16]


_ABSENT = [0, 0]


def _state(path: Path) -> list[int]:
    """Size and modification time, which differ for other contents."""
    try:
        state = path.stat()
    except OSError:
        return _ABSENT
    return [state.st_size, state.st_mtime_ns]
