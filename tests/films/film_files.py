"""Films in one file: containers, streams, timing, tags."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from av.stream import Disposition, Stream
from made_films import KEPT, Facts, Fate, Made, Outcome, Section, everywhere, refuses, says

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.stream_facts import film_stream, is_picture, side_data
from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.errors import TcvcError
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings

USUAL = ("stream", "network", "progress", "done", "shot", "wrote")
"""Events of every film."""
NOT_THE_FILMS = re.compile(r"encoder|duration|major_brand|minor_version|compatible_brands|vendor_id|creation_time|software|(?s:_statistics.*|bps|number_of.*)|.*uid|.*umid|(company|product|file_package|material_package|application|toolkit)_.*|operational_pattern_ul|modification_date", re.IGNORECASE)
"""Metadata of any file."""


# Facts


def facts_of(path: Path) -> Facts:
    """What the file holds, without what it does not say; times in milliseconds, since some containers know no finer."""
    with av.open(f"file:{path}") as container:
        stream = film_stream(container)
        packets, frames = defaultdict(list), list[av.VideoFrame]()
        for packet in container.demux():
            if not packet.size:
                continue
            if packet.stream_index == stream.index:
                frames += stream.decode(packet)
            else:
                packets[packet.stream_index].append((ms(packet), sha256(bytes(packet)).hexdigest()[:8]))
        frames += stream.decode(None)
        facts = dict(facts_of_frames(stream, frames))
        facts |= {f"title {name}": value for name, value in described(container.metadata).items()}
        facts |= {f"film's {name}": value for name, value in described(stream.metadata).items()}
        facts |= {"chapters": [(int(each["start"] * each["time_base"] * 1000), each["metadata"].get("title"))
                               for each in container.chapters()]}  # fmt: skip
        others = [each for each in container.streams if each.index != stream.index]
        facts["covers"] = sum(map(is_picture, others))
        kinds: dict[str, list[Stream]] = defaultdict(list)
        for each in others:
            kinds[each.type] += [] if is_picture(each) else [each]
        for kind, streams in kinds.items():
            facts[f"{kind} played"] = next((n for n, each in enumerate(streams) if each.disposition & 1), 0)
            for number, each in enumerate(streams):
                facts[f"{kind} {number}"] = (each.name, packets[each.index] or None)
                facts[f"{kind} {number} for"] = Disposition(each.disposition & ~1)
                facts |= {f"{kind} {number} {name}": value for name, value in described(each.metadata).items()}
        return {name: value for name, value in facts.items() if value}


def facts_of_frames(stream: av.VideoStream, frames: Sequence[av.VideoFrame]) -> Iterator[tuple[str, Any]]:
    first, aspect = frames[0], stream.sample_aspect_ratio
    yield "size", (first.width, first.height)
    yield "aspect", aspect if aspect and aspect != 1 else None
    yield "times", [ms(frame) for frame in frames]
    yield "rate", stream.guessed_rate or stream.average_rate
    yield "luma", [sha256(luma_of(frame).tobytes()).hexdigest()[:8] for frame in frames]
    yield "depth", first.format.components[0].bits
    yield "range", first.color_range
    for name, tag in (("matrix", "colorspace"), ("primaries", "color_primaries"), ("transfer", "color_trc")):
        yield name, getattr(first, tag) if getattr(first, tag) != 2 else None
    yield "rotation", first.rotation
    for kind in TOLD:
        data = [sha256(bytes(each)).hexdigest()[:8] for frame in frames for each in side_data(frame)
                if each.type.name == kind]  # fmt: skip
        yield kind.lower().replace("_", " "), data


TOLD = ("A53_CC", "AFD", "AMBIENT_VIEWING_ENVIRONMENT", "CONTENT_LIGHT_LEVEL", "DOVI_METADATA", "DYNAMIC_HDR_PLUS",
        "ICC_PROFILE", "MASTERING_DISPLAY_METADATA", "S12M_TIMECODE", "SPHERICAL", "STEREO3D")  # fmt: skip
"""Kinds of side data of frames that belong to the film."""


def ms(timed: av.VideoFrame | av.Packet[Any]) -> int | None:
    return None if timed.pts is None or timed.time_base is None else round(timed.pts * timed.time_base * 1000)


def described(metadata: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in metadata.items() if not NOT_THE_FILMS.fullmatch(name)}


def luma_of(frame: av.VideoFrame) -> Any:
    """The luma codes (H, W), of RGB the codes of G."""
    plane = frame.planes[0]
    dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    return np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width]


# Faces


def by_colorize(ending: str, encoding: Encoding, film: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    said: list[Event] = []
    settings = Settings(size=64, threads=1, log="quiet", **options)
    target = results / f"{film.stem}{ending}"
    try:
        colorize_file(film, target, settings, encoding, TranscodeOptions(), said.append)
    except TcvcError as error:
        return Outcome({}, error=str(error))
    return Outcome(facts_of(target), [event.text for event in said if event.text and event.name not in USUAL])


LOSSLESS_264 = Encoding(codec="libx264", options={"preset": "ultrafast", "x264-params": "qp=0"})
FACES = {
    "to .mkv": partial(by_colorize, ".mkv", Encoding(lossless=True)),
    "to .mp4": partial(by_colorize, ".mp4", LOSSLESS_264),
    "to .mov": partial(by_colorize, ".mov", LOSSLESS_264),
}


# Films


PICTURE = "-f lavfi -i testsrc2=s=64x48:r=24000/1001:d=0.5,format=gray,format=yuv420p"
SOUND = "-f lavfi -i sine=r=48000:d=0.5"
GRAY = "-c:v ffv1"
X264 = "-c:v libx264 -preset ultrafast -qp 0"


def ffmpeg(words: str, path: Path) -> None:
    """Run the program; words: options before the name of the file, which is written."""
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *shlex.split(words), f"file:{path}"]
    subprocess.run(program, check=True)


def by_ffmpeg(words: str) -> Callable[[Path], object]:
    return partial(ffmpeg, words)


