"""Training of the published single-image network (arXiv 2305.07904, eq. 5 to 7) on photographs and clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vs_tcvc.backends.torch import TorchDevice
from vs_tcvc.datasets.layouts import Frames
from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.metrics.picture import colorfulness, delta_e, in_gamut, shown
from vs_tcvc.networks.published.stage1 import PRIOR, SingleImageNetwork, without_frame_before
from vs_tcvc.training import losses
from vs_tcvc.training.discriminator import Discriminator, depth_for
from vs_tcvc.training.loop import RunFolder, TrainingPlan
from vs_tcvc.training.published_data import SampleBatch, Size, check_lengths, draw_clip, draw_still, random_of, true_lab
from vs_tcvc.training.published_filter import FLAWS
from vs_tcvc.training.published_loop import GeneratorOutput, Lesson, Ranks, learn
from vs_tcvc.training.vgg import Vgg19, emit_if_missing

RESULT = "colornet.pth"
KERNEL = (3, 3)
LUMINANCE_NOISE = 2.0
L1, SMOOTHNESS, PERCEPTUAL, GAN, CONSISTENCY = 0.5, 2.0, 0.03, 0.4, 0.5
"""Weights of the losses, as in the authors' options."""


@dataclass(frozen=True)
class PhotographSources:
    """What is learned from: photographs, clips, or both in turn."""

    stills: Sequence[Picture]
    shots: Sequence[Frames]


def make_batch(material: PhotographSources, step: int, plan: TrainingPlan, size: Size, ranks: Ranks) -> SampleBatch:
    """This process's samples of a step: photographs, and at every other step clips where there are both."""
    dropped, samples = Counter[str](), []
    has_clips = bool(material.shots) and (step % 2 == 1 or not material.stills)
    for number in ranks.share(plan.batch):
        rng = random_of(plan.seed, step, number)
        if has_clips:
            samples.append(draw_clip(rng, material.shots, plan.rollout, size, LUMINANCE_NOISE))
        else:
            sample, left_out = draw_still(rng, material.stills, size, LUMINANCE_NOISE)
            samples.append(sample)
            dropped += left_out
    return SampleBatch(tuple(samples), dropped)


def paint(network: SingleImageNetwork, batch: SampleBatch, vgg: Vgg19 | None) -> GeneratorOutput:
    """Colour the frames of all samples in order, each seeing the one before; the first sees nothing."""
    lab, lightness, flow, sure = (
        torch.stack([getattr(sample, name) for sample in batch.samples], dim=1)
        for name in ("lab", "lightness", "flow", "sure")
    )
    before, colors = torch.zeros_like(lab[0]), []
    for seen, true in zip(lightness, lab, strict=True):
        prior = torch.full_like(seen, PRIOR).expand(-1, 4, -1, -1)
        ab = network(torch.cat([prior, before, seen], dim=1)).float()
        before = torch.cat([true[:, :1] - 50, ab.detach()], dim=1)
        colors.append(ab)
    made, true = torch.cat(colors), lab.flatten(0, 1)
    lab_made = torch.cat([true[:, :1], made], dim=1)
    parts = {"l1": L1 * losses.l1(made, true[:, 1:]), "smoothness": SMOOTHNESS * losses.smoothness(made, true)}
    if vgg is not None:
        parts["perceptual"] = PERCEPTUAL * losses.perceptual(vgg, lab_made, true)
    parts["consistency"] = CONSISTENCY * _unsteadiness(colors, flow, sure)
    dropped = {f"dropped_{why}": float(batch.dropped.get(why, 0)) for why in FLAWS}
    return GeneratorOutput(parts, losses.for_judge(lab_made), losses.for_judge(true), dropped)


def _unsteadiness(colors: Sequence[Tensor], flow: Tensor, sure: Tensor) -> Tensor:
    """`losses.temporal_warping` of T frames (N, 2, H, W) with motion (T - 1, N, 2, H, W); 0 for stills."""
    if len(colors) == 1:
        return colors[0].new_zeros(())
    later, earlier = torch.cat(list(colors[1:])), torch.cat(list(colors[:-1]))
    return losses.temporal_warping(later, earlier, flow.flatten(0, 1), sure.flatten(0, 1))


@torch.inference_mode()
def evaluate(network: SingleImageNetwork, pictures: Sequence[Picture], size: Size) -> dict[str, float]:
    """Still measures at the working size, beside gray's Delta E and the truth's colourfulness."""
    device, rows = next(network.parameters()).device, []
    for picture in pictures:
        lab = true_lab(picture.read(), size)
        seen = torch.from_numpy(lab[None, :1] - 50).to(device)
        ab = network(without_frame_before(seen))[0].float().cpu().numpy()
        made = in_gamut(np.concatenate([lab[:1], ab]))
        gray = np.concatenate([lab[:1], np.zeros_like(ab)])
        color = [colorfulness(shown(each[0], each[1:])) for each in (made, lab)]
        rows.append((delta_e(made, lab), delta_e(gray, lab), *color))
    names = ("delta_e", "gray_delta_e", "colourfulness", "true_colourfulness")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def train(
    material: PhotographSources,
    watch: Sequence[Picture],
    run: RunFolder,
    plan: TrainingPlan,
    size: Size,
    place: TorchDevice,
    ranks: Ranks,
    vgg: Vgg19 | None,
) -> None:
    """Learn as `published_loop.learn` does; the goal is a low Delta E on the pictures of `watch`.

    The best network is kept as `RESULT`, the state_dict that the authors' files hold. Raises UsageError for a clip
    that is shorter than `plan.rollout`, or a size that leaves the discriminator nothing to look at.
    """
    check_lengths(material.shots, plan.rollout)
    torch.manual_seed(plan.seed)
    network, judge = SingleImageNetwork(), Discriminator(KERNEL, depth_for(size, KERNEL))

    def measure(step: int) -> dict[str, float]:
        measures = evaluate(network, watch, size)
        return {**measures, "goal": -measures["delta_e"]}

    lesson = Lesson(
        network, {1.0: list(network.parameters())}, judge, GAN,
        lambda step: make_batch(material, step, plan, size, ranks), lambda batch: paint(network, batch, vgg),
        measure, "goal", lambda: run.save(RESULT, network.state_dict()),
    )  # fmt: skip
    if ranks.rank == 0:
        emit_if_missing(vgg, run.emit)
    learn(lesson, run, plan, place, ranks)
