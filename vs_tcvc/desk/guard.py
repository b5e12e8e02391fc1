"""Who may talk to the desk: whoever has opened the address with its token, from a page of its own, by its own name.

It stands before everything that is served, websockets as well. What is refused gets one plain sentence.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 2**20
"""Of the body of a request: the largest picture that can be given to the desk."""

NO_TOKEN = "open the address that tcvc desk printed: it has the token that opens this desk\n"
OTHER_HOST = "this desk is not served under that name; open the address that tcvc desk printed\n"
OTHER_ORIGIN = "this desk takes nothing from pages of others; open the address that tcvc desk printed\n"
TOO_LARGE = f"a file for the desk has at most {MOST_BYTES // 2**20} MB\n"

_POLICY = "; ".join((
    "default-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:", "media-src 'self' blob:", "object-src 'none'", "base-uri 'none'",
    "form-action 'self'", "frame-ancestors 'none'",
))  # fmt: skip
"""NiceGUI compiles templates in the browser, and has scripts and styles in its page."""
_HEADERS = {
    "content-security-policy": _POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin", "cross-origin-opener-policy": "same-origin",
}  # fmt: skip
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Guard:
    """Lets requests through to `app`.

    token: opens the desk. hosts: the names that it is served under, as `127.0.0.1:8080`.
    """

    app: ASGIApp
    token: str
    hosts: Collection[str]

    @property
    def cookie(self) -> str:
        """The name of the cookie; two desks of one machine differ in it, for cookies know no port."""
        return f"tcvc-desk-{next(iter(self.hosts)).rpartition(':')[2]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if scope["type"] == "websocket":
            if refused is None:
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        answer = _Answer(receive, send)
        if refused is None:
            await self.app(scope, answer.receive, answer.send)
        else:
            await refused(scope, receive, answer.send)

    def _refusal(self, scope: Scope) -> Response | None:
        """What is answered instead of letting a request through; the way in, too."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self.hosts:
            return PlainTextResponse(OTHER_HOST, 403)
        is_reading = scope["type"] == "http" and scope["method"] in _READING
        if not is_reading and not self._is_ours(headers.get("origin")):
            return PlainTextResponse(OTHER_ORIGIN, 403)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if is_reading and any(name == "token" and self._opens(value) for name, value in query):
            return self._way_in(scope["path"], [each for each in query if each[0] != "token"])
        if not any(self._opens(value) for value in self._cookies(headers)):
            return PlainTextResponse(NO_TOKEN, 403)
        if _length(headers) > MOST_BYTES:
            return PlainTextResponse(TOO_LARGE, 413)
        return None

    def _is_ours(self, origin: str | None) -> bool:
        """Whether a page of ours sent it, or none at all: a browser always tells."""
        return origin is None or origin.lower().removeprefix("http://") in self.hosts

    def _way_in(self, path: str, query: list[tuple[str, str]]) -> Response:
        """A cookie instead of the token, and an address without it."""
        way = "/" + path.lstrip("/")  # "//host" would lead to another host
        answer = RedirectResponse(f"{way}?{urlencode(query)}" if query else way, 303)
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer

    def _cookies(self, headers: Headers) -> Iterator[str]:
        for line in headers.getlist("cookie"):
            yield cookie_parser(line).get(self.cookie, "")

    def _opens(self, value: str) -> bool:
        return hmac.compare_digest(value.encode("utf-8", "replace"), self.token.encode())


class _Answer:
    """The two ends of a request: what comes is bounded, what goes has headers that keep it here."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._came = 0
        self._has_begun = self._is_refused = False

    async def receive(self) -> Message:
        """The next message; one that is too much ends the request."""
        message = await self._receive()
        self._came += len(message.get("body", b""))
        if self._came <= MOST_BYTES:
            return message
        if not self._is_refused and not self._has_begun:
            refusal = PlainTextResponse(TOO_LARGE, 413)
            await refusal({"type": "http"}, self._receive, self.send)
        self._is_refused = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass an answer on, if none was given already."""
        if self._is_refused:
            return
        if message["type"] == "http.response.start":
            self._has_begun = True
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            is_page = headers.get("content-type", "").startswith("text/html")
            headers.setdefault("cache-control", "no-store" if is_page else "no-cache")
        await self._send(message)


def _length(headers: Headers) -> int:
    """The length that a request says it has, 0 if it says none."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
