"""Ctrl-C at random moments of whole programs, from their door on: 130, one sentence, nothing half-written.

Left to `-m faults`, since starts take most of the time; `test_faults` interrupts programs that have begun. The moments
come from a seed; how many programs were interrupted is printed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from fault_faces import make_faces
from fault_runs import SECONDS, Face, clear, results_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
COLORING = ("pipe", "colorize", "pictures", "sequence", "worker")
ROUNDS = 16
SEED = 17


@dataclass(frozen=True)
class End:
    """How a program ended after `seconds`."""

    code: int
    words: str
    seconds: float


def other_faces(colorize: Face) -> dict[str, Face]:
    """Programs that make no film, at work on the film of `colorize`."""
    film, small = "in/film.mkv", ("--size", "64", "--device", "cpu")
    stills = ("--data", "../pictures/in", "--watch", "../png/in")
    (colorize.folder / "in/cuts.txt").write_text("0\n3\n")
    commands = {
        "references": (film, "--out", "out", *small),
        "info": (film,),
        "cuts": ("in/cuts.txt",),
        "doctor": (),
        "evaluate": (film, *small),
        "benchmark speed": ("--frames", "6", *small),
        "train reference": (*stills, "--run", "out", "--steps", "9", "--batch", "1"),
    }
    return {name: Face(colorize.folder, "tcvc", (*name.split(), *rest)) for name, rest in commands.items()}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Face]:
    made = make_faces(tmp_path_factory.mktemp("faces"))
    return {**{name: made[name] for name in COLORING}, **other_faces(made["colorize"])}


def run(face: Face, moment: float | None = None, times: int = 1) -> End:
    """The program of a face, interrupted `times` from the moment on, in seconds."""
    door = face.program.replace("-", "_")
    begun_by_us, begins = os.pipe()
    text = f"import os; from vs_tcvc.__main__ import {door}; os.close({begins}); {door}()"
    command = [sys.executable, "-c", text, *face.arguments]
    clear(face)
    with (
        (face.folder / face.stdin).open("rb") as stdin,
        (face.folder / "stdout").open("wb") as stdout,
        (face.folder / "words").open("wb") as stderr,
        subprocess.Popen(
            command, cwd=face.folder, stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=[begins]
        ) as process,
        os.fdopen(begun_by_us) as started,
    ):
        os.close(begins)
        started.read()  # until it is at its door
        begun = time.monotonic()
        for _ in range(0 if moment is None else times):
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return End(process.returncode, (face.folder / "words").read_text(), time.monotonic() - begun)


def broken_laws(end: End, face: Face, whole: Mapping[str, bytes]) -> Sequence[str]:
    """What an interrupted program did wrong; whole: the results of one that was not.

    One that is killed by the signal, before it can say anything, ends with 130 for a shell.
    """
    made, leftovers = results_of(face)
    is_same = all(whole.get(name) == content for name, content in made.items() if name != "stdout")
    return [
        said for said, is_wrong in (
            (f"exit code {end.code}: {end.words[-300:]}", end.code not in (0, -signal.SIGINT, *face.codes[1])),
            (f"words of a bug: {end.words[-300:]}", "Traceback" in end.words or "rror:" in end.words),
            ("a result is not whole", face.name in COLORING and not is_same),
            (f"it leaves {leftovers}", bool(leftovers)),
        ) if is_wrong
    ]  # fmt: skip


def interrupt(faces: Mapping[str, Face], rounds: int, capsys: pytest.CaptureFixture[str]) -> None:
    dice, wrong, interrupted = random.Random(SEED), [], 0
    for name, face in faces.items():
        whole_run = run(face)
        assert whole_run.code == 0, (name, whole_run)
        whole, _ = results_of(face)
        for number in range(rounds):
            moment = dice.uniform(0, whole_run.seconds)
            end = run(face, moment, times=1 + number % 2)
            interrupted += end.code != 0
            wrong += [f"{name}, Ctrl-C after {moment:.3f} s: {said}" for said in broken_laws(end, face, whole)]
    with capsys.disabled():
        print(f"\n{interrupted} programs interrupted")
    assert interrupted
    assert not wrong, "\n".join(wrong)


@pytest.mark.faults
def test_ctrl_c_ends_every_program_with_130(faces: Mapping[str, Face], capsys: pytest.CaptureFixture[str]) -> None:
    interrupt(faces, ROUNDS, capsys)
