"""ResNet-101 (He et al. 2016) without its max pooling, batch norms frozen: the features that frames are compared by."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Taps:
    """Maps of frames, each for itself.

    shallow (n, 256, H/2, W/2), middle (n, 512, H/4, W/4), deep (n, 2048, H/8, W/8): the late one first.
    """

    shallow: Tensor
    middle: Tensor
    deep: Tensor


class ResNet(nn.Module):
    """rgb (n, 3, H, W), 0 to 1, not normalised -> Taps.

    What comes after block 18 of layer3 is in the weights and in no result.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = FrozenNorm(64)
        self.layer1 = layer(64, 64, 3, stride=1)
        self.layer2 = layer(256, 128, 4, stride=2)
        self.layer3 = layer(512, 256, 23, stride=2)
        self.layer4 = layer(1024, 512, 3, stride=2)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, rgb: Tensor) -> Taps:
        shallow = self.layer1[:2](F.relu(norm(self.conv1, self.bn1, rgb), inplace=True))
        middle = self.layer2[:3](self.layer1[2](shallow))
        early = self.layer3[:3](self.layer2[3](middle))
        late = self.layer3[3:19](early)
        return Taps(shallow, middle, torch.cat([late, early], dim=1))


class Bottleneck(nn.Module):
    """1x1, 3x3 (with the stride), 1x1 convolution beside the identity or a projection."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), FrozenNorm(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False), FrozenNorm(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), FrozenNorm(outputs)
        projection = (nn.Conv2d(inputs, outputs, 1, stride, bias=False), FrozenNorm(outputs))
        self.downsample = nn.ModuleList(projection if inputs != outputs else ())

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(norm(self.conv1, self.bn1, x), inplace=True)
        y = F.relu(norm(self.conv2, self.bn2, y), inplace=True)
        beside = norm(self.downsample[0], self.downsample[1], x) if self.downsample else x
        return F.relu(norm(self.conv3, self.bn3, y).add_(beside), inplace=True)


class FrozenNorm(nn.Module):
    """Batch norm of fixed statistics; all four vectors are buffers, none is trained."""

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))


def norm(convolution: nn.Module, norm: nn.Module, x: Tensor) -> Tensor:
    """Convolution and frozen norm as one convolution: a scale of its filters and a bias."""
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, FrozenNorm)
    scale = norm.weight * torch.rsqrt(norm.running_var + 1e-5)
    weight = convolution.weight * scale[:, None, None, None]
    return F.conv2d(x, weight, norm.bias - norm.running_mean * scale, convolution.stride, convolution.padding)


def layer(inputs: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    """`blocks` bottlenecks; the first one has the stride and a projection."""
    rest = (Bottleneck(4 * width, width, 1) for _ in range(blocks - 1))
    return nn.Sequential(Bottleneck(inputs, width, stride), *rest)
