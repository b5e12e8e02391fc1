"""Certainty made to mean what it says, on pictures that were held back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.metrics.calibration import is_near
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.hints import clicks
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.compact.checkpoint import Networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.graphs import TorchGraphs
from vs_tcvc.networks.compact.reference import Certainty

SIZE = 216
CLICKED, PLACES = 6, 2000
"""How often a picture is looked at, first without hints, then with one more each time, and at how many places."""

_ROUNDS = 25
_LARGEST_LOGIT = 12.0  # of certainties so near 0 or 1 that float32 does not tell them apart


def calibrated(networks: Networks, pictures: Sequence[Picture]) -> Certainty:
    """The certainty of these networks on pictures that they did not learn from."""
    rng = np.random.default_rng(0)
    colorizer = CompactColorizer(TorchGraphs(networks, Arithmetic(torch.device("cpu"))))
    certainty, near = [], []
    for picture in pictures:
        gray = Gray.of(picture.read(), SIZE)
        for clicked in islice(clicks(colorizer, gray.lightness, gray.working_ab), CLICKED):
            places = rng.integers(0, gray.lightness.size, PLACES)
            certainty.append(clicked.guess.certainty.ravel()[places])
            near.append(is_near(clicked.guess, gray.working_ab)[places])
    return fitted(networks.certainty, np.concatenate(certainty), np.concatenate(near))


def fitted(before: Certainty, certainty: NDArray[np.float32], near: NDArray[np.bool_]) -> Certainty:
    """Logistic regression of what was right (N) on the logits of what `before` said (N), by Newton's method."""
    chance = certainty.astype(np.float64)
    with np.errstate(divide="ignore"):
        logit = np.clip(np.log(chance) - np.log1p(-chance), -_LARGEST_LOGIT, _LARGEST_LOGIT)
    inputs = np.stack([np.ones_like(logit), logit])
    line = np.array([0.0, 1.0])
    for _ in range(_ROUNDS):
        found = 1 / (1 + np.exp(-line @ inputs))
        curvature = (inputs * (found * (1 - found) + 1e-9)) @ inputs.T
        line = line + np.linalg.solve(curvature, inputs @ (near - found))
    shift, factor = line.tolist()
    return Certainty(shift + factor * before.offset, factor * before.slope)
