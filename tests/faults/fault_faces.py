"""The faces at work on six small frames: films, pictures and plates that are made on the spot."""

from __future__ import annotations

import json
import signal
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from fault_runs import Face
from jobs import FIRST, exr_spec, write_plates
from numpy.typing import NDArray

WIDTH, HEIGHT, FRAMES = 64, 48, 6
SMALL = ("--size", "64", "--device", "cpu", "--quiet")


def make_faces(folder: Path) -> dict[str, Face]:
    """Every face of the harness by its name, each in a folder of its own."""
    made = (_pipe(folder / "pipe"), _film(folder / "colorize"), _pictures(folder / "pictures"),
            _sequence(folder / "sequence"), _png(folder / "png"), _worker(folder / "worker"))  # fmt: skip
    return {face.name: face for face in made}


def picture(index: int) -> NDArray[np.uint8]:
    """Moving stripes, (H, W)."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.asarray(128 + 60 * np.sin((x + 2 * index) / 7) + 40 * np.cos(y / 5), np.uint8)


def _folders(folder: Path) -> Path:
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
    return folder


def _pipe(folder: Path) -> Face:
    frames = b"".join(b"FRAME\n" + picture(index).tobytes() for index in range(FRAMES))
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F24:1 Ip Cmono\n".encode()
    (_folders(folder) / "in/film.y4m").write_bytes(header + frames)
    return Face(folder, "tcvc-pipe", (*SMALL, "--confidence", "out/sure.y4m"), "in/film.y4m", film_on_stdout=True)


def _film(folder: Path) -> Face:
    with av.open(str(_folders(folder) / "in/film.mkv"), "w") as file:
        video, sound = file.add_stream("ffv1", rate=Fraction(24)), file.add_stream("pcm_s16le", rate=8000)
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "gray"
        for index in range(FRAMES):
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture(index), "gray")))
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 2000), np.int16), "s16", "mono")
        tone.sample_rate = 8000
        file.mux(sound.encode(tone))
        for stream in (video, sound):
            file.mux(stream.encode(None))
    return Face(folder, "tcvc", ("colorize", "in/film.mkv", "out/film.mov", *SMALL))


def _pictures(folder: Path) -> Face:
    _folders(folder)
    for index in range(FRAMES):
        assert cv2.imwrite(str(folder / f"in/scan_{index:04}.png"), picture(index))
    names = ("colorize", "in/scan_%04d.png", "out/scan_%04d.png")
    return Face(folder, "tcvc", (*names, *SMALL), again=("--overwrite",))


def _plates(folder: Path) -> None:
    spec = exr_spec()
    spec.attribute("compression", "zip")  # few reads of many lines each
    write_plates(_folders(folder) / "in", spec, frames=FRAMES)


def _sequence(folder: Path) -> Face:
    _plates(folder)
    return Face(folder, "tcvc", ("sequence", "in/plate.%04d.exr", "out/plate.%04d.exr", *SMALL), completes=False)


def _png(folder: Path) -> Face:
    for index in range(FRAMES):
        assert cv2.imwrite(str((folder if index else _folders(folder)) / f"in/plate.{index:04}.png"), picture(index))
    return Face(folder, "tcvc", ("sequence", "in/plate.%04d.png", "out/plate.%04d.png", *SMALL), completes=False)


def _worker(folder: Path) -> Face:
    _plates(folder)
    job = {
        "protocol": 1,
        "plate": str(folder / "in/plate.%04d.exr"),
        "result": str(folder / "out/plate.%04d.exr"),
        "first": FIRST,
        "last": FIRST + FRAMES - 1,
        "cuts": "none",
        "settings": {"size": 64, "device": "cpu"},
    }
    (folder / "in/job.json").write_text(json.dumps(job))
    return Face(
        folder,
        "tcvc",
        ("worker", "--job", "in/job.json"),
        codes=((1,), (2, 130), (2, -signal.SIGTERM)),
        completes=False,
    )
