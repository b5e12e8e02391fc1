"""Speed and memory of core.tcvc.Colorize, beside a filter that does nothing and beside tcvc-pipe.

python benchmarks/vs_filter.py              microseconds of the host's path, then fps at 1080p
python benchmarks/vs_filter.py --seek 600   peak memory of a first look at that frame of one long shot
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray
from pipe import PIPE, measure, pictures
from vapoursynth import core

from vs_tcvc.core.frame import Chroma
from vs_tcvc.metrics.speed_film import SpeedFilm
from vs_tcvc.vapoursynth import filter
from vs_tcvc.vapoursynth.frames import ClipFormat

WIDTH, HEIGHT = 1920, 1080
FORMATS = (vs.YUV420P8, vs.YUV420P16, vs.GRAY8, vs.GRAY16)
HOST_FRAMES, FRAMES = 500, 150
ROUNDS = 5


class ReadySession:
    """In place of the session: the colour of every frame is there already."""

    def __init__(self, *_: Any) -> None:
        blank = np.zeros((216, 384), np.float32)
        self._chroma = Chroma(0, np.stack([blank, blank]), blank, 0, "ready")

    def ask(self, n: int) -> Chroma:
        return self._chroma


@cache
def ready_planes(target: ClipFormat) -> list[NDArray[Any]]:
    """In place of the chroma stage: planes that were made before."""
    return [np.zeros(target.shape(plane), target.dtype) for plane in (1, 2)]


def microseconds(clip: vs.VideoNode) -> float:
    """Of one frame of the clip, without the first."""
    frames = clip.frames(close=True)
    next(frames)
    begun = time.perf_counter()
    count = sum(1 for _ in frames)
    return (time.perf_counter() - begun) / count * 1e6


def host_path() -> Iterator[str]:
    """A line per format, best of some rounds: fetching, a filter that does nothing, ours with all but the colouring."""
    yield "1080p, us per frame   source alone   ModifyFrame returns f   Colorize without colouring"
    network = SimpleNamespace(window=1)
    with (
        patch.object(filter, "make_colorizer", lambda settings: (network, None)),
        patch.object(filter, "Session", ReadySession),
        patch.object(filter.Filter, "_planes", lambda chosen, *_: ready_planes(chosen._target.clip)),
    ):
        for format in FORMATS:
            clip = core.std.BlankClip(format=format, width=WIDTH, height=HEIGHT, length=HOST_FRAMES, keep=True)
            clips = (clip, core.std.ModifyFrame(clip, clip, lambda n, f: f), core.tcvc.Colorize(clip))
            bare, idle, ours = (min(microseconds(each) for _ in range(ROUNDS)) for each in clips)
            yield f"{clip.format.name:19}   {bare:12.0f}   {idle:21.0f}   {ours:26.0f}"


def film(frames: int) -> vs.VideoNode:
    """The film that tcvc-pipe is measured with."""
    shown = [np.frombuffer(one, np.uint8)[: WIDTH * HEIGHT].reshape(HEIGHT, WIDTH) for one in pictures(WIDTH, HEIGHT)]
    blank = core.std.BlankClip(format=vs.YUV420P8, width=WIDTH, height=HEIGHT, length=frames, color=[16, 128, 128])

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        filled = f.copy()
        np.copyto(np.asarray(filled[0]), shown[n % len(shown)])
        return filled

    return core.std.ModifyFrame(blank, blank, fill)


def speed() -> str:
    """The shipped network in both hosts."""
    ours = 1e6 / microseconds(core.tcvc.Colorize(film(FRAMES)))
    pipe = measure(PIPE, SpeedFilm(WIDTH, HEIGHT, FRAMES)).fps
    return f"1080p with the shipped network: Colorize {ours:.2f} fps, tcvc-pipe {pipe:.2f} fps, ratio {ours / pipe:.2f}"


def seek(n: int) -> str:
    """Peak resident memory of this process when frame 0 is there, and when frame n is."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6

    colored = core.tcvc.Colorize(film(n + 1))
    colored.get_frame(0).close()
    first, begun = peak(), time.perf_counter()
    colored.get_frame(n).close()
    seconds = time.perf_counter() - begun
    return f"1080p, frame {n} at once: peak {peak():.0f} MB ({first:.0f} MB with frame 0), {seconds:.0f} s"


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seek", type=int, metavar="FRAME", help="memory instead of speed")
    parsed = parser.parse_args()
    if parsed.seek is not None:
        print(seek(parsed.seek))
        return
    for line in host_path():
        print(line, flush=True)
    print(speed())


if __name__ == "__main__":
    main()
