"""Columns of text, for terminals and files alike: no frame, no colour, never wrapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDEST = 1_000_000
"""Columns of text that a line may take: terminals wrap it."""


def as_columns(rows: Iterable[Sequence[str]], numbers: bool = False) -> str:
    """Lines of one row or more, two spaces between columns. numbers: all columns but the first are aligned right."""
    cells = [[Text(cell) for cell in row] for row in rows]
    table = Table.grid(padding=(0, 2))
    for index in range(len(cells[0])):
        table.add_column(justify="right" if numbers and index else "left", no_wrap=True)
    for row in cells:
        table.add_row(*row)
    console = Console(width=_WIDEST, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
