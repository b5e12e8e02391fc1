"""How the published networks learn: against a discriminator, in fp16, on one or several devices, resumed to the bit.

Everything random in a step follows from the seed, the step and the number of a sample, nothing from what came before;
so what a resumed run needs is the networks, the optimizers and the scaler.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch import distributed as dist

from vs_tcvc.backends.torch import TorchDevice, resolve
from vs_tcvc.errors import UsageError
from vs_tcvc.networks.arithmetic import fixed_kernels, on_threads
from vs_tcvc.training.discriminator import Discriminator
from vs_tcvc.training.loop import Movable, RunFolder, TrainingPlan, batches
from vs_tcvc.training.losses import hinge_of_judge, hinge_of_painter

HALVING = 80_000
BETAS = (0.5, 0.999)
JUDGE_RATE = 10.0
"""The discriminator's learning rate, in those of the network (1e-3 and 1e-4 in the authors' options)."""

Batch = TypeVar("Batch", bound=Movable)


@dataclass(frozen=True)
class Ranks:
    """Which of several equal processes this is: `rank` of `count`, as torchrun says."""

    rank: int = 0
    count: int = 1

    def share(self, batch: int) -> range:
        """The samples of an update that are this process's, by number; UsageError where they cannot be equally many."""
        if batch % self.count:
            expected = f"a multiple of {self.count}, one part per process"
            raise UsageError(option="batch", expected=expected, got=str(batch))
        mine = batch // self.count
        return range(self.rank * mine, (self.rank + 1) * mine)

    def average(self, parameters: Sequence[nn.Parameter]) -> None:
        """Give all processes the mean of their gradients, in one message of a fixed order."""
        gradients = [each.grad for each in parameters if each.grad is not None]
        if self.count == 1 or not gradients:
            return
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.count
        for gradient, part in zip(gradients, torch.split(flat, [each.numel() for each in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))


@contextmanager
def join_ranks(device: str, precision: str, threads: int) -> Iterator[tuple[Ranks, TorchDevice]]:
    """Which one this process is of those that torchrun started, and its own place; alone it is the only one.

    On CUDA each process takes the GPU of its local rank and they talk through NCCL, else through gloo. Raises
    DeviceError for a device that is not here or a precision that it lacks.
    """
    place = resolve(device, precision, threads)
    if "RANK" not in os.environ:
        yield Ranks(), place
        return
    ranks = Ranks(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))
    is_cuda = place.device.type == "cuda"
    own = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if is_cuda else place.device
    dist.init_process_group("nccl" if is_cuda else "gloo")
    try:
        yield ranks, replace(place, device=own)
    finally:
        dist.destroy_process_group()


@dataclass(frozen=True)
class GeneratorOutput:
    """What a network made of a batch: named losses, each with its weight, and pictures for the discriminator.

    made, true: (N, 3, H, W), about -1 to 1; the gradient flows through `made`. notes: further numbers for the log.
    """

    losses: Mapping[str, Tensor]
    made: Tensor
    true: Tensor
    notes: Mapping[str, float]


@dataclass(frozen=True)
class Lesson(Generic[Batch]):
    """What is to be learned.

    groups: the network's parameters with their learning rates, in units of the plan's. make: this process's part of
    a step's batch, from the step's number alone. paint: one forward pass with its losses. judge: the discriminator,
    and `judge_weight` the weight of its opinion. measure: named measures at a step, of which `goal` is to become as
    high as can be; keep: called when it is the highest so far, writes the network where a user finds it.
    """

    network: nn.Module
    groups: Mapping[float, Sequence[nn.Parameter]]
    judge: Discriminator
    judge_weight: float
    make: Callable[[int], Batch]
    paint: Callable[[Batch], GeneratorOutput]
    measure: Callable[[int], Mapping[str, float]]
    goal: str
    keep: Callable[[], None]


