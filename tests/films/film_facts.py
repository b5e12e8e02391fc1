"""What a file with a film holds, as values that can be compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition, Stream
from made_films import Facts

from ffmpeg_filters.stream_facts import film_stream, is_picture, side_data

NOT_THE_FILMS = re.compile(
    "encoder|duration|creation_time|major_brand|minor_version|compatible_brands|software|vendor_id|bps|number_of_.*"
    "|_statistics_.*|(?:company|product|application|toolkit)_.*|operational_pattern_ul|modification_date|.*uid|.*umid"
    "|.*package_name"
)
"""Tags of a file, whatever film it holds."""
SAME_LANGUAGE = {"ger": "deu", "fre": "fra"}


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
                packets[packet.stream_index].append((ms(packet), bytes(packet)))
        frames += stream.decode(None)
        facts = dict(facts_of_frames(stream, frames))
        facts |= {f"tag_{name}": value for name, value in described(container.metadata).items()}
        facts |= {f"film_{name}": value for name, value in described(stream.metadata).items()}
        timecode = facts.pop("tag_timecode", facts.pop("film_timecode", None))
        facts["timecode"] = timecode
        facts |= {"chapters": [(int(each["start"] * each["time_base"] * 1000), each["metadata"].get("title"))
                               for each in container.chapters()]}  # fmt: skip
        others = [each for each in container.streams if each.index != stream.index]
        facts["covers"] = sum(map(is_picture, others))
        kinds: dict[str, list[Stream]] = defaultdict(list)
        for each in others:
            facts |= {"timecode": each.metadata["timecode"]} if "timecode" in each.metadata else {}
            kinds[each.type] += [] if is_picture(each) or "timecode" in each.metadata else [each]
        for kind, streams in kinds.items():
            facts[f"{kind}_played"] = next((n for n, each in enumerate(streams) if each.disposition & 1), 0)
            for number, each in enumerate(streams):
                facts[f"{kind}_{number}_times"], facts[f"{kind}_{number}_data"] = content_of(each, packets[each.index])
                facts[f"{kind}_{number}_for"] = Disposition(each.disposition & ~1)
                facts |= {f"{kind}_{number}_{name}": value for name, value in described(each.metadata).items()}
        return {name: value for name, value in facts.items() if value}


def facts_of_frames(stream: av.VideoStream, frames: Sequence[av.VideoFrame]) -> Iterator[tuple[str, Any]]:
    first, aspect = frames[0], stream.sample_aspect_ratio
    yield "size", (first.width, first.height)
    yield "aspect", aspect if aspect and aspect != 1 else None
    yield "times", Times(map(ms, frames))
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
        yield kind.lower(), data if kind == "A53_CC" else set(data)


TOLD = ("A53_CC", "AFD", "AMBIENT_VIEWING_ENVIRONMENT", "CONTENT_LIGHT_LEVEL", "DOVI_METADATA", "DYNAMIC_HDR_PLUS",
        "ICC_PROFILE", "MASTERING_DISPLAY_METADATA", "S12M_TIMECODE", "SPHERICAL", "STEREO3D")  # fmt: skip
"""Kinds of side data of frames that belong to the film."""


class Times(tuple[int, ...]):
    """Milliseconds; equal if none differs by more than one, as rounding does."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Times) or len(self) != len(other):
            return False
        return all(abs(one - two) <= 1 for one, two in zip(self, other, strict=True))

    def __ne__(self, other: object) -> bool:
        return not self == other


def content_of(stream: Stream, packets: Sequence[tuple[int, bytes]]) -> tuple[Times, Any]:
    """Times and bytes of packets: sound without frames as a whole, since packets of it have any length."""
    times, data = Times(time for time, _ in packets), [one for _, one in packets]
    if stream.name and stream.name.startswith("pcm"):
        return Times(times[:1]), b"".join(data)
    return times, None if stream.name in ("h264", "hevc") else data  # whose start codes depend on the container


def ms(timed: av.VideoFrame | av.Packet[Any]) -> int:
    """-1 without a timestamp."""
    return -1 if timed.pts is None or timed.time_base is None else round(timed.pts * timed.time_base * 1000)


def described(metadata: Mapping[str, str]) -> dict[str, str]:
    found = {name.lower(): value for name, value in metadata.items() if value != "und"}
    if "language" in found:
        found["language"] = SAME_LANGUAGE.get(found["language"], found["language"])
    handlers = ("VideoHandler", "SoundHandler", "SubtitleHandler", "TimeCodeHandler")
    return {name: value for name, value in found.items() if not NOT_THE_FILMS.fullmatch(name) and value not in handlers}


def luma_of(frame: av.VideoFrame) -> Any:
    """The luma codes (H, W), of RGB the codes of G."""
    plane = frame.planes[0]
    dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    return np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width]
