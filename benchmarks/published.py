"""What each step brought that makes the published network faster: seconds per frame, from its plain form on.

    python benchmarks/published.py
    python benchmarks/published.py --only 6     # one of the steps alone, and the peak memory of it

Weights are random, which changes no time. A chunk is a reference and three new frames, as the authors' code takes them;
every round measures every step once, by turns. CPU seconds over threads is what a frame takes on a machine that has
nothing else to do; the wall clock is what it took here.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from vs_tcvc.backends import import_torch

import_torch()

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from vs_tcvc.networks.published.attention import TransformerLayer  # noqa: E402
from vs_tcvc.networks.published.backbone import FrozenNorm  # noqa: E402
from vs_tcvc.networks.published.blocks import instance_norm, map_of, tokens_of  # noqa: E402
from vs_tcvc.networks.published.decoder import BLOCKS  # noqa: E402
from vs_tcvc.networks.published.stage2 import HARD, ClipNetwork, rgb_of  # noqa: E402

FRAMES = 3
FUNCTIONAL = "torch.nn.functional"
OURS = "vs_tcvc.networks.published"


@dataclass(frozen=True)
class Clip:
    """A reference and new frames: L* - 50 (4, 1, H, W), the reference's ab (1, 2, H, W), tokens of the chunk before."""

    lightness: Tensor
    ab: Tensor
    memory: Tensor


@dataclass(frozen=True)
class Step:
    """One more thing that is done better, and what it was before."""

    name: str
    undone: Callable[[], Any] | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description="seconds per frame of the published network, step by step")
    parser.add_argument("--height", type=int, default=216, help="multiple of 8 (default 216)")
    parser.add_argument("--width", type=int, default=384, help="multiple of 8 (default 384)")
    parser.add_argument("--threads", type=int, default=2, help="default 2")
    parser.add_argument("--rounds", type=int, default=1, help="default 1; the fastest one counts")
    parser.add_argument("--only", type=int, help="number of a step; 0 is the plain form")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    network = ClipNetwork().eval().requires_grad_(False)
    numbers = range(len(STEPS)) if arguments.only is None else [arguments.only]
    clip = clip_of(arguments.height, arguments.width)
    times: dict[int, list[tuple[float, float]]] = {number: [] for number in numbers}
    for _ in range(arguments.rounds):
        for number in numbers:
            times[number].append(measured(number, network, clip, arguments.threads))
    print("| | CPU seconds over threads, per frame | of the plain form | wall clock |\n|---|---|---|---|")
    plain = min(times[0])[0] if times.get(0) else None
    for number in numbers:
        cpu, wall = min(times[number])
        print(f"| {STEPS[number].name} | {cpu:.2f} | {f'{cpu / plain:.2f}' if plain else '-'} | {wall:.2f} |")
    if arguments.only is not None:
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def clip_of(height: int, width: int) -> Clip:
    tokens = (1 + FRAMES) * (height // 8) * (width // 8)
    lightness, ab = 20 * torch.randn(1 + FRAMES, 1, height, width), 30 * torch.randn(1, 2, height, width)
    return Clip(lightness, ab, torch.randn(tokens, 384))


def measured(number: int, network: ClipNetwork, clip: Clip, threads: int) -> tuple[float, float]:
    """Seconds per frame, CPU time over threads and wall time, with the steps up to `number` done."""
    rough = torch.autocast("cpu", torch.bfloat16, enabled=number == ROUGH)
    with ExitStack() as undone, torch.inference_mode(), rough:
        for step in STEPS[number + 1 :]:
            if step.undone is not None:
                undone.enter_context(step.undone())
        network.to(memory_format=torch.channels_last if number >= LAYOUT else torch.contiguous_format)
        reference = network.begin(clip.lightness[:1], clip.ab) if number >= ONCE else None
        cpu, wall = time.process_time(), time.perf_counter()
        if reference is None:
            all_in_one(network, clip)
        else:
            network.colorize(reference, clip.lightness[1:], clip.memory, HARD)
        return (time.process_time() - cpu) / threads / FRAMES, (time.perf_counter() - wall) / FRAMES


def all_in_one(network: ClipNetwork, clip: Clip) -> None:
    """A chunk with its reference treated like a frame, from the backbone to the last convolution."""
    decoder, gray = network.decoder, (clip.lightness[1:] + 50).expand(-1, 3, -1, -1) / 100
    taps = network.encoder.taps(torch.cat([rgb_of(clip.lightness[:1], clip.ab), gray]))
    x, tokens = network.encoder.layers(*network.encoder.layers.project(taps.deep), clip.memory)
    colors = clip.ab[:, :, ::4, ::4] / 128
    warped = decoder.warper.warp_layer(decoder.warper(decoder.warper.project(taps), x), colors, HARD).planes
    itself = torch.cat([colors, colors, torch.ones_like(colors)], dim=1)
    levels = decoder.decoder.start(clip.lightness, torch.cat([itself, warped]))
    network.inter.look_at(clip.memory, tokens)
    x = levels.eighth
    for place, number in enumerate(BLOCKS):
        layer = decoder.decoder.get_submodule(f"vc_layer{place}")
        assert isinstance(layer, TransformerLayer)
        told = torch.cat([tokens_of(x), tokens], dim=1)
        tokens = layer.look_around(decoder.decoder.get_submodule(f"fuse_cnn2trans{place + 1}")(told))
        both = torch.cat([decoder.decoder.block(number, x), map_of(tokens, x)], dim=1)
        x = instance_norm(x + decoder.decoder.get_submodule(f"fuse_trans2cnn{place + 1}")(both))
    decoder.decoder.expand(levels, x)


def written_out(query: Tensor, key: Tensor, value: Tensor, *_: object, **__: object) -> Tensor:
    """Attention with the whole map of weights in memory."""
    return torch.softmax(query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5, dim=-1) @ value


def norm_apart(convolution: nn.Module, norm: FrozenNorm, x: Tensor) -> Tensor:
    """A convolution, then the frozen norm."""
    scale = norm.weight * torch.rsqrt(norm.running_var + 1e-5)
    shift = norm.bias - norm.running_mean * scale
    result: Tensor = convolution(x) * scale[:, None, None] + shift[:, None, None]
    return result


@contextmanager
def relu_apart() -> Iterator[None]:
    """ReLU that makes a new tensor."""
    with patch(f"{FUNCTIONAL}.relu", lambda x, inplace=False: torch.relu(x)):
        yield


STEPS = (
    Step("plain"),
    Step("channels last"),
    Step("attention in one go", lambda: patch(f"{FUNCTIONAL}.scaled_dot_product_attention", written_out)),
    Step("places compared in parts", lambda: patch(f"{OURS}.warp.AT_ONCE", 1 << 30)),
    Step("frozen norms inside their convolutions", lambda: patch(f"{OURS}.backbone.normed", norm_apart)),
    Step("ReLU in place", relu_apart),
    Step("what is the reference's alone, once per run"),
    Step("bf16, which gives other numbers"),
)
LAYOUT, ONCE, ROUGH = 1, len(STEPS) - 2, len(STEPS) - 1


if __name__ == "__main__":
    main()
