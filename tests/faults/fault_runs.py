"""Our programs at work with one fault each, and what must hold afterwards.

A point is a call on a file of the run, or a large allocation, by its number in an undisturbed run (`fault_points.c`).
There a run meets a `Fault`; `broken_laws` says in words what it did wrong.
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
LARGE = 20_000
"""Bytes of an allocation that is a point: as of a plane, and more than Python's own for its threads and its compiler,
which do not survive without them."""
FAIL, CUT, SIGNAL = 0, 1, 2
RECORDS = (".jsonl", ".tcvc-cache", ".tcvc-unfinished")
"""Parts of the names of hidden files that tell a later run what is done."""


@dataclass(frozen=True)
class Point:
    """number: among the calls of its kinds, from 1. path: below the run's folder; bytes, of memory."""

    number: int
    call: str
    path: str


ALL = ("read", "write", "open", "create", "rename", "mkdir", "sync", "unlink", "say")
"""Calls on files; "say" writes stderr, or events on stdout."""


@dataclass(frozen=True)
class Fault:
    """What happens at a point.

    action, value: FAIL with an errno, CUT, or SIGNAL with its number. calls: where it can happen. again: 1 if it
    happens at the next point, too, -1 if it stays.
    """

    name: str
    action: int
    value: int
    calls: tuple[str, ...] = ALL
    again: int = 0

    @property
    def signal(self) -> int:
        """Its number, 0 for other faults."""
        return self.value if self.action == SIGNAL else 0

    @property
    def is_of_pipes(self) -> bool:
        """Whether no regular file has it."""
        return self.action == FAIL and self.value in (errno.EPIPE, errno.EINTR)

    def fits(self, point: Point, face: Face) -> bool:
        """Whether a call can meet it: a film can be a pipe, a record and a picture cannot."""
        is_regular = point.path.endswith(".jsonl") or (not face.completes and point.path != "/stdout")
        return point.call in self.calls and not (self.is_of_pipes and is_regular)


FAULTS = (
    Fault("disk full", FAIL, errno.ENOSPC, ("write", "create", "rename", "mkdir", "sync"), -1),
    Fault("disk broken", FAIL, errno.EIO, ("write",), -1),
    Fault("input/output error", FAIL, errno.EIO, tuple(sorted({*ALL} - {"write", "say"}))),
    Fault("interrupted call", FAIL, errno.EINTR, ("read", "write", "open", "create")),
    Fault("closed pipe", FAIL, errno.EPIPE, ("write",)),
    Fault("words refused", FAIL, errno.ENOSPC, ("say",), -1),
    Fault("words unheard", FAIL, errno.EPIPE, ("say",), -1),
    Fault("short", CUT, 0, ("read", "write")),
    Fault("kill -9", SIGNAL, signal.SIGKILL),
    Fault("Ctrl-C", SIGNAL, signal.SIGINT),
    Fault("Ctrl-C twice", SIGNAL, signal.SIGINT, again=1),
    Fault("SIGTERM", SIGNAL, signal.SIGTERM),
    Fault("no memory", FAIL, errno.ENOMEM, ("malloc", "mmap")),
)


@dataclass(frozen=True)
class Face:
    """One of our programs with a small piece of work, in a folder with the subfolders `in` and `out`.

    stdin: a file. again: arguments added when the work is repeated. film_on_stdout: the film goes there. codes: of
    errors, of Ctrl-C and of SIGTERM. completes: it goes on after a short or interrupted call; a library may refuse.
    """

    folder: Path
    program: str
    arguments: tuple[str, ...]
    stdin: str = os.devnull
    again: tuple[str, ...] = ()
    film_on_stdout: bool = False
    codes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((1, 3), (130,), (-signal.SIGTERM, 143, 130))
    completes: bool = True

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(frozen=True)
class Run:
    """How a run ended.

    words: on stderr. results: by name. leftovers: names of other files. points: met. fired: where the fault was, None
    if the run was done before.
    """

    code: int
    is_late: bool
    words: str
    results: Mapping[str, bytes]
    leftovers: frozenset[str]
    points: Sequence[Point]
    fired: Point | None


