"""Clips made of numpy pictures, frames as bytes, and a network that tells frames apart, for tests of core.tcvc.

There is no VapourSynth for Python 3.11: there, importing this skips the module that does. From 3.12 on it must be here.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from random import Random
from threading import Event
from typing import Any, TypeVar

import cv2
import numpy as np
import pytest
from fakes import FakeColorizer, Telling, gray
from numpy.typing import NDArray
from skimage import data

from ffmpeg_filters import pipe, y4m
from vs_tcvc.core.frame import Array
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import luma, luma_from_lightness
from vs_tcvc.settings import Settings
from vs_tcvc.vapoursynth import filter

if sys.version_info < (3, 12):
    pytest.skip("there is no VapourSynth for this Python", allow_module_level=True)

import vapoursynth as vs
from vapoursynth import core

__all__ = ["Telling", "core", "vs"]

WIDTH, HEIGHT = 96, 64
HANG = 60.0
"""Seconds after which a frame is taken never to come; nothing here takes a tenth of it."""

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
Looks = tuple[list[bytes], dict[str, Any]]


Network = TypeVar("Network", bound=FakeColorizer)


def put_in(monkeypatch: pytest.MonkeyPatch, network: Network) -> Network:
    """Let filters that are made from now on use `network`."""
    monkeypatch.setattr(filter, "make_colorizer", lambda settings: (network, None))
    return network


def counted(length: int) -> list[Array]:
    """Y' pictures that spell their number, so that `fakes.index_of` reads it off what the network is shown."""
    return [luma_from_lightness(gray(n, (HEIGHT, WIDTH)).lightness + 0.5) for n in range(length)]


def film(shots: Iterable[int], size: tuple[int, int] = (WIDTH, HEIGHT)) -> list[Array]:
    """Y' pictures of photographs, a shot of so many frames each, over which the camera moves."""
    width, height = size
    pictures = []
    for name, length in zip(PHOTOGRAPHS, shots, strict=False):
        photograph = luma(np.moveaxis(getattr(data, name)(), -1, 0) / np.float32(255))
        wide = cv2.resize(photograph, (width + 2 * length, height + length), interpolation=cv2.INTER_AREA)
        pictures += [wide[n : n + height, 2 * n : 2 * n + width] for n in range(length)]
    return [np.ascontiguousarray(picture, np.float32) for picture in pictures]


def codes_of(picture: Array, format: int, full: bool = False) -> list[NDArray[Any]]:
    """The planes of a frame of that Y' picture without colour: gray, or chroma neutral, or R' = G' = B'."""
    details = core.get_video_format(format)
    if details.sample_type == vs.FLOAT:
        coding = SampleCoding(32)
        dtype = np.dtype(np.float16 if details.bits_per_sample == 16 else np.float32)
    else:
        is_full = full or details.color_family == vs.RGB
        coding = SampleCoding(details.bits_per_sample, "full" if is_full else "limited")
        dtype = coding.dtype
    codes = coding.codes_from_luma(picture).astype(dtype)
    if details.color_family != vs.YUV:
        return [codes] * details.num_planes
    rows, columns = codes.shape[0] >> details.subsampling_h, codes.shape[1] >> details.subsampling_w
    return [codes, *[np.full((rows, columns), coding.neutral, dtype)] * 2]


def clip_of(
    frames: Sequence[Sequence[NDArray[Any]]], format: int, jitter: float = 0, **properties: int
) -> vs.VideoNode:
    """A clip of these planes. jitter: the longest that a frame takes to come, in seconds."""
    height, width = frames[0][0].shape
    blank = core.std.BlankClip(format=format, width=width, height=height, length=len(frames), keep=True)
    waits = Random(0)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        time.sleep(jitter * waits.random())
        filled = f.copy()
        for index, plane in enumerate(frames[n]):
            np.copyto(np.asarray(filled[index]), plane)
        return filled

    clip = core.std.ModifyFrame(blank, blank, fill)
    return clip.std.SetFrameProps(**properties) if properties else clip


def gray_clip(
    pictures: Iterable[Array], format: int = vs.GRAY8, full: bool = False, jitter: float = 0, **properties: int
) -> vs.VideoNode:
    """A clip of Y' pictures, in any format, without colour."""
    return clip_of([codes_of(picture, format, full) for picture in pictures], format, jitter, **properties)


def marked(clip: vs.VideoNode, marks: Mapping[int, Mapping[str, int]]) -> vs.VideoNode:
    """The clip with properties on some of its frames."""

    def mark(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        changed = f.copy()
        for key, value in marks.get(n, {}).items():
            changed.props[key] = value
        return changed

    return core.std.ModifyFrame(clip, clip, mark)


def colorize(clip: vs.VideoNode, **arguments: Any) -> vs.VideoNode:
    """core.tcvc.Colorize at the smallest working size."""
    return core.tcvc.Colorize(clip, **{"size": 64, **arguments})


@contextmanager
def logged() -> Iterator[list[tuple[int, str]]]:
    """What this plugin logs inside the block: kinds and texts of messages."""
    messages: list[tuple[int, str]] = []

    def take(kind: int, text: str) -> None:
        if text.startswith("tcvc"):
            messages.append((int(kind), text))

    handle = core.add_log_handler(take)
    try:
        yield messages
    finally:
        core.remove_log_handler(handle)


def planes(frame: vs.VideoFrame) -> list[NDArray[Any]]:
    """Copies of all planes."""
    return [np.array(np.asarray(frame[index])) for index in range(frame.format.num_planes)]


def properties(frame: vs.VideoFrame) -> dict[str, Any]:
    """All properties but those of time."""
    return {key: value for key, value in frame.props.items() if not key.startswith("_Duration")}


def looks(frame: vs.VideoFrame) -> Looks:
    """Everything about a frame, for comparison."""
    return [plane.tobytes() for plane in planes(frame)], properties(frame)


def asked(clip: vs.VideoNode, order: Iterable[int], in_flight: int = 1) -> dict[int, Looks]:
    """The looks of frames that are asked for in that order, so many at a time."""
    waiting: dict[int, Future[vs.VideoFrame]] = {}
    found: dict[int, Looks] = {}

    def take() -> None:
        n = next(iter(waiting))
        with waiting.pop(n).result(HANG) as frame:
            found[n] = looks(frame)

    for n in order:
        waiting[n] = clip.get_frame_async(n)
        if len(waiting) == in_flight:
            take()
    while waiting:
        take()
    return found


def piped(header: str, frames: list[list[NDArray[Any]]], settings: Settings) -> list[list[bytes]]:
    """Planes of the frames that tcvc-pipe makes of these; header: the tags of the stream that tell of colour."""
    source, sink = io.BytesIO(), io.BytesIO()
    writer = y4m.Writer(source, y4m.parse_header(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F24:1 {header}\n".encode()))
    for frame in frames:
        writer.write(b"", [plane.tobytes() for plane in frame])
    writer.close()
    pipe.colorize_stream(y4m.Reader(io.BytesIO(source.getvalue())), sink, settings, Event())
    return [[bytes(plane) for plane in frame.planes] for frame in y4m.Reader(io.BytesIO(sink.getvalue()))]
