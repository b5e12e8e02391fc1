"""The Python API: frames in, coloured frames out.

The pixels are those of `tcvc colorize` and `tcvc-pipe` for the same luma. Reading and the network run in background
threads, a few frames ahead; the planes of a frame are computed on first access. Nothing is printed: what a command
would print goes to the logger `vs_tcvc.api`.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain
from numbers import Integral
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters.color_stage import DEPTH, ColorStage, Guides, Held
from ffmpeg_filters.decoder import open_source
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.stream_facts import quarter_turns
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.transcode import Summary, TranscodeOptions, colorize_file, hold_frames, read_grays
from vs_tcvc.core.engine import Anchors
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.shot import Shot, shots_from_cuts
from vs_tcvc.cuts.rules import from_settings, say_cuts_outside
from vs_tcvc.errors import FrameError, UsageError, shown
from vs_tcvc.film.frame_picture import rgb_of
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import BRIGHTEST, SampleCoding, resolve_matrix, resolve_range
from vs_tcvc.picture.color import luma
from vs_tcvc.picture.own_color import OwnColor, own_color_of_rgb
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.looks import parse
from vs_tcvc.references.painted import Painted
from vs_tcvc.runtime.events import Event
from vs_tcvc.runtime.pipeline import Pipeline
from vs_tcvc.runtime.progress import is_progress
from vs_tcvc.runtime.rates import read_rate
from vs_tcvc.settings import ARRAYS, OPEN, Settings, is_name

_DEPTHS = {"u1": 8, "u2": 16, "f4": 32}
_SHIFTS = {"420": (1, 1), "422": (1, 0)}
_WARNINGS = ("colour", "tinted", "damaged", "damage", "cut_off", "cuts", "cuts_outside", "doubt")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ColorFrame:
    """One frame in colour. A value: it stays valid after the iteration ends.

    index: its number, that of its file among numbered pictures, otherwise from 0. shot_start: the number of the first
    frame of its shot; a stream learns where the shot ends when the next one begins (`Film.shots` lists both).
    origin: where the colour comes from: "predicted", a file, "array", or "own", if it is the frame's own.
    luma: (H, W), the source's own samples. confidence: how sure the colour is, (h, w) float32, 0 to 1.
    lightness, ab: CIE L* (h, w) and a*, b* (2, h, w), float32: what the network saw, and its colour as it is shown.
    stage: how the two sizes and the source's codes go together. own: Cb and Cr of the source, if the frame keeps its
    own colour, which is not in `ab` then; otherwise None.
    """

    index: int
    shot_start: int
    origin: str
    luma: NDArray[Any] = field(repr=False)
    confidence: Array = field(repr=False)
    lightness: Array = field(repr=False)
    ab: Array = field(repr=False)
    stage: ChromaStage = field(repr=False)
    own: Sequence[NDArray[Any]] | None = field(default=None, repr=False)

    @cached_property
    def rgb(self) -> NDArray[Any]:
        """R'G'B' (H, W, 3), full range, in the type of the source: uint8, uint16, or float32 0 to 1.

        Its luma is that of the source, within one code. A film of 9 to 16 bits has uint16 with 65535 for white.
        """
        source = self.stage.source
        coding = SampleCoding(source.bits if source.bits in (8, 32) else 16, "full")
        ab = self.ab if self.own is None else None
        rgb = rgb_of(self.stage, self.luma, self.lightness, ab, self.own or ())
        return np.ascontiguousarray(np.moveaxis(coding.codes_from_luma(rgb), 0, -1))

    @cached_property
    def chroma(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Cb and Cr in the type and range of `luma`, in the subsampling of the source.

        Gray films have 4:2:0 and arrays 4:4:4, unless the setting `chroma` says otherwise. Floats are -0.5 to 0.5.
        """
        if self.own is not None:
            return self.stage.own_planes(self.own)
        return self.stage.planes(self.luma, self.lightness, self.ab)


