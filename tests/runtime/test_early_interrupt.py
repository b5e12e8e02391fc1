"""Ctrl-C before a program's work and after it: 130, one sentence at most, no traceback, in every program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from vs_tcvc.runtime.early_interrupt import INTERRUPTED, end_on_interrupt, interruptible

INTERRUPTS_AT = """
import signal, sys
from importlib import abc

_, module, program, *words = sys.argv

class Interrupt(abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == module:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
import vs_tcvc.__main__ as programs
sys.argv = [program, *words]
sys.exit(getattr(programs, program)())
"""
"""A program that gets Ctrl-C when it imports a module: as words its name, the program and its arguments."""


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    handler, hook = signal.getsignal(signal.SIGINT), sys.unraisablehook
    yield
    signal.signal(signal.SIGINT, handler)
    sys.unraisablehook = hook


@pytest.mark.parametrize(
    "words",
    [
        "vs_tcvc.cli tcvc --version",
        "vs_tcvc.cli.worker tcvc --version",
        "numpy tcvc colorize a.mkv b.mkv",
        "vs_tcvc.sequences.worker tcvc worker --job j.json",
        "vs_tcvc.sequences.job tcvc sequence a.%04d.exr b.%04d.exr",
        "ffmpeg_filters.pipe tcvc_pipe",
        "cv2 tcvc_pipe",
    ],
)
def test_ctrl_c_during_an_import_is_130_and_one_line(words: str) -> None:
    command = [sys.executable, "-c", INTERRUPTS_AT, *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    program = words.split()[1].replace("_", "-")
    assert (done.returncode, done.stdout) == (INTERRUPTED, ""), done.stderr
    assert done.stderr.startswith(program)
    assert done.stderr.endswith(": interrupted\n")
    assert done.stderr.count("\n") == 1


def test_inside_the_work_it_is_a_keyboard_interrupt_and_around_it_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end_on_interrupt("tcvc")
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.SIGINT)
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    signal.raise_signal(signal.SIGINT)
    assert ended == [INTERRUPTED]


@pytest.mark.parametrize("own", [signal.SIG_IGN, lambda *_: None])
def test_a_handler_of_somebody_else_stays(own: signal.Handlers) -> None:
    signal.signal(signal.SIGINT, own)
    end_on_interrupt("tcvc")
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is own
    assert signal.getsignal(signal.SIGINT) is own


def test_a_keyboard_interrupt_in_a_destructor_is_not_lost() -> None:
    class Closed:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    end_on_interrupt("tcvc")

    def wait() -> None:
        with interruptible():
            Closed()
            signal.pause()

    with pytest.raises(KeyboardInterrupt):
        wait()
