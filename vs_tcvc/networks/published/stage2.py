"""Stage 2: colours a chunk of frames from a coloured reference (paper eq. 4).

What depends on the reference alone is made once per run (`begin`); a chunk is one to three frames in the released
weights' use (`colorize`). Between chunks goes a memory of tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vs_tcvc.networks.published.attention import TransformerLayer
from vs_tcvc.networks.published.decoder import Decoder
from vs_tcvc.networks.published.encoder import ColorEncoder
from vs_tcvc.networks.published.warp import Warped

HARD = 1e-10
"""Temperature at which the released weights are used: the colour of the best place alone."""

_WHITE = torch.tensor([0.95047, 1.0, 1.08883])
_RGB_FROM_XYZ = torch.tensor(
    [
        [3.24048134, -0.96925495, 0.05564664],
        [-1.53715152, 1.87599, -0.20404134],
        [-0.49853633, 0.04155593, 1.05731107],
    ]
)


@dataclass(frozen=True)
class Seen:
    """Frames before they know of one another.

    cnn (n, 512, H/8, W/8) and tokens (n * H/8 * W/8, 384) for the encoder, projected (n, 256, H/4, W/4) for the warp
    head.
    """

    cnn: Tensor
    tokens: Tensor
    projected: Tensor


@dataclass(frozen=True)
class ReferenceFeatures:
    """A reference as every chunk needs it.

    colours: its ab in units of 128, (1, 2, H/4, W/4). decoded: as far as it is decoded alone, (1, 512, H/8, W/8).
    """

    seen: Seen
    colors: Tensor
    decoded: Tensor


@dataclass(frozen=True)
class ChunkColor:
    """A chunk's colour: ab (n, 2, H, W), -128 to 128, what the warp head found, and the memory after the chunk."""

    ab: Tensor
    warped: Warped
    memory: Tensor


class ClipNetwork(nn.Module):
    """Encoder, decoder and the layer that keeps the memory, as the weights' three parts hold them."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = ColorEncoder()
        self.decoder = Decoder()
        self.inter = TransformerLayer(heads=4)

    def forward(self, lightness: Tensor, ab_ref: Tensor, memory: Tensor | None, temperature: float) -> ChunkColor:
        """One chunk, the reference's frame first: lightness (n, 1, H, W), L* - 50, its ab (1, 2, H, W).

        H and W are multiples of 8. Colours the n - 1 frames after the reference; `memory` is None for a run's first.
        """
        return self.colorize(self.begin(lightness[:1], ab_ref), lightness[1:], memory, temperature)

    def begin(self, lightness: Tensor, ab: Tensor) -> ReferenceFeatures:
        """A reference: lightness (1, 1, H, W), L* - 50, and ab (1, 2, H, W)."""
        colors = ab[:, :, ::4, ::4] / 128
        both = torch.stack([colors, colors], dim=1)
        itself = Warped(both, torch.ones_like(both[:, :, 0]))
        decoded = self.decoder.decoder.start(lightness, itself.planes).eighth
        return ReferenceFeatures(self._seen(rgb_of(lightness, ab)), colors, decoded)

    def colorize(
        self, reference: ReferenceFeatures, lightness: Tensor, memory: Tensor | None, temperature: float
    ) -> ChunkColor:
        """The next frames of a run: lightness (n, 1, H, W), L* - 50."""
        seen = self._seen((lightness + 50).expand(-1, 3, -1, -1) / 100)
        cnn, tokens = torch.cat([reference.seen.cnn, seen.cnn]), torch.cat([reference.seen.tokens, seen.tokens])
        encoded, tokens = self.encoder.layers(cnn, tokens, memory)
        tokens = tokens.detach()
        features = self.decoder.warper(torch.cat([reference.seen.projected, seen.projected]), encoded)
        warped = self.decoder.warper.warp_layer(features, reference.colors, temperature)
        unet = self.decoder.decoder
        ab = unet(reference.decoded, unet.start(lightness, warped.planes), tokens)
        return ChunkColor(ab, warped, tokens if memory is None else self.inter.look_at(memory, tokens))

    def _seen(self, rgb: Tensor) -> Seen:
        taps = self.encoder.taps(rgb)
        return Seen(*self.encoder.layers.project(taps.deep), self.decoder.warper.project(taps))


def rgb_of(lightness: Tensor, ab: Tensor) -> Tensor:
    """Lightness (n, 1, H, W), L* - 50, and ab (n, 2, H, W) as sRGB (n, 3, H, W), clipped to 0 to 1.

    The arithmetic of the published network, whose constants differ a little from those of `vs_tcvc.picture.color`.
    """
    y = (lightness + 66) / 116
    x, z = y + ab[:, :1] / 500, (y - ab[:, 1:] / 200).clamp_min(0)
    root = torch.cat([x, y, z], dim=1)
    xyz = torch.where(root > 0.2068966, root**3, (root - 16 / 116) / 7.787) * _WHITE.to(root)[:, None, None]
    linear = (xyz[:, :, None] * _RGB_FROM_XYZ.to(root)[:, :, None, None]).sum(dim=1)
    is_bright = linear > 0.0031308
    bright = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(is_bright, bright, 12.92 * linear).clamp(0, 1)
