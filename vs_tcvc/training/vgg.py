"""VGG-19 (Simonyan and Zisserman 2015) as a measure of likeness; its weights are a file that the user brings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from vs_tcvc.errors import WeightsError
from vs_tcvc.networks.published.checkpoint import read
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.file_hash import sha256_of

FILE = "vgg19-dcbb9e9d.pth"
"""What torchvision calls its weights; the eight digits begin the file's SHA-256."""

_WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512)
_TAPS = (3, 8, 13, 22, 31)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg19(nn.Module):
    """The first fourteen convolutions under torchvision's names; it never learns."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(*_layers())
        self.register_buffer("mean", torch.tensor(_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        """R'G'B' (N, 3, H, W), 0 to 1 -> the maps relu1_2, relu2_2, relu3_2, relu4_2, relu5_2, fine to coarse."""
        x, taps = (rgb - self.mean) / self.deviation, []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in _TAPS:
                taps.append(x)
        return taps


def _layers() -> Iterator[nn.Module]:
    """Convolutions with ReLU by their widths; 0 halves the picture."""
    inputs = 3
    for width in _WIDTHS:
        if width:
            yield nn.Conv2d(inputs, width, 3, padding=1)
            yield nn.ReLU()
            inputs = width
        else:
            yield nn.MaxPool2d(2)


def load_vgg(path: Path) -> Vgg19:
    """VGG-19 with torchvision's weights; the classifier and the last two convolutions in the file are not needed.

    Raises WeightsError for a file that is missing, damaged or of another network.
    """
    network = Vgg19()
    load_into(network, torchvision_state(path), path)
    return network.eval()


def emit_if_missing(vgg: Vgg19 | None, emit: Emit) -> None:
    """Emit that a training goes without the perceptual loss."""
    if vgg is None:
        emit(Event("no_vgg", f"no --vgg {FILE}: learning without the perceptual loss"))


def torchvision_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a file such as `name-0123abcd.pth`, whose digits have to begin its SHA-256; without them, any.

    Raises WeightsError for a file that is missing, damaged or not a dictionary of tensors.
    """
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise WeightsError(f"{path}: weights cannot be read ({error.strerror}); name a file such as {FILE}") from None
    promised = re.search(r"-([0-9a-f]{8,64})$", path.stem)
    if promised and not digest.startswith(promised[1]):
        raise WeightsError(
            f"{path}: expected a SHA-256 that begins with {promised[1]}, got {digest}; download it again"
        )
    state = read(path)
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(f"{path}: expected weights of torchvision, got something else; name a file such as {FILE}")
    return state


def load_into(module: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Fill every weight of `module` from `state`, which may hold more; WeightsError where one is missing or differs."""
    expected = module.state_dict()
    wrong = [name for name, value in expected.items() if name not in state or state[name].shape != value.shape]
    if wrong:
        got = tuple(state[wrong[0]].shape) if wrong[0] in state else None
        raise WeightsError(
            f"{path}: {len(wrong)} weights do not fit, first {wrong[0]}: "
            f"expected shape {tuple(expected[wrong[0]].shape)}, got {got}"
        )
    module.load_state_dict({name: state[name] for name in expected})
