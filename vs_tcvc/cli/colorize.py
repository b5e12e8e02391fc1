"""tcvc colorize: colour a film from file to file; sound and all other streams are kept.

A film may also be numbered pictures, read and written: a folder, or a pattern of names such as scan_%06d.png.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from fractions import Fraction

    from ffmpeg_filters.encoder_choice import Encoding
    from ffmpeg_filters.transcode import TranscodeOptions
    from vs_tcvc.errors import TcvcError
    from vs_tcvc.runtime.events import Emit
    from vs_tcvc.settings import Settings

_MOST_AT_ONCE = 64
_OF_ONE_FILM = ("reference", "cuts", "rate")
"""Options that may suit one film and not another."""


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import FILE

    parser = commands.add_parser("colorize", help="colour a file", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE",
                        help="the film, then the file to write; with --out-dir any number of films; a film may be "
                             "a folder of numbered pictures, or scan_%%06d.png")  # fmt: skip
    _add_files(parser)
    add_encoding(parser)
    groups = add_arguments(parser, FILE)
    groups["network"].add_argument(
        "--at-once", type=int, default=1, metavar="N",
        help="colour N shots at the same time (default 1), for machines with idle processors; same pixels; each takes "
             "about 0.42 GB of memory",
    )  # fmt: skip
    groups["other output"].add_argument("--json-log", dest="log", action="store_const", const="json",
                                        default=argparse.SUPPRESS, help="short for --log json")  # fmt: skip
    parser.set_defaults(run=run, names={"options": "--encoder-option"})


def run(arguments: argparse.Namespace) -> int:
    """Colour every film; incomplete files are removed. Returns 130 after Ctrl-C.

    With --out-dir a film that is there already is kept, and one that cannot be coloured does not keep the others from
    it: it is named, and the exit code is 1.
    """
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.errors import TcvcError, UsageError, as_flag
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.runtime.rates import read_rate
    from vs_tcvc.runtime.words import say
    from vs_tcvc.settings import FILE

    if arguments.preview is not None and arguments.preview < 1:
        raise UsageError(f"--preview: expected a number of frames from 1, got {arguments.preview}")
    if not 1 <= arguments.at_once <= _MOST_AT_ONCE:
        raise UsageError(f"--at-once: expected 1 to {_MOST_AT_ONCE} shots, got {arguments.at_once}")
    rate = None if arguments.rate is None else read_rate(arguments.rate)
    settings, jobs = from_arguments(arguments, FILE), _jobs(arguments)
    encoding = encoding_of(arguments)
    failed = 0
    with stop_on_interrupt() as stop:
        for source, target in jobs:
            try:
                _colorize(arguments, source, target, settings, encoding, rate, stop)
            except TcvcError as error:
                if arguments.out_dir is None or _concerns_all(error):
                    raise
                failed += 1
                told = error.sentence(as_flag)
                say(f"tcvc: {told}" if str(source) in told else f"tcvc: {source}: {told}")
    if failed:
        say(f"tcvc: {failed} of {len(jobs)} films could not be coloured; repair them, then give the same command again")
    return 1 if failed else 0


def _colorize(
    arguments: argparse.Namespace, source: Path, target: Path, settings: Settings, encoding: Encoding,
    rate: Fraction | None, stop: threading.Event,
) -> None:  # fmt: skip
    from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.runtime.events import Event

    compare = target.with_name(f"{target.stem}.compare{target.suffix}") if arguments.compare else None
    options = TranscodeOptions(
        arguments.interlaced,
        arguments.overwrite,
        arguments.leave_out,
        arguments.preview,
        compare,
        arguments.compare or "side",
        rate,
        arguments.at_once,
    )
    with show_events(settings) as emit:
        if arguments.out_dir is not None and not arguments.overwrite and _is_made(source, target):
            text = f"{target} is there already and is kept; --overwrite replaces it"
            emit(Event("kept", text, {"file": str(target)}))
        elif arguments.store or arguments.shots or arguments.frames:
            _colorize_by_shots(arguments, source, target, settings, encoding, options, emit, stop)
        else:
            colorize_file(source, target, settings, encoding, options, emit, stop)


def _colorize_by_shots(
    arguments: argparse.Namespace, source: Path, target: Path, settings: Settings, encoding: Encoding,
    options: TranscodeOptions, emit: Emit, stop: threading.Event,
) -> None:  # fmt: skip
    """Find the shots, colour those that are wanted and not in the store, and write the film."""
    import tempfile
    from contextlib import ExitStack

    from ffmpeg_filters.film_index import write_index
    from vs_tcvc.errors import UsageError
    from vs_tcvc.film.film_project import FilmProject, index_file
    from vs_tcvc.film.new import look_through, with_references
    from vs_tcvc.film.render import render
    from vs_tcvc.film.selection import select
    from vs_tcvc.project import document
    from vs_tcvc.project.store import Store
    from vs_tcvc.references.painted import parse_reference
    from vs_tcvc.runtime.atomic_files import make_folder

    apart = next((name for name in ("preview", "compare") if getattr(arguments, name) is not None), None)
    if apart:
        raise UsageError(option=apart, expected="no {store}, {shots} or {frames}", got="both", remedy="leave it out")
    with ExitStack() as stack:
        url = arguments.store or stack.enter_context(tempfile.TemporaryDirectory())
        store, here = Store(url), Path.cwd() / "film.tcvc.yaml"
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()) if "://" in url else url)
        project, index = look_through(
            source, settings, emit, stop, str(source), options.rate, options.interlaced,
            keeps_color=settings.own_color == "keep",
        )  # fmt: skip
        make_folder(folder, "store")
        write_index(index, index_file(folder, here))
        painted = (parse_reference(text, project.film.first) for text in settings.reference)
        found = document.new(here, with_references(project, painted))
        film = FilmProject(found, settings, store, folder)
        wanted = select(found.project, arguments.shots, arguments.frames)
        render(film, target, wanted, encoding, options, emit, stop)


def _concerns_all(error: TcvcError) -> bool:
    """Whether the other films would fail in the same way: the encoder, the network, the device."""
    from vs_tcvc.errors import DeviceError, WeightsError

    return error.option not in ("", *_OF_ONE_FILM) or isinstance(error, (WeightsError, DeviceError))


def _is_made(source: Path, target: Path) -> bool:
    """Whether the result is there, whole; of pictures, one for each of the source."""
    from vs_tcvc.runtime.numbered_files import NumberedFiles, find_pictures
    from vs_tcvc.runtime.same_file import find_also_read
    from vs_tcvc.runtime.unfinished import is_unfinished

    names = NumberedFiles.named(target)
    if names is None or target.is_file():
        return target.exists() and not find_also_read([target], [source])
    found = None if is_unfinished(names) else find_pictures(source)
    return found is not None and names != found[0] and {*found[1]} <= {*names.existing()}


def _add_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument("--out-dir", type=Path, metavar="DIR", help="write every film into this folder, under its name")
    group.add_argument("--overwrite", action="store_true", help="replace files that exist")
    group.add_argument("--leave-out", action="store_true",
                       help="drop streams that the output cannot hold, instead of stopping")  # fmt: skip
    group.add_argument("--preview", type=int, metavar="N",
                       help="colour and write only the first N frames of each shot, no sound")  # fmt: skip
    group.add_argument(
        "--compare",
        choices=("side", "wipe"),
        help="also write NAME.compare with source and colour side by side, or with a wipe between them",
    )
    group = parser.add_argument_group("part by part")
    group.add_argument("--store", metavar="DIR|URL", help="keep the colour of every shot there; given again, only what "
                                                          "is missing or changed is coloured")  # fmt: skip
    add_selection(group)
    group = parser.add_argument_group("reading")
    group.add_argument("--rate", metavar="FPS", help="frame rate of numbered pictures, such as 18 or 24000/1001 "
                                                     "(default 24)")  # fmt: skip
    group.add_argument("--interlaced", action="store_true", help="treat interlaced frames as progressive")


def add_selection(group: Any) -> None:
    """Add the options of a part of the film; `vs_tcvc.film.selection.select` reads them."""
    group.add_argument("--shots", default="", metavar="3,7-9", help="write only these shots, counted from 1; no sound")
    group.add_argument(
        "--frames", default="", metavar="A-B",
        help="write only frames A to B, numbers or times as in 01:02:03-01:02:10; no sound",
    )  # fmt: skip


def add_encoding(parser: argparse.ArgumentParser) -> None:
    """Add the options of the encoder; `encoding_of` reads them."""
    group = parser.add_argument_group("encoding")
    group.add_argument("--codec", default="", metavar="NAME",
                       help="FFmpeg's name of an encoder (default libx264 in .mkv and .mp4, prores_ks in .mov, "
                            "libvpx-vp9 in .webm)")  # fmt: skip
    group.add_argument("--crf", type=float, metavar="Q", help="quality, on the encoder's scale (libx264: default 16)")
    group.add_argument(
        "--lossless", action="store_true", help="encode with FFV1, for .mkv: the source's luma is kept exactly"
    )
    group.add_argument("--encoder-option", action="append", default=[], metavar="K=V",
                       help="option of the encoder; may be given more than once")  # fmt: skip


def _jobs(arguments: argparse.Namespace) -> list[tuple[Path, Path]]:
    """Pairs of source and target. Raises UsageError if the names do not form pairs."""
    from ffmpeg_filters.encoder_choice import PICTURES
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.atomic_files import make_folder
    from vs_tcvc.runtime.numbered_files import target_path

    files: list[Path] = arguments.files
    if arguments.out_dir is None:
        if len(files) != 2:
            problem = f"expected two names, the film and the file to write, got {len(files)}"
            raise UsageError(problem, remedy="for more films pass {out_dir} DIR")
        return [(files[0], target_path(files[1], files[0], PICTURES))]
    targets = [_target(arguments.out_dir, path, arguments.lossless) for path in files]
    twice = next((each for each in targets if targets.count(each) > 1), None)
    if twice:
        raise UsageError(f"--out-dir: two of the films would be {twice}; colour them into two folders")
    make_folder(arguments.out_dir, "out_dir")
    return list(zip(files, targets, strict=True))


def _target(folder: Path, source: Path, lossless: bool) -> Path:
    """The film's own name in the folder, as .mkv if we do not write its container by default; pictures stay pictures.

    A folder without pictures of one kind has a name, too: it is refused when its turn comes, as a bad film is.
    """
    from ffmpeg_filters.encoder_choice import CODECS, PICTURES
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.numbered_files import FRAMES, NumberedFiles, pictures_in

    if source.is_dir():
        own = folder / source.resolve().name
        try:
            return pictures_in(own, source, PICTURES)
        except UsageError:
            return own / FRAMES
    if NumberedFiles.named(source) is not None and not source.is_file():
        return pictures_in(folder, source, PICTURES)
    keeps = source.suffix.lower() in CODECS and not lossless
    return folder / (source.name if keeps else source.with_suffix(".mkv").name)


def encoding_of(arguments: argparse.Namespace) -> Encoding:
    """The choices of `add_encoding`."""
    from ffmpeg_filters.encoder_choice import Encoding

    return Encoding(arguments.codec, arguments.crf, _options(arguments.encoder_option), arguments.lossless)


def _options(texts: list[str]) -> dict[str, str]:
    from vs_tcvc.errors import UsageError

    for text in texts:
        if not text.partition("=")[0] or "=" not in text:
            raise UsageError(f"--encoder-option: expected NAME=VALUE, such as preset=slow, got {text!r}")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}
