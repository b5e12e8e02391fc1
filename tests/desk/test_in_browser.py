"""The desk in a real browser, as a person uses it. What a browser complains about fails every test.

`pytest tests/desk/test_in_browser.py --desk-pictures DIR` also takes pictures of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import psutil
import pytest
from desk_browser import SIZE, DeskProgram, Watch, chromium, until, violations
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from project_films import planes_of, project_of, scene, write_film

from vs_tcvc.project import document, edits
from vs_tcvc.project.schema import Project, Scene, Shot

SHOTS = ((1, 12), (2, 14), (1, 12), (4, 16))
SCENES = "ABAB"
WORST = 2
LOCAL = "127.0.0.1"

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def program_in(folder: Path) -> DeskProgram:
    """A desk with a project of a short film, not started. Shot 2 has a gray reference, which raises an alarm."""
    found = project_of(write_film(folder / "film.mkv", SHOTS), SHOTS, SCENES)
    cv2.imwrite(str(folder / "gray.png"), scene(2, 0))
    found = found.edited(edits.add_reference, 1, "gray.png@12")
    return DeskProgram(document.write(found).path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProgram]:
    """A desk that several tests use, each from a state of its own."""
    made = program_in(tmp_path_factory.mktemp("desk"))
    made.start()
    yield made
    made.end()


@pytest.fixture
def desk(shared: DeskProgram) -> Iterator[DeskProgram]:
    """The shared desk; its project is afterwards as it was before."""
    before = shared.project.read_bytes()
    yield shared
    shared.project.write_bytes(before)


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch(LOCAL)
    yield made
    assert made.faults == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def page(desk: DeskProgram, context: BrowserContext, watch: Watch) -> Page:
    found = watch.page(context)
    found.goto(desk.url)
    expect(cards(found).first).to_be_visible()
    return found


@pytest.fixture
def take(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Takes a picture of a page, if that is wanted."""
    folder = request.config.getoption("--desk-pictures")

    def picture(page: Page, name: str) -> None:
        if folder:
            page.wait_for_timeout(400)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return picture


def project_at(desk: DeskProgram) -> Project:
    return document.read(desk.project).project


def shot_at(desk: DeskProgram, number: int) -> Shot:
    return project_at(desk).shots[number - 1]


def cards(page: Page, name: re.Pattern[str] | None = None) -> Locator:
    """Those of shots, on the page of the film."""
    return page.get_by_role("listbox", name="shots").get_by_role("option", name=name)


def stage(page: Page) -> Locator:
    """The picture of a shot."""
    return page.locator(".stage")


