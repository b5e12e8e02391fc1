"""Laws of the Frechet Inception distance: closed forms, the challenge's fallback, Inception-v3 as others have it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from published_fill import entry

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError, WeightsError
from vs_tcvc.metrics import fid, inception
from vs_tcvc.metrics.fid import Statistics, frechet_distance
from vs_tcvc.metrics.inception import FLAVOURS, Flavour, Inception, Viewer, flavour_of
from vs_tcvc.picture.srgb_codes import Codes

# The distance


def features(count: int, size: int, seed: int, scale: float = 1.0) -> Array:
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(count, size)) @ np.random.default_rng(99).normal(size=(size, size))
    return (scale * mixed).astype(np.float32)


def by_eigenvalues(one: Statistics, other: Statistics) -> float:
    """The distance by another way: Tr sqrt(C1 C2) is the sum of the roots of the eigenvalues of C1' C2 C1'."""
    values, vectors = np.linalg.eigh(one.covariance)
    half = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    root = np.sqrt(np.linalg.eigvalsh(half @ other.covariance @ half).clip(0)).sum()
    apart = np.square(one.mean - other.mean).sum()
    return float(apart + np.trace(one.covariance) + np.trace(other.covariance) - 2 * root)


@pytest.mark.parametrize("count", [200, 24], ids=["more pictures than features", "fewer, so that C1 C2 is singular"])
def test_the_distance_is_that_of_the_eigenvalue_form(count: int) -> None:
    one, other = Statistics.of(features(count, 48, 1)), Statistics.of(features(count, 48, 2, 1.3))
    # A root of a singular matrix is known to about half of float64's digits, 1e-8 of the traces.
    assert frechet_distance(one, other) == pytest.approx(by_eigenvalues(one, other), rel=1e-6)


def test_normal_distributions_without_correlation_have_a_closed_form() -> None:
    one = Statistics(np.array([0.0, 1.0, 2.0]), np.diag([1.0, 4.0, 9.0]))
    other = Statistics(np.array([2.0, 1.0, 1.0]), np.diag([16.0, 4.0, 0.0]))
    assert frechet_distance(one, other) == pytest.approx(5 + (1 - 4) ** 2 + 0 + (3 - 0) ** 2, rel=1e-12)


def test_equal_sets_are_at_no_distance_in_whatever_order() -> None:
    one = features(60, 16, 3)
    distance = frechet_distance(Statistics.of(one), Statistics.of(one[::-1]))
    assert abs(distance) < 1e-6 * np.trace(Statistics.of(one).covariance)


def test_a_shift_adds_its_square_and_the_order_of_two_sets_does_not_matter() -> None:
    one, other = features(60, 16, 3), features(80, 16, 4)
    plain = frechet_distance(Statistics.of(one), Statistics.of(other))
    moved = Statistics(Statistics.of(other).mean + 1, Statistics.of(other).covariance)
    apart = Statistics.of(one).mean - Statistics.of(other).mean
    assert frechet_distance(Statistics.of(one), moved) == pytest.approx(plain + 16 - 2 * apart.sum(), rel=1e-9)
    assert frechet_distance(Statistics.of(other), Statistics.of(one)) == pytest.approx(plain, rel=1e-9)


def test_the_covariance_is_divided_by_one_less_than_the_pictures() -> None:
    found = Statistics.of(np.array([[0, 1], [2, 5]], np.float32))
    assert found.mean.tolist() == [1, 3]
    assert found.covariance.tolist() == [[2, 4], [4, 8]]


def test_where_the_root_is_not_finite_the_diagonals_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[NDArray[Any]] = []

    def root(product: NDArray[Any]) -> NDArray[Any]:
        asked.append(product)
        return product * np.nan if len(asked) == 1 else np.eye(2)

    monkeypatch.setattr(fid, "sqrtm", root)
    same = Statistics(np.zeros(2), np.diag([3.0, 0.0]))
    assert frechet_distance(same, same) == 3 + 3 - 2 * 2
    np.testing.assert_allclose(asked[1], np.diag([(3 + 1e-6) ** 2, 1e-12]), rtol=1e-12)


@pytest.mark.parametrize(("imaginary", "is_refused"), [(0.9e-3, False), (1.1e-3, True)])
def test_imaginary_parts_are_borne_below_a_thousandth(
    imaginary: float, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fid, "sqrtm", lambda product: np.eye(2) * (1 + imaginary * 1j))
    same = Statistics(np.zeros(2), np.eye(2))
    if is_refused:
        with pytest.raises(FrameError, match=r"imaginary parts up to 0\.0011"):
            frechet_distance(same, same)
    else:
        assert frechet_distance(same, same) == 0


def test_one_picture_has_no_covariance() -> None:
    with pytest.raises(FrameError, match="2 pictures or more, got 1"):
        Statistics.of(np.zeros((1, 4), np.float32))


# The network


GOLDENS = {
    "ntire": (0.247773, 0.526737, 0.00111784, 0.0401007, 0.46964, 0.0297435, 0.125388, 0.162873),
    "pytorch-fid": (0.310236, 0.713539, 0.00818868, 0.0362091, 0.65292, 0.0151066, 0.168485, 0.218489),
}
"""Features 0, 400, ..., 2000, their mean and deviation, of `picture` with the weights of `state`.

