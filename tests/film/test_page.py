"""The page of a film: as text, and as a person uses it in a real browser."""

from __future__ import annotations

import colorsys
import re
import socket
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from desk_browser import chromium
from playwright.sync_api import BrowserContext, Locator, Page
from store_shots import shot

from vs_tcvc.film.page import HUES, FilmPage, ShotCard, render
from vs_tcvc.film.thumbnails import WIDTH, thumbnail
from vs_tcvc.project.alarms import Alarm
from vs_tcvc.project.checks import measure

CHECKS = measure((None, chroma) for chroma in shot())
FADING = Alarm("fading", "the colour fades: 40 % of it is left at the end", 0.6)
UNSURE = Alarm("unsure area", "29 % of the picture became unsure about frame 120", 0.58)
DRIFT = Alarm("drift", "the mean colour drifts by 9.0 units of a*b*", 0.3)
HOSTILE = '</title></script><script>window.struck=1</script><img src=x onerror="window.struck=1">\'"&amp;'


def picture(shade: int) -> bytes:
    return thumbnail(np.full((36, 64, 3), (shade % 256, 90, 160), np.uint8))


def film(*cards: ShotCard, name: str = "film.mkv") -> FilmPage:
    return FilmPage(name, (64, 36), Fraction(24000, 1001), cards, "1.0", "compact", "30 November 2026", first=0)


def short_film() -> FilmPage:
    """Ten shots of 48 frames, from frame 0."""
    plain = [ShotCard(n + 1, (48 * n, 48 * n + 48), is_done=True, checks=CHECKS, picture=picture(n)) for n in range(10)]
    changes = {
        2: {"alarms": (DRIFT,), "scene": "A"},
        3: {"scene": "A", "is_lead": True, "references": ("references/coat.png",), "locked": True},
        5: {"alarms": (DRIFT, FADING), "scene": "Boat house"},
        6: {"is_done": False, "checks": None, "picture": b""},
        7: {"alarms": (UNSURE,), "frames": (288, 336), "hints": 2},
        8: {"state": "keep", "look": "vivid"},
    }
    return film(*(replace(card, **changes.get(card.number, {})) for card in plain))  # type: ignore[arg-type]


# As text


def test_the_page_has_no_address_of_anything_outside_it() -> None:
    html = render(short_film())
    addresses = re.findall(r"""(?:src|href|action|poster)\s*=\s*["']?([^"'>\s]+)|url\(|@import|\bfetch\b""", html)
    assert {address.partition(",")[0] for address in addresses} == {"data:image/webp;base64"}
    assert "://" not in html


def test_names_are_text_and_nothing_else() -> None:
    card = ShotCard(1, (0, 5), HOSTILE, True, (HOSTILE,), look=HOSTILE, alarms=(Alarm(HOSTILE, HOSTILE, 1),))
    html = render(film(card, name=HOSTILE))
    assert html.count("<script") == 1
    assert "<img" not in html
    assert html.count("&lt;script&gt;") >= 8


def test_names_that_no_screen_shows_are_shown_all_the_same() -> None:
    html = render(film(ShotCard(1, (0, 5), references=("a\x00b\x1b\udcffc", "\u202egpj.exe")), name="film\u2028\x9b"))
    assert not re.search("[\x00\x1b\x9b\u2028\u202e]", html)
    assert "a\ufffdb\ufffd\ufffdc" in html.encode().decode()


@pytest.mark.parametrize("cards", [(), (ShotCard(1, (7, 8)),)])
def test_a_film_without_shots_or_checks_has_a_page(cards: tuple[ShotCard, ...]) -> None:
    assert f"<dd>{len(cards)}</dd>" in render(film(*cards))


def test_timecode_counts_from_the_film_s_own_beginning() -> None:
    page = replace(film(ShotCard(1, (1001, 1101)), ShotCard(2, (1101, 1200))), first=1001, start=24 * 3600)
    assert page.timecode(1001) == "01:00:00:00"
    assert page.timecode(1101) == "01:00:04:04"


@pytest.mark.parametrize(
    ("frames", "text"),
    [(12, "0.5 s"), (1437, "59.9 s"), (1438, "1 min 0 s"), (1800, "1 min 15 s"), (172800, "2 h 0 min")],
)
def test_durations_are_in_words(frames: int, text: str) -> None:
    assert film().duration(frames) == text


