"""Precision and recall of scenes that are found, and their time, on a film that is joined from clips.

python benchmarks/scenes.py clips.zip more_clips.zip

Every clip is a scene. Shots are stretches of it, as long as what is left out between them, and the film shows one shot
of every clip in turn, then the next one of every clip. All pictures are cropped to one size.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.films import Footage, find_footage
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.published.prepare import cover
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.project.scenes import group
from vs_tcvc.settings import Settings


def main() -> int:
    """Print the table, then shots that were put together wrongly and clips of which shots were missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+", metavar="ZIP|DIR", help="coloured clips")
    parser.add_argument(
        "--shots", type=int, nargs="+", default=[2, 4], help="of every clip; several: one film for each"
    )
    parser.add_argument("--size", type=int, default=216, help="short side")
    parser.add_argument("--grain", type=float, default=0.0, help="deviation of film grain, L*")
    arguments = parser.parse_args()
    colorizer, _ = make_colorizer(Settings(device="cpu"))
    assert isinstance(colorizer, CompactColorizer)
    clips = [clip for path in arguments.clips for clip in find_footage(path)]
    print("shots  precision  recall  seconds per shot")
    for count in arguments.shots:
        film = [_shots(clip, count, arguments.size, arguments.grain) for clip in clips]
        shots = [(clip.name, shots[turn]) for turn in range(count) for clip, shots in zip(clips, film, strict=True)]
        begun = time.perf_counter()
        scenes = group([pictures for _, pictures in shots], colorizer)
        taken = time.perf_counter() - begun
        pairs = [
            (name, other, scene == other_scene != "")
            for ((name, _), scene), ((other, _), other_scene) in combinations(zip(shots, scenes, strict=True), 2)
        ]
        found = [(name, other) for name, other, is_found in pairs if is_found]
        right = [name for name, other in found if name == other]
        there = sum(name == other for name, other, _ in pairs)
        precision, recall = len(right) / max(1, len(found)), len(right) / there
        print(f"{len(shots):5}  {precision:9.3f}  {recall:6.3f}  {taken / len(shots):.2f}")
        print("  wrong:", *sorted({f"{name} = {other}" for name, other in found if name != other}))
        print("  missed:", *sorted({name for name, other, is_found in pairs if name == other and not is_found}))
    return 0


def _shots(clip: Footage, count: int, size: int, grain: float) -> list[list[Array]]:
    """First, middle and last picture of so many shots of a clip, L* (size, size * 16 / 9)."""
    frames = list(clip.read())
    ends = np.linspace(0, len(frames), 2 * count).round().astype(int)
    shown = [frames[first:stop] for first, stop in zip(ends[::2], ends[1::2], strict=True)]
    pictures = [[shot[0], shot[len(shot) // 2], shot[-1]] for shot in shown]
    random = np.random.default_rng(0)
    return [[_grainy(_lightness(codes, size), grain, random) for codes in shot] for shot in pictures]


def _lightness(codes: Codes, size: int) -> Array:
    return Gray.of(cover(codes, (size, round(size * 16 / 9))), size).lightness


def _grainy(lightness: Array, deviation: float, random: np.random.Generator) -> Array:
    """With grains of about a pixel."""
    if deviation == 0:
        return lightness
    grain = cv2.GaussianBlur(random.normal(size=lightness.shape).astype(np.float32), (0, 0), 0.7)
    return np.clip(lightness + grain * np.float32(deviation / grain.std()), 0, 100).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
