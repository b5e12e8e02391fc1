"""The desk's times, in Chromium: from a click to its colour, scrubbing, the first page of a long film, memory.

python benchmarks/desk.py FILM [--clicks 5] [--shots 900] [--actions 1000]

FILM is any film; a few minutes of 1080p tell most. The desk is the program `tcvc desk` in a folder of its own, where
all shots have been coloured before. Times of pictures are taken in the page: from the event of the mouse to the
picture, decoded.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
from playwright.sync_api import Browser, Page

from vs_tcvc.project import document
from vs_tcvc.project.schema import Film, Project, Shot

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
from desk_browser import SIZE, DeskProgram, chromium

SECONDS_TO_WAIT = 60.0
SHOT_FRAMES = 2
LONG_SIZE = (320, 180)
NOTE_PICTURES = """
    window.noted = [];
    window.clickedAt = 0;
    const sources = new WeakMap();
    const blob = Response.prototype.blob;
    Response.prototype.blob = async function () {
        const found = await blob.call(this);
        sources.set(found, {url: this.url, is: this.headers.get("X-Made-Of")});
        return found;
    };
    const decode = window.createImageBitmap;
    window.createImageBitmap = async (from, ...more) => {
        const bitmap = await decode(from, ...more);
        if (sources.has(from)) window.noted.push({...sources.get(from), at: performance.now()});
        return bitmap;
    };
    document.addEventListener("pointerup", () => (window.clickedAt = performance.now()), true);
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path, metavar="FILM")
    parser.add_argument("--clicks", type=int, default=5)
    parser.add_argument("--shots", type=int, default=900, help="of the long film")
    parser.add_argument("--actions", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        film = Path(folder) / given.film.name
        film.symlink_to(given.film.resolve())
        tcvc("project", "new", str(film))
        project = film.with_name(f"{film.stem}.tcvc.yaml")
        tcvc("render", str(project), "--colour-only")
        with served(project) as desk:
            scrub(browser, desk)
            click(browser, desk, given.clicks)
            work(browser, desk, given.actions)
        with served(long_film(Path(folder) / "long", given.shots)) as desk:
            first_page(browser, desk, given.shots)


def tcvc(*words: str) -> None:
    """Run a command of the program."""
    subprocess.run([sys.executable, "-m", "vs_tcvc", *words], check=True, capture_output=True)


@contextmanager
def served(project: Path) -> Iterator[DeskProgram]:
    """A desk."""
    desk = DeskProgram(project)
    desk.start()
    yield desk
    desk.end()


@contextmanager
def page_of(browser: Browser, desk: DeskProgram) -> Iterator[Page]:
    """A page of a browser that has seen nothing of the desk, in which pictures are noted."""
    context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
    context.add_init_script(NOTE_PICTURES)
    page = context.new_page()
    page.goto(desk.url)
    yield page
    context.close()


def open_shot(page: Page, desk: DeskProgram, number: int) -> None:
    """Show a shot, and wait for its first picture."""
    page.goto(desk.address(f"/shot/{number}"))
    page.wait_for_function("window.noted.length > 0")


def scrub(browser: Browser, desk: DeskProgram) -> None:
    """Pictures per second while the key for the next frame is held, in shots that the browser has not seen."""
    shots = document.read(desk.project).project.shots
    longest = sorted(range(len(shots)), key=lambda place: -len(shots[place].range))[:6]
    with page_of(browser, desk) as page:
        rates = []
        for place in longest:
            open_shot(page, desk, place + 1)
            frames = min(len(shots[place].range) - 1, 150)
            found: dict[str, Any] = page.evaluate(
                """async (frames) => {
                    const before = window.noted.length, begun = performance.now();
                    for (let n = 0; n < frames; n += 1) {
                        document.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
                        await new Promise((resolve) => setTimeout(resolve, 33));
                    }
                    return {count: window.noted.length - before, seconds: (performance.now() - begun) / 1000};
                }""",
                frames,
            )
            rates.append(found["count"] / found["seconds"])
    tell("scrubbing", f"{statistics.median(rates):.0f} pictures a second, slowest shot {min(rates):.0f}", "20")


def click(browser: Browser, desk: DeskProgram, clicks: int) -> None:
    """Seconds from the click of a hint to the picture with it, and to the first frame that was coloured with it."""
    shots = document.read(desk.project).project.shots
    references, frames = [], []
    with page_of(browser, desk) as page:
        for number in range(1, min(clicks, len(shots)) + 1):
            open_shot(page, desk, number)
            page.keyboard.press("h")
            page.wait_for_timeout(2000)
            stage = page.locator(".stage").bounding_box()
            assert stage is not None
            page.mouse.click(stage["x"] + 0.45 * stage["width"], stage["y"] + 0.55 * stage["height"])
            references.append(seconds_to(page, ("reference", "color")))
            frames.append(seconds_to(page, ("color",)))
            wait_until_colored(page, desk, number)
    tell("click to changed reference", f"{statistics.median(references):.2f} s, first {references[0]:.2f} s", "0.5")
    tell("click to changed frames", f"{statistics.median(frames):.2f} s, first {frames[0]:.2f} s", "3")


def seconds_to(page: Page, made_of: tuple[str, ...]) -> float:
    """From the last click to the first picture after it of that kind."""
    found = page.wait_for_function(
        """(kinds) => {
            const next = window.noted.find((each) => each.at > window.clickedAt && kinds.includes(each.is));
            return next && (next.at - window.clickedAt) / 1000;
        }""",
        arg=list(made_of),
        timeout=1000 * SECONDS_TO_WAIT,
    )
    return float(found.json_value())


def wait_until_colored(page: Page, desk: DeskProgram, number: int) -> None:
    """So that the next click is not beside other work."""
    end = time.monotonic() + SECONDS_TO_WAIT
    while time.monotonic() < end and page.locator(".work output").inner_text() != "all shots are coloured":
        page.wait_for_timeout(100)


def first_page(browser: Browser, desk: DeskProgram, shots: int) -> None:
    """Seconds from the address to all pictures of the first page: of cards never drawn, and once more."""
    times = []
    for _ in range(2):
        context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
        page = context.new_page()
        begun = time.monotonic()
        page.goto(desk.url)
        page.wait_for_function(
            """() => {
                const seen = [...document.querySelectorAll(".shot img")].filter(
                    (each) => each.getBoundingClientRect().top < innerHeight);
                return seen.length > 3 && seen.every((each) => each.complete && each.naturalWidth);
            }""",
            timeout=1000 * SECONDS_TO_WAIT,
        )
        times.append(time.monotonic() - begun)
        context.close()
    tell(f"first page of {shots} shots", f"{times[0]:.2f} s, again {times[1]:.2f} s", "2")


def work(browser: Browser, desk: DeskProgram, actions: int) -> None:
    """Growth of the server's resident memory: edits, undo and frames, after a fifth as many that fill the caches."""
    process = psutil.Process(desk.pid)
    with page_of(browser, desk) as page:
        open_shot(page, desk, 1)
        act(page, actions // 5)
        before = process.memory_info().rss
        act(page, actions)
        grown = (process.memory_info().rss - before) / 1e6
    tell(f"memory over {actions} actions", f"{grown:+.1f} MB of {before / 1e6:.0f}", "flat")


def act(page: Page, actions: int) -> None:
    """Lock, undo, and go to other frames."""
    for number in range(actions):
        page.keyboard.press(("k", "ArrowRight", "Control+z", "ArrowLeft", "Shift+ArrowRight", "Home")[number % 6])
        page.wait_for_timeout(30)


def long_film(folder: Path, shots: int) -> Path:
    """The project of a film of many short shots, none of them coloured."""
    folder.mkdir()
    width, height = LONG_SIZE
    rng = np.random.default_rng(1)
    with av.open(str(folder / "film.mkv"), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(24), options={"preset": "ultrafast", "g": "24"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(shots):
            rough = rng.integers(30, 220, (9, 16)).astype(np.uint8).repeat(20, axis=0).repeat(20, axis=1)
            for _ in range(SHOT_FRAMES):
                frame = av.VideoFrame.from_ndarray(rough, format="gray").reformat(format="yuv420p")
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    entries = tuple(
        Shot((SHOT_FRAMES * place, SHOT_FRAMES * place + SHOT_FRAMES), f"scene {place // 9}") for place in range(shots)
    )
    facts = Film("film.mkv", SHOT_FRAMES * shots, LONG_SIZE, "24/1")
    return document.write(document.new(folder / "film.tcvc.yaml", Project(facts, entries))).path


def tell(what: str, found: str, wanted: str) -> None:
    """One line."""
    print(f"{what:28} {found:44} wanted: {wanted}", flush=True)


if __name__ == "__main__":
    main()
