"""A picture that does not fit gets no name, wherever the room ends, and whatever its library says."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from jobs import HEIGHT, WIDTH, exr_spec, gray_plane

from vs_tcvc.errors import FrameError, TcvcError
from vs_tcvc.picture.whole_pictures import find_broken
from vs_tcvc.sequences.image_file import Image, write_picture

SIZES = 12


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file grows beyond `size` bytes, as on a disk that is full then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def picture(suffix: str) -> Image:
    if suffix == "exr":
        return Image(np.stack([gray_plane(0)] * 4, axis=-1), exr_spec())
    return Image(np.stack([gray_plane(0).clip(0, 1)] * 3, axis=-1), oiio.ImageSpec(WIDTH, HEIGHT, 3, "uint16"))


@pytest.mark.parametrize("suffix", ["exr", "png", "tif", "dpx"])
def test_a_picture_that_does_not_fit_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    write_picture(path, picture(suffix))
    size = path.stat().st_size
    path.unlink()
    for part in range(SIZES):
        with room(size * part // SIZES), pytest.raises(TcvcError, match="cannot be written"):
            write_picture(path, picture(suffix))
        assert not list(tmp_path.iterdir())
    with room(size - 1), pytest.raises(FrameError, match="cannot be written"):
        write_picture(path, picture(suffix))
    assert not list(tmp_path.iterdir())
    with room(size):
        write_picture(path, picture(suffix))


def test_a_png_with_a_gap_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    write_picture(path, picture("png"))
    content = path.read_bytes()
    assert find_broken([path]) is None
    path.write_bytes(content[:500] + content[900:])
    assert find_broken([path])


def test_an_exr_without_its_table_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "picture.exr"
    write_picture(path, picture("exr"))
    content = path.read_bytes()
    assert find_broken([path]) is None
    entries = 8 * HEIGHT  # of one line each, the first behind the table
    table = next(at for at in range(len(content)) if content[at : at + 8] == (at + entries).to_bytes(8, "little"))
    path.write_bytes(content[:table] + bytes(entries) + content[table + entries :])
    broken = find_broken([path])
    assert broken
    assert "table" in broken[1]
