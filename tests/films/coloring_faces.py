"""Every face over a short gray film in one file: the pictures that come out, and what is said."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import cv2
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

import vs_tcvc
from ffmpeg_filters import pipe, y4m
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.core.frame import Array
from vs_tcvc.errors import TcvcError, as_flag
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.new import look_through, with_references
from vs_tcvc.film.render import render
from vs_tcvc.film.selection import select
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import rgb_from_ycc
from vs_tcvc.picture.srgb_codes import rgb_from_codes
from vs_tcvc.project import document
from vs_tcvc.references.painted import parse_reference
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.worker import work
from vs_tcvc.settings import Settings

MATRIX = "601"
QUICK: Mapping[str, Any] = {"size": 64, "threads": 1, "device": "cpu"}
USUAL = (
    "stream", "network", "progress", "done", "shot", "wrote", "indexing", "scenes", "hello", "log", "shots", "reason",
    "identity",
)  # fmt: skip
"""Events of every film."""

Options = Mapping[str, Any]
Codes = Sequence[NDArray[Any]]
"""Planes of a frame, (H, W) each: Y, or Y, Cb, Cr."""


@dataclass(frozen=True)
class Result:
    """pictures: in colour, R'G'B' (3, H, W), 0 to 1. said: what not every film has. error: what refuses it."""

    pictures: Sequence[Array] = ()
    said: Sequence[str] = ()
    error: str = ""


ColoringFace = Callable[[Path, Path, Options], Result]
"""The film, an empty folder for results, options by name."""


def planes_of(film: Path) -> Iterator[Codes]:
    """The frames of a film as they are stored, in planes."""
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            yield [np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width].copy()
                   for plane in frame.planes]  # fmt: skip


def aspect_of(film: Path) -> Fraction:
    """Width to height of a pixel."""
    with av.open(str(film)) as container:
        said = container.streams.video[0].sample_aspect_ratio
        return Fraction(said.numerator, said.denominator) if said else Fraction(1)


def write_plate(path: Path, codes: NDArray[Any], aspect: Fraction) -> None:
    """R'G'B' codes (3, H, W) as a picture."""
    spec = oiio.ImageSpec(codes.shape[2], codes.shape[1], 3, "uint8")
    spec.attribute("PixelAspectRatio", float(aspect))
    file: Any = oiio.ImageOutput.create(str(path))
    file.open(str(path), spec)
    file.write_image(np.ascontiguousarray(codes.transpose(1, 2, 0)))
    file.close()


def rgb_of(planes: Codes, matrix: str = MATRIX, range: str = "limited") -> Array:
    """R'G'B' (3, H, W) of the 8-bit planes of a frame."""
    coding = SampleCoding(8, range)
    luma = coding.luma_from_codes(planes[0])
    size = luma.shape[::-1]
    chroma = [cv2.resize(coding.chroma_from_codes(each), size) for each in planes[1:]] or [np.zeros_like(luma)] * 2
    return rgb_from_ycc(np.stack([luma, *chroma]), matrix)


def by_colorize(film: Path, results: Path, options: Options) -> Result:
    return _written(results, lambda target, emit: colorize_file(
        film, target, Settings(**QUICK, chroma="444", log="quiet", **options), Encoding(lossless=True),
        TranscodeOptions(), emit,
    ))  # fmt: skip


def by_project(film: Path, results: Path, options: Options) -> Result:
    def made(target: Path, emit: Emit) -> None:
        stop, settings = threading.Event(), Settings(**QUICK, log="quiet", **options)
        project, _ = look_through(film, settings, emit, stop, str(film))
        painted = (parse_reference(text) for text in settings.reference)
        found = document.write(document.new(results / "film.tcvc.yaml", with_references(project, painted)))
        settings = replace(settings, chroma="444", reference=(), cuts="auto")
        there = FilmProject(found, settings, emit=emit, stop=stop)
        render(there, target, select(found.project), Encoding(lossless=True), TranscodeOptions(), emit, stop)

    return _written(results, made)


def by_pipe(film: Path, results: Path, options: Options) -> Result:
    coming, given, said = io.BytesIO(_y4m_of(film)), io.BytesIO(), list[Event]()
    settings = Settings(**QUICK, chroma="444", **options)
    with patch.object(pipe, "lines_for", lambda log: said.append):
        try:
            pipe.colorize_stream(y4m.Reader(coming), given, settings, threading.Event())
        except TcvcError as error:
            return Result(error=error.sentence(as_flag))
    given.seek(0)
    reader = y4m.Reader(given)
    pictures = [rgb_of(pipe.planes_of(reader.header, frame)) for frame in reader]
    return Result(pictures, _texts(said))


