"""How fast this machine colours: tcvc-pipe beside a plain copy of the stream, its stages, and every way to run the
network. A film is made in memory, so neither disk nor decoder counts.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import RawIOBase
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Generic, Self

import cv2
import numpy as np

from ffmpeg_filters import y4m
from ffmpeg_filters.color_stage import Held
from ffmpeg_filters.pipe import colorize_stream, hold_frame
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.backends import Chosen, import_torch, load_colorizer, make_colorizer
from vs_tcvc.core.colorizer import Colorizer, Memory
from vs_tcvc.core.cut_rule import CutRule
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.in_parallel import ParallelStream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import ListedCuts, from_settings
from vs_tcvc.errors import DeviceError, as_flag
from vs_tcvc.networks import weights_file
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.settings import Settings, options

STAGES = ("read", "lightness", "cut", "network", "upsample", "write")
"""What a frame goes through."""

ONCE = "reference"
"""What is done once for every shot: its first frame is coloured, and remembered."""

MEAN_TOLERANCE, MAX_TOLERANCE = 0.25, 2.3
"""How far, in units of a* and b*, colour may lie from PyTorch's in fp32 for a way to be suggested: on average a quarter
of a code of 8-bit chroma (0.9 to 1.6 units beside gray), nowhere more than the difference that is just noticed (Mahy
et al. 1994)."""

WORTH_IT = 1.1
"""Times as fast that another way must be to be suggested; less is noise."""

REFERENCE = ("cpu", "torch", "fp32")
"""Device, backend and precision that others are compared with."""

MOST_TOGETHER = 8
"""Shots that are tried at once, at most."""

COMPARED = 48
"""Frames that every way to run the network is given."""

_PLACES = 12  # of the texture, shown forth and back
_CHUNKS = 2  # of the published network: the second is guided by the first, as all later ones are


@dataclass(frozen=True)
class SpeedFilm:
    """A gray 4:2:0 film of a texture that moves, of which one picture is kept in memory."""

    width: int
    height: int
    frames: int
    bits: int = 8

    @property
    def header(self) -> y4m.StreamHeader:
        return y4m.StreamHeader(self.width, self.height, (25, 1), y4m.PixelFormat("420", self.bits), range="limited")

    def play(self) -> Tape:
        """The film as a stream of YUV4MPEG2."""
        shown = itertools.islice(itertools.cycle(pictures(self.width, self.height, self.bits)), self.frames)
        header: tuple[bytes | memoryview, ...] = (self.header.to_bytes(),)
        return Tape(itertools.chain(header, (part for planes in shown for part in (b"FRAME\n", *planes))))


class Tape(RawIOBase):
    """Parts of a stream, one after the other, as something to read from."""

    def __init__(self, parts: Iterable[bytes | memoryview]) -> None:
        self._parts: Iterator[bytes | memoryview] = filter(None, parts)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class Drain:
    """Takes a film and forgets it; like a pipe it copies every byte once. times: when each frame was whole, seconds."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._space = memoryview(bytearray(1 << 20))

    def write(self, data: memoryview, /) -> int:
        count = min(len(data), len(self._space))
        self._space[:count] = data[:count]
        return count

    def flush(self) -> None:
        self.times.append(time.perf_counter())

    @property
    def fps(self) -> float:
        """Frames per second after the first, which waits for the network to be loaded."""
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])


