"""Random access to a film: seconds to read some frames at places spread over it, with its index and without.

python benchmarks/seek.py film.mkv
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ffmpeg_filters.decoder import Source, open_source
from ffmpeg_filters.film_index import FilmIndex, IndexBuilder, read_index, write_index
from ffmpeg_filters.film_range import pictures_of
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings


def main() -> None:
    """Print what a row of the README's table holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--places", type=int, default=10)
    parser.add_argument("--frames", type=int, default=50, help="at each place")
    wishes = parser.parse_args()
    with open_source(wishes.film, Settings(), tell, interlaced=True) as source:
        plain = seconds(lambda: [None for _ in source.pictures()])
    with open_source(wishes.film, Settings(), tell, interlaced=True) as source:
        builder = IndexBuilder(source, wishes.film)
        building = seconds(lambda: [None for _ in builder.pictures()])
        index = builder.index()
    count = len(index.pts)
    print(f"{count} frames, {len(index.starts)} places to begin at")
    print(f"read whole: {plain:.2f} s, with its index collected {building:.2f} s")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "film.index"
        writing = seconds(lambda: write_index(index, file))
        reading = seconds(lambda: read_index(file, wishes.film))
        print(f"index: {file.stat().st_size / 1000:.1f} KB, written in {writing:.3f} s, read in {reading:.3f} s")
    firsts = [index.first + place * (count - wishes.frames) // wishes.places for place in range(1, wishes.places + 1)]
    with open_source(wishes.film, Settings(), tell, interlaced=True) as source:
        sought = seconds(lambda: read(source, firsts, wishes.frames, index))
        without = seconds(lambda: read(source, firsts, wishes.frames, None))
    print(f"{wishes.frames} frames at {wishes.places} places: {sought:.2f} s with the index, {without:.2f} s without, "
          f"{without / sought:.1f} times as long")  # fmt: skip


def read(source: Source, firsts: list[int], count: int, index: FilmIndex | None) -> None:
    """Read so many frames from each of the first ones on."""
    for first in firsts:
        assert sum(1 for _ in pictures_of(source, range(first, first + count), index)) == count


def seconds(work: Callable[[], object]) -> float:
    """What the work takes on the clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def tell(event: Event) -> None:
    """Print what the source says."""
    print(event.text)


if __name__ == "__main__":
    main()
