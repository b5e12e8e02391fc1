"""tcvc colorize: any film that FFmpeg reads, a file or numbered pictures, in colour.

The pixels are those of tcvc-pipe for the same frames. Timestamps, aspect, rotation and colour tags stay; all other
streams, chapters and metadata are copied. Stages overlap as in the pipe.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import av.error

from ffmpeg_filters import y4m
from ffmpeg_filters.color_stage import DEPTH, Colored, ColorStage, Guides, Held, hold, number_frames, upsample_color
from ffmpeg_filters.compare import Comparison, Style
from ffmpeg_filters.decoder import DecodedFrame, Source, open_source
from ffmpeg_filters.encoder_choice import PICTURES, EncoderChoice, Encoding, choose, pix_fmt
from ffmpeg_filters.film_index import FilmIndex
from ffmpeg_filters.film_range import pictures_of
from ffmpeg_filters.look_ahead import look_ahead
from ffmpeg_filters.packet_copy import JoinedWriter, open_joined
from ffmpeg_filters.picture_files import tell_of_header
from ffmpeg_filters.side_data import SideDataWatch, kinds_of
from ffmpeg_filters.stream_copy import Copies
from ffmpeg_filters.stream_facts import quarter_turns
from ffmpeg_filters.stream_plan import StreamPlan
from ffmpeg_filters.writer import FilmWriter, PictureWriter, open_writer, reason
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.input_files import input_files, refuse_to_replace_inputs
from vs_tcvc.runtime.event_lines import lines_for
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.runtime.numbered_files import NumberedFiles, target_path
from vs_tcvc.runtime.pipeline import Pipeline
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.runtime.refusals import is_out_of_memory, no_memory
from vs_tcvc.runtime.same_file import find_also_read
from vs_tcvc.runtime.unfinished import is_unfinished
from vs_tcvc.settings import FILE, Settings

_THE_END = Fraction(10**9)  # seconds


@dataclass(frozen=True)
class TranscodeOptions:
    """How a film is read and written.

    interlaced: treat interlaced frames as progressive. overwrite: existing files may be replaced. leave_out: streams
    that the container cannot hold are left out, not refused. preview: frames to colour and to write of each shot, None
    for all; a preview has no sound. compare: a second film (or names of pictures) that shows source and colour.
    compare_style: one of "side", "wipe". rate: frames per second of pictures that are read. at_once: number of shots
    coloured at the same time; if above 1 the film is read twice. guides: references and looks of single shots.
    coloring: what gives the frames their colour, None for the network; frames that it leaves out are not written. part:
    how many are written if it does so; there is no sound then. inputs: files that are read beside the film, which are
    never overwritten. rejoin: only some frames have changed since the target was written.
    """

    interlaced: bool = False
    overwrite: bool = False
    leave_out: bool = False
    preview: int | None = None
    compare: Path | None = None
    compare_style: Style = "side"
    rate: Fraction | None = None
    at_once: int = 1
    guides: Guides = field(default_factory=Guides)
    coloring: Callable[[StreamPlan], Coloring] | None = None
    part: int | None = None
    inputs: Sequence[Path] = ()
    rejoin: Rejoin | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every frame of the film is written."""
        return self.preview is None and self.part is None


@dataclass(frozen=True)
class Rejoin:
    """What has changed since a film was written. changed: ranges of frames by their numbers, ascending.

    index: of the source.
    """

    changed: Sequence[range]
    index: FilmIndex


class Coloring(Protocol):
    """What gives the frames of a film their colour. shots: begun so far."""

    shots: int

    def run(self, frames: Iterator[Held[DecodedFrame]]) -> Iterator[Colored[DecodedFrame]]:
        """The frames to write, in order, with their colour. frames: those of the film, or those that have changed."""

    def check_guides(self) -> None:
        """Called once all is written. Raises FrameError for what named a frame that the film did not have."""


@dataclass(frozen=True)
class Summary:
    """frames: written; shots: found; damaged: packets of the source that could not be read."""

    frames: int
    shots: int
    damaged: int


