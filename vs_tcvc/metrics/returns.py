"""Return error: does what returns after another shot have the colour that it had before?

Two clips are halved and joined in turn, A1 B1 A2 B2. A2's first frame shows what A1's last one showed, so the motion
between the two says which places are the same. Each second half is also coloured as a shot of its first half's scene.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array
from vs_tcvc.core.in_order import Stream
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.datasets.films import Footage
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.flow import FlowStep
from vs_tcvc.metrics.score import Row
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.project.guiding import references_of
from vs_tcvc.project.recipe import Guides, Recipe
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.settings import Settings


@dataclass(frozen=True, eq=False)
class _Seen:
    """A frame of the joined film: its L* (H, W), the colour that it was given and the true one, (2, H, W)."""

    lightness: Array
    ab: Array
    truth: Array


def evaluate_returns(colorizer: Colorizer[Any], clips: Sequence[Footage], size: int) -> dict[str, dict[str, Row]]:
    """What each clip's second half keeps of its first half's colour, as "ours", "scenes" and "truth", by name.

    The films are coloured through the engine, without references, with their cuts given; a clip left over is joined
    with the first. For "scenes" the first half leads the second: the colour predicted of its first frame guides the
    second half, by likeness.
    Of the places that motion is sure of, at the working size: return_error, mean |ab - ab before|; abs_ab, mean |a*|,
    |b*|; both nan if there are none.
    Raises UsageError for a single clip, FrameError for a clip of one frame.
    """
    if len(clips) < 2:
        raise UsageError(option="returns", expected="two clips or more, to cut between them", got=f"{len(clips)}")
    rows: dict[str, dict[str, Row]] = {}
    for one, other in _pairs(clips):
        for clip, row in zip((one, other), _of_film(colorizer, one, other, size), strict=True):
            rows.setdefault(clip.name, row)
    return rows


def _pairs(clips: Sequence[Footage]) -> Iterator[tuple[Footage, Footage]]:
    yield from zip(clips[::2], clips[1::2], strict=False)
    if len(clips) % 2:
        yield clips[-1], clips[0]


def _of_film(colorizer: Colorizer[Any], one: Footage, other: Footage, size: int) -> list[dict[str, Row]]:
    """Of the film A1 B1 A2 B2 of two clips, the measures of A and of B."""
    halves = zip(_halves(one), _halves(other), strict=True)
    parts = [part for pair in halves for part in pair]
    cuts = list(accumulate((len(part) for part in parts), initial=0))
    wanted = {*cuts[:-1], cuts[1] - 1, cuts[2] - 1}
    stream = Stream(Engine(colorizer), Anchors(ListedCuts(cuts[:-1])))
    grays = (Gray.of(codes, size) for part in parts for codes in part)
    colored = stream.run((gray, gray.lightness) for gray in grays)
    seen = {
        chroma.index: _Seen(gray.lightness, chroma.ab, gray.working_ab)
        for gray, chroma in colored
        if chroma.index in wanted
    }
    return [_of_return(colorizer, *(seen[n] for n in (cuts[p], cuts[p + 1] - 1, cuts[p + 2]))) for p in (0, 1)]


def _halves(clip: Footage) -> tuple[list[Codes], list[Codes]]:
    frames = list(clip.read())
    if len(frames) < 2:
        raise FrameError(f"{clip.name}: expected 2 frames or more, to cut in the middle, got {len(frames)}")
    middle = len(frames) // 2
    return frames[:middle], frames[middle:]


def _of_return(colorizer: Colorizer[Any], lead: _Seen, left: _Seen, back: _Seen) -> dict[str, Row]:
    """The measures of a shot that begins with `back`, after one from `lead` to `left`."""
    step = FlowStep.between(left.lightness, back.lightness)
    led = _led(colorizer, lead.lightness, back.lightness)
    pairs = {"ours": (left.ab, back.ab), "scenes": (left.ab, led), "truth": (left.truth, back.truth)}
    return {
        who: {"return_error": _mean(step.change(before, now)), "abs_ab": _mean(np.abs(now)[:, step.sure])}
        for who, (before, now) in pairs.items()
    }


def _led(colorizer: Colorizer[Any], lead: Array, lightness: Array) -> Array:
    """The colour (2, H, W) of a shot's first frame as in a project's scene, led by the one predicted of `lead`."""
    height, width = lightness.shape
    canvas = Canvas((width, height), (width, height), "709")  # for pictures, of which there are none
    recipe = Recipe((0, 1), Guides((), (), (0, 1), Settings().look))
    led_by = references_of(recipe, colorizer, canvas, lambda _: lead)
    return references_of(recipe, colorizer, canvas, lambda _: lightness, led_by)[-1].ab


def _mean(values: Array) -> float:
    return float(np.mean(values, dtype=np.float64)) if values.size else float("nan")
