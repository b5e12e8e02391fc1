"""The desk as a person has it: the program `tcvc desk` in a process of its own, and Chromium before it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

SIZE = {"width": 1280, "height": 720}
START_SECONDS = 60.0
MILLISECONDS = 20_000
"""How long a page may take for anything on a busy machine."""


def find_chromium() -> str:
    """The system's Chromium. Raises AssertionError if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, "the desk is tested in Chromium, and there is none on PATH: install Debian's package chromium"
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        yield browser
        browser.close()


class DeskProgram:
    """`tcvc desk` with a project, from `start` to `end` or `kill`. url: with its token, of the last start."""

    def __init__(self, project: Path, *words: str) -> None:
        self.project, self._words, self.url = project, words, ""
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it said on stderr."""
        return self.project.with_name("desk.log")

    def address(self, path: str) -> str:
        """The address of a page, for a browser that has been let in."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{path}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "vs_tcvc", "desk", str(self.project), "--no-browser", *self._words]
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://"), self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End it as a loss of power does."""
        self._end(signal.SIGKILL)

    def end(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@dataclass
class Watch:
    """What browsers complain about. faults: errors and warnings of the console, of scripts, of requests, and requests
    to others than the desk."""

    host: str
    faults: list[str] = field(default_factory=list)
    is_off: bool = False

    def page(self, context: BrowserContext) -> Page:
        """A new page that is watched."""
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("console", self._check_said)
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("request", lambda request: self._check_host(request.url))
        page.on("requestfailed", self._check_failure)
        page.on("response", self._check_answer)
        return page

    @contextmanager
    def off(self) -> Iterator[None]:
        """Inside the block the desk is gone, about which a browser complains."""
        self.is_off = True
        yield
        self.is_off = False

    def _note(self, fault: str) -> None:
        if not self.is_off:
            self.faults.append(fault)

    def _check_said(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self._note(f"console: {said.text}")

    def _check_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self._note(f"{answer.status} for {answer.url}")

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != self.host:
            self._note(f"another host: {url}")

    def _check_failure(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # a page that is left, a picture that is wished no more
            self._note(f"failed: {request.url} ({request.failure})")


def until(page: Page, condition: Callable[[], object]) -> None:
    """Wait for what is on the disk, or is shown."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come about")


def violations(page: Page) -> list[str]:
    """What makes the page hard to use for some people, by axe-core: its serious and critical findings."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {node['html'][:160]}"
        for each in found if each["impact"] in ("serious", "critical") for node in each["nodes"]
    ]  # fmt: skip
