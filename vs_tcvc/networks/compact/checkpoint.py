"""The compact network's weights: from modules to one fp16 file and back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from vs_tcvc.errors import WeightsError, shown
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import Certainty, Decoding, ReferenceNetwork
from vs_tcvc.networks.weights_file import Arrays, WeightsFile, load, save

NETWORK = "compact"
VERSION = 2

_HINTS = "reference.hints."

Setting = TypeVar("Setting", Decoding, Certainty)


@dataclass(frozen=True)
class Networks:
    """C1 (`reference`), S and C2 (`propagation`), how C1's colours are decoded, and how sure they are."""

    reference: ReferenceNetwork
    propagation: PropagationNetwork
    decoding: Decoding
    certainty: Certainty = field(default_factory=Certainty)


def load_networks(file: WeightsFile) -> Networks:
    """Both networks, ready for inference in fp32; WeightsError for another network's or an incomplete file."""
    arrays, metadata = load(file, NETWORK, VERSION)
    networks = Networks(ReferenceNetwork(), PropagationNetwork(), *_settings(metadata, file.path))
    networks.reference.hints.half().float()  # what a file has nothing for is as it would be in a file
    _fill(_modules(networks), arrays, file.path)
    return networks


def save_networks(path: Path, networks: Networks, provenance: Mapping[str, object]) -> str:
    """Write both networks as one fp16 file; returns its SHA-256."""
    state = _modules(networks).state_dict()
    arrays = {key: value.cpu().numpy() for key, value in state.items() if not key.endswith("num_batches_tracked")}
    metadata = {
        "network": NETWORK, "version": str(VERSION),
        "settings": json.dumps(asdict(networks.decoding) | asdict(networks.certainty)),
        "provenance": json.dumps(dict(provenance)),
    }  # fmt: skip
    return save(path, arrays, metadata)


def _modules(networks: Networks) -> nn.ModuleDict:
    """Both networks as one module; its names are those in the file."""
    return nn.ModuleDict({"reference": networks.reference, "propagation": networks.propagation})


def _fill(modules: nn.ModuleDict, arrays: Arrays, path: Path) -> None:
    """Put every weight of `arrays` in its place: none may be missing, left over or of another shape.

    A file without any weight for hints is a whole one too: nothing has been learned of them then.
    """
    hears = any(key.startswith(_HINTS) for key in arrays)
    expected = {
        key: tuple(value.shape)
        for key, value in modules.state_dict().items()
        if "num_batches" not in key and (hears or not key.startswith(_HINTS))
    }
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


def _settings(metadata: Mapping[str, str], path: Path) -> tuple[Decoding, Certainty]:
    """What the settings of a weights file name of decoding and certainty, their defaults for the rest."""
    text = metadata.get("settings", "{}")
    try:
        named = {name: float(value) for name, value in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        named = {"temperature": math.nan}
    decoding, certainty = _made(Decoding, named), _made(Certainty, named)
    if not all(0 < number < math.inf for number in (decoding.temperature, decoding.strength)):
        raise WeightsError(f"{path}: expected settings with a temperature and a strength above 0, got {shown(text)}")
    if not all(map(math.isfinite, (certainty.offset, certainty.slope))):
        raise WeightsError(f"{path}: expected settings with numbers for offset and slope, got {shown(text)}")
    return decoding, certainty


def _made(kind: Callable[..., Setting], named: Mapping[str, float]) -> Setting:
    """A dataclass of floats with what is named of its fields."""
    return kind(**{each.name: named[each.name] for each in fields(kind) if each.name in named})  # type: ignore[arg-type]
