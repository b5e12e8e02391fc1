"""How well dissolves and fades are found and measured, on films made of real clips.

    python benchmarks/transitions.py clips.zip more.zip

The zips hold pictures in one folder per clip, each within one shot; a clip that is short is played back and forth.
Films are joined with cuts, dissolves and fades of random lengths, mixed in 8-bit codes, and aged as training material
is. Then films of what could be taken for a dissolve, without any: how many are found in 1,000 frames.

Found is what overlaps a true one by half of both together; what does not lowers precision; false is what lies where no
transition is at all. Ends are off by so many frames. Weights are measured within the true range, beside those of an
even dissolve; then on dissolves that are eased at both ends. Frames have 108 lines.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from cuts import cover
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.cuts.transitions import FoundTransition, find_transitions
from vs_tcvc.datasets.pictures import find_clips
from vs_tcvc.picture.transitions import dissolve_weights, fade_weights
from vs_tcvc.training.augment import Stock, random_stock

HEIGHT, WIDTH = 108, 192
SHOTS = 12
JOINS = {"cut": 0.5, "dissolve": 0.3, "fade": 0.2}
Random = np.random.Generator
Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Join:
    """A dissolve or fade of the frames [first, end). shares: of the shot that comes, or of the picture that is left."""

    kind: str
    first: int
    end: int
    shares: Array


@dataclass(frozen=True)
class Score:
    """Counts of transitions, and errors: of both ends in frames, of weights, and of even weights.

    missed: found, but by less than half; false: found where there is no transition.
    """

    true: int
    hits: int
    missed: int
    false: int
    ends: tuple[float, ...]
    weights: tuple[float, ...]
    even: tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+", metavar="ZIP|DIR")
    parser.add_argument("--skip", nargs="*", default=[], metavar="CLIP", help="clips that hold a dissolve of their own")
    parser.add_argument("--films", type=int, default=40, help=f"films of {SHOTS} shots (default 40)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    clips = [clip for path in arguments.clips for clip in read_clips(path, arguments.skip)]
    frames, seconds, scores = 0, 0.0, defaultdict(list)
    for number in range(arguments.films):
        rng = np.random.default_rng(arguments.seed + number)
        film, joins = joined(clips, rng)
        stock = random_stock(rng)
        aged = aged_film(film, stock, rng)
        found, spent = search(aged)
        frames, seconds = frames + len(aged), seconds + spent
        for kind in ("dissolve", "fade"):
            scores[kind].append(score(kind, aged, joins, found))
            scores[f"{kind}, {age(stock)}"].append(scores[kind][-1])
    print(f"{len(clips)} clips, {frames} frames, {frames / seconds:.0f} frames per second of the processor")
    columns = ("true", "recall", "precision", "false", "ends off", "90 %", "weights off", "even", "eased off", "even")
    print(f"{'':20}" + "".join(f"{column:>12}" for column in columns))
    for name in sorted(scores):
        print(line(name, scores[name]))
    print("found in 1,000 frames of")
    for name, make in TRAPS.items():
        print(f"{name:16}{trapped(make, clips, arguments.films, arguments.seed):6.2f}", flush=True)


def read_clips(path: Path, skipped: Sequence[str]) -> list[list[Codes]]:
    """The clips of a zip or folder as 8-bit gray of one size."""
    return [
        [cover(cv2.cvtColor(codes, cv2.COLOR_RGB2GRAY), HEIGHT, WIDTH) for codes in clip.read()]
        for clip in find_clips(path)
        if clip.name not in skipped
    ]


def played(clip: Sequence[Codes], first: int, count: int) -> list[Array]:
    """A clip back and forth, from some frame on."""
    last = len(clip) - 1
    places = (last - abs(last - (first + number) % (2 * last)) for number in range(count))
    return [clip[place].astype(np.float32) for place in places]


def random_play(clips: list[list[Codes]], rng: Random, count: int) -> list[Array]:
    clip = clips[rng.integers(len(clips))]
    return played(clip, int(rng.integers(len(clip))), count)


def rise(rng: Random, count: int) -> Array:
    """Shares in a line, or one time in four eased at both ends."""
    line = np.arange(1, count + 1) / (count + 1)
    return np.asarray(line if rng.random() < 0.75 else line * line * (3 - 2 * line), np.float32)


def joined(clips: list[list[Codes]], rng: Random) -> tuple[list[Array], list[Join]]:
    """A film of codes 0 to 255, and its dissolves and fades."""
    film: list[Array] = []
    joins: list[Join] = []
    tail: list[Array] = []  # of the shot before, for a dissolve
    for number in rng.permutation(len(clips))[:SHOTS]:
        how = str(rng.choice(list(JOINS), p=list(JOINS.values()))) if film else "cut"
        length = len(tail) if how == "dissolve" else 0
        pure, following = int(rng.integers(24, 72)), int(rng.integers(6, 49))
        shot = played(clips[number], int(rng.integers(len(clips[number]))), length + pure + following)
        if how == "dissolve":
            shares = rise(rng, length)
            joins.append(Join(how, len(film), len(film) + length, shares))
            shot[:length] = [
                np.rint(old + share * (new - old)) for old, new, share in zip(tail, shot, shares, strict=False)
            ]
        elif how == "fade":
            joins.append(fade(film, shot, rng))
        film += shot[: length + pure]
        tail = shot[length + pure :]
    return film, joins


def fade(film: list[Array], shot: list[Array], rng: Random) -> Join:
    """Fade the film's end, the beginning of the shot, or both; blank frames are added to the film."""
    way = str(rng.choice(["both", "out", "in"], p=[0.6, 0.2, 0.2]))
    out = rise(rng, int(rng.integers(6, 20)))[::-1] if way != "in" else np.zeros(0, np.float32)
    into = rise(rng, int(rng.integers(6, 20))) if way != "out" else np.zeros(0, np.float32)
    blank, level = int(rng.integers(1, 10)), float(rng.choice([16, 16, 16, 235]))
    first = len(film) - len(out)
    film[first:] = [np.rint(level + share * (each - level)) for each, share in zip(film[first:], out, strict=True)]
    shot[: len(into)] = [np.rint(level + share * (each - level)) for each, share in zip(shot, into, strict=False)]
    start = len(film)
    film += [np.full((HEIGHT, WIDTH), level, np.float32)] * blank
    shares = np.concatenate([out, np.zeros(blank, np.float32), into])
    first, end = (start + blank - 1 if way == "in" else first), (start + 1 if way == "out" else len(film) + len(into))
    return Join("fade", first, end, shares[: end - first] if way == "out" else shares[len(shares) - (end - first) :])


