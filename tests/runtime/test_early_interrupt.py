"""Ctrl-C while a program imports what it runs: 130 and one line, no traceback, in every program."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vs_tcvc.runtime.interrupt import INTERRUPTED

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
getattr(programs, program)()
"""
"""A program that gets Ctrl-C when it imports a module: as words its name, the program and its arguments."""


@pytest.mark.parametrize(
    "words",
    [
        "vs_tcvc.cli tcvc --version",
        "vs_tcvc.cli.worker tcvc --version",
        "numpy tcvc weights list",
        "vs_tcvc.sequences.worker tcvc worker --job j.json",
        "vs_tcvc.sequences.job tcvc sequence a.%04d.exr b.%04d.exr",
        "ffmpeg_filters.pipe tcvc_pipe",
        "cv2 tcvc_pipe",
    ],
)
def test_ctrl_c_during_an_import_is_130_and_one_line(words: str) -> None:
    command = [sys.executable, "-c", INTERRUPTS_AT, *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, "", "tcvc: interrupted\n")
