"""How fast the networks are alone: by every backend and precision, and on several shots at once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ffmpeg_filters import y4m
from ffmpeg_filters.pipe import hold_frame
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.backends import Chosen, import_torch, make_colorizer
from vs_tcvc.core.colorizer import Colorizer, Memory
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.in_parallel import ParallelStream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.errors import DeviceError, as_flag
from vs_tcvc.metrics.speed_film import SpeedFilm
from vs_tcvc.metrics.speed_stages import Spent
from vs_tcvc.networks import weights_file
from vs_tcvc.runtime import processors
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.settings import Settings, options

MEAN_TOLERANCE, MAX_TOLERANCE = 0.25, 2.3
"""How far, in units of a* and b*, colour may lie from PyTorch's in fp32 for a way to be suggested: on average a quarter
of a code of 8-bit chroma (0.9 to 1.6 units beside gray), nowhere more than the difference that is just noticed (Mahy
et al. 1994)."""

REFERENCE = ("cpu", "torch", "fp32")
"""Device, backend and precision that others are compared with."""

MOST_TOGETHER = 8
"""Shots that are tried at once, at most."""

COMPARED = 48
"""Frames that every way to run the network is given."""


_CHUNKS = 2  # of the published network: the second is guided by the first, as all later ones are


def lightness_of(film: SpeedFilm, settings: Settings) -> list[Array]:
    """The first frames, COMPARED at most, as the network sees them."""
    reader = y4m.Reader(film.play())
    plan = StreamPlan.of(reader.header, settings)
    return [hold_frame(plan, frame).lightness for frame in itertools.islice(reader, COMPARED)]


def time_network(network: Colorizer[Memory], seen: Sequence[Array]) -> tuple[Array, Spent]:
    """The colour of one shot, the prediction for its first frame first, (T, 2, H, W), and what a later frame takes.

    The first call, for which graphs are made, is not counted if there are others.
    """
    predicted = network.predict(seen[0]).ab
    memory = network.begin([Reference(0, seen[0], predicted)])
    parts, laps = [predicted[None]], []
    for start in range(1, len(seen), network.window):
        chunk = np.stack(seen[start : start + network.window])
        wall, cpu = time.perf_counter(), time.process_time()
        memory, ab, _ = network.colorize(memory, chunk)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        laps.append(Spent(1e3 * wall / len(chunk), 1e3 * cpu / len(chunk)))
        parts.append(ab)
    return np.concatenate(parts), Spent.typical(laps[1:] or laps)


@dataclass(frozen=True)
class Way:
    """One way to run the compact network.

    per_frame: of the network alone. mean_ab, max_ab: differences of a* and b* from the REFERENCE's, over all frames.
    """

    device: str
    backend: str
    precision: str
    per_frame: Spent
    mean_ab: float
    max_ab: float

    @property
    def is_true(self) -> bool:
        """Whether its colour is within the tolerance."""
        return self.mean_ab <= MEAN_TOLERANCE and self.max_ab <= MAX_TOLERANCE

    @property
    def flags(self) -> str:
        return f"--device {self.device} --backend {self.backend} --precision {self.precision}"

    def is_of(self, chosen: Chosen) -> bool:
        """Whether it is what settings became."""
        return (self.device, self.backend, self.precision) == (chosen.device, chosen.backend, chosen.precision)


@dataclass(frozen=True)
class Absent:
    """A way that is not available on this machine, and why."""

    device: str
    backend: str
    precision: str
    reason: str


def ways(settings: Settings, chosen: Chosen, seen: Sequence[Array], emit: Emit) -> tuple[list[Way], list[Absent]]:
    """Every backend and precision that is an option, on the CPU and on the device that was chosen.

    The first is the REFERENCE. With a device of the user's own only that and what runs on the device.
    """
    devices = ("cpu", chosen.device) if settings.device == "auto" else (chosen.device,)
    choices = {option.name: option.choices or () for option in options()}
    product = itertools.product(devices, choices["backend"], choices["precision"])
    found, absent, reference = list[Way](), list[Absent](), None
    for way in dict.fromkeys((REFERENCE, *(each for each in product if "auto" not in each))):
        named: dict[str, Any] = dict(zip(("device", "backend", "precision"), way, strict=True))
        try:
            network, _ = make_colorizer(replace(settings, **named))
        except DeviceError as error:
            absent.append(Absent(*way, reason=error.sentence(as_flag)))
            continue
        emit(Event("way", "{backend} in {precision} on {device}".format(**named), named))
        ab, per_frame = time_network(network, seen)
        reference = ab if reference is None else reference
        apart = np.abs(ab - reference)
        found.append(Way(*way, per_frame, float(apart.mean()), float(apart.max())))
    return found, absent


@dataclass(frozen=True)
class Together:
    """Shots that are coloured at once, and how many frames per second the network colours of all of them."""

    shots: int
    fps: float


def together(network: Colorizer[Any], seen: Sequence[Array], emit: Emit) -> list[Together]:
    """One shot at a time, two, four, as many as there are processors or MOST_TOGETHER."""
    counts = [count for count in (1, 2, 4, MOST_TOGETHER) if count <= processors.count()]
    emit(Event("together", f"{' and '.join(map(str, counts))} shots at once", {"counts": counts}))
    return [Together(count, fps_together(network, seen, count)) for count in counts]


def fps_together(network: Colorizer[Any], seen: Sequence[Array], shots: int) -> float:
    """Frames per second of so many shots that are coloured at once, after the first ones, for which graphs are made."""
    rounds = 3
    length, total = len(seen), rounds * shots * len(seen)
    frames = (GrayFrame(index, seen[index % length]) for index in range(total))
    cuts = ListedCuts(frozenset(range(0, total, length)))
    work = ParallelStream(Engine(network), Anchors(cuts), shots)
    times = [time.perf_counter() for _ in work.run(frames)]
    first = shots * length
    return (total - first) / (times[-1] - times[first - 1])


@dataclass(frozen=True)
class PublishedSpeed:
    """The published network on the same frames, in chunks of three. weights: "imported" or "random"."""

    weights: str
    network: Chosen
    per_frame: Spent


def published(settings: Settings, seen: Sequence[Array], emit: Emit) -> PublishedSpeed:
    """Time the published network by PyTorch; where its weights were not imported, random ones take as long."""
    is_imported = any(file.path.stem == "published" for file in weights_file.imported())
    kind = "imported" if is_imported else "random"
    emit(Event("published", f"the published network, {kind} weights, seconds a frame on a CPU", {"weights": kind}))
    with TemporaryDirectory() as folder:
        path = "" if is_imported else str(random_weights(Path(folder) / "published.safetensors"))
        network, chosen = make_colorizer(replace(settings, model="published", backend="torch", weights=path))
    _, per_frame = time_network(network, seen[: 1 + _CHUNKS * network.window])
    return PublishedSpeed(kind, chosen, per_frame)


def random_weights(path: Path) -> Path:
    """A file of random weights of the published network; sums over inputs keep their size, roughly."""
    import_torch()
    from vs_tcvc.networks.published.checkpoint import NETWORK, VERSION, empty_networks

    rng, arrays = np.random.default_rng(0), dict[str, Array]()
    for name, part in empty_networks().parts().items():
        for key, value in part.state_dict().items():
            inputs = int(np.prod(value.shape[1:]))
            noise = rng.standard_normal(tuple(value.shape), np.float32) / np.float32(inputs**0.5)
            arrays[f"{name}.{key}"] = noise if value.ndim > 1 else np.full(value.shape, 0.5, np.float32)
    weights_file.save(path, arrays, {"network": NETWORK, "version": str(VERSION)})
    return path
