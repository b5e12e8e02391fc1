"""The judge of the adversarial trainings: is this picture a true one?"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.errors import UsageError

WIDTHS = (64, 64, 128, 256, 512, 1024)
ATTENTION_AFTER = 2
FULL_DEPTH = len(WIDTHS)
QUARTER_DEPTH = 4


class Spectral(nn.Conv2d):
    """A convolution whose weight is divided by its largest singular value (Miyato et al. 2018).

    One power iteration for every forward pass. Its state holds `weight_bar` (the weight as it is learned) and the
    vectors `weight_u` and `weight_v`.
    """

    weight_bar: nn.Parameter
    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, padding: int = 0):
        super().__init__(inputs, outputs, kernel, stride, padding)
        weight = self.weight
        del self.weight
        self.weight_bar = nn.Parameter(weight.detach())
        self.register_buffer("weight_u", _unit(torch.randn(outputs)))
        self.register_buffer("weight_v", _unit(torch.randn(weight[0].numel())))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, h, w)."""
        return F.conv2d(x, self.weight_bar / self._largest(), self.bias, self.stride, self.padding)

    def _largest(self) -> Tensor:
        """The largest singular value of the weight as a matrix (outputs, the rest), in fp32 under any autocast."""
        with torch.autocast(self.weight_bar.device.type, enabled=False):
            matrix = self.weight_bar.flatten(1)
            with torch.no_grad():
                v = _unit(matrix.T @ self.weight_u)
                u = _unit(matrix @ v)
                self.weight_u.copy_(u)
                self.weight_v.copy_(v)
            largest: Tensor = u @ (matrix @ v)
        return largest


def _unit(vector: Tensor) -> Tensor:
    return F.normalize(vector, dim=0, eps=1e-12)


class SelfAttention(nn.Module):
    """Every place looks at all others (Zhang et al. 2019, SAGAN); adds nothing before it has learned to."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (Spectral(width, width, 1) for _ in range(3))
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) -> the same shape."""
        query, key, value = (layer(x).flatten(2).transpose(1, 2) for layer in (self.query, self.key, self.value))
        found = F.scaled_dot_product_attention(query, key, value, scale=1.0)
        return torch.as_tensor(self.gamma * found.transpose(1, 2).reshape(x.shape) + x)


class Discriminator(nn.Module):
    """Convolutions 4x4 of stride 2 with spectral norm, widths `WIDTHS`, self-attention behind the second.

    depth: how many of them, `FULL_DEPTH` or `QUARTER_DEPTH` for pictures of a quarter of the size. kernel: of the
    last convolution, 3x3 in stage 1 and 3x6 in stage 2, where it covers the whole of a 216x384 picture.
    """

    def __init__(self, kernel: tuple[int, int] = (3, 3), depth: int = FULL_DEPTH) -> None:
        super().__init__()
        widths = (3, *WIDTHS[:depth])
        self.blocks = nn.ModuleList(Spectral(narrow, wide, 4, stride=2, padding=1) for narrow, wide in pairwise(widths))
        self.attention = SelfAttention(WIDTHS[ATTENTION_AFTER - 1])
        self.last = Spectral(widths[-1], 1, kernel)

    def forward(self, picture: Tensor) -> Tensor:
        """Pictures (N, 3, H, W) -> scores (N), higher for what looks true: the mean over the last map's places."""
        x = picture
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            x = F.leaky_relu(x if number == 1 else F.instance_norm(x), 0.2)
            if number == ATTENTION_AFTER:
                x = self.attention(x)
        return torch.as_tensor(self.last(x)).mean(dim=(1, 2, 3))


def depth_for(size: tuple[int, int], kernel: tuple[int, int]) -> int:
    """The deepest discriminator that a picture of `size` (H, W) leaves room for; UsageError where none does."""
    for depth in (FULL_DEPTH, QUARTER_DEPTH):
        if size[0] >> depth >= kernel[0] and size[1] >> depth >= kernel[1]:
            return depth
    smallest = f"{kernel[1] << QUARTER_DEPTH}x{kernel[0] << QUARTER_DEPTH}"
    expected = f"{smallest} or more for the discriminator"
    raise UsageError(option="working_size", expected=expected, got=f"{size[1]}x{size[0]}")
