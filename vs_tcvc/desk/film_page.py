"""The page of the film: all shots."""

from __future__ import annotations

from typing import Any

from nicegui import ui


def film_page(desk: Any) -> None:
    """Build the page."""
    ui.label(f"{len(desk.state.rows)} shots")
