"""The arguments of core.tcvc.Colorize, generated from `Settings`: signature, help text, and how they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vs_tcvc.cuts.lists import split_rate
from vs_tcvc.errors import UsageError
from vs_tcvc.settings import VAPOURSYNTH, Option, Settings


@dataclass(frozen=True)
class Argument:
    """One argument: its name, its type in VapourSynth's spelling, its default, values and meaning in words."""

    name: str
    type: str
    default: str
    values: str
    help: str


OURS = (
    Argument("ref", "vnode", "none", "clip", "coloured frames of the clip, RGB or YUV, of any size"),
    Argument("ref_frames", "int[]", "none", "frame numbers",
             "frame k of ref, or picture k of ref_files, is for frame ref_frames[k]; without ref_frames, a ref of one"
             " frame is for frame 0, and a ref as long as the clip is used where TCVCUseAsReference=1"),
    Argument("ref_files", "data[]", "none", "FILE[@FRAME] ...", "coloured pictures of frames, instead of ref"),
    Argument("cuts", "int[]", "detected", "frame numbers", "first frames of shots, instead of detection; [0]: no cuts"),
    Argument("cuts_file", "data", "none", "FILE", "cut list: text, table, EDL (reel.edl@24), OTIO"),
    Argument("confidence", "int", "0", "0 or 1", "1: return the confidence of the colour as a GRAY8 clip"),
)  # fmt: skip
"""Arguments that differ from the options."""

OPTIONS = {"reference": "ref_files", "cuts": "cuts", "confidence": "confidence"}
"""Options with an argument among OURS, and its name."""

_TYPES = {bool: "int", int: "int", float: "float", str: "data"}


@dataclass(frozen=True)
class Wanted:
    """The values of one call.

    settings: all options. ref_frames: frame numbers of the references of the clip `ref`, () if none were given.
    confidence: return the confidence in place of the coloured clip.
    """

    settings: Settings
    ref_frames: tuple[int, ...] = ()
    confidence: bool = False


def arguments() -> Iterator[Argument]:
    """All arguments except the clip, in order."""
    yield from OURS[:-1]
    yield from (_argument(option) for option in VAPOURSYNTH.options() if option.name not in OPTIONS)
    yield OURS[-1]


def signature() -> str:
    """The arguments in the format of VapourSynth's `registerFunction`."""
    return "clip:vnode;" + "".join(
        f"{each.name}:{each.type}:opt:empty;" if each.type.endswith("[]") else f"{each.name}:{each.type}:opt;"
        for each in arguments()
    )


def help_text() -> str:
    """The text that core.tcvc.Help() returns: every argument with its type, default and values."""
    lines = ["core.tcvc.Colorize(clip, ...): temporally stable colour for black-and-white film; luma is kept.", ""]
    for each in arguments():
        lines += [f"{each.name}: {each.type}, default {each.default}; {each.values}", f"    {each.help}"]
    return "\n".join(lines)


def read(given: Mapping[str, Sequence[Any]], has_ref: bool) -> Wanted:
    """Settings from the given arguments, each a list of values.

    Raises UsageError, naming the argument, for invalid values and combinations.
    """
    values = {name: each[0] for name, each in given.items() if name not in {one.name for one in OURS}}
    ref_frames = tuple(int(frame) for frame in given.get("ref_frames", ()))
    files = tuple(given.get("ref_files", ()))
    if has_ref and files:
        raise UsageError("ref_files: expected either ref or ref_files, got both; leave one out")
    if ref_frames and not (has_ref or files):
        raise UsageError("ref_frames: expected ref or ref_files as well, got neither; give the coloured frames")
    if min(ref_frames, default=0) < 0 or len({*ref_frames}) < len(ref_frames):
        raise UsageError(f"ref_frames: expected frame numbers from 0, each once, got {list(ref_frames)}")
    if files and ref_frames:
        if len(files) != len(ref_frames):
            raise UsageError(f"ref_frames: expected one for each of the {len(files)} ref_files, got {len(ref_frames)}")
        files = tuple(f"{file}@{frame}" for file, frame in zip(files, ref_frames, strict=True))
    settings = VAPOURSYNTH.settings({**values, "reference": files, "cuts": _cuts(given)})
    return Wanted(settings, ref_frames if has_ref else (), _flag(given, "confidence"))


def name_of(option: str) -> str:
    """The argument of an option."""
    return OPTIONS.get(option, option)


def _argument(option: Option) -> Argument:
    return Argument(option.name, _TYPES[option.kind], option.shown_default, option.limits or option.values, option.help)


def _cuts(given: Mapping[str, Sequence[Any]]) -> str:
    """The option `cuts`: detected, listed, or from a file."""
    if "cuts" in given and "cuts_file" in given:
        raise UsageError("cuts_file: expected either cuts or cuts_file, got both; leave one out")
    if "cuts_file" in given:
        path: str = os.path.abspath(given["cuts_file"][0])
        if not split_rate(path)[0].is_file():
            raise UsageError(f"cuts_file: expected a file of cuts, found none named {path}")
        return path
    if "cuts" not in given:
        return "auto"
    return ",".join(str(frame) for frame in given["cuts"]) or "none"


def _flag(given: Mapping[str, Sequence[Any]], name: str) -> bool:
    value = given.get(name, (0,))[0]
    if value not in (0, 1):
        raise UsageError(f"{name}: expected 0 or 1, got {value!r}")
    return bool(value)