def click_picture(page: Page, x: float, y: float) -> None:
    """Click at shares of the stage."""
    box = stage(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def open_shot(page: Page, desk: DeskProgram, number: int) -> None:
    page.goto(desk.address(f"/shot/{number}"))
    expect(page.get_by_role("heading", name=f"Shot {number} of")).to_be_visible()
    expect(page.get_by_label(re.compile("^frame [0-9]+, ")).first).to_be_visible()


def color_all(page: Page, desk: DeskProgram) -> None:
    page.goto(desk.address("/render"))
    button = page.get_by_role("button", name="Colour all")
    expect(page.get_by_role("heading", name=re.compile("to colour|are coloured"))).to_be_visible()
    if button.is_enabled():
        button.click()
    expect(page.get_by_role("heading", name="All shots are coloured")).to_be_visible()


def test_a_session_of_an_artist_from_the_first_look_to_the_film(
    tmp_path: Path, context: BrowserContext, watch: Watch, take: Callable[[Page, str], None]
) -> None:
    desk = program_in(tmp_path)
    desk.start()
    try:
        page = watch.page(context)
        page.goto(desk.url)
        find_worst(page, take)
        compare_and_choose(page, desk, take)
        hint_and_paint(page, desk, take)
        lead_and_cut(page, desk, take)
        page.reload()
        expect(page.get_by_role("heading", name=f"Shot {WORST} of 4")).to_be_visible()
        kept = desk.project.read_bytes()
        with watch.off():
            desk.kill()
            desk.start()
            page.goto(desk.url)
        assert desk.project.read_bytes() == kept
        expect(cards(page)).to_have_count(4)
        render_and_export(page, desk, take)
        assert desk.project.read_bytes() == kept
    finally:
        desk.end()


def find_worst(page: Page, take: Callable[[Page, str], None]) -> None:
    """Colour the film, and open the shot that comes first, which has an alarm."""
    expect(cards(page)).to_have_count(4)
    expect(cards(page).first).to_have_accessible_name(re.compile("to colour"))
    page.keyboard.press("r")
    page.get_by_role("button", name="Colour all").click()
    expect(page.get_by_role("heading", name="All shots are coloured")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_role("link", name="Film", exact=True)).to_have_attribute("aria-current", "page")
    expect(page.get_by_label("order")).to_have_value("worst")
    expect(cards(page).first).to_have_accessible_name(re.compile("hardly any colour"))
    take(page, "film")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Shot {WORST} of 4")).to_be_visible()


def compare_and_choose(page: Page, desk: DeskProgram, take: Callable[[Page, str], None]) -> None:
    """Compare by wipe, and take a candidate."""
    page.keyboard.press("3")
    divider = page.get_by_role("slider", name="wipe")
    divider.focus()
    page.keyboard.press("PageUp")
    expect(divider).to_have_attribute("aria-valuenow", "60")
    take(page, "wipe")
    stage(page).click(position={"x": 5, "y": 5})
    page.keyboard.press("1")
    page.keyboard.press("c")
    candidate = page.get_by_role("button", name=re.compile("as the reference of frame")).nth(1)
    candidate.hover()
    take(page, "candidates")
    candidate.click()
    until(page, lambda: shot_at(desk, WORST).references != ("gray.png@12",))
    page.keyboard.press("c")


def hint_and_paint(page: Page, desk: DeskProgram, take: Callable[[Page, str], None]) -> None:
    """Two hints, a brush, and the brush taken back."""
    chosen = shot_at(desk, WORST).references
    page.get_by_label("the colour as #rrggbb").fill("#2e8b57")
    page.keyboard.press("Enter")
    stage(page).click(position={"x": 5, "y": 5})
    page.keyboard.press("h")
    click_picture(page, 0.45, 0.5)
    until(page, lambda: len(shot_at(desk, WORST).hints) == 1)
    expect(page.locator(".mark")).to_have_count(1)
    click_picture(page, 0.6, 0.3)
    until(page, lambda: len(shot_at(desk, WORST).hints) == 2)
    assert {hint.color for hint in shot_at(desk, WORST).hints} == {"#2e8b57"}
    take(page, "hints")
    page.keyboard.press("p")
    box = stage(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    page.mouse.up()
    take(page, "brush")
    page.get_by_role("button", name="Use as reference").click()
    painted = re.compile("^Undo: painted reference")
    expect(page.get_by_role("button", name=painted)).to_be_enabled()
    assert shot_at(desk, WORST).references != chosen
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name=painted)).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Redo: painted reference"))).to_be_enabled()
    assert shot_at(desk, WORST).references == chosen


def lead_and_cut(page: Page, desk: DeskProgram, take: Callable[[Page, str], None]) -> None:
    """The shot leads its scene, and begins two frames later."""
    first, name = shot_at(desk, WORST).frames[0], shot_at(desk, WORST).scene
    page.keyboard.press("l")
    until(page, lambda: project_at(desk).scenes.get(name, Scene()).lead == WORST)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status", name="frame")).to_have_text(str(first + 2))
    page.wait_for_timeout(200)  # the frame is told ten times a second
    page.get_by_role("button", name="Begins here").click()
    until(page, lambda: shot_at(desk, WORST).frames[0] == first + 2)
    assert shot_at(desk, WORST - 1).frames[1] == first + 2
    take(page, "shot")


def render_and_export(page: Page, desk: DeskProgram, take: Callable[[Page, str], None]) -> None:
    """Render what changed, and write it; then once more, which is refused until it is meant."""
    color_all(page, desk)
    page.get_by_label("FFV1").check()
    export = page.get_by_role("button", name="Export", exact=True)
    export.click()
    task = page.get_by_role("listitem").filter(has_text="FFV1: film.colour.mkv")
    expect(task).to_contain_text("done")
    path = desk.project.with_name("film.colour.mkv")
    expect(task.get_by_role("textbox")).to_have_value(str(path))
    assert len(planes_of(path)) == sum(count for _, count in SHOTS)
    take(page, "render")
    export.click()
    expect(page.get_by_role("alert").filter(has_text="it exists")).to_be_visible()
    page.get_by_label("replace what is there").check()
    page.get_by_label("shots to write").fill("2,4")
    export.click()
    expect(page.get_by_role("listitem").filter(has_text="film.colour.mkv, shots 2,4")).to_contain_text("done")
    assert len(planes_of(path)) < sum(count for _, count in SHOTS)


