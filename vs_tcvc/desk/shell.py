"""The frame around every page of the desk: film, pages, undo, what is going on, keys; and sentences in their place.

Pages say what they have to say with `tell`, do what may fail with `attempt`, and handle keys with `on_keys`.
"""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from nicegui import Client, run, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from vs_tcvc import __version__
from vs_tcvc.desk import keys
from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.work_line import WorkLine, work_line
from vs_tcvc.errors import TcvcError, first_line
from vs_tcvc.runtime.refusals import said_in_words

SECONDS = 0.15
"""Between two looks at the desk's state."""

_log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
_frames: WeakKeyDictionary[Client, Frame] = WeakKeyDictionary()
_Arguments = ParamSpec("_Arguments")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Pages:
    """What builds the pages, of a desk; that of a shot with its number, from 1."""

    film: Callable[[Desk], None]
    shot: Callable[[Desk, int], None]
    render: Callable[[Desk], None]


def frame(desk: Desk, pages: Pages) -> None:
    """Build the frame, and in it the page of the address, for the browser that asks."""
    _add_head()
    Frame(desk, pages)


def tell(sentence: str, is_error: bool = True) -> None:
    """Say a sentence to the person in front of this page, at its foot; "" removes it."""
    _frames[ui.context.client].tell(sentence, is_error)


async def attempt(
    work: Callable[_Arguments, _Value], *args: _Arguments.args, **kwargs: _Arguments.kwargs
) -> _Value | None:  # fmt: skip
    """What blocking work returns, done outside the event loop; None if it failed: a sentence says why."""
    tell("")
    try:
        with said_in_words():
            return await run.io_bound(work, *args, **kwargs)
    except TcvcError as error:
        tell(str(error))
    except Exception as error:
        logging.getLogger(__name__).exception("an edit")
        tell(f"something unexpected happened: {first_line(error)}; see the desk's terminal")
    return None


def on_keys(handlers: Mapping[str, Callable[[], Any]]) -> None:
    """What the page that is shown does at keys, by their action in `keys.KEYS`; until another page is shown."""
    _frames[ui.context.client].handlers = handlers


def text(tag: str, words: str = "", classes: str = "", **props: Any) -> TextElement:
    """An element of HTML with text. props: its attributes, `aria_label` for `aria-label`; None leaves one out."""
    element = TextElement(tag=tag, text=words).classes(classes)
    set_props(element, **props)
    return element


def button(words: str, does: Callable[[], Any], label: str = "", classes: str = "", **props: Any) -> TextElement:
    """A button. label: its name for those who do not see it, and its tooltip, if the words do not say enough."""
    named = {"aria_label": label, "title": label} if label else {}
    return text("button", words, classes, type="button", **named, **props).on("click", does)


def set_props(element: ui.element, **props: Any) -> None:
    """Set attributes of an element, None takes one away; it is sent again only if one changes."""
    named = {name.replace("_", "-"): value for name, value in props.items()}
    changed = {name: value for name, value in named.items() if element.props.get(name) != value}
    with element.props.suspend_updates():
        for name, value in changed.items():
            element.props.set_optional(name, value)
    if changed:
        element.update()


