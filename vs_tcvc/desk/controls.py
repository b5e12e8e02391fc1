"""Controls of pages beside buttons: a list to choose from, a slider, buttons of which one is pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from vs_tcvc.desk.shell import button, set_props, text

_VALUE = "(event) => emit(event.target.value)"
_KEEP = "(event) => { element.props.value = event.target.value; }"
"""What is being typed or dragged is the element's value in the browser, too: it outlives other changes of the page."""


def on_value(element: ui.element, does: Callable[[str], Any], event: str = "change") -> None:
    """Call `does` with the value that a person has given to an element; `set_props` knows then that it has it."""

    def given(event: GenericEventArguments) -> Any:
        with element.props.suspend_updates():
            element.props["value"] = event.args
        return does(str(event.args))

    element.on("input", js_handler=_KEEP)
    element.on(event, given, js_handler=_VALUE)


class Choice:
    """A list to choose from. label: its name. does: called with the value chosen."""

    def __init__(self, label: str, does: Callable[[str], Any]) -> None:
        self._options: dict[str, str] = {}
        self.element = text("select", aria_label=label)
        on_value(self.element, does)

    def show(self, options: Mapping[str, str], value: str) -> None:
        """The options, words by value, and which one is chosen."""
        if dict(options) != self._options:
            self._options = dict(options)
            self.element.clear()
            with self.element:
                for name, words in options.items():
                    text("option", words, value=name)
        set_props(self.element, value=value)


class Slider:
    """A slider with its number. does: called with the number when it is let go."""

    def __init__(
        self, words: str, label: str, limits: tuple[float, float, float], does: Callable[[float], Any]
    ) -> None:  # fmt: skip
        low, high, step = limits
        with text("label", classes="slider"):
            text("span", words)
            self.element = text("input", type="range", min=low, max=high, step=step, aria_label=label)
            self._number = text("output")
        on_value(self.element, lambda value: does(float(value)))
        self.element.on("input", lambda event: self._tell(float(event.args)), js_handler=_VALUE, throttle=0.05)

    def show(self, value: float) -> None:
        """The number that it has."""
        set_props(self.element, value=value)
        self._tell(value)

    def _tell(self, value: float) -> None:
        self._number.text = f"{value:.2f}"


class Segments:
    """Buttons of which one is pressed. options: words by value."""

    def __init__(self, label: str, options: Mapping[str, str], does: Callable[[str], Any]) -> None:
        with ui.element("div").classes("segments").props(f'role=group aria-label="{label}"'):
            self._buttons = {name: button(words, partial(does, name)) for name, words in options.items()}

    def show(self, value: str) -> None:
        """Which one is pressed."""
        for name, each in self._buttons.items():
            set_props(each, aria_pressed="true" if name == value else "false")
