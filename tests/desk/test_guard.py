"""Who may talk to the desk: each refusal, by requests as a browser and as an attacker send them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from vs_tcvc.desk import guard, server, shell
from vs_tcvc.errors import UsageError

UPGRADE = {
    "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
OTHERS = "http://evil.example"


async def page(request: Request) -> Response:
    return HTMLResponse("the film")


async def take(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Site:
    """What is served. `ask` sends exactly what it is given, with a Host of its own unless one is given."""

    address: server.Address

    @property
    def host(self) -> str:
        return self.address.hosts[0]

    @property
    def token(self) -> str:
        return self.address.token

    @property
    def cookie(self) -> dict[str, str]:
        return {"cookie": f"tcvc-desk-{self.address.port}={self.token}"}

    def ask(self, path: str, headers: Mapping[str, str] = {}, method: str = "GET", body: Any = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.address.port, timeout=20)
        connection.request(
            method, path, body, {"host": self.host, **headers}, encode_chunked=not isinstance(body, bytes)
        )
        answer = connection.getresponse()
        text = "" if answer.status == 101 else answer.read().decode()
        connection.close()
        return Answer(answer.status, text, {name.lower(): value for name, value in answer.getheaders()})


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A page, something that takes files, a websocket, static files, as the desk is served."""
    app = Starlette(routes=[
        Route("/", page), Route("/shot/3", page), Route("/take", take, methods=["POST"]), WebSocketRoute("/ws", talk),
        Mount("/static", StaticFiles(directory=shell.STATIC)),
    ])  # fmt: skip
    listening, stop, is_ready = server.listen(server.LOCAL, 0), threading.Event(), threading.Event()
    address = server.address_of(listening)
    thread = threading.Thread(target=server.serve, args=(app, listening, address, stop, is_ready.set))
    thread.start()
    assert is_ready.wait(20)
    yield Site(address)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_the_token_opens_the_desk_and_leaves_the_address(site: Site) -> None:
    answer = site.ask(f"/shot/3?token={site.token}&shown=gray")
    assert (answer.status, answer.headers["location"]) == (303, "/shot/3?shown=gray")
    rules = answer.headers["set-cookie"].lower().split("; ")[1:]
    assert {"httponly", "samesite=strict", "path=/"} <= {*rules}
    opened = site.ask("/shot/3", {"cookie": answer.headers["set-cookie"].split(";")[0]})
    assert (opened.status, opened.text) == (200, "the film")


@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        ("/", ""), ("/?token=", ""), ("/?token=S3CRET", ""), ("/?token={token}x", ""), ("/?token=%ff%00", ""),
        ("/?TOKEN={token}", ""), ("/", "tcvc-desk-{port}="), ("/", "tcvc-desk-1={token}"), ("/", "{token}"),
        ("/static/desk.css", ""), ("/nowhere", ""),
    ],
)  # fmt: skip
def test_without_the_token_nothing_is_served_and_one_sentence_tells(site: Site, path: str, cookie: str) -> None:
    known = {"token": site.token, "port": site.address.port}
    answer = site.ask(path.format(**known), {"cookie": cookie.format(**known)})
    assert (answer.status, answer.text) == (403, guard.NO_TOKEN)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:80", "{host}.evil"])
def test_another_host_is_refused_even_with_the_token(site: Site, host: str) -> None:
    """A name that somebody lets point to this machine: DNS rebinding."""
    named = host.format(port=site.address.port, host=site.host)
    for path in ("/", f"/?token={site.token}"):
        answer = site.ask(path, {**site.cookie, "host": named})
        assert (answer.status, answer.text) == (403, guard.OTHER_HOST)


@pytest.mark.parametrize("origin", [OTHERS, "null", "https://{host}", "http://127.0.0.1:80", "http://127.0.0.1"])
def test_what_a_page_of_others_sends_is_refused(site: Site, origin: str) -> None:
    headers = {**site.cookie, "origin": origin.format(host=site.host)}
    answer = site.ask("/take", headers, "POST", b"1")
    assert (answer.status, answer.text) == (403, guard.OTHER_ORIGIN)
    assert site.ask("/take", {**site.cookie, "origin": f"http://{site.host}"}, "POST", b"1").text == "1"


def test_a_websocket_is_for_our_own_pages(site: Site) -> None:
    ours = {**UPGRADE, **site.cookie, "origin": f"http://{site.host}"}
    assert site.ask("/ws", ours).status == 101
    refused = ({"cookie": ""}, {"origin": OTHERS}, {"host": f"evil.example:{site.address.port}"})
    assert [site.ask("/ws", {**ours, **each}).status for each in refused] == [403] * 3
    assert site.ask(f"/ws?token={site.token}", {**ours, "cookie": ""}).status == 403


def test_a_body_that_says_it_is_too_large_is_refused_unread(site: Site) -> None:
    answer = site.ask("/take", {**site.cookie, "content-length": str(guard.MOST_BYTES + 1)}, "POST")
    assert (answer.status, answer.text) == (413, guard.TOO_LARGE)


def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_BYTES", 10)
    sent = [b"12345"] * 2
    assert site.ask("/take", site.cookie, "POST", iter(sent)).text == "10"
    answer = site.ask("/take", site.cookie, "POST", iter([*sent, b"6"]))
    assert (answer.status, answer.text) == (413, guard.TOO_LARGE)


@pytest.mark.parametrize(
    "path",
    ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static//etc/passwd",
     "/static/%2fetc%2fpasswd", "/static/..\\server.py", "/static/", "/static/%00"],
)  # fmt: skip
def test_no_path_leads_out_of_the_static_files(site: Site, path: str) -> None:
    assert site.ask(path, site.cookie).status == 404
    assert site.ask("/static/desk.css", site.cookie).status == 200


def test_answers_keep_a_page_to_itself(site: Site) -> None:
    for headers in ({}, site.cookie):
        answer = site.ask("/", headers)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy  # no other host
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert site.ask("/", site.cookie).headers["cache-control"] == "no-store"
    assert site.ask("/static/desk.css", site.cookie).headers["cache-control"] == "no-cache"


def test_an_address_does_not_lead_to_another_host(site: Site) -> None:
    assert site.ask(f"//evil.example/?token={site.token}").headers["location"] == "/evil.example/"


def test_tokens_are_long_and_no_two_are_equal() -> None:
    with server.listen(server.LOCAL, 0) as listening:
        tokens = {server.address_of(listening).token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_desk_is_served_under_names_of_this_machine(host: str) -> None:
    with server.listen(host, 0) as listening:
        address = server.address_of(listening)
        assert server.is_for_others(listening) == (host == "0.0.0.0")
    assert {"127.0.0.1", "localhost"} <= {*address.names}
    assert "0.0.0.0" not in address.names  # no browser says it
    assert address.url.startswith(f"http://{address.names[0]}:{address.port}/?token=")
    assert all(each in server.warning(address) for each in address.hosts)


def test_a_port_that_is_taken_is_told_with_a_remedy() -> None:
    with server.listen(server.LOCAL, 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127.0.0.1:{port}: .*in use.*port"):
            server.listen(server.LOCAL, port)
