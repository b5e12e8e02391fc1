"""Programs from their first line to their last: streams that are closed, full or broken, signals, the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vs_tcvc.runtime.words import Words, say

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and signals of POSIX")

TCVC = (sys.executable, "-m", "vs_tcvc")
PIPE = (sys.executable, "-c", "from vs_tcvc.__main__ import tcvc_pipe; tcvc_pipe()")
FRAME = b"FRAME\n" + bytes(range(256)) * 12
FILM = b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 Cmono\n" + FRAME * 3


def in_shell(line: str, *words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A shell's command line, in which "$@" are the words."""
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        ["/bin/bash", "-c", line, "sh", *map(str, words)], input=stdin, capture_output=True, check=False, env=here
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((48, 64), 40 + number, np.uint8))
    return folder


# Words never stop the work


STDERR = {
    "closed": "2>&-", "full": "2>/dev/full", "broken": "2> >(true)",
    "broken with stdout": "2>&1 | true; exit ${PIPESTATUS[0]}",
}  # fmt: skip


@pytest.mark.parametrize("stderr", ["full", "broken with stdout"])
def test_a_film_is_made_whatever_becomes_of_the_words(stderr: str, pictures: Path, tmp_path: Path) -> None:
    done = in_shell(f'sleep 0.2; "$@" {STDERR[stderr]}', *TCVC, "colorize", pictures, tmp_path / "o.mkv", "--size", 64)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["o.mkv"]


def test_video_is_the_same_whatever_becomes_of_the_words() -> None:
    quiet, *others = (
        in_shell(f'"$@" {redirect}', *PIPE, "--size", 64, stdin=FILM)
        for redirect in ("", STDERR["closed"], STDERR["broken"])
    )
    assert [each.returncode for each in (quiet, *others)] == [0, 0, 0]
    assert len(quiet.stdout) > 3 * 48 * 64
    assert [each.stdout for each in others] == [quiet.stdout] * 2


@pytest.mark.parametrize("stderr", ["closed", "full"])
@pytest.mark.parametrize(("words", "code"), [(("info", "nowhere.mkv"), 2), (("colorise",), 2)])
def test_an_error_that_cannot_be_told_is_told_nowhere_else(stderr: str, words: tuple[str, ...], code: int) -> None:
    done = in_shell(f'"$@" {STDERR[stderr]}', *TCVC, *words)
    assert (done.returncode, done.stdout) == (code, b"")


def test_words_are_dropped_where_there_is_no_stream_or_a_closed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, "w") as closed:
        pass
    for stream in (None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        say("frame 7")
        words = Words(stream)
        words.close()
        assert (words.write("frame"), words.isatty()) == (5, False)


# What is not written is not claimed


@pytest.mark.parametrize("stdout", [">&-", ">/dev/full"])
@pytest.mark.parametrize("words", [("weights", "list"), ("--version",), ("completion", "bash")])
def test_words_that_are_the_result_and_cannot_be_written_are_an_error(stdout: str, words: tuple[str, ...]) -> None:
    done = in_shell(f'"$@" {stdout}', *TCVC, *words)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("stdout", "reason"), [(">&-", b"Bad file descriptor"), (">/dev/full", b"No space left")])
def test_video_that_cannot_be_written_is_an_error(stdout: str, reason: bytes) -> None:
    done = in_shell(f'"$@" {stdout}', *PIPE, "--size", 64, "--quiet", stdin=FILM)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert reason in done.stderr


def test_a_closed_output_is_0_only_for_video(tmp_path: Path) -> None:
    left = "| true; exit ${PIPESTATUS[0]}"
    assert in_shell(f'"$@" {left}', *PIPE, "--size", 64, stdin=FILM).returncode == 0
    assert in_shell(f'sleep 0.2; "$@" {left}', *TCVC, "weights", "list").returncode == 1
    os.mkfifo(tmp_path / "c.y4m")
    line = f'true < {tmp_path / "c.y4m"} & "$@"'
    done = in_shell(line, *PIPE, "--size", 64, "--quiet", "--confidence", tmp_path / "c.y4m", stdin=FILM)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1


# Stdout


LOUD = """
import ctypes, os
from vs_tcvc import __main__, backends

libc = ctypes.CDLL(None)

def make(settings, real=backends.make_colorizer):
    os.write(1, b"by native code\\n")
    libc.printf(b"held back\\n")
    return real(settings)

backends.make_colorizer = make
__main__.tcvc_pipe()
"""


def test_native_prints_are_never_in_the_video() -> None:
    loud = (sys.executable, "-c", LOUD)
    quiet, other = (in_shell('"$@"', *each, "--size", 64, "--quiet", stdin=FILM) for each in (PIPE, loud))
    assert other.stdout == quiet.stdout
    assert b"by native code" in other.stderr


