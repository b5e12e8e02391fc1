"""Weights made from their names, for tests of the published networks: the goldens were made with the same."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
import torch
from torch import nn

from vs_tcvc.core.frame import Array
from vs_tcvc.networks.published.checkpoint import empty_networks
from vs_tcvc.networks.published.stage1 import SingleImageNetwork
from vs_tcvc.networks.published.stage2 import ClipNetwork


@cache
def stage1() -> SingleImageNetwork:
    network = empty_networks().stage1
    fill("stage1", network)
    return network.eval().requires_grad_(False)


@cache
def clip_network() -> ClipNetwork:
    network = empty_networks().clip
    for name in ("encoder", "decoder", "inter"):
        fill(name, getattr(network, name))
    return network.eval().requires_grad_(False)


def fill(network: str, module: nn.Module) -> None:
    """Make every entry of `module` from its name; `network`: stage1, encoder, decoder or inter."""
    state = {key: torch.from_numpy(entry(network, key, value.shape)) for key, value in module.state_dict().items()}
    module.load_state_dict(state, assign=True)


def entry(network: str, key: str, shape: tuple[int, ...]) -> Array:
    """Normal numbers seeded by the name, scaled so that the network neither blows up nor fades away.

    bias_k and bias_v are large, for their token to be seen in the outcome.
    """
    seed = zlib.crc32(f"{network}/{key}".encode("ascii"))
    z = np.random.Generator(np.random.PCG64(seed)).standard_normal(tuple(shape), dtype=np.float32)
    f, last = np.float32, key.rsplit(".", 1)[-1]
    if last in ("bias_k", "bias_v"):
        return f(2) * z
    if len(shape) > 1:
        gain = 2.0 if key.startswith("backbone.") else 1.0
        return z * f((gain / int(np.prod(shape[1:]))) ** 0.5)
    if last == "running_var":
        return f(1) + f(0.1) * np.abs(z)
    spread = {"running_mean": (0.0, 0.1), "in_proj_bias": (0.0, 0.3), "bias": (0.0, 0.02)}.get(last)
    if spread is None:
        is_slope, is_last_norm = tuple(shape) == (1,), key.endswith("bn3.weight")
        spread = (0.25, 0.05) if is_slope else (0.3, 0.03) if is_last_norm else (1.0, 0.1)
    return f(spread[0]) + f(spread[1]) * z