@dataclass
class Server:
    """`fault_server.py`, running. runs: counted."""

    process: subprocess.Popen[bytes]
    runs: int = field(default=0)

    def run(
        self, face: Face, fault: Fault | None = None, at: int = 0, *, calls: Sequence[str] = ALL,
        signals: Sequence[tuple[float, int]] = (), is_real: bool = False, is_again: bool = False,
    ) -> Run:  # fmt: skip
        """The work of a face, from the state its folder is in.

        at: number of the point. calls: that are points, if there is no fault. signals: seconds to wait and the signal,
        one after another. is_real: with the network that ships.
        """
        log = face.folder.with_suffix(".log")
        is_quiet = fault is None or fault.calls != ("say",)
        arguments = [each for each in face.arguments if is_quiet or each != "--quiet"]
        action, value = (fault.action, fault.value) if fault else (FAIL, 0)
        streams = [face.stdin, "stdout" if face.film_on_stdout else "words", "words"]
        request = {
            "folder": str(face.folder), "program": face.program, "streams": streams,
            "arguments": [*arguments, *(face.again if is_again else ())], "is_real": is_real, "log": str(log),
            "calls": " ".join(fault.calls if fault else calls), "signals": signals, "seconds": SECONDS,
            "faults": [LARGE, at, _second(fault, at), action, value],
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
    if run.is_late:
        yield f"it hangs after {SECONDS} s: {run.words}"
        return
    for name, made in run.results.items():
        if name != "stdout" and whole.results.get(name) != made:
            yield f"{name} is not what an undisturbed run makes"
    if run.leftovers and run.code >= 0 and not _is_unlink(run):
        yield f"it leaves {', '.join(sorted(run.leftovers))}"
    if run.code == 0 and run.results != whole.results and not _is_closed_film(run, face, fault):
        yield "exit code 0, but its results are not whole"
    if run.code not in allowed_codes(run, face, fault):
        yield f"exit code {run.code}: {run.words[-300:]!r}"
    yield from _broken_words(run, fault)


def broken_laws_again(again: Run, whole: Run) -> Iterator[str]:
    """What the run after a run with a fault did wrong."""
    if again.code != 0:
        yield f"run again: exit code {again.code}: {again.words[-300:]!r}"
    elif again.results != whole.results:
        others = [
            name for name in {*whole.results, *again.results} if again.results.get(name) != whole.results.get(name)
        ]
        yield f"run again: {', '.join(sorted(others))} differ"


def allowed_codes(run: Run, face: Face, fault: Fault) -> tuple[int, ...]:
    """Exit codes that tell what happened; 0 if the fault did no harm."""
    failed, interrupted, terminated = face.codes
    if run.fired is not None and fault.signal:
        ends = {signal.SIGKILL: (-signal.SIGKILL,), signal.SIGTERM: (0, *terminated), signal.SIGINT: (0, *interrupted)}
        return ends[signal.Signals(fault.signal)]
    if run.fired is None or run.fired.call == "say":
        return (0,)
    if face.completes and run.fired.call in ("read", "write") and (fault.action == CUT or fault.value == errno.EINTR):
        return (0,)
    if fault.value == errno.ENOMEM:  # a library may not tell why it refuses, or die
        return (0, *failed, 2, -signal.SIGSEGV, -signal.SIGABRT)
    return (0, *failed)


def _is_unlink(run: Run) -> bool:
    return run.fired is not None and run.fired.call == "unlink"


def _is_closed_film(run: Run, face: Face, fault: Fault) -> bool:
    return fault.value == errno.EPIPE and face.film_on_stdout and run.fired is not None and run.fired.path == "/stdout"


def _broken_words(run: Run, fault: Fault) -> Iterator[str]:
    lines = run.words.splitlines()
    if any(not line.startswith("tcvc") for line in lines):
        yield f"words that are not ours: … {run.words[-300:]!r}"
    elif run.code > 0 and len(lines) != 1 and run.fired and run.fired.call != "say":
        yield f"exit code {run.code} with {len(lines)} sentences: {run.words!r}"
    elif run.code == 0 and lines and not fault.signal and fault.calls != ("say",):
        yield f"success with words: {run.words!r}"


def results_of(face: Face) -> tuple[dict[str, bytes], frozenset[str]]:
    """Results by name, and the names of other files, except for records."""
    results, leftovers = {}, set()
    if face.film_on_stdout:
        results["stdout"] = (face.folder / "stdout").read_bytes()
    for path in sorted((face.folder / "out").rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            results[str(path.relative_to(face.folder))] = path.read_bytes()
        elif path.is_file() and not any(each in path.name for each in RECORDS):
            leftovers.add(path.name)
    return results, frozenset(leftovers)


def _ended(face: Face, answer: dict[str, Any], log: Path) -> Run:
    points, fired = _points(log)
    results, leftovers = results_of(face)
    words = "".join(map(_sentence, (face.folder / "words").read_text(errors="replace").splitlines(keepends=True)))
    return Run(answer["code"], answer["is_late"], words, results, leftovers, points, fired)


def _sentence(line: str) -> str:
    """A line of words; of the worker's events only the one that tells why it ended."""
    if not line.startswith("{"):
        return line
    event = json.loads(line)
    told = {"error": event.get("msg"), "cancelled": "cancelled"}.get(event["event"])
    return f"tcvc: {told}\n" if told else ""


def _second(fault: Fault | None, at: int) -> int:
    """As `faults_arm` has it."""
    return 0 if fault is None or at == 0 else {0: 0, 1: at + 1, -1: -1}[fault.again]


def _points(log: Path) -> tuple[list[Point], Point | None]:
    """All points of a run, and the first one with the fault."""
    points, fired = [], None
    for line in log.read_text().splitlines():
        number, call, path = line.split(" ", 2)
        point = Point(int(number), call, path.removesuffix(" <"))
        points.append(point)
        if path.endswith(" <") and fired is None:
            fired = point
    return points, fired
