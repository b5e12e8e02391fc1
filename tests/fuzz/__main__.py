"""Fuzz every reader, one after the other, each in a process of its own: `python -m tests.fuzz --minutes N`.

The law of a reader: an input gives a right value or the project's own error, in bounded time and memory. Any other
exception, a hang or a crash is a finding, and the exit code is 1. Inputs of past faults come first, always; then
Atheris (libFuzzer) makes others from them, and keeps what reaches new code.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def main() -> int:
    from fuzz_targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--minutes", type=float, default=1, metavar="N",
                        help="time for all targets together, 0: only inputs of past faults (default 1)")  # fmt: skip
    parser.add_argument("--target", action="append", choices=(*TARGETS,), help="a reader; may be given more than once")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="0: another one every time (default 0)")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"), metavar="DIR",
                        help="where inputs that reach new code, and findings, are kept (default .fuzz)")  # fmt: skip
    options = parser.parse_args()
    names = options.target or [*TARGETS]
    seconds = options.minutes * 60 / len(names)
    results = [fuzz(name, options.folder, seconds, options.seed) for name in names]
    return int(not all(results))


def fuzz(name: str, folder: Path, seconds: float, seed: int) -> bool:
    """Fuzz a reader and print a line of the outcome; True if nothing was found."""
    begin = time.monotonic()
    command = [sys.executable, str(HERE / "fuzz_one.py"), name, str(folder), str(seconds), str(seed)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "NO_COLOR": "1"}, check=False)  # fmt: skip
    said = done.stdout.decode(errors="replace")
    inputs = sum(map(int, re.findall(r"(?:number_of_executed_units|inputs of past faults): (\d+)", said)))
    outcome = "nothing found" if done.returncode == 0 else "FOUND"
    print(f"{name:<10} {inputs:>9} inputs  {time.monotonic() - begin:6.1f} s  {outcome}", flush=True)
    if done.returncode:
        print(said[-6000:], flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
