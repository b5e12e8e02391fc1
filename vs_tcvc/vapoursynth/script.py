"""core.tcvc.Colorize with type hints, for scripts written in an IDE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import vapoursynth as vs


def colorize(
    clip: vs.VideoNode,
    *,
    ref: vs.VideoNode | None = None,
    ref_frames: Sequence[int] | None = None,
    ref_files: Sequence[str] | None = None,
    cuts: Sequence[int] | None = None,
    cuts_file: str | None = None,
    project: str | None = None,
    cut_threshold: float | None = None,
    use_props: bool | None = None,
    model: Literal["compact", "published"] | None = None,
    weights: str | None = None,
    reference_model: str | None = None,
    trust_model: bool | None = None,
    device: str | None = None,
    backend: Literal["auto", "torch", "openvino", "onnx", "cudagraphs"] | None = None,
    precision: Literal["auto", "fp32", "bf16", "fp16"] | None = None,
    threads: int | None = None,
    size: int | None = None,
    matrix: Literal["auto", "601", "709", "2020", "240m", "fcc"] | None = None,
    range: Literal["auto", "limited", "full"] | None = None,
    chroma: Literal["auto", "420", "422", "444"] | None = None,
    look: str | None = None,
    own_color: Literal["replace", "keep"] | None = None,
    saturation: float | None = None,
    confidence: bool | None = None,
) -> vs.VideoNode:
    """The clip in colour: `core.tcvc.Colorize(clip, ...)`, whose help is `core.tcvc.Help()`.

    An argument that is None is not passed, so the filter's default applies. Raises vapoursynth.Error as the filter
    does, and AttributeError if the plugin is not installed (`tcvc doctor` gives the reason).
    """
    given = {name: value for name, value in locals().items() if value is not None}
    from vapoursynth import core

    return core.tcvc.Colorize(**given)
