"""All tests import torch as the program does, its idle threads asleep, and share one cache of OpenVINO's graphs.

Hypothesis measures no time: a busy machine is no fault of the code.
"""

import os
from pathlib import Path

from hypothesis import settings

from vs_tcvc.backends import import_torch

import_torch()
os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # programs with a home of their own share it, too
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser):
    """Options of single tests."""
    parser.addoption("--desk-pictures", metavar="DIR", help="take pictures of the desk, for docs/desk.md")
