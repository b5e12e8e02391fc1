"""Training of C1, the reference colorization network, on still pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.pictures import Picture, lowest_hashes
from vs_tcvc.errors import UsageError
from vs_tcvc.metrics.picture import ab_spread, colorfulness, delta_e, in_gamut, shown
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.compact.bins import STEP, bin_centres
from vs_tcvc.networks.compact.checkpoint import Networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.encoder import FeatureEncoder
from vs_tcvc.networks.compact.graphs import TorchGraphs
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import SCALE, Decoding, ReferenceNetwork, spread
from vs_tcvc.networks.tensor_file import load_tensors
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, luma
from vs_tcvc.picture.srgb_codes import Codes, rgb_from_codes
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.training.augment import Random, crop, planes, random_stock
from vs_tcvc.training.hints import hidden
from vs_tcvc.training.loop import RunFolder, Task, TrainingPlan, learn
from vs_tcvc.training.mixture import Mixture, Sources

SIZES = {128: 0.5, 160: 0.3, 192: 0.1, 256: 0.1}
"""Sides of the crops, with the share of the updates that have them; larger ones are fewer in an update."""
NEAREST_BINS = 5
_REACH = 110  # of a* and b* that are looked up
DECODING = Decoding(0.3)
HELD_BACK = 500
WATCHED = 100
SHOWN = 10


@dataclass(frozen=True)
class StillBatch:
    """lightness (N, 1, S, S), ab (N, 2, S, S), hints (N, 3, S, S)."""

    lightness: Tensor
    ab: Tensor
    hints: Tensor

    def to(self, device: torch.device) -> StillBatch:
        """The same batch on `device`."""
        return StillBatch(self.lightness.to(device), self.ab.to(device), self.hints.to(device))


def give_weights(encoder: FeatureEncoder, path: Path) -> None:
    """Give C1's encoder the weights of an EfficientNet-Lite0 that was learned on colour pictures.

    path: a state_dict of it in PyTorch, entries in the order of the layers; its classifier is left out, the first
    layer's weights for R, G and B are added up. Raises UsageError for anything else.
    """
    mine = {name: value for name, value in encoder.state_dict().items() if value.ndim}
    try:
        found = [value for value in load_tensors(path).values() if value.ndim]
        found[0] = found[0].sum(dim=1, keepdim=True)
        encoder.load_state_dict(dict(zip(mine, found[: len(mine)], strict=True)), strict=False)
    except Exception as error:
        what = str(error).partition("\n")[0]
        raise UsageError(
            option="backbone", value=path, expected="weights of an EfficientNet-Lite0", got=f"something else ({what})"
        ) from error


def make_batch(mixture: Mixture, step: int, plan: TrainingPlan) -> StillBatch:
    """Random crops as the gray of a random film stock, with their true colour and what is shown of it as hints.

    All of one random size; `plan.batch` of them at 128, and as many at another size as have about as many pixels.
    """
    rng = np.random.default_rng((plan.seed, step))
    size = int(rng.choice(list(SIZES), p=list(SIZES.values())))
    count = max(1, round(plan.batch * min(1.0, (128 / size) ** 2)))
    samples = [_sample(rng, mixture, size) for _ in range(count)]
    lightness, ab, hints = (torch.from_numpy(np.stack(parts)) for parts in zip(*samples, strict=True))
    return StillBatch(lightness[:, None], ab, hints)


def _sample(rng: Random, mixture: Mixture, size: int) -> tuple[Array, Array, Array]:
    """L* (S, S), ab (2, S, S) and hints (3, S, S)."""
    y, ab = planes(crop(rng, mixture.draw(rng, size), size))
    return random_stock(rng).lightness(rng, y), ab, hidden(rng, ab)


@cache
def _nearest_bins(device: torch.device) -> Tensor:
    """The five bins nearest to every whole a* and b* from -`_REACH` to `_REACH`, (colours, 5)."""
    whole = torch.arange(-_REACH, _REACH + 1, device=device, dtype=torch.float32)
    centres = torch.from_numpy(bin_centres()).to(device)
    return torch.cdist(torch.cartesian_prod(whole, whole), centres).topk(NEAREST_BINS, dim=1, largest=False).indices


def soft_bins(ab: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """The five nearest bins of every colour and their shares (Zhang et al. 2016, section 2.1).

    ab (P, 2) -> indices and shares (P, 5), nearest first; Gaussian weights of half a bin's width. Which are nearest
    is looked up by the whole numbers next to a* and b*.
    """
    whole = ab.round().clamp(-_REACH, _REACH).long() + _REACH
    index = _nearest_bins(ab.device)[whole[:, 0] * (2 * _REACH + 1) + whole[:, 1]]
    distance = (ab[:, None] - centres[index]).square().sum(dim=2)
    return index, torch.softmax(-distance / (2 * (STEP / 2) ** 2), dim=1)


def bin_weights(mixture: Mixture, centres: Tensor, seed: int) -> Tensor:
    """Mild rebalancing: the square root of Zhang's weights (lambda 0.5), at most 3, mean 1 over the pixels."""
    rng = np.random.default_rng((seed, 1))
    counts = torch.zeros(len(centres))
    for _ in range(1000):
        _, ab = planes(mixture.draw(rng, 0))
        flat = torch.from_numpy(ab[:, ::8, ::8].reshape(2, -1).T.copy())
        counts += torch.bincount(torch.cdist(flat, centres).argmin(dim=1), minlength=len(centres))
    share = counts / counts.sum()
    weights = (1 / (0.5 * share + 0.5 / len(centres))).sqrt()
    weights = (weights / (weights * share).sum()).clamp(max=3)
    return weights / (weights * share).sum()


