"""The network between a reader and a writer of whole films: frames with luma in, the same frames with colour out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from numbers import Integral
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from ffmpeg_filters.stream_plan import Planes, StreamPlan
from vs_tcvc.backends import load_colorizer
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.cut_rule import CutRule
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.in_parallel import ParallelStream
from vs_tcvc.core.named_frames import check_at_end, refuse_outside
from vs_tcvc.cuts.rules import from_settings, say_cuts_outside
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.own_color import OwnColor, SeenColors, own_color, sentence, sentence_on_tints
from vs_tcvc.picture.png import png_of
from vs_tcvc.references.best_frame import BestFrames, best_frames
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.doubts import doubt
from vs_tcvc.references.looks import grade_from
from vs_tcvc.references.painted import Painted, painted_references, parse_reference, read_references
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.settings import Settings

DEPTH = 3
"""Number of frames queued between two stages."""

_CHANGED = "the film changed while it was read; keep it unchanged, and colour it again"

Host = TypeVar("Host")


@dataclass(frozen=True, eq=False)
class Held(Generic[Host]):
    """A frame in the pipeline.

    host: the host's own frame. luma: its luma plane (H, W), codes.
    chroma: its own Cb and Cr, codes, () if it has none. lightness: L* given to the network (h, w).
    own: what the source frame has of its own. keeps_color: as of `GrayFrame`.
    """

    host: Host
    luma: NDArray[Any]
    chroma: Sequence[NDArray[Any]]
    lightness: Array
    own: OwnColor = OwnColor.NONE
    keeps_color: bool = False


def hold(plan: StreamPlan, host: Host, planes: Sequence[NDArray[Any]]) -> Held[Host]:
    """A frame that was read, with planes Y or Y, Cb, Cr in codes, prepared for the network."""
    luma, *chroma = planes
    own = own_color(plan.source, planes)
    keeps = plan.keeps_color and own is OwnColor.COLOR
    return Held(host, luma, chroma, plan.stage.lightness(luma), own, keeps)


def number_frames(frames: Iterable[Held[Any]]) -> Iterator[GrayFrame]:
    """The network's view of all frames of a film, in order."""
    return (GrayFrame(index, held.lightness, keeps_color=held.keeps_color) for index, held in enumerate(frames))


Colored = tuple[Held[Host], Chroma | None]
"""A frame with its colour; None: it keeps its own."""


def upsample_color(plan: StreamPlan, colored: Colored[Host]) -> tuple[Held[Host], Chroma | None, Planes]:
    """A frame with its colour and the planes to write, Y', Cb and Cr."""
    held, chroma = colored
    if chroma is None or chroma.is_own:
        return held, chroma, plan.own_planes(held.luma, held.chroma)
    return held, chroma, plan.planes(held.luma, held.lightness, chroma.saturated)


def color_png(plan: StreamPlan, held: Held[Any], ab: Array) -> bytes:
    """A frame in colour, ab (2, h, w), as a PNG of 16-bit R'G'B'; its luma is that of the film within half a code."""
    return png_of(SampleCoding(16, "full").codes_from_luma(plan.stage.rgb(held.luma, held.lightness, ab)))


@dataclass(frozen=True, eq=False)
class Guides:
    """References and looks of single shots, in addition to the settings of the whole film.

    references: coloured pictures by the frames that they show. looks: as the setting `look`; each applies to runs that
    begin at its frame or later, until the next look. Frames have the numbers that the film's frames have.
    Raises UsageError for anything but mappings of frames from 0.
    """

    references: Mapping[int, Painted] = field(default_factory=dict)
    looks: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, given in (("references", self.references), ("looks", self.looks)):
            if not isinstance(given, Mapping):
                raise UsageError(f"{name}: expected a mapping of frames, as in {{0: ...}}, got {type(given).__name__}")
            wrong = [frame for frame in given if not isinstance(frame, Integral) or frame < 0]
            if wrong:
                raise UsageError(f"{name}: expected numbers of frames, from 0, got {wrong[0]!r}")
        for look in self.looks.values():
            if not isinstance(look, str):
                raise UsageError(f"looks: expected text such as 'vivid', got {look!r}")


class _NotedCuts:
    """A cut rule that records the cuts found so far; for frames in order, in one pass or several."""

    def __init__(self, rule: CutRule) -> None:
        self._rule = rule
        self.before, self.after = rule.before, rule.after
        self.starts = [0]

    def is_cut(self, index: int, frames: Mapping[int, GrayFrame]) -> bool:
        is_cut = self._rule.is_cut(index, frames)
        if is_cut and index > self.starts[-1]:
            self.starts.append(index)
        return is_cut


