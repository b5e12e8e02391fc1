"""One eye: what C1's encoder sees of a frame also says which places of two frames show the same thing.

It was learned from far more pictures than S, and knows what things are; S knows how they look. It looks at half the
frame's size, which is about that of the pictures it was trained on, at a quarter of the cost.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from vs_tcvc.networks.compact.blocks import enlarge, unit
from vs_tcvc.networks.compact.encoder import EIGHTH, QUARTER, SIXTEENTH, THIRTY_SECOND, FeatureEncoder

SEEN = QUARTER + EIGHTH + SIXTEENTH + THIRTY_SECOND
"""Channels of what is seen."""


def see(encoder: FeatureEncoder, lightness: Tensor) -> Tensor:
    """What the encoder sees of frames, lightness (N, 1, H, W), L* 0..100: unit features (N, 496, H/8, W/8).

    Its maps at 1/8, 1/16, 1/32 and 1/64 of the frame, each less its mean, so that places differ by what is special
    there.
    """
    maps = _look(encoder, lightness)
    size = maps[0].shape[-2:]
    special = (each.float() - each.float().mean(dim=(2, 3), keepdim=True) for each in maps)
    return F.normalize(torch.cat([enlarge(each, size) for each in special], dim=1), dim=1)


def describe(encoder: FeatureEncoder, lightness: Tensor) -> Tensor:
    """What a frame shows, wherever in it, lightness (N, 1, H, W), L* 0..100: a unit vector (N, 432).

    The means of the maps at 1/32 and 1/64, each of the same weight: the product of two descriptions is near 1 for
    frames that show the same scene.
    """
    means = [F.normalize(each.float().mean(dim=(2, 3)), dim=1) for each in _look(encoder, lightness)[2:]]
    return torch.cat(means, dim=1) / math.sqrt(len(means))


def _look(encoder: FeatureEncoder, lightness: Tensor) -> tuple[Tensor, ...]:
    maps: tuple[Tensor, ...] = encoder(unit(F.avg_pool2d(lightness, 2)))
    return maps