def test_native_prints_are_never_among_words_for_machines() -> None:
    text = "import os; from vs_tcvc import __main__; from vs_tcvc.cli import weights; real = weights.run\n"
    text += "weights.run = lambda arguments: os.write(1, b'loud') and real(arguments)\n__main__.tcvc()"
    loud = in_shell('"$@"', sys.executable, "-c", text, "weights", "path")
    assert loud.stdout.startswith(b"/")
    assert b"loud" in loud.stderr


def test_a_closed_stream_is_never_the_film(pictures: Path, tmp_path: Path) -> None:
    """The first file that a program opens takes the place of a closed stream: what is printed would go into it."""
    done = in_shell('"$@" <&- >&- 2>&-', *TCVC, "colorize", pictures, tmp_path / "o.mkv", "--size", 64)
    assert done.returncode == 0
    with av.open(str(tmp_path / "o.mkv")) as film:
        assert len(list(film.decode(video=0))) == 3
    assert b"tcvc:" not in (tmp_path / "o.mkv").read_bytes()


# Signals


ENDLESS = """
import sys, time
from pathlib import Path
from vs_tcvc.runtime import program
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.interrupt import stop_on_interrupt

def main():
    with whole_file(Path(sys.argv[1])) as file:
        print("begun", flush=True)
        if sys.argv[2] == "watched":
            with stop_on_interrupt() as stop:
                stop.wait()
                print("stopping", flush=True)
                time.sleep(60)
        time.sleep(60)

program.enter(main)
"""


def ended(path: Path, how: str, *signals: int) -> int:
    """The exit code after these signals."""
    command = [sys.executable, "-c", ENDLESS, str(path), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for number in signals:
            process.stdout.readline()
            process.send_signal(number)
        return process.wait(20)


@pytest.mark.parametrize(
    ("how", "signals", "code"),
    [
        ("alone", [signal.SIGINT], 130), ("watched", [signal.SIGINT, signal.SIGINT], 130),
        ("alone", [signal.SIGTERM], -signal.SIGTERM), ("watched", [signal.SIGTERM], -signal.SIGTERM),
        ("alone", [signal.SIGHUP], -signal.SIGHUP),
    ],
)  # fmt: skip
def test_a_signal_ends_a_program_as_it_should_and_leaves_nothing(
    how: str, signals: list[int], code: int, tmp_path: Path
) -> None:
    begun = time.monotonic()
    assert ended(tmp_path / "film", how, *signals) == code
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - begun < 15


THREADS = """
import threading, time
from vs_tcvc.runtime import program

def main():
    threading.Thread(target=time.sleep, args=(60,)).start()
    {}

program.enter(main)
"""


@pytest.mark.parametrize(
    ("last", "code"), [("return 0", 0), ("return 3", 3), ("raise SystemExit(2)", 2), ("raise ValueError", 1)]
)
def test_a_program_ends_with_its_code_and_waits_for_no_thread(last: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", THREADS.format(last)], capture_output=True, check=False, timeout=20)
    assert (done.returncode, b"ValueError" in done.stderr) == (code, "ValueError" in last)


# Where it starts


@pytest.mark.parametrize("program", ["tcvc", "tcvc_pipe"])
def test_a_deleted_working_folder_is_one_sentence(program: str, tmp_path: Path) -> None:
    """Python itself ends there where it must look into the folder; an installed program need not."""
    script, gone = tmp_path / "program.py", tmp_path / "gone"
    script.write_text(f"from vs_tcvc.__main__ import {program}\n{program}()")
    places = os.pathsep.join(path for path in sys.path if Path(path).is_absolute())
    line = f'mkdir {gone}; cd {gone}; rmdir {gone}; PYTHONPATH={places} "$@" --help'
    done = in_shell(line, sys.executable, script)
    told = b"tcvc: expected a working folder, found it deleted; change to another one\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", told)


WAITS = """
import fcntl, os, subprocess, sys, time
(stdin, feed), (taken, stdout) = os.pipe(), os.pipe()
for end in (stdin, stdout):
    fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_NONBLOCK)
with subprocess.Popen(sys.argv[1:], stdin=stdin, stdout=stdout) as process:
    os.close(stdin), os.close(stdout)
    film = sys.stdin.buffer.read()
    for first in range(0, len(film), 4000):
        time.sleep(0.05)
        os.write(feed, film[first : first + 4000])
    os.close(feed)
    while made := os.read(taken, 1000):
        sys.stdout.buffer.write(made)
sys.exit(process.returncode)
"""
"""A host that made its pipes non-blocking, and gives and takes slowly."""


def test_streams_that_do_not_block_are_waited_for() -> None:
    slow = in_shell('"$@"', sys.executable, "-c", WAITS, *PIPE, "--size", 64, stdin=FILM)
    quick = in_shell('"$@"', *PIPE, "--size", 64, stdin=FILM)
    assert (slow.returncode, slow.stdout) == (0, quick.stdout)
