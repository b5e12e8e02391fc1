"""The watcher for DaVinci Resolve's free edition, whose scripts can neither start programs nor write files.

TCVC Send lets Resolve render numbered pictures into FOLDER/NAME and then export the timeline as FOLDER/NAME.otio, where
NAME is tcvc1_FIRST_COUNT, the range of the timeline. The colour goes to FOLDER/NAME/colour; FOLDER/NAME.done, or
.failed with the reason, signals the end to TCVC Receive. Delete .failed to retry.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vs_tcvc.cuts.rules import from_settings, listed_cuts
from vs_tcvc.errors import FrameError, TcvcError, as_flag
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.events import Emit
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.worker import DONE, Work
from vs_tcvc.settings import Settings

_NAME = re.compile(r"tcvc[0-9]+_(-?[0-9]+)_([0-9]+)")


@dataclass(frozen=True)
class WatchOptions:
    """How pictures are coloured.

    colorspace: of the plates, OpenColorIO's name. edits: use the timeline's edits as cuts, without detection.
    settings: options of the core by name.
    """

    colorspace: str
    edits: bool
    settings: Mapping[str, Any]


def find_waiting(folder: Path) -> list[Path]:
    """Timelines whose pictures are waiting to be coloured, the oldest first."""
    sent = [path for path in folder.glob("*.otio") if _NAME.fullmatch(path.stem)]
    new = [path for path in sent if not any(path.with_suffix(end).exists() for end in (".done", ".failed"))]
    return sorted(new, key=lambda path: path.stat().st_mtime_ns)


def colorize(timeline: Path, options: WatchOptions, emit: Emit, stop: threading.Event) -> str:
    """Colour the pictures of a timeline and write `.done` or `.failed` next to it, neither when stopped.

    Returns the reason of a failure, "" on success.
    """
    trouble = ""
    try:
        if Work(_job(timeline, options, emit), emit).run(stop) != DONE:
            return ""
    except TcvcError as error:
        trouble = error.sentence(as_flag)
    with whole_file(timeline.with_suffix(".failed" if trouble else ".done")) as file:
        file.write(trouble.encode())
    return trouble


def _job(timeline: Path, options: WatchOptions, emit: Emit) -> Job:
    """The job whose frames are the timeline's, from its first."""
    first, count = (int(number) for number in _NAME.findall(timeline.stem)[0])
    ending = _gather(timeline.with_suffix(""), first, count)
    cuts = "auto"
    if options.edits:
        rule = from_settings(Settings(cuts=str(timeline)), emit=emit)
        inside = [cut for cut in sorted(listed_cuts(rule)) if first < cut < first + count]
        cuts = ",".join(map(str, inside)) or "none"
    plate, color = (timeline.with_suffix("") / name / f"{name}_%06d{ending}" for name in ("plate", "colour"))
    return Job(
        str(plate), str(color), first, first + count - 1, output="beauty", cuts=cuts, colorspace=options.colorspace,
        settings=options.settings,
    )  # fmt: skip


def _gather(folder: Path, first: int, count: int) -> str:
    """Move the rendered pictures to folder/plate with the numbers of the timeline; returns their suffix.

    Pictures already in there are the first ones. Raises FrameError unless there are `count` of one kind.
    """
    target = folder / "plate"
    target.mkdir(parents=True, exist_ok=True)
    gathered = [path for path in target.iterdir() if path.name[0] != "."]
    inside = {target, folder / "colour"}
    rendered = [path for path in folder.rglob("*[0-9].*") if path.parent not in inside]
    suffixes = {path.suffix for path in (*gathered, *rendered)}
    if len(gathered) + len(rendered) != count or len(suffixes) != 1:
        found = len(gathered) + len(rendered)
        raise FrameError(f"{folder}: expected {count} rendered pictures of one kind, found {found}; send them again")
    suffix = suffixes.pop()
    for number, path in enumerate(sorted(rendered, key=_number), start=first + len(gathered)):
        path.rename(target / f"plate_{number:06d}{suffix}")
    return suffix


def _number(path: Path) -> int:
    return int(re.findall("[0-9]+", path.stem)[-1])