Made with torchvision 0.29.2 (`transform_input` on, fed as the challenge does) and pytorch-fid 0.3.0.
"""


def picture() -> Codes:
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([(5 * x + 3 * y) % 256, (x * y) % 256, (2 * x + 7 * y) % 256], axis=-1).astype(np.uint8)


def state() -> dict[str, torch.Tensor]:
    """Weights as torchvision's file has them, made from their names; with a head that is not ours."""
    expected = Inception(as_tensorflow=False).state_dict()
    ours = {
        name: torch.from_numpy(entry("inception", f"backbone.{name}", tuple(value.shape)))
        for name, value in expected.items()
    }
    return {**ours, "fc.weight": torch.zeros(3, 2048), "Conv2d_1a_3x3.bn.num_batches_tracked": torch.tensor(0)}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    torch.save(state(), path)
    return path


def known(path: Path, flavour: Flavour) -> Flavour:
    """The flavour, as if that file were its weights."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return replace(flavour, file=f"weights-{digest[:8]}.pth")


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.name)
def test_features_are_those_of_the_programs_that_define_the_flavours(
    flavour: Flavour, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inception, "FLAVOURS", (known(weights, flavour),))
    viewer = Viewer(weights, "cpu", 1)
    found = viewer.features(picture())
    assert viewer.flavour.name == flavour.name
    assert found.shape == (2048,)
    assert found.dtype == np.float32
    # 94 convolutions in float32, on another processor in another order; the flavours differ by a fifth or more.
    several = [*found[:2001:400], found.mean(), found.std()]
    np.testing.assert_allclose(several, GOLDENS[flavour.name], rtol=1e-4, atol=1e-5)


def test_the_network_is_torchvisions_without_its_heads() -> None:
    """Which has 27,161,264 parameters, 3,326,696 of them in AuxLogits and 2,049,000 in fc."""
    state = Inception(as_tensorflow=True).state_dict()
    learned = {name: value for name, value in state.items() if not name.endswith(("running_mean", "running_var"))}
    assert sum(value.numel() for value in learned.values()) == 27_161_264 - 3_326_696 - 2_049_000
    assert len(state) == 94 * 5
    assert state["Mixed_6c.branch7x7dbl_4.conv.weight"].shape == (160, 160, 7, 1)
    assert state["Mixed_7c.branch3x3dbl_3b.bn.running_var"].shape == (384,)


def test_the_challenge_shows_the_network_a_narrow_range() -> None:
    """White and black by its formula, with the numbers of ImageNet's first channel."""
    seen = inception.as_challenge(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 8, 8)).numpy()
    assert seen.shape == (2, 3, 299, 299)
    np.testing.assert_allclose(seen[0, 0], (0.485 - 0.5) / 0.5, atol=1e-6)  # float32
    np.testing.assert_allclose(seen[1, 0], 0.229 / 0.5 + (0.485 - 0.5) / 0.5, atol=1e-6)


def test_a_file_is_known_by_its_hash_alone(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = weights.with_name(FLAVOURS[0].file)
    renamed.symlink_to(weights)
    with pytest.raises(WeightsError, match=r"expected inception_v3_google-1a9a5a14.pth or pt_inception-.* SHA-256"):
        flavour_of(renamed)
    monkeypatch.setattr(inception, "FLAVOURS", (FLAVOURS[0], known(weights, FLAVOURS[1])))
    assert flavour_of(weights).name == "pytorch-fid"


def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"inception .*none.pth: it cannot be read \(No such file"):
        flavour_of(tmp_path / "none.pth")
