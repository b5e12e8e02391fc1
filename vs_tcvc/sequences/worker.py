"""The compositing face: colours the numbered pictures of a `Job`, for Nuke, Resolve, a farm and the command line.

Frames come from a `Session`, so a part of a clip, a resumed job and a task of a farm have the same pixels as the whole
clip. Reading, the network and writing overlap.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from vs_tcvc import __version__
from vs_tcvc.backends import Chosen, load_colorizer
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Chroma
from vs_tcvc.core.identity import ALGORITHM, identity
from vs_tcvc.errors import FrameError, TcvcError, UsageError
from vs_tcvc.picture.own_color import OwnColor, sentence
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.project.host import with_project
from vs_tcvc.project.recipe import files_of
from vs_tcvc.references.input_files import input_files, refuse_to_replace_inputs
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import NumberedFiles
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.runtime.refusals import said_in_words
from vs_tcvc.sequences.by_cuts import ByCuts
from vs_tcvc.sequences.by_project import ByProject, plates_needed
from vs_tcvc.sequences.coloring import Coloring
from vs_tcvc.sequences.done_frames import MARKER, DoneFrames
from vs_tcvc.sequences.image_file import check_kind, read_picture, write_picture
from vs_tcvc.sequences.job import PROTOCOL, Job, key_of
from vs_tcvc.sequences.losses import losses, lost_header, told_of
from vs_tcvc.sequences.plate_reader import Plate, Plates
from vs_tcvc.sequences.plate_space import space_of_plates, space_of_results
from vs_tcvc.sequences.rendering import Rendering

DONE, FAILED, CANCELLED = 0, 1, 2
"""Exit codes of a worker."""

WAITING = 2
"""Maximum number of results waiting to be written."""


@dataclass(frozen=True, eq=False)
class _Result:
    """A frame to write. chroma: None for its own; shot, plates: as of `Coloring`; params: of its key."""

    frame: int
    plate: Plate
    chroma: Chroma | None
    shot: int
    plates: tuple[int, int]
    params: str


def work(read: Callable[[], Job], emit: Emit, stop: threading.Event) -> int:
    """Run the job that `read` returns, emit events, and return DONE, FAILED or CANCELLED.

    `stop` ends it after the current frame, as the job's file `cancel` does. Results are complete or absent.
    """
    emit(Event("hello", values={"protocol": PROTOCOL, "pid": os.getpid(), "version": __version__}))
    work = None
    try:
        with said_in_words():
            work = Work(read(), emit)
            return work.run(stop)
    except TcvcError as error:
        frame, told = work.frame if work else None, error.sentence(key_of)
        emit(Event("error", told, {"code": type(error).__name__, "frame": frame, "msg": told}))
        return FAILED


class Work:
    """One running job. Every mistake of a user is a TcvcError.

    frame: the current one, None before the first.
    """

    frame: int | None = None
    _has_ended = _has_told_of_header = False
    _untold_colors = frozenset({OwnColor.TINT, OwnColor.COLOR})
    _done = 0

    def __init__(self, job: Job, emit: Emit) -> None:
        self._job, self._emit = job, emit
        self._shots: set[int] = set()
        self._settings, self._project = job.core_settings(), None
        needed: Sequence[int] = range(job.first, job.wanted().stop)
        read: list[Path] = []
        if job.project:
            self._project, self._settings = with_project(self._settings, has_references=bool(job.references))
            needed, read = plates_needed(job, self._project.project), files_of(self._project)
        _check_plates(job, needed)
        _check_names(job, chain(read, input_files(self._settings)))
        first = read_picture(job.plate_of(job.wanted()[0]), f"frame {job.wanted()[0]}")
        self._scene, said = space_of_plates(job, first.spec)
        self._target, said_of_results = space_of_results(job, self._scene, first.spec)
        self._check_linear()
        self._plates = Plates(job, self._scene, self._settings, first)
        self._plates.check()
        for name, text in (("space", said), ("result_space", said_of_results), ("picture", told_of(first))):
            self._tell(name, text)
        for text in losses(first, job.result, job.output):
            self._tell("left_out", text)
        _make_folder(Path(job.result).parent)
        has_confidence = self._settings.confidence != "off"
        self._rendering = Rendering(job, self._scene, self._target, self._plates.stage, has_confidence)

    def _check_linear(self) -> None:
        """Raise FrameError for options that plates in a display or log space have not."""
        if self._scene.is_linear:
            return
        job, space = self._job, f"a plate in {self._scene.space}, which is not linear"
        if job.output == "chroma":
            raise FrameError(option="output", expected=f"beauty for {space}", got="chroma")
        if job.exposure:
            raise FrameError(option="exposure", expected=f"0 for {space}", got=f"{job.exposure:g}")

    def _tell(self, name: str, text: str) -> None:
        if text:
            self._emit(Event(name, text))

    def run(self, stop: threading.Event) -> int:
        """Render all missing frames; returns DONE or CANCELLED."""
        colorizer, chosen = load_colorizer(self._settings, self._emit)
        coloring = self._coloring(colorizer, chosen, partial(self._check, stop))
        manifest = DoneFrames(self._job, partial(self._key, coloring, chosen), coloring.before, coloring.after)
        wanted = self._job.wanted()
        todo = [frame for frame in wanted if not manifest.is_done(frame)]
        self._emit_outdated(sum(map(manifest.is_outdated, todo)))
        if todo:
            manifest.begin()
        coloring.begin(todo)
        progress = self._begin_progress(len(wanted), len(wanted) - len(todo))
        waiting: list[tuple[_Result, Future[None]]] = []
        with ThreadPoolExecutor(1) as writer, self._plates:
            try:
                for frame in todo:
                    if self._is_stopped(stop):
                        break
                    self.frame = frame
                    result = self._result(coloring, frame, manifest.params(frame))
                    waiting.append((result, writer.submit(self._write, result)))
                    self._finish(waiting, WAITING, manifest, progress)
            except CancelledError:
                pass
            finally:
                self._finish(waiting, 0, manifest, progress)
        is_cancelled = self._done < len(wanted)
        told: dict[str, Any] = {"params": manifest.params(wanted[0])}
        if self._scene.is_linear:
            told["weights"] = [float(weight) for weight in self._scene.weights]
        progress.finish(self._done, len(self._shots), "cancelled" if is_cancelled else "done", **told)
        return CANCELLED if is_cancelled else DONE

    def _coloring(self, colorizer: Colorizer[Any], chosen: Chosen, check: Callable[[], None]) -> Coloring:
        """What the colour comes from."""
        job, settings, plates = self._job, self._settings, self._plates
        if self._project:
            return ByProject(job, self._project, settings, plates, colorizer, chosen, check, self._emit)
        return ByCuts(job, settings, plates, colorizer, check, self._emit)

    def _key(self, coloring: Coloring, chosen: Chosen, frame: int) -> str:
        """The identity of everything that determines the pixels of a frame, except its plate."""
        of_job = (self._job.output, self._job.exposure, self._settings.confidence)
        spaces = (self._scene.identity, self._target.identity)
        return identity(ALGORITHM, of_job, self._plates.stage, spaces, chosen, coloring.made_of(frame))

    def _result(self, coloring: Coloring, frame: int, params: str) -> _Result:
        """A frame with its colour."""
        index = frame - self._job.first
        self._plates.expect(index)
        chroma = coloring.color(frame)
        plate, shot = self._plates.plate(index), coloring.shot_of(frame, chroma)
        chroma = None if chroma and chroma.is_own else chroma
        self._tell_of_color(frame, plate, chroma)
        return _Result(frame, plate, chroma, shot, coloring.plates_behind(frame, shot), params)

    def _emit_outdated(self, count: int) -> None:
        if count:
            reason = "their plates, references, settings, weights, libraries or colour spaces were others"
            text = f"finished frames that are rendered again: {count}; {reason}"
            self._emit(Event("outdated", text, {"count": count}))

    def _begin_progress(self, total: int, done: int) -> Progress:
        self._done = done
        if done:
            self._emit(Event("resumed", f"{done} of {total} frames are done already", {"done": done, "total": total}))
        return Progress(self._emit, total, before=done)

    def _is_stopped(self, stop: threading.Event) -> bool:
        """Whether `stop` or the job's file has ended the job; once true it remains true."""
        self._has_ended |= stop.is_set() or bool(self._job.cancel and os.path.exists(self._job.cancel))
        return self._has_ended

    def _check(self, stop: threading.Event) -> None:
        """Raise CancelledError if the job is to end."""
        if self._is_stopped(stop):
            raise CancelledError

    def _tell_of_color(self, frame: int, plate: Plate, chroma: Chroma | None) -> None:
        if plate.own in self._untold_colors and (chroma or self._settings.own_color == "keep"):
            self._untold_colors -= {plate.own}
            text = sentence(plate.own, frame, keeps=chroma is None)
            self._emit(Event("colour" if plate.own is OwnColor.COLOR else "tinted", text, {"frame": frame}))

    def _finish(
        self, waiting: list[tuple[_Result, Future[None]]], most: int, manifest: DoneFrames, progress: Progress
    ) -> None:
        """Wait until at most `most` results are unwritten."""
        while len(waiting) > most:
            result, written = waiting.pop(0)
            written.result()
            self._tell_of_header(result)
            manifest.add(result.frame, *result.plates)
            self._done += 1
            self._shots.add(result.shot)
            progress.update(self._done, len(self._shots), frame=result.frame)

    def _tell_of_header(self, result: _Result) -> None:
        """Once, of results of another kind than the plates."""
        is_other = Path(self._job.plate).suffix.lower() != Path(self._job.result).suffix.lower()
        if is_other and self._job.output != "chroma" and not self._has_told_of_header:
            self._tell("left_out", lost_header(result.plate.picture.spec, self._job.result_of(result.frame)))
        self._has_told_of_header = True

    def _write(self, result: _Result) -> None:
        plate, chroma = result.plate, result.chroma
        origin = chroma.origin if chroma else "own"
        told: dict[str, Any] = {
            "tcvc/params": result.params, "tcvc/shot": result.shot, "tcvc/reference": origin,
        }  # fmt: skip
        write_picture(self._job.result_of(result.frame), self._rendering.picture(plate, chroma, told))