def test_two_tabs_show_the_same_and_undo_the_same(desk: DeskProgram, page: Page, watch: Watch) -> None:
    other = watch.page(page.context)
    for each in (page, other):
        open_shot(each, desk, 2)
        each.keyboard.press("h")
    expect(page.get_by_role("group", name="what is shown")).to_be_visible()
    click_picture(page, 0.5, 0.5)
    expect(page.locator(".mark")).to_have_count(1)
    expect(other.locator(".mark")).to_have_count(1)
    other.get_by_role("button", name=re.compile("^Undo: hint")).click()
    expect(page.locator(".mark")).to_have_count(0)
    until(page, lambda: shot_at(desk, 2).hints == ())
    redo = page.get_by_role("button", name=re.compile("^Redo: hint"))
    expect(redo).to_be_enabled()
    redo.click()
    expect(other.locator(".mark")).to_have_count(1)


def test_edits_from_outside_are_seen_and_a_broken_file_is_told_until_it_is_mended(
    desk: DeskProgram, page: Page
) -> None:
    text = desk.project.read_text(encoding="utf-8")
    desk.project.write_text(text.replace("scene: A", "scene: kitchen"), encoding="utf-8")
    expect(cards(page, name=re.compile("scene kitchen"))).to_have_count(2)
    desk.project.write_text(text.replace("frames: [0, 12]", "frames: [0, twelve]"), encoding="utf-8")
    problem = page.get_by_role("alert").filter(has_text="film.tcvc.yaml")
    expect(problem).to_be_visible()
    expect(problem).to_contain_text("shots[0].frames")
    cards(page).first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Look").fill("vivid")
    page.keyboard.press("Enter")
    expect(page.locator(".foot output.error")).to_contain_text("film.tcvc.yaml")
    assert "vivid" not in desk.project.read_text(encoding="utf-8")
    desk.project.write_text(text, encoding="utf-8")
    expect(problem).to_be_hidden()
    page.get_by_label("Look").fill("faded")
    page.keyboard.press("Enter")
    until(page, lambda: "look: faded" in desk.project.read_text(encoding="utf-8"))


def test_every_page_and_dialog_can_be_used_by_everybody(desk: DeskProgram, page: Page) -> None:
    found = {}
    found["film"] = violations(page)
    cards(page).first.focus()
    page.keyboard.press("Space")
    found["film with a selected shot"] = violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    found["keys"] = violations(page)
    page.keyboard.press("Escape")
    open_shot(page, desk, 2)
    page.keyboard.press("h")
    click_picture(page, 0.5, 0.5)
    expect(page.locator(".mark")).to_have_count(1)
    found["shot with a hint"] = violations(page)
    page.keyboard.press("p")
    found["shot with a brush"] = violations(page)
    page.keyboard.press("c")
    expect(page.get_by_role("button", name=re.compile("as the reference of frame")).first).to_be_visible()
    found["shot with candidates"] = violations(page)
    color_all(page, desk)
    page.get_by_label("EXR").check()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="numbered pictures")).to_be_visible()
    found["render"] = violations(page)
    told = "\n".join(f"{name}: {fault}" for name, faults in found.items() for fault in faults)
    assert not told, told


def test_pages_fit_a_small_screen_without_scrolling(desk: DeskProgram, page: Page) -> None:
    for path in ("/", "/shot/2", "/render"):
        page.goto(desk.address(path))
        expect(page.locator(".page .film, .page .shotpage, .page .render").first).to_be_visible()
        page.wait_for_timeout(300)
        size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [SIZE["width"], SIZE["height"]], path


def test_memory_does_not_grow_with_what_is_done(desk: DeskProgram, page: Page) -> None:
    """Ten edits and 150 pictures, after three times as many that fill the caches."""
    open_shot(page, desk, 2)
    process = psutil.Process(desk.pid)

    def work(turn: int) -> int:
        for _ in range(10):
            page.keyboard.press("k")
            page.wait_for_timeout(20)
        page.evaluate(
            """async (turn) => {
                for (let n = 0; n < 150; n += 1)
                    await (await fetch(`/frame/${n % 54}?shown=color&width=960&v=${turn}-${n}`)).arrayBuffer();
            }""",
            turn,
        )
        return int(process.memory_info().rss)

    before = [work(turn) for turn in range(3)][-1]
    assert work(3) - before < 4e6
