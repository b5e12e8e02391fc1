"""tcvc benchmark: measure the paper's tables on your copy of its data sets, or the speed of this machine.

Every clip is coloured, measured and compared with the paper's figures: see docs/measures.md.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vs_tcvc.backends import Chosen
    from vs_tcvc.datasets.pictures import Picture
    from vs_tcvc.metrics.benchmark import DataSet
    from vs_tcvc.metrics.inception import Viewer
    from vs_tcvc.metrics.retrieval import Retrieval
    from vs_tcvc.metrics.speed import Report
    from vs_tcvc.runtime.events import Emit

LAYOUTS = {
    "davis": "the folder of JPEGImages/480p/CLIP/*.jpg; the clips that ImageSets/2017/val.txt lists, if it is there",
    "videvo": "the folder of CLIP/*.jpg",
    "ntire2023": "the folder of CLIP/*.png",
}
STAGES = ("full", "reference-only")
_NO_FID = "FID is not measured; give weights of Inception-v3 with --inception FILE"
_NO_PEAK = "peak memory: not measured on this system"
_STAGES = {
    "read": "read", "lightness": "lightness", "cut": "cut", "network": "network",
    "upsample": "upsample and dither", "write": "write", "reference": "first of a shot, more",
}  # fmt: skip


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    help = "the paper's tables, and the speed of this machine"
    parser = commands.add_parser("benchmark", help=help, description=__doc__)
    kinds = parser.add_subparsers(metavar="WHAT", required=True)
    for name, layout in LAYOUTS.items():
        _add_data_set(kinds, name, layout)
    _add_speed(kinds)


def _add_data_set(kinds: Any, name: str, layout: str) -> None:
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import BENCHMARK

    parser = kinds.add_parser(name, help=f"FID and CDC on {name}", description=f"FID and CDC on {name}.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=layout)
    parser.add_argument("--inception", type=Path, metavar="FILE",
                        help="Inception-v3 weights for FID: inception_v3_google-1a9a5a14.pth as in the challenge, or "
                             "pt_inception-2015-12-05-6726825d.pth as in pytorch-fid")  # fmt: skip
    parser.add_argument("--stage", choices=STAGES, default="full",
                        help="reference-only: every frame by the reference network only (default full)")  # fmt: skip
    parser.add_argument("--retrieve", type=Path, metavar="DIR",
                        help="use the most similar picture of this folder as reference of each clip")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="also write the frames as PNG; finished clips in the folder are kept")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of a table")
    add_arguments(parser, BENCHMARK)
    parser.set_defaults(run=run, data_set=name)


def _add_speed(kinds: Any) -> None:
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import SPEED

    what = "measure speed and memory on this machine, by stage and by backend, and suggest options"
    parser = kinds.add_parser("speed", help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.add_argument(
        "--height", metavar="LINES", default=1080, help="height of the film, which is 16:9 (default 1080)"
    )
    parser.add_argument("--frames", metavar="N", default=48, help="length of the film (default 48)")
    parser.add_argument("--vs", choices=("published",), help="also time the published network, which takes a minute")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of tables")
    add_arguments(parser, SPEED)
    parser.set_defaults(run=run_speed)


def run(arguments: argparse.Namespace) -> int:
    """Colour, measure and print. Raises UsageError for invalid data, options and folders."""
    from vs_tcvc.backends import import_torch
    from vs_tcvc.errors import UsageError

    import_torch()
    from vs_tcvc.cli.report_table import as_json
    from vs_tcvc.metrics.benchmark import DATA_SETS, markdown

    if arguments.retrieve and arguments.stage != "full":
        raise UsageError(f"--retrieve: the stage {arguments.stage} uses no reference; leave out one of the two")
    data_set = DATA_SETS[arguments.data_set]
    report = _report(arguments, data_set)
    if arguments.json:
        print(as_json(report))
    else:
        print(markdown(data_set, _label(report), report["mean"]["ours"], report["mean"]["truth"]))
    return 0


def _report(arguments: argparse.Namespace, data_set: DataSet) -> dict[str, Any]:
    """The measurements, and the network and options that they were made with."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.backends import make_colorizer
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.datasets.pictures import find_stills
    from vs_tcvc.metrics.benchmark import Painter, Results, measure
    from vs_tcvc.runtime.events import Event, forward_log
    from vs_tcvc.runtime.progress import Progress
    from vs_tcvc.settings import BENCHMARK

    settings = from_arguments(arguments, BENCHMARK)
    clips = data_set.clips(arguments.data)
    library = find_stills(arguments.retrieve) if arguments.retrieve else ()
    with show_events(settings) as emit, forward_log(emit):
        colorizer, chosen = make_colorizer(settings)
    viewer = _viewer(arguments.inception, chosen)
    made_by = {
        "benchmark": data_set.name, "stage": arguments.stage, "size": settings.size, "network": vars(chosen),
        "retrieve": _digest(library) if library else None,
    }  # fmt: skip
    results = Results.of(arguments.out, made_by) if arguments.out else None
    with show_events(settings) as emit:
        emit(Event("network", str(chosen), vars(chosen)))
        emit(Event("fid", f"FID as in {viewer.flavour.name}" if viewer else _NO_FID))
        nearest = _retrieval(library, chosen, emit).nearest if library else None
    painter = Painter(colorizer, data_set.size, data_set.working_size(settings.size), nearest)
    paint = painter.full if arguments.stage == "full" else painter.reference_only
    colored = ((clip, results.frames(clip, paint) if results else paint(clip)) for clip in clips)
    frames = sum(map(len, clips))
    with show_events(settings) as emit:
        progress = Progress(emit, frames)
        ours, truth = measure(colored, viewer.features if viewer else None, progress.update)
        progress.finish(frames, len(clips))
    return {
        **made_by,
        "inception": viewer.flavour.name if viewer else None,
        "clips": {name: {"ours": row, "truth": truth.clips()[name]} for name, row in ours.clips().items()},
        "mean": {"ours": {**ours.means(), **({"fid": ours.fid(truth)} if viewer else {})}, "truth": truth.means()},
        "paper": [vars(row) for row in data_set.published],
    }


