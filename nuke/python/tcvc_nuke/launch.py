"""The worker: a process in the Python that has vs-tcvc installed, which reports events as lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from tcvc_nuke import Failed

DONE, FAILED, CANCELLED = 0, 1, 2
GRACE = 20.0
"""Seconds that a cancelled worker has to finish the current frame."""

HOST_ONLY = ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "PYTHONSTARTUP", "VIRTUAL_ENV", "QT_PLUGIN_PATH",
             "QT_QPA_PLATFORM_PLUGIN_PATH")  # fmt: skip
"""Variables that are valid only for Nuke's Python."""

HOST_PATHS = ("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "DYLD_INSERT_LIBRARIES",
              "DYLD_FALLBACK_LIBRARY_PATH", "DYLD_FALLBACK_FRAMEWORK_PATH", "OCIO")  # fmt: skip
"""Variables that may name libraries and a colour config of Nuke's own, which are not for the worker."""


def interpreter(knob: str) -> str:
    """The Python of a knob, else of $TCVC_PYTHON. Failed where neither names one."""
    python = knob or os.environ.get("TCVC_PYTHON", "")
    if not python:
        raise Failed(
            "worker_python: expected the Python that has vs-tcvc installed, got none; set the knob or $TCVC_PYTHON"
        )
    return python


def host_folder() -> str:
    """The folder of the program that runs this, with all that it brings."""
    program = "/proc/self/exe" if os.path.exists("/proc/self/exe") else sys.executable
    folder, name = os.path.split(os.path.dirname(os.path.realpath(program)))
    return folder if name in ("bin", "MacOS") else os.path.join(folder, name)


def without_host(text: str) -> str:
    """A list of paths without those in the host's folder."""
    host = os.path.join(host_folder(), "")
    return os.pathsep.join(each for each in text.split(os.pathsep) if not os.path.realpath(each).startswith(host))


def environment() -> dict[str, str]:
    """Nuke's own environment (an empty one breaks Windows) without what belongs to Nuke and its Python."""
    kept = {name: text for name, text in os.environ.items() if name not in HOST_ONLY}
    kept |= {name: without_host(kept[name]) for name in HOST_PATHS if name in kept}
    kept = {name: text for name, text in kept.items() if text or name not in HOST_PATHS}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}


def start(python: str, *arguments: str, log: IO[str]) -> subprocess.Popen[str]:
    """`python -m vs_tcvc ...`; what it says on stderr goes to `log`. Failed where it cannot be started."""
    is_windows = os.name == "nt"
    try:
        return subprocess.Popen(
            [python, "-m", "vs_tcvc", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            env=environment(), encoding="utf-8", errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if is_windows else 0,
        )  # fmt: skip
    except OSError as error:
        raise Failed(f"worker_python: {python} cannot be started ({error.strerror})") from None


def ask(python: str, *arguments: str) -> tuple[str, list[str]]:
    """The output of such a command, and the lines that it said. Raises Failed, with the last of these, if it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = start(python, *arguments, log=log)
        answer = process.communicate()[0]
        log.seek(0)
        if process.returncode:
            raise Failed(last_words(log.read()))
        return answer.strip(), log.read().splitlines()


class Worker:
    """A worker at a job. folder: of the version; the job, its log and the file `cancel` are in it."""

    def __init__(self, python: str, folder: Path, job: dict[str, Any]) -> None:
        self._cancel = Path(job["cancel"])
        self._log = folder / "worker.log"
        if self._cancel.exists():
            self._cancel.unlink()
        file = folder / "job.json"
        file.write_text(json.dumps(job, indent=1), encoding="utf-8")
        with self._log.open("w", encoding="utf-8") as log:
            self._process = start(python, "worker", "--job", str(file), log=log)

    def cancel(self) -> None:
        """Ask it to stop after the current frame; after GRACE it is killed."""
        self._cancel.touch()
        timer = threading.Timer(GRACE, self._process.terminate)
        timer.daemon = True
        timer.start()

    def follow(self, tell: Callable[[dict[str, Any]], None]) -> tuple[int, str]:
        """Pass every event to `tell` until the worker ends; returns its exit code and the reason of a failure."""
        reason = ""
        for event in self._events():
            if event.get("event") == "error":
                reason = str(event.get("msg"))
            tell(event)
        code = self._process.wait()
        if code not in (DONE, CANCELLED) and not reason:
            reason = last_words(self._log.read_text(encoding="utf-8", errors="replace"))
        return code, reason

    def _events(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:  # a library that prints
                    continue
                if isinstance(event, dict):
                    yield event


def last_words(log: str) -> str:
    """The last line of a process's stderr."""
    return next((line for line in reversed(log.splitlines()) if line.strip()), "it ended without a message")
