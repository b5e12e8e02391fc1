"""Times of frames and of sound: a constant rate exactly, a variable one as it is."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import av
import pytest
from film_files import GRAY, PAL, PICTURE, SOUND, TIMES, ffmpeg
from hypothesis import given
from hypothesis import strategies as st

from ffmpeg_filters.decoder import DecodedFrame
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.frame_times import FrameTimes
from ffmpeg_filters.stream_copy import SoundClock
from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.errors import StreamError, TcvcError, UsageError
from vs_tcvc.runtime.events import ignore
from vs_tcvc.settings import Settings

RATES = [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(24), Fraction(25), Fraction(18), Fraction(50, 3)]
MILLISECONDS = Fraction(1, 1000)


def times(rate: Fraction, start: int = 0, base: Fraction = MILLISECONDS, exact: bool = True) -> FrameTimes:
    fine = Fraction(1, 3_000_000)
    return FrameTimes(rate, base, start, fine if exact else base)


@given(st.sampled_from(RATES), st.integers(0, 5000), st.integers(0, 200_000), st.sampled_from([round, int]))
def test_a_frame_within_a_tick_of_the_constant_rate_is_put_there(
    rate: Fraction, start: int, number: int, rounding: type
) -> None:
    pts = start + int(rounding(number / rate / MILLISECONDS))
    length = int(rounding((number + 1) / rate / MILLISECONDS)) - int(rounding(number / rate / MILLISECONDS))
    at, duration = times(rate, start).place(DecodedFrame(number, pts, length, ()))
    assert abs(at * Fraction(1, 3_000_000) - (start * MILLISECONDS + number / rate)) <= Fraction(1, 3_000_000)
    assert duration == round(3_000_000 / rate)


@given(st.sampled_from(RATES), st.integers(0, 10**6), st.integers(3, 15))
def test_a_frame_that_is_elsewhere_keeps_its_time(rate: Fraction, number: int, off: int) -> None:
    pts = round(number / rate / MILLISECONDS) + off
    assert times(rate).place(DecodedFrame(0, pts, 100, ())) == (3000 * pts, 300_000)


def film(path: Path, words: str) -> Path:
    ffmpeg(words, path)
    return path


def written(source: Path, target: Path, encoding: Encoding | None = None) -> Path:
    colorize_file(source, target, Settings(size=64, threads=1), encoding or Encoding(), TranscodeOptions(), ignore)
    return target


def packets(path: Path, kind: str = "video") -> tuple[Fraction, list[tuple[int, int]]]:
    """Time base, and pts and duration of the packets in order of time."""
    with av.open(str(path)) as container:
        stream = next(each for each in container.streams if each.type == kind)
        found = sorted((packet.pts or 0, packet.duration or 0) for packet in container.demux(stream) if packet.size)
        assert stream.time_base is not None
        return Fraction(stream.time_base.numerator, stream.time_base.denominator), found


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "25", "18"])
@pytest.mark.parametrize("ending", ["mov", "mp4"])
def test_milliseconds_of_matroska_become_the_rate_itself(rate: str, ending: str, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mkv", f"{PICTURE.replace('24000/1001', rate)} {SOUND} {GRAY} -c:a aac")
    base, found = packets(written(source, tmp_path / f"out.{ending}"))
    frame = 1 / Fraction(rate) / base
    assert frame.denominator == 1
    assert found == [(number * int(frame), int(frame)) for number in range(len(found))]
    with av.open(str(tmp_path / f"out.{ending}")) as container:
        assert container.streams.video[0].average_rate == Fraction(rate)
    base, found = packets(tmp_path / f"out.{ending}", "audio")
    assert base == Fraction(1, 48000)
    assert {length for _, length in found} == {1024}
    assert {after - before for (before, _), (after, _) in pairwise(found)} == {1024}


@pytest.mark.parametrize(("ending", "codec"), [("avi", "ffv1"), ("mxf", "mpeg2video")])
def test_containers_of_a_constant_rate_get_one(ending: str, codec: str, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mkv", f"{PAL.replace('64x48', '720x576')} {SOUND} {GRAY} -c:a pcm_s16le")
    base, found = packets(written(source, tmp_path / f"out.{ending}", Encoding(codec=codec)))
    assert base == Fraction(1, 25)
    assert found == [(number, 1) for number in range(len(found))]


@pytest.mark.parametrize(("ending", "codec"), [("avi", "ffv1"), ("mxf", "mpeg2video")])
def test_a_variable_rate_is_refused_where_only_a_constant_one_can_be_written(
    ending: str, codec: str, tmp_path: Path
) -> None:
    source = film(tmp_path / "in.mkv", f'{PICTURE} -vf "{TIMES}" -fps_mode vfr {GRAY}')
    with pytest.raises((StreamError, UsageError), match=r"constant 24000/1001 fps.* write an \.mkv, \.mp4 or \.mov"):
        written(source, tmp_path / f"out.{ending}", Encoding(codec=codec))
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]


def test_frames_that_a_container_drops_are_no_film(tmp_path: Path) -> None:
    """MXF ends with its shortest stream."""
    long = PAL.replace("64x48", "720x576").replace("d=0.5", "d=1")
    source = film(tmp_path / "in.mkv", f"{long} {SOUND} {GRAY} -c:a pcm_s16le")
    with pytest.raises(TcvcError, match=r"out\.mxf: it would hold \d+ of 25 frames"):
        written(source, tmp_path / "out.mxf", Encoding(codec="mpeg2video"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]


@given(st.integers(-30, 3000), st.lists(st.sampled_from([0, 0, 0, 0, 700]), max_size=60))
def test_sound_is_counted_in_samples_until_there_is_a_gap(start: int, gaps: list[int]) -> None:
    clock, now = SoundClock(1024, 48000), Fraction(start, 1000)
    for gap in gaps:
        now += Fraction(gap, 1000)
        packet = SimpleNamespace(pts=round(now * 1000), dts=0, time_base=MILLISECONDS, duration=21)
        clock.refine(packet)  # type: ignore[arg-type]
        assert abs(Fraction(packet.pts) / 48000 - now) <= 2 * MILLISECONDS
        assert (packet.time_base, packet.duration) == (Fraction(1, 48000), 1024)
        now += Fraction(1024, 48000)
