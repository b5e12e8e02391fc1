"""Laws of quick depthwise convolutions: the same network, the same output, the same gradients."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from vs_tcvc.networks.compact.blocks import Separable
from vs_tcvc.networks.compact.encoder import InvertedResidual
from vs_tcvc.training.depthwise import Depthwise, make_quick


def both(network: nn.Module) -> tuple[nn.Module, nn.Module]:
    quick = copy.deepcopy(network)
    make_quick(quick)
    return network, quick


def kinds(network: nn.Module) -> list[type[nn.Module]]:
    return [type(each) for each in network.modules()]


NETWORKS = [Separable(8, dilation=2), InvertedResidual(6, 10, 5, 2, 3)]


@pytest.mark.parametrize("network", NETWORKS)
def test_state_and_number_of_weights_stay_what_they_are(network: nn.Module) -> None:
    slow, quick = both(network)
    assert Depthwise in kinds(quick)
    assert Depthwise not in kinds(slow)
    expected, found = slow.state_dict(), quick.state_dict()
    assert list(expected) == list(found)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


CONVOLUTIONS = [
    nn.Conv2d(6, 6, 5, padding=4, dilation=2, groups=6, bias=False),
    nn.Conv2d(6, 6, 3, 2, groups=6, bias=False),
    nn.Conv2d(6, 6, 5, 2, groups=6, bias=False),
]


def learned(network: nn.Module, reduced: bool) -> list[Tensor]:
    """Output, gradient of the input and gradient of the weight."""
    network.zero_grad()
    random = torch.Generator().manual_seed(0)
    x = torch.randn(2, 6, 13, 16, generator=random).requires_grad_(True)
    with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
        y = network(x)
    (y.float() * torch.randn(y.shape, generator=random)).sum().backward()
    (weight,) = network.parameters()
    assert x.grad is not None
    assert weight.grad is not None
    return [y.detach().float(), x.grad, weight.grad]


@pytest.mark.parametrize("reduced", [False, True])
@pytest.mark.parametrize("convolution", CONVOLUTIONS)
def test_output_and_gradients_are_the_same(convolution: nn.Conv2d, reduced: bool) -> None:
    """Of fp32's, as near as bf16 is, which has 8 bits."""
    exact, quick = both(nn.Sequential(convolution))
    near = 0.02 if reduced else 1e-5
    for expected, found in zip(learned(exact, False), learned(quick, reduced), strict=True):
        assert (expected - found).abs().max() <= near * expected.abs().max()


def test_other_convolutions_stay_as_they_are() -> None:
    network = nn.Sequential(nn.Conv2d(4, 4, 3, bias=False), nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 8, 3, groups=4))
    before = kinds(network)
    make_quick(network)
    assert kinds(network) == before
