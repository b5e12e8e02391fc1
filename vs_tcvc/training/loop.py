"""What every training shares: batches made ahead, schedule, moving average of weights, log, checkpoints."""

from __future__ import annotations

import copy
import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor, nn

from vs_tcvc.errors import UsageError
from vs_tcvc.networks.arithmetic import on_threads
from vs_tcvc.networks.tensor_file import load_tensors
from vs_tcvc.runtime.atomic_files import make_folder, whole_file
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.pipeline import Pipeline
from vs_tcvc.training.depthwise import make_quick

GENTLE = 0.2
"""Share of the rate at which weights learn that have learned before."""


class Movable(Protocol):
    """A batch of tensors that can go to a device."""

    def to(self, device: torch.device) -> Self:
        """The same batch on `device`."""


Batch = TypeVar("Batch", bound=Movable)
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast to learn.

    steps: updates in all; batch: samples per update; rate: highest learning rate; workers: threads that make
    batches ahead; every: steps between two evaluations, each with a checkpoint; rollout: frames of one sample that
    are coloured each from the one before; cool: share of the steps, at the end, in which the rate falls. A run that
    is to be ended early is resumed with fewer `steps` and cools down then. UsageError for a number below 1, and for a
    share that is not above 0 and at most 1.
    """

    steps: int
    batch: int
    rate: float
    seed: int = 0
    workers: int = 1
    every: int = 500
    threads: int = 2
    device: str = "cpu"
    rollout: int = 4
    cool: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.cool <= 1:
            raise UsageError(option="cool", expected="a share above 0 and at most 1", got=f"{self.cool:g}")
        for name in ("steps", "batch", "rollout", "workers", "every", "threads"):
            if getattr(self, name) < 1:
                raise UsageError(option=name, expected="a number from 1", got=str(getattr(self, name)))

    def rate_at(self, step: int) -> float:
        """Linear warm-up over 200 steps, then constant, then half a cosine down to a hundredth in the last ones."""
        warm = min(1.0, (step + 1) / 200)
        fallen = max(0.0, 1 - (1 - step / self.steps) / self.cool)
        return self.rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * fallen)) / 2)


def batches(make: Callable[[int], Batch], first: int, plan: TrainingPlan) -> Iterator[tuple[int, Batch]]:
    """Batches of the steps first, first + 1, …; each depends on its step alone, so a resumed run sees the same."""
    steps = range(first, plan.steps)
    with Pipeline(depth=1) as pipeline:
        yield from zip(steps, pipeline.each(make, steps, plan.workers), strict=True)


class Average(Generic[Network]):
    """Exponential moving average of a module's weights, in a module of its own."""

    def __init__(self, module: Network, decay: float = 0.999) -> None:
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self._decay = decay

    def update(self, module: Network, step: int) -> None:
        """Move towards `module`; faster in the first steps."""
        decay = min(self._decay, (1 + step) / (10 + step))
        mine, theirs = self.module.state_dict(), module.state_dict()
        for name, value in theirs.items():
            if value.is_floating_point():
                mine[name].lerp_(value, 1 - decay)
            else:
                mine[name].copy_(value)


class RunFolder:
    """A folder with log.csv, samples and checkpoints of one training, and the sink for its events.

    It is created when the first file is written.
    """

    def __init__(self, folder: Path, emit: Emit = ignore) -> None:
        self.folder, self.emit = folder, emit

    def path(self, name: str) -> Path:
        """Where a file of that name is written. Raises UsageError if the folder cannot be created."""
        make_folder(self.folder)
        return self.folder / name

    def log(self, **values: float) -> None:
        """Append one line to log.csv and emit it."""
        path = self.path("log.csv")
        is_new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(values)
            writer.writerow(f"{value:.6g}" for value in values.values())
        self.emit(Event("measures", "  ".join(f"{name} {value:.5g}" for name, value in values.items()), values))

    def save(self, name: str, content: dict[str, Any]) -> None:
        """Write a checkpoint; it appears under its name only when whole."""
        with whole_file(self.path(name)) as file:
            torch.save(content, file)

    def load(self, name: str) -> dict[str, Any] | None:
        """The checkpoint of that name, None where there is none, UsageError if it is damaged."""
        path = self.folder / name
        if not path.exists():
            return None
        try:
            content: dict[str, Any] = load_tensors(path)
        except Exception as error:
            what = str(error).partition("\n")[0]
            raise UsageError(f"{path}: not a checkpoint that can be read ({what}); remove it to start again") from error
        return content


