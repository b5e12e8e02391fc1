"""The cost of tcvc-pipe without the network: a stand-in for the network gives every frame the same colour.

python benchmarks/stages.py                 CPU milliseconds per frame of every stage, and the lines that fit them
python benchmarks/stages.py --overlapped    the whole pipe: milliseconds per frame, CPU and wall time; peak memory
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from types import SimpleNamespace
from unittest.mock import patch

import cv2
import numpy as np
from pipe import measure

from ffmpeg_filters import pipe, y4m
from vs_tcvc import backends
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference
from vs_tcvc.metrics import speed_stages
from vs_tcvc.metrics.speed_film import SpeedFilm
from vs_tcvc.settings import Settings

SIZES = {
    "270p": (480, 270, 200), "480p": (854, 480, 200), "1080p": (1920, 1080, 100), "2160p": (3840, 2160, 40),
    "4320p": (7680, 4320, 16),
}  # fmt: skip
"""Width, height, frames."""

DEPTHS = (8, 10)
STAGES = ("read", "lightness", "cut", "upsample", "write")
SETTINGS = Settings(log="quiet")


class StandIn:
    """In place of the network: soft blobs of strong and weak colour, the same for every frame."""

    window = 1

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(blobs(*lightness.shape))

    def begin(self, references: Sequence[Reference]) -> None:
        """Nothing is remembered."""

    def colorize(self, memory: None, lightness: Array, coming: Array | None = None) -> tuple[None, Array, Array]:
        return None, blobs(*lightness.shape[1:])[None], np.ones(lightness.shape, np.float32)


@cache
def blobs(height: int, width: int) -> Array:
    """a* and b*, (2, height, width)."""
    noise = np.random.default_rng(0).normal(0, 30, (2, height, width)).astype(np.float32)
    return np.stack([6 * np.asarray(cv2.GaussianBlur(one, (0, 0), 4), np.float32) for one in noise])


def stages(film: SpeedFilm) -> dict[str, float]:
    """CPU milliseconds of one frame by stage."""
    spent = speed_stages.stages(film, SETTINGS, StandIn())
    return {stage: spent[stage].cpu_ms for stage in STAGES}


def table() -> Iterator[str]:
    """A line per size and depth, then a line fitted to each stage."""
    cv2.setNumThreads(1)  # what a stage costs on one thread
    yield "CPU ms per frame" + "".join(f"{stage:>11}" for stage in (*STAGES, "all"))
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for bits in DEPTHS:
        for name, (width, height, frames) in SIZES.items():
            spent = stages(SpeedFilm(width, height, frames, bits))
            spent["all"] = sum(spent.values())
            yield f"{name:6} {bits:2} bit   " + "".join(f"{each:11.2f}" for each in spent.values())
            for stage, milliseconds in spent.items():
                points[f"{stage}, {bits} bit"].append((width * height / 1e6, milliseconds))
    yield "stage               ms per megapixel of luma + ms"
    for stage, fitted in points.items():
        pixels, milliseconds = np.array(fitted).T
        slope, level = np.polyfit(pixels, milliseconds, 1, w=1 / pixels)  # each size's relative error counts the same
        yield f"{stage:17} {slope:8.2f} x + {level:.2f}"


def stand_in_pipe(report: Path) -> None:
    """tcvc-pipe with the stand-in, on stdin and stdout; its CPU seconds go to the file `report`."""
    stand_in = (StandIn(), SimpleNamespace())
    with patch.object(backends, "make_colorizer", lambda settings: stand_in):
        begun = time.process_time()
        pipe.colorize_stream(y4m.Reader(FileIO(0)), FileIO(1, "w"), SETTINGS, Event())
    report.write_text(str(time.process_time() - begun))


def overlapped() -> Iterator[str]:
    """A line per size: the pipe in a process of its own, watched from outside."""
    yield "8 bit    clock ms   CPU ms   peak MB"
    with TemporaryDirectory() as folder:
        report = Path(folder) / "seconds"
        for name, (width, height, frames) in SIZES.items():
            film = SpeedFilm(width, height, frames)
            measured = measure((sys.executable, __file__, "--stand-in", str(report)), film)
            cpu = 1e3 * float(report.read_text()) / frames
            yield f"{name:6}   {1e3 / measured.fps:8.1f}   {cpu:6.1f}   {measured.peak:7.0f}"


def main() -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--overlapped", action="store_true", help="the whole pipe instead of its stages")
    parser.add_argument("--stand-in", type=Path, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.stand_in:
        stand_in_pipe(parsed.stand_in)
        return
    for line in overlapped() if parsed.overlapped else table():
        print(line, flush=True)


if __name__ == "__main__":
    main()
