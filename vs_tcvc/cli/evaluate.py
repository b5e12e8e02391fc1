"""tcvc evaluate: measure how accurate and how stable colour is, of our network or of any coloured film.

PRED is a coloured film: a folder of frames, a folder or zip of such folders, a video file or a folder of them; GT is
the true film with the same frames. See docs/measures.md for the measures.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vs_tcvc.cli.report_table import Report
    from vs_tcvc.metrics.comparison import Judged
    from vs_tcvc.metrics.score import Row
    from vs_tcvc.picture.srgb_codes import Codes


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.settings import EVALUATE

    parser = commands.add_parser("evaluate", help="measure the network, or any coloured film",
                                 description=__doc__)  # fmt: skip
    parser.add_argument("result", nargs="?", type=Path, metavar="PRED", help="a coloured film to measure")
    parser.add_argument("--truth", type=Path, metavar="GT", help="the true film, to compare PRED with")
    group = parser.add_argument_group("our network")
    group.add_argument("--clips", type=Path, metavar="ZIP|DIR|FILE",
                       help="coloured clips: measures propagation from the true first frame")  # fmt: skip
    group.add_argument("--loop", type=float, metavar="MINUTES",
                       help="also play each clip back and forth this long, and report every minute")  # fmt: skip
    group.add_argument("--stills", type=Path, metavar="ZIP|DIR",
                       help="colour pictures: measures the reference network")  # fmt: skip
    group.add_argument("--returns", type=Path, metavar="ZIP|DIR",
                       help="coloured clips, cut into one another: measures the colour of what returns")  # fmt: skip
    group.add_argument("--clicks", action="store_true",
                       help="also give hints to --stills where the colour is most wrong; measures the colour after "
                            "each few, and the calibration of certainty")  # fmt: skip
    group.add_argument("--count", type=int, default=200,
                       help="number of stills, those whose names have the lowest SHA-1 (default 200)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of a table")
    parser.add_argument("--sheet", type=Path, metavar="FILE.jpg",
                        help="also write a picture of frames 0, 10, 20 and 40 of every clip")  # fmt: skip
    add_arguments(parser, EVALUATE)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print measures to stdout, then write the sheet. Raises UsageError if there is nothing to measure."""
    from vs_tcvc.cli.report_table import as_json, as_text
    from vs_tcvc.metrics.contact_sheet import contact_sheet
    from vs_tcvc.references.input_files import refuse_to_replace_inputs
    from vs_tcvc.runtime.atomic_files import whole_file

    _check(arguments)
    if arguments.sheet:
        refuse_to_replace_inputs([arguments.sheet], _files(arguments))
    judged, report = _result(arguments) if arguments.result else _network(arguments)
    print(as_json(report) if arguments.json else as_text(report))
    if arguments.sheet:
        with whole_file(arguments.sheet) as file:
            file.write(contact_sheet({name: each.pictures for name, each in judged.items()}))
    return 0


def _files(arguments: argparse.Namespace) -> Iterator[Path]:
    """All files that are measured."""
    for path in filter(None, (arguments.result, arguments.truth, arguments.clips, arguments.stills, arguments.returns)):
        yield from (path.rglob("*") if path.is_dir() else (path,))


def _check(arguments: argparse.Namespace) -> None:
    from vs_tcvc.errors import UsageError

    material = [name for name in ("result", "clips", "stills", "returns") if getattr(arguments, name)]
    if not material:
        raise UsageError("expected PRED, or --clips, --stills or --returns with coloured material, got none of them")
    if "result" in material and len(material) > 1:
        raise UsageError(f"PRED is measured on its own; leave out --{material[1]}, or PRED")
    if arguments.truth and "result" not in material:
        raise UsageError("--truth: expected PRED, a coloured film to compare with it, got none")
    if arguments.loop is not None and not ("clips" in material and 0 < arguments.loop < math.inf):
        raise UsageError("--loop: expected minutes above 0, and --clips to play")
    if arguments.count < 1:
        raise UsageError(f"--count: expected a number of stills from 1, got {arguments.count}")
    if arguments.clicks and "stills" not in material:
        raise UsageError("--clicks: expected --stills to click into")
    if arguments.sheet and (not {"result", "clips"} & {*material} or arguments.sheet.suffix != ".jpg"):
        raise UsageError(f"--sheet: expected FILE.jpg, and PRED or --clips to show, got {arguments.sheet}")


