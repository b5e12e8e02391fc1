"""A long film through `tcvc colorize`: does memory grow, does a frame take longer the later it comes?

python benchmarks/long.py --size 64                    30 minutes of film: 43,200 frames
python benchmarks/long.py --size 64 --frames 10000     a shorter one

The film is synthetic and small, cuts every ten seconds; --size and the other options are those of tcvc colorize.
"""

from __future__ import annotations

import argparse
import time
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import psutil
from numpy.typing import NDArray
from pipe import pictures
from scipy.stats import linregress

from ffmpeg_filters.transcode import colorize_file
from vs_tcvc.arguments import add_arguments, from_arguments
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import FILE

WIDTH, HEIGHT, RATE = 96, 64, 24
SHOT = 10 * RATE
WARM_UP = 500
BLOCK = 100
"""Frames whose mean is one point of a line: neighbouring frames are not independent."""


class Watch:
    """Notes the clock, the processor time spent and the resident bytes at each frame; its notes do not grow."""

    def __init__(self, frames: int) -> None:
        self.clock, self.processor, self.memory = np.ones((3, frames))  # ones: resident from the start
        self._process = psutil.Process()

    def __call__(self, event: Event) -> None:
        if event.name == "progress":
            at = event.values["frames"] - 1
            self.clock[at] = time.perf_counter()
            self.processor[at] = time.process_time()
            self.memory[at] = self._process.memory_info().rss


def make_film(path: Path, frames: int) -> None:
    """A texture that moves back and forth, 4:2:0 without colour; every other shot is upside down."""
    views = [np.frombuffer(each, np.uint8).reshape(HEIGHT * 3 // 2, WIDTH) for each in pictures(WIDTH, HEIGHT)]
    upside_down = [np.concatenate([view[HEIGHT - 1 :: -1], view[HEIGHT:]]) for view in views]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index, both in enumerate(islice(cycle(zip(views, upside_down, strict=True)), frames)):
            picture = np.ascontiguousarray(both[index // SHOT % 2])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        container.mux(stream.encode(None))


def line(name: str, values: NDArray[np.float64], unit: str) -> str:
    """The slope of a least-squares line through the means of blocks of frames, with its standard error."""
    means = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    fit = linregress(np.arange(len(means)) * BLOCK / 1000, means)
    return f"{name}: {fit.slope:+.2g} ± {fit.stderr:.1g} {unit} per 1,000 frames"


def main() -> None:
    """Print what was done and the three slopes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=30 * 60 * RATE, help="of the film (default 43200)")
    add_arguments(parser, FILE)
    parsed = parser.parse_args()
    if parsed.frames < WARM_UP + 5 * BLOCK:
        parser.error(f"--frames: expected at least {WARM_UP + 5 * BLOCK}, got {parsed.frames}")
    watch = Watch(parsed.frames)
    with TemporaryDirectory() as folder:
        film = Path(folder) / "film.mkv"
        make_film(film, parsed.frames)
        done = colorize_file(film, film.with_name("colour.mkv"), from_arguments(parsed, FILE), emit=watch)
    after = slice(WARM_UP, None)
    seconds, work = np.diff(watch.clock)[after], np.diff(watch.processor)[after]
    memory = watch.memory[after] / 1e6
    print(f"{done.frames} frames, {done.shots} shots, {1 / seconds.mean():.1f} fps, peak {memory.max():.0f} MB")
    print(f"from frame {WARM_UP} on, slope of a fitted line and its standard error:")
    print(line("resident memory", memory, "MB"))
    print(line("time of a frame", 100 * seconds / seconds.mean(), "%"))
    print(line("processor time of a frame", 100 * work / work.mean(), "%"))


if __name__ == "__main__":
    main()
