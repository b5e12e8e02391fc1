"""The compact network's weights: from modules to one fp16 file and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import nn

from vs_tcvc.errors import WeightsError
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import Decoding, ReferenceNetwork
from vs_tcvc.networks.weights_file import Arrays, WeightsFile, load, save

NETWORK = "compact"
VERSION = 2


@dataclass(frozen=True)
class Networks:
    """C1 (`reference`), S and C2 (`propagation`), and how C1's colours are decoded."""

    reference: ReferenceNetwork
    propagation: PropagationNetwork
    decoding: Decoding


def load_networks(file: WeightsFile) -> Networks:
    """Both networks, ready for inference in fp32; WeightsError for another network's or an incomplete file."""
    arrays, metadata = load(file, NETWORK, VERSION)
    networks = Networks(ReferenceNetwork(), PropagationNetwork(), _decoding(metadata, file.path))
    _fill(_modules(networks), arrays, file.path)
    return networks


def save_networks(path: Path, networks: Networks, provenance: Mapping[str, object]) -> str:
    """Write both networks as one fp16 file; returns its SHA-256."""
    state = _modules(networks).state_dict()
    arrays = {key: value.cpu().numpy() for key, value in state.items() if not key.endswith("num_batches_tracked")}
    metadata = {
        "network": NETWORK, "version": str(VERSION),
        "settings": json.dumps(asdict(networks.decoding)),
        "provenance": json.dumps(dict(provenance)),
    }  # fmt: skip
    return save(path, arrays, metadata)


def _modules(networks: Networks) -> nn.ModuleDict:
    """Both networks as one module; its names are those in the file."""
    return nn.ModuleDict({"reference": networks.reference, "propagation": networks.propagation})


def _fill(modules: nn.ModuleDict, arrays: Arrays, path: Path) -> None:
    """Put every weight of `arrays` in its place: none may be missing, left over or of another shape."""
    expected = {key: tuple(value.shape) for key, value in modules.state_dict().items() if "num_batches" not in key}
    got = {key: array.shape for key, array in arrays.items()}
    wrong = sorted(key for key in expected.keys() | got.keys() if expected.get(key) != got.get(key))
    if wrong:
        key = wrong[0]
        raise WeightsError(
            f"{path}: {len(wrong)} weights do not fit, first {key}: "
            f"expected shape {expected.get(key)}, got {got.get(key)}"
        )
    modules.load_state_dict({key: torch.from_numpy(array).float() for key, array in arrays.items()}, strict=False)
    modules.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _decoding(metadata: Mapping[str, str], path: Path) -> Decoding:
    """The decoding in the settings of a weights file; 1 for what they do not name."""
    text = metadata.get("settings", "{}")
    try:
        named = json.loads(text)
        numbers = [float(named.get(each.name, 1.0)) for each in fields(Decoding)]
    except (ValueError, TypeError, AttributeError):
        numbers = [math.nan]
    if not all(0 < number < math.inf for number in numbers):
        raise WeightsError(f"{path}: expected settings with a temperature and a strength above 0, got {text!r}")
    return Decoding(*numbers)
