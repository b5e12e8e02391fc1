"""S and C2, the semantic correspondence network and the image colorization network (paper eq. 4).

Every frame is coloured from candidates, each with a hint how far to trust it:

* the colour of the frame before, moved by optical flow;
* the reference's colour, moved by optical flow from there, whose search begins where the flows since then lead (one
  interpolation, so no blur builds up, and no error of motion);
* the reference's colour and the previous frame's colour, found by correspondence of features at 1/8 (S), of which half
  are learned for that alone and half come from what C1's encoder sees (`eye.py`).

C2 looks at all of them and at what the encoder sees, has a guess of its own as one more candidate, for what is in none
of them, mixes them pixel by pixel and adds what the mixture lacks. Only the mixture is handed to the next frame: a
mixture never leaves the range of its candidates, of which the guess is bounded, so however long a shot is, colour
cannot run away.
How certain a colour is goes the way of the colour: it is moved, found and mixed with it.
Warping by flow happens outside (`warp.py`), so this file is convolutions and attention alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.networks.compact.blocks import Attention, Fuse, Separable, convolution, enlarge, stage, unit
from vs_tcvc.networks.compact.eye import SEEN

OWN_FEATURES, EYE_FEATURES = 64, 64
FEATURES = OWN_FEATURES + EYE_FEATURES
CANDIDATES = 4
AB_SCALE = 50.0
LARGEST_GUESS = 70.0
"""Bound of a* and b* of C2's own guess."""

LIGHTNESS_ERROR_SCALE = 10.0


@dataclass(frozen=True)
class Carried:
    """Colour moved by flow: ab and certainty (N, 3, H, W), and how far lightness differs there (N, 1, H, W), L*."""

    color: Tensor
    error: Tensor


@dataclass(frozen=True)
class PropagatedColor:
    """A frame's colour: what is handed on, what is shown, and how sure it is.

    mixed: ab and certainty (N, 3, H, W), a convex mixture of the candidates. ab: the same with the correction.
    confidence: of the propagation alone, logits (N, 1, H, W). features: the frame's (N, 128, h, w). looked_up: what S
    finds in the reference, ab and certainty (N, 3, h, w).
    """

    mixed: Tensor
    ab: Tensor
    confidence: Tensor
    features: Tensor
    looked_up: Tensor


@dataclass(frozen=True)
class Keys:
    """Coloured places to look things up in: features (N, 128, K) of unit length, ab and certainty (N, 3, K), at 1/8."""

    features: Tensor
    color: Tensor


class CorrespondenceNetwork(nn.Module):
    """S: features of a frame that say what is to be seen at a place, and the look-up with them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1, 24, stride=2)
        self.quarter = stage(24, 48, (1,))
        self.eighth = stage(48, 96, (1, 2))
        self.sixteenth = nn.Sequential(stage(96, 128, (1, 2)), Attention(128, 4), Separable(128))
        self.up_eighth = Fuse(128, 96)
        self.head = nn.Conv2d(96, OWN_FEATURES, 1)
        self.of_eye = nn.Conv2d(SEEN, EYE_FEATURES, 1)
        self.eye_share = nn.Parameter(torch.tensor(0.0))
        self.sharpness = nn.Parameter(torch.tensor(3.0))

    def forward(self, lightness: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """lightness (N, 1, H, W), L* 0..100, and what is seen of it (N, 496, H/8, W/8).

        Returns unit features (N, 128, H/8, W/8), and a map (N, 24, H/2, W/2). The likeness of two places is that of
        both kinds of features, the eye's counting for the share learned.
        """
        half = self.stem(unit(lightness))
        eighth = self.eighth(self.quarter(half))
        own = self.head(self.up_eighth(self.sixteenth(eighth), eighth))
        share = torch.sigmoid(self.eye_share)
        kinds = (F.normalize(own.float(), dim=1), 1 - share), (F.normalize(self.of_eye(seen).float(), dim=1), share)
        return torch.cat([features * part.sqrt() for features, part in kinds], dim=1), half

    def look_up(self, features: Tensor, keys: Keys) -> tuple[Tensor, Tensor]:
        """What colour `keys` has for these features: ab and certainty (N, 3, h, w), best similarity (N, 1, h, w)."""
        height, width = features.shape[-2:]
        similarity = features.flatten(2).transpose(1, 2) @ keys.features
        shares = torch.softmax(similarity * self.sharpness.exp(), dim=2)
        color = (shares @ keys.color.transpose(1, 2)).transpose(1, 2)
        best = similarity.amax(dim=2)
        return color.view(-1, 3, height, width), best.view(-1, 1, height, width)


class ImageNetwork(nn.Module):
    """C2: an encoder-decoder with a transformer branch at the bottom; chooses among candidates and corrects."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(1 + 3 * CANDIDATES, 32, stride=2)
        self.join = nn.Conv2d(24, 32, 1)
        self.quarter = stage(32, 64, (1,))
        self.eighth = stage(64, 96, (1, 1))
        self.join_eye = nn.Conv2d(SEEN, 96, 1)
        self.bottom = nn.Sequential(stage(96, 128, (1, 2)), Attention(128, 4), Separable(128))
        self.up_eighth = Fuse(128, 96)
        self.up_quarter = Fuse(96, 64)
        self.up_half = Fuse(64, 32)
        self.head = nn.Conv2d(32, CANDIDATES + 3, 3, padding=1)
        self.guess = nn.Conv2d(32, 3, 3, padding=1)
        for each in (self.join_eye, self.head, self.guess):  # begins as the plain mean of what is found, and no guess
            nn.init.zeros_(each.weight)
            nn.init.zeros_(each.bias)  # type: ignore[arg-type]
        nn.init.constant_(self.guess.bias[:1], -4.0)  # type: ignore[index]

    def forward(self, inputs: Tensor, half: Tensor, seen: Tensor) -> Tensor:
        """What each place makes of the candidates.

        inputs: their planes (N, 13, H, W). half: S's map (N, 24, H/2, W/2). seen: by the eye (N, 496, H/8, W/8).
        Returns (N, 10, H/2, W/2): choice among the candidates found and the guess, the guess's ab before it is
        bounded, correction of ab, confidence.
        """
        x_half = self.stem(inputs) + self.join(half)
        quarter = self.quarter(x_half)
        eighth = self.eighth(quarter) + self.join_eye(seen * math.sqrt(SEEN))
        x = self.up_half(self.up_quarter(self.up_eighth(self.bottom(eighth), eighth), quarter), x_half)
        planes, guess = self.head(x), self.guess(x)
        return torch.cat([planes[:, :CANDIDATES], guess, planes[:, CANDIDATES:]], dim=1)


