"""vs_tcvc.vapoursynth.colorize: the arguments of the filter, no more and no fewer, in types."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from vs_clips import HEIGHT, WIDTH, core, vs

from vs_tcvc.settings import options
from vs_tcvc.vapoursynth import colorize
from vs_tcvc.vapoursynth.arguments import arguments

KINDS = {"vnode": "vs.VideoNode", "int": "int", "float": "float", "data": "str", "int[]": "Sequence[int]",
         "data[]": "Sequence[str]"}  # fmt: skip


def expected(name: str, type: str) -> str:
    """The annotation of an argument: its choices, true or false, or the kind that VapourSynth takes."""
    option = next((each for each in options() if each.name == name), None)
    if option and option.choices:
        return f"Literal[{', '.join(repr(choice) for choice in option.choices)}]"
    is_truth = name == "confidence" or (option is not None and option.kind is bool)
    return "bool" if is_truth else KINDS[type]


def test_its_arguments_are_those_of_the_filter_with_their_types() -> None:
    clip, *others = inspect.signature(colorize).parameters.values()
    assert clip.name == "clip"
    assert {each.kind for each in others} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in others} == {None}
    found = [(each.name, each.annotation.replace('"', "'").removesuffix(" | None")) for each in others]
    assert found == [(each.name, expected(each.name, each.type)) for each in arguments()]


def test_it_gives_the_clip_of_the_filter() -> None:
    clip = core.std.BlankClip(format=vs.GRAY8, width=WIDTH, height=HEIGHT, length=2, color=90)
    ours = colorize(clip, size=64, threads=1, chroma="420", cuts=[1], saturation=0.5, use_props=False)
    filters = core.tcvc.Colorize(clip, size=64, threads=1, chroma="420", cuts=[1], saturation=0.5, use_props=0)
    for one, other in zip(ours.frames(), filters.frames(), strict=True):
        assert one.format.id == vs.YUV420P8
        assert [bytes(plane) for plane in one] == [bytes(plane) for plane in other]
        assert one.props["TCVCShot"] == other.props["TCVCShot"]


def test_the_filters_refusal_comes_through() -> None:
    clip = core.std.BlankClip(format=vs.GRAY8, width=WIDTH, height=HEIGHT, length=2)
    with pytest.raises(vs.Error, match="size: expected 64 to 1024, got 7"):
        colorize(clip, size=7)


def test_importing_it_does_not_load_vapoursynth() -> None:
    program = (
        "import sys, vs_tcvc.vapoursynth; print(sorted({'vapoursynth', 'torch', 'numpy', 'cv2'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
