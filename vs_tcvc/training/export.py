"""From two trainings to one weights file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.errors import UsageError
from vs_tcvc.networks.compact.checkpoint import Networks, save_networks
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import Decoding, ReferenceNetwork
from vs_tcvc.training.calibration import calibrated
from vs_tcvc.training.loop import RunFolder


def export(folder: Path, out: Path, decoding: Decoding, note: str, watch: Sequence[Picture]) -> str:
    """Join `reference/best.pt` and `propagation/best.pt` of `folder` in `out` (fp16 safetensors); returns its SHA-256.

    watch: pictures that were not learned from, on which certainty is calibrated; none leave it as it is by default.
    Raises UsageError where one of them is missing.
    """
    reference, propagation = ReferenceNetwork(), PropagationNetwork()
    steps = {}
    for name, network in (("reference", reference), ("propagation", propagation)):
        best = RunFolder(folder / name).load("best.pt")
        if best is None:
            raise UsageError(
                f"{folder / name}: expected best.pt of a training, found none; run tcvc train {name} first"
            )
        network.load_state_dict(best["network"])
        steps[f"{name}_steps"] = best["step"]
    networks = Networks(reference.eval(), propagation.eval(), decoding)
    if watch:
        networks = replace(networks, certainty=calibrated(networks, watch))
    return save_networks(out, networks, {**steps, "note": note})
