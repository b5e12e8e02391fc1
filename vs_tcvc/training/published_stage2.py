"""Training of the published clip network (arXiv 2305.07904, eq. 4 to 7): reference and memory guide a shot's colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from vs_tcvc.backends.torch import TorchDevice
from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.layouts import Frames
from vs_tcvc.networks.published.stage2 import HARD, ChunkColor, ClipNetwork
from vs_tcvc.training import losses
from vs_tcvc.training.discriminator import Discriminator, depth_for
from vs_tcvc.training.loop import RunFolder, TrainingPlan
from vs_tcvc.training.propagation import flow_psnr, mean_psnr
from vs_tcvc.training.published_data import Sample, SampleBatch, Size, check_lengths, draw_clip, random_of, true_lab
from vs_tcvc.training.published_loop import GeneratorOutput, Lesson, Ranks, learn
from vs_tcvc.training.vgg import Vgg19, emit_if_missing, load_into, torchvision_state

ENCODER, DECODER = "checkpoint_encoder.pth", "checkpoint_decoder.pth"
KERNEL = (3, 6)
CHUNK = 3
WATCHED_FRAMES = 25
SOFT = 0.01
"""Temperature of the correspondence while learning, so that it has a gradient."""
BACKBONE_RATE = 0.1
L1, SMOOTHNESS, PERCEPTUAL, GAN, CONSISTENCY, WARPED = 0.5, 2.0, 0.03, 0.4, 0.5, 0.5
"""Weights of the losses: the authors' for stage 1, since those of stage 2 were not published; WARPED is ours."""


def make_batch(shots: Sequence[Frames], step: int, plan: TrainingPlan, size: Size, ranks: Ranks) -> SampleBatch:
    """This process's clips of a step: a reference and `plan.rollout` frames behind it each."""
    rngs = (random_of(plan.seed, step, number) for number in ranks.share(plan.batch))
    return SampleBatch(tuple(draw_clip(rng, shots, 1 + plan.rollout, size, noise=0) for rng in rngs), Counter())


def roll_out(network: ClipNetwork, lightness: Tensor, reference: Tensor, temperature: float) -> Iterator[ChunkColor]:
    """The frames behind the reference in chunks of three, each with the memory of those before.

    lightness: L* - 50 (1 + F, 1, H, W), the reference's first; reference: its a*, b* (1, 2, H, W).
    """
    features, memory = network.begin(lightness[:1], reference), None
    for later in torch.split(lightness[1:], CHUNK):
        chunk = network.colorize(features, later, memory, temperature)
        memory = chunk.memory
        yield chunk


def paint(network: ClipNetwork, batch: SampleBatch, vgg: Vgg19 | None) -> GeneratorOutput:
    """Colour the clips one after another: attention couples all frames of a chunk, so a chunk is of one clip."""
    painted = [_paint_clip(network, sample, vgg) for sample in batch.samples]
    mean = {name: torch.stack([each.losses[name] for each in painted]).mean() for name in painted[0].losses}
    made, true = (torch.cat(pictures) for pictures in zip(*((each.made, each.true) for each in painted), strict=True))
    return GeneratorOutput(mean, made, true, {})


def _paint_clip(network: ClipNetwork, sample: Sample, vgg: Vgg19 | None) -> GeneratorOutput:
    reference, true = sample.lab[:1, 1:], sample.lab[1:]
    chunks = list(roll_out(network, sample.lightness, reference, SOFT))
    made = torch.cat([chunk.ab for chunk in chunks]).float()
    warped = torch.cat([chunk.warped.ab for chunk in chunks]) * 128
    lab_made = torch.cat([true[:, :1], made], dim=1)
    masks = None if sample.masks is None else sample.masks[1:]
    before = torch.cat([reference, made[:-1]])
    parts = {
        "l1": L1 * losses.asymmetric_l1(made, true[:, 1:], masks),
        "smoothness": SMOOTHNESS * (losses.smoothness(made, true) + losses.temporal_smoothness(made, true)),
        "consistency": CONSISTENCY * losses.temporal_warping(made, before, sample.flow, sample.sure),
        "warped": WARPED * losses.l1(warped, true[:, None, 1:, ::4, ::4].expand_as(warped)),
    }
    if vgg is not None:
        parts["perceptual"] = PERCEPTUAL * losses.perceptual(vgg, lab_made, true)
    return GeneratorOutput(parts, losses.for_judge(lab_made), losses.for_judge(true), {})


