"""The page of a shot."""

from __future__ import annotations

from nicegui import ui

from vs_tcvc.desk.session import Desk


def shot_page(desk: Desk, number: int) -> None:
    """Build the page of a shot, by its number from 1."""
    ui.label(f"Shot {number}")
