"""Our programs at work with one fault each, and what must hold afterwards.

A point is a call on a file of the run, or an allocation, by its number in an undisturbed run (`fault_points.c`). At a
point a run meets a `Fault`; `broken_laws` says in words what it did wrong.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECONDS = 60
"""After these a run hangs."""
FILES, MEMORY = 1, 2
LARGE = 1 << 14
"""Bytes of an allocation that is a point."""
FAIL, CUT, SIGNAL = 0, 1, 2
WORDS_OF_BUGS = ("Traceback", "Exception ignored", "Fatal", "terminate called", "Segmentation", "Error:")


@dataclass(frozen=True)
class Point:
    """number: in its run, from 1. call: "read", "write", "open", … path: from the run's folder; bytes of memory."""

    number: int
    call: str
    path: str


@dataclass(frozen=True)
class Fault:
    """name: for people. action, value: of `faults_arm`. calls: where it can happen. twice: once more, soon after."""

    name: str
    action: int
    value: int
    calls: frozenset[str]
    twice: bool = False

    @property
    def is_signal(self) -> bool:
        return self.action == SIGNAL


_CHANGING = frozenset({"write", "rename", "mkdir", "sync", "open", "unlink"})
_ALL = _CHANGING | {"read"}
FAULTS = (
    Fault("disk full", FAIL, errno.ENOSPC, _CHANGING - {"unlink"}),
    Fault("input/output error", FAIL, errno.EIO, _ALL),
    Fault("interrupted call", FAIL, errno.EINTR, frozenset({"read", "write", "open"})),
    Fault("closed pipe", FAIL, errno.EPIPE, frozenset({"write"})),
    Fault("short", CUT, 0, frozenset({"read", "write"})),
    Fault("kill -9", SIGNAL, signal.SIGKILL, _ALL),
    Fault("Ctrl-C", SIGNAL, signal.SIGINT, _ALL),
    Fault("Ctrl-C twice", SIGNAL, signal.SIGINT, _ALL, twice=True),
    Fault("SIGTERM", SIGNAL, signal.SIGTERM, _ALL),
)
NO_MEMORY = Fault("no memory", FAIL, errno.ENOMEM, frozenset({"malloc", "mmap"}))


@dataclass(frozen=True)
class Face:
    """One of our programs with a small piece of work, in a folder with the subfolders `in` and `out`.

    stdin: a file. again: arguments added when the work is repeated. film_on_stdout: the result is there, too.
    interrupted: exit code after Ctrl-C. terminated: those after SIGTERM. failed: those of errors.
    """

    folder: Path
    program: str
    arguments: tuple[str, ...]
    stdin: str = os.devnull
    again: tuple[str, ...] = ()
    film_on_stdout: bool = False
    interrupted: int = 130
    terminated: tuple[int, ...] = (-signal.SIGTERM, 128 + signal.SIGTERM, 130)
    failed: tuple[int, ...] = (1, 3)

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(frozen=True)
class Run:
    """How a run ended. fired: the point where the fault was met, None if the run was done before."""

    code: int
    is_late: bool
    words: str
    results: Mapping[str, bytes]
    leftovers: frozenset[str]
    points: Sequence[Point]
    fired: Point | None


@dataclass
class Server:
    """`fault_server.py`, running."""

    process: subprocess.Popen[bytes]
    runs: int = field(default=0)

    def run(
        self, face: Face, fault: Fault | None = None, at: int = 0, *, kinds: int = FILES, is_real: bool = False,
        signals: Sequence[tuple[float, int]] = (), is_again: bool = False,
    ) -> Run:  # fmt: skip
        """The work of a face, from the state its folder is in."""
        log = face.folder.with_suffix(".log")
        action, value = (fault.action, fault.value) if fault else (FAIL, 0)
        second = at + 1 if fault and fault.twice else 0
        request = {
            "folder": str(face.folder), "program": face.program, "streams": [face.stdin, "stdout", "stderr"],
            "arguments": [*face.arguments, *(face.again if is_again else ())], "is_real": is_real, "log": str(log),
            "faults": [kinds, LARGE, at, second, action, value], "signals": signals, "seconds": SECONDS,
        }  # fmt: skip
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write((json.dumps(request) + "\n").encode())
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.runs += 1
        return _ended(face, answer, log)


