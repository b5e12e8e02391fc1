"""Pictures sampled along motion. Tensors are (N, C, H, W), coordinates are pixels, x then y."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def sample(picture: Tensor, at: Tensor) -> Tensor:
    """Bilinear samples of (N, C, H, W), sides 2 or more, at coordinates (N, 2, h, w); borders are repeated."""
    height, width = picture.shape[-2:]
    scale = torch.tensor([2 / (width - 1), 2 / (height - 1)], dtype=at.dtype, device=at.device)
    return sample_grid(picture, at.permute(0, 2, 3, 1) * scale - 1)


def sample_grid(picture: Tensor, grid: Tensor) -> Tensor:
    """The same at places (N, h, w, 2) of which -1 and 1 are the centres of the first and last pixels, x then y.

    Borders are repeated by clamping: PyTorch before 2.11 refuses padding_mode="border" on Apple's GPUs.
    """
    return F.grid_sample(picture, grid.clamp(-1, 1), mode="bilinear", padding_mode="zeros", align_corners=True)
