"""Columns of text, for terminals and files alike: no frame, no colour, never wrapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len


def as_columns(rows: Iterable[Sequence[str]], numbers: bool = False) -> str:
    """Lines of one row or more, two spaces between columns. numbers: all columns but the first are aligned right."""
    cells = [list(row) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]

    def padded(column: int, cell: str) -> str:
        space = " " * (widths[column] - cell_len(cell))
        return space + cell if numbers and column else cell + space

    return "\n".join("  ".join(padded(*each) for each in enumerate(row)).rstrip() for row in cells)
