"""tcvc info: inspect a film: its format, its shots, and what is assumed if tags are missing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ffmpeg_filters.y4m import StreamHeader
    from vs_tcvc.core.cut_rule import CutRule
    from vs_tcvc.core.frame import GrayFrame
    from vs_tcvc.picture.coding import ColorTags
    from vs_tcvc.picture.own_color import SeenColors
    from vs_tcvc.runtime.events import Emit
    from vs_tcvc.settings import Settings

_INTERLACED = range(2, 6)  # FFmpeg's AVFieldOrder: TT, BB, TB, BT


@dataclass(frozen=True)
class FilmFacts:
    """A film that is being read.

    header: of the frames as they are read. frames: planes Y (H, W), or Y, Cb, Cr, codes, from the first.
    pixel_format: of the stored film, FFmpeg's name or the Y4M tag.
    tags: what it says of its colour. is_rgb: stored as R G B, so frames are converted.
    length, seconds: from the file's header, None if unknown. damaged: packets lost so far. first: the number of the
    first frame.
    """

    header: StreamHeader
    frames: Iterator[tuple[NDArray[Any], ...]]
    pixel_format: str
    tags: ColorTags
    is_rgb: bool = False
    is_interlaced: bool = False
    length: int | None = None
    seconds: float | None = None
    damaged: Callable[[], int] = lambda: 0
    first: int = 0


@dataclass(frozen=True)
class Facts:
    """What `tcvc info --json` prints; a field is a key.

    width, height: pixels. pixel_aspect: width to height of a pixel, "" where unknown. rate: frames per second.
    frames, seconds: counted, or from the file's header if only one frame was read; None if unknown.
    bits: of luma. range, matrix: with where they come from: "tagged", "assumed", "asked" by an option, or "converted"
    from R G B. shots: numbers of first frames; None if only one frame was read.
    coloured, tinted: share, 0 to 1, of the frames read that have colour of their own, or a tint. coloured_shots,
    tinted_shots: the first frames of those shots most of whose frames have it; None as shots. damaged: packets lost.
    """

    width: int
    height: int
    pixel_aspect: str
    rate: str
    frames: int | None
    seconds: float | None
    pixel_format: str
    bits: int
    range: str
    range_is: str
    matrix: str
    matrix_is: str
    interlaced: bool
    shots: list[int] | None
    coloured: float
    coloured_shots: list[int] | None
    tinted: float
    tinted_shots: list[int] | None
    damaged: int


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.runtime.command_line import file_name
    from vs_tcvc.settings import INFO

    parser = commands.add_parser("info", help="inspect a film", description=__doc__)
    parser.add_argument("film", type=file_name, metavar="FILE|-", help="a film, or - for YUV4MPEG2 on stdin")
    parser.add_argument("--no-shots", action="store_true", help="read the first frame only")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of lines")
    add_arguments(parser, INFO)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout. Raises UsageError if the file does not exist, StreamError if it is not a film."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.runtime.event_lines import lines_for
    from vs_tcvc.settings import INFO

    settings = from_arguments(arguments, INFO)
    emit = lines_for(settings.log)
    source = _open_stdin() if arguments.film == "-" else open_film(Path(arguments.film), settings, emit)
    with source as film:
        facts = examine(film, settings, emit, reads_all=not arguments.no_shots)
    print(json.dumps(asdict(facts)) if arguments.json else describe(facts))
    return 0


def examine(film: FilmFacts, settings: Settings, emit: Emit, reads_all: bool) -> Facts:
    """Inspect a film; reads it to its end, or only its first frame.

    Raises StreamError for a film without frames, and what reading it raises.
    """
    from vs_tcvc.errors import StreamError
    from vs_tcvc.picture.coding import resolve_matrix, resolve_range
    from vs_tcvc.picture.own_color import OwnColor

    header, rate = film.header, Fraction(*film.header.rate)
    seen, shots = look_through(film, settings, emit, reads_all)
    if not seen.frames:
        raise StreamError("the film has no frames; check the program that writes it")
    frames = seen.frames if reads_all else film.length

    def having(own: OwnColor) -> list[int] | None:
        """First frames of shots."""
        starts = seen.shots(own, [shot - film.first for shot in shots])
        return [film.first + start for start in starts] if reads_all else None

    return Facts(
        header.width, header.height, "{}:{}".format(*header.aspect) if all(header.aspect) else "", str(rate),
        frames, film.seconds or (float(frames / rate) if frames else None), film.pixel_format, header.format.bits,
        resolve_range(settings.range, header.range), _origin(settings.range, header.range, film.is_rgb),
        resolve_matrix(settings.matrix, header.height, film.tags.matrix),
        _origin(settings.matrix, film.tags.matrix, film.is_rgb), film.is_interlaced, shots if reads_all else None,
        seen.count(OwnColor.COLOR) / seen.frames, having(OwnColor.COLOR), seen.count(OwnColor.TINT) / seen.frames,
        having(OwnColor.TINT), film.damaged(),
    )  # fmt: skip


def _origin(wanted: str, tag: str | None, is_rgb: bool) -> str:
    if wanted != "auto":
        return "asked"
    return "converted" if is_rgb else "tagged" if tag else "assumed"


def look_through(film: FilmFacts, settings: Settings, emit: Emit, reads_all: bool) -> tuple[SeenColors, list[int]]:
    """What the frames read have of their own, and first frames of shots."""
    from ffmpeg_filters.color_stage import Held, hold, number_frames
    from ffmpeg_filters.stream_plan import StreamPlan
    from vs_tcvc.cuts.rules import from_settings, say_cuts_outside
    from vs_tcvc.picture.own_color import SeenColors
    from vs_tcvc.runtime.progress import Progress

    plan, progress = StreamPlan.of(film.header, settings, film.tags), Progress(emit, film.length)
    rule = from_settings(settings, film.first, Fraction(*film.header.rate), emit)
    seen = SeenColors()
    shots: list[int] = []

    def read() -> Iterator[Held[None]]:
        for planes in islice(film.frames, None if reads_all else 1):
            held = hold(plan, None, planes)
            seen.add(held.own)
            progress.update(seen.frames, len(shots))
            yield held

    shots.extend(film.first + frame for frame in first_frames(number_frames(read()), rule))
    if reads_all:
        say_cuts_outside(rule, range(film.first, film.first + seen.frames), emit)
    return seen, shots


def first_frames(frames: Iterator[GrayFrame], rule: CutRule) -> Iterator[int]:
    """First frames of shots in a film whose frames come in order from 0; holds only the rule's window."""
    from vs_tcvc.core.engine import Anchors

    return (frame.index for frame, is_cut in Anchors(rule).decide_cuts(frames) if is_cut)


