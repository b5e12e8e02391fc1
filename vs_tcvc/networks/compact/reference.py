"""C1, the reference colorization network (paper eq. 3): lightness and hints in, a distribution over colours out.

An encoder-decoder with skips and self-attention at 1/32. At a quarter of the
picture's size it gives the share of every colour bin, and how to spread that coarse colour over the full size
as convex sums of 3 x 3 neighbours (Teed and Deng 2020, section 3.3), which sharpens without dulling. Colours that are
known at some places (`hints.py`) are heard in the decoder, and mixed in where they are trusted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.networks.compact.bins import bin_centres
from vs_tcvc.networks.compact.blocks import Attention, Fuse, Separable, convolution, unit
from vs_tcvc.networks.compact.encoder import EIGHTH, QUARTER, SIXTEENTH, THIRTY_SECOND, FeatureEncoder
from vs_tcvc.networks.compact.hints import Hearing, levels

SCALE = 4


@dataclass(frozen=True)
class Decoding:
    """How shares of bins become colours, which belongs to the weights.

    temperature: 1 is the mean of the bins (dull), towards 0 the mode (vivid). strength: factor on ab, for what a mean
    of uncertain colours lacks.
    """

    temperature: float = 1.0
    strength: float = 1.0


@dataclass(frozen=True)
class Certainty:
    """How sure a colour is by the entropy of its bins, 0 to 1, which belongs to the weights.

    The logistic function of offset - slope * entropy: the chance that the true colour lies within 8 units of ab, as
    fitted on pictures that were held back (`vs_tcvc.training.calibration`).
    """

    offset: float = 4.0
    slope: float = 8.0

    def __call__(self, logits: Tensor) -> Tensor:
        """Logits of the bins (N, bins, h, w) -> (N, 1, h, w)."""
        return torch.sigmoid(self.offset - self.slope * entropy(logits))


@dataclass(frozen=True)
class Found:
    """What C1 finds at 1/4 of the picture's size.

    shares: logits of the bins (N, bins, h, w). spreading: logits of the weights that spread colour over the full size
    (N, 144, h, w). propagated: colour of the hints, as each place takes it, ab (N, 2, h, w). trust: how much of the
    colour is that, 0 to 1 (N, 1, h, w); 0 without hints.
    """

    shares: Tensor
    spreading: Tensor
    propagated: Tensor
    trust: Tensor


class ReferenceNetwork(nn.Module):
    """Lightness (N, 1, H, W), L* 0..100, H and W multiples of 4, and hints -> what there is to be found of colour."""

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
        self.hints = Hearing(96, 128, 192, THIRTY_SECOND)

    def forward(self, lightness: Tensor, hints: Tensor) -> Found:
        """hints: a*, b* and mask 0..1 (N, 3, H, W); a mask of zeros for none."""
        quarter, eighth, sixteenth, bottom = self.encoder(unit(lightness))
        known = levels(hints)
        in_quarter, in_eighth, in_sixteenth, in_bottom = self.hints.maps(known)
        x = self.up_sixteenth(self.bottom(bottom + in_bottom), self.skip_sixteenth(sixteenth) + in_sixteenth)
        x = self.up_eighth(x, self.skip_eighth(eighth) + in_eighth)
        found_afar = torch.cat(self.hints.look_up(x, known[1]), dim=1)
        x = self.last(self.up_quarter(x, self.skip_quarter(quarter) + in_quarter))
        height, width = x.shape[-2:]
        afar = F.interpolate(found_afar, scale_factor=2.0, mode="bilinear", align_corners=False)[..., :height, :width]
        propagated = afar[:, :2] + known[0].known * (known[0].ab - afar[:, :2])
        return Found(self.shares(x), self.spread(x), propagated, self.hints.trust(x, afar[:, 2:], known[0]))

    def decode(self, logits: Tensor, temperature: float) -> Tensor:
        """Annealed mean of the bins (Zhang et al. 2016, eq. 5): logits (N, bins, h, w) -> ab (N, 2, h, w).

        temperature 1 is the mean (dull), towards 0 the mode (vivid).
        """
        shares = torch.softmax(logits.float() / temperature, dim=1)
        return torch.einsum("nkhw,kc->nchw", shares, self.centres)

    def color(self, found: Found, decoding: Decoding) -> Tensor:
        """The colour to show, ab (N, 2, 4h, 4w): the decoded guess, and the hints' where they are trusted."""
        guess = self.decode(found.shares, decoding.temperature) * decoding.strength
        return spread(guess + found.trust * (found.propagated - guess), found.spreading)


def entropy(logits: Tensor) -> Tensor:
    """Of the shares of bins: logits (N, bins, h, w) -> (N, 1, h, w), 0 for one colour to 1 for any colour."""
    logarithms = torch.log_softmax(logits.float(), dim=1)
    return -(logarithms.exp() * logarithms).sum(dim=1, keepdim=True) / math.log(logits.shape[1])


def spread(ab: Tensor, logits: Tensor) -> Tensor:
    """Coarse ab (N, C, h, w) at full size (N, C, 4h, 4w): convex sums of 3 x 3 neighbours."""
    count, channels, height, width = ab.shape
    weights = torch.softmax(logits.float().permute(0, 2, 3, 1).reshape(-1, 9, SCALE * SCALE), dim=1)
    around = F.unfold(F.pad(ab, (1, 1, 1, 1), mode="replicate"), 3).view(count, channels, 9, height * width)
    mixed = torch.bmm(around.permute(0, 3, 1, 2).reshape(-1, channels, 9), weights)
    planes = mixed.view(count, height, width, channels, SCALE, SCALE).permute(0, 3, 1, 4, 2, 5)
    return planes.reshape(count, channels, SCALE * height, SCALE * width)
