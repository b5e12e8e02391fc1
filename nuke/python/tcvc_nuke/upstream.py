"""A digest of everything upstream of a plate: it changes when a node above does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import nuke

from tcvc_nuke import knobs

LOOKS = frozenset({"xpos", "ypos", "selected", "name", "label", "tile_color", "gl_color", "note_font", "note_font_size",
                   "note_font_color", "postage_stamp", "bookmark", "hide_input", "dope_sheet", "reload"})  # fmt: skip
"""Knobs that change no picture."""


def digest(node: nuke.Node) -> str:
    """Of the clip and all nodes above the inputs that are rendered. Files that change under a Read are not noticed."""
    inputs = (0, 1) if knobs.value(node, "ref_mode") == "input" else (0,)
    words = [str(knobs.clip(node)), str(knobs.numbers(node, "ref_frames")) if len(inputs) > 1 else ""]
    seen: dict[str, int] = {}
    for index in inputs:
        words += _words(node.input(index), seen)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def _words(node: nuke.Node | None, seen: dict[str, int]) -> Iterator[str]:
    if node is None:
        yield "nothing"
        return
    if node.fullName() in seen:
        yield f"node {seen[node.fullName()]}"
        return
    seen[node.fullName()] = len(seen)
    yield node.Class()
    for line in node.writeKnobs(nuke.WRITE_NON_DEFAULT_ONLY | nuke.TO_SCRIPT).splitlines():
        if line.split(" ")[0] not in LOOKS:
            yield line
    children = node.nodes() if isinstance(node, nuke.Group) else []
    for each in [*(node.input(index) for index in range(node.inputs())), *children]:
        yield from _words(each, seen)
