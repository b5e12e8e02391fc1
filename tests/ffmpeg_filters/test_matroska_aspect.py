"""The shape of pixels that is written into Matroska files is what FFmpeg reads there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from film_files import GRAY, PICTURE, SOUND, ffmpeg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ffmpeg_filters.matroska_aspect import write_aspect

SHAPES = [Fraction(*shape) for shape in ((16, 15), (64, 45), (8, 9), (32, 27), (10, 11), (40, 33), (2, 1), (1, 2))]


def written(folder: Path, size: str, words: str) -> Path:
    path = folder / f"{size} {words[-9:].replace(' ', '_')}.mkv"
    if not path.exists():
        ffmpeg(f"{PICTURE.replace('64x48', size)} {words}", path)
    return path


def content(path: Path) -> tuple[Fraction, list[bytes], int]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        aspect, packets = stream.sample_aspect_ratio, [bytes(each) for each in container.demux() if each.size]
        return Fraction(aspect.numerator, aspect.denominator), packets, len(container.streams)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(SHAPES),
    st.sampled_from(["64x48", "720x576", "720x480", "1440x1080", "62x46"]),
    st.sampled_from([GRAY, f"{SOUND} {GRAY} -c:a aac -metadata title=A", "-c:v libx264 -preset ultrafast"]),
)
def test_the_shape_is_read_back_and_nothing_else_changes(
    tmp_path: Path, shape: Fraction, size: str, words: str
) -> None:
    path = written(tmp_path, size, words)
    _, before, streams = content(path)
    length = path.stat().st_size
    assert write_aspect(path, shape)
    assert content(path) == (shape, before, streams)
    assert path.stat().st_size == length


@pytest.mark.parametrize("data", [b"", b"\x18\x53\x80\x67", b"\x1a\x45\xdf\xa3\x80", b"RIFF" * 20])
def test_another_file_is_left_alone(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(data)
    assert not write_aspect(path, Fraction(16, 15))
    assert path.read_bytes() == data