class PropagationNetwork(nn.Module):
    """S and C2 together: one frame's colour from its reference and from the frame before."""

    def __init__(self) -> None:
        super().__init__()
        self.correspondence = CorrespondenceNetwork()
        self.image = ImageNetwork()

    def keys(self, lightness: Tensor, seen: Tensor, color: Tensor) -> Keys:
        """A coloured frame as something to look up in: L* (N, 1, H, W), what is seen of it, its colour (N, 3, H, W)."""
        return keys_of(self.correspondence(lightness, seen)[0], color)

    def forward(
        self, lightness: Tensor, seen: Tensor, flow: Carried, chain: Carried, reference: Keys, previous: Keys
    ) -> PropagatedColor:
        """The colour of the frame with lightness (N, 1, H, W), L* 0..100; seen: what `see` sees of it."""
        size = lightness.shape[-2:]
        features, half = self.correspondence(lightness, seen)
        of_reference, of_previous = (self.correspondence.look_up(features, keys) for keys in (reference, previous))
        looked_up = enlarge(torch.cat([*of_reference, *of_previous], dim=1), size)  # all at once: twice as fast
        candidates = [flow.color, chain.color, looked_up[:, :3], looked_up[:, 4:7]]
        closeness = [_closeness(flow.error), _closeness(chain.error), looked_up[:, 3:4], looked_up[:, 7:]]
        inputs = torch.cat([unit(lightness), *closeness, *(each[:, :2] / AB_SCALE for each in candidates)], dim=1)
        planes = enlarge(self.image(inputs, half, seen).float(), size)
        choice, guess, correction, confidence = torch.split(planes, [CANDIDATES + 1, 2, 2, 1], dim=1)
        candidates.append(torch.cat([LARGEST_GUESS * torch.tanh(guess), torch.sigmoid(confidence)], dim=1))
        shares = torch.softmax(choice, dim=1).unsqueeze(2)
        mixed = (shares * torch.stack(candidates, dim=1)).sum(dim=1)
        return PropagatedColor(mixed, mixed[:, :2] + AB_SCALE * correction, confidence, features, of_reference[0])


def keys_of(features: Tensor, color: Tensor) -> Keys:
    """Features (N, 128, H/8, W/8) with the colour (N, 3, H, W) of their frame, brought to the features' size."""
    return Keys(features.flatten(2), F.avg_pool2d(color, 8).flatten(2))


def _closeness(error: Tensor) -> Tensor:
    return torch.exp(-error / LIGHTNESS_ERROR_SCALE)
