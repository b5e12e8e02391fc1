"""How well cuts are found: precision and recall by what age and accident do to a film.

    python benchmarks/cuts.py --data clips.zip

The zip holds pictures in one folder per clip (clip/00000.jpg …), each clip within one shot. Clips are joined in random
order to films of known cuts, each film is damaged in one way, and the frames found by `AutoCuts` are compared with the
joins. Only the exact frame counts; a fade through black may be cut within three frames of the join or the film's ends.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.datasets.pictures import find_clips
from vs_tcvc.picture.color import lightness_from_luma

HEIGHT, WIDTH = 216, 384
Array = NDArray[Any]
Frames = list[Array]
Damage = Callable[[Frames, np.random.Generator], Frames]
LIGHTNESS = lightness_from_luma(np.arange(256) / 255)


def main() -> None:
    parser = argparse.ArgumentParser(description="precision and recall of automatic cuts by kind of damage")
    parser.add_argument("--data", type=Path, required=True, help="zip of pictures, one folder per clip of one shot")
    parser.add_argument("--threshold", type=float, default=25.0, help="as --cut-threshold (default 25)")
    parser.add_argument("--films", type=int, default=4, help="films per row, of 24 clips each (default 4)")
    arguments = parser.parse_args()
    clips, rule = read_clips(arguments.data), AutoCuts(arguments.threshold)
    print(f"{len(clips)} clips, {sum(map(len, clips))} frames, threshold {arguments.threshold:g}")
    print(f"{'damage':<16}{'frames':>8}{'cuts':>6}{'recall':>9}{'precision':>11}{'F1':>8}{'false/1000':>12}")
    for name, make in FILMS.items():
        rows = [score(rule, *make(clips, np.random.default_rng(seed)), slack(name)) for seed in range(arguments.films)]
        print(line(name, *np.sum(rows, axis=0)), flush=True)


def read_clips(path: Path) -> list[list[Array]]:
    """The clips of a zip or folder as 8-bit gray of one size: scaled to cover it, then cropped in the middle."""
    return [
        [cover(cv2.cvtColor(codes, cv2.COLOR_RGB2GRAY), HEIGHT, WIDTH) for codes in clip.read()]
        for clip in find_clips(path)
    ]


def cover(picture: Array, height: int, width: int) -> Array:
    scale = max(height / picture.shape[0], width / picture.shape[1])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    large = cv2.resize(picture, size, interpolation=method)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width]


def score(rule: AutoCuts, film: Frames, cuts: Sequence[int], near: int) -> tuple[int, int, int, int]:
    """Frames, true cuts, true cuts found within `near` frames, frames found that belong to none."""
    frames = {index: GrayFrame(index, lightness) for index, lightness in enumerate(film)}
    found = [index for index in list(frames)[1:] if rule.is_cut(index, frames)]
    hits = [cut for cut in cuts if any(abs(cut - index) <= near for index in found)]
    false = [index for index in found if all(abs(place - index) > near for place in (0, *cuts, len(film)))]
    return len(film), len(cuts), len(hits), len(false)


def line(name: str, frames: int, cuts: int, hits: int, false: int) -> str:
    recall, precision = hits / max(1, cuts), hits / max(1, hits + false)
    f1 = 2 * hits / max(1, cuts + hits + false)
    rates = f"{recall:>9.4f}{precision:>11.4f}{f1:>8.4f}" if cuts else f"{'-':>9}{'-':>11}{'-':>8}"
    return f"{name:<16}{frames:>8}{cuts:>6}{rates}{1000 * false / frames:>12.2f}"


def slack(name: str) -> int:
    return 3 if name.startswith("fade") else 0


def joined(damage: Damage, lengths: Sequence[int] = (3, 4, 6, 10, 20, 34)) -> Callable[..., tuple[Frames, list[int]]]:
    """A film maker: 24 clips end to end, each shortened to one of `lengths` and damaged on its own."""

    def make(clips: list[list[Array]], rng: np.random.Generator) -> tuple[Frames, list[int]]:
        parts = [damage(part, rng) for part in choose(clips, rng, lengths)]
        return [frame for part in parts for frame in part], np.cumsum([len(part) for part in parts])[:-1].tolist()

    return make


def choose(clips: list[list[Array]], rng: np.random.Generator, lengths: Sequence[int]) -> Iterator[Frames]:
    for number in rng.permutation(len(clips))[:24]:
        length = min(int(rng.choice(lengths)), len(clips[number]))
        start = int(rng.integers(0, len(clips[number]) - length + 1))
        yield [LIGHTNESS[picture] for picture in clips[number][start : start + length]]


def dissolved(clips: list[list[Array]], rng: np.random.Generator) -> tuple[Frames, list[int]]:
    """Clips that melt into each other over 8 to 12 frames: detection must stay silent."""
    parts = [part for part in choose(clips, rng, (34,)) if len(part) > 30]
    film = parts[0]
    for part in parts[1:]:
        count = int(rng.integers(8, 13))
        shares = np.arange(1, count + 1) / (count + 1)
        mixed = [old + share * (new - old) for old, new, share in zip(film[-count:], part, shares, strict=False)]
        film = [*film[:-count], *(frame.astype(np.float32) for frame in mixed), *part[count:]]
    return film, []


def panned(low: int, high: int) -> Callable[..., tuple[Frames, list[int]]]:
    """A film maker: the camera sweeps over a still, `low` to `high` pixels of 384 per frame."""

    def make(clips: list[list[Array]], rng: np.random.Generator) -> tuple[Frames, list[int]]:
        stills = [cover(clips[number][0], 2 * HEIGHT, 5 * WIDTH // 2) for number in rng.permutation(len(clips))[:24]]
        parts = [list(sweep(LIGHTNESS[still], rng, float(rng.uniform(low, high)))) for still in stills]
        return [frame for part in parts for frame in part], np.cumsum([len(part) for part in parts])[:-1].tolist()

    return make


def sweep(still: Array, rng: np.random.Generator, speed: float) -> Iterator[Array]:
    top, room = int(rng.integers(0, still.shape[0] - HEIGHT)), still.shape[1] - WIDTH
    path = speed * np.arange(14) + rng.uniform(0, room)
    for left in np.abs((path + room) % (2 * room) - room).astype(int):
        yield still[top : top + HEIGHT, left : left + WIDTH]


def untouched(film: Frames, rng: np.random.Generator) -> Frames:
    return film


def grain(film: Frames, rng: np.random.Generator, strength: float = 9.0) -> Frames:
    noise = [cv2.GaussianBlur(rng.standard_normal(frame.shape).astype(np.float32), (0, 0), 0.8) for frame in film]
    return [np.clip(frame + strength * one, 0, 100) for frame, one in zip(film, noise, strict=True)]


def flicker(film: Frames, rng: np.random.Generator) -> Frames:
    return [np.clip(frame * np.float32(rng.uniform(0.85, 1.15)), 0, 100) for frame in film]


def dust(film: Frames, rng: np.random.Generator) -> Frames:
    film = [frame.copy() for frame in film]
    for frame in film:
        for _ in range(rng.poisson(12)):
            centre = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))
            cv2.circle(frame, centre, int(rng.integers(1, 7)), float(rng.choice([0, 100])), -1)
        scratch = int(rng.integers(WIDTH - 2))
        frame[:, scratch : scratch + 2] = 95
    return film


def weave(film: Frames, rng: np.random.Generator) -> Frames:
    moves = [np.array([[1, 0, x], [0, 1, y]], np.float32) for x, y in rng.uniform(-3, 3, (len(film), 2))]
    return [
        cv2.warpAffine(frame, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        for frame, move in zip(film, moves, strict=True)
    ]


def dark(film: Frames, rng: np.random.Generator) -> Frames:
    return [0.12 * frame + 1 for frame in film]


def pale(film: Frames, rng: np.random.Generator) -> Frames:
    return [0.15 * frame + 40 for frame in film]


def soft(film: Frames, rng: np.random.Generator) -> Frames:
    return [cv2.GaussianBlur(frame, (0, 0), 4) for frame in film]


def worn(film: Frames, rng: np.random.Generator) -> Frames:
    return dust(grain(flicker(weave(film, rng), rng), rng, 7), rng)


def dim_and_back(film: Frames, rng: np.random.Generator) -> Frames:
    return [frame * np.float32(0.3 + 0.7 * abs(np.cos(np.pi * time / 24))) for time, frame in enumerate(film)]


def fade_in_and_out(film: Frames, rng: np.random.Generator) -> Frames:
    """From black and to black over 8 frames at each end."""
    return [frame * np.float32(min(1, time / 8, (len(film) - 1 - time) / 8)) for time, frame in enumerate(film)]


def struck(blow: Callable[[Array, np.random.Generator], Array]) -> Damage:
    """One or two frames in a row struck by `blow`, at random places, never within four frames of a cut."""

    def strike(film: Frames, rng: np.random.Generator) -> Frames:
        film, places = list(film), [4]
        while places[-1] < len(film) - 6:
            places.append(places[-1] + int(rng.integers(5, 12)))
        for start, _ in pairwise(places):
            for place in range(start, start + int(rng.integers(1, 3))):
                film[place] = blow(film[place], rng)
        return film

    return strike


def torn(frame: Array, rng: np.random.Generator) -> Array:
    frame, height = frame.copy(), int(rng.integers(40, 176))
    frame[height:] = np.roll(frame[height:], int(rng.integers(60, 300)), axis=1)
    frame[height - 15 : height + 15] = 95
    return frame


FILMS = {
    "none": joined(untouched),
    "grain": joined(grain),
    "flicker 15 %": joined(flicker),
    "dust, scratches": joined(dust),
    "gate weave": joined(weave),
    "dark": joined(dark),
    "dark, grain": joined(lambda film, rng: grain(dark(film, rng), rng, 2)),
    "low contrast": joined(pale),
    "out of focus": joined(soft),
    "all of an age": joined(worn),
    "white flash": joined(struck(lambda frame, rng: np.full_like(frame, 97)), (34,)),
    "overexposed": joined(struck(lambda frame, rng: np.clip(1.6 * frame + 25, 0, 100)), (34,)),
    "black frame": joined(struck(lambda frame, rng: np.full_like(frame, 2)), (34,)),
    "torn frame": joined(struck(torn), (34,)),
    "negative frame": joined(struck(lambda frame, rng: 100 - frame), (34,)),
    "dim and back": joined(dim_and_back, (34,)),
    "fade to black": joined(fade_in_and_out, (34,)),
    "dissolve": dissolved,
    "pan 5 to 40": panned(5, 40),
    "pan 40 to 80": panned(40, 80),
}

if __name__ == "__main__":
    main()
