"""How fast this machine colours: tcvc-pipe beside a plain copy of the stream, its stages, and every way to run the
network.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ffmpeg_filters import y4m
from ffmpeg_filters.pipe import colorize_stream
from vs_tcvc.backends import Chosen, load_colorizer
from vs_tcvc.metrics.speed_film import Drain, SpeedFilm
from vs_tcvc.metrics.speed_stages import Spent, stages
from vs_tcvc.metrics.speed_ways import Absent, PublishedSpeed, Together, Way, lightness_of, published, together, ways
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.settings import Settings

WORTH_IT = 1.1
"""Minimum speed-up of a suggested way; less is noise."""


@dataclass(frozen=True)
class Report:
    """The measurements.

    working_size: (width, height) of the pictures that the network sees; network: what tcvc-pipe ran.
    peak_bytes: peak resident memory of tcvc-pipe with everything it loads; None if unknown on this system.
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


def time_pipe(film: SpeedFilm, settings: Settings) -> float:
    """Frames per second of tcvc-pipe, its stages overlapped."""
    drain = Drain()
    colorize_stream(y4m.Reader(film.play()), drain, settings, threading.Event())
    return drain.fps


def passed_through(film: SpeedFilm) -> float:
    """Frames per second of a plain copy: reading the stream and writing it."""
    reader, drain = y4m.Reader(film.play()), Drain()
    writer = y4m.Writer(drain, reader.header)
    for frame in reader:
        writer.write(frame.parameters, frame.planes)
    return drain.fps


def measure(film: SpeedFilm, settings: Settings, with_published: bool, emit: Emit) -> Report:
    """Run all measurements; raises as tcvc-pipe. tcvc-pipe runs first, since memory is measured as a peak."""
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
    """Peak resident memory of this process so far, in bytes; None on Windows, where it is unknown."""
    if sys.platform == "win32":
        return None
    if sys.platform == "linux":  # getrusage counts what the program that started us had before
        status = Path("/proc/self/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
