"""Where the time of a scene-linear sequence goes: reading, the network, writing, and how far they overlap.

    python benchmarks/sequence.py [--frames 24]

Makes half-float EXR plates with grain, HD and 4K, runs the worker on them, and prints milliseconds per frame of each
stage alone (measured inside the run) beside the wall time of a frame. The longest stage is the limit; the closer the
wall time is to it, the better the stages overlap. Read the ratios, they hold on other machines.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from vs_tcvc.core.any_order import Session
from vs_tcvc.runtime.events import Event
from vs_tcvc.sequences import plate_reader, worker
from vs_tcvc.sequences.image_file import Image, write_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.plate_reader import Plates

SIZES = {"HD": (1920, 1080), "4K": (3840, 2160)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=24)
    frames = parser.parse_args().frames
    for name, (width, height) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name}: " + measure(Path(folder), width, height, frames), flush=True)


def measure(folder: Path, width: int, height: int, frames: int) -> str:
    """One run of the worker, in a line."""
    plate = str(folder / "plate.%04d.exr")
    make_plates(plate, width, height, frames)
    job = Job(plate, str(folder / "chroma.%04d.exr"), 1, frames, settings={"device": "cpu"})
    stages: dict[str, float] = defaultdict(float)
    patches: list[tuple[Any, str, str]] = [
        (Plates, "_read", "read and show"), (Session, "give", "network"),
        (worker.Work, "_write", "colour and write"), (plate_reader, "read_picture", "of it reading"),
        (worker, "write_picture", "of it writing"),
    ]  # fmt: skip
    kept = [(where, attribute, getattr(where, attribute)) for where, attribute, _ in patches]
    for where, attribute, stage in patches:
        setattr(where, attribute, timed(getattr(where, attribute), stages, stage))
    try:
        clock = Clock()
        worker.Work(job, clock).run(threading.Event())
    finally:
        for where, attribute, function in kept:
            setattr(where, attribute, function)
    wall = clock.milliseconds_per_frame()
    longest = max(stages.values()) / frames
    parts = ", ".join(f"{stage} {1000 * seconds / frames:.0f}" for stage, seconds in stages.items())
    return f"{parts} ms; a frame takes {wall:.0f} ms, {wall / 1000 / longest:.2f} x the longest stage"


class Clock:
    """Hears when frames are done, and leaves out the first ones, before which the network is loaded."""

    LEFT_OUT = 4

    def __init__(self) -> None:
        self._times: list[float] = []

    def __call__(self, event: Event) -> None:
        if event.name == "progress":
            self._times.append(time.monotonic())

    def milliseconds_per_frame(self) -> float:
        times = self._times[self.LEFT_OUT :]
        return 1000 * (times[-1] - times[0]) / (len(times) - 1)


def timed(function: Callable[..., Any], stages: dict[str, float], stage: str) -> Callable[..., Any]:
    """The function, which adds its seconds to its stage."""

    @wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            stages[stage] += time.perf_counter() - begun

    return run


def make_plates(pattern: str, width: int, height: int, frames: int) -> None:
    """Moving gradients with grain."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    spec = oiio.ImageSpec(width, height, 3, "half")
    spec.attribute("compression", "zip")
    for frame in range(1, frames + 1):
        plane = 0.2 + 0.15 * np.sin(9 * x + frame / 10) * np.cos(7 * y)
        plane += rng.standard_normal((height, width), np.float32) * 0.01
        write_picture(Path(pattern % frame), Image(np.stack([plane] * 3, axis=-1).astype(np.float32), spec))


if __name__ == "__main__":
    main()
