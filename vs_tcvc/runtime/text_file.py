"""Texts of users: jobs, cut lists, edits, sidecars. A text is read only up to a limit, whatever the file is."""

from __future__ import annotations

from pathlib import Path

MOST = 2**26
"""Most characters of a text: a timeline of hours has a few million."""


def read_text(path: Path, encoding: str = "utf-8", errors: str = "strict", most: int = MOST) -> str:
    """A whole text file, its line ends as "\\n". Raises OSError, UnicodeError, and ValueError for a longer one."""
    with open(path, encoding=encoding, errors=errors) as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise ValueError(f"it has more than {most} characters")
    return text
