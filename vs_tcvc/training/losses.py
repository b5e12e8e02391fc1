"""Losses of the published networks (arXiv 2305.07904, eq. 5 to 7). Tensors are (N, C, H, W); Lab has L* from 0 to 100.

All of them are computed in fp32, whatever precision the networks have.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from vs_tcvc.networks.compact.motion_trace import places
from vs_tcvc.networks.compact.warp import sample
from vs_tcvc.networks.published.stage2 import rgb_of
from vs_tcvc.training.vgg import Vgg19

COARSE_TO_FINE = (1.0, 1 / 2, 1 / 4, 1 / 8, 1 / 16)
MASK_SHARES = (0.25, 0.5)


def l1(ab: Tensor, truth: Tensor) -> Tensor:
    """Mean distance of colours (N, 2, H, W)."""
    return (ab - truth).abs().mean()


def asymmetric_l1(ab: Tensor, truth: Tensor, mask: Tensor | None = None) -> Tensor:
    """L1 over a clip's frames in order, later ones counting more: factors from 0.5 for the first to 1.5 for the last.

    ab, truth: (n, 2, H, W). mask: objects (n, 1, H, W), 1 inside; with it, objects and background weigh alike, but
    where the objects' share lies outside `MASK_SHARES`, the nearest of these stands for it.
    """
    weights = torch.linspace(0.5, 1.5, len(ab), device=ab.device).view(-1, 1, 1, 1)
    if mask is not None:
        share = mask.mean(dim=(1, 2, 3), keepdim=True).clamp(*MASK_SHARES)
        weights = weights * 0.5 * (mask / share + (1 - mask) / (1 - share))
    return ((ab - truth).abs() * weights).mean()


def smoothness(ab: Tensor, guide: Tensor) -> Tensor:
    """Squared distance of colours (N, 2, H, W) from their mean over 3x3 neighbours, weighted by likeness.

    guide: the true Lab (N, 3, H, W); a neighbour's weight is the softmax of minus its squared distance from the
    middle in L*, a*, b*, so colour may change where the picture does. Places beyond the edge are 0, as in the paper.
    """
    around, middle = _neighbours(guide), guide.unsqueeze(2)
    weights = torch.softmax(-(around - middle).square().sum(dim=1, keepdim=True), dim=2)
    return F.mse_loss((weights * _neighbours(ab)).sum(dim=2), ab)


def temporal_smoothness(ab: Tensor, guide: Tensor) -> Tensor:
    """The same with each place's colours in all n frames of a clip as neighbours: (n, 2, H, W), (n, 3, H, W)."""
    distance = (guide.unsqueeze(0) - guide.unsqueeze(1)).square().sum(dim=2)
    weights = torch.softmax(-distance, dim=1)
    return F.mse_loss(torch.einsum("pqhw,qchw->pchw", weights, ab), ab)


def _neighbours(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 9, H, W)."""
    return F.unfold(x, 3, padding=1).view(*x.shape[:2], 9, *x.shape[2:])


def perceptual(vgg: Vgg19, lab: Tensor, truth: Tensor) -> Tensor:
    """Distance of VGG-19's maps of two pictures L*, a*, b* (N, 3, H, W) as R'G'B', coarse maps counting most.

    Each map's squared distance is relative to the true map's mean square, so that no layer rules by its scale.
    """
    total = lab.new_zeros(())
    with torch.no_grad():
        wanted = vgg(_rgb(truth))
    for weight, found, true in zip(COARSE_TO_FINE, reversed(vgg(_rgb(lab))), reversed(wanted), strict=True):
        size = true.float().square().mean() + 1e-6
        total = total + weight * F.mse_loss(found.float(), true.float()) / size
    return total


def _rgb(lab: Tensor) -> Tensor:
    return rgb_of(lab[:, :1] - 50, lab[:, 1:])


def temporal_warping(ab: Tensor, before: Tensor, flow: Tensor, sure: Tensor) -> Tensor:
    """Mean distance of a frame's colour (N, 2, H, W) from the frame before's, moved along the motion (eq. 7).

    flow: where each pixel was, (N, 2, H, W) pixels, x then y; sure: (N, 1, H, W), 1 where that can be relied on. The
    mean is over all places, sure or not.
    """
    here = torch.tensor(places(ab.shape[-2], ab.shape[-1]), device=ab.device)
    carried = sample(before, here + flow)
    return ((ab - carried).abs() * sure).mean()


def hinge_of_judge(of_true: Tensor, of_made: Tensor) -> Tensor:
    """What a discriminator learns from its scores (N): above 1 for true pictures, below -1 for made ones."""
    return F.relu(1 - of_true).mean() + F.relu(1 + of_made).mean()


def hinge_of_painter(of_made: Tensor) -> Tensor:
    """What a colouring network learns from the scores (N) of its pictures."""
    return -of_made.mean()


def for_judge(lab: Tensor) -> Tensor:
    """What a discriminator sees of L* 0 to 100, a*, b* (N, 3, H, W): each from about -1 to 1."""
    scale = lab.new_tensor([1 / 50, 1 / 128, 1 / 128]).view(3, 1, 1)
    return lab * scale - lab.new_tensor([1, 0, 0]).view(3, 1, 1)
