"""Films in one file: containers, streams, timing, tags."""

from __future__ import annotations

from pathlib import Path

from made_films import NO_FACTS, Facts, Section


def facts_of(path: Path) -> Facts:
    """What the file holds."""
    return NO_FACTS


FILES = Section("Films in one file", "", (), {}, facts_of)
