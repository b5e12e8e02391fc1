"""The desk as a server: a socket, a token, the guard before everything, and an end in order."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from vs_tcvc.desk.film_page import film_page
from vs_tcvc.desk.guard import Guard
from vs_tcvc.desk.render_page import render_page
from vs_tcvc.desk.routes import add_routes
from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.shell import STATIC, Pages, frame
from vs_tcvc.desk.shot_page import shot_page
from vs_tcvc.errors import UsageError

LOCAL = "127.0.0.1"

_EVERYWHERE = ("0.0.0.0", "::")
_RECONNECT_SECONDS = 10.0
_MOST_MESSAGE_BYTES = 4 * 2**20
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#2a2a2a"/>'
    '<path d="M3 4h5v8H3z" fill="#9a9a9a"/><path d="M8 4h5v8H8z" fill="#e0a23b"/></svg>'
)


@dataclass(frozen=True)
class Address:
    """Where a desk is served. names: of the machine, as a browser may say them, the best one first."""

    names: tuple[str, ...]
    port: int
    token: str = field(repr=False)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names with the port, as a browser sends them in Host."""
        return tuple(f"{name}:{self.port}" for name in self.names)

    @property
    def url(self) -> str:
        """What opens the desk."""
        return f"http://{self.hosts[0]}/?token={self.token}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for browsers; port 0: a free one. Raises UsageError if none is free."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot be listened at ({reason})", where=f"{host}:{port}", remedy="choose another {host} or {port}"
        ) from None


def address_of(listening: socket.socket) -> Address:
    """Where the desk of a socket is reached, with a new token."""
    host, port = listening.getsockname()[:2]
    if host in _EVERYWHERE:
        local = LOCAL if listening.family == socket.AF_INET else "::1"
        names = [*_own_addresses(listening.family), socket.gethostname().lower(), local, "localhost"]
    else:
        names = [host, "localhost"] if host in (LOCAL, "::1") else [host]
    spelled = (f"[{name}]" if ":" in name else name for name in names)
    return Address(tuple(dict.fromkeys(spelled)), port, secrets.token_urlsafe(24))


def is_for_others(listening: socket.socket) -> bool:
    """Whether other machines reach a socket."""
    return listening.getsockname()[0] not in (LOCAL, "::1")


def warning(address: Address) -> str:
    """What it means that others reach the desk, in words."""
    return (
        f"tcvc desk: other machines reach this desk at {', '.join(address.hosts)}. Whoever has its address with the "
        "token sees the film, can change the project and can write films here. What is sent is not encrypted: use it "
        "in a network that you trust."
    )


def application(desk: Desk) -> FastAPI:
    """The desk's pages, its static files and its pictures, without a guard; one for each process."""
    app = FastAPI(openapi_url=None)
    app.mount("/static", StaticFiles(directory=STATIC))
    add_routes(app, desk)

    def root() -> None:
        frame(desk, Pages(film_page, shot_page, render_page))

    nicegui_app.config.quasar_config["loadingBar"]["skipHijack"] = True  # no bar that comes and goes at requests
    ui.run_with(
        app, root=root, title=f"{desk.state.film.path.name} - desk", favicon=_ICON, dark=True, tailwind=False,
        reconnect_timeout=_RECONNECT_SECONDS, show_welcome_message=False, language="en-GB",
    )  # fmt: skip
    return app


def serve(
    app: ASGIApp, listening: socket.socket, address: Address, stop: threading.Event,
    ready: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """Serve a desk until `stop` is set; `ready` is called once it answers."""
    guard = Guard(app, address.token, address.hosts)
    config = uvicorn.Config(
        guard, log_level="error", ws="wsproto", ws_max_size=_MOST_MESSAGE_BYTES, server_header=False,
        timeout_graceful_shutdown=1, lifespan="on",
    )  # fmt: skip
    _Server(config, stop, ready).run([listening])


class _Server(uvicorn.Server):
    """Ends when an event is set: signals are the program's own."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop, self._ready = stop, ready

    def capture_signals(self) -> Any:
        """None."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to end."""
        return await super().on_tick(counter) or self._stop.is_set()


def _own_addresses(family: int) -> list[str]:
    """The address of this machine in its network; nothing is sent to find it."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as unsent:
            unsent.connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 9))
            return [unsent.getsockname()[0]]
    except OSError:
        return []
