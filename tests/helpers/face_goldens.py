"""What the faces make of one small film: `python tests/helpers/face_goldens.py` writes tests/goldens/faces.npz again.

The film has two shots of photographs over which the camera moves, 16-bit gray. It goes through tcvc-pipe, through a
file (`tcvc colorize`, FFV1) and as a sequence of 16-bit PNG (`tcvc sequence`), each as a user starts it; so this file
needs nothing of the package but its commands, and can make goldens of any version of it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

GOLDENS = Path(__file__).parents[1] / "goldens" / "faces.npz"
SIDE, SHOT = 64, 3
FRAMES = 2 * SHOT
KEPT = (0, 2, 3, 5)
"""The first and last frames of both shots."""
OPTIONS = ("--size", str(SIDE), "--device", "cpu", "--cuts", str(SHOT), "--quiet")

Planes = NDArray[np.uint16]


def film() -> NDArray[np.uint16]:
    """Luma codes of the frames, (FRAMES, SIDE, SIDE), 16 bits of limited range."""
    frames = []
    for name in ("coffee", "astronaut"):
        gray = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY)
        small = cv2.resize(gray, (SIDE + 2 * SHOT, SIDE + SHOT), interpolation=cv2.INTER_AREA)
        frames += [small[n : n + SIDE, 2 * n : 2 * n + SIDE] for n in range(SHOT)]
    return (4096 + np.stack(frames).astype(np.uint32) * 219 * 256 // 255).astype(np.uint16)


def write_y4m(path: Path) -> None:
    frames = film().astype("<u2")
    header = f"YUV4MPEG2 W{SIDE} H{SIDE} F24:1 Ip A1:1 Cmono16 XCOLORRANGE=LIMITED\n".encode()
    path.write_bytes(header + b"".join(b"FRAME\n" + frame.tobytes() for frame in frames))


def command(module: str, *arguments: str, **streams: Any) -> None:
    main = f"import sys; from {module} import main; sys.exit(main(sys.argv[1:]))"
    subprocess.run([sys.executable, "-c", main, *arguments, *OPTIONS], check=True, **streams)


def by_pipe(folder: Path) -> Planes:
    """Cb and Cr of the frames, (FRAMES, 2, SIDE, SIDE)."""
    source, target = folder / "film.y4m", folder / "pipe.y4m"
    write_y4m(source)
    with source.open("rb") as gray, target.open("wb") as colored:
        command("ffmpeg_filters.pipe", "--chroma", "444", stdin=gray, stdout=colored)
    body = target.read_bytes().split(b"\n", 1)[1]
    frame = len(b"FRAME\n") + 6 * SIDE * SIDE
    planes = [np.frombuffer(body[n * frame + 6 : (n + 1) * frame], "<u2") for n in range(FRAMES)]
    return np.stack(planes).reshape(FRAMES, 3, SIDE, SIDE)[:, 1:]


def by_file(folder: Path) -> Planes:
    """The same of a file of FFV1."""
    source, target = folder / "film.y4m", folder / "film.mkv"
    write_y4m(source)
    command("vs_tcvc.cli", "colorize", str(source), str(target), "--codec", "ffv1", "--chroma", "444")
    with av.open(str(target)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
    return np.moveaxis(np.stack(frames), -1, 1)[:, 1:].astype(np.uint16)


def by_sequence(folder: Path) -> Planes:
    """R'G'B' of the pictures, (FRAMES, SIDE, SIDE, 3), full range."""
    (folder / "in").mkdir()
    for number, luma in enumerate(film()):
        codes = np.round((luma.astype(np.float64) - 4096) * 65535 / (219 * 256)).astype(np.uint16)
        cv2.imwrite(str(folder / "in" / f"plate.{number:04d}.png"), codes)
    pattern = str(folder / "in" / "plate.%04d.png")
    command("vs_tcvc.cli", "sequence", pattern, str(folder / "out" / "colour.%04d.png"))
    pictures = [cv2.imread(str(folder / "out" / f"colour.{n:04d}.png"), -1) for n in range(FRAMES)]
    return np.stack([np.asarray(picture)[..., ::-1] for picture in pictures]).astype(np.uint16)


FACES = {"pipe": by_pipe, "file": by_file, "sequence": by_sequence}


def main() -> None:
    made = {}
    for name, render in FACES.items():
        with tempfile.TemporaryDirectory() as folder:
            made[name] = render(Path(folder))[list(KEPT)]
    assert np.array_equal(made["pipe"], made["file"])
    np.savez_compressed(GOLDENS, chroma=made["pipe"], rgb=made["sequence"])


if __name__ == "__main__":
    main()