def by_python(film: Path, results: Path, options: Options) -> Result:
    said = _Messages()
    logger = logging.getLogger("vs_tcvc.api")
    logger.addHandler(said)
    settings = Settings(**QUICK, chroma="444", **{key: each for key, each in options.items() if key != "reference"})
    references = dict(map(lambda text: parse_reference(text)[::-1], options.get("reference", ())))
    try:
        with vs_tcvc.open(film, settings=settings) as source:
            frames = list(source.colorize(references=references))
        return Result([rgb_of([frame.luma, *frame.chroma]) for frame in frames], said.texts)
    except TcvcError as error:
        return Result(error=str(error))
    finally:
        logger.removeHandler(said)


def by_sequence(film: Path, results: Path, options: Options) -> Result:
    """The film's frames as pictures, which are made beside the results."""
    plates, said = results.parent / "plates", list[Event]()
    plates.mkdir()
    frames = list(planes_of(film))
    for number, planes in enumerate(frames):
        codes = SampleCoding(8, "full").codes_from_luma(rgb_of(planes).clip(0, 1))
        write_plate(plates / f"p.{number:04d}.tif", codes, aspect_of(film))
    painted = [
        {"path": str(path), "frame": frame} for path, frame in map(parse_reference, options.get("reference", ()))
    ]
    values = {
        "protocol": 1, "plate": str(plates / "p.%04d.tif"), "result": str(results / "o.%04d.tif"), "first": 0,
        "last": len(frames) - 1, "output": "beauty", "colorspace": "srgb_texture", "references": painted,
        "settings": {**QUICK, **{key: each for key, each in options.items() if key not in ("reference", "cuts")}},
        **({"cuts": options["cuts"]} if "cuts" in options else {}),
    }  # fmt: skip
    work(lambda: Job.from_dictionary(values), said.append, threading.Event())
    error = next((event.text for event in said if event.name == "error"), "")
    files = sorted(results.glob("o.*.tif"))
    pictures = [rgb_from_codes(np.asarray(cv2.imread(str(path)), np.uint8)[..., ::-1]) for path in files]
    return Result([] if error else pictures, [] if error else _texts(said), error)


def by_vapoursynth(film: Path, results: Path, options: Options) -> Result:
    from vs_clips import clip_of, logged, planes, vs

    frames = list(planes_of(film))
    format = vs.YUV444P8 if frames[0][-1].shape == frames[0][0].shape else vs.YUV420P8
    given = {key: each for key, each in options.items() if key not in ("reference", "cuts")}
    given |= {"ref_files": list(options["reference"])} if "reference" in options else {}
    given |= {"cuts": _listed(options["cuts"])} if options.get("cuts", "auto") != "auto" else {}
    with logged() as lines:
        try:
            aspect = aspect_of(film)
            clip = clip_of(frames, format, _Matrix=5, _Range=0, _SARNum=aspect.numerator, _SARDen=aspect.denominator)
            clip = clip.tcvc.Colorize(**{**QUICK, "chroma": "444", **given})
            pictures = [rgb_of(planes(frame)) for frame in clip.frames()]
        except vs.Error as error:
            return Result(error=str(error))
    return Result(pictures, [text.removeprefix("tcvc.Colorize: ") for _, text in lines])


FACES: Mapping[str, ColoringFace] = {
    "`tcvc colorize`": by_colorize,
    "`tcvc-pipe`": by_pipe,
    **({"VapourSynth": by_vapoursynth} if sys.version_info >= (3, 12) else {}),
    "Python": by_python,
    "`tcvc sequence`": by_sequence,
    "a project": by_project,
}


def _listed(cuts: str) -> list[int]:
    return [0] if cuts == "none" else [int(each) for each in cuts.split(",")]


def _written(results: Path, write: Callable[[Path, Emit], object]) -> Result:
    said, target = list[Event](), results / "colour.mkv"
    try:
        write(target, said.append)
    except TcvcError as error:
        for path in sorted(results.rglob("*"), reverse=True):  # the project, which stays for the next try
            path.rmdir() if path.is_dir() else path.unlink()
        return Result(error=error.sentence(as_flag))
    return Result([rgb_of(planes) for planes in planes_of(target)], _texts(said))


def _texts(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if event.text and event.name not in USUAL]


def _y4m_of(film: Path) -> bytes:
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        width, height, aspect = stream.width, stream.height, aspect_of(film)
        chroma = "mono" if stream.pix_fmt == "gray" else str(stream.pix_fmt)[3:6]
    head = f"YUV4MPEG2 W{width} H{height} F24:1 Ip A{aspect.numerator}:{aspect.denominator} C{chroma}\n"
    return b"".join([head.encode(), *(b"FRAME\n" + b"".join(map(bytes, planes)) for planes in planes_of(film))])


class _Messages(logging.Handler):
    """Texts of warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
