"""C1, the reference colorization network (paper eq. 3): lightness in, a distribution over colours out.

An encoder-decoder with skips and self-attention at 1/32. At a quarter of the
picture's size it gives the share of every colour bin, and how to spread that coarse colour over the full size
as convex sums of 3 x 3 neighbours (Teed and Deng 2020, section 3.3), which sharpens without dulling.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.networks.compact.bins import bin_centres
from vs_tcvc.networks.compact.blocks import Attention, Fuse, Separable, convolution, unit
from vs_tcvc.networks.compact.encoder import EIGHTH, QUARTER, SIXTEENTH, THIRTY_SECOND, FeatureEncoder

SCALE = 4


@dataclass(frozen=True)
class Decoding:
    """How shares of bins become colours, which belongs to the weights.

    temperature: 1 is the mean of the bins (dull), towards 0 the mode (vivid). strength: factor on ab, for what a mean
    of uncertain colours lacks.
    """

    temperature: float = 1.0
    strength: float = 1.0


class ReferenceNetwork(nn.Module):
    """lightness (N, 1, H, W), L* 0..100, H and W multiples of 4 -> shares of bins and spreading weights."""

    centres: Tensor

    def __init__(self) -> None:
        super().__init__()
        centres = torch.from_numpy(bin_centres())
        self.register_buffer("centres", centres, persistent=False)
        self.encoder = FeatureEncoder()
        self.bottom = nn.Sequential(Attention(THIRTY_SECOND, 8), Separable(THIRTY_SECOND))
        self.up_sixteenth = Fuse(THIRTY_SECOND, 192)
        self.up_eighth = Fuse(192, 128)
        self.up_quarter = Fuse(128, 96)
        self.skip_sixteenth = nn.Conv2d(SIXTEENTH, 192, 1)
        self.skip_eighth = nn.Conv2d(EIGHTH, 128, 1)
        self.skip_quarter = nn.Conv2d(QUARTER, 96, 1)
        self.last = Separable(96)
        self.shares = nn.Conv2d(96, len(centres), 1)
        self.spread = nn.Sequential(convolution(96, 64), nn.Conv2d(64, 9 * SCALE * SCALE, 1))

    def forward(self, lightness: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the bins (N, bins, H/4, W/4) and logits of the spreading weights (N, 144, H/4, W/4)."""
        quarter, eighth, sixteenth, bottom = self.encoder(unit(lightness))
        x = self.up_sixteenth(self.bottom(bottom), self.skip_sixteenth(sixteenth))
        x = self.up_eighth(x, self.skip_eighth(eighth))
        x = self.last(self.up_quarter(x, self.skip_quarter(quarter)))
        return self.shares(x), self.spread(x)

    def decode(self, logits: Tensor, temperature: float) -> Tensor:
        """Annealed mean of the bins (Zhang et al. 2016, eq. 5): logits (N, bins, h, w) -> ab (N, 2, h, w).

        temperature 1 is the mean (dull), towards 0 the mode (vivid).
        """
        shares = torch.softmax(logits.float() / temperature, dim=1)
        return torch.einsum("nkhw,kc->nchw", shares, self.centres)


def spread(ab: Tensor, logits: Tensor) -> Tensor:
    """Coarse ab (N, 2, h, w) at full size (N, 2, 4h, 4w): convex sums of 3 x 3 neighbours."""
    count, _, height, width = ab.shape
    weights = torch.softmax(logits.float().view(count, 1, 9, SCALE, SCALE, height, width), dim=2)
    padded = F.pad(ab, (1, 1, 1, 1), mode="replicate")
    neighbours = F.unfold(padded, 3).view(count, 2, 9, 1, 1, height, width)
    mixed = (weights * neighbours).sum(dim=2)
    return mixed.permute(0, 1, 4, 2, 5, 3).reshape(count, 2, SCALE * height, SCALE * width)