class Frame:
    """The frame in one browser."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages
        self._seen: object = None
        self._line = WorkLine("")
        self.handlers: Mapping[str, Callable[[], Any]] = {}
        self._own: Mapping[str, Callable[[], Any]] = {
            "undo": self._undo, "redo": self._redo,
            "film": partial(ui.navigate.to, "/"), "render": partial(ui.navigate.to, "/render"),
        }  # fmt: skip
        with ui.element("div").classes("desk"):
            self._build_bar()
            self._problem = text("p", classes="problem", role="alert")
            with ui.element("footer").classes("foot"):  # it has its height whether something is said or not
                self._said = text("output", role="status", tabindex=0)
                self._hide = button("Hide", lambda: self.tell(""), hidden=True)
            with ui.element("main").classes("page"):
                _frames[ui.context.client] = self
                _SubPages({
                    "/": self._show(pages.film), "/shot/{number}": self._show_shot, "/render": self._show(pages.render),
                })  # fmt: skip
            _build_map()
        ui.on("desk_key", self._on_key)
        ui.context.client.on_exception(lambda error: self.tell(f"the desk has a fault: {error}; see its terminal"))
        ui.timer(SECONDS, self._look)
        self._look()

    def tell(self, sentence: str, is_error: bool = True) -> None:
        """Say a sentence at the foot of the page."""
        self._said.classes(add="error" if is_error else "", remove="" if is_error else "error")
        self._said.text = sentence
        set_props(self._hide, hidden=None if sentence else True)

    def _build_bar(self) -> None:
        name = self._desk.state.film.path.name
        with ui.element("header").classes("bar"):
            text("h1", name, title=name)
            with ui.element("nav"):
                text("a", "Film", href="/", data_page="film")
                text("a", "Render", href="/render", data_page="render")
            self._undo_button = button("Undo", self._undo)
            self._redo_button = button("Redo", self._redo)
            with ui.element("div").classes("work"):
                self._share = text("progress", aria_label="progress", max=1)
                self._words = text("output", role="status")
                self._pause = button("Pause", self._pause_work)
                self._cancel = button("Cancel", self._cancel_work)
            button("?", lambda: None, "keys", data_action="map")

    def _show(self, page: Callable[[Desk], None]) -> Callable[[], None]:
        def show() -> None:
            self.handlers = {}
            page(self._desk)

        return show

    def _show_shot(self, number: str) -> None:
        self.handlers = {}
        shots = len(self._desk.state.rows)
        if number.isascii() and number.isdigit() and 1 <= int(number) <= shots:
            self._pages.shot(self._desk, int(number))
            return
        _show_nothing(f"There is no shot {number}: the film has {shots}.")

    def _look(self) -> None:
        """Show what has changed since the last look."""
        state, work = self._desk.state, self._desk.work
        if state.revision != self._seen:
            self._seen = state.revision
            self._problem.text = state.problem
            set_props(self._problem, hidden=None if state.problem else True)
            _show_step(self._undo_button, "Undo", state.undo)
            _show_step(self._redo_button, "Redo", state.redo)
        left = sum(1 for row in state.rows if row.is_done is False)
        line = work_line(work.tasks, self._desk.live(), left, work.is_paused)
        if line != self._line:
            self._line = line
            self._words.text = line.text
            set_props(self._words, title=line.text)
            set_props(self._share, value=line.share, data_idle=None if line.share is not None else True)
            self._pause.text = "Go on" if line.is_paused else "Pause"
            for each in (self._pause, self._cancel):
                set_props(each, data_idle=None if line.task else True, disabled=None if line.task else True)

    async def _undo(self) -> None:
        if self._desk.state.undo:
            await attempt(self._desk.undo)

    async def _redo(self) -> None:
        if self._desk.state.redo:
            await attempt(self._desk.redo)

    def _pause_work(self) -> None:
        work = self._desk.work
        (work.go_on if self._line.is_paused else work.pause)()

    def _cancel_work(self) -> None:
        if self._line.task is not None:
            self._desk.work.cancel(self._line.task)

    async def _on_key(self, event: GenericEventArguments) -> None:
        does = self.handlers.get(event.args) or self._own.get(event.args)
        if does is not None:
            done = does()
            if inspect.isawaitable(done):
                await done


class _SubPages(ui.sub_pages):
    """The pages, with what is shown instead of one that cannot be."""

    def _render_404(self) -> None:
        _show_nothing("There is no such page.")

    def _render_error(self, error: Exception) -> None:
        _log.error("a page has a fault", exc_info=error)
        _show_nothing("This page has a fault, of which the desk's terminal says more.")


def _show_nothing(why: str) -> None:
    with ui.element("div").classes("empty"):
        text("p", why)
        text("a", "To the film", href="/")


def _show_step(element: TextElement, name: str, words: str) -> None:
    label = f"{name}: {words}" if words else f"nothing to {name.lower()}"
    set_props(element, aria_label=label, title=label, disabled=None if words else True)


def _build_map() -> None:
    """The map of keys, which `?` opens."""
    with ui.element("dialog").classes("keys").props('aria-labelledby="keys-title"'):
        text("h2", "Keys", id="keys-title")
        with ui.element("div").classes("columns"):
            for place, title in keys.TITLES.items():
                with ui.element("section"):
                    text("h3", title)
                    with ui.element("dl"):
                        for key in keys.KEYS:
                            if key.place == place and key.words:
                                _build_key(key)
        with ui.element("form").props("method=dialog"):
            text("button", "Close")


def _build_key(key: keys.Key) -> None:
    with ui.element("div"):
        with ui.element("dt"):
            for part in keys.shown(key.combos[0]):
                text("kbd", part)
        text("dd", key.words)


def _add_head() -> None:
    table = json.dumps(keys.table()).replace("<", "\\u003c")
    sheets = sorted(STATIC.glob("*.css"), key=lambda path: (path.name != "desk.css", path.name))
    links = (f'<link rel="stylesheet" href="/static/{path.name}?v={__version__}">' for path in sheets)
    ui.add_head_html("\n".join(links))
    ui.add_head_html(f'<script type="application/json" id="desk-keys">{table}</script>')
    ui.add_head_html(f'<script type="module" src="/static/desk.js?v={__version__}"></script>')
