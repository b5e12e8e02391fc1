"""One bake in a Python with its standard library alone, as Nuke's: python nuke_bake.py FOLDER WORKER"""

from __future__ import annotations

import sys
from pathlib import Path

from nuke_fake import Group, Host, Node


def render(node: Node, frame: int, path: str) -> None:
    """A file that stands for a picture."""
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(f"{node.name()} {frame}")


def main(folder: str, worker: str) -> None:
    host = Host(Path(folder) / "shot.nk", render)
    host.root["colorManagement"].setValue("OCIO")
    host.start()
    from tcvc_nuke import bake, ui

    ui.create()
    node = host.root.children[-1]
    assert isinstance(node, Group)
    node["worker_python"].setValue(worker)
    node["cuts"].setValue("3,90")
    for button in ("colorize", "farm_submit"):
        host.press(node, button)
        host.pump(lambda: not bake.WORKERS)
        print(node["status"].value())


if __name__ == "__main__":
    main(*sys.argv[1:])