class Learner(Generic[Batch]):
    """A lesson with all that changes while it is learned."""

    def __init__(self, lesson: Lesson[Batch], plan: TrainingPlan, place: TorchDevice, ranks: Ranks) -> None:
        self._lesson, self._plan, self._place, self._ranks = lesson, plan, place, ranks
        self._modules = nn.ModuleDict({"network": lesson.network, "judge": lesson.judge}).to(place.device).train()
        groups = [{"params": list(part), "share": share} for share, part in lesson.groups.items()]
        self._painter = torch.optim.Adam(groups, lr=plan.rate, betas=BETAS)
        judges = [{"params": list(lesson.judge.parameters()), "share": JUDGE_RATE}]
        self._judge = torch.optim.Adam(judges, lr=plan.rate, betas=BETAS)
        self._scaler = torch.amp.GradScaler(place.device.type, enabled=place.precision == "fp16")

    def state(self) -> dict[str, Any]:
        """All that changes, to be saved."""
        return {name: each.state_dict() for name, each in self._changing().items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`."""
        for name, each in self._changing().items():
            each.load_state_dict(state[name])

    def _changing(self) -> dict[str, Any]:
        return {"modules": self._modules, "painter": self._painter, "judge": self._judge, "scaler": self._scaler}

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """One update of the discriminator and one of the network; returns the parts of the loss."""
        torch.manual_seed(seed_of(self._plan.seed, step, self._ranks.rank))
        judge = self._lesson.judge
        with self._precision():
            painted = self._lesson.paint(batch.to(self._place.device))
            opinion = hinge_of_judge(judge(painted.true).float(), judge(painted.made.detach()).float())
        self._update(self._judge, opinion, step)
        judge.requires_grad_(False)
        with self._precision():
            gan = self._lesson.judge_weight * hinge_of_painter(judge(painted.made).float())
        parts = {**painted.losses, "gan": gan}
        self._update(self._painter, torch.stack(list(parts.values())).sum(), step)
        judge.requires_grad_(True)
        self._scaler.update()
        return {**{name: part.item() for name, part in (*parts.items(), ("judge", opinion))}, **painted.notes}

    def _precision(self) -> torch.autocast:
        return torch.autocast(self._place.device.type, self._place.dtype, enabled=self._place.precision != "fp32")

    def _update(self, optimizer: torch.optim.Adam, loss: Tensor, step: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = rate_at(self._plan.rate * group["share"], step)
        optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._ranks.average([each for group in optimizer.param_groups for each in group["params"]])
        self._scaler.step(optimizer)


def rate_at(rate: float, step: int) -> float:
    """`rate`, halved every `HALVING` steps."""
    return float(rate * 0.5 ** (step // HALVING))


def seed_of(*numbers: int) -> int:
    """A seed for torch that follows from all the numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def learn(lesson: Lesson[Batch], run: RunFolder, plan: TrainingPlan, place: TorchDevice, ranks: Ranks) -> None:
    """Learn up to `plan.steps`; resumes from the run's `last.pt` where there is one.

    Every `plan.every` steps the first process measures, writes a line to log.csv (with the mean losses of its own
    samples since the last one) and `last.pt`.
    """
    with on_threads(place.threads), fixed_kernels():
        learner, first, best = Learner(lesson, plan, place, ranks), 0, -math.inf
        if (last := run.load("last.pt")) is not None:
            learner.restore(last["learner"])
            first, best = last["step"], last["best"]
        seen: list[Mapping[str, float]] = []
        for step, batch in batches(lesson.make, first, plan):
            seen.append(learner.step(step, batch))
            is_due = (step + 1) % plan.every == 0 or step + 1 == plan.steps
            if is_due and ranks.rank == 0:
                measures = lesson.measure(step + 1)
                run.log(step=step + 1, **_means(seen), **measures)
                if measures[lesson.goal] > best:
                    best = measures[lesson.goal]
                    lesson.keep()
                run.save("last.pt", {"learner": learner.state(), "step": step + 1, "best": best})
            if is_due:
                seen = []


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
