"""The page of a shot."""

from __future__ import annotations

from typing import Any

from nicegui import ui


def shot_page(desk: Any, number: int) -> None:
    """Build the page of a shot, by its number from 1."""
    ui.label(f"Shot {number}")
