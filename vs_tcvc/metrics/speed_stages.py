"""What a frame spends in each stage of tcvc-pipe."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Generic, Self

from ffmpeg_filters import y4m
from ffmpeg_filters.color_stage import Held
from ffmpeg_filters.pipe import hold_frame
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.core.colorizer import Colorizer, Memory
from vs_tcvc.core.cut_rule import CutRule
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import from_settings
from vs_tcvc.metrics.speed_film import Drain, SpeedFilm
from vs_tcvc.settings import Settings

STAGES = ("read", "lightness", "cut", "network", "upsample", "write")
"""What a frame goes through."""

ONCE = "reference"
"""What is done once for every shot: its first frame is coloured, and remembered."""


@dataclass(frozen=True)
class Spent:
    """Milliseconds of wall time and of processor time, all threads together."""

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
        """Add the time spent inside to the stage; stages may be nested."""
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

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        with self.watch.time_stage(ONCE):
            return self.network.predict(lightness, hints)

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
