"""Pictures of the small Nuke of nuke_fake.py, read, worked out and written with OpenImageIO in float32."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nuke_fake import Group, Node, evaluate

from vs_tcvc.sequences.image_file import Image, read_picture, spec_like, write_picture

CHANNELS = {"r": "R", "g": "G", "b": "B", "a": "A"}
DEPTHS = {"16 bit half": "half", "32 bit float": "float"}
COMPRESSIONS = {"Zip (1 scanline)": "zips", "Zip (16 scanlines)": "zip"}


@dataclass
class NodeImage:
    """channels: (H, W) float32 by name; what is not there is black. spec: size, windows and metadata."""

    channels: dict[str, Any]
    spec: Any

    def channel(self, letter: str) -> Any:
        return self.channels.get(CHANNELS[letter], np.float32(0))

    def rgb(self) -> Any:
        """(H, W, 3)."""
        return np.stack([self.channels[name] for name in "RGB"], axis=-1)


def image(node: Node | None, frame: int) -> NodeImage:
    """What comes out of a node at a frame."""
    if node is None:
        return NodeImage({}, None)
    with np.errstate(all="ignore"):
        return MAKERS[node.Class()](node, frame)


def render(node: Node, frame: int, path: str) -> None:
    """Write a frame of a Write node. RuntimeError as Nuke's where it cannot."""
    picture = image(node.input(0), frame)
    if not path or picture.spec is None:
        raise RuntimeError(f"{node.name()}: no file or no input")
    assert (node["channels"].value(), node["raw"].value(), node["metadata"].value()) == ("rgb", True, "all metadata")
    if node["create_directories"].value():
        os.makedirs(os.path.dirname(path), exist_ok=True)
    compression = {"compression": COMPRESSIONS[node["compression"].value()]}
    spec = spec_like(picture.spec, ["R", "G", "B"], DEPTHS[node["datatype"].value()], compression)
    write_picture(Path(path), Image(picture.rgb(), spec))


def _read(node: Node, frame: int) -> NodeImage:
    path = Path(node["file"].evaluate(frame) or "")
    is_early, is_late = frame < node["first"].value(), frame > node["last"].value()
    if is_early or is_late or not path.is_file():
        policy = node["before" if is_early else "after" if is_late else "on_error"].value()
        if policy == "black":
            return NodeImage({}, None)
        raise RuntimeError(f"{node.name()}: frame {frame} is missing ({policy} is not emulated)")
    assert node["raw"].value(), "colour conversions are not emulated"
    picture = read_picture(path, node.name())
    planes = enumerate(picture.spec.channelnames)
    return NodeImage({name: picture.pixels[..., index] for index, name in planes}, picture.spec)


def _input(node: Node, frame: int) -> NodeImage:
    return image(node.parent().input(node["number"].value()), frame)


def _expression(node: Node, frame: int) -> NodeImage:
    """Expression has r, g, b, a; MergeExpression Ar to Ba, A being its second input."""
    images = {"B": image(node.input(0), frame), "A": image(node.input(1), frame)}
    images[""] = images["B"]
    temporary: dict[str, Any] = {}

    def lookup(name: str) -> Any:
        if name in temporary:
            return temporary[name]
        if name[-1] in CHANNELS and name[:-1] in images:
            return images[name[:-1]].channel(name[-1])
        return node.lookup(name)

    def worked_out(knob: str) -> Any:
        return evaluate(node[knob].value(), lookup, node.tcl)

    for index in range(4):
        if node[f"temp_name{index}"].value():
            temporary[node[f"temp_name{index}"].value()] = worked_out(f"temp_expr{index}")
    below = images["B"]
    channels = dict(below.channels)
    for index, name in enumerate("RGBA"):
        if node[f"expr{index}"].value():
            size = (below.spec.height, below.spec.width)
            channels[name] = np.broadcast_to(np.float32(worked_out(f"expr{index}")), size)
    return NodeImage(channels, below.spec)


def _switch(node: Node, frame: int) -> NodeImage:
    return image(node.input(int(node["which"].value())), frame)


def _keymix(node: Node, frame: int) -> NodeImage:
    below, above, mask = (image(node.input(index), frame) for index in range(3))
    assert (node["channels"].value(), node["maskChannel"].value()) == ("rgb", "rgba.alpha")
    amount = mask.channel("a") * np.float32(node["mix"].value())
    mixed = {name: below.channels[name] * (1 - amount) + above.channels[name] * amount for name in "RGB"}
    return NodeImage({**below.channels, **mixed}, below.spec)


def _grade(node: Node, frame: int) -> NodeImage:
    below = image(node.input(0), frame)
    gain = np.float32(node["white"].value())
    return NodeImage({name: plane * gain for name, plane in below.channels.items()}, below.spec)


def _group(node: Node, frame: int) -> NodeImage:
    assert isinstance(node, Group)
    if node["disable"].value():
        return image(node.input(0), frame)
    (output,) = (child for child in node.children if child.Class() == "Output")
    return image(output.input(0), frame)


MAKERS = {
    "Read": _read, "Input": _input, "MergeExpression": _expression, "Expression": _expression, "Switch": _switch,
    "Keymix": _keymix, "Grade": _grade, "Group": _group,
}  # fmt: skip