def pictures(width: int, height: int, bits: int = 8) -> list[tuple[memoryview, bytes]]:
    """Luma and neutral chroma of a few 4:2:0 frames, limited range: a texture that moves forth and back.

    Luma is a window on one texture, in which each frame begins one row and two columns further on.
    """
    rows = height + 2 * _PLACES
    coarse = np.random.default_rng(0).random((rows // 8 + 1, width // 8 + 1), np.float32)
    texture = cv2.resize(coarse, (width, rows), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    dtype, scale = (np.uint8, 1) if bits == 8 else (np.uint16, 1 << (bits - 8))
    codes = memoryview((scale * (16 + 219 * texture)).astype(dtype)).cast("B")
    chroma = np.full(2 * ((height + 1) // 2) * ((width + 1) // 2), 128 * scale, dtype).tobytes()
    size = np.dtype(dtype).itemsize
    starts = [place * (width + 2) * size for place in range(_PLACES)]
    forth = [(codes[start : start + width * height * size], chroma) for start in starts]
    return forth + forth[-2:0:-1]


@dataclass(frozen=True)
class Spent:
    """Milliseconds by the clock and of the processor, all threads together."""

    wall_ms: float
    cpu_ms: float

    @classmethod
    def typical(cls, laps: Sequence[Spent]) -> Self:
        """The median of both."""
        return cls(median(lap.wall_ms for lap in laps), median(lap.cpu_ms for lap in laps))


@dataclass
class Stopwatch:
    """What stages spend on one frame after the other. Counts the whole process, so nothing else may run in it."""

    laps: list[dict[str, Spent]] = field(default_factory=lambda: [{}])

    @contextmanager
    def time_stage(self, stage: str) -> Iterator[None]:
        """Add what is spent inside to the stage; stages may lie in one another."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        before = self.laps[-1].get(stage, Spent(0, 0))
        wall_ms, cpu_ms = 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)
        self.laps[-1][stage] = Spent(before.wall_ms + wall_ms, before.cpu_ms + cpu_ms)

    def lap(self) -> None:
        """The frame is done."""
        self.laps.append({})

    def typical(self) -> dict[str, Spent]:
        """By stage, of the frames that went through it."""
        each = defaultdict[str, list[Spent]](list)
        for lap in self.laps:
            for stage, spent in lap.items():
                each[stage].append(spent)
        return {stage: Spent.typical(laps) for stage, laps in each.items()}


@dataclass(frozen=True)
class _TimedCuts:
    cuts: CutRule
    watch: Stopwatch

    @property
    def before(self) -> int:
        return self.cuts.before

    @property
    def after(self) -> int:
        return self.cuts.after

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        with self.watch.time_stage("cut"):
            return self.cuts.is_cut(index, frames)


@dataclass(frozen=True)
class _TimedNetwork(Generic[Memory]):
    network: Colorizer[Memory]
    watch: Stopwatch

    @property
    def window(self) -> int:
        return self.network.window

    def predict(self, lightness: Array) -> Array:
        with self.watch.time_stage(ONCE):
            return self.network.predict(lightness)

    def begin(self, references: Sequence[Reference]) -> Memory:
        with self.watch.time_stage(ONCE):
            return self.network.begin(references)

    def colorize(self, memory: Memory, lightness: Array, coming: Array | None = None) -> tuple[Memory, Array, Array]:
        with self.watch.time_stage("network"):  # nothing beside it
            return self.network.colorize(memory, lightness)


def stages(film: SpeedFilm, settings: Settings, network: Colorizer[Any]) -> dict[str, Spent]:
    """What a frame of `film` spends in each of STAGES, done one after the other, and what is spent ONCE.

    The last frames, which wait for others to decide on cuts, are not coloured.
    """
    watch = Stopwatch()
    reader = y4m.Reader(film.play())
    plan = StreamPlan.of(reader.header, settings)
    writer = y4m.Writer(Drain(), plan.output)
    stream = Stream(Engine(_TimedNetwork(network, watch)), Anchors(_TimedCuts(from_settings(settings), watch)))
    waiting, arriving = deque[Held[y4m.Y4mFrame]](), iter(reader)
    for index in range(film.frames):
        with watch.time_stage("read"):
            frame = next(arriving)
        with watch.time_stage("lightness"):
            waiting.append(hold_frame(plan, frame))
        for chroma in stream.push(GrayFrame(index, waiting[-1].lightness)):
            done = waiting.popleft()
            with watch.time_stage("upsample"):
                planes = plan.planes(done.luma, done.lightness, chroma.saturated)
            with watch.time_stage("write"):
                writer.write(b"", [memoryview(plane).cast("B") for plane in planes])
        watch.lap()
    return watch.typical()


def time_pipe(film: SpeedFilm, settings: Settings) -> float:
    """Frames per second of tcvc-pipe, its stages overlapped."""
    drain = Drain()
    colorize_stream(y4m.Reader(film.play()), drain, settings, threading.Event())
    return drain.fps


def passed_through(film: SpeedFilm) -> float:
    """Frames per second of what any filter must do: read the stream and write it."""
    reader, drain = y4m.Reader(film.play()), Drain()
    writer = y4m.Writer(drain, reader.header)
    for frame in reader:
        writer.write(frame.parameters, frame.planes)
    return drain.fps


def lightness_of(film: SpeedFilm, settings: Settings) -> list[Array]:
    """The first frames, COMPARED at most, as the network sees them."""
    reader = y4m.Reader(film.play())
    plan = StreamPlan.of(reader.header, settings)
    return [hold_frame(plan, frame).lightness for frame in itertools.islice(reader, COMPARED)]


def time_network(network: Colorizer[Memory], seen: Sequence[Array]) -> tuple[Array, Spent]:
    """The colour of one shot, the prediction for its first frame first, (T, 2, H, W), and what a later frame takes.

    The first call, for which graphs are made, is not counted if there are others.
    """
    predicted = network.predict(seen[0])
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
    """A way that is not to be had on this machine, and why."""

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
    counts = [count for count in (1, 2, 4, MOST_TOGETHER) if count <= (os.cpu_count() or 1)]
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


@dataclass(frozen=True)
class Report:
    """What was measured.

    working_size: (width, height) of the pictures that the network sees; network: what tcvc-pipe ran.
    peak_bytes: most resident memory of tcvc-pipe with all that it loads; None where the system does not say.
    stages: per frame, and what is spent ONCE per shot. together: of the network that tcvc-pipe ran.
    """

    film: SpeedFilm
    working_size: tuple[int, int]
    network: Chosen
    pipe_fps: float
    pass_through_fps: float
    peak_bytes: int | None
    stages: Mapping[str, Spent]
    together: Sequence[Together]
    ways: Sequence[Way]
    absent: Sequence[Absent]
    published: PublishedSpeed | None

    @property
    def pipe_ratio(self) -> float:
        """Of what passes through, the part that tcvc-pipe reaches."""
        return self.pipe_fps / self.pass_through_fps

    @property
    def used(self) -> Way:
        """The way that tcvc-pipe ran."""
        return next(way for way in self.ways if way.is_of(self.network))

    @property
    def suggestion(self) -> Way:
        """The fastest way whose colour is within the tolerance; the one that is used where none is worth a change."""
        fastest = min((way for way in self.ways if way.is_true), key=lambda way: way.per_frame.wall_ms)
        stays = self.used.is_true and self.gain(fastest, self.used) < WORTH_IT
        return self.used if stays else fastest

    @staticmethod
    def gain(way: Way, other: Way) -> float:
        """Times as fast as the other."""
        return other.per_frame.wall_ms / way.per_frame.wall_ms

    @property
    def at_once(self) -> Together:
        """The fewest shots at once that are worth it; one where more are not."""
        fastest = max(self.together, key=lambda each: each.fps)
        return next(each for each in self.together if each.fps * WORTH_IT >= fastest.fps)

    @property
    def published_ratio(self) -> float | None:
        """Times as long as the compact network that the published one takes for a frame."""
        return self.published.per_frame.wall_ms / self.used.per_frame.wall_ms if self.published else None


def measure(film: SpeedFilm, settings: Settings, with_published: bool, emit: Emit) -> Report:
    """Measure all that there is; raises as tcvc-pipe does. tcvc-pipe comes first: memory is told by its peak."""
    quiet = replace(settings, log="quiet")
    emit(Event("pipe", f"tcvc-pipe: {film.frames} frames of {film.width}x{film.height}"))
    pipe_fps, peak_bytes = time_pipe(film, quiet), peak_memory()
    network, chosen = load_colorizer(quiet, emit)
    spent, seen = stages(film, quiet, network), lightness_of(film, quiet)
    height, width = seen[0].shape
    return Report(
        film, (width, height), chosen, pipe_fps, passed_through(film), peak_bytes, spent,
        together(network, seen, emit), *ways(quiet, chosen, seen, emit),
        published(quiet, seen, emit) if with_published else None,
    )  # fmt: skip


def peak_memory() -> int | None:
    """Most resident memory of this process so far, in bytes; None on Windows, where nobody says."""
    if sys.platform == "win32":
        return None
    if sys.platform == "linux":  # getrusage counts what the program that started us had before
        status = Path("/proc/self/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
