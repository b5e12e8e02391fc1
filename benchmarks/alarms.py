"""Which shots raise an alarm: clips coloured from their true first frame and by the network alone, and checked.

python benchmarks/alarms.py --clips clips.zip

A line for each clip and each way: measures that alarms go by, alarms with their severity; `halves`, what the colours of
the clip's halves have in common; `other`, what its second half has in common with the first half coloured the other
way. The last line is the time that checking takes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import NoCuts
from vs_tcvc.datasets.pictures import find_clips
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.project.alarms import alarms
from vs_tcvc.project.checks import common_colors, measure
from vs_tcvc.settings import Settings

Shot = list[tuple[Array | None, Chroma]]


def main() -> int:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, metavar="ZIP|DIR")
    parser.add_argument("--size", type=int, default=Settings().size)
    arguments = parser.parse_args()
    colorizer, _ = make_colorizer(Settings(device="cpu", size=arguments.size))
    spent, frames = 0.0, 0
    for clip in find_clips(arguments.clips):
        grays = [Gray.of(codes, arguments.size) for codes in clip.read()]
        shots = {"truth": _colored(colorizer, grays, True), "alone": _colored(colorizer, grays, False)}
        for way, shot in shots.items():
            started = time.perf_counter()
            checks = measure(shot)
            spent, frames = spent + time.perf_counter() - started, frames + len(shot)
            half = len(shot) // 2
            first, second, other = (measure(part) for part in (shot[:half], shot[half:], _other(shots, way)[:half]))
            start, end = checks.colorfulness
            found = ", ".join(f"{alarm.name} {alarm.severity:.2f}" for alarm in alarms(checks, 0)) or "-"
            print(
                f"{clip.name:24} {way:6} unsure {checks.unsure:.2f} confidence {checks.usual_confidence:.2f} chroma"
                f" {start:4.1f} to {end:4.1f} drift {checks.drift:4.1f} jump {checks.jump:.2f} usual"
                f" {checks.usual_jump:.2f} halves {common_colors(first, second):.2f} other"
                f" {common_colors(other, second):.2f}  {found}",
                flush=True,
            )
    print(f"{1e6 * spent / max(1, frames):.0f} microseconds a frame")
    return 0


def _other(shots: dict[str, Shot], way: str) -> Shot:
    return next(shot for name, shot in shots.items() if name != way)


def _colored(colorizer: Colorizer[Any], grays: Sequence[Gray], from_truth: bool) -> Shot:
    """L* and colour of a clip as one shot, from its true first frame or from the network's own guess."""
    first = grays[0]
    references = {0: Reference(0, first.lightness, first.working_ab, "truth")} if from_truth else {}
    stream = Stream(Engine(colorizer), Anchors(NoCuts(), references))
    return [(gray.lightness, chroma) for gray, chroma in stream.run((gray, gray.lightness) for gray in grays)]


if __name__ == "__main__":
    sys.exit(main())
