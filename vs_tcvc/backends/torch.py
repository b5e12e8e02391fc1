"""PyTorch: CPU, CUDA and MPS. In fp32 on a CPU it is the reference for other backends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from vs_tcvc.backends import cpu_precision
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.errors import DeviceError
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.compact.checkpoint import load_networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.graphs import TorchGraphs
from vs_tcvc.networks.published.checkpoint import load_networks as load_published
from vs_tcvc.networks.published.colorizer import PublishedColorizer
from vs_tcvc.networks.weights_file import WeightsFile

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class TorchDevice:
    """A device, the arithmetic used on it and the threads of its work."""

    device: torch.device
    precision: str
    threads: int

    @property
    def dtype(self) -> torch.dtype:
        return PRECISIONS[self.precision]

    @property
    def arithmetic(self) -> Arithmetic:
        return Arithmetic(self.device, self.dtype, self.threads)


def resolve(device: str, precision: str, threads: int) -> TorchDevice:
    """The device for the options.

    auto is the first NVIDIA GPU, otherwise the CPU; fp16 on a GPU, fp32 on a CPU.
    Raises DeviceError for a device that is not available or a precision that it lacks.
    """
    chosen = _named(first_device() if device == "auto" else device)
    if chosen.type == "cpu":
        precision = cpu_precision(precision)
    elif precision == "auto":
        precision = "fp16"
    return TorchDevice(chosen, precision, threads)


@lru_cache(maxsize=4)
def compact(file: WeightsFile, place: TorchDevice) -> CompactColorizer[Tensor]:
    """The compact network with the weights of `file` on `place`; shared by all callers with equal arguments."""
    return CompactColorizer(TorchGraphs(load_networks(file), place.arithmetic))


@lru_cache(maxsize=1)
def published(file: WeightsFile, place: TorchDevice) -> PublishedColorizer:
    """The published network, as `compact`."""
    networks = load_published(file)
    stage1, clip = networks.stage1.to(place.device), networks.clip.to(place.device)
    return PublishedColorizer(stage1, clip, place.arithmetic)


NETWORKS: Mapping[str, Callable[[WeightsFile, TorchDevice], Colorizer[Any]]] = MappingProxyType(
    {"compact": compact, "published": published}
)


def first_device() -> str:
    """What `auto` chooses: the first NVIDIA GPU, otherwise "cpu"; nobody has run AMD's and Apple's: they are named."""
    return "cuda" if torch.cuda.is_available() and torch.version.hip is None else "cpu"


def _named(device: str) -> torch.device:
    """The device of that name, if available; its number is read here, since torch keeps only eight bits of it."""
    kind, _, index = device.partition(":")
    if kind == "cuda":
        count = torch.cuda.device_count()
        if int(index or 0) >= count:
            have = f"{count} CUDA device(s)" if count else "no CUDA device"
            raise DeviceError(
                option="device", value=device, expected="a device of this machine", got=have,
                remedy="use {device} auto or cpu",
            )  # fmt: skip
    elif kind == "mps" and not torch.backends.mps.is_available():
        raise DeviceError(
            "expected an Apple GPU, this machine has none", option="device", value="mps",
            remedy="use {device} auto or cpu",
        )  # fmt: skip
    return torch.device(device)