def colorize(
    source: str | os.PathLike[str] | Iterable[Any], *, references: Mapping[int, Painted] | None = None,
    looks: Mapping[int, str] | None = None, cuts: str | Iterable[int] | None = None, settings: Settings | None = None,
) -> Generator[ColorFrame, None, None]:  # fmt: skip
    """The frames of a film in colour, in order, a bounded number of them at a time.

    source: a film's file, a folder of numbered pictures, a pattern of their names (`scan_%06d.png`), or any iterable
    of arrays of one shape and type: gray (H, W), or R'G'B' (H, W, 3), of which the luma is taken, uint8 or uint16 of
    full range, or float32, 0 to 1. Arrays are copied; the iterable is read in a background thread, about ten frames
    ahead.
    references: coloured pictures by the number of their frame: files, or R'G'B' (H, W, 3) of the film's shape at any
    size. Each guides the frames from its own to the next cut or reference.
    looks: as the setting `look`, each for shots that begin at its frame or later, until the next look.
    cuts: as the setting `cuts`, or a list of the first frames of shots; None: as in the settings.

    Closing or dropping the generator ends it early. Raises UsageError for invalid settings and names (at the call) and
    references, FrameError for an invalid array, StreamError for a damaged film, WeightsError, DeviceError; for a
    reference or look of a frame that does not exist UsageError before the first frame of numbered pictures, otherwise
    FrameError after the last one.
    """
    if isinstance(source, (str, os.PathLike)):
        return iter(open(source, settings=settings).colorize(references=references, looks=looks, cuts=cuts))
    if not isinstance(source, Iterable):
        raise UsageError(f"source: expected a file's name or an iterable of arrays, got {type(source).__name__}")
    if isinstance(source, np.ndarray) and source.ndim == 3 and source.shape[2] == 3:
        raise UsageError(f"source: expected frames, got one picture {source.shape}; put it into a list")
    guides = Guides({} if references is None else references, {} if looks is None else looks)
    checked = _checked(settings, cuts, guides)
    ARRAYS.check(checked)
    return _colorize_arrays(iter(source), checked, guides)


def open(
    path: str | os.PathLike[str], *, settings: Settings | None = None, interlaced: bool = False,
    rate: Fraction | int | str | None = None,
) -> Film:  # fmt: skip
    """The film in a file, a folder of numbered pictures, or a pattern of their names; its first frame is decoded.

    interlaced: treat interlaced frames as progressive. rate: frames per second of pictures (default 24), such as 18 or
    "24000/1001". Raises UsageError if there is no such film or rate, StreamError if it cannot be read.
    """
    return Film(_name("path", path), _own(settings), interlaced, None if rate is None else read_rate(rate))


