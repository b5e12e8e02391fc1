"""The store of colours on real clips: bytes of a frame, frames a second written and read, and asking about many shots.

python benchmarks/store.py --clips clips.zip                     in a temporary folder
python benchmarks/store.py --clips clips.zip --store s3://bucket/folder
python benchmarks/store.py --shots 2000                          seconds to ask about so many shots
"""

from __future__ import annotations

import argparse
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Chroma
from vs_tcvc.core.in_order import Stream
from vs_tcvc.cuts.rules import NoCuts
from vs_tcvc.datasets.films import Footage, find_footage
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.project.store import Store
from vs_tcvc.settings import Settings

LOOKED_UP = 16
"""Single frames read in random order."""


def main() -> None:
    """Print a line per clip, or one about many shots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, metavar="ZIP|DIR|FILM")
    parser.add_argument("--count", type=int, default=3, help="clips to take")
    parser.add_argument("--size", type=int, default=216)
    parser.add_argument("--store", default="", metavar="URL")
    parser.add_argument("--shots", type=int, default=0)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        store = Store(arguments.store or folder)
        if arguments.clips:
            print(f"{'clip':<20}frames  KB/frame  write fps  read fps  one frame ms  write cpu ms  read cpu ms")
            for footage in find_footage(arguments.clips)[: arguments.count]:
                measure(store, footage.name, color(footage, arguments.size))
        if arguments.shots:
            ask(store, arguments.shots)


def color(footage: Footage, size: int) -> list[Chroma]:
    """A clip's colour as one shot, by the shipped network alone."""
    colorizer, _ = make_colorizer(Settings())
    stream = Stream(Engine(colorizer), Anchors(NoCuts()))
    frames = ((None, Gray.of(codes, size).lightness) for codes in footage.read())
    return [chroma for _, chroma in stream.run(frames)]


def measure(store: Store, name: str, shot: Sequence[Chroma]) -> None:
    """Print what one shot takes in space and time."""
    before = store.size()
    key = uuid.uuid4().hex
    writing = seconds(lambda: write(store, key, shot))
    held = store.size() - before
    reading = seconds(lambda: deque(store.read(key), maxlen=0))
    found, indices = store.read(key), np.random.default_rng(0).integers(0, len(shot), LOOKED_UP)
    looking = seconds(lambda: [found.frame(int(index)) for index in indices])
    count = len(shot)
    per_frame = (1000 * each.processor / count for each in (writing, reading))
    print(
        f"{name:<20}{count:6}{held / count / 1000:10.1f}{count / writing.clock:11.0f}{count / reading.clock:10.0f}"
        f"{1000 * looking.clock / LOOKED_UP:14.1f}" + "".join(f"{each:15.1f}" for each in per_frame)
    )


def ask(store: Store, count: int) -> None:
    """Print the seconds to list and to look after so many shots, of one frame each."""
    size = (24, 40)
    frame = Chroma.rounded(0, np.zeros((2, *size), np.float32), np.ones(size, np.float32), 0, "predicted")
    keys = [f"{number:064x}" for number in range(count)]

    def write_all() -> None:
        for key in keys:
            write(store, key, [frame])

    writing = seconds(write_all)
    listing = seconds(store.keys)
    looking = seconds(lambda: [store.has(key) for key in keys])
    for name, took in (("written", writing), ("keys()", listing), ("has() of each", looking)):
        print(f"{count} shots, {name}: {took.clock:.2f} s, {took.processor:.2f} s of the processor")


def write(store: Store, key: str, shot: Sequence[Chroma]) -> None:
    """Store a shot."""
    height, width = shot[0].confidence.shape
    with store.writing(key, range(len(shot)), (height, width)) as writer:
        for chroma in shot:
            writer.add(chroma)


class Seconds(NamedTuple):
    """What some work took on the clock and of the processor."""

    clock: float
    processor: float


def seconds(work: Callable[[], object]) -> Seconds:
    """What the work takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - clock, time.process_time() - processor)


if __name__ == "__main__":
    main()
