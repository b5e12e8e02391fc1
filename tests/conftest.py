"""All tests import torch as the program does, its idle threads asleep, and share one cache of OpenVINO's graphs."""

import os
from pathlib import Path

from vs_tcvc.backends import import_torch

import_torch()
os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # programs with a home of their own share it, too