def aged_film(film: Sequence[Array], stock: Stock, rng: Random) -> list[GrayFrame]:
    return [GrayFrame(index, stock.lightness(rng, codes / np.float32(255))) for index, codes in enumerate(film)]


def age(stock: Stock) -> str:
    return "grain" if stock.grain > 0.02 else "flicker" if stock.flicker else "clean"


def search(film: Sequence[GrayFrame]) -> tuple[list[FoundTransition], float]:
    """What is found, and processor seconds."""
    began = time.process_time()
    return list(find_transitions(film)), time.process_time() - began


def overlap(found: FoundTransition, join: Join) -> float:
    """Of two ranges, over both together."""
    common = min(found.end, join.end) - max(found.first, join.first)
    return common / (max(found.end, join.end) - min(found.first, join.first))


def score(kind: str, film: Sequence[GrayFrame], joins: Sequence[Join], found: Sequence[FoundTransition]) -> Score:
    true = [join for join in joins if join.kind == kind]
    mine = [each for each in found if each.kind == kind]
    pairs = [(each, join) for join in true for each in mine if overlap(each, join) > 0.5]
    ends = [abs(each.first - join.first) for each, join in pairs] + [abs(each.end - join.end) for each, join in pairs]
    inside = [join for join in true if join.first > 0 and join.end < len(film)]
    weigh = dissolve_weights if kind == "dissolve" else fade_weights
    measured = [weigh([each.lightness for each in film[join.first - 1 : join.end + 1]]) for join in inside]
    off = [float(np.abs(one - join.shares).mean()) for one, join in zip(measured, inside, strict=True)]
    even = [float(np.abs(np.linspace(0, 1, len(join.shares) + 2)[1:-1] - join.shares).mean()) for join in inside]
    false = sum(all(overlap(each, join) <= 0 for join in joins) for each in mine)
    return Score(len(true), len(pairs), len(mine) - len(pairs) - false, false, tuple(ends), tuple(off), tuple(even))


def line(name: str, scores: Sequence[Score]) -> str:
    true, hits, missed, false = (
        sum(getattr(each, count) for each in scores) for count in ("true", "hits", "missed", "false")
    )
    ends, weights, even = (
        [off for each in scores for off in getattr(each, errors)] for errors in ("ends", "weights", "even")
    )
    recall, precision = hits / max(1, true), hits / max(1, hits + missed + false)
    eased = np.array(even) > 0.01
    errors = (np.mean(even), np.mean(np.array(weights)[eased]), np.mean(np.array(even)[eased]))
    beside = "".join(f"{error:12.3f}" for error in errors) if name.startswith("dissolve") else ""
    return (
        f"{name:20}{true:12}{recall:12.3f}{precision:12.3f}{false:12}"
        f"{np.mean(ends):12.1f}{np.percentile(ends, 90):12.0f}{np.mean(weights):12.3f}{beside}"
    )