@torch.inference_mode()
def propagate(network: ClipNetwork, frames: Sequence[tuple[Array, Array]]) -> list[Array]:
    """ab of every frame (L*, Lab) from the first one's true colour, with memory."""
    device = next(network.parameters()).device
    lightness = torch.from_numpy(np.stack([seen for seen, _ in frames]))[:, None].to(device) - 50
    reference = torch.from_numpy(frames[0][1][None, 1:]).to(device)
    chunks = [chunk.ab.float().cpu().numpy() for chunk in roll_out(network, lightness, reference, HARD)]
    return [frames[0][1][1:], *np.concatenate(chunks)]


def groups(network: ClipNetwork) -> dict[float, list[nn.Parameter]]:
    """Parameters by learning rate: the backbone, which saw photographs already, learns at a tenth of it."""
    backbone = list(network.encoder.backbone.parameters())
    others = [network.encoder.transformer, network.decoder, network.inter]
    return {BACKBONE_RATE: backbone, 1.0: [each for module in others for each in module.parameters()]}


def save(network: ClipNetwork, run: RunFolder) -> None:
    """Write the encoder with the memory's save layer, and the decoder, as the authors' two files hold them."""
    run.save(ENCODER, {"model": network.encoder.state_dict(), "inter_save": network.inter.state_dict()})
    run.save(DECODER, {"model": network.decoder.state_dict()})


def train(
    shots: Sequence[Frames],
    watch: Sequence[Frames],
    run: RunFolder,
    plan: TrainingPlan,
    size: Size,
    place: TorchDevice,
    ranks: Ranks,
    vgg: Vgg19 | None,
    backbone: Path | None,
) -> None:
    """Learn as `published_loop.learn` does; PSNR on the clips of `watch` is the goal, compared with optical flow.

    The best network is kept as `ENCODER` and `DECODER`. backbone: torchvision's weights of ResNet-101 to begin with.
    Raises UsageError for a clip that is too short for a reference and `plan.rollout` frames, or a size that leaves the
    discriminator nothing to look at, WeightsError for a foreign file.
    """
    check_lengths(shots, 1 + plan.rollout)
    check_lengths(watch, 2)
    torch.manual_seed(plan.seed)
    network, judge = ClipNetwork(), Discriminator(KERNEL, depth_for(size, KERNEL))
    if backbone is not None:
        load_into(network.encoder.backbone[0].get_submodule("body"), torchvision_state(backbone), backbone)
    watched = [_watch(shot, size) for shot in watch]
    baseline = float(np.mean([flow_psnr(frames) for frames in watched]))

    def measure(step: int) -> dict[str, float]:
        network.eval()
        psnr = float(np.mean([mean_psnr(frames, propagate(network, frames)) for frames in watched]))
        network.train()
        return {"psnr": psnr, "flow_psnr": baseline}

    lesson = Lesson(
        network, groups(network), judge, GAN, lambda step: make_batch(shots, step, plan, size, ranks),
        lambda batch: paint(network, batch, vgg), measure, "psnr", lambda: save(network, run),
    )  # fmt: skip
    if ranks.rank == 0:
        emit_if_missing(vgg, run.emit)
    learn(lesson, run, plan, place, ranks)


def _watch(shot: Frames, size: Size) -> list[tuple[Array, Array]]:
    """L* (H, W) and Lab (3, H, W) of a clip's first frames."""
    frames = [true_lab(frame, size) for frame in shot.read(0, WATCHED_FRAMES)]
    return [(lab[0], lab) for lab in frames]
