"""tcvc colorize: a film in a file, in colour in another file, with its sound and everything else."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vs_tcvc.report import Reporter
    from vs_tcvc.settings import Settings

_LEFT_OUT = ("use_props", "reference_frame", "direction", "confidence")


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.settings import add_arguments

    parser = commands.add_parser("colorize", help="colour a file", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE",
                        help="the film, then the file to write; with --out-dir any number of films")  # fmt: skip
    parser.add_argument("--out-dir", type=Path, metavar="DIR", help="write every film into this folder, under its name")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument("--interlaced", action="store_true", help="take interlaced frames as if they were progressive")
    parser.add_argument("--leave-out", action="store_true",
                        help="go without streams that the output cannot hold, instead of stopping")  # fmt: skip
    parser.add_argument("--preview", type=int, metavar="N", help="write only the first N frames of each shot, no sound")
    parser.add_argument("--compare", action="store_true",
                        help="also write NAME.compare: source and colour side by side")  # fmt: skip
    _add_encoding(parser)
    add_arguments(parser, leave_out=_LEFT_OUT)
    parser.add_argument("--json-log", dest="log", action="store_const", const="json", default=argparse.SUPPRESS,
                        help="short for --log json")  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Colour every film; the exit code is 130 after Ctrl-C, when files that are not whole are gone."""
    from ffmpeg_filters.encoding import Encoding
    from ffmpeg_filters.interrupt import stop_on_interrupt
    from ffmpeg_filters.transcode import Manner, colourise_file
    from vs_tcvc.errors import UsageError
    from vs_tcvc.settings import from_arguments

    if arguments.preview is not None and arguments.preview < 1:
        raise UsageError(f"--preview: expected a number of frames from 1, got {arguments.preview}")
    settings, jobs = from_arguments(arguments), _jobs(arguments)
    encoding = Encoding(arguments.codec, arguments.crf, _options(arguments.encoder_option), arguments.lossless)
    with stop_on_interrupt() as stop:
        for source, target in jobs:
            compare = target.with_name(f"{target.stem}.compare{target.suffix}") if arguments.compare else None
            manner = Manner(arguments.interlaced, arguments.overwrite, arguments.leave_out, arguments.preview, compare)
            with _reporter(settings) as reporter:
                colourise_file(source, target, settings, encoding, manner, reporter, stop)
    return 0


def _add_encoding(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("encoding")
    group.add_argument("--codec", default="", metavar="NAME",
                       help="FFmpeg's name of an encoder (default libx264 in .mkv and .mp4, prores_ks in .mov, "
                            "libvpx-vp9 in .webm)")  # fmt: skip
    group.add_argument("--crf", type=float, metavar="Q", help="quality, on the encoder's scale (libx264: default 16)")
    group.add_argument(
        "--lossless", action="store_true", help="FFV1, for .mkv: every code of the source's luma is kept"
    )
    group.add_argument("--encoder-option", action="append", default=[], metavar="K=V",
                       help="an option of the encoder; may be given more than once")  # fmt: skip


def _jobs(arguments: argparse.Namespace) -> list[tuple[Path, Path]]:
    """Pairs of source and target; UsageError where the names do not make them."""
    from vs_tcvc.errors import UsageError

    files: list[Path] = arguments.files
    if arguments.out_dir is None:
        if len(files) != 2:
            raise UsageError(f"tcvc colorize: expected IN OUT, got {len(files)} names; more films need --out-dir DIR")
        return [(files[0], files[1])]
    targets = [arguments.out_dir / _name(path, arguments.lossless) for path in files]
    twice = next((each for each in targets if targets.count(each) > 1), None)
    if twice:
        raise UsageError(f"--out-dir: two of the films would be {twice}; colour them into two folders")
    arguments.out_dir.mkdir(parents=True, exist_ok=True)
    return list(zip(files, targets, strict=True))


def _name(source: Path, lossless: bool) -> str:
    """The film's own name, as .mkv where its container is none that we usually write."""
    from ffmpeg_filters.encoding import CODECS

    keeps = source.suffix.lower() in CODECS and not lossless
    return source.name if keeps else source.with_suffix(".mkv").name


def _options(texts: list[str]) -> dict[str, str]:
    from vs_tcvc.errors import UsageError

    for text in texts:
        if not text.partition("=")[0] or "=" not in text:
            raise UsageError(f"--encoder-option: expected NAME=VALUE, such as preset=slow, got {text!r}")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


@contextmanager
def _reporter(settings: Settings) -> Iterator[Reporter]:
    """A bar for people at a terminal, lines for logs and machines."""
    from vs_tcvc.report import Reporter

    if settings.log != "info" or not sys.stderr.isatty():
        yield Reporter(settings.log)
        return
    from vs_tcvc.cli.bar import BarReporter

    bar = BarReporter()
    try:
        yield bar
    finally:
        bar.close()
