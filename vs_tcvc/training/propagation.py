"""Training of S and C2 over rollouts: the network's own colour is fed back, as it will be in a shot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import Reference
from vs_tcvc.datasets.pictures import Clip, Picture
from vs_tcvc.errors import UsageError
from vs_tcvc.metrics.flow import propagate_by_flow
from vs_tcvc.metrics.picture import colorfulness, psnr, shown
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.compact.checkpoint import Networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.encoder import FeatureEncoder
from vs_tcvc.networks.compact.eye import see
from vs_tcvc.networks.compact.graphs import TorchGraphs, carry
from vs_tcvc.networks.compact.motion_trace import places, trace
from vs_tcvc.networks.compact.propagation import Keys, PropagationNetwork, keys_of
from vs_tcvc.networks.compact.reference import Decoding, ReferenceNetwork
from vs_tcvc.networks.compact.warp import sample
from vs_tcvc.picture.motion import display_gray
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.training.augment import moving_views, planes, random_stock, resize
from vs_tcvc.training.loop import RunFolder, Task, TrainingPlan, learn
from vs_tcvc.training.reference import truth_of

SIZE = 128
EVALUATION_SIZE = 144
CONFIDENCE_SCALE = 8.0
LINKED = 8
"""Frames of a rollout through which an error is followed back; the colour itself is handed on through all of them."""


@dataclass(frozen=True)
class RolloutSources:
    """What is learned from: clips for true motion, stills for unlimited invented motion."""

    clips: Sequence[Clip]
    stills: Sequence[Picture]


@dataclass(frozen=True)
class RolloutBatch:
    """Rollouts of T frames behind a reference and the frame before; tensors (N, ...).

    reference, before: (N, 4, S, S) L*, ab and certainty, which is 1; lightness (N, T, S, S), ab (N, T, 2, S, S);
    in_before, in_reference: (N, T, 2, S, S) where a frame's pixels were in the frame before and in the reference.
    """

    reference: Tensor
    before: Tensor
    lightness: Tensor
    ab: Tensor
    in_before: Tensor
    in_reference: Tensor

    def to(self, device: torch.device) -> RolloutBatch:
        """The same batch on `device`."""
        return RolloutBatch(*(getattr(self, each.name).to(device) for each in fields(self)))


def make_batch(material: RolloutSources, step: int, plan: TrainingPlan) -> RolloutBatch:
    """Half of the samples are real clips, half are moving views of stills."""
    rng = np.random.default_rng((plan.seed, step))
    samples = [make_sample(rng, material, plan.rollout) for _ in range(plan.batch)]
    return RolloutBatch(*(torch.from_numpy(np.stack(column)) for column in zip(*samples, strict=True)))


def make_sample(rng: np.random.Generator, material: RolloutSources, rollout: int) -> tuple[Array, ...]:
    """One rollout as the fields of `RolloutBatch`: frames between the reference and the rollout are only followed."""
    lead = int(rng.integers(1, 25)) if rng.random() < 0.5 else 0
    make = _clip_frames if rng.random() < 0.5 and material.clips else _still_frames
    frames = make(rng, material, 1 + lead + rollout)
    stock = random_stock(rng)
    both = [planes(frame) for frame in frames]
    lightness = [stock.lightness(rng, y) for y, _ in both]
    color = [ab for _, ab in both]
    if rng.random() < 0.1:
        lead = 0
        lightness[0], color[0] = _elsewhere(rng, lightness[0], color[0])
        lightness, color = lightness[: 1 + rollout], color[: 1 + rollout]
    in_before, in_reference = _follow(lightness)
    certain = np.ones_like(lightness[0])[None]
    reference = np.concatenate([lightness[0][None], color[0], certain])
    carried_ab = _samples(reference, in_reference[lead])[1:3]
    worn = _worn(rng, color[lead], carried_ab) if lead else color[0]
    before = np.concatenate([lightness[lead][None], worn, certain])
    later = slice(lead + 1, None)
    return (
        reference, before, *(np.stack(each[later]) for each in (lightness, color, in_before, in_reference))
    )  # fmt: skip


def _clip_frames(rng: np.random.Generator, material: RolloutSources, count: int) -> list[Codes]:
    """Consecutive frames, or every second or third, forwards or backwards; a clip that ends before turns back."""
    clip = material.clips[int(rng.integers(len(material.clips)))]
    stride = int(rng.choice([1, 1, 1, 2, 3]))
    last = len(clip) - 1
    backwards = rng.random() < 0.5
    at = int(rng.integers(0, max(1, last - (count - 1) * stride + 1)))
    order = [_turned(at + index * stride, last) for index in range(count)]
    frames = [clip.pictures[last - index if backwards else index].read() for index in order]
    height, width = frames[0].shape[:2]
    side = round(min(height, width) * rng.uniform(0.75, 1))
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    mirror = slice(None, None, -1 if rng.random() < 0.5 else None)
    squares = (frame[top : top + side, left : left + side][:, mirror] for frame in frames)
    return [resize(np.ascontiguousarray(square), SIZE, SIZE) for square in squares]


def _turned(index: int, last: int) -> int:
    """An index that goes on for ever, back and forth between 0 and `last`."""
    within = index % (2 * last)
    return min(within, 2 * last - within)


def _still_frames(rng: np.random.Generator, material: RolloutSources, count: int) -> list[Codes]:
    still, other = (material.stills[int(index)].read() for index in rng.integers(len(material.stills), size=2))
    return moving_views(rng, still, SIZE, count, other if rng.random() < 0.5 else None)


def _follow(lightness: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """Where every frame's pixels were in the frame before and in the first, (2, S, S) each; its own at the first."""
    grays = [display_gray(each) for each in lightness]
    in_before, in_first = [places(SIZE, SIZE).copy()], [places(SIZE, SIZE).copy()]
    for before, now in pairwise(grays):
        in_frame_before, in_frame_first = trace(now, before, grays[0], in_first[-1])
        in_before.append(in_frame_before)
        in_first.append(in_frame_first)
    return in_before, in_first


