"""An artist's session on a film of shots that return: what is coloured at each step, why, and how long it takes.

python benchmarks/session.py CLIPS.zip [CLIPS.zip ...] --folder DIR [--shots 12] [--frames 24]

The film takes turns between clips, each cut into parts, A1 B1 C1 ... A2 B2 C2 ...; then: new, status, references,
render; two pictures are painted over, one hint, one look, one scene; render; one look; render; a report.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vs_tcvc.datasets.films import Footage, find_footage
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.project import document, edits
from vs_tcvc.project.schema import Hint

WIDTH, HEIGHT = 640, 360
TURNS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--shots", type=int, default=12)
    parser.add_argument("--frames", type=int, default=24)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True)
    clips = [clip for path in arguments.clips for clip in find_footage(path)][: arguments.shots // TURNS]
    write_film(arguments.folder / "film.mkv", clips, arguments.frames)
    session(arguments.folder)
    return 0


def session(folder: Path) -> None:
    """The steps, each with its time and what the program says of the shots that it colours."""
    project, render = folder / "film.tcvc.yaml", ["render", "film.tcvc.yaml", "out.mkv", "--lossless", "--overwrite"]
    step("new", folder, "project", "new", "film.mkv")
    step("status", folder, "project", "status", "film.tcvc.yaml")
    step("references", folder, "project", "references", "film.tcvc.yaml")
    step("render", folder, *render)
    for number in (2, 3):
        (picture,) = (folder / "film.references").glob(f"shot{number:03d}_*.png")
        tint(picture)
    found = document.read(project)
    first = found.project.shots[0].frames[0]
    found = found.edited(edits.add_hint, 0, Hint(first, (0.5, 0.6), "#2e8b57", 0.03))
    found = found.edited(edits.set_look, len(found.project.shots) - 1, "vivid")
    scenes = sorted({shot.scene for shot in found.project.shots} - {""})
    if len(scenes) > 1:
        found = found.edited(edits.set_scene, len(found.project.shots) - 2, scenes[0])
    document.write(found)
    step("render after two paintings, a hint, a look, a scene", folder, *render)
    document.write(document.read(project).edited(edits.set_look, 1, "faded"))
    step("render after one look", folder, *render)
    step("render of nothing new", folder, *render)
    step("report", folder, "report", "film.tcvc.yaml")


def step(name: str, folder: Path, *words: str) -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "vs_tcvc", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - begun
    told = [line.removeprefix("tcvc: ") for line in done.stderr.splitlines() if "shot" in line and " fps" not in line]
    print(f"{name}: {seconds:.1f} s" + (f" (exit code {done.returncode})" if done.returncode else ""))
    for line in told:
        print(f"    {line}")


def tint(path: Path) -> None:
    """Paint over a picture: warmer."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    assert picture is not None
    painted = picture.astype(np.float32) * np.array([0.7, 0.95, 1.2], np.float32)  # B, G, R of 16 bits
    cv2.imwrite(str(path), painted.clip(0, 65535).astype(np.uint16))


def write_film(path: Path, clips: Sequence[Footage], frames: int) -> None:
    """A gray film of the clips' parts in turn."""
    pictures = {clip.name: [fitted(codes) for codes in clip.read()][: TURNS * frames] for clip in clips}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(24))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray"
        for turn in range(TURNS):
            for clip in clips:
                each = len(pictures[clip.name]) // TURNS
                for codes in pictures[clip.name][turn * each : (turn + 1) * each]:
                    frame = av.VideoFrame.from_ndarray(codes, format="rgb24").reformat(format="gray")
                    container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def fitted(codes: Codes) -> Codes:
    """A picture that fills the film's frame."""
    height, width = codes.shape[:2]
    scale = max(WIDTH / width, HEIGHT / height)
    large = cv2.resize(codes, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    top, left = (large.shape[0] - HEIGHT) // 2, (large.shape[1] - WIDTH) // 2
    return np.ascontiguousarray(large[top : top + HEIGHT, left : left + WIDTH])


if __name__ == "__main__":
    sys.exit(main())
