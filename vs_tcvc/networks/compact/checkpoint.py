"""The compact network's weights: from modules to one fp16 file and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from vs_tcvc.errors import WeightsError
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import ReferenceNetwork
from vs_tcvc.weights import Arrays, WeightsFile, load, save

NETWORK = "compact"
VERSION = 1

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Networks:
    """C1 (`reference`), S and C2 (`propagation`), and the temperature at which C1's colours are decoded."""

    reference: ReferenceNetwork
    propagation: PropagationNetwork
    temperature: float


def load_networks(file: WeightsFile) -> Networks:
    """Both networks, ready for inference in fp32; WeightsError for another network's or an incomplete file."""
    arrays, metadata = load(file, NETWORK, VERSION)
    settings = json.loads(metadata.get("settings", "{}"))
    return Networks(
        _filled(ReferenceNetwork(), arrays, "reference.", file.path),
        _filled(PropagationNetwork(), arrays, "propagation.", file.path),
        float(settings.get("temperature", 1.0)),
    )


def save_networks(path: Path, networks: Networks, provenance: Mapping[str, object]) -> str:
    """Write both networks as one fp16 file; returns its SHA-256."""
    arrays = {
        f"{name}.{key}": value.cpu().numpy()
        for name, module in (("reference", networks.reference), ("propagation", networks.propagation))
        for key, value in module.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    metadata = {
        "network": NETWORK, "version": str(VERSION),
        "settings": json.dumps({"temperature": networks.temperature}),
        "provenance": json.dumps(dict(provenance)),
    }  # fmt: skip
    return save(path, arrays, metadata)


def _filled(module: Module, arrays: Arrays, prefix: str, path: Path) -> Module:
    """The module with every weight from `arrays`: none may be missing, left over or of another shape."""
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items() if "num_batches" not in key}
    got = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    shapes = {key: array.shape for key, array in got.items()}
    wrong = sorted(key for key in expected.keys() | shapes.keys() if expected.get(key) != shapes.get(key))
    if wrong:
        key = wrong[0]
        raise WeightsError(
            f"{path}: {len(wrong)} weights do not fit, first {prefix}{key}: "
            f"expected shape {expected.get(key)}, got {shapes.get(key)}"
        )
    module.load_state_dict({key: torch.from_numpy(array).float() for key, array in got.items()}, strict=False)
    return module.eval().requires_grad_(False).to(memory_format=torch.channels_last)
