"""Finished frames of a job, as lines of JSON next to its results, so that a resumed job skips them.

Every job appends to its own file, so that the tasks of a farm do not interfere; all files are read. A line says by
which key, from which plates and as which file a frame was rendered. It counts only while all three are so: whatever
replaces a result, plate or setting makes it count no more, in whatever order jobs ran. The first line of a job says
which results it may write, before it writes them: a result without a line of its own, since the job was killed between
the two, is known to be ours and rendered again. Incomplete and foreign lines count as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.runtime.numbered_files import NumberedFiles
from vs_tcvc.sequences.job import Job

MARKER = ".tcvc-cache"
"""A file in folders that a job created; hosts delete only folders that have it."""

_LONGEST_STEM = 200
"""Bytes of a record's name before its frames; file systems allow 255 in all."""


def refuse_to_replace(job: Job) -> None:
    """Raise UsageError if a result's name is taken by a picture that no earlier job wrote."""
    manifest = DoneFrames(job, lambda _: "")
    for frame in job.wanted():
        if job.result_of(frame).exists() and not manifest.is_known(frame):
            remedy = "add {overwrite}, or choose other names"
            raise UsageError(f"{job.result_of(frame)} exists already", remedy=remedy)


class DoneFrames:
    """The frames of `job` that are done with exactly their keys, from the current plates.

    key: of a frame, the `identity` of everything that determines its pixels except the plates, which `add` takes.
    before, after: frames around a run that decide where it begins and ends, as of its rule for cuts.
    """

    def __init__(self, job: Job, key: Callable[[int], str], before: int = 0, after: int = 0) -> None:
        self._job, self._key, self._before, self._after = job, key, before, after
        self._plates = _PlateDigests(job)
        self._lines: defaultdict[int, list[Any]] = defaultdict(list)
        self._begun: list[range] = []
        self._read()
        wanted = job.wanted()
        self._file = self._folder / f"{self._stem}.{wanted[0]}-{wanted[-1]}.jsonl"
        self._has_written = False

    def params(self, frame: int) -> str:
        """The beginning of a frame's key, also stored in its result."""
        return self._key(frame)[:16]

    def is_done(self, frame: int) -> bool:
        """Whether the frame's result is the one that was rendered with this key, from the plates as they are now."""
        result = state_of(self._job.result_of(frame))
        of_this_file = (line for line in self._lines[frame] if line.get("result") == result != _ABSENT)
        return any(line == self._line(frame, line.get("from"), line.get("to")) for line in of_this_file)

    def is_known(self, frame: int) -> bool:
        """Whether a job rendered a result of this frame, or was about to, with any key."""
        return frame in self._lines or any(frame in span for span in self._begun)

    def is_outdated(self, frame: int) -> bool:
        """Whether the frame's result exists but was rendered from other plates or with another key."""
        return self.is_known(frame) and self._job.result_of(frame).is_file() and not self.is_done(frame)

    def add(self, frame: int, anchor: int, last: int | None = None) -> None:
        """Record that the frame's result exists.

        anchor, last: first and last frame of the plates that it was rendered from, beside those around; None: `frame`.
        """
        self._append(self._line(frame, anchor, frame if last is None else last))

    def begin(self) -> None:
        """Record that the job is about to write results: those that are there are ours, or may be replaced."""
        wanted = self._job.wanted()
        self._append({"begun": [wanted[0], wanted[-1]]})

    def _append(self, line: dict[str, Any]) -> None:
        """Raises FrameError if the record cannot be written."""
        text = json.dumps(line) + "\n"
        try:
            with open(self._file, "ab", buffering=0, opener=_open_own) as file:
                file.write((text if self._has_written else "\n" + text).encode())  # ends an incomplete line of a crash
        except OSError as error:
            problem = f"the record of done frames cannot be written ({error.strerror})"
            remedy = "free disk space, or choose another folder"
            raise FrameError(problem, where=str(self._file), remedy=remedy) from None
        self._has_written = True

    def _line(self, frame: int, first: Any, last: Any) -> dict[str, Any]:
        """The line of a frame as things are now; first, last: of its plates, from a line that may hold anything."""
        span = range(0)
        if isinstance(first, int) and isinstance(last, int):
            span = range(max(self._job.first, first - self._before), min(self._job.last, last + self._after) + 1)
        result = state_of(self._job.result_of(frame))
        plates = self._plates.digest(span)
        return {
            "frame": frame,
            "key": self.params(frame),
            "from": first,
            "to": last,
            "plates": plates,
            "result": result,
        }

    @property
    def _folder(self) -> Path:
        return Path(self._job.result).parent

    @property
    def _stem(self) -> str:
        """One for all spellings of a pattern, such as `c.%04d.exr` and `c.####.exr`."""
        names = NumberedFiles.named(Path(self._job.result))
        assert names is not None, "checked when the job was made"
        stem = f".{names.before}_0{names.digits}d{names.after}"
        if len(os.fsencode(stem)) > _LONGEST_STEM:
            return f".tcvc-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:32]}"
        return stem

    def _read(self) -> None:
        """Collect the lines of all records of results of these names."""
        if not self._folder.is_dir():
            return
        name = re.compile(re.escape(self._stem) + r"\.-?[0-9]+--?[0-9]+\.jsonl")
        for path in sorted(self._folder.iterdir()):
            if name.fullmatch(path.name):
                for line in _lines_of(path):
                    if isinstance(line.get("frame"), int):
                        self._lines[line["frame"]].append(line)
                    if _is_span(line.get("begun")):
                        self._begun.append(range(line["begun"][0], line["begun"][1] + 1))


def _open_own(path: str, flags: int) -> int:
    """Opens a record; a link of its name is not followed, since nobody wants the lines in the file that it names."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a record that are objects. Raises FrameError if it cannot be read."""
    try:
        texts = path.read_bytes().splitlines()
    except OSError as error:
        raise FrameError(
            f"the record of done frames cannot be read ({error.strerror})", where=str(path),
            remedy="make it readable, or move it away to render all frames again",
        ) from None  # fmt: skip
    for text in texts:
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):  # incomplete: the machine crashed
            continue
        if isinstance(line, dict):
            yield line


def _is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(each, int) for each in value)


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
                self._states[frame] = state_of(self._job.plate_of(frame))
            self._digest.update(repr(self._states[frame]).encode())
        self._span = span
        return self._digest.hexdigest()[:16]


_ABSENT = [0, 0]


def state_of(path: Path) -> list[int]:
    """Size and modification time, which differ for other contents."""
    try:
        state = path.stat()
    except OSError:
        return _ABSENT
    return [state.st_size, state.st_mtime_ns]
