"""EfficientNet-Lite0 (Tan and Le 2019; "Lite": ReLU6, no squeeze and excitation) up to 1/32, on lightness.

Its first weights may be those that were learned on ImageNet: what is to be seen says what colour it has.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

STEM = 32
STAGES = (  # kernel, stride, expansion, channels, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
QUARTER, EIGHTH, SIXTEENTH, THIRTY_SECOND = 24, 40, 112, 320
"""Channels of the maps."""


class Convolution(nn.Module):
    """Convolution and batch norm; stride 2 rounds up and pads as TensorFlow does, more behind than before."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self._kernel, self._stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        across, down = self._padding(width), self._padding(height)
        padded = F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
        result: Tensor = self.norm(self.conv(padded))
        return result

    def _padding(self, length: int) -> int:
        places = (length + self._stride - 1) // self._stride  # of positive numbers: ONNX cuts negative ones towards 0
        return max(0, (places - 1) * self._stride + self._kernel - length)


class InvertedResidual(nn.Module):
    """Widen, look around per channel, narrow (Sandler et al. 2018); added to its input where that fits."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.widen = Convolution(inputs, wide, 1) if expansion > 1 else None
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.narrow = Convolution(wide, outputs, 1)
        self._adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        wide = F.relu6(self.widen(x)) if self.widen else x
        y: Tensor = self.narrow(F.relu6(self.depthwise(wide)))
        return x + y if self._adds else y


class FeatureEncoder(nn.Module):
    """Lightness, -1..1, (N, 1, H, W) -> maps at 1/4, 1/8, 1/16 and 1/32, sizes rounded up."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(1, STEM, 3, stride=2)
        inputs, stages = STEM, []
        for kernel, stride, expansion, outputs, blocks in STAGES:
            first = InvertedResidual(inputs, outputs, kernel, stride, expansion)
            more = (InvertedResidual(outputs, outputs, kernel, 1, expansion) for _ in range(blocks - 1))
            stages.append(nn.Sequential(first, *more))
            inputs = outputs
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = F.relu6(self.stem(x))
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps[1], maps[2], maps[4], maps[6]
