"""Pictures sampled along motion. Tensors are (N, C, H, W), coordinates are pixels, x then y."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def sample(picture: Tensor, at: Tensor) -> Tensor:
    """Bilinear samples of (N, C, H, W), sides 2 or more, at coordinates (N, 2, h, w); borders are repeated."""
    height, width = picture.shape[-2:]
    grid = torch.stack([at[:, 0] * (2 / (width - 1)) - 1, at[:, 1] * (2 / (height - 1)) - 1], dim=-1)
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=True)
