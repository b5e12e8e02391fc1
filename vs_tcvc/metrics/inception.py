"""Inception-v3 (Szegedy et al. 2016) as FID looks with it; its weights are a file that the user brings.

Two flavours, told apart by the file. Their figures cannot be compared with one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import WeightsError
from vs_tcvc.networks.arithmetic import Arithmetic, array_of
from vs_tcvc.networks.published.backbone import FrozenNorm
from vs_tcvc.networks.published.checkpoint import read
from vs_tcvc.picture.srgb_codes import Codes, rgb_from_codes
from vs_tcvc.runtime.file_hash import sha256_of

SIDE = 299

Kernel = int | tuple[int, int]
Step = dict[str, nn.Module]
"""Layers side by side, by name; their maps are joined."""


class Convolution(nn.Module):
    """Convolution, batch norm, ReLU; padded so that the size stays, or not at all."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel = 1, stride: int = 1, padded: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, bias=False)
        if padded:
            self.conv.padding = tuple(side // 2 for side in self.conv.kernel_size)
        self.bn = FrozenNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        norm = self.bn
        normed = F.batch_norm(
            self.conv(x), norm.running_mean, norm.running_var, norm.weight, norm.bias, training=False, eps=1e-3
        )
        return F.relu(normed, inplace=True)


_bare = partial(Convolution, padded=False)
_halving = partial(Convolution, kernel=3, stride=2, padded=False)


class Block(nn.Module):
    """Branches of steps from the same map, joined; the names of the layers are those of the weights."""

    def __init__(self, *branches: list[Step]) -> None:
        super().__init__()
        self._branches = [[list(step) for step in branch] for branch in branches]
        for branch in branches:
            for step in branch:
                for name, layer in step.items():
                    self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self._along(branch, x) for branch in self._branches], dim=1)

    def _along(self, branch: list[list[str]], x: Tensor) -> Tensor:
        for names in branch:
            x = torch.cat([self.get_submodule(name)(x) for name in names], dim=1)
        return x


def _a(inputs: int, pooled: int, pool: nn.Module) -> Block:
    return Block(
        [{"branch1x1": Convolution(inputs, 64)}],
        [{"branch5x5_1": Convolution(inputs, 48)}, {"branch5x5_2": Convolution(48, 64, 5)}],
        [
            {"branch3x3dbl_1": Convolution(inputs, 64)},
            {"branch3x3dbl_2": Convolution(64, 96, 3)},
            {"branch3x3dbl_3": Convolution(96, 96, 3)},
        ],
        [{"pool": pool}, {"branch_pool": Convolution(inputs, pooled)}],
    )


def _b() -> Block:
    return Block(
        [{"branch3x3": _halving(288, 384)}],
        [
            {"branch3x3dbl_1": Convolution(288, 64)},
            {"branch3x3dbl_2": Convolution(64, 96, 3)},
            {"branch3x3dbl_3": _halving(96, 96)},
        ],
        [{"pool": nn.MaxPool2d(3, 2)}],
    )


def _c(width: int, pool: nn.Module) -> Block:
    return Block(
        [{"branch1x1": Convolution(768, 192)}],
        [
            {"branch7x7_1": Convolution(768, width)},
            {"branch7x7_2": Convolution(width, width, (1, 7))},
            {"branch7x7_3": Convolution(width, 192, (7, 1))},
        ],
        [
            {"branch7x7dbl_1": Convolution(768, width)},
            {"branch7x7dbl_2": Convolution(width, width, (7, 1))},
            {"branch7x7dbl_3": Convolution(width, width, (1, 7))},
            {"branch7x7dbl_4": Convolution(width, width, (7, 1))},
            {"branch7x7dbl_5": Convolution(width, 192, (1, 7))},
        ],
        [{"pool": pool}, {"branch_pool": Convolution(768, 192)}],
    )


def _d() -> Block:
    return Block(
        [{"branch3x3_1": Convolution(768, 192)}, {"branch3x3_2": _halving(192, 320)}],
        [
            {"branch7x7x3_1": Convolution(768, 192)},
            {"branch7x7x3_2": Convolution(192, 192, (1, 7))},
            {"branch7x7x3_3": Convolution(192, 192, (7, 1))},
            {"branch7x7x3_4": _halving(192, 192)},
        ],
        [{"pool": nn.MaxPool2d(3, 2)}],
    )


def _e(inputs: int, pool: nn.Module) -> Block:
    return Block(
        [{"branch1x1": Convolution(inputs, 320)}],
        [
            {"branch3x3_1": Convolution(inputs, 384)},
            {"branch3x3_2a": Convolution(384, 384, (1, 3)), "branch3x3_2b": Convolution(384, 384, (3, 1))},
        ],
        [
            {"branch3x3dbl_1": Convolution(inputs, 448)},
            {"branch3x3dbl_2": Convolution(448, 384, 3)},
            {"branch3x3dbl_3a": Convolution(384, 384, (1, 3)), "branch3x3dbl_3b": Convolution(384, 384, (3, 1))},
        ],
        [{"pool": pool}, {"branch_pool": Convolution(inputs, 192)}],
    )