def _result(arguments: argparse.Namespace) -> tuple[dict[str, Judged], Report]:
    """A coloured film, with or without its truth."""
    from vs_tcvc.datasets.films import find_footage, same_clips
    from vs_tcvc.metrics.comparison import judge
    from vs_tcvc.metrics.score import Rendition

    result = find_footage(arguments.result)
    truth = find_footage(arguments.truth) if arguments.truth else None
    judged = {}
    for clip, true_clip in same_clips(result, truth) if truth else [(clip, None) for clip in result]:
        true = map(Rendition.of_codes, true_clip.read()) if true_clip else None
        judged[clip.name] = judge(clip.name, "result", map(Rendition.of_codes, clip.read()), true)
    return judged, _summaries("colour", judged)


def _network(arguments: argparse.Namespace) -> tuple[dict[str, Judged], Report]:
    """Our network on clips, stills and films joined from clips."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.backends import make_colorizer
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.datasets.films import find_footage
    from vs_tcvc.datasets.pictures import find_stills, lowest_hashes
    from vs_tcvc.errors import UsageError
    from vs_tcvc.metrics.drift import evaluate_loop
    from vs_tcvc.metrics.evaluation import evaluate_clip, evaluate_stills, mean_of
    from vs_tcvc.metrics.returns import evaluate_returns
    from vs_tcvc.networks.compact.colorizer import CompactColorizer
    from vs_tcvc.runtime.events import forward_log
    from vs_tcvc.settings import EVALUATE

    settings = from_arguments(arguments, EVALUATE)
    with show_events(settings) as emit, forward_log(emit):
        colorizer, chosen = make_colorizer(settings)
    if arguments.clicks and not isinstance(colorizer, CompactColorizer):
        raise UsageError("--clicks: expected --model compact without a reference model, which hears hints")
    judged: dict[str, Judged] = {}
    report: dict[str, Any] = {"network": vars(chosen)}
    if arguments.clips:
        clips = find_footage(arguments.clips)
        judged = {clip.name: evaluate_clip(colorizer, clip.name, list(clip.read()), settings.size) for clip in clips}
        report |= _summaries("propagation", judged)
        if arguments.loop:
            loops = (evaluate_loop(colorizer, list(clip.read()), settings.size, arguments.loop) for clip in clips)
            report["loop"] = {clip.name: loop for clip, loop in zip(clips, loops, strict=True)}
    if arguments.stills:
        stills = lowest_hashes(find_stills(arguments.stills), arguments.count)
        measured = evaluate_stills(colorizer, (still.read() for still in stills), settings.size)
        report["stills"] = {"mean": {f"of {len(stills)}": mean_of(measured)}}
        if arguments.clicks:
            report |= _clicks(colorizer, [still.read() for still in stills], settings.size)
    if arguments.returns:
        report["returns"] = _with_mean(evaluate_returns(colorizer, find_footage(arguments.returns), settings.size))
    return judged, report


def _clicks(colorizer: Any, pictures: Sequence[Codes], size: int) -> dict[str, Any]:
    """What hints are worth on these pictures, and certainty against what was right."""
    from vs_tcvc.metrics.calibration import Calibration
    from vs_tcvc.metrics.evaluation import mean_of
    from vs_tcvc.metrics.hints import evaluate_hints

    calibration = Calibration()
    clicks = mean_of(evaluate_hints(colorizer, pictures, size, calibration))
    table = {f"{number}": row for number, row in enumerate(calibration.table())}
    gap = {"largest gap": {"seen": calibration.largest_gap()}}
    return {"clicks": {"mean": {f"of {len(pictures)}": clicks}}, "certainty": {"step": table | gap}}


def _summaries(title: str, judged: Mapping[str, Judged]) -> dict[str, Any]:
    """The measures of every clip, of all together if there are several, and of every frame."""
    from vs_tcvc.metrics.comparison import means_by_area

    clips = _with_mean({name: each.summaries() for name, each in judged.items()})
    areas = {name: means_by_area([each]) for name, each in judged.items()}
    if len(judged) > 1:
        areas["all"] = means_by_area(judged.values())
    frames = {name: {who: score.frames for who, score in each.scores.items()} for name, each in judged.items()}
    return {title: clips, **({"by area": areas} if all(areas.values()) else {}), "frames": frames}


def _with_mean(clips: Mapping[str, Mapping[str, Row]]) -> dict[str, Mapping[str, Row]]:
    """The measures by clip and by who coloured it, and as the clip "mean" their mean, if there are several."""
    from vs_tcvc.metrics.evaluation import mean_of

    if len(clips) < 2:
        return dict(clips)
    authors = next(iter(clips.values()))
    return {**clips, "mean": {who: mean_of(clip[who] for clip in clips.values()) for who in authors}}
