"""Ranges of a film's frames: by its index the very frames of a whole reading, wherever they begin."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from ffmpeg_filters import film_range
from ffmpeg_filters.decoder import DecodedFrame, Source, open_source
from ffmpeg_filters.film_index import FilmIndex, IndexBuilder
from ffmpeg_filters.film_range import pictures_of
from vs_tcvc.errors import StreamError
from vs_tcvc.runtime.events import ignore
from vs_tcvc.settings import Settings

OPEN = "-c:v libx264 -g 8 -bf 3 -x264-params open-gop=1:b-pyramid=2:scenecut=0"
VARIABLE = "-vf select='mod(n,3)',setpts='PTS+if(mod(N,4),0,0.01/TB)' -fps_mode vfr"
FILMS = {
    "closed.mp4": "-c:v libx264 -g 8 -bf 3",
    "open.mp4": OPEN,
    "open.mkv": OPEN,
    "open.ts": OPEN,
    "open_265.mkv": "-c:v libx265 -x265-params log-level=none:open-gop=1:keyint=8:bframes=3",
    "refresh.mkv": "-c:v libx264 -x264-params intra-refresh=1:keyint=8",
    "variable.mkv": f"{VARIABLE} -c:v libx264 -g 8 -bf 2",
    "mpeg2.avi": "-c:v mpeg2video -g 8 -bf 2",
    "mpeg2.ts": "-c:v mpeg2video -g 8 -bf 2",
    "mpeg4.avi": "-c:v mpeg4 -g 8 -bf 2",
    "mpeg4.ts": "-c:v mpeg4 -g 8 -bf 2",
    "ffv1.mkv": "-c:v ffv1 -g 8",
    "prores.mov": "-c:v prores_ks -pix_fmt yuv422p10le",
    "vp9.webm": "-c:v libvpx-vp9 -g 8 -b:v 100k",
    "jpeg.avi": "-c:v mjpeg",
    "s_%05d.png": "-start_number 1001 -c:v png -pix_fmt gray",
}
"""Options of FFmpeg by name of the film."""
WITHOUT_TIMES = {"raw.h264": "-c:v libx264 -g 8", "x264.avi": "-c:v libx264 -g 8 -bf 3"}
LONG = 3
"""Frames of a range."""

Fixed = tuple[int, int, int, tuple[bytes, ...]]
"""Number, pts, duration, bytes of the planes."""


def film(folder: Path, name: str, options: str, frames: int = 28) -> Path:
    """A film that moves, 64x48, by FFmpeg."""
    folder.mkdir(exist_ok=True)
    source = f"-f lavfi -i testsrc2=s=64x48:r=24000/1001:d={frames / 23.976:.3f}"
    usual = [] if "-pix_fmt" in options else ["-pix_fmt", "yuv420p"]
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-y",
            *source.split(),
            *usual,
            *options.split(),
            folder / name,
        ],
        check=True,
    )
    return folder / name


def fixed(picture: DecodedFrame) -> Fixed:
    return picture.number, picture.pts, picture.duration, tuple(plane.tobytes() for plane in picture.planes)


def read_whole(path: Path) -> tuple[FilmIndex, list[Fixed]]:
    with open_source(path, Settings(), ignore) as source:
        builder = IndexBuilder(source, path)
        whole = [fixed(picture) for picture in builder.pictures()]
        return builder.index(), whole


@dataclass
class Ranges:
    """Ranges of an open film. said: its events. from_beginning: numbers from which it was read from its beginning."""

    source: Source
    said: list[str]
    from_beginning: list[int]

    def read(self, frames: range, index: FilmIndex | None) -> list[Fixed]:
        return [fixed(picture) for picture in pictures_of(self.source, frames, index)]


@pytest.fixture
def ranges_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Ranges]]:
    said: list[str] = []
    begun: list[int] = []
    real = film_range._from_the_beginning

    def counting(source: Source, frames: range) -> Iterator[DecodedFrame]:
        begun.append(frames.start)
        return real(source, frames)

    monkeypatch.setattr(film_range, "_from_the_beginning", counting)
    with ExitStack() as stack:

        def ranges(path: Path) -> Ranges:
            opened = open_source(path, Settings(), lambda event: said.append(event.name))
            return Ranges(stack.enter_context(opened), said, begun)

        yield ranges


def read_everywhere(path: Path, ranges_of: Callable[[Path], Ranges]) -> tuple[FilmIndex, Ranges]:
    """Ranges from every frame on are those of a whole reading."""
    (index, whole), ranges = read_whole(path), ranges_of(path)
    for position, number in enumerate(index.range):
        frames = range(number, min(number + LONG, index.range.stop))
        assert ranges.read(frames, index) == whole[position : position + LONG], f"from {number} on"
    return index, ranges


@pytest.mark.parametrize("name", FILMS)
def test_a_range_from_any_frame_on_is_what_a_whole_reading_gives(
    name: str, tmp_path: Path, ranges_of: Callable[[Path], Ranges]
) -> None:
    index, ranges = read_everywhere(film(tmp_path, name, FILMS[name]), ranges_of)
    third = index.first + int(index.starts[2])  # the second one may be missed by containers that seek by other times
    assert all(number < third for number in ranges.from_beginning)
    assert ranges.said == []


@pytest.mark.parametrize("name", WITHOUT_TIMES)
def test_a_film_without_timestamps_of_its_own_is_read_from_its_beginning_and_that_is_said_once(
    name: str, tmp_path: Path, ranges_of: Callable[[Path], Ranges]
) -> None:
    index, ranges = read_everywhere(film(tmp_path, name, WITHOUT_TIMES[name]), ranges_of)
    assert len(index.starts) == 0
    assert ranges.from_beginning == list(index.range)
    assert sorted(ranges.said) == ["index", "timestamps"]


@pytest.mark.parametrize("name", ["closed.mp4", "open.mkv", "ffv1.mkv", "mpeg2.ts", "vp9.webm"])
@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_film_gives_the_frames_of_a_whole_reading(
    name: str, seed: int, tmp_path: Path, ranges_of: Callable[[Path], Ranges]
) -> None:
    read_everywhere(damaged(film(tmp_path, name, FILMS[name]), seed), ranges_of)


def damaged(path: Path, seed: int) -> Path:
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in rng.integers(len(data) // 5, len(data) * 4 // 5, 3):
        data[place : place + 8] = rng.bytes(8)
    path.write_bytes(data)
    return path


def test_a_damaged_film_is_the_same_at_every_reading(tmp_path: Path) -> None:
    """With several threads FFmpeg gave this film other pictures in one of twenty readings."""
    path = damaged(film(tmp_path, "mpeg2.ts", FILMS["mpeg2.ts"]), seed=2)
    assert len({tuple(read_whole(path)[1]) for _ in range(40)}) == 1


@pytest.mark.parametrize("part", ["pts", "sums"])
def test_an_index_that_does_not_fit_changes_no_frame_and_that_is_said_once(
    part: str, tmp_path: Path, ranges_of: Callable[[Path], Ranges]
) -> None:
    path = film(tmp_path, "film.mkv", FILMS["ffv1.mkv"], frames=160)
    index, whole = read_whole(path)
    wrong = replace(index, **{part: getattr(index, part) + 1})
    ranges = ranges_of(path)
    for first in (150, 155):
        assert ranges.read(range(first, first + LONG), wrong) == whole[first : first + LONG]
    assert ranges.said == ["index"]
    assert ranges.from_beginning == [150, 155]


def test_frames_after_one_that_differs_come_from_a_whole_reading(
    tmp_path: Path, ranges_of: Callable[[Path], Ranges]
) -> None:
    path = film(tmp_path, "film.mkv", FILMS["ffv1.mkv"])
    index, whole = read_whole(path)
    sums = index.sums.copy()
    sums[22] += 1
    ranges = ranges_of(path)
    assert ranges.read(range(20, 25), replace(index, sums=sums)) == whole[20:25]
    assert ranges.from_beginning == [22]


@pytest.mark.parametrize("name", ["closed.mp4", "s_%05d.png"])
@pytest.mark.parametrize("has_index", [True, False])
def test_a_frame_that_the_film_does_not_have_is_refused(name: str, has_index: bool, tmp_path: Path) -> None:
    path = film(tmp_path, name, FILMS[name], frames=6)
    index, whole = read_whole(path)
    stop = index.range.stop
    with open_source(path, Settings(), ignore) as source:
        for frames, missing in ((range(stop - 1, stop + 1), stop), (range(index.first - 1, stop), index.first - 1)):
            with pytest.raises(StreamError, match=f"no frame {missing}"):
                list(pictures_of(source, frames, index if has_index else None))
        assert list(pictures_of(source, range(stop, stop), index)) == []
        read = [fixed(picture) for picture in pictures_of(source, index.range, index if has_index else None)]
        assert read == whole


def test_ranges_leave_the_source_where_it_is(tmp_path: Path) -> None:
    path = film(tmp_path, "film.mkv", FILMS["open.mkv"])
    index, whole = read_whole(path)
    with open_source(path, Settings(), ignore) as source:
        pictures = source.pictures()
        assert [fixed(next(pictures)) for _ in range(2)] == whole[:2]
        assert [fixed(picture) for picture in pictures_of(source, range(20, 22), index)] == whole[20:22]
        assert [fixed(picture) for picture in pictures] == whole[2:]


def test_a_film_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    path = film(tmp_path, "film.mkv", FILMS["ffv1.mkv"])
    index, _ = read_whole(path)
    with open_source(path, Settings(), ignore) as source:
        path.unlink()
        with pytest.raises(StreamError, match=r"film\.mkv: FFmpeg cannot read it"):
            next(pictures_of(source, range(20, 22), index))
