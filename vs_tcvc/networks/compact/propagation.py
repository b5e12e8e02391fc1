"""S and C2, the semantic correspondence network and the image colorization network (paper eq. 4).

Every frame is coloured from candidates, each with a hint how far to trust it:

* the colour of the frame before, moved by optical flow;
* the reference's colour, moved by optical flow from there, whose search begins where the flows since then lead (one
  interpolation, so no blur builds up, and no error of motion);
* the reference's colour and the previous frame's colour, found by correspondence of features at 1/8 (S).

C2 looks at all of them, mixes them pixel by pixel and adds what none of them has. Only the mixture is handed to the
next frame: a mixture never leaves the range of its candidates, so however long a shot is, colour cannot run away.
Warping by flow happens outside (`warp.py`), so this file is convolutions and attention alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.networks.compact.blocks import Attention, Fuse, Separable, convolution, enlarge, stage, unit

FEATURES = 64
CANDIDATES = 4
AB_SCALE = 50.0
LIGHTNESS_ERROR_SCALE = 10.0


@dataclass(frozen=True)
class Carried:
    """Colour moved by flow: ab (N, 2, H, W) and how far lightness differs where it came from (N, 1, H, W), L*."""

    ab: Tensor
    error: Tensor


@dataclass(frozen=True)
class PropagatedColor:
    """A frame's colour: what is handed on, what is shown, and how sure it is.

    mixed: ab (N, 2, H, W), a convex mixture of the candidates. ab: the same with the correction.
    confidence: logits (N, 1, H, W). features: the frame's (N, 64, h, w).
    """

    mixed: Tensor
    ab: Tensor
    confidence: Tensor
    features: Tensor


@dataclass(frozen=True)
class Keys:
    """Coloured places to look things up in: features (N, 64, K) of unit length and their ab (N, 2, K), at 1/8."""

    features: Tensor
    ab: Tensor


class CorrespondenceNetwork(nn.Module):
    """S: features of a frame that say what is to be seen at a place, and the look-up with them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1, 24, stride=2)
        self.quarter = stage(24, 48, (1,))
        self.eighth = stage(48, 96, (1, 2))
        self.sixteenth = nn.Sequential(stage(96, 128, (1, 2)), Attention(128, 4), Separable(128))
        self.up_eighth = Fuse(128, 96)
        self.head = nn.Conv2d(96, FEATURES, 1)
        self.sharpness = nn.Parameter(torch.tensor(3.0))

    def forward(self, lightness: Tensor) -> tuple[Tensor, Tensor]:
        """lightness (N, 1, H, W), L* 0..100 -> unit features (N, 64, h, w) at 1/8, and a map (N, 24, H/2, W/2)."""
        half = self.stem(unit(lightness))
        eighth = self.eighth(self.quarter(half))
        features = self.head(self.up_eighth(self.sixteenth(eighth), eighth))
        return F.normalize(features.float(), dim=1), half

    def look_up(self, features: Tensor, keys: Keys) -> tuple[Tensor, Tensor]:
        """What colour `keys` has for these features: ab (N, 2, h, w) and the best similarity (N, 1, h, w), -1..1."""
        height, width = features.shape[-2:]
        similarity = features.flatten(2).transpose(1, 2) @ keys.features
        shares = torch.softmax(similarity * self.sharpness.exp(), dim=2)
        ab = (shares @ keys.ab.transpose(1, 2)).transpose(1, 2)
        best = similarity.amax(dim=2)
        return ab.view(-1, 2, height, width), best.view(-1, 1, height, width)


class ImageNetwork(nn.Module):
    """C2: an encoder-decoder with a transformer branch at the bottom; chooses among candidates and corrects."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1 + 3 * CANDIDATES, 32, stride=2)
        self.join = nn.Conv2d(24, 32, 1)
        self.quarter = stage(32, 64, (1,))
        self.eighth = stage(64, 96, (1, 1))
        self.bottom = nn.Sequential(stage(96, 128, (1, 2)), Attention(128, 4), Separable(128))
        self.up_eighth = Fuse(128, 96)
        self.up_quarter = Fuse(96, 64)
        self.up_half = Fuse(64, 32)
        self.head = nn.Conv2d(32, CANDIDATES + 3, 3, padding=1)
        nn.init.zeros_(self.head.weight)  # begins as the plain mean of the candidates
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, inputs: Tensor, half: Tensor) -> Tensor:
        """Candidates' planes (N, 13, H, W) and S's map (N, 24, H/2, W/2) -> planes (N, 7, H/2, W/2)."""
        x_half = self.stem(inputs) + self.join(half)
        quarter = self.quarter(x_half)
        eighth = self.eighth(quarter)
        x = self.up_quarter(self.up_eighth(self.bottom(eighth), eighth), quarter)
        result: Tensor = self.head(self.up_half(x, x_half))
        return result


class PropagationNetwork(nn.Module):
    """S and C2 together: one frame's colour from its reference and from the frame before."""

    def __init__(self) -> None:
        super().__init__()
        self.correspondence = CorrespondenceNetwork()
        self.image = ImageNetwork()

    def keys(self, lightness: Tensor, ab: Tensor) -> Keys:
        """A coloured frame as something to look up in: lightness (N, 1, H, W), ab (N, 2, H, W)."""
        return keys_of(self.correspondence(lightness)[0], ab)

    def forward(
        self, lightness: Tensor, flow: Carried, chain: Carried, reference: Keys, previous: Keys
    ) -> PropagatedColor:
        """The colour of the frame with lightness (N, 1, H, W), L* 0..100."""
        size = lightness.shape[-2:]
        features, half = self.correspondence(lightness)
        of_reference, of_previous = (self.correspondence.look_up(features, keys) for keys in (reference, previous))
        looked_up = enlarge(torch.cat([*of_reference, *of_previous], dim=1), size)  # all at once: twice as fast
        candidates = [flow.ab, chain.ab, looked_up[:, :2], looked_up[:, 3:5]]
        hints = [_closeness(flow.error), _closeness(chain.error), looked_up[:, 2:3], looked_up[:, 5:]]
        inputs = torch.cat([unit(lightness), *hints, *(ab / AB_SCALE for ab in candidates)], dim=1)
        planes = enlarge(self.image(inputs, half).float(), size)
        choice, correction, confidence = planes[:, :CANDIDATES], planes[:, CANDIDATES:-1], planes[:, -1:]
        shares = torch.softmax(choice, dim=1).unsqueeze(2)
        mixed = (shares * torch.stack(candidates, dim=1)).sum(dim=1)
        return PropagatedColor(mixed, mixed + AB_SCALE * correction, confidence, features)


def keys_of(features: Tensor, ab: Tensor) -> Keys:
    """Features (N, 64, H/8, W/8) with the ab (N, 2, H, W) of their frame, brought to the features' size."""
    return Keys(features.flatten(2), F.avg_pool2d(ab, 8).flatten(2))


def _closeness(error: Tensor) -> Tensor:
    return torch.exp(-error / LIGHTNESS_ERROR_SCALE)
