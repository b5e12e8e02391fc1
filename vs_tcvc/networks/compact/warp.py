"""Pictures sampled along motion. Tensors are (N, C, H, W), coordinates are pixels, x then y."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def places(size: tuple[int, int], like: Tensor) -> Tensor:
    """The pixel coordinates of a picture of `size` (H, W): (1, 2, H, W) on the device of `like`."""
    y, x = torch.meshgrid(
        torch.arange(size[0], dtype=torch.float32, device=like.device),
        torch.arange(size[1], dtype=torch.float32, device=like.device),
        indexing="ij",
    )
    return torch.stack([x, y]).unsqueeze(0)


def sample(picture: Tensor, at: Tensor) -> Tensor:
    """Bilinear samples of (N, C, H, W) at coordinates (N, 2, h, w); borders are repeated."""
    height, width = picture.shape[-2:]
    scale = torch.tensor([2 / max(width - 1, 1), 2 / max(height - 1, 1)], dtype=at.dtype, device=at.device)
    grid = at.permute(0, 2, 3, 1) * scale - 1
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=True)
