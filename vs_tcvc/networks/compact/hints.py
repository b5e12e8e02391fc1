"""Hints: colours that are known at some places of a picture, and how C1 hears them.

They come as planes a*, b* and mask (N, 3, H, W) on the picture's grid: the mask is 1 where the colour is known, 0 where
it is not, and between them where a place is known in part; ab counts only where the mask is above 0. They enter beside
the encoder, which sees lightness alone: as maps that are added to C1's skips and bottom, through convolutions that
begin at zero, and as colours that places may take from hints on parts that look alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

AB_SCALE = 50.0
LITTLE = 0.01
"""Share of a place at 1/4 that is half of enough for it to be called known; a pixel is a sixteenth."""

_NOTHING = 1e-20  # chance of a place that is not known, so that there is a mean even where nothing is
_WIDTHS = (32, 64, 96, 128)
_WAVELENGTHS = (8, 16, 32, 64)  # of the measure of nearness, in places at 1/8


@dataclass(frozen=True)
class Level:
    """The hints at one coarseness.

    ab: mean of what is known (N, 2, h, w), 0 where nothing is. known: 0 to 1, near 1 as soon as a pixel is known.
    share: of the place that is known, 0 to 1; both (N, 1, h, w).
    """

    ab: Tensor
    known: Tensor
    share: Tensor

    @property
    def planes(self) -> Tensor:
        """All of it for a convolution, (N, 4, h, w)."""
        return torch.cat([self.ab * self.known / AB_SCALE, self.known, self.share], dim=1)


def levels(hints: Tensor) -> list[Level]:
    """Hints (N, 3, H, W), H and W multiples of 4, at 1/4, 1/8, 1/16 and 1/32, sizes rounded up."""
    mask = hints[:, 2:]
    share = F.avg_pool2d(mask, 4)
    ab = F.avg_pool2d(hints[:, :2] * mask, 4) / (share + 1e-6)
    found = [Level(ab, share / (share + LITTLE), share)]
    for _ in range(3):
        fine = found[-1]
        sums = F.avg_pool2d(torch.cat([fine.ab * fine.known, fine.known, fine.share], dim=1), 2, ceil_mode=True)
        known = F.max_pool2d(fine.known, 2, ceil_mode=True)
        found.append(Level(sums[:, :2] / (sums[:, 2:3] + 1e-6), known, sums[:, 3:]))
    return found


class HintNetwork(nn.Module):
    """Maps of the hints, to be added to maps of the picture; at the beginning they are zero."""

    def __init__(self, outputs: Sequence[int]) -> None:
        """outputs: channels of the maps that are added to, at 1/4, 1/8, 1/16 and 1/32."""
        super().__init__()
        inputs = (None, *_WIDTHS[:-1])
        self.enter = nn.ModuleList(nn.Conv2d(4, width, 3, padding=1) for width in _WIDTHS)
        self.coarser = nn.ModuleList(
            nn.Conv2d(fine, width, 3, 2, 1) for fine, width in zip(inputs, _WIDTHS, strict=True) if fine
        )
        self.leave = nn.ModuleList(nn.Conv2d(width, count, 1) for width, count in zip(_WIDTHS, outputs, strict=True))
        for weight in self.leave.parameters():
            nn.init.zeros_(weight)

    def forward(self, found: Sequence[Level]) -> list[Tensor]:
        x = F.relu(self.enter[0](found[0].planes))
        maps = [self.leave[0](x)]
        for level, enter, coarser, leave in zip(found[1:], self.enter[1:], self.coarser, self.leave[1:], strict=True):
            x = F.relu(enter(level.planes) + coarser(x))
            maps.append(leave(x))
        return maps


class HintLookUp(nn.Module):
    """What colour a place takes from hints elsewhere: their mean, those on like things and near ones counting most."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.features = nn.Conv2d(channels, 64, 1)
        nn.init.dirac_(self.features.weight)  # the same for all networks that have not learned it
        nn.init.zeros_(self.features.bias)  # type: ignore[arg-type]
        self.likeness = nn.Parameter(torch.tensor(3.0))
        self.nearness = nn.Parameter(torch.full((len(_WAVELENGTHS),), -1.0))

    def forward(self, x: Tensor, level: Level) -> tuple[Tensor, Tensor]:
        """Features (N, channels, h, w) and hints at 1/8 -> ab (N, 2, h, w) and how like the likest is (N, 1, h, w).

        Without any hint both are 0.
        """
        like, near = F.normalize(self.features(x).float(), dim=1).flatten(2), self._places(level.known).flatten(2)
        known = level.known.flatten(2)
        likeness = like.transpose(1, 2) @ like
        logits = likeness * self.likeness.exp() + near.transpose(1, 2) @ near + known.clamp(min=_NOTHING).log()
        ab = (torch.softmax(logits, dim=2) @ level.ab.flatten(2).transpose(1, 2)).transpose(1, 2)
        return ab.view_as(level.ab), (likeness * known).amax(dim=2).view_as(level.known)

    def _places(self, like: Tensor) -> Tensor:
        """Waves along both axes (N, 4 * wavelengths, h, w): the product of two places' is largest for near ones."""
        ones = torch.ones_like(like)
        frequency = like.new_tensor([2 * math.pi / each for each in _WAVELENGTHS]).view(1, -1, 1, 1)
        phase = torch.cat([ones.cumsum(2) * frequency, ones.cumsum(3) * frequency], dim=1)
        height = (self.nearness / 2).exp().repeat(2).view(1, -1, 1, 1)
        return torch.cat([phase.cos() * height, phase.sin() * height], dim=1)


class HintTrust(nn.Module):
    """How much of a place's colour is that of the hints: 0 without any, near 1 where one lies."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(channels + 1, 1, 1)
        self.obedience = nn.Parameter(torch.tensor(8.0))
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, -3.0)  # type: ignore[arg-type]

    def forward(self, x: Tensor, likeness: Tensor, level: Level) -> Tensor:
        """Features (N, channels, h, w), likeness of a hint (N, 1, h, w) and hints, at 1/4 -> (N, 1, h, w), 0 to 1."""
        some = level.known.amax(dim=(2, 3), keepdim=True)
        wish = self.head(torch.cat([x, likeness], dim=1)).float()
        return some * torch.sigmoid(wish + self.obedience * level.known)


class Hearing(nn.Module):
    """All of C1 that has to do with hints."""

    def __init__(self, quarter: int, eighth: int, sixteenth: int, bottom: int) -> None:
        """Channels of the maps at 1/4, 1/8, 1/16 and 1/32 to which those of the hints are added."""
        super().__init__()
        self.maps = HintNetwork((quarter, eighth, sixteenth, bottom))
        self.look_up = HintLookUp(eighth)
        self.trust = HintTrust(quarter)