class ColorStage:
    """Everything that runs on the thread of the network.

    canvas: of the film. preview: number of frames to colour of every run, None for all; the others are passed over.
    numbers: of all frames, by which references, looks and cuts name them; None for a film of unknown length, from 0.
    rate: frames per second, for cut lists in times; None if unknown.
    Raises UsageError for invalid cuts and references at once; WeightsError and DeviceError when it runs.
    """

    def __init__(
        self, canvas: Canvas, settings: Settings, emit: Emit, guides: Guides | None = None,
        preview: int | None = None, numbers: range | None = None, rate: Fraction | None = None,
    ) -> None:  # fmt: skip
        guides = guides or Guides()
        self._settings, self._emit, self._preview, self._numbers = settings, emit, preview, numbers
        self._first = first = numbers.start if numbers else 0
        self._frames = 0
        self._rule = from_settings(settings, first, rate, emit)
        self._cuts = _NotedCuts(self._rule)
        painted = [parse_reference(text, first)[1] for text in settings.reference]
        self._named = {"reference": painted, "references": guides.references, "looks": guides.looks}
        if numbers:
            for option, named in self._named.items():
                refuse_outside(option, named, numbers)
        looks = {first: settings.look, **guides.looks}
        self._grades = {frame - first: grade_from(replace(settings, look=look)) for frame, look in looks.items()}
        self._references = read_references(settings.reference, canvas, first)
        self._references |= painted_references(guides.references, canvas, first)
        self.shots = 0

    def shot_start(self, index: int) -> int:
        """The first frame of the shot of a coloured frame."""
        starts = self._cuts.starts
        return starts[bisect_right(starts, index) - 1]

    def run(
        self, frames: Iterator[Held[Host]], first_pass: Iterator[GrayFrame] | None = None
    ) -> Iterator[tuple[Held[Host], Chroma]]:
        """Every frame that is coloured, with its colour, in order.

        first_pass: all frames as the network sees them, in order, if the best of every shot is coloured first.
        """
        colorizer, anchors = self._begin(first_pass)
        stream = Stream(Engine(colorizer), anchors)
        watched = ((held, held.lightness) for held in self._watch(frames))
        for held, chroma in stream.run(watched, lambda held: held.keeps_color):
            self.shots = stream.shots
            yield held, chroma

    def run_at_once(
        self, frames: Iterator[Held[Host]], seen: Iterator[GrayFrame], runs: int,
        first_pass: Iterator[GrayFrame] | None = None,
    ) -> Iterator[tuple[Held[Host], Chroma]]:  # fmt: skip
        """The same with `runs` runs in parallel; `seen` are all frames as the network sees them.

        Raises StreamError if they are more or fewer than `frames`.
        """
        colorizer, anchors = self._begin(first_pass)
        work = ParallelStream(Engine(colorizer), anchors, runs)
        numbered = enumerate(self._watch(frames))
        for chroma in work.run(seen):
            held = next((held for index, held in numbered if index == chroma.index), None)
            if held is None:
                raise StreamError(_CHANGED)
            self.shots = work.shots
            yield held, chroma
        left = sum(1 for _ in numbered)
        if left and self._preview is None:
            raise StreamError(_CHANGED)

    def check_guides(self) -> None:
        """Raise FrameError for a reference or a look of a frame that the film did not have; call it at the end."""
        if not self._numbers:
            check_at_end(self._named, range(self._frames))

    def _begin(self, first_pass: Iterator[GrayFrame] | None) -> tuple[Colorizer[Any], Anchors]:
        """The network, and the rule for its runs."""
        colorizer, _ = load_colorizer(self._settings, self._emit)
        anchors = Anchors(self._cuts, self._references, self._grades, most=self._preview)
        return colorizer, anchors if first_pass is None else replace(anchors, predicted_from=self._best(first_pass))

    def _watch(self, frames: Iterator[Held[Host]]) -> Iterator[Held[Host]]:
        """The frames; emits events for colour of their own, doubtful references, and at the end for cuts outside."""
        seen, is_unsaid = SeenColors(), True
        for index, held in enumerate(frames):
            number = self._first + index
            seen.add(held.own)
            if held.own is OwnColor.COLOR and is_unsaid:
                is_unsaid = False
                text = sentence(held.own, number, self._settings.own_color == "keep")
                self._emit(Event("colour", text, {"frame": number}))
            reference = self._references.get(index)
            if reference and (text := doubt(reference, held.lightness, number)):
                self._emit(Event("doubt", text, {"frame": number}))
            self._frames += 1
            yield held
        self._tell_of_tints(seen)
        say_cuts_outside(self._rule, self._numbers or range(self._frames), self._emit)

    def _tell_of_tints(self, seen: SeenColors) -> None:
        """Emit one event for all tinted shots."""
        starts = [each for each in self._cuts.starts if each < seen.frames]
        tinted = [self._first + start for start in seen.shots(OwnColor.TINT, starts, least=0)]
        if tinted:
            self._emit(Event("tinted", sentence_on_tints(tinted, len(starts)), {"shots": tinted}))

    def _best(self, first_pass: Iterator[GrayFrame]) -> BestFrames:
        """The best frames of runs that have no reference."""
        runs, progress = 0, Progress(self._emit)

        def counted() -> Iterator[GrayFrame]:
            for frame in first_pass:
                progress.update(frame.index + 1, runs)
                yield frame

        def best() -> Iterator[tuple[int, GrayFrame]]:
            nonlocal runs
            for choice in best_frames(counted(), Anchors(self._cuts, self._references)):
                runs += 1
                yield choice

        self._emit(Event("first_pass", "first pass: finding the best frame of every shot"))
        found = BestFrames(best())
        text = f"{len(found)} of {runs} shots are coloured from a frame other than their first"
        self._emit(Event("best_frames", text, {"frames": self._numbered(found.numbers), "shots": runs}))
        return found

    def _numbered(self, frames: Mapping[int, int]) -> dict[int, int]:
        """Indices of frames by indices of frames, both as the film's numbers."""
        return {self._first + one: self._first + other for one, other in frames.items()}
