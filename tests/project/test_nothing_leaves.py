"""Nothing leaves the machine: no face asks for a host or opens a socket of the internet, with any backend.

Python's own sockets are seen by an audit hook, those of native libraries and other programs by strace.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import all_faces
import pytest

PROGRAM = Path(all_faces.__file__).with_name("watched_faces.py")
TRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=network", "-e", "signal=none", "-o")


def why_no_trace() -> str:
    """Why system calls cannot be looked at, "" if they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: apt install strace)"
    tried = subprocess.run([*TRACE, "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace does not work here: {tried.stderr.strip()}" if tried.returncode else ""


NO_TRACE = why_no_trace()


@dataclass(frozen=True)
class Seen:
    """ran: faces and backends that did their work. sockets: of Python. calls: of the system about networks."""

    ran: list[str]
    sockets: list[str]
    calls: list[str]


def watch(folder: Path, *faces: str) -> Seen:
    trace, sockets = folder / "calls.txt", folder / "work" / "sockets.txt"
    (folder / "work").mkdir()
    before = () if NO_TRACE else (*TRACE, str(trace))
    command = [*before, sys.executable, str(PROGRAM), str(folder / "work"), *faces]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    calls = trace.read_text().splitlines() if trace.exists() else []
    return Seen(
        re.findall("^ran (.*)$", done.stderr, re.MULTILINE),
        sockets.read_text().splitlines() if sockets.exists() else [],
        [call for call in calls if "AF_INET" in call],
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return watch(tmp_path_factory.mktemp("faces"))


def test_no_face_uses_a_socket_of_python(seen: Seen) -> None:
    assert seen.ran == [f"{face} {backend}" for face in all_faces.FACES for backend in all_faces.BACKENDS]
    assert seen.sockets == []


@pytest.mark.skipif(bool(NO_TRACE), reason=NO_TRACE)
def test_no_face_opens_a_socket_of_the_internet_behind_pythons_back(seen: Seen) -> None:
    assert seen.calls == []


def test_a_face_that_tells_somebody_is_caught(tmp_path: Path) -> None:
    caught = watch(tmp_path, "leak").sockets
    assert [line.split()[:3] for line in caught] == [
        ["leak,", f"{each}:", "socket.sendto"] for each in all_faces.BACKENDS
    ]


@pytest.mark.skipif(bool(NO_TRACE), reason=NO_TRACE)
def test_a_native_library_that_tells_somebody_is_caught(tmp_path: Path) -> None:
    caught = watch(tmp_path, "native_leak")
    assert caught.sockets == []
    assert len(caught.calls) == len(all_faces.BACKENDS)
