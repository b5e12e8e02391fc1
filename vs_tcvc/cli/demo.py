"""tcvc demo: a film made on the spot, coloured through the pipe, and a sheet of pictures to look at."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE = 640, 360, 24
SHOT_FRAMES = 24
SHOTS = ("astronaut", "coffee", "chelsea", "rocket")
SHEET_COLUMNS = 4


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("demo", help="colour a film made on the spot", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"), metavar="DIR", help="where it goes (default demo)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write colour.y4m and sheet.png into the folder and say where they are."""
    from ffmpeg_filters import pipe, y4m
    from vs_tcvc.files import whole_file
    from vs_tcvc.settings import Settings

    arguments.out.mkdir(parents=True, exist_ok=True)
    film, sheet = arguments.out / "colour.y4m", arguments.out / "sheet.png"
    source = b"".join(_stream())
    with whole_file(film) as file:
        frames = pipe.colourise(y4m.Reader(BytesIO(source)), file, Settings(), Event())
    with film.open("rb") as file, whole_file(sheet) as picture:
        picture.write(_sheet(y4m.Reader(file)))
    print(f"{film}: {frames} frames, {len(SHOTS)} shots; play it with ffplay {film}")
    print(f"{sheet}: what went in above, what came out below")
    print("your own film: ffmpeg -i film.mkv -f yuv4mpegpipe -strict -1 - | tcvc-pipe | ffmpeg -i - colour.mkv")
    return 0


def _stream() -> Iterator[bytes]:
    """A black-and-white Y4M film: slow camera moves over photographs, one shot each."""
    yield f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 Cmono XCOLORRANGE=FULL\n".encode()
    for name in SHOTS:
        for frame in _shot(name):
            yield b"FRAME\n" + frame.tobytes()


def _shot(name: str) -> Iterator[NDArray[np.uint8]]:
    """Gray frames (HEIGHT, WIDTH) of a camera that closes in on a photograph."""
    import cv2
    from skimage import data

    from vs_tcvc.color import luma

    rgb = np.asarray(getattr(data, name)(), np.float32).transpose(2, 0, 1) / 255
    gray = np.round(luma(rgb) * 255).astype(np.uint8)
    rows, columns = gray.shape
    for index in range(SHOT_FRAMES):
        share = 1 - 0.25 * index / SHOT_FRAMES
        scale = share * min(columns / WIDTH, rows / HEIGHT)
        left = (columns - scale * WIDTH) * (0.3 + 0.4 * index / SHOT_FRAMES)
        top = (rows - scale * HEIGHT) * 0.3
        view = np.array([[scale, 0, left], [0, scale, top]], np.float64)
        yield np.asarray(
            cv2.warpAffine(gray, view, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.uint8
        )


def _sheet(reader: Any) -> bytes:
    """A PNG: for each shot its first and last frames, gray above colour."""
    import cv2

    first_and_last = {shot * SHOT_FRAMES + at for shot in range(len(SHOTS)) for at in (0, SHOT_FRAMES - 1)}
    wanted = [frame for index, frame in enumerate(reader) if index in first_and_last]
    pairs = [_pair(frame, reader.header) for frame in wanted]
    rows = [np.concatenate(pairs[at : at + SHEET_COLUMNS], axis=1) for at in range(0, len(pairs), SHEET_COLUMNS)]
    encoded = cv2.imencode(".png", np.concatenate(rows)[..., ::-1])[1]
    return bytes(encoded)


def _pair(frame: Any, header: Any) -> NDArray[np.uint8]:
    """One frame without and with its colour, one above the other, R G B, half size."""
    import cv2

    from vs_tcvc.color import SampleCoding, rgb_from_ycc

    coding = SampleCoding(header.format.bits, header.range)
    planes = [
        np.frombuffer(plane, coding.dtype).reshape(shape)
        for plane, shape in zip(frame.planes, header.plane_shapes, strict=True)
    ]
    luma = coding.luma_from_codes(planes[0])
    chroma = [cv2.resize(coding.chroma_from_codes(plane), (header.width, header.height)) for plane in planes[1:]]
    rgb = rgb_from_ycc(np.stack([luma, *chroma]), "601").clip(0, 1)
    both = np.concatenate([np.stack([luma] * 3), rgb], axis=1).transpose(1, 2, 0)
    half = cv2.resize(both, (header.width // 2, header.height), interpolation=cv2.INTER_AREA)
    return np.round(half * 255).astype(np.uint8)
