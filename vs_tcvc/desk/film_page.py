"""The page of the film: all its shots, those first that a person should look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from vs_tcvc.desk import shell
from vs_tcvc.desk.cards import Cards
from vs_tcvc.desk.film_edits import edit_of
from vs_tcvc.desk.session import Desk
from vs_tcvc.film.frame_picture import shape_of
from vs_tcvc.references.looks import PRESETS


class FilmGrid(ui.element, component=Path("static") / "film_grid.js"):
    """Cards in the browser. They are sorted, filtered and selected there; here they come from and edits go to."""

    def __init__(self, cards: list[dict[str, Any]], shape: tuple[int, int], looks: list[str]) -> None:
        super().__init__()
        self._props["cards"], self._props["shape"], self._props["looks"] = cards, shape, looks

    def change(self, changed: list[dict[str, Any]], cards: list[dict[str, Any]]) -> None:
        """Show cards that have changed; cards: all of them."""
        with self._props.suspend_updates():
            self._props["cards"] = cards
        self.run_method("change", changed, len(cards))


def film_page(desk: Desk) -> None:
    """Build the page."""
    cards = Cards(desk)
    seen = desk.state.revision
    cards.changed()
    desk.look_at(None)
    grid = FilmGrid(cards.all, shape_of(desk.state.film.plan), [*PRESETS])

    def look() -> None:
        nonlocal seen
        if desk.state.revision != seen:
            seen = desk.state.revision
            changed = cards.changed()
            if changed:
                grid.change(changed, cards.all)

    async def edit(event: GenericEventArguments) -> None:
        asked = event.args
        await shell.attempt(_edit, desk, asked["action"], [number - 1 for number in asked["numbers"]], asked["value"])
        look()

    grid.on("open", lambda event: ui.navigate.to(f"/shot/{int(event.args)}"))
    grid.on("edit", edit)
    ui.timer(shell.SECONDS, look)


def _edit(desk: Desk, action: str, places: list[int], value: Any) -> None:
    desk.edit(*edit_of(action, places, value))
