"""Texts of users: jobs, cut lists, edits, sidecars. A text is read only up to a limit, whatever the file is."""

from __future__ import annotations

import codecs
from pathlib import Path

MOST = 2**26
"""Most characters of a text: a timeline of hours has a few million."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, encoding: str = "utf-8", errors: str = "strict", most: int = MOST) -> str:
    """A whole text file, its line ends as "\\n". Raises OSError, UnicodeError, and ValueError for a longer one."""
    with open(path, encoding=encoding, errors=errors) as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise ValueError(f"it has more than {most} characters")
    return text


def read_any_text(path: Path, most: int = MOST) -> str:
    """A whole text file in UTF-16 with its byte order mark, otherwise UTF-8, otherwise Latin-1.

    Line ends become "\n". Raises OSError, UnicodeError for damaged UTF-16, and ValueError for a text of more than
    `most` bytes.
    """
    with open(path, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most} bytes")
    if content.startswith(_UTF_16):
        text = content.decode("utf-16")
    else:
        content = content.removeprefix(codecs.BOM_UTF8)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
