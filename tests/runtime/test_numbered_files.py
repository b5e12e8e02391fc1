"""Names of numbered pictures: which number is the frame's, and which frames are meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.errors import StreamError
from vs_tcvc.runtime.numbered_files import NumberedFiles, find_pictures, pattern_like


def folder_of(path: Path, names: list[str]) -> Path:
    path.mkdir(exist_ok=True)
    for name in names:
        (path / name).touch()
    return path


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["reel2_1945_0001_4K.tif", "reel2_1945_0002_4K.tif"], "reel2_1945_%04d_4K.tif"),
        (["1945_0001_v2.png", "1945_0002_v2.png", "1945_0003_v2.png"], "1945_%04d_v2.png"),
        (["p9.dpx", "p10.dpx"], "p%d.dpx"),
        (["a.0001.jp2"], "a.%04d.jp2"),
        (["0001 (2).png", "0002 (2).png"], "%04d (2).png"),
        (["0001.tif", "0002.tif", "notes.txt"], "%04d.tif"),
    ],
)
def test_the_frames_number_is_the_one_that_differs(tmp_path: Path, names: list[str], pattern: str) -> None:
    found = find_pictures(folder_of(tmp_path / "scans", names))
    assert found
    assert str(found[0]) == str(tmp_path / "scans" / pattern)
    assert pattern_like(tmp_path / "scans" / names[0]) == found[0]


@given(st.integers(0, 99999), st.integers(2, 9), st.integers(1, 5), st.text("ab_-. ", max_size=3))
def test_a_name_of_a_pattern_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, first: int, count: int, digits: int, text: str
) -> None:
    names = NumberedFiles(Path(), f"r{text}", digits, f"{text}x.tif")
    folder = folder_of(tmp_path_factory.mktemp("a"), [names.path(first + n).name for n in range(count)])
    found = find_pictures(folder)
    assert found
    assert found[1] == range(first, first + count)
    assert all(found[0].path(number).is_file() for number in found[1])


def test_brackets_are_these_frames_alone(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", [f"p.{number}.png" for number in range(1001, 1010)])
    found = find_pictures(folder / "p.[1003-1005].png")
    assert found
    assert found[1] == range(1003, 1006)
    assert NumberedFiles.named(Path("p.[1001-1100].exr")) == NumberedFiles.named(Path("p.####.exr"))
    assert NumberedFiles.named(Path("p.[8-10].exr")) == NumberedFiles.named(Path("p.%d.exr"))
    with pytest.raises(StreamError, match=r"p\.1010\.png: this picture is missing between 1008 and 1012"):
        find_pictures(folder / "p.[1008-1012].png")


def test_a_folder_of_plates_is_for_another_command(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", ["p.0001.exr", "p.0002.exr"])
    with pytest.raises(Exception, match=r"colour .*p\.%04d\.exr with tcvc sequence"):
        find_pictures(folder)
