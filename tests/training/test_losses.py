"""Laws of the published losses, their discriminator and VGG-19, against plain loops and torch's own parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vs_tcvc.errors import UsageError, WeightsError
from vs_tcvc.metrics.flow import warp
from vs_tcvc.training import losses
from vs_tcvc.training.discriminator import Discriminator, SelfAttention, Spectral, depth_for
from vs_tcvc.training.vgg import Vgg19, load_vgg


def random(*shape: int, scale: float = 1.0, seed: int = 0) -> Tensor:
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# Losses


def test_smoothness_is_what_a_plain_loop_finds() -> None:
    """Zero beyond the edge, both for the guide and for the colour; 1e-5 is float32's rounding of exp and sums."""
    ab, guide = random(1, 2, 4, 5, scale=10), random(1, 3, 4, 5)
    color, lab = (np.pad(each[0].numpy(), ((0, 0), (1, 1), (1, 1))) for each in (ab, guide))
    error = 0.0
    for y in range(1, 5):
        for x in range(1, 6):
            near = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            weights = np.exp([-np.square(lab[:, v, u] - lab[:, y, x]).sum() for v, u in near])
            mean = sum(w * color[:, v, u] for w, (v, u) in zip(weights / weights.sum(), near, strict=True))
            error += np.square(mean - color[:, y, x]).sum()
    assert losses.smoothness(ab, guide).item() == pytest.approx(error / ab.numel(), rel=1e-5)


def test_color_may_change_where_the_picture_does() -> None:
    ab, flat = torch.zeros(1, 2, 8, 8), torch.full((1, 3, 8, 8), 50.0)
    ab[..., 4:] = 50
    edge = flat.clone()
    edge[:, 0, :, 4:] = 90
    middle = (..., slice(1, -1), slice(2, -2))  # colour falls to 0 beyond the right edge
    assert losses.smoothness(ab[middle], edge[middle]) < losses.smoothness(ab[middle], flat[middle])


def test_color_of_one_place_may_change_with_time_where_the_picture_does() -> None:
    ab = torch.stack([torch.zeros(2, 4, 4), torch.full((2, 4, 4), 5.0)])
    still, moving = torch.full((2, 3, 4, 4), 50.0), torch.full((2, 3, 4, 4), 50.0)
    moving[1] = 90
    assert losses.temporal_smoothness(ab, still).item() == pytest.approx(6.25)  # 2.5 from the mean of both
    assert losses.temporal_smoothness(ab, moving).item() < 1e-6


def test_later_frames_count_three_times_the_first() -> None:
    truth = torch.zeros(5, 2, 4, 4)
    wrong = [truth.clone() for _ in range(5)]
    for frame in range(5):
        wrong[frame][frame] = 1
    found = [losses.asymmetric_l1(each, truth).item() * 5 for each in wrong]
    assert found == pytest.approx([0.5, 0.75, 1.0, 1.25, 1.5])


@pytest.mark.parametrize(("share", "inside", "outside"), [(0.25, 2, 2 / 3), (0.5, 1, 1), (1 / 16, 2, 2 / 3), (1, 1, 1)])
def test_objects_weigh_like_the_background(share: float, inside: float, outside: float) -> None:
    """A mask of a sixteenth counts as a quarter, a whole one as a half."""
    mask = torch.zeros(1, 1, 4, 4)
    mask.view(-1)[: round(16 * share)] = 1
    truth = torch.zeros(1, 2, 4, 4)
    by_hand = 0.5 * 0.5 * (inside * mask.mean() * 2 + outside * (1 - mask).mean() * 2)
    assert losses.asymmetric_l1(truth + 1, truth, mask).item() == pytest.approx(by_hand.item())


def test_color_that_moves_along_the_motion_costs_nothing_where_motion_is_sure() -> None:
    before = random(1, 2, 8, 12, scale=20)
    flow = random(1, 2, 8, 12, scale=2, seed=1)
    now = torch.from_numpy(warp(before[0].numpy(), flow[0].numpy()))[None].float()
    sure = torch.ones(1, 1, 8, 12)
    assert losses.temporal_warping(now, before, flow, sure).item() < 1e-4
    assert losses.temporal_warping(now + 3, before, flow, sure).item() == pytest.approx(3, rel=1e-4)
    sure[..., :6] = 0
    assert losses.temporal_warping(now + 3, before, flow, sure).item() == pytest.approx(1.5, rel=1e-4)


def test_the_hinge_stops_where_the_judge_is_sure() -> None:
    assert losses.hinge_of_judge(torch.tensor([1.5, 2.0]), torch.tensor([-1.0, -9.0])) == 0
    assert losses.hinge_of_judge(torch.tensor([0.0]), torch.tensor([0.0])) == 2
    assert losses.hinge_of_painter(torch.tensor([3.0, -1.0])) == -1


# Discriminator


def test_a_spectral_weight_has_the_largest_singular_value_1() -> None:
    """After enough iterations, one per forward pass."""
    layer, x = Spectral(3, 8, 4, stride=2, padding=1), random(1, 3, 8, 8)
    for _ in range(200):
        found = layer(x)
    matrix = layer.weight_bar.detach().flatten(1)
    expected = nn.functional.conv2d(
        x, layer.weight_bar / torch.linalg.matrix_norm(matrix, 2), layer.bias, stride=2, padding=1
    )
    assert torch.allclose(found, expected, atol=1e-5)
    assert set(layer.state_dict()) == {"bias", "weight_bar", "weight_u", "weight_v"}


