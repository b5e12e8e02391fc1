"""The encoder of stage 2: ResNet features, then convolutions per frame beside attention over the whole chunk."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vs_tcvc.networks.published.attention import WIDTH, TransformerLayer, positions
from vs_tcvc.networks.published.backbone import ResNet, Taps
from vs_tcvc.networks.published.blocks import instance_norm, map_of, tokens_of

CHANNELS = 512


class ColorEncoder(nn.Module):
    """Backbone and transformer; the names are those of the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.ModuleList([nn.ModuleDict({"body": ResNet()})])
        self.transformer = nn.ModuleDict({"encoder": Transformer()})

    def taps(self, rgb: Tensor) -> Taps:
        """Features of frames, each for itself: rgb (n, 3, H, W), 0 to 1."""
        result: Taps = self.backbone[0].get_submodule("body")(rgb)
        return result

    @property
    def layers(self) -> Transformer:
        transformer = self.transformer["encoder"]
        assert isinstance(transformer, Transformer)
        return transformer


class Transformer(nn.Module):
    """Two projections of the features, the layer that reads the memory, and four layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(4))
        self.project2cnn = nn.Conv2d(2048, CHANNELS, 1)
        self.project2trans = nn.Linear(2048, WIDTH)
        self.interlayer_request = TransformerLayer(heads=4)

    def project(self, deep: Tensor) -> tuple[Tensor, Tensor]:
        """Features (n, 2048, h, w) -> map (n, 512, h, w) and tokens (n * h * w, 384), each frame for itself."""
        return self.project2cnn(deep), self.project2trans(tokens_of(deep))

    def forward(self, x: Tensor, tokens: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """Map and tokens of a chunk, as `project` gives them, and the memory (k, 384) of earlier ones -> the same."""
        if memory is not None:
            tokens = self.interlayer_request.look_at(tokens, memory)
        position = positions(len(x), x)
        for each in self.layers:
            x, tokens = each(x, tokens, position)
        return x, tokens


class Layer(TransformerLayer):
    """A convolution branch and a token branch that tell each other what they found."""

    def __init__(self) -> None:
        super().__init__(heads=8)
        self.conv = nn.Sequential(
            *(part for dilation in (2, 1, 2) for part in (
                nn.ReplicationPad2d(dilation),
                nn.Conv2d(CHANNELS, CHANNELS, 3, dilation=dilation),
                nn.ReLU(inplace=True),
                nn.GroupNorm(CHANNELS, CHANNELS, affine=False),
            ))
        )  # fmt: skip
        self.fuse_cnn2trans = nn.Sequential(nn.Linear(WIDTH + CHANNELS, WIDTH))
        self.fuse_trans2cnn = nn.Sequential(nn.Conv2d(CHANNELS + WIDTH, CHANNELS, 1))

    def forward(self, x: Tensor, tokens: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        """Map (n, 512, h, w) and tokens (n * h * w, 384) -> the same."""
        joined = self.fuse_cnn2trans(torch.cat([tokens, tokens_of(x)], dim=1))
        tokens = self.look_around(joined, position)
        told = self.fuse_trans2cnn(torch.cat([self.conv(x), map_of(tokens, x)], dim=1))
        return instance_norm(x + told), tokens
