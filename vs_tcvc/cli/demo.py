"""tcvc demo: generate a short black-and-white film, colour it, and write a contact sheet of both."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHEET_COLUMNS = 4
STRIP = 22  # lines of a label


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("demo", help="colour a generated film", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path("demo"), metavar="DIR", help="folder to write to (default demo)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write a film, its colour, both side by side and a sheet into the folder; files of these names are replaced.

    Raises UsageError if the folder cannot be created or written.
    """
    from vs_tcvc.errors import UsageError

    out: Path = arguments.out
    try:
        summary = _write_files(out)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(
            f"--out {out}: cannot be written ({reason}); choose another folder, or free disk space"
        ) from error
    print(summary)
    print(_advice())
    return 0


def _write_files(out: Path) -> str:
    """Write all files; returns a summary of them."""
    import time

    from ffmpeg_filters.encoder_choice import Encoding
    from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
    from vs_tcvc.cli import demo_film
    from vs_tcvc.cli.progress_bar import show_events
    from vs_tcvc.runtime.atomic_files import whole_file
    from vs_tcvc.runtime.event_lines import lines_for
    from vs_tcvc.runtime.events import Event
    from vs_tcvc.runtime.interrupt import stop_on_interrupt
    from vs_tcvc.settings import Settings

    film, color, both, sheet = (out / each for each in ("film.mp4", "colour.mp4", "side_by_side.mp4", "sheet.png"))
    settings, quick, options = (
        Settings(),
        Encoding(options={"preset": "veryfast"}),
        TranscodeOptions(overwrite=True, compare=both),
    )
    out.mkdir(parents=True, exist_ok=True)
    lines_for(settings.log)(Event("film", f"generating a black-and-white film, {film}"))
    demo_film.write(film)
    begun = time.monotonic()
    with stop_on_interrupt() as stop, show_events(settings) as emit:
        done = colorize_file(film, color, settings, quick, options, emit, stop)
    seconds = time.monotonic() - begun
    with whole_file(sheet) as picture:
        picture.write(_sheet(both, demo_film.first_frames(), demo_film.SHOT_FRAMES))
    return f"""
{film}: {done.frames} frames, black and white
{color}: {done.shots} shots in colour, {done.frames / seconds:.1f} fps
{both}: before and after
{sheet}: the first and the last frame of every shot
"""


def _advice() -> str:
    """What to try next, as commands that also work if `tcvc` is not on PATH."""
    tcvc = "tcvc" if shutil.which("tcvc") else Path(sys.executable).with_name("tcvc")
    return f"""Now your own film:
  {tcvc} info film.mkv
  {tcvc} colorize film.mkv colour.mkv
  {tcvc} colorize film.mkv colour.mkv --reference painted.png@120    (you painted frame 120)"""


def _sheet(both: Path, first_frames: list[int], length: int) -> bytes:
    """A PNG of the first and last frames of shots, all of one length: black and white above, colour below."""
    import cv2
    import numpy as np

    labels = {
        frame: f"shot {shot}  frame {frame}"
        for shot, first in enumerate(first_frames, start=1) for frame in (first, first + length - 1)
    }  # fmt: skip
    pairs = list(_pairs(both, labels))
    rows = [np.concatenate(pairs[at : at + SHEET_COLUMNS], axis=1) for at in range(0, len(pairs), SHEET_COLUMNS)]
    return bytes(cv2.imencode(".png", np.concatenate(rows))[1])


def _pairs(both: Path, labels: dict[int, str]) -> Iterator[NDArray[np.uint8]]:
    """The labelled frames of a film of two pictures side by side: one above the other, B G R, half size."""
    import av
    import cv2
    import numpy as np

    with av.open(both) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in labels:
                wide = frame.to_ndarray(format="bgr24")
                small = cv2.resize(wide, (frame.width // 2, frame.height // 2), interpolation=cv2.INTER_AREA)
                strip = np.zeros((STRIP, small.shape[1] // 2, 3), np.uint8)
                cv2.putText(strip, labels[index], (8, STRIP - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255,) * 3)
                yield np.concatenate([strip, *np.split(small, 2, axis=1)])