def test_a_thumbnail_keeps_the_picture_s_shape_and_is_small() -> None:
    grain = np.random.default_rng(0).integers(90, 160, (480, 640, 3), np.uint8)
    webp = thumbnail(grain)
    assert (webp[:4], webp[8:12]) == (b"RIFF", b"WEBP")
    assert len(webp) < 40_000  # of noise; of films 5 KB
    width, height = (int.from_bytes(webp[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    assert (width, height) == (WIDTH, WIDTH * 3 // 4)


def luminance(red: float, green: float, blue: float) -> float:
    """Relative luminance of sRGB 0 to 1 (WCAG 2.2)."""
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (red, green, blue)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Contrast ratio of two sRGB colours (WCAG 2.2), 1 to 21."""
    low, high = sorted((luminance(*one), luminance(*other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1, 2], ids=["dark", "light", "print"])
def test_every_text_stands_out_from_its_ground(theme: int) -> None:
    """4.5 is what WCAG 2.2 asks of text (level AA)."""
    style = (Path(__file__).parents[2] / "vs_tcvc/film/templates/page.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme]
    colors = {name: hexed(value) for name, value in re.findall(r"--([a-z-]+): #([0-9a-f]+);", block)}
    for text in ("text", "quiet", "high", "middle", "low"):
        assert min(contrast(colors[text], colors[ground]) for ground in ("page", "card")) >= 4.5, text
    scenes = [
        [float(part) / 100 for part in re.findall(r"(\d+)%", re.findall(rf"--{name}: ([^;]+);", block)[0])]
        for name in ("scene", "scene-text")
    ]
    hues = [float(hue) / 360 for hue in re.findall(r"--hue: (\d+);", style)]
    assert len(hues) == len(set(hues)) == HUES
    for hue in hues:
        pair = (colorsys.hls_to_rgb(hue, lightness, strength) for strength, lightness in scenes)
        assert contrast(*pair) >= 4.5


def hexed(value: str) -> tuple[float, ...]:
    digits = value if len(value) == 6 else "".join(2 * digit for digit in value)
    return tuple(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    with chromium() as found:
        yield found.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")


class Opened:
    """A page in the browser. said: what it wrote to the console, its errors, and what it asked for besides itself."""

    def __init__(self, browser: BrowserContext, path: Path, html: str) -> None:
        path.write_text(html, encoding="utf-8")
        self.page: Page = browser.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.goto(path.as_uri())

    def _note(self, url: str) -> None:
        if not url.startswith(("data:", "file:")):
            self.said.append(url)

    @property
    def cards(self) -> Locator:
        return self.page.locator("#shots > li:visible")

    def numbers(self) -> list[int]:
        """Of the cards that are shown, in their order."""
        found = self.page.eval_on_selector_all(
            "#shots > li", "all => all.filter(x => !x.hidden).map(x => +x.dataset.number)"
        )
        return list(found)

    def focused(self) -> int:
        """The number of the card that has the focus, 0 if none has."""
        return int(self.page.evaluate("() => +(document.activeElement.dataset.number ?? 0)"))

    def choose(self, field: str, label: str) -> list[int]:
        """The cards that are shown once a choice is made; the label without its count."""
        options = self.page.get_by_label(field, exact=True)
        found = options.locator("option").filter(has_text=re.compile(rf"^{re.escape(label)}( \(\d+\))?$"))
        options.select_option(str(found.get_attribute("value")))
        return self.numbers()

    def search(self, text: str) -> list[int]:
        self.page.get_by_role("searchbox").fill(text)
        return self.numbers()


@pytest.fixture
def opened(browser: BrowserContext, tmp_path: Path) -> Iterator[Opened]:
    """The short film's page, which must have been quiet when the test is over."""
    page = Opened(browser, tmp_path / "report.html", render(short_film()))
    yield page
    page.page.close()
    assert page.said == []


def test_the_worst_shot_is_the_first_and_the_order_can_be_changed(opened: Opened) -> None:
    assert opened.numbers() == [5, 7, 2, 1, 3, 4, 6, 8, 9, 10]
    assert opened.choose("Order", "In the film's order") == list(range(1, 11))
    assert opened.choose("Order", "Longest first") == list(range(1, 11))
    assert opened.choose("Order", "Worst first")[0] == 5


def test_shots_are_chosen_by_alarm_scene_and_state_together(opened: Opened) -> None:
    assert opened.choose("Alarm", "Any alarm") == [5, 7, 2]
    assert opened.choose("Alarm", "Drift") == [5, 2]
    assert opened.choose("Scene", "A") == [2]
    assert opened.choose("Alarm", "No alarm") == [3]
    assert opened.page.get_by_role("status").text_content() == "1 of 10 shots"
    opened.page.keyboard.press("Escape")
    assert opened.choose("Scene", "Boat house") == [5]
    assert opened.choose("Scene", "No scene") == [7, 1, 4, 6, 8, 9, 10]
    opened.choose("Scene", "All scenes")
    for state, numbers in {"Not done": [6], "Keep": [8], "Locked": [3], "Leads a scene": [3], "Gray": []}.items():
        assert opened.choose("State", state) == numbers


def test_search_finds_words_numbers_frames_and_timecodes(opened: Opened) -> None:
    assert opened.search("COAT") == [3]
    assert opened.search("look vivid") == [8]
    assert opened.search("boat") == [5]
    assert opened.search("300") == [7]
    assert opened.search("1") == [1]  # shot 1, which has frame 1
    assert opened.search("48") == [2]
    assert opened.search("00:00:12:11") == [7]
    assert opened.search("0:00:06") == [4]
    assert opened.search("") == opened.numbers()


def test_where_nothing_is_found_one_button_shows_all_again(opened: Opened) -> None:
    assert opened.search("no such words") == []
    opened.page.get_by_role("button", name="Show all").click()
    assert len(opened.numbers()) == 10
    assert opened.page.get_by_role("searchbox").input_value() == ""


def test_arrows_go_from_shot_to_shot_as_they_lie_and_pass_over_those_that_are_not_shown(opened: Opened) -> None:
    press = opened.page.keyboard.press
    for key, number in {
        "ArrowRight": 5, "ArrowRight+": 7, "ArrowDown": 6, "ArrowLeft": 4, "ArrowUp": 5, "End": 10, "ArrowRight++": 10,
        "Home": 5,
    }.items():  # fmt: skip
        press(key.rstrip("+"))
        assert opened.focused() == number, key
    opened.choose("Alarm", "Drift")
    opened.page.get_by_role("searchbox").focus()
    press("ArrowDown")
    assert opened.focused() == 5
    press("ArrowRight")
    assert opened.focused() == 2


def test_tab_reaches_one_shot_and_what_has_the_focus_is_seen(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Keys").focus()
    opened.page.keyboard.press("Tab")
    assert opened.focused() == 5
    assert opened.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert opened.page.locator("li[tabindex='0']").count() == 1


def test_keys_search_help_and_gray(opened: Opened) -> None:
    press, page = opened.page.keyboard.press, opened.page
    image = page.locator("#shots img").first
    shade = "image => getComputedStyle(image).filter"
    press("g")
    assert page.get_by_role("button", name="Gray").get_attribute("aria-pressed") == "true"
    assert image.evaluate(shade) == "grayscale(1)"
    press("G")
    assert image.evaluate(shade) == "none"
    image.hover()
    assert image.evaluate(shade) == "grayscale(1)"
    press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    press("g")
    press("Escape")
    assert page.get_by_role("dialog").count() == 0
    press("/")
    page.keyboard.type("g?/coat")
    assert page.get_by_role("searchbox").input_value() == "g?/coat"
    assert page.get_by_role("button", name="Gray").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("width", [1280, 420])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 720})
    assert opened.page.evaluate("() => document.documentElement.scrollWidth") == width


def test_printed_it_is_all_shots_on_white_without_the_tools(opened: Opened) -> None:
    opened.page.emulate_media(media="print")
    assert not opened.page.get_by_role("search").is_visible()
    assert opened.cards.count() == 10
    assert opened.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_text_can_be_selected_with_the_pointer(opened: Opened) -> None:
    box = opened.page.locator("li .alarms li").first.bounding_box()
    assert box
    opened.page.mouse.move(box["x"] + 12, box["y"] + 4)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    opened.page.mouse.up()
    assert "colour fades" in opened.page.evaluate("() => getSelection().toString()")


def test_hostile_names_do_nothing_and_are_shown(browser: BrowserContext, tmp_path: Path) -> None:
    card = ShotCard(1, (0, 5), HOSTILE, True, (HOSTILE,), look=HOSTILE, alarms=(Alarm(HOSTILE, HOSTILE, 1),))
    page = Opened(browser, tmp_path / "report.html", render(film(card, name=HOSTILE)))
    assert page.page.evaluate("() => window.struck") is None
    assert page.page.get_by_role("heading", level=1).text_content() == HOSTILE
    assert page.choose("Scene", HOSTILE) == [1]
    assert page.choose("Alarm", HOSTILE.capitalize()) == [1]
    assert page.said == []
    page.page.close()


@pytest.mark.parametrize("has_policy", [True, False])
def test_the_policy_alone_stops_what_would_get_in(browser: BrowserContext, tmp_path: Path, has_policy: bool) -> None:
    """Without it, which is the proof, a script runs and a picture is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2 if has_policy else 10)
        picture = f'<img src="http://127.0.0.1:{server.getsockname()[1]}/">'
        html = render(short_film()).replace("<main>", f"<main><script>window.struck=1</script>{picture}")
        if not has_policy:
            html = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
        (tmp_path / "report.html").write_text(html, encoding="utf-8")
        page = browser.new_page()
        page.goto((tmp_path / "report.html").as_uri(), wait_until="commit")
        with pytest.raises(TimeoutError) if has_policy else nullcontext():
            server.accept()[0].close()
        assert page.evaluate("() => window.struck") == (None if has_policy else 1)
        page.close()


def test_of_900_shots_only_those_in_the_window_are_laid_out(browser: BrowserContext, tmp_path: Path) -> None:
    small = picture(0)
    cards = (ShotCard(n + 1, (48 * n, 48 * n + 48), checks=CHECKS, picture=small) for n in range(900))
    page = Opened(browser, tmp_path / "report.html", render(film(*cards)))
    laid_out = "all => all.filter(x => x.querySelector('h2').checkVisibility({contentVisibilityAuto: true})).length"
    for key in ("Home", "End"):
        page.page.keyboard.press(key)
        page.page.wait_for_timeout(100)
        assert 1 < page.page.eval_on_selector_all("#shots > li", laid_out) < 100
    assert page.focused() == 900
    assert page.search("43199") == [900]
    assert page.said == []
    page.page.close()
