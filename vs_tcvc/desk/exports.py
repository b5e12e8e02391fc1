"""What is written of a film at the desk, and what is coloured before, as jobs for its queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from ffmpeg_filters.encoder_choice import PICTURES, Encoding
from ffmpeg_filters.transcode import TranscodeOptions
from vs_tcvc.desk.session import State
from vs_tcvc.desk.work import Job
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.render import check_render, color_film, numbered, refuse_own_folders, render
from vs_tcvc.film.selection import Selection, select
from vs_tcvc.film.sheets import adopt
from vs_tcvc.project.reference_names import name_of
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.numbered_files import find_pictures, pictures_in, target_path
from vs_tcvc.runtime.words import counted
from vs_tcvc.sequences import job as sequence
from vs_tcvc.sequences.done_frames import refuse_to_replace
from vs_tcvc.sequences.worker import DONE, Work

_WORDS = {
    "overwrite": "“replace what is there”", "leave_out": "“leave out what does not fit”", "shots": "the shots",
    "frames": "the frames", "crf": "the quality",
}  # fmt: skip
"""How the page spells options."""

FilmNow = Callable[[], FilmProject]
"""Gives the film as it is when a task begins."""


@dataclass(frozen=True)
class Preset:
    """A way to write a film. words: what it is for. endings: that its names may have, the usual one first; "" for
    numbered pictures, whose name is that of a folder. settings: depth and chroma. qualities: [best, worst] on the
    encoder's scale, () if it has none."""

    name: str
    words: str
    endings: tuple[str, ...]
    encoding: Encoding = field(default_factory=Encoding)
    settings: Mapping[str, str] = field(default_factory=dict)
    qualities: tuple[int, ...] = ()


EXR = Preset("EXR", "for compositing", ("",))
PRESETS = (
    Preset("ProRes 422 HQ", "for editing and grading", (".mov",), Encoding("prores_ks")),
    Preset(
        "DNxHR HQX", "for Avid and Resolve", (".mxf", ".mov"), Encoding("dnxhd", options={"profile": "dnxhr_hqx"}),
        {"chroma": "422", "bits": "10"},
    ),
    Preset("H.264", "to watch and to send", (".mp4", ".mov", ".mkv"), Encoding("libx264", 16), {"bits": "8"}, (8, 30)),
    Preset("FFV1", "lossless, for archives", (".mkv",), Encoding(lossless=True)),
    Preset("PNG", "pictures, 16 bits", ("",), settings={"bits": "16"}),
    EXR,
)  # fmt: skip


@dataclass(frozen=True)
class Export:
    """What a person wants written. target: a file, or a folder for pictures, counted from the project's folder.

    shots, frames: the part, as `select` reads it. overwrite: replace what is there. leave_out: drop sound and
    subtitles that the file cannot hold. quality: on the encoder's scale; None: the preset's.
    """

    preset: Preset
    target: str
    shots: str = ""
    frames: str = ""
    overwrite: bool = False
    leave_out: bool = False
    quality: int | None = None

    @property
    def name(self) -> str:
        """In words, for the queue."""
        plural = "" if self.shots.isdecimal() else "s"
        part = f", shot{plural} {self.shots}" if self.shots else f", frames {self.frames}" if self.frames else ""
        return f"{self.preset.name}: {Path(self.target).name}{part}"

    @property
    def encoding(self) -> Encoding:
        """For the encoder."""
        encoding = self.preset.encoding
        return encoding if self.quality is None else replace(encoding, crf=self.quality)


def reasons(state: State) -> dict[str, str]:
    """Why shots are to be coloured, and which, both in words."""
    places = [row.number - 1 for row in state.rows if row.is_done is False]
    return {why: numbered(found) for why, found in state.film.reasons(places).items()}


def usual_target(film: FilmProject, preset: Preset) -> str:
    """A name beside the project."""
    return f"{name_of(film.document.path)}.colour{preset.endings[0]}"


def check(film: FilmProject, export: Export) -> None:
    """Raise, as a sentence with the page's words, what is refused before anything is coloured."""
    with _in_words():
        wanted = select(film.document.project, export.shots, export.frames)
        limits = export.preset.qualities
        if limits and export.quality is not None and not limits[0] <= export.quality <= limits[1]:
            raise UsageError(option="crf", expected=f"{limits[0]} to {limits[1]}", got=str(export.quality))
        if export.preset is EXR:
            _exr_jobs(film, export, wanted)
        else:
            check_render(_written(film, export), _target(film, export), export.encoding, _options(export))