def test_two_passes_before_one_gradient_are_allowed() -> None:
    layer = Spectral(3, 4, 3)
    (layer(random(1, 3, 5, 5)) - layer(random(1, 3, 5, 5, seed=1))).square().sum().backward()
    assert layer.weight_bar.grad is not None


def test_attention_adds_nothing_at_first_and_then_what_plain_attention_finds() -> None:
    block, x = SelfAttention(8), random(2, 8, 3, 5)
    assert torch.equal(block(x), x)
    nn.init.constant_(block.gamma, 0.5)
    for _ in range(200):
        block(x)
    rest = block(x) - x
    query, key, value = (layer(x).flatten(2) for layer in (block.query, block.key, block.value))
    look = torch.softmax(query.transpose(1, 2) @ key, dim=2)
    assert torch.allclose(rest, 0.5 * (value @ look.transpose(1, 2)).view_as(x), atol=1e-4)


@pytest.mark.parametrize(("kernel", "size"), [((3, 3), (192, 192)), ((3, 6), (192, 384)), ((3, 3), (64, 64))])
def test_a_discriminator_scores_each_picture_by_itself(kernel: tuple[int, int], size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    judge = Discriminator(kernel, depth_for(size, kernel))
    pictures = random(2, 3, *size)
    both = judge(pictures)
    assert both.shape == (2,)
    with torch.no_grad():
        judge(pictures)
        assert torch.allclose(judge(pictures)[1:], judge(pictures[1:]), atol=2e-2)


def test_the_discriminator_is_that_of_the_paper() -> None:
    """Six convolutions 4x4 of these widths, self-attention of three 1x1 behind the second, one score."""
    judge = Discriminator((3, 6))
    shapes = [tuple(block.weight_bar.shape) for block in judge.blocks if isinstance(block, Spectral)]
    widths = [3, 64, 64, 128, 256, 512, 1024]
    assert shapes == [(wide, narrow, 4, 4) for narrow, wide in pairwise(widths)]
    assert tuple(judge.last.weight_bar.shape) == (1, 1024, 3, 6)
    assert tuple(judge.attention.query.weight_bar.shape) == (64, 64, 1, 1)
    assert judge.attention.gamma.item() == 0


def test_a_picture_too_small_for_the_discriminator_is_refused() -> None:
    assert [depth_for(size, (3, 3)) for size in ((192, 192), (184, 192), (48, 48))] == [6, 4, 4]
    with pytest.raises(UsageError, match="working_size: expected 96x48 or more for the discriminator, got 64x64"):
        depth_for((64, 64), (3, 6))


# VGG-19


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights under torchvision's names, as its files hold them, called by their own hash."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    more = {"features.34.weight": torch.zeros(512, 512, 3, 3), "classifier.0.bias": torch.zeros(4096)}
    torch.save(Vgg19().state_dict() | more, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return path.rename(path.with_name(f"vgg19-{digest[:8]}.pth"))


def test_vgg_is_filled_from_torchvisions_file_and_looks_at_five_scales(vgg_file: Path) -> None:
    network = load_vgg(vgg_file)
    expected = torch.load(vgg_file, weights_only=True)
    state = network.state_dict()
    convolutions = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30]
    assert set(state) == {f"features.{index}.{part}" for index in convolutions for part in ("weight", "bias")}
    assert all(torch.equal(state[name], expected[name]) for name in state)
    assert not any(each.requires_grad for each in network.parameters())
    maps = network(torch.rand(1, 3, 32, 48))
    assert [tuple(each.shape[1:]) for each in maps] == [
        (64, 32, 48), (128, 16, 24), (256, 8, 12), (512, 4, 6), (512, 2, 3)
    ]  # fmt: skip
    assert all(each.min() >= 0 for each in maps)


def test_perceptual_is_nothing_for_the_same_picture_and_learns_from_another(vgg_file: Path) -> None:
    network, picture = (
        load_vgg(vgg_file),
        torch.cat([torch.full((1, 1, 32, 32), 60.0), random(1, 2, 32, 32, scale=30)], 1),
    )
    assert losses.perceptual(network, picture, picture) == 0
    other = (picture * torch.tensor([1, 2, 0]).view(3, 1, 1)).requires_grad_()
    found = losses.perceptual(network, other, picture)
    found.backward()  # type: ignore[no-untyped-call]
    assert other.grad is not None
    assert found > 0
    assert other.grad.abs().sum() > 0


def renamed(path: Path, folder: Path) -> Path:
    target = folder / "vgg19-01234567.pth"
    target.symlink_to(path)
    return target


def broken(path: Path, folder: Path) -> Path:
    target = folder / "vgg19.pth"
    target.write_bytes(path.read_bytes()[:1000])
    return target


def foreign(path: Path, folder: Path) -> Path:
    target = folder / "other.pth"
    torch.save({"features.0.weight": torch.zeros(1)}, target)
    return target


def a_list(path: Path, folder: Path) -> Path:
    target = folder / "list.pth"
    torch.save([1, 2], target)
    return target


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path, folder: folder / "none.pth", "none.pth: weights cannot be read"),
        (renamed, "expected a SHA-256 that begins with 01234567, got [0-9a-f]{64}; download it again"),
        (broken, "expected a checkpoint that torch.load reads as weights alone"),
        (foreign, r"28 weights do not fit, first features.0.weight: expected shape \(64, 3, 3, 3\), got \(1,\)"),
        (a_list, "expected weights of torchvision, got something else"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(
    vgg_file: Path, tmp_path: Path, make: Callable[[Path, Path], Path], sentence: str
) -> None:
    with pytest.raises(WeightsError, match=sentence) as caught:
        load_vgg(make(vgg_file, tmp_path))
    assert "\n" not in str(caught.value)
