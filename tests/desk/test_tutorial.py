"""docs/desk.md on the sample film, step by step, in a real browser.

`pytest tests/desk/test_tutorial.py --desk-pictures docs` makes the page's pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from desk_browser import SIZE, DeskProgram, Watch, chromium, until
from pages import ROOT
from playwright.sync_api import Page, expect

from vs_tcvc.cli import demo_film
from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.project import document

SUIT = (0.31, 0.9)
"""A place of the suit in the first picture, in shares of its width and height."""
ORANGE = "#d2691e"
WALL = (0.27, 0.3)
"""A place of the wall, which the hint of the suit reaches."""
GRAY = "#9c9a98"
SHORTEN = """(folder) => {
    for (const input of document.querySelectorAll("input")) input.value = input.value.replace(folder, "/films");
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(folder, "/films");
}"""
"""Shows a folder by a name that is not this machine's, for the pictures."""
TEXT = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")

expect.set_options(timeout=40_000)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample film, shorter."""
    path = tmp_path_factory.mktemp("desk") / "film.mp4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_film, "SHOT_FRAMES", 12)
        demo_film.write(path)
    return path


@pytest.fixture
def page(film: Path) -> Iterator[Page]:
    desk, watch = DeskProgram(film), Watch("127.0.0.1")
    desk.start()
    try:
        with chromium() as browser:
            context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
            page = watch.page(context)
            page.goto(desk.url)
            yield page
            context.close()
    finally:
        desk.end()
    assert watch.faults == []


@pytest.fixture
def take(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Makes a picture of the page, if that is wanted; each is on the page of the documentation."""
    folder = request.config.getoption("--desk-pictures")

    def picture(page: Page, name: str) -> None:
        assert f"({name}.jpg)" in TEXT
        page.mouse.move(1, 1)
        page.wait_for_timeout(500)
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.jpg", type="jpeg", quality=82)

    return picture


def color_at(page: Page, frame: int, at: tuple[float, float]) -> Array:
    """a* and b* of a place of a frame, as the desk shows it now."""
    answer = page.request.get(f"{page.evaluate('location.origin')}/frame/{frame}?shown=color&width=640")
    picture = cv2.imdecode(np.frombuffer(answer.body(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    row, column = int(at[1] * picture.shape[0]), int(at[0] * picture.shape[1])
    near = picture[row - 3 : row + 4, column - 3 : column + 4, ::-1].reshape(-1, 3).mean(axis=0)
    ab: Array = lab_from_rgb((near / 255).astype(np.float32)[:, None])[1:, 0]
    return ab


def click_picture(page: Page, at: tuple[float, float]) -> None:
    """Click a place of the picture of the shot, which is as high as it can be in the stage, or as wide."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    scale = min(box["width"] / demo_film.WIDTH, box["height"] / demo_film.HEIGHT)
    size = demo_film.WIDTH * scale, demo_film.HEIGHT * scale
    x, y = (box["width"] - size[0]) / 2 + at[0] * size[0], (box["height"] - size[1]) / 2 + at[1] * size[1]
    page.mouse.click(box["x"] + x, box["y"] + y)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_tutorial_leads_where_it_says(page: Page, film: Path, take: Callable[[Page, str], None]) -> None:
    cards = page.get_by_role("listbox", name="shots").get_by_role("option")
    expect(cards).to_have_count(6)
    press(page, "r")
    page.get_by_role("button", name="Colour all").click()
    expect(page.get_by_role("heading", name="All shots are coloured")).to_be_visible()
    press(page, "f")
    expect(page.locator(".work output")).to_have_text("all shots are coloured")
    take(page, "desk_film")

    page.locator("[data-number='1']").click()
    expect(page.get_by_role("heading", name="Shot 1 of 6")).to_be_visible()
    guessed = color_at(page, 0, SUIT)
    page.get_by_label("the colour as #rrggbb").fill(ORANGE)
    press(page, "Enter", "h")
    click_picture(page, SUIT)
    expect(page.locator(".mark")).to_have_count(1)
    until(page, lambda: (color_at(page, 0, SUIT) > guessed + 8).all())
    expect(page.locator(".work output")).to_have_text("all shots are coloured")
    page.get_by_label("the colour as #rrggbb").fill(GRAY)
    press(page, "Enter")
    click_picture(page, WALL)
    expect(page.locator(".mark")).to_have_count(2)
    until(page, lambda: (abs(color_at(page, 0, WALL)) < 6).all())
    expect(page.locator(".work output")).to_have_text("all shots are coloured")
    take(page, "desk_hint")

    press(page, "l")
    project = document.read(film.with_name("film.tcvc.yaml")).project
    assert [shot.scene for shot in project.shots][:3:2] == ["A", "A"]
    assert [hint.color for hint in project.shots[0].hints] == [ORANGE, GRAY]

    press(page, "Escape", "ArrowDown")
    expect(page.get_by_role("heading", name="Shot 2 of 6")).to_be_visible()
    press(page, "c")
    candidates = page.get_by_role("button", name=re.compile("as the reference of frame"))
    expect(candidates).to_have_count(8)
    candidates.nth(4).focus()
    take(page, "desk_candidates")
    candidates.nth(0).click()
    expect(page.get_by_role("button", name=re.compile("^Undo: candidate"))).to_be_enabled()

    press(page, "r")
    page.get_by_label("FFV1").check()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="FFV1: film.colour.mkv")).to_contain_text("done")
    page.evaluate(SHORTEN, str(film.parent))
    take(page, "desk_render")
    assert film.with_name("film.colour.mkv").exists()