class Inception(nn.Sequential):
    """Pictures (N, 3, 299, 299) -> features (N, 2048): all up to Mixed_7c, then their mean over places.

    Layers are named as in torchvision. as_tensorflow: as the network was that FID was first measured with; means at
    the edges leave out what is beyond, and the last block pools by its maximum.
    """

    def __init__(self, as_tensorflow: bool) -> None:
        super().__init__()
        mean = partial(nn.AvgPool2d, 3, 1, 1, count_include_pad=not as_tensorflow)
        layers: Step = {
            "Conv2d_1a_3x3": _halving(3, 32),
            "Conv2d_2a_3x3": _bare(32, 32, 3),
            "Conv2d_2b_3x3": Convolution(32, 64, 3),
            "maxpool1": nn.MaxPool2d(3, 2),
            "Conv2d_3b_1x1": Convolution(64, 80),
            "Conv2d_4a_3x3": _bare(80, 192, 3),
            "maxpool2": nn.MaxPool2d(3, 2),
            "Mixed_5b": _a(192, 32, mean()),
            "Mixed_5c": _a(256, 64, mean()),
            "Mixed_5d": _a(288, 64, mean()),
            "Mixed_6a": _b(),
            "Mixed_6b": _c(128, mean()),
            "Mixed_6c": _c(160, mean()),
            "Mixed_6d": _c(160, mean()),
            "Mixed_6e": _c(192, mean()),
            "Mixed_7a": _d(),
            "Mixed_7b": _e(1280, mean()),
            "Mixed_7c": _e(2048, nn.MaxPool2d(3, 1, 1) if as_tensorflow else mean()),
            "avgpool": nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten(),
        }
        for name, layer in layers.items():
            self.add_module(name, layer)


def as_challenge(rgb: Tensor) -> Tensor:
    """R'G'B' (N, 3, H, W), 0 to 1 -> what NTIRE 2023's code shows the network.

    It puts 0 to 1 through the formula that torchvision has for -1 to 1; kept, so that figures can be compared.
    """
    seen = _resize((rgb - 0.5) / 0.5) * 0.5 + 0.5
    mean, deviation = (seen.new_tensor(each).view(3, 1, 1) for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    return seen * (deviation / 0.5) + (mean - 0.5) / 0.5


def as_pytorch_fid(rgb: Tensor) -> Tensor:
    """R'G'B' (N, 3, H, W), 0 to 1 -> what the package pytorch-fid shows the network."""
    return 2 * _resize(rgb) - 1


def _resize(x: Tensor) -> Tensor:
    return F.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False)


@dataclass(frozen=True)
class Flavour:
    """A way to measure FID.

    file: what its weights are called; the eight digits begin the file's SHA-256. as_tensorflow: as `Inception` has it.
    prepared: R'G'B' (N, 3, H, W), 0 to 1, as the network is shown it, (N, 3, 299, 299).
    """

    name: str
    file: str
    as_tensorflow: bool
    prepared: Callable[[Tensor], Tensor]

    @property
    def digits(self) -> str:
        return Path(self.file).stem.rpartition("-")[2]


FLAVOURS = (
    Flavour("ntire", "inception_v3_google-1a9a5a14.pth", False, as_challenge),
    Flavour("pytorch-fid", "pt_inception-2015-12-05-6726825d.pth", True, as_pytorch_fid),
)


class Viewer:
    """What Inception-v3 sees in pictures, by weights of one of `FLAVOURS`.

    Raises WeightsError for a file that cannot be read, or whose SHA-256 is none of theirs.
    """

    def __init__(self, path: Path, device: str, threads: int) -> None:
        self._arithmetic = Arithmetic(torch.device(device), threads=threads)
        self.flavour = flavour_of(path)
        network = Inception(self.flavour.as_tensorflow)
        state = read(path)
        network.load_state_dict({name: state[name] for name in network.state_dict()})
        self._network = network.eval().to(self._arithmetic.device)

    def features(self, picture: Codes) -> Array:
        """Features (2048,) of a picture, 8-bit R G B (H, W, 3)."""
        with self._arithmetic.used():
            rgb = self._arithmetic.tensor(rgb_from_codes(picture))[None]
            seen: Array = array_of(self._network(self.flavour.prepared(rgb)))[0]
            return seen


def flavour_of(path: Path) -> Flavour:
    """The flavour that a weights file is for, by its SHA-256; WeightsError where it is for none."""
    try:
        digest = sha256_of(path)
    except OSError as error:
        problem = f"it cannot be read ({error.strerror})"
        raise WeightsError(problem, option="inception", value=path, remedy=f"name {_expected()}") from None
    for flavour in FLAVOURS:
        if digest.startswith(flavour.digits):
            return flavour
    raise WeightsError(
        option="inception", value=path, expected=f"{_expected()}, told by the SHA-256 that its name ends with",
        got=f"one of SHA-256 {digest}", remedy="download it again",
    )  # fmt: skip


def _expected() -> str:
    return " or ".join(flavour.file for flavour in FLAVOURS)