def export_job(film_now: FilmNow, export: Export) -> Job:
    """Colours what is missing, and writes."""

    def run(emit: Emit, stop: threading.Event) -> str:
        emit = _in_short(emit, f"writes {Path(export.target).name}")
        with _in_words():
            film = adopt(film_now(), emit)
            wanted = select(film.document.project, export.shots, export.frames)
            if export.preset is EXR:
                return _write_exr(film, export, wanted, emit, stop)
            target = _target(film, export)
            done = render(_written(film, export), target, wanted, export.encoding, _options(export), emit, stop)
            return f"{counted(done.frames, 'frame')} written"

    return run


def color_job(film_now: FilmNow, shots: str = "") -> Job:
    """Colours those of the shots, "" for all, that are not in the store."""

    def run(emit: Emit, stop: threading.Event) -> str:
        with _in_words():
            film = adopt(film_now(), emit)
            done = color_film(film, select(film.document.project, shots), _in_short(emit), stop)
            return f"{counted(len(done), 'shot')} coloured" if done else "there was nothing to colour"

    return run


def _options(export: Export) -> TranscodeOptions:
    return TranscodeOptions(overwrite=export.overwrite, leave_out=export.leave_out)


def _written(film: FilmProject, export: Export) -> FilmProject:
    return film.written_with(**export.preset.settings)


def _target(film: FilmProject, export: Export) -> Path:
    """The file to write, or the names of the pictures. Raises UsageError for a name of another kind."""
    named = export.target.strip()
    if not named:
        raise UsageError("it has no name yet", where="the file")
    try:
        path = film.document.path.parent / Path(named).expanduser()
        path.stat()
    except FileNotFoundError:
        pass
    except (OSError, RuntimeError, ValueError) as error:  # too long, no such home, characters that no name has
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"it cannot be the name of a file ({reason})", where=ascii(named[:60])) from None
    endings = export.preset.endings
    if endings != ("",) and path.suffix.lower() not in endings:
        raise UsageError(where=path.name, expected=f"a name that ends in {' or '.join(endings)}")
    return target_path(path, film.path, PICTURES) if endings != ("",) else pictures_in(path, film.path, PICTURES)


# EXR, of a film that is numbered pictures


def _exr_jobs(film: FilmProject, export: Export, wanted: Selection) -> list[sequence.Job]:
    """A job for each range of frames that are wanted. Raises UsageError for a film in one file, and what is taken."""
    found = find_pictures(film.path)
    if found is None:
        raise UsageError(
            "EXR pictures are made of numbered pictures, and this film is one file", where=film.path.name,
            remedy="choose PNG, or make a project of the film's pictures",
        )  # fmt: skip
    plates, numbers = found
    target = _target(film, export)
    refuse_own_folders(film, target)
    result = str(target.with_suffix(".exr"))
    jobs = [
        sequence.Job(
            str(plates), result, numbers[0], numbers[-1], (span[0] + numbers[0], span[-1] + numbers[0]), "beauty",
            project=str(film.document.path),
        )
        for span in _spans(film, wanted)
    ]  # fmt: skip
    for each in jobs if not export.overwrite else ():
        refuse_to_replace(each)
    return jobs


def _spans(film: FilmProject, wanted: Selection) -> Iterator[range]:
    """The frames that are wanted, by index, in ranges without a hole."""
    for _, group in groupby(enumerate(wanted.indices(film.entries)), lambda pair: pair[1] - pair[0]):
        frames = [index for _, index in group]
        yield range(frames[0], frames[-1] + 1)


def _write_exr(film: FilmProject, export: Export, wanted: Selection, emit: Emit, stop: threading.Event) -> str:
    jobs = _exr_jobs(film, export, wanted)
    color_film(film, wanted, emit, stop)
    emit(Event("stream"))
    for each in jobs:
        if Work(each, emit).run(stop) != DONE:
            raise KeyboardInterrupt
    emit(Event("wrote", f"wrote {jobs[0].result}", {"file": jobs[0].result}))
    return f"{counted(sum(len(each.wanted()) for each in jobs), 'frame')} written"


def _in_short(emit: Emit, writes: str = "") -> Emit:
    """A sink without what a page says elsewhere, or says to experts only. writes: said once writing begins."""

    def pass_on(event: Event) -> None:
        if event.name == "stream":
            emit(Event(event.name, writes))
        elif event.name not in ("network", "reason"):
            emit(event)

    return pass_on


@contextmanager
def _in_words() -> Iterator[None]:
    """Raise errors of a block with options as the page spells them."""
    try:
        yield
    except TcvcError as error:
        said = error.sentence(lambda name: _WORDS.get(name, name))
        raise TcvcError(said.replace("pass “", "tick “")) from error