def colorize_file(
    source: Path,
    target: Path,
    settings: Settings,
    encoding: Encoding | None = None,
    options: TranscodeOptions | None = None,
    emit: Emit | None = None,
    stop: threading.Event | None = None,
) -> Summary:
    """Colour the film in `source` into `target`, which appears under its name only when complete.

    source: a file, a folder of numbered pictures, or a pattern of their names (`scan_%06d.png`); target: likewise, and
    each picture appears when complete. Raises KeyboardInterrupt when `stop` is set, leaving only complete pictures;
    UsageError for incompatible options, names and streams; StreamError for a source that is not a film; FrameError,
    once the film has its name, for a reference of a frame that it does not have; TcvcError if writing fails.
    """
    encoding, options = encoding or Encoding(), options or TranscodeOptions()
    emit, stop = emit or lines_for(settings.log), stop or threading.Event()
    painted = (each for each in options.guides.references.values() if isinstance(each, (str, os.PathLike)))
    inputs = [*input_files(settings), *map(Path, painted), *options.inputs]
    targets, encoders = check_targets(source, target, encoding, options, inputs)
    FILE.check(settings)
    opened = partial(open_source, source, settings, interlaced=options.interlaced, rate=options.rate)
    with opened(emit=emit) as film, _said_in_words(target):
        for encoder in encoders:
            if encoder.pictures:
                _check_pictures(film, encoder.pictures, inputs, options.overwrite)
        if film.numbered:
            tell_of_header(*film.numbered, emit)
        again = partial(opened, emit=ignore)
        look_ahead(film, again)
        done = _colorize(film, again, targets, encoders, settings, options, emit, stop)
    for each in targets:
        emit(Event("wrote", f"wrote {each}", {"file": str(each), "frames": done.frames}))
    return done


def check_targets(
    source: Path, target: Path, encoding: Encoding, options: TranscodeOptions, inputs: Sequence[Path]
) -> tuple[list[Path], list[EncoderChoice]]:
    """The film to write and its comparison, with their encoders.

    inputs: files that are read beside the source. Raises UsageError for names and encoders that cannot be used.
    """
    targets = [target_path(each, source, PICTURES) for each in (target, options.compare) if each]
    refuse_to_replace_inputs(targets, inputs)
    for each in targets:
        _check_target(source, each, options.overwrite)
    if len({each.resolve() for each in targets}) < len(targets):
        raise UsageError(f"{target}: the film and its comparison need two names")
    return targets, [choose(each, encoding) for each in targets]