@contextmanager
def _open_stdin() -> Iterator[FilmFacts]:
    from ffmpeg_filters import y4m
    from ffmpeg_filters.pipe import planes_of
    from vs_tcvc.picture.coding import NO_TAGS

    reader = y4m.Reader(FileIO(0, "rb", closefd=False), interlaced=True)
    header = reader.header
    is_interlaced = header.interlacing in ("t", "b", "m")
    frames = (planes_of(header, frame) for frame in reader)
    yield FilmFacts(header, frames, header.format.tag, NO_TAGS, is_interlaced=is_interlaced)


@contextmanager
def open_film(path: Path, settings: Settings, emit: Emit, rate: Fraction | None = None) -> Iterator[FilmFacts]:
    """The film as `tcvc colorize` reads it; raises what `open_source` raises. rate: of numbered pictures."""
    from ffmpeg_filters.decoder import open_source

    with open_source(path, settings, emit, interlaced=True, rate=rate, drops_alpha=True) as source:
        context, duration = source.stream.codec_context, source.container.duration
        stored: Any = context.format  # known, for a frame has been decoded
        yield FilmFacts(
            source.header, (picture.planes for picture in source.pictures()), stored.name, source.tags,
            is_rgb=stored.is_rgb or stored.has_palette, is_interlaced=context.field_order in _INTERLACED,
            length=source.total, seconds=duration / 1_000_000 if duration else None,  # FFmpeg's AV_TIME_BASE
            damaged=lambda: source.damaged, first=source.numbers.start if source.numbers else 0,
        )  # fmt: skip


def describe(facts: Facts) -> str:
    """The facts as lines for people."""
    from vs_tcvc.cli.table import as_columns

    aspect = f", pixels {facts.pixel_aspect}" if facts.pixel_aspect not in ("", "1:1") else ""
    lines = {
        "picture": f"{facts.width}x{facts.height}{aspect}",
        "rate": f"{facts.rate} fps",
        "length": _length(facts),
        "pixel format": f"{facts.pixel_format}, {facts.bits} bit",
        "range": f"{facts.range} ({facts.range_is})",
        "matrix": f"{facts.matrix} ({facts.matrix_is})",
        "fields": "interlaced: deinterlace it first (ffmpeg: -vf bwdif)" if facts.interlaced else "progressive",
        "shots": _shots(facts),
        "colour": _colorize(facts),
    }
    if facts.tinted:
        lines["tint"] = f"{facts.tinted:.0%} of the frames are tinted{_at(facts.tinted_shots)}"
    if facts.damaged:
        lines["damage"] = f"{facts.damaged} packets cannot be read"
    return as_columns(lines.items())


def _length(facts: Facts) -> str:
    from vs_tcvc.runtime.words import counted

    frames = counted(facts.frames, "frame") if facts.frames else "unknown"
    if not facts.seconds:
        return frames
    minutes, seconds = divmod(facts.seconds, 60)
    return f"{frames}, {minutes // 60:.0f}:{minutes % 60:02.0f}:{seconds:06.3f}"


def _shots(facts: Facts) -> str:
    if facts.shots is None:
        return "not detected"
    return f"{len(facts.shots)}, beginning at {','.join(map(str, facts.shots))}"


def _colorize(facts: Facts) -> str:
    where = "the first frame" if facts.shots is None else "the film"
    if not facts.coloured:
        return f"none in {where}, or too faint to tell from noise"
    share = f"{facts.coloured:.0%} of the frames have colour of their own{_at(facts.coloured_shots)}"
    return f"{share}; it is replaced, or kept with --own-color keep"


def _at(shots: list[int] | None) -> str:
    from vs_tcvc.runtime.words import listed

    return f", shots beginning at {listed(shots)}" if shots else ""
