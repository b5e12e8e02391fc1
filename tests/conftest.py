"""All tests import torch as the program does: its idle threads sleep."""

from vs_tcvc.backends import import_torch

import_torch()
