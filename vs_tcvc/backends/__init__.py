"""From Settings to a colorizer that runs: device, backend and precision are resolved here, once."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

from vs_tcvc import weights
from vs_tcvc.colorizer import Colorizer
from vs_tcvc.settings import Settings
from vs_tcvc.weights import WeightsFile


@dataclass(frozen=True)
class Chosen:
    """What `auto` became, for logs and manifests."""

    model: str
    backend: str
    device: str
    precision: str
    threads: int
    weights_sha256: str

    def __str__(self) -> str:
        return f"{self.model} on {self.device} ({self.backend}, {self.precision}, {self.threads} threads)"


def make_colorizer(settings: Settings) -> tuple[Colorizer[Any], Chosen]:
    """The network that `settings` ask for, to be used on the calling thread alone.

    Raises WeightsError for missing or foreign weights, DeviceError for a device that is not here.
    """
    import_torch()
    from vs_tcvc.backends import torch as backend  # torch takes seconds to import: only now

    file = weights.choose(settings.model, settings.weights)
    place = backend.resolve(settings.device, settings.precision, settings.threads)
    sha256 = file.verify()
    chosen = Chosen(settings.model, "torch", str(place.device), place.precision, settings.threads, sha256)
    return backend.compact(WeightsFile(file.path, sha256), place), chosen


def import_torch() -> None:
    """Import torch in such a way that its idle threads sleep.

    By default OpenMP's threads spin while they wait for one another, which takes the processor from decoder, encoder
    and our own other stages (measured on two busy cores: 0.5 frames a second instead of 7.5). OpenMP reads its
    environment once, when it is loaded; the variable is put back at once, and one that the user set is respected.
    """
    if "torch" in sys.modules or "OMP_WAIT_POLICY" in os.environ:
        return
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    try:
        import torch  # noqa: F401
    finally:
        del os.environ["OMP_WAIT_POLICY"]
