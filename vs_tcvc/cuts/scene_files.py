"""Scenes as JSON: Av1an's (`scenes.json`), and the projects of LosslessCut (`.llc`, which is JSON5).

Av1an's `scenes` are those that it found, frames [start, stop) from 0; `split_scenes` are also cut for length and are
not read. LosslessCut has seconds; a segment without start or end reaches to that of the film.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from vs_tcvc.cuts.cut_list import CutList, Rates, Span, starts_of
from vs_tcvc.cuts.numbers import shots
from vs_tcvc.errors import UsageError, shown

_TOKEN = re.compile(
    r"""("(?:[^"\\]|\\.?)*(?:"|\Z))|('(?:[^'\\]|\\.?)*(?:'|\Z))|(?<![\w$])([A-Za-z_$][\w$]*)(?=\s*:)|,(?=\s*[}\]])""",
    re.DOTALL,
)
"""What JSON5 writes otherwise than JSON: texts with ', names without quotes, commas at ends."""
_MOST = 10**9


def is_scenes(text: str) -> bool:
    """Whether a text may be such a file."""
    return text.lstrip()[:1] in ("{", "[")


def read_scenes(text: str, rates: Rates) -> CutList:
    """The shots of such a file. Raises UsageError for what cannot be read."""
    try:
        content = json.loads(_TOKEN.sub(_as_json, text))
    except (ValueError, RecursionError) as error:
        reason = str(error).partition(":")[0]
        raise UsageError(where=rates.where, expected="JSON", got=f"a text that is none ({reason})") from None
    if isinstance(content, dict) and isinstance(content.get("cutSegments"), list):
        return _segments(content["cutSegments"], rates)
    scenes = content.get("scenes") if isinstance(content, dict) else content
    if not isinstance(scenes, list) or not scenes:
        expected = "scenes as of Av1an, or cutSegments as of LosslessCut"
        raise UsageError(where=rates.where, expected=expected, got=shown(content))
    if all(_is_frame(each) for each in scenes):
        return CutList(tuple(sorted({*scenes})))
    spans = [_scene(number, each, rates.where) for number, each in enumerate(scenes, start=1)]
    if isinstance(scenes[0], dict):
        return CutList(starts_of(spans))
    return shots(spans)


def _as_json(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    return '""' if match[2] else f'"{match[3]}"' if match[3] else ""


def _scene(number: int, scene: Any, where: str) -> tuple[int, int]:
    pair = [scene.get("start_frame"), scene.get("end_frame")] if isinstance(scene, dict) else scene
    if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_frame, pair)) or pair[0] > pair[1]:
        expected = "start_frame and end_frame, or two frames"
        raise UsageError(where=f"{where}, scene {number}", expected=expected, got=shown(scene))
    return pair[0], pair[1]


def _segments(segments: list[Any], rates: Rates) -> CutList:
    """The shots of LosslessCut's segments."""
    spans: list[Span] = []
    for number, each in enumerate(segments, start=1):
        times = [each.get("start") or 0, each.get("end")] if isinstance(each, dict) else [""]
        if not all(time is None or (isinstance(time, (int, float)) and 0 <= time < _MOST) for time in times):
            where = f"{rates.where}, segment {number}"
            raise UsageError(where=where, expected="start and end in seconds", got=shown(each))
        start, stop = (None if time is None else rates.frame(Fraction(time)) for time in times)
        spans.append((start or 0, stop))
    return CutList(starts_of(spans), remarks=rates.remarks() if spans else ())


def _is_frame(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
