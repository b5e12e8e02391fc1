"""The same films as streams of frames: YUV4MPEG2 through tcvc-pipe, and clips of VapourSynth."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from film_facts import luma_of
from film_files import GRAY, PAL, PICTURE, by_ffmpeg, hdr, of_pixels, tagged
from made_films import KEPT, NO_FACTS, Face, Facts, Fate, Made, Outcome, Section, refuses, says
from numpy.typing import NDArray

from ffmpeg_filters import pipe, y4m

USUAL = re.compile(r"tcvc: (\d+x\d+ |frame |compact )")
"""Lines of every stream."""


def facts_of(path: Path) -> Facts:
    """What the frames of a film are, without what it does not say."""
    with av.open(f"file:{path}") as container:
        stream = container.streams.video[0]
        frames = [*container.decode(stream)]
        first, aspect = frames[0], stream.sample_aspect_ratio
        rate = stream.guessed_rate or stream.average_rate
        facts = {
            "size": (first.width, first.height), "depth": first.format.components[0].bits,
            "rate": Fraction(rate.numerator, rate.denominator), "luma": hashes(map(luma_of, frames)),
            "aspect": Fraction(aspect.numerator, aspect.denominator) if aspect and aspect != 1 else None,
            "range": "full" if first.color_range == 2 else None,
            "matrix": int(first.colorspace) if first.colorspace != 2 else None,
            "transfer": int(first.color_trc) if first.color_trc != 2 else None,
        }  # fmt: skip
        return {name: value for name, value in facts.items() if value is not None}


def hashes(planes: Iterable[NDArray[Any]]) -> list[str]:
    return [sha256(np.ascontiguousarray(plane).tobytes()).hexdigest()[:8] for plane in planes]


def by_pipe(film: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    """`ffmpeg … | tcvc-pipe`."""
    decode = ["-v", "error", "-i", f"file:{film}", "-f", "yuv4mpegpipe", "-strict", "-1", "-"]
    stream = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *decode], capture_output=True, check=True).stdout
    colored, words = io.BytesIO(), io.StringIO()
    with redirect_stderr(words):
        code = pipe.main(["--size", "64", "--threads", "1"], io.BytesIO(stream), colored)
    said = [line for line in words.getvalue().splitlines() if not USUAL.match(line)]
    if code:
        return Outcome(NO_FACTS, error=said[-1])
    reader = y4m.Reader(io.BytesIO(colored.getvalue()))
    header, planes = reader.header, [pipe.planes_of(reader.header, frame)[0] for frame in reader]
    return Outcome({
        "size": (header.width, header.height), "depth": header.format.bits, "rate": Fraction(*header.rate),
        "luma": hashes(planes), "aspect": Fraction(*header.aspect) if all(header.aspect) else None,
        "range": header.range,
    }, said)  # fmt: skip


def by_vapoursynth(film: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    """`core.tcvc.Colorize(core.bs.VideoSource(...))`."""
    from vs_clips import core, logged, vs

    try:
        with logged() as said:
            clip = core.bs.VideoSource(str(film), cachemode=0)
            colored = core.tcvc.Colorize(clip, size=64, threads=1)
            frames = [*colored.frames(close=False)]
    except vs.Error as error:
        return Outcome(NO_FACTS, error=str(error))
    first, props = frames[0], frames[0].props
    return Outcome({
        "size": (first.width, first.height), "depth": first.format.bits_per_sample,
        "rate": colored.fps if colored.fps else None, "luma": hashes(np.asarray(each[0]) for each in frames),
        "aspect": Fraction(int(props.get("_SARNum", 1)), int(props.get("_SARDen", 1))),
        "range": "full" if props.get("_Range") == 1 else "limited",
        "matrix": props.get("_Matrix"), "transfer": props.get("_Transfer"),
    }, [text for kind, text in said if kind > 1])  # fmt: skip


FACES: dict[str, Face] = {"tcvc-pipe": by_pipe, "VapourSynth": by_vapoursynth}


def fates(of_pipe: Fate = KEPT, vapoursynth: Fate | None = None) -> Mapping[str, Fate]:
    """The fate by face; of VapourSynth that of the pipe if it is not given."""
    return {"tcvc-pipe": of_pipe, "VapourSynth": of_pipe if vapoursynth is None else vapoursynth}


UNTAGGED = says(changes="matrix")
"""By Y4M itself: it has no tags of colour."""
OTHER_MATRIX = refuses("name one with matrix")

MATRICES = (
    ("601", "smpte170m"), ("709", "bt709"), ("2020", "bt2020nc"), ("SMPTE 240M", "smpte240m"), ("FCC", "fcc"),
)  # fmt: skip

FILMS = (
    Made("plain.mkv", "4:2:0, 8 bits", by_ffmpeg(f"{PICTURE} {GRAY}"), fates()),
    Made("gray.mkv", "gray, 8 bits, full range", of_pixels("gray"), fates()),
    Made("gray10.mkv", "gray, 10 bits", of_pixels("gray10le"), fates()),
    Made("gray16.mkv", "gray, 16 bits", of_pixels("gray16le"), fates()),
    Made("10 bits.mkv", "4:2:0, 10 bits", of_pixels("yuv420p10le"), fates()),
    Made("422.mkv", "4:2:2", of_pixels("yuv422p"), fates()),
    Made("411.mkv", "4:1:1", of_pixels("yuv411p"), fates()),
    Made("444.mkv", "4:4:4", of_pixels("yuv444p"), fates()),
    Made("full.mkv", "full range", of_pixels("yuvj420p"), fates()),
    Made("anamorphic.mkv", "pixels of 16:15", by_ffmpeg(f"{PICTURE},setsar=16/15 {GRAY}"), fates()),
    Made(
        "fields.mkv",
        "interlaced frames",
        by_ffmpeg(f"{PAL},setfield=tff -c:v libx264 -preset ultrafast -qp 0 -flags +ildct+ilme"),
        fates(refuses("the stream is interlaced"), says("is tagged as interlaced, and is treated as progressive")),
    ),
    *(
        Made(f"matrix {name}.mkv", f"matrix {name}", tagged(colorspace=code), fates(UNTAGGED, KEPT))
        for name, code in MATRICES
    ),
    *(
        Made(f"matrix {name}.mkv", f"matrix {name}", tagged(colorspace=code), fates(UNTAGGED, OTHER_MATRIX))
        for name, code in (("YCgCo", "ycgco"), ("ICtCp", "ictcp"))
    ),
    Made("pq.mkv", "HDR: PQ", by_ffmpeg(hdr("smpte2084")), fates(says(changes="matrix transfer"), KEPT)),
    Made("hlg.mkv", "HDR: HLG", by_ffmpeg(hdr("arib-std-b67")), fates(says(changes="matrix transfer"), KEPT)),
)

STREAMS = Section(
    "Streams of frames",
    "`ffmpeg -i FILM … - | tcvc-pipe` and `core.tcvc.Colorize(core.bs.VideoSource(FILM))`. YUV4MPEG2 has no tags of "
    "colour: name the matrix to the encoder again, and convert HDR to SDR before. Neither takes sound.",
    FILMS, FACES, facts_of,
)  # fmt: skip
