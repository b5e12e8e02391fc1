"""tcvc references: write several candidate colourings of the first frame of every shot.

Picture 1 is the colour that `tcvc colorize` predicts; 2 has warmer colours, 3 cooler ones, the others vary freely.
Pass the picture you choose, also after painting on it, to `tcvc colorize` as --reference.
"""

from __future__ import annotations

import argparse
import shlex
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ffmpeg_filters.color_stage import Held
    from ffmpeg_filters.decoder import DecodedFrame, Source
    from ffmpeg_filters.stream_plan import StreamPlan
    from vs_tcvc.runtime.events import Emit
    from vs_tcvc.settings import Settings

MOST = 100


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import REFERENCES

    parser = commands.add_parser("references", help="write candidate colourings of every shot",
                                 description=__doc__)  # fmt: skip
    parser.add_argument("film", type=Path, metavar="IN",
                        help="a film, a folder of numbered pictures, or scan_%%06d.png")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the pictures")
    parser.add_argument(
        "--candidates", type=int, default=4, metavar="K", help="number of pictures of each shot (default 4)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    add_arguments(parser, REFERENCES)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the pictures and print how to use them. Raises UsageError for invalid options and names."""
    from ffmpeg_filters.decoder import open_source
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.errors import UsageError
    from vs_tcvc.settings import REFERENCES

    if not 1 <= arguments.candidates <= MOST:
        raise UsageError(f"--candidates: expected 1 to {MOST}, got {arguments.candidates}")
    settings = from_arguments(arguments, REFERENCES)
    with show_events(settings) as emit, open_source(arguments.film, settings, emit, interlaced=True) as source:
        _prepare(arguments.out, arguments.overwrite)
        written = write_candidates(source, settings, arguments.out, arguments.candidates, emit)
    print(_advice(arguments.film, written))
    return 0


def write_candidates(
    source: Source, settings: Settings, folder: Path, count: int, emit: Emit
) -> list[tuple[int, list[Path]]]:
    """Write `count` pictures of every shot of an open film; returns the shots' first frames with their pictures."""
    from ffmpeg_filters.color_stage import color_png
    from ffmpeg_filters.stream_plan import StreamPlan
    from vs_tcvc.film.imagination import load_imagination
    from vs_tcvc.project.reference_names import NUMBERED
    from vs_tcvc.references.input_files import input_files, refuse_to_replace_inputs
    from vs_tcvc.runtime.atomic_files import whole_file

    plan = StreamPlan.of(source.header, replace(settings, chroma="444"), source.tags)
    imagine = load_imagination(settings, emit)
    written = []
    for shot, (frame, first) in enumerate(_read_firsts(source, plan, settings, emit), start=1):
        paths = [folder / NUMBERED.format(shot=shot, frame=frame, number=number) for number in range(1, count + 1)]
        refuse_to_replace_inputs(paths, [*source.files(), *input_files(settings)])
        for number, path in enumerate(paths, start=1):
            with whole_file(path) as file:
                file.write(color_png(plan, first, imagine(first.lightness, number)))
        written.append((frame, paths))
    return written


def _prepare(folder: Path, overwrite: bool) -> None:
    """Create the folder. Raises UsageError if it has pictures of an earlier run."""
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.atomic_files import make_folder

    make_folder(folder, "out")
    there = next(folder.glob("shot*_frame*_*.png"), None)
    if there and not overwrite:
        raise UsageError(f"{there}: it exists; choose another folder, or pass --overwrite")


def _read_firsts(
    source: Source, plan: StreamPlan, settings: Settings, emit: Emit
) -> Iterator[tuple[int, Held[DecodedFrame]]]:
    """The first frames of the shots, by number; holds only the frames that detection needs."""
    from ffmpeg_filters.color_stage import hold, number_frames
    from vs_tcvc.cli.info import first_frames
    from vs_tcvc.cuts.rules import from_settings, say_cuts_outside
    from vs_tcvc.runtime.progress import Progress

    number = source.numbers.start if source.numbers else 0
    rule, progress = from_settings(settings, number, source.rate, emit), Progress(emit, source.total)
    recent: deque[Held[DecodedFrame]] = deque(maxlen=rule.after + 1)
    frames = shots = 0

    def read() -> Iterator[Held[DecodedFrame]]:
        nonlocal frames
        for frames, picture in enumerate(source.pictures(), start=1):
            recent.append(hold(plan, picture, picture.planes))
            progress.update(frames, shots)
            yield recent[-1]

    for frame in first_frames(number_frames(read()), rule):
        shots += 1
        yield number + frame, recent[frame - frames]
    say_cuts_outside(rule, range(number, number + frames), emit)
    progress.finish(frames, shots)


def _advice(film: Path, written: list[tuple[int, list[Path]]]) -> str:
    """The number of pictures, and a command that uses the last picture of the first shots."""
    from vs_tcvc.runtime.words import counted

    pictures = [path for _, paths in written for path in paths]
    chosen = [shlex.quote(f"{paths[-1]}@{frame}") for frame, paths in written[:2]]
    words = [f"tcvc colorize {shlex.quote(str(film))} OUT", *(f"--reference {each}" for each in chosen)]
    command = " \\\n    ".join(words)
    return f"""{counted(len(pictures), "picture")} of {counted(len(written), "shot")}, in {pictures[0].parent}
For each shot that should not look like picture 1, choose one and pass it with its frame:
  {command}"""
