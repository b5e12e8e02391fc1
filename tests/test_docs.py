"""The documentation is true: its table of options, its links, its commands' options."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vs_tcvc.settings import options

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def test_the_table_of_options_is_made_from_the_settings() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "options_table.py")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "options.md").read_text() == made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_there(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_flag_of_tcvc_pipe_that_is_named_exists(page: Path) -> None:
    known = {"--help", "--quiet", "--raw", "--interlaced", *(option.flag for option in options())}
    for command in re.findall(r"tcvc-pipe((?: +[^|<>#\n]*)?)", page.read_text()):
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", command)) <= known
