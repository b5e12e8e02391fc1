"""What all parts of the published networks are made of. Maps are (n, C, h, w), tokens (n * h * w, C)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


def convolution(inputs: int, outputs: int, dilation: int = 1) -> nn.Conv2d:
    """3x3, zero-padded: the size stays."""
    return nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)


def two_convolutions(inputs: int, between: int, outputs: int) -> nn.Sequential:
    """Two 3x3 convolutions, a ReLU after each."""
    first, second = convolution(inputs, between), convolution(between, outputs)
    return nn.Sequential(first, nn.ReLU(inplace=True), second, nn.ReLU(inplace=True))


def instance_norm(x: Tensor) -> Tensor:
    """Every channel of every frame to mean 0 and variance 1 (biased, eps 1e-5), without parameters."""
    return F.group_norm(x, x.shape[1], eps=1e-5)


def tokens_of(x: Tensor) -> Tensor:
    """A map (n, C, h, w) as tokens (n * h * w, C): frame by frame, row by row."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def map_of(tokens: Tensor, like: Tensor) -> Tensor:
    """Tokens (n * h * w, C) as a map (n, C, h, w) of the size of `like`: inverse of `tokens_of`."""
    height, width = like.shape[-2:]
    return tokens.view(-1, height, width, tokens.shape[1]).permute(0, 3, 1, 2)
