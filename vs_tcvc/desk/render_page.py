"""The page on which a film is rendered and exported."""

from __future__ import annotations

from typing import Any

from nicegui import ui


def render_page(desk: Any) -> None:
    """Build the page."""
    ui.label("Render")