def _colorize(
    source: Source, again: Callable[[], AbstractContextManager[Source]], targets: Sequence[Path],
    encoders: Sequence[EncoderChoice], settings: Settings, options: TranscodeOptions, emit: Emit, stop: threading.Event,
) -> Summary:  # fmt: skip
    """again: opens the film once more."""
    encoded = encoders[0].pixels(source.header, settings)
    plan = _plan(source, encoded, settings)
    comparison = Comparison(plan, options.compare_style, source.rate)
    sizes = ((plan.header.width, plan.header.height), comparison.size)
    progress = Progress(emit, source.total if options.is_whole else options.part)
    emit(Event("stream", _describe(source, plan, encoders[0], encoded), _facts(source, plan)))
    if encoded.bits < source.header.format.bits:
        text = f"{source.header.format.bits} bits become {encoded.bits} in {encoders[0].codec}: luma is rounded"
        emit(Event("depth", f"{text}; FFV1 keeps it"))
    work = options.coloring(plan) if options.coloring else ColorStage(
        Canvas.of(plan.stage, plan.header.aspect, quarter_turns(source.display)), settings, emit, options.guides,
        options.preview, source.numbers, source.rate,
    )  # fmt: skip
    with ExitStack() as stack:
        writers = [stack.enter_context(open_writer(path, encoder, plan, source, encoded, size))
                   for path, encoder, size in zip(targets, encoders, sizes, strict=False)]  # fmt: skip
        copies = _copies(source, writers[0], options, emit)
        if copies and isinstance(writers[0], FilmWriter):
            writers[0].copied = copies.streams
        for writer in writers:
            writer.begin()
            _check_rate(source, again, writer)
        first = stack.enter_context(_joined(source, targets[0], writers[0], copies, options))
        pipeline = stack.enter_context(Pipeline(DEPTH, stop))
        written, watch = 0, SideDataWatch(encoders[0].codec, emit)
        watch.look_at(set(source.light))
        is_joined = isinstance(first, JoinedWriter)
        read = pipeline.ahead(_changed_frames(source, plan, options) if is_joined else hold_frames(source, plan))
        colored = pipeline.ahead(_run(work, read, partial(read_grays, again, plan, stop), settings, options))
        for held, _, planes in pipeline.each(partial(upsample_color, plan), colored):
            if copies and not is_joined:
                copies.write()
            if held.host.carrier:
                watch.look_at(kinds_of(held.host.carrier))
            number = None if options.is_whole else written
            first.write(planes, held.host, number)
            for writer in writers[1:]:
                writer.write(comparison.frame(planes, written), held.host, number)
            written += 1
            progress.update(written, work.shots)
        first.finish()
        if is_joined:
            source.read_other_packets(_THE_END)
        if copies:
            copies.write()
        for writer in writers[1:]:
            writer.finish()
    if source.damaged:
        text = f"{source.damaged} damaged packets of the source were skipped"
        emit(Event("damage", text, {"count": source.damaged}))
    progress.finish(written, work.shots)
    work.check_guides()
    return Summary(written, work.shots, source.damaged)


def _check_rate(
    source: Source, again: Callable[[], AbstractContextManager[Source]], writer: FilmWriter | PictureWriter
) -> None:  # fmt: skip
    """Raise StreamError for a film of a variable rate, if only a constant one can be written: all packets are read."""
    if isinstance(writer, FilmWriter) and writer.times.is_constant:
        with again() as film:
            writer.times.check(film.packet_times(), source.name)


@contextmanager
def _joined(
    source: Source, target: Path, writer: FilmWriter | PictureWriter, copies: Copies | None, options: TranscodeOptions
) -> Iterator[FilmWriter | PictureWriter | JoinedWriter]:  # fmt: skip
    """The writer, or one that copies from the target what has not changed in it, where that is possible."""
    if options.rejoin is None or not isinstance(writer, FilmWriter) or not target.is_file():
        yield writer
        return

    def write_others(until: Fraction) -> None:
        source.read_other_packets(until)
        if copies:
            copies.write()

    with open_joined(target, writer, options.rejoin.index.range, write_others) as joined:
        yield joined or writer


def _changed_frames(source: Source, plan: StreamPlan, options: TranscodeOptions) -> Iterator[Held[DecodedFrame]]:
    assert options.rejoin is not None
    for frames in options.rejoin.changed:
        for picture in pictures_of(source, frames, options.rejoin.index):
            yield hold(plan, picture, picture.planes)


def _run(
    work: ColorStage | Coloring, read: Iterator[Held[DecodedFrame]], grays: Callable[[], Iterator[GrayFrame]],
    settings: Settings, options: TranscodeOptions,
) -> Iterator[Colored[DecodedFrame]]:  # fmt: skip
    """The frames to write with their colour. grays: reads the film once more, as the network sees it."""
    if not isinstance(work, ColorStage):
        yield from work.run(read)
        return
    first_pass = grays() if settings.reference_frame == "best" else None
    if options.at_once == 1:
        colored = work.run(read, first_pass)
    else:
        colored = work.run_at_once(read, grays(), options.at_once, first_pass)
    for held, chroma in colored:
        if options.preview is None or chroma.index - chroma.anchor < options.preview:
            yield held, chroma


def _plan(source: Source, encoded: y4m.PixelFormat, settings: Settings) -> StreamPlan:
    """Colour in the encoder's format; never at fewer bits than the source, whose luma is kept here."""
    chroma = encoded.subsampling if encoded.subsampling in ("420", "422", "444") else "auto"
    bits = str(max(encoded.bits, source.header.format.bits))
    return StreamPlan.of(source.header, replace(settings, chroma=chroma, bits=bits), source.tags)


