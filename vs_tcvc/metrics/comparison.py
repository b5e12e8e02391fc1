"""Measures of a coloured clip, compared with optical flow and the truth, or alone without a truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat, zip_longest

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError
from vs_tcvc.metrics.cdc import DILATIONS
from vs_tcvc.metrics.contact_sheet import SHOWN, small
from vs_tcvc.metrics.flow import FlowStep, warp
from vs_tcvc.metrics.revealed import Places, Trail, mean_by_area
from vs_tcvc.metrics.score import Rendition, Row, Score
from vs_tcvc.picture.srgb_codes import Codes


@dataclass(frozen=True)
class Judged:
    """A clip by who coloured it: "ours" or "result", and beside it, where the truth is known, "flow" and "truth".

    scores: what was measured. pictures: the frames of `SHOWN` that there are, made small, for a sheet.
    """

    scores: Mapping[str, Score]
    pictures: Mapping[str, Mapping[int, Codes]]

    def summaries(self) -> dict[str, Row]:
        """The scores in numbers, with an age curve: nearness to the truth, or what colour there is without one."""
        with_truth, without = ("psnr", "ab_error", "colourfulness_share"), ("ab_spread", "mean_a", "mean_b")
        aged = with_truth if "truth" in self.scores else without
        return {who: {**score.summary(), **score.by_age(aged)} for who, score in self.scores.items()}


def means_by_area(clips: Iterable[Judged]) -> dict[str, Row]:
    """By who coloured the clips: what they reveal, apart from the rest; empty where no truth is known."""
    frames: defaultdict[str, list[Row]] = defaultdict(list)
    for clip in clips:
        for who, score in clip.scores.items():
            frames[who] += score.frames
    return {who: row for who, rows in frames.items() if (row := mean_by_area(rows))}


def judge(name: str, who: str, result: Iterable[Rendition], truth: Iterable[Rendition] | None = None) -> Judged:
    """Measure what `who` made of the clip `name`, in one pass; `result` and `truth` may be generators.

    Raises FrameError where they differ in size or in number of frames, and for fewer than CDC needs.
    """
    scores: defaultdict[str, Score] = defaultdict(Score)
    pictures: defaultdict[str, dict[int, Codes]] = defaultdict(dict)
    pairs = _pairs(name, result, truth)
    for number, (moved, given, flow, true) in enumerate(_moving(pairs)):
        for author, color in ((who, given), ("flow", flow), ("truth", true)):
            if color is None:
                continue
            scores[author].add(color, None if color is true else true, *moved)
            if number in SHOWN:
                pictures[author][number] = small(color.rgb)
    frames = len(scores[who].frames)
    if frames <= max(DILATIONS):
        raise FrameError(f"{name}: expected {max(DILATIONS) + 1} frames or more, which CDC needs, got {frames}")
    return Judged(scores, pictures)


def _pairs(
    name: str, result: Iterable[Rendition], truth: Iterable[Rendition] | None
) -> Iterator[tuple[Rendition, Rendition | None]]:
    """Every frame with its truth, or with None where no truth is known at all."""
    if truth is None:
        yield from zip(result, repeat(None))
        return
    for number, (given, true) in enumerate(zip_longest(result, truth)):
        if given is None or true is None:
            longer, shorter = ("truth", "result") if given is None else ("result", "truth")
            raise FrameError(
                f"{name}: expected as many frames as the truth has, but the {shorter} ends after {number} and the "
                f"{longer} continues; give both the same frames"
            )
        if given.rgb.shape != true.rgb.shape:
            (height, width), (true_height, true_width) = given.rgb.shape[1:], true.rgb.shape[1:]
            raise FrameError(
                f"{name}, frame {number}: expected {true_width}x{true_height} like the truth, got {width}x{height}; "
                "bring both to one size"
            )
        yield given, true


def _moving(
    pairs: Iterable[tuple[Rendition, Rendition | None]],
) -> Iterator[tuple[tuple[FlowStep | None, Places | None], Rendition, Rendition | None, Rendition | None]]:
    """Every frame as given, as flow propagates the first frame's truth to it, and its truth.

    With it, first, the motion since the frame before and, where the truth is known, what was revealed since the first.
    """
    before: Array | None = None
    flow: Rendition | None = None
    trail: Trail | None = None
    for given, true in pairs:
        now = (true or given).lab[0]
        step = None if before is None else FlowStep.between(before, now)
        if true is not None:
            trail = Trail.begin(now) if trail is None or step is None else trail.after(step)
            flow = true if step is None or flow is None else Rendition.of_ab(now, warp(flow.lab[1:], step.flow))
        yield (step, trail.revealed(now) if trail and step else None), given, flow, true
        before = now