def _viewer(path: Path | None, chosen: Chosen) -> Viewer | None:
    from vs_tcvc.metrics.inception import Viewer

    return Viewer(path, chosen.device, chosen.threads) if path else None


def _retrieval(library: Sequence[Picture], chosen: Chosen, emit: Emit) -> Retrieval:
    """The pictures of a folder, each read once."""
    import numpy as np

    from vs_tcvc.metrics.retrieval import Content, Retrieval
    from vs_tcvc.runtime.events import Event
    from vs_tcvc.runtime.progress import Progress

    emit(Event("retrieve", f"{len(library)} candidate references are analysed first"))
    content, features, progress = Content(chosen.device, chosen.threads), [], Progress(emit, len(library))
    for number, picture in enumerate(library, start=1):
        features.append(content.of(picture.read()))
        progress.update(number, 0)
    return Retrieval(library, np.stack(features), content.of)


def _digest(library: Sequence[Picture]) -> str:
    """Identity of the candidate pictures: a hash of their names."""
    return hashlib.sha256("\n".join(picture.name for picture in library).encode()).hexdigest()


def _label(report: dict[str, Any]) -> str:
    """A label of the measured variant."""
    references = ", retrieved references" if report["retrieve"] else ""
    alone = ", reference network only" if report["stage"] == "reference-only" else ""
    return f"{report['network']['model']}{references}{alone}"


def run_speed(arguments: argparse.Namespace) -> int:
    """Measure speed and print. Raises UsageError for an invalid value."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.cli.report_table import as_json
    from vs_tcvc.metrics.speed import measure
    from vs_tcvc.metrics.speed_film import SpeedFilm
    from vs_tcvc.settings import SPEED, Option

    settings = from_arguments(arguments, SPEED)
    height: int = Option("height", int, 1080, "", low=64, high=4320).read(arguments.height)
    frames: int = Option("frames", int, 48, "", low=4, high=10_000).read(arguments.frames)
    with show_events(settings) as emit:
        film = SpeedFilm(round(height * 8 / 9) * 2, height, frames)
        report = measure(film, settings, arguments.vs is not None, emit)
    print(as_json(speed_values(report)) if arguments.json else speed_text(report))
    return 0


def speed_values(report: Report) -> dict[str, Any]:
    """The measurements and ratios, for machines."""
    suggested = report.suggestion
    return {
        **asdict(report), "pipe_ratio": report.pipe_ratio, "published_ratio": report.published_ratio,
        "suggested": {"device": suggested.device, "backend": suggested.backend, "precision": suggested.precision},
        "at_once": report.at_once.shots,
    }  # fmt: skip


def speed_text(report: Report) -> str:
    """Tables, then a line for every other result; the last one suggests options."""
    from vs_tcvc.cli.report_table import as_text

    film, (across, down), reference = report.film, report.working_size, report.ways[0]
    tables = {
        "frames per second": {f"{film.height} lines": {"": {
            "tcvc-pipe": report.pipe_fps, "passed through": report.pass_through_fps, "ratio": report.pipe_ratio,
        }}},
        "ms of a frame": {
            label: {"": {"clock": report.stages[stage].wall_ms, "processor": report.stages[stage].cpu_ms}}
            for stage, label in _STAGES.items()
        },
        "ms of the network": {
            f"{way.backend} {way.precision} on {way.device}": {"": {
                "clock": way.per_frame.wall_ms, "processor": way.per_frame.cpu_ms,
                "times as fast": report.gain(way, reference), "mean |dab|": way.mean_ab, "max |dab|": way.max_ab,
            }} for way in report.ways
        },
        "shots at once": {
            str(each.shots): {"": {
                "network's fps": each.fps, "times as fast": each.fps / report.together[0].fps,
            }} for each in report.together
        },
    }  # fmt: skip
    head = f"{film.frames} frames of {film.width}x{film.height}, 4:2:0, {film.bits} bit, seen at {across}x{down}"
    lines = [f"{head}, {report.network}", "", as_text(tables), ""]
    lines.append(f"peak memory: {report.peak_bytes / 1e6:.0f} MB" if report.peak_bytes else _NO_PEAK)
    lines += dict.fromkeys(f"not available: {each.reason}" for each in report.absent)
    if report.published:
        lines.append(
            f"published network: {report.published.per_frame.wall_ms:.0f} ms of a frame, {report.published.weights}"
            f" weights ({report.published.network}); compact is {report.published_ratio:.0f} times as fast per frame"
        )
    if report.at_once.shots > 1:
        lines.append(f"suggestion: tcvc colorize --at-once {report.at_once.shots}, where films have many shots")
    return "\n".join([*lines, _suggestion(report)])


def _suggestion(report: Report) -> str:
    from vs_tcvc.metrics.speed_ways import MAX_TOLERANCE, MEAN_TOLERANCE

    best, used = report.suggestion, report.used
    rule = f"mean |dab| at most {MEAN_TOLERANCE:g}, max at most {MAX_TOLERANCE:g}"
    if best == used:
        return f"suggestion: keep {best.flags}; nothing is clearly faster ({rule})"
    return f"suggestion: {best.flags}, its network is {report.gain(best, used):.2f} times as fast ({rule})"
