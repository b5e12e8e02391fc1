"""The page on which a film is rendered and exported."""

from __future__ import annotations

from nicegui import ui

from vs_tcvc.desk.session import Desk


def render_page(desk: Desk) -> None:
    """Build the page."""
    ui.label("Render")
