"""`python watched_faces.py FOLDER [FACE...]` runs `all_faces` there and writes down each use of a socket of Python.

`sockets.txt` in the folder gets a line for each: the face, the backend, the event. User folders are there, too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

SILENT = ("socket.__new__", "socket.gethostname")
"""Events of what reaches nobody; `socket.connect`, `bind`, `sendto`, `getaddrinfo` and the like are the others."""


def write_down(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and event not in SILENT:
        running = getattr(sys.modules.get("all_faces"), "running", "start")
        with open("sockets.txt", "a", encoding="utf-8") as file:
            print(running, event, repr(arguments[1:]), file=file)


def main(folder: str, faces: list[str]) -> None:
    """The hook comes before any library."""
    os.chdir(folder)
    os.environ |= {"XDG_CACHE_HOME": str(Path("cache").absolute()), "XDG_DATA_HOME": str(Path("data").absolute())}
    sys.addaudithook(write_down)
    import all_faces

    all_faces.main(faces)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