def loss(network: ReferenceNetwork, batch: StillBatch, weights: Tensor) -> dict[str, Tensor]:
    """What C1 is to learn.

    entropy: cross entropy of the bins. regression: Huber of their mean (the base). spreading: how well true colour is
    spread. mixture: Huber of the colour at full size, hints mixed in. obedience: the same where a hint lies.
    """
    found = network(batch.lightness, batch.hints)
    coarse = F.avg_pool2d(batch.ab, SCALE)
    index, target = soft_bins(_places(coarse), network.centres)
    logarithms = torch.log_softmax(_places(found.shares.float()), dim=1)
    entropy = -((target * logarithms.gather(1, index)).sum(dim=1) * weights[index[:, 0]]).mean()
    count, _, height, width = coarse.shape
    mean = (logarithms.exp() @ network.centres).view(count, height, width, 2).permute(0, 3, 1, 2)
    regression = F.smooth_l1_loss(mean / 10, coarse / 10)
    mixed = mean.detach() + found.trust * (found.propagated - mean.detach())
    at_full_size = spread(torch.cat([coarse, mixed], dim=1), found.spreading)
    of_each = F.smooth_l1_loss(at_full_size / 10, batch.ab.repeat(1, 2, 1, 1) / 10, reduction="none")
    of_truth, of_mixed = of_each.chunk(2, dim=1)
    mask = batch.hints[:, 2:]
    obedience = (of_mixed * mask).sum() / (2 * mask.sum() + 1)
    return {
        "entropy": entropy, "regression": regression, "spreading": of_truth.mean(), "mixture": of_mixed.mean(),
        "obedience": obedience,
    }  # fmt: skip


def _places(maps: Tensor) -> Tensor:
    """(N, C, h, w) -> (N * h * w, C)."""
    return maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1])


def truth_of(codes: Codes) -> tuple[Array, Array]:
    """What a host sees of an 8-bit picture, L* of its Y' (H, W), and its true Lab (3, H, W)."""
    rgb = rgb_from_codes(codes)
    return lightness_from_luma(luma(rgb)), lab_from_rgb(rgb)


@torch.inference_mode()
def evaluate(network: ReferenceNetwork, pictures: Sequence[Picture]) -> dict[str, float]:
    """Still measures on whole pictures at their own size, beside gray's ΔE and the truth's colourfulness."""
    rows, colorizer = [], _colorizer(network)
    for picture in pictures:
        seen, truth = truth_of(picture.read())
        lab = np.concatenate([truth[:1], colorizer.predict(seen)])
        gray = np.concatenate([truth[:1], np.zeros_like(truth[1:])])
        rows.append((
            delta_e(in_gamut(lab), truth), delta_e(gray, truth),
            colorfulness(shown(lab[0], lab[1:])), colorfulness(shown(truth[0], truth[1:])), ab_spread(lab[1:]),
        ))  # fmt: skip
    names = ("delta_e", "gray_delta_e", "colourfulness", "true_colourfulness", "ab_spread")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


@torch.inference_mode()
def sample_sheet(network: ReferenceNetwork, pictures: Sequence[Picture], path: Path) -> None:
    """Rows of gray, coloured and true pictures, as a JPEG."""
    rows: list[list[Array]] = [[], [], []]
    colorizer = _colorizer(network)
    for picture in pictures:
        seen, truth = truth_of(picture.read())
        ab = colorizer.predict(seen)
        for row, chroma in zip(rows, (np.zeros_like(ab), ab, truth[1:]), strict=True):
            row.append(np.asarray(cv2.resize(shown(seen, chroma).transpose(1, 2, 0), (160, 120)), np.float32))
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    with whole_file(path) as file:
        file.write(bytes(cv2.imencode(path.suffix, np.round(sheet[..., ::-1] * 255).astype(np.uint8))[1]))


def _colorizer(network: ReferenceNetwork) -> CompactColorizer[Tensor]:
    networks = Networks(network, PropagationNetwork(), DECODING)
    return CompactColorizer(TorchGraphs(networks, Arithmetic(network.centres.device)))


def train(
    sources: Sources,
    watch: Sequence[Picture],
    run: RunFolder,
    plan: TrainingPlan,
    start: ReferenceNetwork | None,
    backbone: Path | None = None,
) -> None:
    """Learn C1 as `learn` does; the goal is a low ΔE on stills that were held back, sample sheets are kept.

    The 500 pictures of `watch` with the lowest hashes of their names are never learned from, even where
    `sources` have them too; the first 100 of them are measured while learning. UsageError where nothing is left.
    """
    torch.manual_seed(plan.seed)
    network = start or ReferenceNetwork()
    if backbone is not None:
        give_weights(network.encoder, backbone)
    held_back = lowest_hashes(watch, HELD_BACK)
    names = {picture.name for picture in held_back}
    learned = [picture for picture in sources.stills if picture.name not in names]
    if not learned:
        raise UsageError(
            option="data", expected="pictures besides those of {watch}", got="none",
            remedy="a name is learned or watched",
        )  # fmt: skip
    mixture = Mixture.of(replace(sources, stills=learned))
    weights = bin_weights(mixture, network.centres, plan.seed).to(plan.device)

    def measure(network: ReferenceNetwork, step: int) -> dict[str, float]:
        sample_sheet(network, held_back[:SHOWN], run.path(f"samples_{step:06d}.jpg"))
        measures = evaluate(network, held_back[:WATCHED])
        return {**measures, "goal": -measures["delta_e"]}

    task = Task(
        lambda step: make_batch(mixture, step, plan), lambda net, batch: loss(net, batch, weights), measure, "goal",
        gentle="encoder." if backbone or start else None,
    )  # fmt: skip
    learn(network, task, run, plan)
