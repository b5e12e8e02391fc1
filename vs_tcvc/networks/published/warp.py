"""The warp head of stage 2: which place of the reference each place of a frame looks like, and the colour there."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.networks.published.attention import WIDTH, positions
from vs_tcvc.networks.published.backbone import Taps
from vs_tcvc.networks.published.blocks import convolution, instance_norm, tokens_of, two_convolutions

HEAD = 256
"""Channels of each of the two heads: the first compares shallow features, the second the encoder's."""

AT_ONCE = 2048
"""Places that are compared with the reference at once, which bounds memory."""


@dataclass(frozen=True)
class Warped:
    """The reference's colour as found for each frame by each head.

    ab: (n, heads, 2, h, w), in units of 128. similarity: of the best place, (n, heads, h, w), -1 to 1.
    """

    ab: Tensor
    similarity: Tensor

    @property
    def planes(self) -> Tensor:
        """(n, 6, h, w): ab of the first head, ab of the second, both similarities."""
        return torch.cat([self.ab.flatten(1, 2), self.similarity], dim=1)


class Warper(nn.Module):
    """Everything at 1/4 of the size; the names are those of the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.warp_layer = WarpLayer()
        self.project_feature1 = nn.Conv2d(512, 128, 1)
        self.project_feature2 = nn.Conv2d(256, 128, 1)
        self.fuse_conv1_1 = Residual()
        self.fuse_conv1_2 = Residual()
        self.fuse_conv1_3 = Residual()
        upsample = nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=False)
        self.Conv_up = nn.Sequential(upsample, convolution(512, HEAD), nn.PReLU())

    def project(self, taps: Taps) -> Tensor:
        """The backbone's part of what is compared, each frame for itself: (n, 256, h, w)."""
        shallow = instance_norm(self.project_feature2(taps.shallow))[:, :, ::2, ::2]
        return torch.cat([shallow, instance_norm(self.project_feature1(taps.middle))], dim=1)

    def forward(self, projected: Tensor, encoded: Tensor) -> Tensor:
        """What `project` gives and the encoder's map (n, 512, h/2, w/2) -> what is compared, (n, 512, h, w)."""
        before = torch.cat([projected, instance_norm(self.Conv_up(encoded))], dim=1)
        x = self.fuse_conv1_3(self.fuse_conv1_2(self.fuse_conv1_1(before)))
        return torch.cat([x[:, :HEAD], 0.2 * x[:, HEAD:] + 0.8 * before[:, HEAD:]], dim=1)


class Residual(nn.Module):
    """Two 3x3 convolutions with ReLU, a norm, and the input again."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = two_convolutions(512, 512, 512)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + instance_norm(self.conv(x))
        return result


class WarpLayer(nn.Module):
    """Correspondence by cosine similarity, and the colours that it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Linear(HEAD, HEAD)
        self.phi = nn.Linear(HEAD, HEAD)
        self.pos_embed = nn.Linear(WIDTH, HEAD)
        self.refine_net = nn.Sequential(nn.Linear(514, 2), nn.PReLU())  # in the weights, never used

    def forward(self, features: Tensor, colors: Tensor, temperature: float) -> Warped:
        """features (n, 512, h, w), the reference's first; colours: its ab (1, 2, h, w) -> the n - 1 other frames'.

        Compared in fp32 whatever the precision of the rest: the best of thousands of places differs by small margins.
        temperature: of the softmax over the reference's places; next to 0 the best one's colour (equal ones' mean).
        """
        count, _, height, width = features.shape
        with torch.autocast(features.device.type, enabled=False):
            queries, keys = self.compare(features.float())
            values = tokens_of(colors).float()
            parts = [look_up(head, key, values, temperature) for head, key in zip(queries, keys, strict=True)]
        size = (count - 1, height, width)
        ab = torch.stack([found.view(*size, 2) for found, _ in parts], dim=1).permute(0, 1, 4, 2, 3)
        return Warped(ab, torch.stack([similarity.view(size) for _, similarity in parts], dim=1))

    def compare(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors of the frames' places (2, N, 256) and of the reference's (2, K, 256).

        Places count in the second head only: they are added to one side and taken from the other.
        """
        place = self.pos_embed(positions(len(features), features))
        first, second = tokens_of(features).chunk(2, dim=1)
        one = len(first) // len(features)
        queries = torch.stack([first[one:], second[one:] + place[one:]])
        keys = torch.stack([first[:one], second[:one] - place[:one]])
        return unit(self.theta(queries)), unit(self.phi(keys))


def unit(x: Tensor) -> Tensor:
    """Vectors (heads, k, 256) about the mean of their head, of length 1."""
    centred = x - x.mean(dim=1, keepdim=True)
    result: Tensor = centred / (centred.norm(dim=2, keepdim=True) + 2.220446e-16)
    return result


def look_up(queries: Tensor, keys: Tensor, values: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """queries (N, 256), keys (K, 256), values (K, 2) -> softmax-weighted values (N, 2), best similarity (N)."""
    found = []
    for start in range(0, len(queries), AT_ONCE):
        similarity = (queries[start : start + AT_ONCE] / temperature) @ keys.T
        found.append((F.softmax(similarity, dim=1) @ values, similarity.amax(dim=1) * temperature))
    return torch.cat([ab for ab, _ in found]), torch.cat([best for _, best in found])
