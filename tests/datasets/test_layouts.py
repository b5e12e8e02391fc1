"""Data sets are found as they lie on disk, and flawed photographs are told from good ones."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vs_tcvc.datasets.layouts import CLIPS, STILLS, find_photographs, find_shots
from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.training.published_filter import FLAWS, flaw, is_monotonous


def write(path: Path, color: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((8, 8, 3), color, np.uint8))


def clip_of(root: Path, folder: str, count: int = 4, ending: str = "png") -> None:
    for number in range(count):
        write(root / folder / f"{number:05d}.{ending}", number * 10)


LIES = {
    "davis": ("JPEGImages/480p/{}", "DAVIS/JPEGImages/480p/{}"),
    "reds": ("train_sharp/{}", "train/train_sharp/{}"),
    "sportsmot": ("dataset/train/{}/img1", "train/{}/img1"),
    "videvo": ("{}",),
    "fvi": ("JPEGImages/{}", "Train/JPEGImages/{}", "{}"),
}


@pytest.mark.parametrize(("layout", "lies"), [(layout, lies) for layout, every in LIES.items() for lies in every])
def test_clips_are_found_where_their_data_set_has_them(tmp_path: Path, layout: str, lies: str) -> None:
    for name in ("bear", "camel"):
        clip_of(tmp_path, lies.format(name))
    (tmp_path / "README.txt").write_text("what this is")
    shots = find_shots(tmp_path, layout)
    assert [shot.name for shot in shots] == [lies.format(name) for name in ("bear", "camel")]
    assert [len(shot) for shot in shots] == [4, 4]
    assert {shot.every for shot in shots} == {8 if layout == "videvo" else 3}
    assert [frame[0, 0, 0] for frame in shots[0].read(1, 2)] == [10, 20]


def test_every_layout_is_tested() -> None:
    assert LIES.keys() == CLIPS.keys()
    assert STILLS.keys() == {"imagenet"}


def test_masks_count_where_there_is_one_for_every_frame(tmp_path: Path) -> None:
    for name in ("bear", "camel", "dog"):
        clip_of(tmp_path, f"JPEGImages/480p/{name}")
    clip_of(tmp_path, "Annotations/480p/bear")
    clip_of(tmp_path, "Annotations/480p/camel", count=2)
    assert [len(shot.masks) for shot in find_shots(tmp_path, "davis")] == [4, 0, 0]


def test_a_folder_of_films_is_read_frame_by_frame(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25, width=32, height=16, pix_fmt="yuv444p")
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((16, 32, 3), 40 * number, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    (shot,) = find_shots(tmp_path, "videvo")
    assert (shot.name, len(shot), shot.every, shot.masks) == ("film", 5, 8, ())
    assert np.allclose([frame.mean() for frame in shot.read(2, 2)], [80, 120], atol=2)  # limited range, rounded


def test_any_folder_of_folders_will_do_without_a_layout(tmp_path: Path) -> None:
    clip_of(tmp_path, "a/b/c")
    clip_of(tmp_path, "d", ending="jpg")
    assert [shot.name for shot in find_shots(tmp_path)] == ["a/b/c", "d"]
    assert len(find_photographs(tmp_path)) == 8


@pytest.mark.parametrize("lies", ["train/{}", "ILSVRC/Data/CLS-LOC/train/{}", "{}"])
def test_photographs_are_found_class_by_class(tmp_path: Path, lies: str) -> None:
    for name in ("n01440764", "n01443537"):
        write(tmp_path / lies.format(name) / f"{name}_1.JPEG")
    names = [picture.name for picture in find_photographs(tmp_path, "imagenet")]
    assert names == ["n01440764_1.JPEG", "n01443537_1.JPEG"]


@pytest.mark.parametrize("layout", [*LIES, "imagenet"])
@pytest.mark.parametrize("is_there", [True, False])
def test_another_layout_is_refused_with_the_one_that_is_expected(tmp_path: Path, layout: str, is_there: bool) -> None:
    if is_there:
        write(tmp_path / "somewhere" / "much" / "deeper" / "0.png")
    find = find_photographs if layout == "imagenet" else find_shots
    with pytest.raises(UsageError, match=f"expected the layout of {layout}, .*, found no match; give the folder"):
        find(tmp_path / ("" if is_there else "none"), layout)


# Flaws


def picture_of(codes: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], ending: str = ".png") -> Picture:
    data = bytes(cv2.imencode(ending, codes)[1])
    return Picture(Path("root"), f"a{ending}", lambda: data)


def noise(height: int = 256, width: int = 256) -> Codes:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (picture_of(noise()), ""),
        (picture_of(noise(), ".jpg"), ""),
        (picture_of(noise()[..., 0], ".jpg"), "gray"),
        (picture_of(noise(255, 300)), "small"),
        (picture_of(noise(300, 255)), "small"),
        (picture_of(np.zeros((256, 256, 3), np.uint8)), "mono"),
        (Picture(Path("root"), "a.png", lambda: b"no picture"), "error"),
        (Picture(Path("root"), "a.png", lambda: Path("none/at/all").read_bytes()), "error"),
    ],
)
def test_a_flaw_is_named(picture: Picture, expected: str) -> None:
    assert flaw(picture) == expected
    assert expected in ("", *FLAWS)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(0, 255), st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_a_picture_is_monotonous_where_one_code_fills_more_than_four_fifths(
    count: int, code: int, band: int, seed: int
) -> None:
    """`count` of 400 pixels have `code` in one band; all else differs in every pixel by less than that."""
    codes = np.empty((400, 3), np.uint8)
    codes[:] = (np.arange(400) % 255)[:, None]
    others = [value for value in range(256) if value != code]
    codes[:, band] = np.resize(others, 400)
    codes[:count, band] = code
    shuffled = np.random.default_rng(seed).permutation(codes).reshape(20, 20, 3)
    assert is_monotonous(shuffled) == (count > 320)
    assert is_monotonous(shuffled[::-1, ::-1].transpose(1, 0, 2)) == is_monotonous(shuffled)
