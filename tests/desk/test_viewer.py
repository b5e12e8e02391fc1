"""Laws of the viewer in a real browser: which picture is seen, and which place of it is meant."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import viewer_page
from desk_browser import chromium
from playwright.sync_api import Browser, Page, Route
from viewer_page import PLACES, SHOT, color_of, gray_of

SERVED = Path(viewer_page.__file__)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a viewer."""
    with subprocess.Popen([sys.executable, SERVED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


class Opened:
    """A viewer in a page of the browser."""

    def __init__(self, page: Page, address: str, query: str) -> None:
        self.page, self.address = page, address
        self.problems = list[str]()
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(address + query)
        page.wait_for_selector(".stage canvas")
        self.wait(lambda: self.pixel()[2] == 200, lambda: f"no picture, but {self.pixel()}")

    def key(self, action: str) -> None:
        """What a key does that the table of keys names."""
        self.page.evaluate(
            "action => document.dispatchEvent(new CustomEvent('desk-key', {detail: action, cancelable: true}))", action
        )

    def pixel(self, x: float = 0.5, y: float = 0.5) -> tuple[int, int, int]:
        """R, G, B of what is on the stage."""
        script = """([x, y]) => {
            const canvas = document.querySelector('.stage canvas');
            const { data } = canvas.getContext('2d').getImageData(x * canvas.width, y * canvas.height, 1, 1);
            return [...data].slice(0, 3);
        }"""
        red, green, blue = self.page.evaluate(script, [x, y])
        return red, green, blue

    def sees(self, color: tuple[int, int, int], x: float = 0.5, y: float = 0.5) -> None:
        """Wait until a colour is seen."""
        self.wait(lambda: self.pixel(x, y) == color, lambda: f"expected {color}, saw {self.pixel(x, y)}")

    def told(self, name: str) -> list[Any]:
        """What the viewer has told Python of one kind."""
        with urllib.request.urlopen(f"{self.address}events") as answer:
            return [value for kind, value in json.load(answer) if kind == name]

    def tells(self, name: str, count: int = 1) -> Any:
        """The newest of at least so many events."""
        self.wait(lambda: len(self.told(name)) >= count, lambda: f"{count} of {name} did not come")
        return self.told(name)[-1]

    def show(self, version: int) -> None:
        urllib.request.urlopen(f"{self.address}show?version={version}").close()

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A place on the stage, as shares, in pixels of the page."""
        box = self.page.locator(".stage").bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def wait(self, is_so: Callable[[], bool], problem: Callable[[], str]) -> None:
        end = time.monotonic() + 5
        while not is_so():
            assert time.monotonic() < end, problem()
            self.page.wait_for_timeout(20)


@contextmanager
def opened(browser: Browser, address: str, query: str = "") -> Iterator[Opened]:
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    viewer = Opened(page, address, query)
    try:
        yield viewer
        assert viewer.problems == []
    finally:
        page.close()


@pytest.fixture
def viewer(browser: Browser, address: str) -> Iterator[Opened]:
    with opened(browser, address) as viewer:
        yield viewer


def test_keys_go_from_frame_to_frame_and_not_beyond_the_handles(viewer: Opened) -> None:
    for action, frame in (
        ("forth", 1011),
        ("forth_10", 1021),
        ("last_frame", 1033),
        ("first_frame", 1010),
        ("back", 1009),
    ):
        viewer.key(action)
        viewer.sees(color_of(frame, 0))
    for _ in range(3):
        viewer.key("back_10")
    viewer.sees(color_of(1000, 0))
    viewer.wait(lambda: viewer.told("frame")[-1:] == [1000], lambda: f"told {viewer.told('frame')}")
    assert viewer.page.locator(".timeline").get_attribute("aria-valuenow") == "1000"


def test_scrubbing_shows_what_it_passes(viewer: Opened) -> None:
    """Of 48 frames passed in a second and a half at least 30 are seen, 20 a second."""
    seen = set()
    box = viewer.page.locator(".timeline").bounding_box()
    assert box is not None
    viewer.page.mouse.move(box["x"] + 9, box["y"] + 20)
    viewer.page.mouse.down()
    viewer.page.evaluate("""() => {
        window.seen = new Set();
        const canvas = document.querySelector('.stage canvas');
        const look = () => {
            window.seen.add(canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]);
            window.looking = requestAnimationFrame(look);
        };
        look();
    }""")
    begin = time.monotonic()
    for step in range(48):
        viewer.page.mouse.move(box["x"] + 8 + (box["width"] - 16) * (step + 0.5) / 48, box["y"] + 20)
        viewer.page.wait_for_timeout(max(0, 1000 * (begin + step * 1.5 / 48 - time.monotonic())))
    viewer.page.mouse.up()
    seen = viewer.page.evaluate("() => { cancelAnimationFrame(window.looking); return window.seen.size }")
    assert seen >= 30
    viewer.sees(color_of(1047, 0))


def test_it_plays_at_the_rate_of_the_film_and_begins_the_shot_again(viewer: Opened) -> None:
    viewer.key("last_frame")
    viewer.key("back")
    viewer.sees(color_of(1032, 0))
    viewer.key("play")
    shown = viewer.page.locator(".transport .frame")
    viewer.wait(lambda: SHOT[0] <= int(shown.inner_text()) < 1022, lambda: "it does not begin again")
    frames, seconds = viewer.page.evaluate("""async () => {
        const look = () => [Number(document.querySelector('.transport .frame').textContent), performance.now()];
        const [first, begin] = look();
        await new Promise((resolve) => setTimeout(resolve, 400));
        const [last, end] = look();
        return [last - first, (end - begin) / 1000];
    }""")
    viewer.key("play")
    assert frames % (SHOT[1] - SHOT[0]) == pytest.approx(24 * seconds, abs=3)


def test_the_newest_of_two_quick_changes_stays_and_the_old_picture_until_then(viewer: Opened) -> None:
    late: list[Route] = []
    viewer.page.route("**/frame/*v=1", lambda route: late.append(route))
    viewer.show(1)
    viewer.wait(lambda: bool(late), lambda: "version 1 was not asked for")
    assert viewer.pixel() == color_of(1010, 0)
    viewer.show(2)
    viewer.sees(color_of(1010, 2))
    for route in late:
        route.continue_()
    viewer.page.wait_for_timeout(300)
    assert viewer.pixel() == color_of(1010, 2)


def test_the_wipe_is_gray_left_of_its_divider_wherever_that_is(viewer: Opened) -> None:
    viewer.key("wipe")
    viewer.sees(gray_of(1010), x=0.45)
    viewer.sees(color_of(1010, 0), x=0.55)
    viewer.page.locator(".divider").focus()
    for _ in range(2):
        viewer.page.keyboard.press("PageUp")
    viewer.sees(gray_of(1010), x=0.65)
    x, y = viewer.point(0.7, 0.5)
    viewer.page.mouse.move(x, y)
    viewer.page.mouse.down()
    viewer.page.mouse.move(*viewer.point(0.3, 0.5))
    viewer.page.mouse.up()
    viewer.sees(color_of(1010, 0), x=0.35)
    viewer.sees(gray_of(1010), x=0.25)


def test_two_pictures_stand_side_by_side_and_their_difference_is_amplified(viewer: Opened) -> None:
    viewer.key("side")
    viewer.sees(gray_of(1010), x=0.25)
    viewer.sees(color_of(1010, 0), x=0.75)
    viewer.key("difference")
    (red, _, blue), (_, _, gray) = color_of(1010, 0), gray_of(1010)
    viewer.sees((min(255, 4 * red), 0, min(255, 4 * (blue - gray))))


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (860, 360)], ids=["16:9", "portrait", "2.39"])
def test_a_click_means_the_place_under_it_whatever_the_zoom(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:  # fmt: skip
    with opened(browser, address, f"?width={size[0]}&height={size[1]}&version={PLACES}") as viewer:
        viewer.key("hint")
        check_clicks(viewer, (0.5, 0.4), (0.55, 0.6))
        viewer.page.mouse.move(*viewer.point(0.6, 0.3))
        for _ in range(3):
            viewer.page.mouse.wheel(0, -250)
        check_clicks(viewer, (0.45, 0.2), (0.58, 0.7))
        viewer.page.mouse.move(*viewer.point(0.5, 0.5))
        viewer.page.mouse.down(button="middle")
        viewer.page.mouse.move(*viewer.point(0.35, 0.4))
        viewer.page.mouse.up(button="middle")
        check_clicks(viewer, (0.4, 0.3), (0.52, 0.8))


def check_clicks(viewer: Opened, *places: tuple[float, float]) -> None:
    """What is seen under a click is what the click means."""
    viewer.page.wait_for_timeout(400)
    for x, y in places:
        red, green, _ = viewer.pixel(x, y)
        count = len(viewer.told("hint"))
        viewer.page.mouse.click(*viewer.point(x, y))
        told = viewer.tells("hint", count + 1)
        assert (told["x"], told["y"]) == pytest.approx((red / 255, green / 255), abs=2 / 255)


def test_a_hint_is_seen_at_once_and_moved_by_mouse_and_keys(viewer: Opened) -> None:
    viewer.key("hint")
    viewer.page.mouse.click(*viewer.point(0.6, 0.6))
    assert viewer.page.locator(".mark").count() == 2
    mark = viewer.page.locator(".mark").first
    box = mark.bounding_box()
    assert box is not None
    viewer.page.mouse.move(box["x"] + 9, box["y"] + 9)
    viewer.page.mouse.down()
    viewer.page.mouse.move(box["x"] + 9 + 64, box["y"] + 9, steps=4)
    viewer.page.mouse.up()
    told = viewer.tells("change")
    assert told["number"] == 0
    assert told["at"][0] > 0.28
    assert told["at"][1] == pytest.approx(0.25)
    mark.focus()
    viewer.page.keyboard.press("Alt+ArrowDown")
    assert viewer.tells("change", 2)["at"][1] == pytest.approx(0.255)
    viewer.key("remove_hint")
    assert viewer.tells("remove") == 0


def test_a_place_is_pointed_at_without_a_mouse(viewer: Opened) -> None:
    viewer.key("eyedropper")
    viewer.page.locator(".stage").focus()
    viewer.page.keyboard.press("Alt+ArrowRight")
    viewer.page.keyboard.press("Enter")
    picked = viewer.tells("pick")
    assert picked["color"] == "#{:02x}{:02x}{:02x}".format(*color_of(1010, 0))
    assert (picked["x"], picked["y"]) == pytest.approx((0.51, 0.5))


def test_strokes_arrive_as_a_png_and_can_be_taken_back(viewer: Opened) -> None:
    viewer.key("paint")
    for height in (0.3, 0.7):
        viewer.page.mouse.move(*viewer.point(0.4, height))
        viewer.page.mouse.down()
        viewer.page.mouse.move(*viewer.point(0.6, height), steps=5)
        viewer.page.mouse.up()
    viewer.key("undo")
    viewer.page.get_by_text("Use as reference").click()
    told = viewer.tells("paint")
    assert told["frame"] == 1010
    strokes = cv2.imdecode(np.frombuffer(base64.b64decode(told["png"]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert strokes is not None
    assert strokes.shape == (360, 640, 4)
    left, right = strokes[: 360 // 2], strokes[360 // 2 :]
    assert left[..., 3].max() > 240
    assert right[..., 3].max() == 0
    row, column = np.unravel_index(left[..., 3].argmax(), left.shape[:2])
    assert left[row, column].tolist()[:3] == [0, 0, 255]


def test_a_picture_that_cannot_be_had_is_told_in_its_place(browser: Browser, address: str) -> None:
    with opened(browser, address) as viewer:
        viewer.page.route("**/frame/19?*", lambda route: route.fulfill(status=404, body="no"))
        viewer.key("back")
        viewer.key("forth_10")
        viewer.wait(lambda: viewer.page.locator(".notice").count() == 1, lambda: "nothing was told")
        assert "1019" in viewer.page.locator(".notice").inner_text()
        viewer.key("forth")
        viewer.sees(color_of(1020, 0))
        assert viewer.page.locator(".notice").count() == 0
        viewer.problems.clear()