def _check_names(job: Job, read: Iterable[Path]) -> None:
    """Raise UsageError for results that cannot be written, or that are files which the job reads, such as `read`."""
    check_kind(job.result)
    if job.output == "chroma" and Path(job.result).suffix.lower() != ".exr":
        expected = "names of EXR files for {output} chroma, which other kinds cannot hold"
        raise UsageError(option="result", expected=expected, got=job.result)
    plates, painted = map(job.plate_of, _existing(job.plate)), (Path(each.path) for each in job.references)
    results = [job.result_of(frame) for frame in _existing(job.result) if frame in job.wanted()]
    refuse_to_replace_inputs(results, chain(plates, painted, read, [Path(job.ocio)]))


def _check_plates(job: Job, needed: Sequence[int]) -> None:
    """Raise FrameError for a plate that is missing or not whole, of all that this job renders from or to.

    Of those needed for colour alone only the names are looked at.
    """
    wanted, there = job.wanted(), {*_existing(job.plate)}
    absent = (frame for frame in needed if frame not in there)
    gone = next((frame for frame in absent if not os.path.isfile(job.plate_of(frame))), None)  # names in other case
    if gone is not None:
        problem = f"expected a picture {job.plate_of(gone)}, found none of that name"
        raise FrameError(problem, where=f"frame {gone}", remedy="render it, or begin and end the clip elsewhere")
    broken = find_broken(map(job.plate_of, wanted))
    if broken:
        frame = next(frame for frame in wanted if job.plate_of(frame) == broken[0])
        where = f"frame {frame}"
        raise FrameError(where=where, expected=f"a picture {broken[0]}", got=broken[1], remedy="render it again")


def _existing(pattern: str) -> list[int]:
    """The frames of which there are files."""
    names = NumberedFiles.named(Path(pattern))
    assert names is not None, "checked when the job was made"
    return names.existing()


def _make_folder(folder: Path) -> None:
    """Create the folder of results; a new one is marked, so that hosts know they may delete it."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
    except OSError as error:
        problem = f"{folder} cannot be created ({error.strerror})"
        raise FrameError(problem, option="result", remedy="choose a folder that can") from None
