"""Jobs of the worker on sequences of pictures that are made on the spot, with everything in them that must survive."""

from __future__ import annotations

import io
import json
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import OpenImageIO as oiio

from vs_tcvc.core.frame import Array
from vs_tcvc.sequences import worker
from vs_tcvc.sequences.events import ProtocolLines
from vs_tcvc.sequences.image_file import Image, read_picture, write_picture
from vs_tcvc.sequences.job import Job

WIDTH, HEIGHT, FRAMES, FIRST = 96, 64, 8, 1001
SMALL = {"size": 64, "device": "cpu"}


def gray_plane(index: int) -> Array:
    """Moving stripes and a disc, (H, W), linear light from below 0 to above 1."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    stripes = 0.3 + 0.25 * np.sin((x + 2 * index) / 7) + 0.15 * np.cos(y / 5)
    disc = ((x - 30 - 3 * index) ** 2 + (y - 30) ** 2 < 150) * 0.4
    return np.asarray(stripes + disc - 0.05, np.float32)


def exr_spec(channels: int = 4, kind: str = "half") -> Any:
    """A spec with everything that must survive: overscan, pixel aspect, timecode, chromaticities, own keys."""
    spec = oiio.ImageSpec(WIDTH, HEIGHT, channels, kind)
    spec.channelnames = list("RGBA")[:channels] if channels > 1 else ["Y"]
    spec.x, spec.y, spec.full_width, spec.full_height = -4, -2, WIDTH - 8, HEIGHT - 4
    spec.attribute("compression", "zips")
    spec.attribute("PixelAspectRatio", 2.0)
    spec.attribute("framesPerSecond", "rational", (24000, 1001))
    spec.attribute("chromaticities", "float[8]", (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767))
    spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (18088961, 0))
    spec.attribute("nuke/node_hash", "abc")
    return spec


def write_plates(folder: Path, spec: Any = None, suffix: str = "exr", frames: int = FRAMES) -> str:
    """A sequence from FIRST on; the pattern of its names."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = spec or exr_spec()
    pattern = str(folder / f"plate.%04d.{suffix}")
    for index in range(frames):
        plane = gray_plane(index)
        layers = [plane] * min(3, spec.nchannels) + [np.full_like(plane, 0.5)] * (spec.nchannels - 3)
        write_picture(Path(pattern % (FIRST + index)), Image(np.stack(layers, axis=-1), spec))
    return pattern


def job(tmp_path: Path, plate: str, **changes: Any) -> Job:
    values = {"plate": plate, "result": str(tmp_path / "out" / "chroma.%04d.exr"), "first": FIRST,
              "last": FIRST + FRAMES - 1, "cuts": "none", "settings": SMALL}  # fmt: skip
    return Job(**{**values, **changes})


def do(wanted: Job, stop: Event | None = None) -> tuple[int, list[dict[str, Any]]]:
    """The worker's exit code and events."""
    said = io.StringIO()
    code = worker.work(lambda: wanted, ProtocolLines(said), stop or Event())
    return code, [json.loads(line) for line in said.getvalue().splitlines()]


def progressed(events: list[dict[str, Any]]) -> list[int]:
    """The frames that were made, in their order."""
    return [event["frame"] for event in events if event["event"] == "progress"]


def results(wanted: Job) -> dict[int, bytes]:
    """Pixels of the results that there are."""
    paths = {frame: wanted.result_of(frame) for frame in range(wanted.first, wanted.last + 1)}
    return {frame: read_picture(path, "").pixels.tobytes() for frame, path in paths.items() if path.is_file()}


class StopsAfter(Event):
    """Is set after it was asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0