def _copies(source: Source, writer: FilmWriter | PictureWriter, options: TranscodeOptions, emit: Emit) -> Copies | None:
    """The copies in addition to the film; None if only the film is written."""
    if isinstance(writer, FilmWriter) and options.is_whole:
        return Copies(source, writer.container, options.leave_out, emit, writer.times.shift)
    if isinstance(writer, PictureWriter) and len(source.container.streams) > 1:
        emit(Event("left_out", "only the film itself is written: pictures have no sound and no subtitles"))
    source.leave_other_streams()
    return None


def hold_frames(source: Source, plan: StreamPlan) -> Iterator[Held[DecodedFrame]]:
    """The frames of a film, prepared for the network."""
    return (hold(plan, picture, picture.planes) for picture in source.pictures())


def read_grays(
    again: Callable[[], AbstractContextManager[Source]], plan: StreamPlan, stop: threading.Event
) -> Iterator[GrayFrame]:
    """The film as the network sees it, read in an extra pass. Raises KeyboardInterrupt once `stop` is set."""
    with again() as source:
        source.leave_other_streams()
        for frame in number_frames(hold_frames(source, plan)):
            if stop.is_set():
                raise KeyboardInterrupt
            yield frame


@contextmanager
def _said_in_words(target: Path) -> Iterator[None]:
    """Errors of FFmpeg and the disk while writing, as one sentence."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        if is_out_of_memory(error):
            raise no_memory() from error
        advice = (
            "free disk space, or write elsewhere" if isinstance(error, OSError) else "try another container or encoder"
        )
        raise TcvcError(
            f"{target}: writing failed ({reason(error)}); incomplete files were removed; {advice}"
        ) from error


def _check_target(source: Path, target: Path, overwrite: bool) -> None:
    if find_also_read([target], [source]):
        raise UsageError(f"{target}: this is the source itself, which is never overwritten; choose another file")
    if os.path.lexists(target) and not overwrite:
        raise UsageError("it exists", where=str(target), remedy="choose another file, or pass {overwrite}")


def _check_pictures(source: Source, target: NumberedFiles, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raise UsageError if a picture that is read, or one that may not be replaced, would be overwritten."""
    there = target.existing()
    refuse_to_replace_inputs(map(target.path, there), inputs)
    if source.numbered:
        there = [number for number in there if number in source.numbered[1]]
        if find_also_read(map(target.path, there), source.files()):
            raise UsageError(
                f"{target}: these are the source's own pictures, which are never overwritten; choose other names"
            )
    if there and not overwrite and not is_unfinished(target):
        where, remedy = str(target.path(there[0])), "choose other names, or pass {overwrite}"
        raise UsageError("it exists", where=where, remedy=remedy)


def _describe(source: Source, plan: StreamPlan, encoder: EncoderChoice, encoded: y4m.PixelFormat) -> str:
    header, stage = plan.header, plan.stage
    made = pix_fmt(plan.output.format)
    fewer = f", converted from {made}" if made != pix_fmt(encoded) else ""
    assumed = [name for name, said in (("matrix", source.tags.matrix), ("range", header.range)) if not said]
    said = f" ({' and '.join(assumed)} assumed)" if assumed else ""
    return (
        f"{header.width}x{header.height} {header.format.tag} at {source.rate} fps -> "
        f"{encoder.codec} {encoder.stored(encoded)}{fewer}, "
        f"matrix {stage.matrix}, {plan.source.range} range{said}, "
        f"network at {stage.working_size[0]}x{stage.working_size[1]}"
    )


def _facts(source: Source, plan: StreamPlan) -> dict[str, Any]:
    return {
        "width": plan.header.width, "height": plan.header.height, "source": plan.header.format.tag,
        "output": plan.output.format.tag, "matrix": plan.stage.matrix, "range": plan.source.range,
        "frames": source.total,
    }  # fmt: skip
