"""What a second reference at a shot's end gives: PSNR, and the step at the seam.

python benchmarks/both_ways.py CLIPS.zip [CLIPS.zip ...] [--every N]

Of every clip the true colours of its first frame lead forwards alone, then those of its first and last frame both ways.
Of the guess: the first frame's, against that of the best frame with both ways. PSNR is of R'G'B' at the working size,
against the truth; the seam is the step in mean a*b* to the last reference, beside the 95th percentile of all steps.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.core.shot import Reference
from vs_tcvc.datasets.films import Footage, find_footage
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.picture import psnr, shown
from vs_tcvc.project.guiding import references_of
from vs_tcvc.project.recipe import Guides, Recipe
from vs_tcvc.project.shot_color import colorize_shot
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.settings import Settings

SIZE = 216


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    print("clip: forwards, both ways (gain); seam step, 95th percentile; guess of the first frame, of the best frame")
    rows = [measure(clip) for path in arguments.clips for clip in find_footage(path)[:: arguments.every]]
    forwards, both, seam, usual, first, best = np.mean(rows, axis=0)
    print(f"mean: {forwards:.2f}, {both:.2f} dB ({both - forwards:+.2f}); {seam:.3f}, {usual:.3f}; "
          f"{first:.2f}, {best:.2f} dB ({best - first:+.2f})")  # fmt: skip
    return 0


def measure(clip: Footage) -> tuple[float, ...]:
    """The numbers of a clip, printed, too."""
    frames = [Gray.of(codes, SIZE) for codes in clip.read()]
    colorizer, _ = make_colorizer(Settings(device="cpu"))
    engine, last = Engine(colorizer), len(frames) - 1

    def gray_of(index: int) -> Array:
        return frames[index].lightness

    def painted(index: int) -> Reference:
        return Reference(index, gray_of(index), frames[index].working_ab, "truth")

    def score(
        references: Sequence[Reference], used: Callable[[int], bool] = lambda index: True
    ) -> tuple[float, list[Chroma]]:
        colored = list(colorize_shot(engine, range(last + 1), references, gray_of))
        values = [psnr(shown(gray_of(each.index), each.ab), shown(gray_of(each.index), frames[each.index].working_ab))
                  for each in colored if used(each.index)]  # fmt: skip
        return float(np.mean(values)), colored

    forwards, _ = score([painted(0)], lambda index: 0 < index < last)
    both, colored = score([painted(0), painted(last)], lambda index: 0 < index < last)
    means = np.array([each.ab.mean(axis=(1, 2)) for each in colored])
    steps = np.hypot(*np.diff(means, axis=0).T)
    canvas = Canvas((1, 1), (1, 1), "709")
    guesses = []
    for guess in ((0, 1), (0, last + 1)):
        recipe = Recipe((0, last + 1), Guides((), (), guess, "natural"))
        guesses.append(score(references_of(recipe, colorizer, canvas, gray_of))[0])
    row = (forwards, both, float(steps[-1]), float(np.quantile(steps, 0.95)), *guesses)
    print(f"{clip.name}: {forwards:.2f}, {both:.2f} ({both - forwards:+.2f}); {row[2]:.3f}, {row[3]:.3f}; "
          f"{guesses[0]:.2f}, {guesses[1]:.2f}", flush=True)  # fmt: skip
    return row


if __name__ == "__main__":
    sys.exit(main())
