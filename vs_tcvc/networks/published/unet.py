"""The encoder-decoder of skips and instance norms that both stages colour with; its names are those of the weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.networks.published.blocks import convolution, instance_norm


@dataclass(frozen=True)
class Levels:
    """What the contracting half makes of frames: normalised maps.

    full (n, 64, H, W), half (n, 128, H/2, W/2), quarter (n, 256, H/4, W/4), eighth (n, 512, H/8, W/8).
    """

    full: Tensor
    half: Tensor
    quarter: Tensor
    eighth: Tensor


class UNet(nn.Module):
    """All but the first two convolutions, which differ between the stages."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1_2 = convolution(64, 64)
        self.conv1_2norm_ss = halving(64)
        self.conv2_1 = convolution(64, 128)
        self.conv2_2 = convolution(128, 128)
        self.conv2_2norm_ss = halving(128)
        self.conv3_1 = convolution(128, 256)
        self.conv3_2 = convolution(256, 256)
        self.conv3_3 = convolution(256, 256)
        self.conv3_3norm_ss = halving(256)
        self.conv4_1 = convolution(256, 512)
        self.conv4_2 = convolution(512, 512)
        self.conv4_3 = convolution(512, 512)
        for block, dilation in ((5, 2), (6, 2), (7, 1)):
            for place in (1, 2, 3):
                self.add_module(f"conv{block}_{place}", convolution(512, 512, dilation))
        self.conv8_1 = doubling(512, 256)
        self.conv3_3_short = convolution(256, 256)
        self.conv8_2 = convolution(256, 256)
        self.conv8_3 = convolution(256, 256)
        self.conv9_1 = doubling(256, 128)
        self.conv2_2_short = convolution(128, 128)
        self.conv9_2 = convolution(128, 128)
        self.conv10_1 = doubling(128, 128)
        self.conv1_2_short = convolution(64, 128)
        self.conv10_2 = convolution(128, 128)
        self.conv10_ab = nn.Conv2d(128, 2, 1)

    def contract(self, x: Tensor) -> Levels:
        """From the first convolutions' map (n, 64, H, W), H and W multiples of 8, down to 1/8."""
        full = self._chain(x, "conv1_2")
        half = self._chain(self.conv1_2norm_ss(full), "conv2_1", "conv2_2")
        quarter = self._chain(self.conv2_2norm_ss(half), "conv3_1", "conv3_2", "conv3_3")
        return Levels(full, half, quarter, self._chain(self.conv3_3norm_ss(quarter), "conv4_1", "conv4_2", "conv4_3"))

    def block(self, number: int, x: Tensor) -> Tensor:
        """Block 5, 6 or 7 at 1/8: (n, 512, h, w) -> the same."""
        return self._chain(x, *(f"conv{number}_{place}" for place in (1, 2, 3)))

    def expand(self, levels: Levels, x: Tensor) -> Tensor:
        """From 1/8 (n, 512, h, w) back to full size, with the skips of `levels`: ab (n, 2, H, W), -128 to 128."""
        x = F.relu(self.conv8_1(x) + self.conv3_3_short(levels.quarter), inplace=True)
        x = self._chain(x, "conv8_2", "conv8_3")
        x = F.relu(self.conv9_1(x) + self.conv2_2_short(levels.half), inplace=True)
        x = self._chain(x, "conv9_2")
        x = F.relu(self.conv10_1(x) + self.conv1_2_short(levels.full), inplace=True)
        x = F.leaky_relu(self.conv10_2(x), 0.2, inplace=True)
        return 128 * torch.tanh(self.conv10_ab(x).float())

    def _chain(self, x: Tensor, *names: str) -> Tensor:
        for name in names:
            x = F.relu(self.get_submodule(name)(x), inplace=True)
        return instance_norm(x)


def halving(channels: int) -> nn.Conv2d:
    """Every second row and column, each channel scaled by one weight."""
    return nn.Conv2d(channels, channels, 1, stride=2, groups=channels, bias=False)


def doubling(inputs: int, outputs: int) -> nn.Sequential:
    """Twice the size by repetition, then a convolution."""
    return nn.Sequential(nn.Upsample(scale_factor=2.0, mode="nearest"), convolution(inputs, outputs))
