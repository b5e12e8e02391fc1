"""From two trainings to one weights file."""

from __future__ import annotations

from pathlib import Path

from vs_tcvc.errors import UsageError
from vs_tcvc.networks.compact.checkpoint import Networks, save_networks
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import Decoding, ReferenceNetwork
from vs_tcvc.training.loop import RunFolder


def export(folder: Path, out: Path, decoding: Decoding, note: str) -> str:
    """Join `reference/best.pt` and `propagation/best.pt` of `folder` in `out` (fp16 safetensors); returns its SHA-256.

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
    return save_networks(out, Networks(reference, propagation, decoding), {**steps, "note": note})
