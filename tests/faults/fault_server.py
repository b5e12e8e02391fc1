"""A process that has imported our programs and becomes one of them, again and again, by forking.

It reads requests, one line of JSON each, and answers each with one line: how the program ended. Such a run costs a
tenth of a start of the program, and ends with the interpreter's own end, as every program does. The network is a
stand-in unless a request asks for the real one. Faults come from `fault_points.c`, preloaded.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from vs_tcvc import __main__, backends
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.settings import Settings

IMPORTED = (
    "av", "cv2", "openvino", "OpenImageIO", "PyOpenColorIO", "rich.progress", "ffmpeg_filters.pipe",
    "ffmpeg_filters.transcode", "vs_tcvc.backends.openvino", "vs_tcvc.cli", "vs_tcvc.cli.progress_bar",
    "vs_tcvc.networks.compact.colorizer", "vs_tcvc.references.painted", "vs_tcvc.sequences.worker",
)  # fmt: skip


class StandIn:
    """A network whose colour depends on the frame and on all frames of its run before."""

    window = 1

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(np.stack([lightness / 4, 20 - lightness / 5]).astype(np.float32))

    def begin(self, references: Any) -> float:
        return float(np.mean(references[0].ab))

    def colorize(self, memory: float, lightness: Array, coming: Array | None = None) -> tuple[float, Array, Array]:
        after = (memory + float(lightness.mean())) % 20
        ab = np.stack([lightness / 4 - after, after - lightness / 5], axis=1).astype(np.float32)
        return after, ab, np.full_like(lightness, after / 20)


def main() -> None:
    """Serve until the input ends; in a child, be the program."""
    for name in IMPORTED:
        importlib.import_module(name)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have started us with them ignored
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    requests, answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    while line := os.read(requests, 1 << 16):
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            os.close(requests)
            os.close(answers)
            _be(request)
        os.write(answers, (json.dumps(_outcome(child, request)) + "\n").encode())


def _outcome(child: int, request: dict[str, Any]) -> dict[str, Any]:
    """Wait for a child, and send it its signals; one that is not done in time is killed."""
    watched, is_late = os.pidfd_open(child), False
    waiting = select.poll()
    waiting.register(watched, select.POLLIN)
    for seconds, number in [*request["signals"], (request["seconds"], signal.SIGKILL)]:
        if waiting.poll(1000 * seconds):
            break
        is_late = seconds == request["seconds"]
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
    os.close(watched)
    return {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "is_late": is_late}


def _be(request: dict[str, Any]) -> NoReturn:
    """In the child: run the program of a request, with its files as standard streams and its faults armed."""
    os.chdir(request["folder"])
    _, *outputs = request["streams"]
    for name in {*outputs}:
        Path(name).write_bytes(b"")
    for number, name in enumerate(request["streams"]):
        opened = os.open(name, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    if not request["is_real"]:
        backends.make_colorizer = stand_in
    faulthandler.dump_traceback_later(request["seconds"] - 1, file=2)  # why it hangs
    sys.argv = [request["program"], *request["arguments"]]
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    arm = ctypes.CDLL(None).faults_arm
    arm.argtypes = [*2 * [ctypes.c_char_p], ctypes.c_size_t, *2 * [ctypes.c_long], *3 * [ctypes.c_int]]
    arm(request["folder"].encode(), request["calls"].encode(), *request["faults"], log)
    door: Callable[[], NoReturn] = getattr(__main__, request["program"].replace("-", "_"))
    door()


def stand_in(settings: Settings) -> tuple[StandIn, backends.Chosen]:
    said: Any = {each.name: "stand-in" for each in fields(backends.Chosen)}
    return StandIn(), backends.Chosen(**{**said, "threads": settings.threads})


if __name__ == "__main__":
    main()
