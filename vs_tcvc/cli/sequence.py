"""tcvc sequence: colour numbered pictures of compositors (EXR, DPX, TIFF, PNG), scene-linear or not.

Luminance is kept, also above 1 and below 0, and so are windows, metadata and other channels. After an interruption,
run the same command again: it renders only the missing frames.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vs_tcvc.runtime.events import Emit
    from vs_tcvc.sequences.job import Job
    from vs_tcvc.settings import Settings

NAMES = {"plate": "IN", "result": "OUT"}
"""Keys of a job that are positional arguments here."""


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.arguments import add_arguments
    from vs_tcvc.sequences.job import OUTPUTS
    from vs_tcvc.settings import SEQUENCE

    parser = commands.add_parser("sequence", help="colour numbered pictures", description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument(
        "plate", metavar="IN", help="such as plate.%%04d.exr, plate.####.exr, plate.@@@@.exr, plate.$F4.exr"
    )
    parser.add_argument("result", metavar="OUT", help="such as colour.%%04d.exr; numbered as IN")
    parser.add_argument("--first", type=int, metavar="N", help="first frame of the clip (default: the first picture)")
    parser.add_argument("--last", type=int, metavar="N", help="last frame of the clip (default: the last picture)")
    parser.add_argument("--output", choices=OUTPUTS, default="beauty",
                        help="beauty: the plate in colour (default); chroma: multipliers, as EXR")  # fmt: skip
    parser.add_argument("--colorspace", default="", metavar="NAME",
                        help="OpenColorIO name of the plate's colour space (default: that of its header, otherwise "
                             "scene_linear for EXR and HDR, srgb_texture for the rest)")  # fmt: skip
    parser.add_argument("--ocio", default="", metavar="FILE",
                        help="OpenColorIO config (default: $OCIO, otherwise a built-in one)")  # fmt: skip
    parser.add_argument("--exposure", type=float, default=0.0, metavar="STOPS",
                        help="exposure of the picture given to the network only, of a scene-linear plate")  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace pictures that no earlier run wrote")
    add_arguments(parser, SEQUENCE)
    parser.set_defaults(run=run, names=NAMES)


def run(arguments: argparse.Namespace) -> int:
    """Colour the pictures. Raises KeyboardInterrupt after Ctrl-C; finished pictures are kept."""
    from vs_tcvc.arguments import from_arguments
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.runtime.events import Event
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.sequences.done_frames import refuse_to_replace
    from vs_tcvc.sequences.worker import DONE, Work
    from vs_tcvc.settings import SEQUENCE

    settings = from_arguments(arguments, SEQUENCE)
    with stop_on_interrupt() as stop, show_events(settings) as emit:
        job = _job(arguments, settings, emit)
        if not arguments.overwrite:
            refuse_to_replace(job)
        if Work(job, emit).run(stop) != DONE:
            raise KeyboardInterrupt
        text = f"wrote {job.result}, frames {job.first} to {job.last}"
        emit(Event("wrote", text, {"file": job.result, "first": job.first, "last": job.last}))
    return 0


def _job(arguments: argparse.Namespace, settings: Settings, emit: Emit) -> Job:
    """The job that the command line describes; frame numbers are the sequence's."""
    from vs_tcvc.references.painted import parse_reference
    from vs_tcvc.sequences.job import Job, PaintedReference, settings_of

    first, last = _range(arguments)
    references = (parse_reference(text, first) for text in settings.reference)
    return Job(
        arguments.plate, arguments.result, first, last, output=arguments.output,
        cuts=_cuts(settings, range(first, last + 1), emit),
        references=tuple(PaintedReference(frame, str(path)) for path, frame in references), project=settings.project,
        colorspace=arguments.colorspace, ocio=arguments.ocio,
        exposure=arguments.exposure, settings=settings_of(settings),
    )  # fmt: skip


def _cuts(settings: Settings, frames: range, emit: Emit) -> str:
    """The option `cuts` for a job on `frames`: those outside are left out, with an event."""
    from vs_tcvc.cuts.rules import ListedCuts, from_settings, say_cuts_outside

    rule = from_settings(settings, frames.start, emit=emit)
    if not isinstance(rule, ListedCuts):
        return settings.cuts
    say_cuts_outside(rule, frames, emit)
    return ",".join(str(frame) for frame in sorted(rule.frames) if frame in frames) or "none"


def _range(arguments: argparse.Namespace) -> tuple[int, int]:
    """First and last frame of the clip, as given or as found. Raises UsageError if there are none."""
    from vs_tcvc.errors import UsageError
    from vs_tcvc.runtime.numbered_files import NumberedFiles, pattern_like

    names = NumberedFiles.named(Path(arguments.plate))
    if names is None:
        expected = "a name with a place for the frame's number, plate.%04d.exr"
        like = pattern_like(Path(arguments.plate))
        remedy = f"give {like}" if like else "tcvc colorize reads films"
        raise UsageError(option="plate", expected=expected, got=arguments.plate, remedy=remedy)
    frames = names.within or names.existing()
    first, last = (frames[at] if frames else None for at in (0, -1))
    first, last = (given if given is not None else found
                   for given, found in ((arguments.first, first), (arguments.last, last)))  # fmt: skip
    if first is None or last is None:
        problem = f"expected pictures named {arguments.plate}, found none"
        raise UsageError(problem, option="plate", remedy="check the folder and the name")
    return first, last
