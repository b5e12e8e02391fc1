"""PyTorch on an NVIDIA GPU, with the compact network's step recorded as a CUDA graph and replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from torch import Tensor

from vs_tcvc.backends import torch as backend
from vs_tcvc.backends.torch import TorchDevice
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.errors import DeviceError
from vs_tcvc.networks.compact.checkpoint import load_networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.cuda_graphs import RecordedGraphs
from vs_tcvc.networks.weights_file import WeightsFile


def resolve(device: str, precision: str, threads: int) -> TorchDevice:
    """The device for the options, as `vs_tcvc.backends.torch.resolve`. Raises DeviceError except for an NVIDIA GPU."""
    place = backend.resolve(device, precision, threads)
    if place.device.type != "cuda":
        raise DeviceError(
            option="backend", value="cudagraphs", expected="an NVIDIA GPU", got=str(place.device),
            remedy="use {backend} auto",
        )  # fmt: skip
    return place


@lru_cache(maxsize=4)
def compact(file: WeightsFile, place: TorchDevice) -> CompactColorizer[Tensor]:
    """The compact network with the weights of `file` on `place`; shared by all callers with equal arguments."""
    return CompactColorizer(RecordedGraphs(load_networks(file), place.arithmetic))


def published(file: WeightsFile, place: TorchDevice) -> Colorizer[Any]:
    """Raises DeviceError: the published network is not recorded."""
    raise DeviceError(
        option="backend", value="cudagraphs", expected="{model} compact",
        remedy="use {backend} torch for the published network",
    )  # fmt: skip


NETWORKS: Mapping[str, Callable[[WeightsFile, TorchDevice], Colorizer[Any]]] = MappingProxyType(
    {"compact": compact, "published": published}
)
