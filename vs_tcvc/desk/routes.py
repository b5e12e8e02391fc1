"""Addresses of the pictures. They are kept by the browser for ever: what changes has another address."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Response

from vs_tcvc.desk.pictures import Picture
from vs_tcvc.desk.session import Desk
from vs_tcvc.errors import TcvcError

MADE_OF = "X-Made-Of"
"""Header: `Picture.made_of`."""

_FOR_EVER = "private, max-age=31536000, immutable"


def add_routes(app: FastAPI, desk: Desk) -> None:
    """`/frame/INDEX?shown=color&width=960&v=VERSION` and `/thumbnail/PLACE?v=NAME`, as `Desk.shot_version` and
    `Pictures.card_name` give them."""

    @app.get("/frame/{index}")
    def frame(index: int, shown: str = "color", width: int = 960) -> Response:
        return _answer(lambda: desk.pictures.frame(index, shown, width), "image/jpeg")

    @app.get("/thumbnail/{place}")
    def card(place: int, v: str = "") -> Response:
        if place not in range(len(desk.state.film.entries)):
            return Response("there is no such shot", 404, media_type="text/plain")
        return _answer(lambda: desk.pictures.thumbnail(place), "image/webp", v)


def _answer(make: Callable[[], Picture], kind: str, name: str = "") -> Response:
    """name: of the picture that is asked for; another one may become again what it was."""
    try:
        picture = make()
    except TcvcError as error:
        return Response(str(error), 404, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
    keeping = _FOR_EVER if picture.name == name else "no-store"
    return Response(picture.content, media_type=kind, headers={"Cache-Control": keeping, MADE_OF: picture.made_of})
