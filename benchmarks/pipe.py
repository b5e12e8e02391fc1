"""Speed and memory of tcvc-pipe, beside a program that only passes the same stream through.

python benchmarks/pipe.py                   fps, peak memory and ratio at 480p to 2160p
python benchmarks/pipe.py --memory 5000     growth of memory over that many frames at 240p
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from threading import Thread
from typing import BinaryIO

import numpy as np
import psutil

from ffmpeg_filters import y4m
from vs_tcvc.metrics import speed_film
from vs_tcvc.metrics.speed_film import SpeedFilm

PIPE = (sys.executable, "-c", "import sys; from ffmpeg_filters.pipe import main; sys.exit(main())", "--quiet")
PASS_THROUGH = (sys.executable, __file__, "--pass-through")
FILMS = {
    "480p": SpeedFilm(854, 480, 240),
    "1080p": SpeedFilm(1920, 1080, 150),
    "2160p": SpeedFilm(3840, 2160, 60),
    "2160p 10 bit": SpeedFilm(3840, 2160, 40, bits=10),
}


@dataclass(frozen=True)
class Measured:
    """fps: of all frames after the first; memory: (frame, resident bytes) in the order of frames."""

    fps: float
    memory: list[tuple[int, int]]

    @property
    def peak(self) -> float:
        """Most resident memory, MB."""
        return max(size for _, size in self.memory) / 1e6


def pictures(width: int, height: int) -> list[bytes]:
    """A few 4:2:0 frames of a texture that moves, to be repeated back and forth."""
    return [b"".join(planes) for planes in speed_film.pictures(width, height)]


def feed(stdin: BinaryIO, film: SpeedFilm) -> None:
    """Write the film, as fast as it is taken."""
    with stdin, film.play() as tape:
        shutil.copyfileobj(tape, stdin, 1 << 20)


def measure(command: Sequence[str], film: SpeedFilm) -> Measured:
    """Run `command` on the film and watch it from outside, counting bytes alone."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        Thread(target=feed, args=(process.stdin, film), daemon=True).start()
        watched = psutil.Process(process.pid)
        stdout, space = FileIO(process.stdout.fileno(), closefd=False), memoryview(bytearray(1 << 20))
        frame_bytes = len(b"FRAME\n") + sum(film.header.plane_bytes)
        memory: list[tuple[int, int]] = []
        begun, got = 0.0, 0
        while count := stdout.readinto(space):
            got += count
            if got // frame_bytes > len(memory):
                begun = begun or time.perf_counter()
                memory.append((len(memory), watched.memory_info().rss))
        seconds = time.perf_counter() - begun
    return Measured((len(memory) - 1) / seconds, memory)


def pass_through() -> None:
    """What any filter must do: read the stream and write it."""
    reader = y4m.Reader(FileIO(0, closefd=False))
    writer = y4m.Writer(FileIO(1, "wb", closefd=False), reader.header)
    for frame in reader:
        writer.write(frame.parameters, frame.planes)


def table(arguments: Sequence[str]) -> Iterator[str]:
    """A line per size."""
    yield "size             tcvc-pipe fps   peak MB   pass-through fps   ratio"
    for name, film in FILMS.items():
        ours = measure((*PIPE, *arguments), film)
        plain = measure(PASS_THROUGH, film)
        yield f"{name:14}   {ours.fps:13.2f}   {ours.peak:7.0f}   {plain.fps:16.1f}   {ours.fps / plain.fps:.4f}"


def growth(frames: int, arguments: Sequence[str]) -> str:
    """Slope of resident memory over the frames after the first 500, by least squares."""
    measured = measure((*PIPE, *arguments), SpeedFilm(426, 240, frames))
    index, size = np.array(measured.memory[500:], np.float64).T
    slope = np.polyfit(index, size, 1)[0] * 1000 / 1e6
    rest = f"peak {measured.peak:.0f} MB, {measured.fps:.1f} fps"
    return f"240p, frames 500 to {frames}: {slope:+.3f} MB per 1000 frames, {rest}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", type=int, metavar="FRAMES", help="growth of memory instead of speed")
    parser.add_argument("--pass-through", action="store_true", help=argparse.SUPPRESS)
    parsed, ours = parser.parse_known_args()
    if parsed.pass_through:
        pass_through()
    elif parsed.memory:
        print(growth(parsed.memory, ours))
    else:
        for line in table(ours):
            print(line, flush=True)


if __name__ == "__main__":
    main()
