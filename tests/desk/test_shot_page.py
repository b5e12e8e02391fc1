"""Laws of the page of a shot, in a real browser over a real desk: what is done there is in the project at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from desk_browser import SIZE, DeskProgram, Watch, chromium
from playwright.sync_api import BrowserContext, Page
from project_films import project_of, write_film

from vs_tcvc.project import document, edits
from vs_tcvc.project.schema import Project, Shot, Transition

SHOTS = tuple((kind, 8) for kind in range(1, 9))
DISSOLVE = Transition(dissolve=(38, 42), confirmed=False)
GREEN = "#2e8b57"


class Served(DeskProgram):
    """A desk, and what its project's file says."""

    @property
    def found(self) -> Project:
        return document.read(self.project).project

    def shot(self, number: int) -> Shot:
        return self.found.shots[number - 1]

    def becomes(self, is_so: Callable[[Project], bool]) -> None:
        """Wait until the project's file is so."""
        wait(lambda: is_so(self.found), lambda: f"the project is {self.project.read_text()}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    film = write_film(tmp_path_factory.mktemp("film") / "film.mkv", SHOTS)
    written = document.write(project_of(film, SHOTS, "AABBCCDD").edited(edits.set_transition, 5, DISSOLVE))
    served = Served(written.path)
    served.start()
    yield served
    served.end()


@pytest.fixture(scope="module")
def context(desk: Served) -> Iterator[BrowserContext]:
    with chromium() as browser:
        context = browser.new_context(viewport=SIZE, base_url=desk.address("/"))  # type: ignore[arg-type]
        context.new_page().goto(desk.url)
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    watch = Watch("127.0.0.1")
    page = watch.page(context)
    yield page
    page.close()
    assert watch.faults == []


def open_shot(page: Page, number: int) -> None:
    page.goto(f"/shot/{number}")
    page.wait_for_selector(".stage canvas")
    title(page, number)
    page.wait_for_function("document.querySelector('.timeline canvas').width > 300")


def title(page: Page, number: int) -> None:
    wait(
        lambda: f"Shot {number} of" in page.locator("h2").first.inner_text(),
        lambda: page.locator("h2").first.inner_text(),
    )


def wait(is_so: Callable[[], bool], problem: Callable[[], str]) -> None:
    end = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < end, problem()
        time.sleep(0.05)


def click_stage(page: Page, x: float, y: float) -> None:
    """Click a place of the picture, which is as wide or as high as the stage."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    width = min(box["width"], box["height"] * 1.5)
    left, top = box["x"] + (box["width"] - width) / 2, box["y"] + (box["height"] - width / 1.5) / 2
    page.mouse.click(left + x * width, top + y * width / 1.5)


def test_a_click_is_a_hint_of_the_chosen_color_and_undo_takes_it_back(desk: Served, page: Page) -> None:
    open_shot(page, 1)
    field = page.get_by_label("the colour as #rrggbb")
    field.fill(GREEN.removeprefix("#"))
    field.press("Enter")
    page.locator("h2").first.click()
    page.keyboard.press("h")
    page.keyboard.press("ArrowRight")
    click_stage(page, 0.25, 0.75)
    desk.becomes(lambda project: len(project.shots[0].hints) == 1)
    hint = desk.shot(1).hints[0]
    assert (hint.frame, hint.color) == (1, GREEN)
    assert hint.at == pytest.approx((0.25, 0.75), abs=0.01)
    page.get_by_role("button", name=f"hint 1, {GREEN}", exact=True).click()
    page.locator(".swatch[data-color='#604134']").first.click()
    desk.becomes(lambda project: project.shots[0].hints[0].color == "#604134")
    for _ in range(2):
        page.keyboard.press("Control+z")
        page.wait_for_timeout(300)
    desk.becomes(lambda project: project.shots[0].hints == ())


def test_keys_change_the_shot_that_is_seen(desk: Served, page: Page) -> None:
    open_shot(page, 4)
    page.keyboard.press("l")
    desk.becomes(lambda project: "B" in project.scenes and project.scenes["B"].lead == 4)
    page.keyboard.press("k")
    desk.becomes(lambda project: project.shots[3].locked)
    page.keyboard.press("k")
    desk.becomes(lambda project: not project.shots[3].locked)
    page.keyboard.press("ArrowUp")
    title(page, 3)


def test_a_slider_is_one_step_of_undo(desk: Served, page: Page) -> None:
    open_shot(page, 7)
    slider = page.get_by_label("saturation")
    slider.fill("1.5")
    desk.becomes(lambda project: project.shots[6].saturation == 1.5)
    page.get_by_label("look", exact=True).select_option("faded")
    desk.becomes(lambda project: project.shots[6].look == "faded")
    page.get_by_label("warmth").fill("-0.2")
    desk.becomes(lambda project: project.shots[6].look == "faded, warmth -0.2")
    page.get_by_role("group", name="whose look").get_by_text("scene").click()
    page.get_by_label("look", exact=True).select_option("vivid")
    desk.becomes(lambda project: "D" in project.scenes and project.scenes["D"].look == "vivid")
    assert desk.shot(7).look == "faded, warmth -0.2"
    page.locator("h2").first.click()
    for look in ("faded, warmth -0.2", "faded", "", ""):
        page.keyboard.press("Control+z")
        desk.becomes(lambda project, look=look: project.shots[6].look == look and not project.scenes.get("D"))  # type: ignore[misc]
    desk.becomes(lambda project: project.shots[6].saturation is None)


def test_cuts_move_and_the_page_stays_with_its_shot(desk: Served, page: Page) -> None:
    open_shot(page, 3)
    page.get_by_label("where the shot begins").press("ArrowRight")
    desk.becomes(lambda project: project.shots[2].frames == (17, 24))
    page.locator("h2").first.click()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    page.keyboard.press("s")
    desk.becomes(lambda project: project.shots[3].frames == (21, 24))
    title(page, 4)
    assert page.url.endswith("/shot/4")
    page.keyboard.press("o")
    desk.becomes(lambda project: project.shots[3].frames == (21, 22))
    title(page, 4)
    for _ in range(3):
        page.keyboard.press("Control+z")
        page.wait_for_timeout(300)
    desk.becomes(lambda project: project.shots[2].frames == (16, 24))
    title(page, 3)


def test_a_move_that_cannot_be_is_told_and_not_shown(desk: Served, page: Page) -> None:
    open_shot(page, 1)
    before = desk.found
    page.keyboard.press("i")
    wait(lambda: "begins with shot 1" in page.locator(".foot").inner_text(), lambda: page.locator(".foot").inner_text())
    assert desk.found == before


def test_strokes_become_the_reference_of_their_frame_and_the_next_ones_take_its_place(desk: Served, page: Page) -> None:
    open_shot(page, 2)
    for number in (1, 2):
        page.keyboard.press("p")
        click_stage(page, 0.5, 0.5)
        page.get_by_text("Use as reference").click()
        name = f"film.painted/shot002_frame000008_{number}.png"
        desk.becomes(lambda project, name=name: project.shots[1].references == (name,))  # type: ignore[misc]
        assert (desk.project.parent / name).stat().st_size > 1000
    page.get_by_label("remove reference shot002_frame000008_2.png").click()
    desk.becomes(lambda project: project.shots[1].references == ())


def test_a_candidate_is_seen_large_and_taken(desk: Served, page: Page) -> None:
    open_shot(page, 8)
    page.keyboard.press("c")
    page.get_by_role("button", name="take vivid").focus()
    wait(lambda: "vivid, frame" in page.locator(".stage").inner_text(), lambda: "it is not seen large")
    page.get_by_role("button", name="take vivid").press("Enter")
    desk.becomes(lambda project: len(project.shots[7].references) == 1)
    first = desk.shot(8).references
    page.get_by_role("button", name="take faded").click()
    desk.becomes(lambda project: len(project.shots[7].references) == 1 and project.shots[7].references != first)


def test_a_proposed_dissolve_is_confirmed(desk: Served, page: Page) -> None:
    open_shot(page, 6)
    assert "frames 38 to 41" in page.locator(".transition").inner_text()
    page.get_by_role("button", name="confirm the dissolve").click()
    desk.becomes(lambda project: project.shots[5].transition == Transition(dissolve=(38, 42)))
    wait(lambda: page.locator(".transition").inner_text() == "", lambda: "it is still proposed")