@dataclass(frozen=True)
class Task(Generic[Network, Batch]):
    """What is to be learned.

    make: the batch of a step, from the step's number alone. losses: named parts of the loss, to be summed.
    measure: evaluates a network at a step, keeps what it likes to keep in the run's folder, and returns
    measures of which `goal` is to become as high as can be. gentle: beginning of the names of weights that have learned
    before, and learn at a fifth of the rate.
    """

    make: Callable[[int], Batch]
    losses: Callable[[Network, Batch], Mapping[str, Tensor]]
    measure: Callable[[Network, int], Mapping[str, float]]
    goal: str
    gentle: str | None = None

    def groups(self, network: Network) -> list[dict[str, Any]]:
        """The weights of `network` for an optimizer, with their share of the rate."""
        groups: dict[float, list[nn.Parameter]] = {}
        for name, weight in network.named_parameters():
            gentle = self.gentle is not None and name.startswith(self.gentle)
            groups.setdefault(GENTLE if gentle else 1.0, []).append(weight)
        return [{"params": weights, "share": share} for share, weights in groups.items()]


def learn(network: Network, task: Task[Network, Batch], run: RunFolder, plan: TrainingPlan) -> None:
    """Update `network` up to `plan.steps`; resumes from the run's `last.pt` where there is one.

    The folder receives log.csv, last.pt (to resume) and best.pt (the moving average with the best goal).
    """
    with on_threads(plan.threads):
        device = torch.device(plan.device)
        if device.type == "cpu":
            make_quick(network)
        network = network.to(device).to(memory_format=torch.channels_last).train().requires_grad_(True)
        optimizer = torch.optim.AdamW(task.groups(network), lr=plan.rate, weight_decay=0.01, betas=(0.9, 0.98))
        average, first, best = Average(network), 0, -math.inf
        if (last := run.load("last.pt")) is not None:
            network.load_state_dict(last["network"])
            average.module.load_state_dict(last["average"])
            optimizer.load_state_dict(last["optimizer"])
            first, best = last["step"], last["best"]
        totals: dict[str, float] = {}
        for step, batch in batches(task.make, first, plan):
            parts = _update(network, optimizer, plan.rate_at(step), task, batch.to(device))
            average.update(network, step)
            totals = {name: totals.get(name, 0.0) + part / plan.every for name, part in parts.items()}
            if (step + 1) % plan.every == 0 or step + 1 == plan.steps:
                measures = task.measure(average.module, step + 1)
                run.log(step=step + 1, **totals, **measures)
                totals = {}
                if measures[task.goal] > best:
                    best = measures[task.goal]
                    run.save("best.pt", {"network": average.module.state_dict(), "step": step + 1, **measures})
                run.save("last.pt", {"network": network.state_dict(), "average": average.module.state_dict(),
                                     "optimizer": optimizer.state_dict(), "step": step + 1, "best": best})  # fmt: skip


def _update(
    network: Network, optimizer: torch.optim.Optimizer, rate: float, task: Task[Network, Batch], batch: Batch
) -> dict[str, float]:
    """One step down the gradient; returns the parts of the loss."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]
    with torch.autocast(next(network.parameters()).device.type, torch.bfloat16):
        parts = task.losses(network, batch)
    optimizer.zero_grad(set_to_none=True)
    torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return {name: part.item() for name, part in parts.items()}