@contextmanager
def serving(library: Path) -> Iterator[Server]:
    """A server with the fault points in `library`; no process of it outlives the block."""
    environment = {**os.environ, "LD_PRELOAD": str(library), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", str(HERE / "fault_server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        yield Server(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(SECONDS) == 0


def build_library(folder: Path) -> Path:
    """Compile `fault_points.c`."""
    library = folder / "fault_points.so"
    compiler = next(filter(shutil.which, ("cc", "gcc", "clang")))
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, HERE / "fault_points.c", "-ldl"], check=True)
    return library


def clear(face: Face) -> None:
    """Back to the state before the work."""
    shutil.rmtree(face.folder / "out", ignore_errors=True)
    (face.folder / "out").mkdir()


def broken_laws(run: Run, whole: Run, face: Face, fault: Fault) -> Iterator[str]:
    """What a run with a fault did wrong; whole: the undisturbed run."""
    is_done = run.results == whole.results
    if run.is_late:
        yield f"it hangs after {SECONDS} s"
    for name, made in run.results.items():
        if name != "stdout" and whole.results.get(name) != made:
            yield f"{name} is not what an undisturbed run makes"
    if run.leftovers and not (fault.is_signal and (fault.value != signal.SIGINT or fault.twice)):
        yield f"it leaves {', '.join(sorted(run.leftovers))}"
    if run.code == 0 and not is_done and not _is_closed_film(run, face, fault):
        yield "exit code 0, but its results are not whole"
    if run.code not in _codes(run, face, fault):
        yield f"exit code {run.code}"
    yield from _broken_words(run, face, fault)


def _codes(run: Run, face: Face, fault: Fault) -> tuple[int, ...]:
    if run.fired is None:
        return (0,)
    if fault.value == signal.SIGKILL and fault.is_signal:
        return (-signal.SIGKILL,)
    if fault.value == signal.SIGTERM and fault.is_signal:
        return (0, *face.terminated)
    if fault.value == signal.SIGINT and fault.is_signal:
        return (0, face.interrupted)
    if fault.action == CUT or run.fired.path == "/stderr":
        return (0,)
    return (0, *face.failed)


def _is_closed_film(run: Run, face: Face, fault: Fault) -> bool:
    at_film = face.film_on_stdout and run.fired is not None and run.fired.path == "/stdout"
    return at_film and fault.action == FAIL and fault.value == errno.EPIPE


def _broken_words(run: Run, face: Face, fault: Fault) -> Iterator[str]:
    lines = run.words.splitlines()
    bug = next((line for line in lines for word in WORDS_OF_BUGS if word in line), None)
    if bug:
        yield f"stderr has {bug!r} … {lines[-1]!r}"
    elif any(not line.startswith("tcvc") for line in lines):
        yield f"stderr has words that are not ours: {run.words!r}"
    said = len(lines) == 1
    can_say = run.code > 0 and run.fired is not None and run.fired.path != "/stderr"
    if can_say and not said:
        yield f"exit code {run.code} with {len(lines)} sentences: {run.words!r}"
    if run.code == 0 and lines and not fault.is_signal:
        yield f"success with words: {run.words!r}"


def _ended(face: Face, answer: dict[str, Any], log: Path) -> Run:
    points, fired = _points(log)
    results, leftovers = {}, set()
    if face.film_on_stdout:
        results["stdout"] = (face.folder / "stdout").read_bytes()
    for path in sorted((face.folder / "out").rglob("*")):
        if path.is_file() and not path.name.endswith((".jsonl", ".tcvc-cache")):
            if path.name.startswith("."):
                leftovers.add(path.name)
            else:
                results[str(path.relative_to(face.folder))] = path.read_bytes()
    words = (face.folder / "stderr").read_text(errors="replace")
    return Run(answer["code"], answer["is_late"], words, results, frozenset(leftovers), points, fired)


def _points(log: Path) -> tuple[list[Point], Point | None]:
    """All points of a run, and the one with the fault."""
    points, fired = [], None
    for line in log.read_text().splitlines():
        number, call, path = line.split(" ", 2)
        point = Point(int(number), call, path.removesuffix(" <"))
        points.append(point)
        if path.endswith(" <") and fired is None:
            fired = point
    return points, fired
