"""Building blocks shared by the three parts of the compact network. Tensors are (N, C, H, W)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU; `stride` 2 halves the size, rounding up."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Separable(nn.Module):
    """Residual block: a depthwise 5x5 convolution, then a pointwise bottleneck widened `expansion` times."""

    def __init__(self, channels: int, dilation: int = 1, expansion: int = 2) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            channels, channels, 5, padding=2 * dilation, dilation=dilation, groups=channels, bias=False
        )
        self.norm = nn.BatchNorm2d(channels)
        self.widen = nn.Conv2d(channels, channels * expansion, 1)
        self.narrow = nn.Conv2d(channels * expansion, channels, 1, bias=False)
        self.scale = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.widen(self.norm(self.depthwise(x))))
        result: Tensor = x + self.scale(self.narrow(y))
        return result


class Attention(nn.Module):
    """Residual self-attention over all places of a map, pre-norm; places are told apart by their features alone."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.project = nn.Linear(channels, 3 * channels)
        self.merge = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        count, channels, height, width = x.shape
        tokens = self.norm(x.flatten(2).transpose(1, 2))
        packed = self.project(tokens).view(count, -1, 3, self.heads, channels // self.heads)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(count, -1, channels)
        result: Tensor = x + self.merge(seen).transpose(1, 2).view(count, channels, height, width)
        return result


class Fuse(nn.Module):
    """Upsample a map to the size of a finer one and add both, then one separable block."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(coarse, fine, 1)
        self.block = Separable(fine)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        height, width = fine.shape[-2:]
        enlarged = F.interpolate(self.narrow(coarse), scale_factor=2.0, mode="nearest")
        result: Tensor = self.block(enlarged[..., :height, :width] + fine)
        return result


def stage(inputs: int, outputs: int, dilations: Sequence[int]) -> nn.Sequential:
    """Halve the size, then one separable block per dilation."""
    return nn.Sequential(convolution(inputs, outputs, stride=2), *(Separable(outputs, each) for each in dilations))


def unit(lightness: Tensor) -> Tensor:
    """L* 0..100 as the network sees it, -1..1."""
    return lightness / 50 - 1


def enlarge(x: Tensor, size: Sequence[int]) -> Tensor:
    """Bilinear enlargement to `size` (H, W)."""
    return F.interpolate(x, size=list(size), mode="bilinear", align_corners=False)
