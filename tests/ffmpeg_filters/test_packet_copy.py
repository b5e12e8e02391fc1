"""A film whose unchanged frames are copied: what encoding all of them gives, in pixels, times and sound."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import pytest

from ffmpeg_filters.decoder import open_source
from ffmpeg_filters.encoder_choice import EncoderChoice, Encoding, choose
from ffmpeg_filters.packet_copy import copies_packets, open_joined
from ffmpeg_filters.stream_copy import Copies
from ffmpeg_filters.stream_plan import Planes, StreamPlan
from ffmpeg_filters.writer import FilmWriter, open_writer
from vs_tcvc.errors import StreamError
from vs_tcvc.runtime.events import ignore
from vs_tcvc.settings import Settings

FRAMES = 40
CHANGED = [*range(7, 12), 20, *range(33, 36)]
KINDS = {
    "ffv1.mkv": Encoding("ffv1"),
    "prores.mov": Encoding("prores_ks"),
    "prores.mkv": Encoding("prores_ks", options={"profile": "4444"}),
    "prores_aw.mov": Encoding("prores_aw"),
    "dnxhr.mov": Encoding("dnxhd", options={"profile": "dnxhr_hq"}),
    "dnxhr.mxf": Encoding("dnxhd", options={"profile": "dnxhr_hq"}),
}


def ffmpeg(*words: object) -> str:
    """What FFmpeg says, warnings and errors."""
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-nostdin", "-y"]
    done = subprocess.run([*program, *map(str, words)], check=True, capture_output=True, text=True)
    return done.stderr


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With sound, noise and quiet frames."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    picture = f"testsrc2=s=256x128:r=24000/1001,noise=alls='60':allf=t:enable='mod(n,9)',trim=end_frame={FRAMES}"
    sound = "sine=r=48000:d=1.668"
    codecs = ["-pix_fmt", "gray", "-c:v", "ffv1", "-c:a", "pcm_s16le", "-ac", "2", "-metadata", "title=Faust"]
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *codecs, path)
    return path


@dataclass
class Rendered:
    """encoded: numbers of frames that were encoded; is_joined: whether the others were copied."""

    encoded: list[int]
    is_joined: bool


def colored(luma: Any, number: int, plan: StreamPlan, repainted: Collection[int]) -> Planes:
    """A frame with some colour, another one if it is repainted."""
    height, width = luma.shape
    across, down = plan.output.format.shifts
    ramp = np.linspace(0, 40, height >> down)[:, None] + np.linspace(0, 40, width >> across)
    coding = plan.stage.output or plan.source
    chroma = (ramp + 128 + number % 5 + 30 * (number in repainted)).astype(coding.dtype) << (coding.bits - 8)
    return luma.astype(coding.dtype) << (coding.bits - 8), chroma, chroma[::-1].copy()


def render(
    film: Path, target: Path, encoder: EncoderChoice, repainted: Collection[int] = (), before: Path | None = None,
    chroma: str = "422", frames: int = FRAMES,
) -> Rendered:  # fmt: skip
    """As `tcvc render`, with colour made here.

    before: the film from which frames that are not repainted are copied. frames: how many there should be.
    """
    with open_source(film, Settings(), ignore) as source, open_source(film, Settings(), ignore) as again:
        settings = Settings(chroma=chroma)
        pixels = encoder.pixels(source.header, settings)
        plan = StreamPlan.of(source.header, replace(settings, bits=str(pixels.bits)), source.tags)
        size = (plan.header.width, plan.header.height)
        encoded: list[int] = []
        with open_writer(target, encoder, plan, source, pixels, size) as writer:
            assert isinstance(writer, FilmWriter)
            copies = Copies(source, writer.container, True, ignore)
            writer.begin()

            def follow(time: Fraction) -> None:
                source.read_other_packets(time)
                copies.write()

            with open_joined(before or film, writer, range(frames), follow) as joined:
                for picture in again.pictures():
                    if joined and picture.number not in repainted:
                        continue
                    (joined or writer).write(colored(picture.planes[0], picture.number, plan, repainted), picture)
                    encoded.append(picture.number)
                    follow(picture.pts * source.time_base)
                (joined or writer).finish()
            follow(Fraction(10**9))
        return Rendered(encoded, joined is not None)


def described(metadata: dict[str, str]) -> dict[str, str]:
    """Metadata without the random numbers of MXF."""
    return {name: value for name, value in metadata.items() if not name.endswith(("umid", "_uid", "_date"))}


def content(path: Path) -> tuple[Any, ...]:
    """Frames with their times, packets of sound with theirs, and what describes them."""
    with av.open(str(path)) as container:
        frames = [
            (frame.pts, frame.duration, frame.color_range, frame.colorspace, [bytes(plane) for plane in frame.planes])
            for frame in container.decode(video=0)
        ]
        metadata = described(container.metadata)
    with av.open(str(path)) as container:
        packets = [(each.pts, each.dts, each.duration, each.is_keyframe, bytes(each), each.stream.type)
                   for each in container.demux() if each.size]  # fmt: skip
        lengths = [(each.type, each.duration, each.time_base, each.frames, described(each.metadata))
                   for each in container.streams]  # fmt: skip
    by_stream = [[each for each in packets if each[-1] == kind] for kind in ("video", "audio")]
    return frames, by_stream, lengths, metadata


@pytest.mark.parametrize("name", KINDS)
def test_a_film_with_copied_frames_is_the_film_with_all_encoded(name: str, film: Path, tmp_path: Path) -> None:
    encoder = choose(tmp_path / name, KINDS[name])
    assert copies_packets(encoder)
    before, whole, joined = (tmp_path / f"{kind}_{name}" for kind in ("before", "whole", "joined"))
    assert render(film, before, encoder) == Rendered([*range(FRAMES)], False)
    assert render(film, whole, encoder, CHANGED) == Rendered([*range(FRAMES)], False)
    assert render(film, joined, encoder, CHANGED, before) == Rendered(CHANGED, True)
    assert content(joined) == content(whole)
    assert content(joined)[0] != content(before)[0]
    assert len(content(joined)[0]) == FRAMES
    assert bool(content(joined)[1][1]) == (not name.endswith(".mxf")), "there is sound"
    assert ffmpeg("-guess_layout_max", 0, "-i", joined, "-map", "0:v", "-f", "null", "-") == ""


@pytest.mark.parametrize(
    ("name", "wishes"),
    [
        ("film.mkv", Encoding("libx264", options={"g": "1"})),
        ("film.mov", Encoding("mjpeg")),
        ("film.mkv", Encoding("ffv1", options={"g": "10"})),
        ("film.avi", Encoding("ffv1")),
        ("film_%04d.png", Encoding()),
    ],
)
def test_frames_of_other_encoders_and_containers_are_not_copied(
    name: str, wishes: Encoding, film: Path, tmp_path: Path
) -> None:
    encoder = choose(tmp_path / name, wishes)
    assert not copies_packets(encoder)
    if not encoder.pictures:
        before = tmp_path / f"before_{name}"
        render(film, before, encoder, chroma="420")
        assert not render(film, tmp_path / name, encoder, CHANGED, before, chroma="420").is_joined


@pytest.mark.parametrize(
    ("before", "chroma"),
    [
        (Encoding("ffv1"), "422"),
        (Encoding("prores_ks", options={"profile": "lt"}), "422"),
        (Encoding("prores_ks", options={"profile": "4444"}), "422"),
        (Encoding("prores_ks", options={"profile": "4444xq"}), "444"),
        (None, "422"),
    ],
)
def test_all_frames_are_encoded_if_those_of_the_film_before_are_of_another_kind(
    before: Encoding | None, chroma: str, film: Path, tmp_path: Path
) -> None:
    wishes = Encoding("prores_ks", options={"profile": "4444xq"} if chroma == "444" else {})
    earlier = tmp_path / "before.mkv"
    if before:
        render(film, earlier, choose(earlier, before))
    else:
        earlier.write_bytes(b"no film")
    target = tmp_path / "after.mkv"
    assert render(film, target, choose(target, wishes), CHANGED, earlier, chroma) == Rendered([*range(FRAMES)], False)


@pytest.mark.parametrize("frames", [FRAMES - 1, FRAMES + 1])
def test_a_film_before_of_another_length_is_refused(frames: int, film: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before.mkv", tmp_path / "after.mkv"
    encoder = choose(before, Encoding(lossless=True))
    render(film, before, encoder)
    with pytest.raises(StreamError, match=r"before\.mkv: it (ends before frame 40|has more frames than the film)"):
        render(film, after, encoder, CHANGED, before, frames=frames)
    assert not after.exists()


def test_the_film_before_may_be_the_one_that_is_replaced(film: Path, tmp_path: Path) -> None:
    one, whole = tmp_path / "one.mov", tmp_path / "whole.mov"
    encoder = choose(one, Encoding())
    render(film, whole, encoder, CHANGED)
    render(film, one, encoder)
    render(film, one, encoder, CHANGED, one)
    assert content(one) == content(whole)


def test_first_and_last_frame_may_change(film: Path, tmp_path: Path) -> None:
    before, joined, whole = (tmp_path / f"{name}.mkv" for name in ("before", "joined", "whole"))
    encoder = choose(before, Encoding(lossless=True))
    changed = [0, 1, FRAMES - 1]
    render(film, before, encoder)
    assert render(film, joined, encoder, changed, before).encoded == changed
    render(film, whole, encoder, changed)
    assert content(joined) == content(whole)
