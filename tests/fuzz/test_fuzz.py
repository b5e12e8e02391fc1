"""A minute of fuzzing, and what the fuzzers find in readers that break the law."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz_fakes import FAKES
from fuzz_one import HAS_ATHERIS
from fuzz_targets import TARGETS

ROOT = Path(__file__).parents[2]
SECONDS = 60 / len(TARGETS)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_gives_right_values_or_errors_of_ours(name: str, tmp_path: Path) -> None:
    done = run("-m", "tests.fuzz", "--target", name, "--minutes", SECONDS / 60, "--folder", tmp_path)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split()[1]) >= len(TARGETS[name].seeds)


@pytest.mark.parametrize("name", [name for name in FAKES if name not in ("obey", "fall_at_a_word")])
def test_a_reader_that_breaks_the_law_is_found_by_an_input_of_past_faults(name: str, tmp_path: Path) -> None:
    done = run("tests/fuzz/fuzz_one.py", name, tmp_path, 0, 1)
    assert done.returncode not in (0, 2)
    assert done.stdout or re.search("Fatal Python error|Timeout", done.stderr)


@pytest.mark.skipif(not HAS_ATHERIS, reason="there is no Atheris for this system")
def test_what_only_coverage_leads_to_is_found_and_kept(tmp_path: Path) -> None:
    done = run("tests/fuzz/fuzz_one.py", "fall_at_a_word", tmp_path, 30, 1)
    assert done.returncode != 0
    (found,) = (tmp_path / "findings").iterdir()
    assert found.read_bytes()[:4] == b"TCVC"


@pytest.mark.skipif(not HAS_ATHERIS, reason="there is no Atheris for this system")
def test_a_reader_that_keeps_the_law_is_left_in_peace(tmp_path: Path) -> None:
    done = run("tests/fuzz/fuzz_one.py", "obey", tmp_path, 1, 1)
    assert done.returncode == 0
