"""An artist's session in the small Nuke of nuke_fake.py: a plate on disk, and our node below a Read of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from nuke_fake import Group, Host, Node
from nuke_images import image, render

from vs_tcvc.sequences.image_file import Image, read_picture, write_picture

ROOT = Path(__file__).parents[2]
TOOLSET = ROOT / "nuke" / "toolsets" / "TCVC_Colorize.nk"
SIZE = 96, 64
FIRST, LAST = 1001, 1006
FRAMES = range(FIRST, LAST + 1)


def write_plate(folder: Path, last: int = LAST) -> str:
    """An EXR sequence with overscan, values from below 0 to 40, a matte, and a cut at FIRST + 3; its pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = SIZE
    x = np.linspace(0, 1, width, dtype=np.float32)[None] * np.ones((height, 1), np.float32)
    for frame in range(FIRST, last + 1):
        y = (np.float32(0.3) * np.sin(9 * x + frame) ** 2 if frame < FIRST + 3 else x[:, ::-1] ** 2).astype(np.float32)
        y[:8] = np.linspace(-0.05, 40, width)
        spec = oiio.ImageSpec(width, height, 4, "half")
        spec.channelnames = list("RGBA")
        spec.x, spec.y, spec.full_width, spec.full_height = -8, -4, width - 16, height - 8
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (0x01000000 + frame - FIRST, 0))
        spec.attribute("PixelAspectRatio", 2.0)
        spec.attribute("show/shot", "ärger 10")
        pixels = np.stack([y, y, y, np.float32(0.5) * x], axis=-1)
        write_picture(folder / f"plate.{frame}.exr", Image(pixels, spec))
    return (folder / "plate.%04d.exr").as_posix()


class Desk:
    """An artist's session: a script, a Read of a plate, and our node below it."""

    def __init__(self, folder: Path, is_gui: bool = True, last: int = LAST) -> None:
        self.folder = folder / "Schöne Filme (b&w)"
        self.plates = write_plate(self.folder / "plates", last=last)
        self.host = Host(self.folder / "shot 10.nk", render, is_gui)
        self.last = last
        self.host.root["colorManagement"].setValue("OCIO")
        _forget("tcvc_nuke")
        self.host.start()
        self.ui: Any = sys.modules["tcvc_nuke.ui"]
        self._modules = {name: module for name, module in sys.modules.items() if name.startswith("tcvc_nuke")}
        self.read = self.host.nuke.createNode("Read")
        knobs(self.read, file=self.plates, raw=True, first=FIRST, last=last, selected=True)
        self.node = self.new_node()

    def new_node(self) -> Group:
        """A node of ours below the selected one."""
        self.ui.create()
        node = self.host.root.children[-1]
        assert isinstance(node, Group)
        knobs(node, worker_python=sys.executable, size=64, first_frame=FIRST, last_frame=self.last, device="cpu")
        return node

    def press(self, button: str, node: Group | None = None) -> str:
        """Push a button; what the node says after it."""
        node = node or self.node
        sys.modules.update(self._modules)
        self.host.press(node, button)
        return str(node["status"].value())

    def wait(self, node: Group | None = None) -> str:
        """Until the worker has ended; what the node says then."""
        node = node or self.node
        self.host.pump(lambda: node["job_id"].value() not in self.ui.bake.WORKERS)
        return str(node["status"].value())

    def bake(self, button: str = "colorize") -> str:
        """What the node says when all is done."""
        self.press(button)
        return self.wait()

    def chroma(self, frame: int) -> Path:
        """The baked file of a frame."""
        return chroma_of(self.node, frame)

    def out(self, frame: int = FIRST) -> Any:
        """(H, W, 3), as a viewer shows it."""
        return image(self.node, frame).rgb()

    def plate(self, frame: int = FIRST) -> Any:
        return image(self.read, frame).rgb()


def knobs(node: Node, **values: Any) -> None:
    for name, value in values.items():
        node[name].setValue(value)


def chroma_of(node: Group, frame: int) -> Path:
    return Path(inner(node, "Chroma")["file"].evaluate(frame))


def inner(node: Group, name: str) -> Node:
    found = node.node(name)
    assert found is not None
    return found


def read(path: Path) -> tuple[Any, Any]:
    """Pixels (H, W, C) and spec of an EXR."""
    picture = read_picture(path, "test")
    return picture.pixels, picture.spec


def script(path: Path, *lines: str) -> str:
    """A program that a node takes for a Python."""
    path.write_text("\n".join(["#!/bin/bash", *lines]))
    path.chmod(0o755)
    return str(path)


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


@contextmanager
def session() -> Iterator[None]:
    """The plug-in as Nuke finds it, in an environment that is hostile to any other Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path])
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.delenv("OCIO", raising=False)
        patch.setenv("PYTHONHOME", "/nuke/has/its/own")
        patch.setenv("PYTHONPATH", str(Path(__file__).parent / "nuke_fake.py"))
        yield
    _forget("nuke")
    _forget("tcvc_nuke")
