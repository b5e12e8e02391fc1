"""Depthwise convolutions that learn quickly on a CPU in bf16.

There oneDNN takes three to twenty times as long for their gradients in bf16 as in fp32 (5x5 on 16x16: 40 and 16 ms), so
what runs forward in bf16 runs backward in fp32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Fp32Backward(torch.autograd.Function):
    """`F.conv2d` of one filter per channel, with gradients computed in fp32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = stride, padding, dilation
        return F.conv2d(x, weight, None, stride, padding, dilation, len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        x, weight = ctx.saved_tensors
        how = (*ctx.how, False, (0, 0), len(weight), (*ctx.needs_input_grad[:2], False))
        exact = [each.float() for each in (gradient, x, weight)]
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(*exact, None, *how)
        return of_x if of_x is None else of_x.to(x.dtype), of_weight.to(weight.dtype), None, None, None


class Depthwise(nn.Conv2d):
    """A depthwise convolution without bias, as `_Fp32Backward`; it is the one that it replaces in all else."""

    def __init__(self, replaced: nn.Conv2d) -> None:
        super().__init__(1, 1, 1)
        self.__dict__.update(replaced.__dict__)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same as the convolution that it replaces."""
        if not torch.is_autocast_enabled(x.device.type):
            return super().forward(x)
        kind = torch.get_autocast_dtype(x.device.type)
        result: Tensor = _Fp32Backward.apply(x.to(kind), self.weight.to(kind), self.stride, self.padding, self.dilation)
        return result


def make_quick(network: nn.Module) -> None:
    """Replace the depthwise convolutions of a network, in place; its state stays what it is."""
    for parent in list(network.modules()):
        for name, each in list(parent.named_children()):
            if type(each) is nn.Conv2d and each.groups == each.in_channels == each.out_channels and each.bias is None:
                setattr(parent, name, Depthwise(each))
