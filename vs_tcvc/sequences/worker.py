"""The compositing face: colours the numbered pictures of a `Job`, for Nuke, Resolve, a farm and the command line.

Frames come from a `Session`, so a part of a clip, a resumed job and a task of a farm have the same pixels as the whole
clip. Reading, the network and writing overlap.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vs_tcvc import __version__
from vs_tcvc.backends import Chosen, load_colorizer
from vs_tcvc.core.any_order import Need, Session
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.identity import ALGORITHM, identity
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import from_settings
from vs_tcvc.errors import FrameError, TcvcError, UsageError
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.references.best_frame import BestFramesOnDemand
from vs_tcvc.references.doubts import doubt
from vs_tcvc.references.input_files import input_files, refuse_to_replace_inputs
from vs_tcvc.references.looks import grade_from
from vs_tcvc.references.painted import check_samples, check_shape, read_reference, reference_of
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import NumberedFiles
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.runtime.refusals import said_in_words
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.done_frames import MARKER, DoneFrames
from vs_tcvc.sequences.image_file import Image, check_kind, read_picture, spec_like, write_picture
from vs_tcvc.sequences.job import PROTOCOL, Job, PaintedReference, key_of
from vs_tcvc.sequences.plate_reader import MATRIX, Plate, Plates
from vs_tcvc.settings import Settings

DONE, FAILED, CANCELLED = 0, 1, 2
"""Exit codes of a worker."""

_KINDS = ("uint8", "uint16", "half", "float", "double")
"""Samples of references; others may mean anything."""

WAITING = 2
"""Maximum number of results waiting to be written."""


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
    _has_ended = _has_told_of_color = False
    _done = 0

    def __init__(self, job: Job, emit: Emit) -> None:
        self._job, self._emit = job, emit
        self._anchors: set[int] = set()
        self._settings = job.core_settings()
        _check_plates(job)
        _check_names(job, self._settings)
        self._scene = PlateSpace(job.ocio, job.colorspace)
        if job.output == "chroma" and not self._scene.is_linear:
            expected = f"beauty for a plate in {job.colorspace}, which is not linear"
            raise FrameError(option="output", expected=expected, got="chroma")
        if job.exposure and not self._scene.is_linear:
            expected = f"0 for a plate in {job.colorspace}, which is not linear"
            raise FrameError(option="exposure", expected=expected, got=f"{job.exposure:g}")
        _make_folder(Path(job.result).parent)
        self._plates = Plates(job, self._scene, self._settings)

    def run(self, stop: threading.Event) -> int:
        """Render all missing frames; returns DONE or CANCELLED."""
        colorizer, chosen = load_colorizer(self._settings, self._emit)
        references = dict(map(self._reference, self._job.references))
        anchors = Anchors(from_settings(self._settings), references, {0: grade_from(self._settings)})
        manifest = DoneFrames(self._job, self._key(anchors, chosen), anchors.cuts.before, anchors.cuts.after)
        wanted = self._job.wanted()
        todo = [frame for frame in wanted if not manifest.is_done(frame)]
        self._emit_outdated(sum(map(manifest.is_outdated, todo)))
        length = self._job.last - self._job.first + 1
        if todo and self._settings.reference_frame == "best":
            self._emit(Event("first_pass", "first pass: finding the best frame of every shot"))
            best = BestFramesOnDemand(partial(self._gray_until, stop), anchors, length)
            anchors = replace(anchors, predicted_from=best)
        if todo:
            manifest.begin()
        self._emit_doubts(references)
        session = Session(Engine(colorizer), anchors, length)
        progress = self._begin_progress(len(wanted), len(wanted) - len(todo))
        waiting: list[tuple[int, int, Future[None]]] = []
        with ThreadPoolExecutor(1) as writer, self._plates:
            try:
                for frame in todo:
                    if self._is_stopped(stop):
                        break
                    self.frame = frame
                    plate, chroma = self._colorize(session, frame - self._job.first)
                    self._tell_of_color(frame, plate)
                    written = writer.submit(self._write, frame, plate, chroma, manifest.params)
                    waiting.append((frame, chroma.anchor, written))
                    self._finish(waiting, WAITING, manifest, progress)
            except CancelledError:
                pass
            finally:
                self._finish(waiting, 0, manifest, progress)
        is_cancelled = self._done < len(wanted)
        told: dict[str, Any] = {"params": manifest.params}
        if self._scene.is_linear:
            told["weights"] = [float(weight) for weight in self._scene.weights]
        progress.finish(self._done, len(self._anchors), "cancelled" if is_cancelled else "done", **told)
        return CANCELLED if is_cancelled else DONE

    def _key(self, anchors: Anchors, chosen: Chosen) -> str:
        """The identity of everything that determines the pixels of this job, except its plates."""
        job, space = self._job, self._scene.identity
        painted = sorted(anchors.references.items())
        of_job = (job.first, job.last, job.output, job.exposure, self._settings.confidence)
        how = (anchors.cuts, anchors.grades, self._settings.reference_frame, self._plates.stage)
        return identity(ALGORITHM, of_job, how, painted, space, chosen)

    def _plates_behind(self, anchor: int) -> tuple[int, int | None]:
        """First and last plate that the colour of a frame comes from; the last is None for the frame itself.

        With `reference_frame` best every plate may be the best of its shot.
        """
        if self._settings.reference_frame == "best":
            return self._job.first, self._job.last
        return self._job.first + anchor, None

    def _emit_doubts(self, references: Mapping[int, Reference]) -> None:
        """About references of the frames to render."""
        for index, reference in references.items():
            frame = self._job.first + index
            if frame in self._job.wanted() and (text := doubt(reference, self._plates.gray(index).lightness, frame)):
                self._emit(Event("doubt", text, {"frame": frame}))

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

    def _tell_of_color(self, frame: int, plate: Plate) -> None:
        if plate.has_color and not self._has_told_of_color:
            self._has_told_of_color = True
            self._emit(Event("colour", f"frame {frame} has colour of its own, which is replaced", {"frame": frame}))

    def _gray_until(self, stop: threading.Event, index: int) -> GrayFrame:
        """A frame as the network sees it, while the best one of its run is looked for. Raises CancelledError."""
        if self._plates.is_unread(index) and self._is_stopped(stop):
            raise CancelledError
        return self._plates.gray(index)

    def _colorize(self, session: Session[Any], index: int) -> tuple[Plate, Chroma]:
        self._plates.expect(index)
        answer = session.ask(index)
        while isinstance(answer, Need):
            answer = session.give(answer, {each: self._plates.gray(each) for each in answer.frames})
        return self._plates.plate(index), answer

    def _finish(
        self, waiting: list[tuple[int, int, Future[None]]], most: int, manifest: DoneFrames, progress: Progress
    ) -> None:
        """Wait until at most `most` results are unwritten."""
        while len(waiting) > most:
            frame, anchor, written = waiting.pop(0)
            written.result()
            manifest.add(frame, *self._plates_behind(anchor))
            self._done += 1
            self._anchors.add(anchor)
            progress.update(self._done, len(self._anchors), frame=frame)

    def _write(self, frame: int, plate: Plate, chroma: Chroma, params: str) -> None:
        told = {"tcvc/params": params, "tcvc/shot": self._job.first + chroma.anchor, "tcvc/reference": chroma.origin}
        shown = plate.shown.clip(0, 1) if self._scene.is_linear else plate.shown
        display = self._plates.stage.rgb(shown, plate.gray.lightness, chroma.saturated)
        if not self._scene.is_linear:
            picture = _replace_color(plate.picture, self._scene.from_display(display), told)
        else:
            multipliers = self._scene.chroma(display)
            told |= {"tcvc/weights": tuple(map(float, self._scene.weights))}
            if self._job.output == "beauty":
                picture = _replace_color(plate.picture, self._scene.joined(plate.picture.rgb, multipliers), told)
            else:
                picture = self._chroma_picture(plate, multipliers, chroma, told)
        write_picture(self._job.result_of(frame), picture)

    def _chroma_picture(self, plate: Plate, multipliers: Array, chroma: Chroma, told: dict[str, Any]) -> Image:
        names, layers = ["R", "G", "B"], [multipliers]
        if self._settings.confidence != "off":
            size = (plate.shown.shape[1], plate.shown.shape[0])
            names.append("confidence")
            layers.append(np.asarray(cv2.resize(chroma.confidence, size), np.float32)[..., None])
        spec = spec_like(plate.picture.spec, names, "half", {**told, "compression": "zip"})
        return Image(np.concatenate(layers, axis=-1), spec)

    def _reference(self, painted: PaintedReference) -> tuple[int, Reference]:
        """A painted picture as a reference, by the index of its frame."""
        index, stage = painted.frame - self._job.first, self._plates.stage
        clip_size = (stage.width, stage.height)
        if not painted.colorspace:
            return index, read_reference(Path(painted.path), index, clip_size, stage.working_size, MATRIX)
        where = f"frame {painted.frame}"
        try:
            picture = read_picture(Path(painted.path), where)
            if str(picture.spec.format) not in _KINDS:
                raise UsageError(where=where, expected="uint8, uint16 or floats", got=str(picture.spec.format))
            rgb = picture.rgb
            check_samples(rgb, where)
            check_shape((rgb.shape[1], rgb.shape[0]), clip_size, where)
        except TcvcError as error:
            raise error.about("reference") from None
        display = PlateSpace(self._job.ocio, painted.colorspace).to_display(rgb)
        small = [cv2.resize(channel, stage.working_size, interpolation=cv2.INTER_AREA) for channel in display]
        return index, reference_of(np.stack(small), index, MATRIX, painted.path)


def _replace_color(plate: Image, rgb: Array, told: dict[str, Any]) -> Image:
    """The plate with its colours replaced by (H, W, 3); its other channels are kept."""
    spec = plate.spec
    places = plate.color_channels
    if len({*places}) == 3:
        pixels = plate.pixels.copy()
        pixels[..., places] = rgb
        names = list(spec.channelnames)
    else:
        pixels = np.concatenate([rgb, plate.pixels[..., 1:]], axis=-1)
        names = ["R", "G", "B", *spec.channelnames[1:]]
    return Image(pixels, spec_like(spec, names, str(spec.format), told))


def _check_names(job: Job, settings: Settings) -> None:
    """Raise UsageError for results that cannot be written, or that are files which the job reads."""
    check_kind(job.result)
    if job.output == "chroma" and Path(job.result).suffix.lower() != ".exr":
        expected = "names of EXR files for {output} chroma, which other kinds cannot hold"
        raise UsageError(option="result", expected=expected, got=job.result)
    plates, painted = map(job.plate_of, _existing(job.plate)), (Path(each.path) for each in job.references)
    results = [job.result_of(frame) for frame in _existing(job.result) if frame in job.wanted()]
    refuse_to_replace_inputs(results, chain(plates, painted, input_files(settings), [Path(job.ocio)]))


def _check_plates(job: Job) -> None:
    """Raise FrameError for a plate that is missing or not whole, of all that this job renders from or to.

    Of frames before those it renders, whose colour they take up, only the names are looked at.
    """
    wanted, there = job.wanted(), {*_existing(job.plate)}
    absent = (frame for frame in range(job.first, wanted.stop) if frame not in there)
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