class Film:
    """A film that can be read any number of times; leaving its `with` block ends unfinished iterations.

    path, settings: as given. width, height: in samples. rate: frames per second.
    """

    def __init__(self, path: Path, settings: Settings, interlaced: bool = False, rate: Fraction | None = None) -> None:
        self.path, self.settings = path, settings
        self._options = TranscodeOptions(interlaced=interlaced, rate=rate)
        self._open = partial(open_source, path, emit=_log_event, interlaced=interlaced, rate=rate)
        self._running: WeakKeyDictionary[Generator[ColorFrame, None, None], threading.Event] = WeakKeyDictionary()
        with self._open(settings=settings) as source:
            self._header, self._tags, self.rate = source.header, source.tags, source.rate
            self._numbers, self._turns = source.numbers, quarter_turns(source.display)
        self.width, self.height = self._header.width, self._header.height

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End unfinished iterations; one that another thread waits for ends there, without a further frame."""
        for frames, stop in list(self._running.items()):
            stop.set()
            with suppress(ValueError):  # another thread is in it
                frames.close()

    def shots(self) -> list[Shot]:
        """The shots of the film, by the setting `cuts`; reads the whole film."""
        first = self._numbers.start if self._numbers else 0
        rule = from_settings(self.settings, first, self.rate, _log_event)
        cuts, length = list[int](), 0
        for frame, is_cut in Anchors(rule).decide_cuts(self._grays(self.settings, threading.Event())):
            cuts += [frame.index] if is_cut else []
            length = frame.index + 1
        say_cuts_outside(rule, range(first, first + length), _log_event)
        return [Shot(first + each.start, first + each.stop) for each in shots_from_cuts(cuts, length)]

    def colorize(
        self, *, references: Mapping[int, Painted] | None = None, looks: Mapping[int, str] | None = None,
        cuts: str | Iterable[int] | None = None, saturation: float | None = None,
    ) -> ColorizedFilm:  # fmt: skip
        """The film in colour, to iterate over with `for` or to write with `write`; nothing runs yet.

        references, looks, cuts: as of `vs_tcvc.colorize`. saturation: strength of the colour, 0 to 4.
        Raises UsageError for invalid values.
        """
        settings = self.settings if saturation is None else replace(self.settings, saturation=saturation)
        guides = Guides({} if references is None else references, {} if looks is None else looks)
        return ColorizedFilm(self, _checked(settings, cuts, guides, self.rate), guides)

    def _plan(self, settings: Settings) -> StreamPlan:
        return StreamPlan.of(self._header, settings, self._tags)

    def _grays(self, settings: Settings, stop: threading.Event) -> Iterator[GrayFrame]:
        return read_grays(partial(self._open, settings=settings), self._plan(settings), stop)

    def _frames(self, settings: Settings, guides: Guides) -> Generator[ColorFrame, None, None]:
        ARRAYS.check(replace(settings, reference_frame="first", own_color="replace"))  # which films have besides
        stop = threading.Event()
        frames = self._colorize(settings, guides, stop)
        self._running[frames] = stop
        return frames

    def _colorize(self, settings: Settings, guides: Guides, stop: threading.Event) -> Generator[ColorFrame, None, None]:
        plan = self._plan(settings)
        first_pass = self._grays(settings, stop) if settings.reference_frame == "best" else None
        try:
            with self._open(settings=settings) as source:
                source.leave_other_streams()
                held = hold_frames(source, plan)
                canvas, numbers = Canvas.of(plan.stage, plan.header.aspect, self._turns), self._numbers
                for frame in _colorize(plan.stage, canvas, held, settings, guides, first_pass, numbers, self.rate):
                    if stop.is_set():
                        return
                    yield frame
        except KeyboardInterrupt:
            if not stop.is_set():  # of a first pass that was ended by `close`
                raise
        finally:
            stop.set()


@dataclass(frozen=True, eq=False)
class ColorizedFilm:
    """A film and how to colour it; every `for` loop over it starts again at the first frame."""

    film: Film
    settings: Settings
    guides: Guides

    def __iter__(self) -> Generator[ColorFrame, None, None]:
        """The frames, as of `vs_tcvc.colorize`."""
        return self.film._frames(self.settings, self.guides)

    def write(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, codec: str = "", crf: float | None = None,
        lossless: bool = False, options: Mapping[str, Any] | None = None, at_once: int = 1,
    ) -> Summary:  # fmt: skip
        """Write it as `tcvc colorize` does: sound, subtitles, timestamps and tags stay; the file appears when complete.

        path: a film, or numbered pictures. overwrite: may replace existing files. codec: FFmpeg's name of an encoder;
        crf: its quality; options: more of the encoder's own. lossless: FFV1, which keeps luma bit-exact.
        at_once: shots to colour at the same time. Raises UsageError for invalid options, StreamError for a damaged
        film, TcvcError if writing fails.
        """
        if not isinstance(at_once, Integral) or at_once < 1:
            raise UsageError(f"at_once: expected a number of shots from 1, got {at_once!r}")
        transcoding = replace(self.film._options, overwrite=overwrite, at_once=at_once, guides=self.guides)
        encoding = Encoding(codec, crf, {} if options is None else options, lossless)
        return colorize_file(self.film.path, _name("path", path), self.settings, encoding, transcoding, _log_event)


def _log_event(event: Event) -> None:
    """The sink that sends to the log what a command prints on stderr; "log" is there already."""
    if event.name != "log" and not is_progress(event):
        _log.log(logging.WARNING if event.name in _WARNINGS else logging.INFO, "%s", event.text)


def _name(argument: str, path: str | os.PathLike[str]) -> Path:
    """A file's name. Raises UsageError for what can be none: an empty text is not the working folder."""
    if not isinstance(path, (str, os.PathLike)) or not str(path) or not is_name(str(path)):
        raise UsageError(f"{argument}: expected a file's name, got {shown(path)}")
    return Path(path)


def _own(settings: Settings | None) -> Settings:
    """The settings, by default all as they are. Raises UsageError for something else."""
    if settings is None:
        return Settings()
    if not isinstance(settings, Settings):
        raise UsageError(f"settings: expected vs_tcvc.Settings, got {type(settings).__name__}")
    return settings


def _checked(
    settings: Settings | None, cuts: str | Iterable[int] | None, guides: Guides, rate: Fraction | None = None
) -> Settings:  # fmt: skip
    """The settings with these cuts. Raises UsageError for invalid values; references wait for the film's size."""
    checked = _own(settings)
    if cuts is not None:
        if not isinstance(cuts, Iterable):
            raise UsageError(f"cuts: expected text or the first frames of shots, as in [0, 48], got {cuts!r}")
        listed = cuts if isinstance(cuts, str) else ",".join(map(str, cuts)) or "none"
        checked = replace(checked, cuts=listed)
    from_settings(checked, rate=rate)
    parse(checked.look)
    for frame, look in guides.looks.items():
        try:
            parse(look)
        except UsageError as error:
            raise error.at(f"frame {frame}").about("looks") from None
    OPEN.check(checked)
    return checked


