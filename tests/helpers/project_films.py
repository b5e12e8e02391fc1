"""Small gray films of several shots, and their projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.project import document
from vs_tcvc.project.document import Document
from vs_tcvc.project.schema import Film, Project, Shot
from vs_tcvc.settings import Settings

WIDTH, HEIGHT = 96, 64
QUICK = {"size": 64, "threads": 1}
SETTINGS = Settings.from_mapping(QUICK)
NO_TINTS: Mapping[int, tuple[int, int]] = MappingProxyType({})


def scene(kind: int, frame: int) -> NDArray[np.uint8]:
    """A gray picture (HEIGHT, WIDTH) of a moving thing in one of many places, by number."""
    rng = np.random.default_rng(kind)
    rough = rng.integers(30, 220, (6, 9)).astype(np.uint8)
    ground = cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    x, y = 20 + 2 * frame + 7 * kind % 20, 30 + (kind * 11) % 12
    return np.asarray(cv2.circle(ground, (x, y), 9, int(rng.integers(0, 255)), -1), np.uint8)


def write_film(
    path: Path, shots: Sequence[tuple[int, int]], codec: str = "ffv1", tints: Mapping[int, tuple[int, int]] = NO_TINTS
) -> Path:
    """A film of shots (kind, frames), in YUV 4:2:0 of limited range; tints: Cb and Cr by kind, of those not gray."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(24))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for kind, count in shots:
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(scene(kind, number), format="gray").reformat(format="yuv420p")
                for plane, code in zip(frame.planes[1:], tints.get(kind, (128, 128)), strict=True):
                    np.frombuffer(plane, np.uint8)[:] = code
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def project_of(film: Path, shots: Sequence[tuple[int, int]], scenes: str = "") -> Document:
    """A project of such a film, not written; scenes: a letter for each shot, "-" for none."""
    entries, start = [], 0
    for (_, count), name in zip(shots, scenes or "-" * len(shots), strict=True):
        entries.append(Shot((start, start + count), "" if name == "-" else name))
        start += count
    facts = Film(film.name, start, (WIDTH, HEIGHT), "24/1")
    return document.new(film.with_suffix(".tcvc.yaml"), Project(facts, tuple(entries), QUICK))


def planes_of(path: Path) -> list[bytes]:
    """The decoded frames of a film, as bytes."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]
