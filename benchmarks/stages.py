"""What all of tcvc-pipe but the network costs: a stand-in for the network gives every frame the same colour.

python benchmarks/stages.py                 CPU milliseconds per frame of every stage, and the lines that fit them
python benchmarks/stages.py --overlapped    the whole pipe: milliseconds per frame, CPU and by the clock; peak memory
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import FileIO
from itertools import cycle, islice
from os import pipe as open_pipe
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from types import SimpleNamespace
from unittest.mock import patch

import cv2
import numpy as np
from pipe import SIZES, measure, pictures

from ffmpeg_filters import colouring, pipe, y4m
from ffmpeg_filters.plan import Plan
from vs_tcvc.frame import Array
from vs_tcvc.settings import Settings
from vs_tcvc.shot import Reference

LARGEST = {"4320p": (7680, 4320, 8)}
DEPTHS = (8, 10)
SETTINGS = Settings(log="quiet")


class StandIn:
    """In place of the network: soft blobs of strong and weak colour, the same for every frame."""

    window = 1

    def predict(self, lightness: Array) -> Array:
        return blobs(*lightness.shape)

    def begin(self, references: Sequence[Reference]) -> None:
        """Nothing is remembered."""

    def colorize(self, memory: None, lightness: Array) -> tuple[None, Array, Array]:
        return None, blobs(*lightness.shape[1:])[None], np.ones(lightness.shape, np.float32)


@cache
def blobs(height: int, width: int) -> Array:
    """a* and b*, (2, height, width)."""
    noise = np.random.default_rng(0).normal(0, 30, (2, height, width)).astype(np.float32)
    return np.stack([6 * np.asarray(cv2.GaussianBlur(one, (0, 0), 4), np.float32) for one in noise])


def feed(stdin: FileIO, header: y4m.StreamHeader, frames: int) -> None:
    """Write the film that tcvc-pipe is measured with, at the header's depth, as fast as it is taken."""
    bits = header.format.bits
    codes = [np.frombuffer(picture, np.uint8) for picture in pictures(header.width, header.height)]
    wide = codes if bits == 8 else [np.left_shift(each.astype(np.uint16), bits - 8) for each in codes]
    luma, chroma, _ = header.plane_bytes
    with stdin:
        writer = y4m.Writer(stdin, header)
        for each in islice(cycle(wide), frames):
            data = memoryview(each).cast("B")
            writer.write(b"", [data[:luma], data[luma : luma + chroma], data[luma + chroma :]])


def drain(stdout: FileIO) -> None:
    """Read and forget, to the end."""
    space = memoryview(bytearray(1 << 20))
    with stdout:
        while stdout.readinto(space):
            pass


def stages(width: int, height: int, frames: int, bits: int) -> dict[str, float]:
    """Median CPU milliseconds of one frame by stage, each on one thread."""
    spent = defaultdict[str, list[float]](list)

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        begun = time.thread_time()
        yield
        spent[name].append(1e3 * (time.thread_time() - begun))

    header = y4m.StreamHeader(width, height, (25, 1), y4m.PixelFormat("420", bits), range="limited")
    (given, fed), (drained, taken) = open_pipe(), open_pipe()
    Thread(target=feed, args=(FileIO(fed, "w"), header, frames), daemon=True).start()
    Thread(target=drain, args=(FileIO(drained),), daemon=True).start()
    with FileIO(given) as source, FileIO(taken, "w") as sink:
        reader = y4m.Reader(source)
        plan = Plan.of(reader.header, SETTINGS)
        writer = y4m.Writer(sink, plan.output)
        colour = blobs(*reversed(plan.stage.working_size))
        arriving = iter(reader)
        for _ in range(frames):
            with timed("read"):
                frame = next(arriving)
            samples, *chroma = (np.frombuffer(plane, plan.source.dtype) for plane in frame.planes)
            luma = samples.reshape(height, width)
            with timed("lightness"):
                lightness = plan.stage.lightness(luma)
                plan.source.has_colour(chroma)
            with timed("colour"):
                planes = plan.stage.planes(luma, lightness, colour)
            with timed("write"):
                writer.write(b"", [memoryview(plane).cast("B") for plane in (luma, *planes)])
    return {name: median(each) for name, each in spent.items()}


def table() -> Iterator[str]:
    """A line per size and depth, then a line fitted to each stage."""
    cv2.setNumThreads(1)  # so that all of a stage is on the thread that is timed
    yield "CPU ms per frame     read   lightness   colour    write      all"
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for bits in DEPTHS:
        for name, (width, height, frames) in (SIZES | LARGEST).items():
            spent = stages(width, height, frames, bits)
            spent["all"] = sum(spent.values())
            columns = "   ".join(f"{each:6.2f}" for each in spent.values())
            yield f"{name:6} {bits:2} bit      {columns}"
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
    with patch.object(colouring, "make_colorizer", lambda settings: stand_in):
        begun = time.process_time()
        pipe.colourise(y4m.Reader(FileIO(0)), FileIO(1, "w"), SETTINGS, Event())
    report.write_text(str(time.process_time() - begun))


def overlapped() -> Iterator[str]:
    """A line per size: the pipe in a process of its own, watched from outside."""
    yield "8 bit    clock ms   CPU ms   peak MB"
    with TemporaryDirectory() as folder:
        report = Path(folder) / "seconds"
        for name, (width, height, frames) in (SIZES | LARGEST).items():
            measured = measure((sys.executable, __file__, "--stand-in", str(report)), width, height, frames)
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
