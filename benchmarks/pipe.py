"""Speed and memory of tcvc-pipe, beside a program that only passes the same stream through.

python benchmarks/pipe.py                   fps, peak memory and ratio at 480p, 1080p and 2160p
python benchmarks/pipe.py --memory 5000     growth of memory over that many frames at 240p
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from itertools import cycle, islice
from threading import Thread
from typing import BinaryIO

import cv2
import numpy as np
import psutil

from ffmpeg_filters import y4m

PIPE = (sys.executable, "-c", "import sys; from ffmpeg_filters.pipe import main; sys.exit(main())", "--quiet")
PASS_THROUGH = (sys.executable, __file__, "--pass-through")
SIZES = {"480p": (854, 480, 120), "1080p": (1920, 1080, 60), "2160p": (3840, 2160, 20)}
PICTURES = 12


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
    """A few 4:2:0 frames of a texture that moves, to be repeated forth and back."""
    rng = np.random.default_rng(0)
    margin = 4 * PICTURES
    coarse = rng.random(((height + margin) // 8 + 1, (width + margin) // 8 + 1), np.float32)
    texture = cv2.resize(coarse, (width + margin, height + margin), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    chroma = np.full(2 * ((height + 1) // 2) * ((width + 1) // 2), 128, np.uint8).tobytes()
    codes = (16 + 219 * texture).astype(np.uint8)
    forth = [codes[at : at + height, 2 * at : 2 * at + width].tobytes() + chroma for at in range(PICTURES)]
    return forth + forth[-2:0:-1]


def feed(stdin: BinaryIO, width: int, height: int, frames: int) -> None:
    """Write the film, as fast as it is taken."""
    stdin.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\n".encode())
    for picture in islice(cycle(pictures(width, height)), frames):
        stdin.write(b"FRAME\n" + picture)
    stdin.close()


def measure(command: Sequence[str], width: int, height: int, frames: int) -> Measured:
    """Run `command` on the film and watch it from outside."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        Thread(target=feed, args=(process.stdin, width, height, frames), daemon=True).start()
        watched = psutil.Process(process.pid)
        memory, begun = [], 0.0
        for index, _ in enumerate(y4m.Reader(FileIO(process.stdout.fileno(), closefd=False))):
            begun = begun or time.perf_counter()
            memory.append((index, watched.memory_info().rss))
        seconds = time.perf_counter() - begun
    return Measured((len(memory) - 1) / seconds, memory)


def pass_through() -> None:
    """What any filter must do: read the stream and write it."""
    reader = y4m.Reader(FileIO(0, closefd=False))
    writer = y4m.Writer(FileIO(1, "wb", closefd=False), reader.header)
    for frame in reader:
        writer.write(frame.parameters, frame.planes)


def speed(arguments: Sequence[str]) -> Iterator[str]:
    """A line per size."""
    yield "size     tcvc-pipe fps   peak MB   pass-through fps   ratio"
    for name, (width, height, frames) in SIZES.items():
        ours = measure((*PIPE, *arguments), width, height, frames)
        plain = measure(PASS_THROUGH, width, height, frames)
        yield f"{name:6}   {ours.fps:13.2f}   {ours.peak:7.0f}   {plain.fps:16.1f}   {ours.fps / plain.fps:.4f}"


def growth(frames: int, arguments: Sequence[str]) -> str:
    """Slope of resident memory over the frames after the first 500, by least squares."""
    measured = measure((*PIPE, *arguments), 426, 240, frames)
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
        for line in speed(ours):
            print(line, flush=True)


if __name__ == "__main__":
    main()
