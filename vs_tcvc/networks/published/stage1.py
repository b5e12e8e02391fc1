"""Stage 1: colours one frame (paper eq. 3), which then is the reference of its shot."""

from __future__ import annotations

import torch
from torch import Tensor

from vs_tcvc.networks.published.blocks import two_convolutions
from vs_tcvc.networks.published.unet import UNet

PRIOR = 0.5
"""All four numbers of the colour prior, as the released weights know it."""


class SingleImageNetwork(UNet):
    """prior_and_lab (N, 8, H, W) -> ab (N, 2, H, W), -128 to 128; H and W multiples of 8.

    Channels: the prior four times, L* - 50, a* and b* of the frame before, L* - 50 of this one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1_1 = two_convolutions(8, 32, 64)

    def forward(self, prior_and_lab: Tensor) -> Tensor:
        levels = self.contract(self.conv1_1(prior_and_lab))
        x = levels.eighth
        for number in (5, 6, 7):
            x = self.block(number, x)
        return self.expand(levels, x)


def without_frame_before(lightness: Tensor) -> Tensor:
    """The input for a frame that stands alone: lightness (N, 1, H, W), L* - 50 -> (N, 8, H, W)."""
    zeros = torch.zeros_like(lightness)
    return torch.cat([torch.full_like(lightness, PRIOR).expand(-1, 4, -1, -1), zeros, zeros, zeros, lightness], dim=1)