def trapped(make: Callable[..., Iterator[Array]], clips: list[list[Codes]], films: int, seed: int) -> float:
    """Dissolves and fades found in 1,000 frames of a film without any."""
    frames, found = 0, 0
    for number in range(max(1, films // 4)):
        rng = np.random.default_rng(seed + number)
        film = aged_film([frame for _ in range(6) for frame in make(clips, rng)], random_stock(rng), rng)
        frames, found = frames + len(film), found + len(search(film)[0])
    return 1000 * found / frames


def plain(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    yield from random_play(clips, rng, 90)


def lively(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    """At two to three times the speed."""
    yield from random_play(clips, rng, 150)[:: int(rng.integers(2, 4))]


def pan(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    still = cover(clips[rng.integers(len(clips))][0], 2 * HEIGHT, 5 * WIDTH // 2).astype(np.float32)
    room, top = still.shape[1] - WIDTH, int(rng.integers(HEIGHT))
    path = rng.uniform(0.5, 14) * np.arange(90) + rng.uniform(0, room)
    for left in np.abs((path + room) % (2 * room) - room).astype(int):
        yield still[top : top + HEIGHT, left : left + WIDTH]


def zoom(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    still = clips[rng.integers(len(clips))][0].astype(np.float32)
    growth = rng.uniform(0.005, 0.04)
    for number in range(60)[:: int(rng.choice([-1, 1]))]:
        scale = np.exp(growth * number)
        move = np.array([[scale, 0, (1 - scale) * WIDTH / 2], [0, scale, (1 - scale) * HEIGHT / 2]], np.float32)
        yield np.asarray(cv2.warpAffine(still, move, (WIDTH, HEIGHT)), np.float32)


def focus(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    period = rng.uniform(20, 50)
    for number, frame in enumerate(random_play(clips, rng, 90)):
        blurred = cv2.GaussianBlur(frame, (0, 0), 0.2 + 5 * abs(np.sin(np.pi * number / period)))
        yield np.asarray(blurred, np.float32)


def flash(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    every, length = int(rng.integers(9, 20)), int(rng.integers(1, 4))
    for number, frame in enumerate(random_play(clips, rng, 90)):
        yield np.clip(1.7 * frame + 40, 0, 255) if number % every < length else frame


def explosion(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    distance = (x - rng.uniform(0, WIDTH)) ** 2 + (y - rng.uniform(0, HEIGHT)) ** 2
    start, lasts = int(rng.integers(10, 40)), rng.uniform(8, 20)
    for number, frame in enumerate(random_play(clips, rng, 90)):
        late = max(0, number - start)
        light = 400 * np.exp(-late / lasts) * np.exp(-distance / (2 * (8 + 6 * late) ** 2)) * (number >= start)
        yield np.clip(frame + light, 0, 255)


def lamp(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    """Light that changes from place to place: some get brighter, some darker."""
    coarse = rng.uniform(0.2, 1.5, (3, 4)).astype(np.float32)
    light = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    start, length = int(rng.integers(15, 40)), int(rng.integers(5, 40))
    for number, frame in enumerate(random_play(clips, rng, 90)):
        yield np.clip(frame * (1 + (light - 1) * np.clip((number - start) / length, 0, 1)), 0, 255)


def passing(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    """A large thing passes close to the camera."""
    thing = cv2.GaussianBlur(clips[rng.integers(len(clips))][0].astype(np.float32), (0, 0), rng.uniform(0.5, 6))
    width, length = int(WIDTH * rng.uniform(0.5, 1)), int(rng.integers(8, 40))
    for number, frame in enumerate(random_play(clips, rng, 80)):
        left = (number - 20) * (WIDTH + width) // length - width
        start, stop = max(0, left), max(0, min(WIDTH, left + width))
        frame[:, start:stop] = thing[:, : max(0, stop - start)]
        yield frame


def smoke(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    cloud = cv2.GaussianBlur(rng.standard_normal((HEIGHT, 3 * WIDTH)).astype(np.float32), (0, 0), 12)
    cloud = 0.8 * (cloud - cloud.min()) / (cloud.max() - cloud.min())
    for number, frame in enumerate(random_play(clips, rng, 90)):
        thick = cloud[:, 2 * number : 2 * number + WIDTH] * min(1, number / 40)
        yield frame + thick * (200 - frame)


def titles(clips: list[list[Codes]], rng: Random) -> Iterator[Array]:
    """Lines that roll over a picture or over black."""
    roll = np.zeros((4 * HEIGHT, WIDTH), np.uint8)
    for height in range(20, 4 * HEIGHT, 14):
        words = "".join(map(chr, rng.integers(65, 90, rng.integers(5, 18))))
        cv2.putText(roll, words, (int(rng.integers(5, 40)), height), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
    speed, light = rng.uniform(0.5, 3), float(rng.choice([0, 0.7]))
    for number, frame in enumerate(random_play(clips, rng, 90)):
        top = int(number * speed) % (3 * HEIGHT)
        yield np.maximum(light * frame, roll[top : top + HEIGHT])


TRAPS: dict[str, Callable[..., Iterator[Array]]] = {
    each.__name__: each
    for each in (plain, lively, pan, zoom, focus, flash, explosion, lamp, passing, smoke, titles)
}  # fmt: skip

if __name__ == "__main__":
    main()
