"""Laws of retrieval: the picture that shows the same is found, whatever its colours, size and place in the folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.pictures import Picture, find_stills
from vs_tcvc.metrics.retrieval import COMPONENTS, Compression, Content, Retrieval
from vs_tcvc.picture.srgb_codes import Codes


def told(name: str) -> Picture:
    return Picture(Path("folder"), name, lambda: b"")


def shade(picture: Codes) -> Array:
    """A stand-in for content: the mean of a picture's channels."""
    return picture.reshape(-1, 3).mean(axis=0).astype(np.float32)


def plain(*color: int) -> Codes:
    return np.full((4, 4, 3), color, np.uint8)


def test_the_nearest_is_found_and_of_equals_the_first() -> None:
    shades = [plain(0, 0, 0), plain(200, 10, 10), plain(200, 10, 10), plain(10, 200, 90)]
    pictures = [told(name) for name in "abcd"]
    retrieval = Retrieval(pictures, np.stack([shade(each) for each in shades]), shade)
    assert [retrieval.nearest(each).name for each in shades] == ["a", "b", "b", "d"]
    assert retrieval.nearest(plain(190, 20, 0)).name == "b"


def test_one_picture_is_the_nearest_of_all() -> None:
    assert Retrieval([told("a")], shade(plain(1, 2, 3))[None], shade).nearest(plain(255, 0, 0)).name == "a"


@given(st.integers(2, COMPONENTS), st.integers(0, 2**32 - 1))
def test_compression_keeps_the_distances_of_as_many_pictures_as_it_has_components(count: int, seed: int) -> None:
    features = np.random.default_rng(seed).normal(size=(count, 100)).astype(np.float32) * np.arange(1, 101, dtype="f4")
    compression = Compression.of(features)
    compressed = compression.compress(features)
    even = (features - compression.mean) / compression.scale
    assert compressed.shape == (count, COMPONENTS)
    # float32 sums of 100 numbers of about 1
    np.testing.assert_allclose(
        np.linalg.norm(compressed[0] - compressed, axis=1), np.linalg.norm(even[0] - even, axis=1), rtol=1e-3, atol=1e-3
    )


def test_compression_keeps_what_varies_most_and_bears_what_never_does() -> None:
    random = np.random.default_rng(0)
    common, alone = random.normal(size=(500, 1)), random.normal(size=(500, 1))
    features = np.concatenate([common, 3 * common, -common, alone, np.full((500, 1), 7)], axis=1).astype(np.float32)
    found = Compression.of(features, components=1)
    assert np.isfinite(found.compress(features)).all()
    assert np.abs(np.corrcoef(found.compress(features)[:, 0], common[:, 0])[0, 1]) > 0.99


# With the encoder that ships


@cache
def content() -> Content:
    return Content("cpu", 1)


PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket")


def scene(name: str, size: tuple[int, int] = (180, 320), inset: int = 0) -> Codes:
    """A photograph, its outermost `inset` rows and columns left out, at any size (H, W)."""
    picture = getattr(data, name)()
    inner = picture[inset : picture.shape[0] - inset, inset : picture.shape[1] - inset]
    return np.asarray(cv2.resize(inner, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def without_color(codes: Codes) -> Codes:
    gray = cv2.cvtColor(codes, cv2.COLOR_RGB2GRAY)
    return np.repeat(gray[..., None], 3, axis=2).astype(np.uint8)


def test_a_gray_frame_finds_the_colored_picture_of_its_scene(tmp_path: Path) -> None:
    """Nearer and smaller than in the folder."""
    for name in PHOTOGRAPHS:
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), scene(name)[..., ::-1])
    pictures = find_stills(tmp_path)
    features = np.stack([content().of(picture.read()) for picture in pictures])
    retrieval = Retrieval(pictures, features, content().of)
    frames = [without_color(scene(name, (135, 240), inset=20)) for name in PHOTOGRAPHS]
    assert [retrieval.nearest(frame).name for frame in frames] == [f"{name}.png" for name in PHOTOGRAPHS]


def test_content_is_of_640_numbers_and_the_same_each_time() -> None:
    found = content().of(scene(PHOTOGRAPHS[0]))
    assert found.shape == (640,)
    assert found.dtype == np.float32
    assert content().of(scene(PHOTOGRAPHS[0])).tobytes() == found.tobytes()


@pytest.mark.parametrize("size", [(30, 300), (300, 30), (144, 256)])
def test_pictures_of_any_shape_have_content(size: tuple[int, int]) -> None:
    assert np.isfinite(content().of(scene(PHOTOGRAPHS[1], size))).all()
