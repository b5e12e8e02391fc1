"""The spaces that plates are read in and results are written in, each with the sentence that tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vs_tcvc.errors import UsageError
from vs_tcvc.picture.header_space import space_in_header
from vs_tcvc.sequences.color_space import DISPLAY, LINEAR, PlateSpace
from vs_tcvc.sequences.file_habits import holds_light
from vs_tcvc.sequences.job import Job

_OF_LIGHT = (".exr", ".hdr")
_OF_LOG = (".dpx", ".cin", ".tif", ".tiff")


def space_of_plates(job: Job, spec: Any) -> tuple[PlateSpace, str]:
    """The space that a job names, otherwise that of the header, otherwise the usual one of such files.

    spec: of the first plate. The sentence is "" for a space that is named and agrees with the header. Raises UsageError
    as `PlateSpace`.
    """
    header = space_in_header(spec)
    said = _known(job.ocio, header.name)
    if job.colorspace:
        named = PlateSpace(job.ocio, job.colorspace)
        if said is None or said.identity == named.identity:
            return named, ""
        return named, f"the plates are read as {job.colorspace}, as named; their header says {header.name}"
    if said:
        return said, f"the plates are read as {header.name}, as their header says"
    usual = LINEAR if Path(job.plate).suffix.lower() in _OF_LIGHT else DISPLAY
    unknown = header.unknown or header.name
    reason = f"{unknown} of their header is not read" if unknown else "their header names no space"
    return PlateSpace(job.ocio, usual), f"the plates are read as {usual}, which is assumed: {reason}"


def space_of_results(job: Job, scene: PlateSpace, spec: Any) -> tuple[PlateSpace, str]:
    """The plates' own space; sRGB of linear plates in files for display; scene_linear in EXR and HDR of others.

    Files of another kind than the plates alone are in another space. A plate in log stays so in DPX and TIFF.

    Raises UsageError as `PlateSpace`.
    """
    ending, own = (Path(name).suffix.lower() for name in (job.result, job.plate))
    if job.output == "chroma" or ending == own:
        return scene, ""
    if not scene.is_linear and ending in _OF_LIGHT:
        return PlateSpace(job.ocio, LINEAR), f"{ending} is linear: the plates are converted to {LINEAR}"
    is_kept = holds_light(job.result, spec) if scene.is_linear else ending in _OF_LOG
    display = PlateSpace(job.ocio, DISPLAY)
    if is_kept or scene.identity == display.identity:
        return scene, ""
    return display, f"{ending} is for display: the plates are converted to sRGB"


def _known(ocio: str, name: str) -> PlateSpace | None:
    """A space of a header, if the configs have it."""
    try:
        return PlateSpace(ocio, name) if name else None
    except UsageError:
        return None
