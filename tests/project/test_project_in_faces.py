"""One project gives one colour: in tcvc render, tcvc-pipe, VapourSynth and a job, stored before or not.

The film has two scenes, a hint, a painted reference in the middle of a shot, looks, a shot that stays gray and one
that keeps its own colour.
"""

from __future__ import annotations

import io
import shutil
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import jobs
import numpy as np
import pytest
from numpy.typing import NDArray
from project_films import HEIGHT, QUICK, SETTINGS, WIDTH, planes_of, project_of, scene, write_film

from ffmpeg_filters import pipe, y4m
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.errors import StreamError, TcvcError, UsageError
from vs_tcvc.film.render import FilmProject, color_film, render
from vs_tcvc.film.selection import Selection
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import rgb_from_ycc
from vs_tcvc.project import document, edits
from vs_tcvc.project.colorist import ShotColorist
from vs_tcvc.project.document import Document
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.schema import Hint
from vs_tcvc.runtime.events import ignore
from vs_tcvc.sequences.by_project import ByProject
from vs_tcvc.sequences.job import Job
from vs_tcvc.settings import Settings

SHOTS = ((1, 6), (2, 5), (1, 7), (2, 4), (3, 3), (4, 4))
"""A, B, A and B again; one that stays gray, one that keeps its colour."""
LENGTH = sum(count for _, count in SHOTS)
TINTS = {3: (118, 140), 4: (100, 150)}
SOFT = SampleCoding(8)


def make_project(folder: Path) -> Document:
    """The project of a film in a folder, and what it refers to."""
    film = write_film(folder / "film.mkv", SHOTS, tints=TINTS)
    gray = scene(1, 3)
    tinted = cv2.addWeighted(cv2.merge([gray] * 3), 0.6, np.full((HEIGHT, WIDTH, 3), (60, 60, 200), np.uint8), 0.4, 0)
    (folder / "references").mkdir()
    cv2.imwrite(str(folder / "references" / "000014.png"), tinted)
    found = project_of(film, SHOTS, "ABAB--")
    found = found.edited(edits.add_reference, 2, "references/000014.png")
    found = found.edited(edits.add_hint, 1, Hint(8, (0.5, 0.5), "#cc2222", 0.1)).edited(edits.set_look, 1, "vivid")
    found = found.edited(edits.set_saturation, 3, 1.5)
    return document.write(found.edited(edits.set_state, 4, "gray").edited(edits.set_state, 5, "keep"))


def rendered(found: Document) -> list[bytes]:
    """What tcvc render makes: the planes of every frame, joined."""
    target = found.path.with_name("out.mkv")
    options = TranscodeOptions(overwrite=True)
    render(FilmProject(found, SETTINGS), target, Selection(), Encoding(lossless=True), options, ignore,
           threading.Event())  # fmt: skip
    return planes_of(target)


def split(frame: bytes) -> list[NDArray[np.uint8]]:
    """Y', Cb and Cr of a frame in 4:2:0."""
    size = WIDTH * HEIGHT
    codes = np.frombuffer(frame, np.uint8)
    parts = (codes[:size], codes[size : size * 5 // 4], codes[size * 5 // 4 :])
    return [part.reshape(HEIGHT >> bool(at), WIDTH >> bool(at)) for at, part in enumerate(parts)]


def piped(frames: Iterable[bytes], project: Path, header: str = "") -> list[bytes]:
    """What tcvc-pipe makes of frames."""
    lines = header or f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F24:1 Ip C420mpeg2 XCOLORRANGE=LIMITED"
    source = f"{lines}\n".encode() + b"".join(b"FRAME\n" + each for each in frames)
    sink = io.BytesIO()
    settings = Settings(project=str(project), log="quiet", threads=1)
    pipe.colorize_stream(y4m.Reader(io.BytesIO(source)), sink, settings, threading.Event())
    return [b"".join(map(bytes, frame.planes)) for frame in y4m.Reader(io.BytesIO(sink.getvalue()))]


def write_plates(folder: Path, frames: Mapping[int, bytes]) -> str:
    """Frames by number as R'G'B' floats, whose luma is exactly theirs; the pattern of their names."""
    folder.mkdir()
    for number, frame in frames.items():
        luma, cb, cr = split(frame)
        chroma = [cv2.resize(SOFT.chroma_from_codes(each), (WIDTH, HEIGHT)) for each in (cb, cr)]
        rgb = rgb_from_ycc(np.stack([SOFT.luma_from_codes(luma), *chroma]), "709")
        jobs.write_picture(folder / f"plate.{number:04d}.exr", picture(np.moveaxis(rgb, 0, -1)))
    return str(folder / "plate.%04d.exr")


def picture(rgb: Array) -> jobs.Image:
    return jobs.Image(np.ascontiguousarray(rgb, np.float32), jobs.exr_spec(3, "float"))


def job(plate: str, project: Path, first: int = 0, last: int = LENGTH - 1, **changes: Any) -> Job:
    values = {"plate": plate, "result": str(Path(plate).parents[1] / "out" / "c.%04d.exr"), "first": first,
              "last": last, "project": str(project), "colorspace": "srgb_texture", "output": "beauty",
              "settings": {"threads": 1}}  # fmt: skip
    return Job(**{**values, **changes})


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[int, Chroma | None]:
    """The colours that jobs get, by frame."""
    found: dict[int, Chroma | None] = {}
    color = ByProject.color

    def listen(self: ByProject, frame: int) -> Chroma | None:
        found[frame] = color(self, frame)
        return found[frame]

    monkeypatch.setattr(ByProject, "color", listen)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, list[bytes]]:
    """A project and what tcvc render makes of it; its store is filled."""
    found = make_project(tmp_path_factory.mktemp("project"))
    return found, rendered(found)


def test_x(made, heard, tmp_path):
    found, whole = made
    source = planes_of(found.path.with_name("film.mkv"))
    for h in ("420jpeg","420mpeg2","420paldv"):
        p = piped(source, found.path, f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F24:1 Ip C{h} XCOLORRANGE=LIMITED"); print(h, [np.abs(np.frombuffer(a,np.uint8).astype(int)-np.frombuffer(b,np.uint8)).max() for a, b in zip(p, whole)])
    plate = write_plates(tmp_path / "plates", dict(enumerate(source)))
    import time
    code, events = jobs.do(job(plate, found.path))
    print(events)
    film = FilmProject(found, SETTINGS)
    color = FilmColor(film.store, film.entries, film.keys, (HEIGHT, WIDTH))
    for n in range(LENGTH):
        a, b = color.frame(n), heard[n]
        if a is None: print(n, b); continue
        print(n, np.abs(a.ab-b.ab).max(), np.abs(a.ab).max(), a.origin, b.origin, len(film.store.keys()))
    assert 0
