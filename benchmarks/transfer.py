"""Restoring from a colour copy: how many shots are found, and how near the colour comes to the copy's.

python benchmarks/transfer.py CLIPS.zip [CLIPS.zip ...]

The clips, joined, are a gray film. The copy is what a tape makes of it: 37 frames more at its beginning, 4 % less at
every side, faded to half the saturation, soft, softer in colour, noisy. Every second clip is also left out of a second
copy, in which it must not be found. `off`: the frames by which the references miss theirs, at most; `error`: mean
distance in ab of all frames from the copy's colour before it was blurred and noisy, guided by the copy and by the
network alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.films import find_footage
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.render import color_film
from vs_tcvc.film.selection import Selection
from vs_tcvc.film.transfer import Transfers
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.project import document
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.recipe import Transfer
from vs_tcvc.project.schema import Film, FilmReference, Project, Shot
from vs_tcvc.runtime.events import ignore
from vs_tcvc.settings import Settings

WIDTH, HEIGHT, OFFSET, CROP = 512, 288, 37, 0.04
SETTINGS = Settings(device="cpu")
_NEUTRAL, _LIFTED, _FADED, _NOISE = (
    np.array(each, np.float32) for each in ([0, 128, 128], [35, 0, 0], [0.75, 0.5, 0.5], [5, 3, 3])
)


def main() -> int:
    """Print a line for each clip, and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+", metavar="ZIP|DIR")
    arguments = parser.parse_args()
    footage = [clip for path in arguments.clips for clip in find_footage(path)]
    clips = [[_sized(codes) for codes in clip.read()] for clip in footage]
    starts = np.cumsum([0, *map(len, clips)]).tolist()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "film.mkv", (_gray(codes) for clip in clips for codes in clip))
        _write(folder / "copy.mkv", _tape([clips[-1][:1] * OFFSET, *clips]))
        _write(folder / "half.mkv", _tape(clips[::2]))
        films = [_project(folder, starts, guide) for guide in ("copy.mkv", "")]
        started = time.perf_counter()
        origins = _origins(films[0], folder / "copy.mkv")
        took = (time.perf_counter() - started) / len(clips)
        colors = [_colors(film) for film in films]
        rows = []
        for place, clip in enumerate(clips):
            frames = range(starts[place], starts[place + 1])
            off = max((abs(there - here - OFFSET) for here, there in origins[place].items()), default=None)
            true = [_ab(_faded(codes), films[0].canvas.working_size) for codes in clip]
            errors = [float(np.mean([np.hypot(*(of[n] - ab)).mean() for n, ab in zip(frames, true, strict=True)]))
                      for of in colors]  # fmt: skip
            rows.append((off is not None and off <= 1, *errors))
            print(f"{footage[place].name:24} off {off}  error {errors[0]:5.2f}  alone {errors[1]:5.2f}", flush=True)
        false = sum(bool(each) for each in _origins(films[0], folder / "half.mkv")[1::2])
    right, guided, alone = np.mean(rows, axis=0)
    print(f"mean: {right:.0%} within a frame, error {guided:.2f}, alone {alone:.2f}; {took:.1f} s a shot")
    print(f"found in the copy that lacks them: {false} of {len(clips[1::2])}")
    return 0


def _project(folder: Path, starts: Sequence[int], guide: str) -> FilmProject:
    references = (FilmReference(guide),) if guide else ()
    shots = tuple(Shot(span, references=references) for span in pairwise(starts))
    project = Project(Film("film.mkv", starts[-1], (WIDTH, HEIGHT), "24/1"), shots)
    path = folder / f"{Path(guide).stem or 'alone'}.tcvc.yaml"
    return FilmProject(document.write(document.new(path, project)), SETTINGS)


def _origins(film: FilmProject, copy: Path) -> list[dict[int, int]]:
    """The frames of a copy that become references, by the frames of the film that they are laid over, of every shot."""
    transfers, found = Transfers(0, film.folder, ignore, threading.Event()), []
    with film.reader() as reader:
        for entry in film.entries:
            grays = {frame.index: frame.lightness for frame in reader.grays(entry.frames)}
            shot = Transfer((entry.frames.start, entry.frames.stop), copy, copy.stem, None, 12)
            references = transfers(shot, grays.__getitem__)
            found.append({each.frame: int(each.origin.rpartition("@")[2]) for each in references})
    return found


def _colors(film: FilmProject) -> list[Array]:
    """ab of every frame, as it is coloured."""
    color_film(film, Selection(), ignore, threading.Event())
    width, height = film.canvas.working_size
    color, found = FilmColor(film.store, film.entries, film.keys, (height, width)), list[Array]()
    for index in range(film.document.project.film.frames):
        chroma = color.frame(index)
        assert chroma is not None
        found.append(chroma.ab)
    return found


def _sized(codes: Codes) -> Codes:
    return np.asarray(cv2.resize(codes, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def _gray(codes: Codes) -> Codes:
    return np.repeat(cv2.cvtColor(codes, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def _faded(codes: Codes) -> Codes:
    """A frame with less contrast, and half the saturation."""
    ycc = cv2.cvtColor(codes, cv2.COLOR_RGB2YCrCb).astype(np.float32) - _NEUTRAL
    ycc = ycc * _FADED + _NEUTRAL + _LIFTED
    return np.asarray(cv2.cvtColor(np.rint(ycc).astype(np.uint8), cv2.COLOR_YCrCb2RGB), np.uint8)


def _tape(clips: Iterable[Sequence[Codes]]) -> Iterator[Codes]:
    """Clips, one after the other, as a tape shows them."""
    rng = np.random.default_rng(0)
    left, top = round(WIDTH * CROP), round(HEIGHT * CROP)
    for codes in (_faded(codes) for clip in clips for codes in clip):
        inner = cv2.resize(codes[top:-top, left:-left], (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        ycc = cv2.cvtColor(inner, cv2.COLOR_RGB2YCrCb).astype(np.float32)
        ycc[..., 0] = cv2.GaussianBlur(ycc[..., 0], (0, 0), sigmaX=1.6, sigmaY=0.8)
        ycc[..., 1:] = cv2.GaussianBlur(ycc[..., 1:], (0, 0), sigmaX=6, sigmaY=2)
        ycc += np.asarray(rng.normal(0, 1, ycc.shape), np.float32) * _NOISE
        yield np.asarray(cv2.cvtColor(np.clip(ycc, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB), np.uint8)


def _ab(codes: Codes, size: tuple[int, int]) -> Array:
    small = cv2.resize(codes, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    return lab_from_rgb(small.transpose(2, 0, 1))[1:]


def _write(path: Path, frames: Iterable[Codes]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(24))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for codes in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(codes, format="rgb24")))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    sys.exit(main())
