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
    parser.add_argument("--text", action="store_true", help="burn a name and a timecode into the film")
    arguments = parser.parse_args()
    colorizer, _ = make_colorizer(Settings(device="cpu"))
    assert isinstance(colorizer, CompactColorizer)
    clips = [clip for path in arguments.clips for clip in find_footage(path)]
    print("shots  precision  recall  processor seconds per shot")
    for count in arguments.shots:
        random = np.random.default_rng(0)
        film = [_shots(clip, count, arguments.size, arguments.grain, random) for clip in clips]
        shots = [(clip.name, shots[turn]) for turn in range(count) for clip, shots in zip(clips, film, strict=True)]
        if arguments.text:
            shots = [(name, _written_on(pictures, place)) for place, (name, pictures) in enumerate(shots)]
        begun = time.process_time()
        scenes = group([pictures for _, pictures in shots], colorizer)
        taken = time.process_time() - begun
        pairs = [
            (name, other, scene == other_scene != "")
            for ((name, _), scene), ((other, _), other_scene) in combinations(zip(shots, scenes, strict=True), 2)
        ]
        found = [(name, other) for name, other, is_found in pairs if is_found]
        right = [name for name, other in found if name == other]
        there = sum(name == other for name, other, _ in pairs)
        precision, recall = len(right) / max(1, len(found)), len(right) / there
        print(f"{len(shots):5}  {precision:9.3f}  {recall:6.3f}  {taken / len(shots):.2f}")
        print("  wrong:", *sorted({" = ".join(sorted(pair)) for pair in found if pair[0] != pair[1]}))
        print("  missed:", *sorted({name for name, other, is_found in pairs if name == other and not is_found}))
    return 0


def _shots(clip: Footage, count: int, size: int, grain: float, random: np.random.Generator) -> list[list[Array]]:
    """First, middle and last picture of so many shots of a clip, L* (size, size * 16 / 9)."""
    frames = list(clip.read())
    ends = np.linspace(0, len(frames), 2 * count).round().astype(int)
    shown = [frames[first:stop] for first, stop in zip(ends[::2], ends[1::2], strict=True)]
    pictures = [[shot[0], shot[len(shot) // 2], shot[-1]] for shot in shown]
    return [[_grainy(_lightness(codes, size), grain, random) for codes in shot] for shot in pictures]


def _lightness(codes: Codes, size: int) -> Array:
    return Gray.of(cover(codes, (size, round(size * 16 / 9))), size).lightness


def _grainy(lightness: Array, deviation: float, random: np.random.Generator) -> Array:
    """With grains of about a pixel."""
    if deviation == 0:
        return lightness
    grain = cv2.GaussianBlur(random.normal(size=lightness.shape).astype(np.float32), (0, 0), 0.7)
    return np.clip(lightness + grain * np.float32(deviation / grain.std()), 0, 100).astype(np.float32)


def _written_on(pictures: list[Array], shot: int) -> list[Array]:
    """With a name, and the film's time, white in a black box."""
    written = []
    for number, picture in enumerate(pictures):
        codes = np.rint(picture * 2.55).astype(np.uint8)
        height, width = codes.shape
        cv2.putText(codes, "ARCHIVE", (width // 20, height // 6), cv2.FONT_HERSHEY_SIMPLEX, height / 300, 230, 2)
        cv2.rectangle(codes, (width // 2, height * 6 // 7), (width - 10, height - 6), 10, -1)
        timecode = f"TCR 01:{shot // 10:02}:{shot % 10 * 6 + number:02}:{shot * 7 % 24:02}"
        cv2.putText(codes, timecode, (width // 2 + 4, height - 10), cv2.FONT_HERSHEY_SIMPLEX, height / 400, 240, 1)
        written.append((codes / 2.55).astype(np.float32))
    return written


if __name__ == "__main__":
    sys.exit(main())
