"""Where a frame's pixels were: in the frame before, and in the picture that a run began with."""

from __future__ import annotations

import torch
from torch import Tensor

from vs_tcvc.motion import FINE, Gray, motion
from vs_tcvc.networks.compact.warp import places, sample


def trace(gray: Gray, before: Gray, picture: Gray, before_in_picture: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates in the frame before and in the picture, (1, 2, H, W) each, x then y.

    before_in_picture: the frame before's coordinates in the picture. Followed along the motion since, they say where
    the search for motion between frame and picture begins: it finds what has moved far, and its errors do not add up.
    """
    here = places((gray.shape[0], gray.shape[1]), before_in_picture)
    in_before = here + _tensor(motion(gray, before, FINE), here)
    start = sample(before_in_picture, in_before) - here
    return in_before, here + _tensor(motion(gray, picture, FINE, start[0].cpu().numpy()), here)


def _tensor(flow: object, like: Tensor) -> Tensor:
    return torch.as_tensor(flow, device=like.device)[None]