def _colorize_arrays(source: Iterator[Any], settings: Settings, guides: Guides) -> Generator[ColorFrame, None, None]:
    planes = _gray_planes(source, settings)
    first = next(planes, None)
    if first is None:
        raise FrameError("source: expected at least one frame, got none; check the source of the frames")
    stage = _stage_for(first[0], settings)
    held = (Held(None, plane, (), stage.lightness(plane), own) for plane, own in chain((first,), planes))
    del first
    yield from _colorize(stage, Canvas.of(stage), held, settings, guides)


def _stage_for(plane: NDArray[Any], settings: Settings) -> ChromaStage:
    """The chroma stage for planes like this one: 4:4:4 unless the settings say otherwise."""
    height, width = plane.shape
    coding = _coding(plane, settings)
    matrix, shifts = resolve_matrix(settings.matrix, height), _SHIFTS.get(settings.chroma, (0, 0))
    return ChromaStage(width, height, coding, shifts, matrix=matrix, size=settings.size)


def _colorize(
    stage: ChromaStage, canvas: Canvas, frames: Iterator[Held[Any]], settings: Settings, guides: Guides,
    first_pass: Iterator[GrayFrame] | None = None, numbers: range | None = None, rate: Fraction | None = None,
) -> Generator[ColorFrame, None, None]:  # fmt: skip
    work = ColorStage(canvas, settings, _log_event, guides, numbers=numbers, rate=rate)
    first = numbers.start if numbers else 0
    with Pipeline(DEPTH) as pipeline:
        for held, chroma in pipeline.ahead(work.run(pipeline.ahead(frames), first_pass)):
            yield _frame(stage, held, chroma, first + chroma.index, first + work.shot_start(chroma.index))
    work.check_guides()


def _frame(stage: ChromaStage, held: Held[Any], chroma: Chroma, number: int, shot_start: int) -> ColorFrame:
    return ColorFrame(
        number,
        shot_start,
        chroma.origin,
        held.luma,
        chroma.confidence,
        held.lightness,
        chroma.saturated,
        stage,
        held.chroma if chroma.is_own else None,
    )


def _gray_planes(source: Iterator[Any], settings: Settings) -> Iterator[tuple[NDArray[Any], OwnColor]]:
    """Every array as a luma plane of its own (H, W), and what it had of colour; FrameError for any other.

    All planes have one shape and type.
    """
    expected = ""
    for index, item in enumerate(source):
        array = np.asarray(item)
        plane = _gray_plane(array, f"frame {index}", settings)
        got = f"{array.shape} {array.dtype}"
        if got != (expected := expected or got):
            raise FrameError(f"frame {index}: expected {expected} like the first, got {got}; a film keeps one shape")
        yield plane


def _gray_plane(array: NDArray[Any], where: str, settings: Settings) -> tuple[NDArray[Any], OwnColor]:
    is_rgb = array.ndim == 3 and array.shape[2] == 3
    if array.dtype.str[1:] not in _DEPTHS or not (array.ndim == 2 or is_rgb) or not array.size:
        raise FrameError(
            f"{where}: expected gray (H, W) or R'G'B' (H, W, 3) of uint8, uint16 or float32, got "
            f"{array.shape} {array.dtype}; convert it, and put a single picture into a list"
        )
    coding = _coding(array, settings)
    if coding.is_float and not np.abs(array).max() <= BRIGHTEST:
        raise FrameError(
            f"{where}: expected floats from 0 to 1, got {array.max():g}; divide them by the value of white"
        )
    if not is_rgb:
        return np.array(array, coding.dtype, order="C"), OwnColor.NONE
    rgb = coding.luma_from_codes(np.moveaxis(array, -1, 0))
    plane = coding.codes_from_luma(luma(rgb, resolve_matrix(settings.matrix, len(array))))
    return plane, own_color_of_rgb(rgb)


def _coding(array: NDArray[Any], settings: Settings) -> SampleCoding:
    """How the samples of an array are written as numbers: full range unless the settings say otherwise."""
    return SampleCoding(_DEPTHS[array.dtype.str[1:]], resolve_range(settings.range, "full"))
