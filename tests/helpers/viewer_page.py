"""Serves the viewer of a shot alone, with pictures that tell what they are of; prints its address.

The picture of frame N in version V is of the colour (5 N, 40 V, 200), its gray of (0, 0, 5 N); in version PLACES it is
as red as a place is right, as green as it is low. `/events` lists what the viewer has told; `/show?version=V` shows
another version. The address takes width and height of the film, and version.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import uvicorn
from fastapi import FastAPI, Response
from nicegui import ui
from starlette.staticfiles import StaticFiles

from vs_tcvc.desk import server, shell
from vs_tcvc.desk.viewer import Mark, Shown, Viewer

FIRST, LAST, SHOT = 1000, 1047, (1010, 1034)
PLACES = 9
EVENTS = ("frame", "mode", "tool", "hint", "pick", "select", "change", "remove", "paint")


def color_of(frame: int, version: int) -> tuple[int, int, int]:
    """R, G, B of a picture in colour."""
    return 5 * (frame - FIRST), 40 * version, 200


def gray_of(frame: int) -> tuple[int, int, int]:
    """R, G, B of a picture in gray."""
    return 0, 0, 5 * (frame - FIRST)


def shown(size: tuple[int, int], version: int) -> Shown:
    """A shot with its handles, two hints, a reference and an alarm."""
    marks = (Mark(0, 1010, 0.25, 0.25, "#2e8b57", 0.02), Mark(1, 1020, 0.5, 0.5, "#c0504d", 0.1))
    spans = ((FIRST, LAST + 1, str(version)),)
    return Shown(FIRST, LAST, SHOT, FIRST, 24, size, "film", spans, marks, (1012,), (1030,), (0.9, 0.5))


def main() -> None:
    """Serve until ended."""
    app, told, viewers = FastAPI(), list[Any](), list[Viewer]()

    @app.get("/frame/{index}")
    def frame(index: int, shown: str, width: int, v: str) -> Response:
        color = gray_of(FIRST + index) if shown == "gray" else color_of(FIRST + index, int(v))
        picture = np.full((width // 2, width, 3), color[::-1], np.uint8)
        if v == str(PLACES):
            picture[..., 2] = np.linspace(0, 255, picture.shape[1])
            picture[..., 1] = np.linspace(0, 255, picture.shape[0])[:, None]
        return Response(bytes(cv2.imencode(".png", picture)[1]), media_type="image/png", headers={"X-Made-Of": shown})

    @app.get("/events")
    def events() -> list[Any]:
        return told

    @app.get("/show")
    async def show(version: int) -> None:
        viewers[-1].show(shown((640, 360), version))

    app.mount("/static", StaticFiles(directory=shell.STATIC))

    def page(width: int = 640, height: int = 360, version: int = 0) -> None:
        for sheet in ("desk", "viewer"):
            ui.add_head_html(f'<link rel="stylesheet" href="/static/{sheet}.css">')
        with ui.element("div").classes("desk").style("display: block; height: 100vh"):
            viewer = Viewer(shown((width, height), version), "#ff0000", SHOT[0])
        for name in EVENTS:
            viewer.on(name, lambda event, name=name: told.append([name, event.args]))
        viewers.append(viewer)

    ui.run_with(app, root=page, title="viewer", dark=True, tailwind=False, show_welcome_message=False)
    listening = server.listen(server.LOCAL, 0)
    print(f"http://{server.LOCAL}:{listening.getsockname()[1]}/", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error", ws="wsproto")).run([listening])


if __name__ == "__main__":
    main()
