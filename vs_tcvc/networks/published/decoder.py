"""The decoder of stage 2: the warp head, and the U-Net of stage 1 with attention over the chunk at its bottom."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vs_tcvc.networks.published.attention import WIDTH, TransformerLayer
from vs_tcvc.networks.published.blocks import instance_norm, map_of, tokens_of, two_convolutions
from vs_tcvc.networks.published.unet import Levels, UNet
from vs_tcvc.networks.published.warp import Warper

BLOCKS = (5, 6, 7)


class Decoder(nn.Module):
    """Warp head and U-Net; the names are those of the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.warper = Warper()
        self.decoder = ClipUNet()


class ClipUNet(UNet):
    """Colours the frames of a chunk; they know one another by their tokens alone."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_start = two_convolutions(7, 32, 64)
        for place, _ in enumerate(BLOCKS):
            self.add_module(f"vc_layer{place}", TransformerLayer(heads=8))
            self.add_module(f"fuse_cnn2trans{place + 1}", nn.Linear(512 + WIDTH, WIDTH))
            self.add_module(f"fuse_trans2cnn{place + 1}", nn.Conv2d(512 + WIDTH, 512, 1))

    def start(self, lightness: Tensor, warped: Tensor) -> Levels:
        """The contracting half, each frame for itself.

        lightness: (n, 1, H, W), L* - 50. warped: planes at 1/4 of the size, (n, 6, H/4, W/4).
        """
        planes = warped.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
        return self.contract(self.conv_start(torch.cat([lightness / 50, planes], dim=1)))

    def forward(self, reference: Tensor, frames: Levels, tokens: Tensor) -> Tensor:
        """ab (n - 1, 2, H, W) of the frames. tokens: the encoder's (n * h * w, 384), the reference's first.

        reference: its level at 1/8 (1, 512, h, w); it is coloured no further than its tokens are looked at.
        """
        x = torch.cat([reference, frames.eighth])
        for place, number in enumerate(BLOCKS):
            told = torch.cat([tokens_of(x), tokens], dim=1)
            joined = self.get_submodule(f"fuse_cnn2trans{place + 1}")(told)
            left_out = 1 if number == BLOCKS[-1] else 0
            layer = self.get_submodule(f"vc_layer{place}")
            assert isinstance(layer, TransformerLayer)
            tokens = layer.look_around(joined, skip=left_out * (len(joined) // len(x)))
            x = x[left_out:]
            both = torch.cat([self.block(number, x), map_of(tokens, x)], dim=1)
            x = instance_norm(x + self.get_submodule(f"fuse_trans2cnn{place + 1}")(both))
        return self.expand(frames, x)
