"""The pages of the documentation, for its tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PAGES = [*GUIDES, *(ROOT / name for name in ("benchmarks/README.md", "nuke/README.md", "CHANGELOG.md", "SECURITY.md"))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def section(page: str, heading: str) -> str:
    """The text below a heading of any level, up to the next one of the second."""
    return re.split(rf"^#+ {re.escape(heading)}\n", (ROOT / page).read_text(), flags=re.MULTILINE)[1].partition(
        "\n## "
    )[0]
