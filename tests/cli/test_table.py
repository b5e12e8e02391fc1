"""Laws of columns of text: aligned, whole, and plain wherever they go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vs_tcvc.cli.table import as_columns

WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=9)
ROWS = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(WORDS, min_size=width, max_size=width), min_size=1))


def test_columns_are_aligned_and_numbers_at_their_right() -> None:
    rows = [["name", "size"], ["compact", "9"], ["a", "10.5"]]
    assert as_columns(rows) == "name     size\ncompact  9\na        10.5"
    assert as_columns(rows, numbers=True) == "name     size\ncompact     9\na        10.5"


@given(ROWS)
def test_every_cell_is_there_as_it_was_given_and_begins_where_its_column_does(rows: list[list[str]]) -> None:
    """Markup of rich's own, such as [v2] or :cat:, is text like any other."""
    starts = [0]
    for column in zip(*rows, strict=True):
        starts.append(starts[-1] + max(map(cell_len, column)) + 2)
    lines = as_columns(rows).splitlines()
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        gaps = [" " * (starts[at + 1] - starts[at] - cell_len(cell)) for at, cell in enumerate(row)]
        assert line == "".join(map(str.__add__, row, gaps)).rstrip()


@pytest.mark.parametrize("name", ["COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"])
def test_a_narrow_or_colored_terminal_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert as_columns([["shots", "0," * 500]]) == f"shots  {'0,' * 500}"
