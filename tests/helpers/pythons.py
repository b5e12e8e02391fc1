"""The Pythons of this machine, for scripts that run in a host's own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pythons(oldest: int) -> Iterator[Any]:
    """One of each of 3.`oldest` to 3.13 that is found, and this one."""
    for minor in range(oldest, 14):
        installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/python"))
        found = str(installed[-1]) if installed else shutil.which(f"python3.{minor}")
        if found:
            yield pytest.param(found, id=f"3.{minor}")
    yield pytest.param(sys.executable, id="this")