def _samples(picture: Array, at: Array) -> Array:
    return sample(torch.from_numpy(picture)[None], torch.from_numpy(at)[None])[0].numpy()


def _worn(rng: np.random.Generator, truth: Array, carried_ab: Array) -> Array:
    """The previous colour as a long rollout leaves it: between truth and the propagated colour, faded, stained."""
    share = rng.random()
    ab = share * truth + (1 - share) * carried_ab
    if rng.random() < 0.5:
        stain = cv2.resize(rng.normal(0, 6 * rng.random(), (5, 5, 2)).astype(np.float32), (SIZE, SIZE))
        ab = ab * np.float32(rng.uniform(0.6, 1.1)) + stain.transpose(2, 0, 1)
    return np.ascontiguousarray(ab, np.float32)


def _elsewhere(rng: np.random.Generator, lightness: Array, ab: Array) -> tuple[Array, Array]:
    """Another crop of a reference: a picture that a run begins with though its first frame is another one."""
    shift = tuple(rng.integers(-SIZE // 3, SIZE // 3, 2))
    return np.roll(lightness, shift, axis=(0, 1)), np.roll(ab, shift, axis=(1, 2))


@dataclass(frozen=True)
class Rollout:
    """What the network made of T frames.

    ab, handed_on: as shown and as handed on to the next frame (N, T, 2, S, S). confidence: logits (N, T, S, S).
    looked_up: the reference's colour as S finds it (N, T, 2, S/8, S/8).
    """

    ab: Tensor
    handed_on: Tensor
    confidence: Tensor
    looked_up: Tensor


def roll_out(network: PropagationNetwork, encoder: FeatureEncoder, batch: RolloutBatch) -> Rollout:
    """Colour all T frames, each from the one before. encoder: C1's, which does not learn here."""
    lightness, carried = batch.before[:, :1], batch.before[:, 1:]
    with torch.no_grad():
        of_reference, of_before = see(encoder, batch.reference[:, :1]), see(encoder, lightness)
        of_frames = [see(encoder, frame[:, None]) for frame in batch.lightness.unbind(dim=1)]
    references = network.keys(batch.reference[:, :1], of_reference, batch.reference[:, 1:])
    previous = network.keys(lightness, of_before, carried)
    results: list[tuple[Tensor, ...]] = []
    for index, seen in enumerate(of_frames):
        if index and index % LINKED == 0:
            carried, previous = carried.detach(), Keys(previous.features.detach(), previous.color.detach())
        now = batch.lightness[:, index, None]
        from_before = sample(torch.cat([lightness, carried], dim=1), batch.in_before[:, index])
        from_reference = sample(batch.reference, batch.in_reference[:, index])
        color = network(now, seen, carry(now, from_before), carry(now, from_reference), references, previous)
        lightness, carried, previous = now, color.mixed, keys_of(color.features, color.mixed)
        results.append((color.ab, color.mixed[:, :2], color.confidence[:, 0], color.looked_up[:, :2]))
    return Rollout(*(torch.stack(each, dim=1) for each in zip(*results, strict=True)))


def loss(network: PropagationNetwork, encoder: FeatureEncoder, batch: RolloutBatch) -> dict[str, Tensor]:
    """Huber of ab, the same for its gradients (paper eq. 5's L1 and eq. 6's smoothness), confidence's entropy.

    What is handed on is held to the truth as well, since errors in it come back in every later frame; what S finds in
    the reference (DeepExemplar's loss of correspondence); and the strength of a frame's colour by itself, since means
    of uncertain colours are dull and a shot would fade.
    """
    made = roll_out(network, encoder, batch)
    difference = made.ab.float() - batch.ab
    color = F.smooth_l1_loss(difference / 4, torch.zeros_like(difference))
    edges = (difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()) / 4
    faded = (_strength(made.ab.float()) - _strength(batch.ab)).abs().mean() / 4
    sure = torch.exp(-difference.detach().norm(dim=2) / CONFIDENCE_SCALE)
    coarse = F.avg_pool2d(batch.ab.flatten(0, 1), 8).view_as(made.looked_up)
    return {
        "colour": color, "edges": 0.3 * edges,
        "faded": 0.3 * faded,
        "handed_on": 0.5 * F.smooth_l1_loss(made.handed_on.float() / 4, batch.ab / 4),
        "looked_up": 0.2 * F.smooth_l1_loss(made.looked_up.float() / 4, coarse / 4),
        "confidence": 0.1 * F.binary_cross_entropy_with_logits(made.confidence.float(), sure),
    }  # fmt: skip


def _strength(ab: Tensor) -> Tensor:
    """Mean chroma of frames (N, T, 2, S, S): (N, T)."""
    return torch.sqrt(ab.square().sum(dim=2) + 1e-3).mean(dim=(-2, -1))


def small_frames(clip: Clip) -> list[tuple[Array, Array]]:
    """A clip's frames at the size of the evaluation while training: own L* (H, W) and true Lab (3, H, W)."""
    frames = list(clip.read())
    height, width = frames[0].shape[:2]
    wide = round(width * EVALUATION_SIZE / height / 8) * 8
    return [truth_of(resize(frame, EVALUATION_SIZE, wide)) for frame in frames]


def propagate(
    network: PropagationNetwork, reference: ReferenceNetwork, frames: Sequence[tuple[Array, Array]]
) -> list[Array]:
    """ab of every frame from the first one's true colour; reference: C1, whose encoder is the eye."""
    device = next(network.parameters()).device
    networks = Networks(reference, network, Decoding())
    colorizer = CompactColorizer(TorchGraphs(networks, Arithmetic(device)))
    memory = colorizer.begin([Reference(0, frames[0][0], frames[0][1][1:])])
    results = [frames[0][1][1:]]
    for lightness, _ in frames[1:]:
        memory, ab, _ = colorizer.colorize(memory, lightness[None])
        results.append(ab[0])
    return results


def mean_psnr(frames: Sequence[tuple[Array, Array]], color: Iterable[Array]) -> float:
    """PSNR over R'G'B' of all frames but the first: own true L* joined with `color`."""
    pairs = list(zip(frames, color, strict=True))[1:]
    return float(np.mean([psnr(shown(truth[0], ab), shown(truth[0], truth[1:])) for (_, truth), ab in pairs]))


def kept_color(frames: Sequence[tuple[Array, Array]], color: Sequence[Array]) -> float:
    """Colourfulness of the last frame, of the truth's there: below 1 where a shot fades."""
    (_, truth), ab = frames[-1], color[-1]
    return colorfulness(shown(truth[0], ab)) / max(colorfulness(shown(truth[0], truth[1:])), 1.0)


def flow_psnr(frames: Sequence[tuple[Array, Array]]) -> float:
    """The optical-flow baseline of the same frames."""
    return mean_psnr(frames, propagate_by_flow([lightness for lightness, _ in frames], frames[0][1][1:]))


def train(
    material: RolloutSources,
    unseen: Sequence[Clip],
    run: RunFolder,
    plan: TrainingPlan,
    reference: ReferenceNetwork,
    start: PropagationNetwork | None,
) -> None:
    """Learn S and C2 as `learn` does; PSNR on the `unseen` clips is the goal, compared with the flow baseline.

    reference: C1, whose encoder is the eye and stays as it is.
    Raises UsageError for a clip that is too short for a rollout.
    """
    for clip in (*material.clips, *unseen):
        if len(clip) < 2:
            raise UsageError(f"clip {clip.name}: expected 2 frames or more, got {len(clip)}; leave it out")
    torch.manual_seed(plan.seed)
    watched = [small_frames(clip) for clip in unseen]
    baseline = float(np.mean([flow_psnr(frames) for frames in watched]))

    def measure(network: PropagationNetwork, step: int) -> dict[str, float]:
        colored = [propagate(network, reference, frames) for frames in watched]
        pairs = list(zip(watched, colored, strict=True))
        psnr, kept = (float(np.mean([of(*pair) for pair in pairs])) for of in (mean_psnr, kept_color))
        return {"psnr": psnr, "flow_psnr": baseline, "kept_color": kept}

    encoder = reference.encoder.to(plan.device).eval().requires_grad_(False)
    task = Task(
        lambda step: make_batch(material, step, plan), lambda net, batch: loss(net, encoder, batch), measure, "psnr",
        settled=start is not None,
    )  # fmt: skip
    learn(start or PropagationNetwork(), task, run, plan)
