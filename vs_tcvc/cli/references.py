"""tcvc references: coloured pictures of the first frame of every shot, several of each, for a person to choose from.

Picture 1 is what `tcvc colorize` makes of it by itself; 2 has warmer colours, 3 cooler ones, the others differ more
freely. The one that is chosen, also after painting on it, goes to `tcvc colorize` as --reference.
"""

from __future__ import annotations

import argparse
import shlex
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ffmpeg_filters.decoder import Source
    from ffmpeg_filters.stream_plan import StreamPlan
    from vs_tcvc.core.frame import Array, GrayFrame
    from vs_tcvc.runtime.progress import Reporter
    from vs_tcvc.settings import Settings

MOST = 100
_LEFT_OUT = (
    "reference", "use_props", "reference_frame", "direction", "chroma", "bits", "saturation", "confidence",
)  # fmt: skip
_OF_THE_NETWORK = ("model", "weights", "device", "backend", "precision", "threads")
_NAME = "shot{shot:03d}_frame{frame:06d}_{number}.png"

Imagine = Callable[["Array", int], "Array"]
"""Colour of a picture: lightness (h, w) and the number of the candidate, from 1 -> ab (2, h, w)."""


@dataclass(frozen=True, eq=False)
class First:
    """The first frame of a shot: its number from 0, its luma (H, W) in codes, and what the network sees of it."""

    frame: int
    luma: NDArray[Any]
    lightness: Array


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.settings import add_arguments

    parser = commands.add_parser("references", help="coloured pictures of every shot to choose from",
                                 description=__doc__)  # fmt: skip
    parser.add_argument("film", type=Path, metavar="IN",
                        help="a film, a folder of numbered pictures, or scan_%%06d.png")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--candidates", type=int, default=4, metavar="K", help="pictures of each shot (default 4)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    add_arguments(parser, leave_out=_LEFT_OUT)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the pictures and print how to use them; UsageError for options and names that do not do."""
    from ffmpeg_filters.decoder import open_source
    from vs_tcvc.cli.progress_bar import reporter_for
    from vs_tcvc.errors import UsageError
    from vs_tcvc.settings import from_arguments

    if not 1 <= arguments.candidates <= MOST:
        raise UsageError(f"--candidates: expected 1 to {MOST}, got {arguments.candidates}")
    settings = from_arguments(arguments)
    _prepare(arguments.out, arguments.overwrite)
    with reporter_for(settings) as reporter, open_source(arguments.film, settings, reporter, interlaced=True) as source:
        written = write_candidates(source, settings, arguments.out, arguments.candidates, reporter)
    print(_advice(arguments.film, written))
    return 0


def write_candidates(
    source: Source, settings: Settings, folder: Path, count: int, reporter: Reporter
) -> list[tuple[int, list[Path]]]:
    """Write `count` pictures of every shot of an open film; returns the shots' first frames with their pictures."""
    from ffmpeg_filters.stream_plan import StreamPlan
    from vs_tcvc.runtime.atomic_files import whole_file

    plan = StreamPlan.of(source.header, replace(settings, chroma="444"), source.matrix_tag)
    imagine = _imagination(settings, reporter)
    written = []
    for shot, first in enumerate(_firsts(source, plan, settings, reporter), start=1):
        paths = []
        for number in range(1, count + 1):
            paths.append(folder / _NAME.format(shot=shot, frame=first.frame, number=number))
            with whole_file(paths[-1]) as file:
                file.write(_png(plan, first, imagine(first.lightness, number)))
        written.append((first.frame, paths))
    return written


def _prepare(folder: Path, overwrite: bool) -> None:
    """The folder, which holds no pictures of an earlier run."""
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.atomic_files import make_folder

    make_folder(folder, "--out")
    there = next(folder.glob("shot*_frame*_*.png"), None)
    if there and not overwrite:
        raise UsageError(f"{there}: it exists; name another folder, or pass --overwrite")


def _imagination(settings: Settings, reporter: Reporter) -> Imagine:
    """What colours pictures; candidate 1 with all that the options ask for, the others by our own network."""
    from vs_tcvc.backends import make_colorizer
    from vs_tcvc.networks.compact.colorizer import CompactColorizer
    from vs_tcvc.references import looks
    from vs_tcvc.settings import Settings

    colorizer, chosen = make_colorizer(settings)
    reporter.say("network", str(chosen), **vars(chosen))
    look = looks.parse(settings.look)
    network, _ = make_colorizer(Settings(**{name: getattr(settings, name) for name in _OF_THE_NETWORK}))
    assert isinstance(network, CompactColorizer)

    def imagine(lightness: Array, number: int) -> Array:
        ab = colorizer.predict(lightness) if number == 1 else network.imagine(lightness, number - 1)
        return look.apply(lightness, ab)

    return imagine


def _firsts(source: Source, plan: StreamPlan, settings: Settings, reporter: Reporter) -> Iterator[First]:
    """The first frames of the shots; of the film no more is held than finding them needs."""
    from vs_tcvc.cli.info import first_frames
    from vs_tcvc.core.frame import GrayFrame
    from vs_tcvc.cuts.rules import from_settings

    rule = from_settings(settings)
    held: deque[First] = deque(maxlen=rule.after + 1)
    shots = 0

    def grays() -> Iterator[GrayFrame]:
        for index, picture in enumerate(source.pictures()):
            luma = picture.planes[0]
            held.append(First(index, luma, plan.stage.lightness(luma)))
            reporter.progress(index + 1, shots, source.total)
            yield GrayFrame(index, held[-1].lightness)

    for frame in first_frames(grays(), rule):
        shots += 1
        yield next(each for each in held if each.frame == frame)
    reporter.done(held[-1].frame + 1, shots)


def _png(plan: StreamPlan, first: First, ab: Array) -> bytes:
    """The frame in colour, R'G'B' of 16 bits: its luma is the film's, to half a code of them."""
    import cv2
    import numpy as np

    from vs_tcvc.picture.coding import SampleCoding

    rgb = SampleCoding(16, "full").codes_from_luma(plan.stage.rgb(first.luma, first.lightness, ab))
    return bytes(cv2.imencode(".png", np.ascontiguousarray(rgb[::-1].transpose(1, 2, 0)))[1])


def _advice(film: Path, written: list[tuple[int, list[Path]]]) -> str:
    """How many pictures there are, and a command that takes the last one of the first shots."""
    pictures = [path for _, paths in written for path in paths]
    chosen = [shlex.quote(f"{paths[-1]}@{frame}") for frame, paths in written[:2]]
    words = [f"tcvc colorize {shlex.quote(str(film))} OUT", *(f"--reference {each}" for each in chosen)]
    command = " \\\n    ".join(words)
    return f"""{len(pictures)} pictures of {len(written)} shots, in {pictures[0].parent}
Choose one of each shot that is not to be as picture 1 is, and name it with its frame:
  {command}"""
