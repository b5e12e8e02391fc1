"""The compact network as four graphs of tensors, which a backend runs in whatever way it likes.

Tensors come in and go out and nothing else happens, so that every graph can be handed to another engine whole. Motion
is found outside; pictures are sampled along it here. All batches are of one frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from vs_tcvc.core.frame import Array
from vs_tcvc.networks.arithmetic import Arithmetic, array_of
from vs_tcvc.networks.compact.bins import bin_centres
from vs_tcvc.networks.compact.checkpoint import Networks
from vs_tcvc.networks.compact.encoder import FeatureEncoder
from vs_tcvc.networks.compact.eye import describe, see
from vs_tcvc.networks.compact.propagation import FEATURES, Carried, Keys, PropagationNetwork, keys_of
from vs_tcvc.networks.compact.reference import Certainty, Decoding, ReferenceNetwork
from vs_tcvc.networks.compact.warp import sample_grid


class Predict(nn.Module):
    """C1 with its decoding and its certainty."""

    def __init__(self, network: ReferenceNetwork, decoding: Decoding, certainty: Certainty) -> None:
        super().__init__()
        self.network = network
        self.decoding = decoding
        self.certainty = certainty

    def forward(self, lightness: Tensor, preferred: Tensor, hints: Tensor) -> tuple[Tensor, Tensor]:
        """The colour of a frame that nothing is known of but hints.

        lightness: L* (1, 1, h, w). preferred: what is added to the logits of the bins (1, bins, 1, 1). hints: a*, b*
        and mask (1, 3, h, w), all 0 for none.
        Returns ab (1, 2, h, w) and its certainty 0 to 1 (1, 1, h/4, w/4).
        """
        found = self.network(lightness, hints)
        preferring = replace(found, shares=found.shares + preferred)
        return self.network.color(preferring, self.decoding), self.certainty(found.shares)


class Describe(nn.Module):
    """The eye on a frame as a whole."""

    def __init__(self, encoder: FeatureEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, lightness: Tensor) -> tuple[Tensor]:
        """L* (1, 1, H, W) -> a unit vector (1, 432): see `describe`."""
        return (describe(self.encoder, lightness),)


class Remember(nn.Module):
    """S and the eye on a coloured frame: places to look up colours in."""

    def __init__(self, network: PropagationNetwork, encoder: FeatureEncoder) -> None:
        super().__init__()
        self.network = network
        self.encoder = encoder

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """L*, ab and certainty (1, 4, H, W) -> features (1, 128, K) and their ab and certainty (1, 3, K)."""
        keys = self.network.keys(picture[:, :1], see(self.encoder, picture[:, :1]), picture[:, 1:])
        return keys.features, keys.color


class Step(nn.Module):
    """S, the eye and C2 on the next frame."""

    def __init__(self, network: PropagationNetwork, encoder: FeatureEncoder) -> None:
        super().__init__()
        self.network = network
        self.encoder = encoder

    def forward(
        self, lightness: Tensor, before: Tensor, in_before: Tensor, picture: Tensor, in_picture: Tensor,
        reference_features: Tensor, reference_color: Tensor, previous_features: Tensor, previous_color: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        """The frame's colour.

        lightness: L* (1, 1, H, W). before, picture: L*, ab and certainty of the frame before and of the reference
        (1, 4, H, W).
        in_before, in_picture: where each pixel was in them, (1, H, W, 2) as `sample_grid` takes it. The others: what
        `Remember` found of all references and of the frame before.

        Returns ab (1, 2, H, W) and confidence 0 to 1 (1, 1, H, W) to show, which is the certainty of the colours that
        came here times the confidence that they came to the right place; L*, ab and certainty (1, 4, H, W) to hand on,
        and their places.
        """
        references, previous = Keys(reference_features, reference_color), Keys(previous_features, previous_color)
        flow, chain = (carry(lightness, sample_grid(*each)) for each in ((before, in_before), (picture, in_picture)))
        color = self.network(lightness, see(self.encoder, lightness), flow, chain, references, previous)
        keys = keys_of(color.features, color.mixed)
        handed_on = torch.cat([lightness, color.mixed], dim=1)
        confidence = color.mixed[:, 2:] * torch.sigmoid(color.confidence.float())
        return color.ab, confidence, handed_on, keys.features, keys.color


def carry(lightness: Tensor, picture: Tensor) -> Carried:
    """Colour from elsewhere: picture (N, 4, H, W) holds L*, ab, certainty there, lightness (N, 1, H, W) is here's."""
    return Carried(picture[:, 1:], (picture[:, :1] - lightness).abs())


def modules(networks: Networks) -> dict[str, nn.Module]:
    """The graphs by name."""
    return {
        "predict": Predict(networks.reference, networks.decoding, networks.certainty),
        "describe": Describe(networks.reference.encoder),
        "remember": Remember(networks.propagation, networks.reference.encoder),
        "step": Step(networks.propagation, networks.reference.encoder),
    }


def examples(graph: str) -> tuple[Tensor, ...]:
    """Small values such as the graph of that name takes, to be followed through it."""
    height, width = 64, 96
    count = height * width // 64
    gray, hints, picture = (torch.zeros(1, channels, height, width) for channels in (1, 3, 4))
    places = torch.zeros(1, height, width, 2)
    features, color = torch.zeros(1, FEATURES, count), torch.zeros(1, 3, count)
    return {
        "predict": (gray, torch.zeros(1, len(bin_centres()), 1, 1), hints),
        "describe": (gray,),
        "remember": (picture,),
        "step": (gray, picture, places, picture, places, features, color, features, color),
    }[graph]


class TorchGraphs:
    """The graphs in PyTorch; see `vs_tcvc.networks.compact.colorizer.Graphs`."""

    def __init__(self, networks: Networks, arithmetic: Arithmetic) -> None:
        self._arithmetic = arithmetic
        self._modules = {name: module.to(arithmetic.device) for name, module in modules(networks).items()}

    def value(self, array: Array) -> Tensor:
        return self._arithmetic.tensor(array)

    def array(self, value: Tensor) -> Array:
        return array_of(value)

    def joined(self, values: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(values), dim=-1)

    def run(self, graph: str, *values: Tensor) -> tuple[Tensor, ...]:
        with self._arithmetic.used():
            result: tuple[Tensor, ...] = self._modules[graph](*values)
            return result
