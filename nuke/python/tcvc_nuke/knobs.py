"""The knobs of a node as a job: the dictionary that the worker checks (vs_tcvc/sequences/job.py)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nuke

from tcvc_nuke import Failed

PROTOCOL = 1
SETTINGS = ("device", "model", "size")
"""Knobs that are options of the core, under their own names."""


def value(node: nuke.Node, knob: str) -> Any:
    """The value of a knob; a file name with its Tcl evaluated."""
    found: Any = node[knob]
    return found.evaluate() or "" if isinstance(found, nuke.File_Knob) else found.value()


def clip(node: nuke.Node) -> tuple[int, int]:
    """First and last frame. Failed where the last comes before the first."""
    first, last = int(value(node, "first_frame")), int(value(node, "last_frame"))
    if last < first:
        raise Failed(f"last_frame: expected {first} or later, got {last}")
    return first, last


def numbers(node: nuke.Node, knob: str) -> list[int]:
    """The frames that a knob lists. Raises Failed if it is not a list of frames."""
    text = value(node, knob).strip()
    if not re.fullmatch(r"(-?\d+([,;\s]+|$))*", text):
        raise Failed(f"{knob}: expected frames as in 1001,1040, got {text}")
    return list(map(int, re.findall(r"-?\d+", text)))


def job(node: nuke.Node, folder: Path) -> dict[str, Any]:
    """The job of a node whose files are in `folder`. Raises Failed for an invalid knob."""
    first, last = clip(node)
    config, space = color(node)
    return {
        "protocol": PROTOCOL,
        "id": value(node, "job_id"),
        "plate": (folder / "plate" / "plate.%04d.exr").as_posix(),
        "result": (folder / "chroma" / "chroma.%04d.exr").as_posix(),
        "first": first,
        "last": last,
        "cuts": cuts(node),
        "references": references(node, folder, space),
        "project": value(node, "project"),
        "colorspace": space,
        "ocio": config,
        "exposure": float(value(node, "exposure")),
        "settings": {name: value(node, name) for name in SETTINGS},
        "cancel": (folder / "cancel").as_posix(),
    }


def cuts(node: nuke.Node) -> str:
    """The cuts; a list replaces detection, and only its frames within the clip are used. A project has its own."""
    listed = numbers(node, "cuts")
    first, last = clip(node)
    within = ",".join(str(frame) for frame in listed if first <= frame <= last)
    is_open = value(node, "cuts_detect") or value(node, "project")
    return within or ("auto" if is_open and not listed else "none")


def color(node: nuke.Node) -> tuple[str, str]:
    """OCIO config ("" for $OCIO or a built-in one) and working space, from the node, else from the script."""
    root = nuke.root()
    is_custom = value(root, "colorManagement") == "OCIO" and value(root, "OCIO_config") == "custom"
    config = value(node, "ocio_config") or (value(root, "customOCIOConfigPath") if is_custom else "")
    by_nuke = "lin_rec709" if value(root, "colorManagement") == "Nuke" else "scene_linear"
    return config, value(node, "working_space") or by_nuke


def references(node: nuke.Node, folder: Path, space: str) -> list[dict[str, Any]]:
    """The painted pictures; those of the input `ref` are rendered into `folder`. Failed where one lacks its file."""
    if value(node, "ref_mode") == "none":
        return []
    knob: Any = node["ref_file"]
    frames = numbers(node, "ref_frames") or [clip(node)[0]]
    if value(node, "ref_mode") == "input":
        names = [(folder / "ref" / f"ref.{frame:04d}.exr").as_posix() for frame in frames]
    else:
        names = [knob.evaluate(frame) or "" for frame in frames]
    if not all(names) or len({*names}) < len(frames):
        raise Failed(f"ref_file: expected a picture for each of the frames {frames}, with #### for its number, got "
                     f"{knob.value() or 'none'}")  # fmt: skip
    return [
        {"frame": frame, "path": name, "colorspace": space if name.lower().endswith(".exr") else ""}
        for frame, name in zip(frames, names)
    ]
