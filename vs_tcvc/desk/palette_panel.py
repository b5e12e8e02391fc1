"""The colours of the page of a shot: one is active, and given by hints and brush."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from vs_tcvc.desk import palettes
from vs_tcvc.desk.controls import on_value
from vs_tcvc.desk.session import State
from vs_tcvc.desk.shell import button, set_props, text

_COLOR = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE)
_ROWS = ("scene", "film", "skin", "used")


class PalettePanel:
    """Swatches to choose from, and any other colour. chosen: called with the colour, "#rrggbb"."""

    def __init__(self, color: str, used: list[str], chosen: Callable[[str], Any]) -> None:
        self.color, self._used, self._chosen = color, used, chosen
        self._shown: dict[str, tuple[str, ...]] = {}
        with ui.element("section").classes("palette").props('aria-label="colours"'):
            with ui.element("div").classes("active"):
                self._picker = text("input", type="color", aria_label="any colour", title="any colour", value=color)
                on_value(self._picker, self._choose)
                self._hex = text("input", aria_label="the colour as #rrggbb", value=color, maxlength=7, size=8)
                on_value(self._hex, self._choose)
            self._rows = {name: _row(name) for name in _ROWS}

    def show(self, state: State, place: int) -> None:
        """The colours for a shot."""
        shots, scene = state.film.document.project.shots, state.rows[place].scene
        in_scene = [
            row for row in state.rows if row.checks and (row.scene == scene if scene else row.number == place + 1)
        ]
        used = dict.fromkeys([*self._used, *palettes.hinted(shots)])
        self._show({
            "scene": palettes.colors_of(row.checks for row in in_scene if row.checks),
            "film": palettes.colors_of(row.checks for row in state.rows if row.checks),
            "skin": palettes.SKIN, "used": tuple(used)[: palettes.MOST],
        })  # fmt: skip

    def set_color(self, color: str) -> None:
        """The active colour."""
        self.color = color
        set_props(self._picker, value=color)
        set_props(self._hex, value=color)
        self._mark()

    def note_used(self) -> None:
        """The active colour has been given to something."""
        if self.color in self._used:
            self._used.remove(self.color)
        self._used.insert(0, self.color)
        del self._used[palettes.MOST :]

    def _choose(self, value: str) -> Any:
        found = _COLOR.fullmatch(value.strip())
        color = f"#{found[1].lower()}" if found else self.color
        self.set_color(color)
        return self._chosen(color) if found else None

    def _show(self, rows: dict[str, tuple[str, ...]]) -> None:
        for name, colors in rows.items():
            if self._shown.get(name) == colors:
                continue
            self._rows[name].clear()
            with self._rows[name]:
                for color in colors:
                    button("", partial(self._choose, color), color, "swatch", data_color=color).style(
                        f"background: {color}"
                    )
                if not colors:
                    text("span", "none yet")
        self._shown = rows
        self._mark()

    def _mark(self) -> None:
        """Show which swatch is active."""
        for row in self._rows.values():
            for each in row.default_slot.children:
                color = each.props.get("data-color")
                if color:
                    set_props(each, aria_pressed="true" if color == self.color else "false")


def _row(name: str) -> ui.element:
    text("h3", name)
    return ui.element("div").classes("swatches").props(f'role=group aria-label="{name}"')
