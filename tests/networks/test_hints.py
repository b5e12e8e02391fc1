"""Laws of hints: heard where they are, nothing where there are none, and what they and certainty are measured by."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from known_color import Colorless
from skimage import data

from vs_tcvc import backends
from vs_tcvc.backends import make_colorizer
from vs_tcvc.backends.openvino import is_here
from vs_tcvc.cli import main
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.errors import FrameError
from vs_tcvc.metrics.calibration import STEPS, Calibration
from vs_tcvc.metrics.hints import RADIUS, Clicked, clicks, with_disc
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact.checkpoint import Networks, load_networks, save_networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.encoder import FeatureEncoder
from vs_tcvc.networks.compact.hints import HintLookUp, levels
from vs_tcvc.networks.compact.reference import Certainty
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, luma
from vs_tcvc.picture.resizing import resize_hints
from vs_tcvc.picture.srgb_codes import Codes, rgb_from_codes
from vs_tcvc.settings import Settings
from vs_tcvc.training import hints as training_hints
from vs_tcvc.training.calibration import fitted
from vs_tcvc.training.hints import LARGEST_POINT, POINTS, areas, hidden, points

SIZE = (72, 120)
BACKENDS = ("torch", *(["openvino"] if is_here() else []))


def coffee(height: int, width: int) -> Codes:
    """A photograph, 8-bit R G B (H, W, 3)."""
    found = data.coffee()  # type: ignore[no-untyped-call]
    return np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def photograph() -> tuple[Array, Array]:
    """L* (H, W) and true ab (2, H, W)."""
    rgb = rgb_from_codes(coffee(*SIZE))
    return lightness_from_luma(luma(rgb)), np.ascontiguousarray(lab_from_rgb(rgb)[1:])


@pytest.fixture(scope="module", params=BACKENDS)
def network(request: pytest.FixtureRequest) -> CompactColorizer[Any]:
    return compact(request.param)


def compact(backend: str) -> CompactColorizer[Any]:
    colorizer, _ = make_colorizer(Settings(device="cpu", backend=backend))
    assert isinstance(colorizer, CompactColorizer)
    return colorizer


def no_hints(size: tuple[int, int] = SIZE) -> Hints:
    return Hints(np.zeros((2, *size), np.float32), np.zeros(size, np.float32))


def everywhere(ab: tuple[float, float], size: tuple[int, int] = SIZE) -> Hints:
    planes = [np.full(size, value, np.float32) for value in ab]
    return Hints(np.stack(planes), np.ones(size, np.float32))


# The network


def test_hints_that_are_nowhere_are_not_heard(network: CompactColorizer[Any], photograph: tuple[Array, Array]) -> None:
    """Whatever colour stands where the mask is 0."""
    lightness, ab = photograph
    plain = network.predict(lightness).ab
    for hints in (no_hints(), Hints(ab, np.zeros(SIZE, np.float32))):
        assert network.predict(lightness, hints).ab.tobytes() == plain.tobytes()


@pytest.mark.parametrize("ab", [(40.0, 30.0), (-35.0, 20.0), (5.0, -45.0)])
def test_a_color_that_is_known_everywhere_is_the_color(
    network: CompactColorizer[Any], photograph: tuple[Array, Array], ab: tuple[float, float]
) -> None:
    found = network.predict(photograph[0], everywhere(ab)).ab
    assert np.hypot(*(found - np.reshape(ab, (2, 1, 1)))).mean() < 3


def test_a_click_is_obeyed_at_its_place(network: CompactColorizer[Any], photograph: tuple[Array, Array]) -> None:
    lightness, _ = photograph
    green = np.broadcast_to(np.array([-40, 30], np.float32)[:, None, None], (2, *SIZE))
    hints = with_disc(no_hints(), (40, 50), np.ascontiguousarray(green))
    assert Clicked(hints, network.predict(lightness, hints)).place_error() < 5


@pytest.mark.parametrize("size", [(72, 120), (250, 40), (33, 47)])
def test_a_guess_covers_its_frame_and_certainty_is_a_chance(
    network: CompactColorizer[Any], size: tuple[int, int]
) -> None:
    guess = network.predict(np.full(size, 60, np.float32), everywhere((10, 10), size))
    assert (guess.ab.shape, guess.certainty.shape) == ((2, *size), size)
    assert guess.ab.dtype == guess.certainty.dtype == np.float32
    assert 0 <= guess.certainty.min() <= guess.certainty.max() <= 1


@pytest.mark.skipif(len(BACKENDS) == 1, reason="OpenVINO is not here")
def test_backends_hear_hints_alike(photograph: tuple[Array, Array]) -> None:
    lightness, ab = photograph
    hints = with_disc(with_disc(no_hints(), (20, 30), ab), (60, 90), ab)
    found = [compact(name).predict(lightness, hints) for name in BACKENDS]
    assert np.abs(found[0].ab - found[1].ab).max() < 0.05  # of sums in another order
    assert np.abs(found[0].certainty - found[1].certainty).max() < 1e-3


@pytest.mark.parametrize(("ab", "mask"), [((2, 4, 5), (5, 4)), ((3, 4, 5), (4, 5)), ((2, 4, 5), (1, 4, 5))])
def test_hints_of_two_shapes_are_refused(ab: tuple[int, ...], mask: tuple[int, ...]) -> None:
    with pytest.raises(FrameError, match=r"hints: expected ab \(2, H, W\) and mask \(H, W\), got"):
        Hints(np.zeros(ab, np.float32), np.zeros(mask, np.float32))


def test_hints_of_another_frame_are_refused() -> None:
    colorizer = compact("torch")
    with pytest.raises(FrameError, match=r"hints: expected the frame's shape \(64, 64\), got \(72, 120\)"):
        colorizer.predict(np.zeros((64, 64), np.float32), no_hints())


@pytest.mark.parametrize("size", [(64, 96), (36, 100), (4, 4)])
def test_hints_have_the_sizes_of_the_encoders_maps(size: tuple[int, int]) -> None:
    maps = FeatureEncoder().eval()(torch.zeros(1, 1, *size))
    found = levels(torch.zeros(1, 3, *size))
    assert [each.shape[2:] for each in maps] == [each.ab.shape[2:] for each in found]


def test_one_pixel_is_known_at_every_coarseness_in_its_own_color() -> None:
    hints = torch.zeros(1, 3, 64, 96)
    hints[0, :, 37, 70] = torch.tensor([30.0, -20.0, 1.0])
    for number, level in enumerate(levels(hints)):
        at = (37 >> (number + 2), 70 >> (number + 2))
        assert level.known[0, 0][at] > 0.8
        assert torch.allclose(level.ab[0][(slice(None), *at)], torch.tensor([30.0, -20.0]), atol=0.1)
        assert (level.known > 0).sum() == 1


def test_what_is_partly_known_keeps_its_color_when_it_shrinks() -> None:
    hints = with_disc(no_hints((216, 384)), (100, 200), np.full((2, 216, 384), 33, np.float32))
    seen = resize_hints(hints, (216, 384), (160, 288))
    where = seen[2] > 0
    assert np.allclose(seen[:2, where], 33, atol=0.01)
    assert where.sum() >= (2 * RADIUS * 160 / 216) ** 2 / 2


def test_likeness_carries_a_hint_to_what_looks_like_its_place() -> None:
    """Two halves with features of their own and a hint in each: every place takes its own half's colour."""
    look_up = HintLookUp(2)
    features = torch.zeros(1, 2, 8, 16)
    features[:, 0, :, :8], features[:, 1, :, 8:] = 1, 1
    hints = torch.zeros(1, 3, 64, 128)
    hints[0, :, 8:12, 8:12] = torch.tensor([40.0, 0.0, 1.0]).view(3, 1, 1)
    hints[0, :, 8:12, 72:76] = torch.tensor([-40.0, 0.0, 1.0]).view(3, 1, 1)
    with torch.no_grad():
        look_up.likeness.fill_(4)
        look_up.nearness.fill_(-8)
        found, likeness = look_up(features, levels(hints)[1])
    assert (found[0, 0, :, :8] > 20).all()
    assert (found[0, 0, :, 8:] < -20).all()
    assert (likeness > 0.8).all()


def test_a_lonely_hint_reaches_what_does_not_look_like_it_in_full_color() -> None:
    """Whether it is to be taken there is for trust to say."""
    look_up = HintLookUp(2)
    features = torch.zeros(1, 2, 8, 16)
    features[:, 0, :, :8], features[:, 1, :, 8:] = 1, 1
    hints = torch.zeros(1, 3, 64, 128)
    hints[0, :, 8:12, 8:12] = torch.tensor([40.0, 10.0, 1.0]).view(3, 1, 1)
    with torch.no_grad():
        found, likeness = look_up(features, levels(hints)[1])
        nothing = look_up(features, levels(hints * 0)[1])
    assert torch.allclose(found, torch.tensor([40.0, 10.0]).view(1, 2, 1, 1).expand_as(found), atol=0.1)
    assert (likeness[..., 8:] < 0.1).all()
    assert not any(each.any() for each in nothing)


# The weights file


def heard(networks: Networks) -> Networks:
    """With weights for hints that are not those of the beginning, and a certainty of their own."""
    for index, each in enumerate(networks.reference.hints.parameters()):
        torch.nn.init.normal_(each, std=0.05, generator=torch.Generator().manual_seed(index))
    return replace(networks, certainty=Certainty(2.5, 6.0))


def test_what_hears_hints_is_kept_in_the_weights_file(tmp_path: Path) -> None:
    networks = heard(load_networks(weights_file.choose("compact")))
    path = tmp_path / "heard.safetensors"
    again = load_networks(WeightsFile(path, save_networks(path, networks, {})))
    assert (again.decoding, again.certainty) == (networks.decoding, networks.certainty)
    expected, found = (each.reference.hints.state_dict() for each in (networks, again))
    assert all(torch.equal(found[name], value.half().float()) for name, value in expected.items())


# Measures


class Obedient:
    """A colorizer that gives gray, and hints their colour; sure of nothing else."""

    def __init__(self) -> None:
        self.asked: list[Hints] = []

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        assert hints is not None
        self.asked.append(hints)
        return Guess(hints.ab * hints.mask, hints.mask)


def test_each_click_is_where_the_color_is_most_wrong_in_the_true_color() -> None:
    truth = np.zeros((2, 80, 100), np.float32)
    truth[0, 10:40, 10:40], truth[1, 50:75, 60:90] = 60, 30
    network = Obedient()
    first, second, third = islice(clicks(network, np.zeros((80, 100), np.float32), truth), 3)
    assert first.hints.mask.sum() == 0
    assert np.isnan(first.place_error())
    assert second.hints.mask[10:40, 10:40].sum() == second.hints.mask.sum() > RADIUS**2 * 3
    assert np.allclose(second.hints.ab[:, second.hints.mask > 0], [[60], [0]])
    assert third.hints.mask.sum() > second.hints.mask.sum()
    assert third.place_error() == 0


def test_a_deaf_network_is_wrong_at_the_hints_places() -> None:
    hints = with_disc(no_hints(), (30, 30), np.full((2, *SIZE), 30, np.float32))
    assert Clicked(hints, Guess(hints.ab * 0, hints.mask)).place_error() == pytest.approx(30 * 2**0.5)


def test_certainty_that_means_what_it_says_has_no_gap() -> None:
    rng = np.random.default_rng(0)
    certainty = rng.random((300, 400)).astype(np.float32)
    wrong = rng.random((300, 400)) >= certainty
    right = Guess(np.zeros((2, 300, 400), np.float32), certainty)
    calibration = Calibration()
    calibration.add(right, np.stack([wrong * 100.0, wrong * 0.0]).astype(np.float32))
    rows = calibration.table()
    assert len(rows) == STEPS
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert calibration.largest_gap() < 0.03
    calibration.add(replace(right, certainty=certainty * 0 + 1), np.full((2, 300, 400), 50, np.float32))
    assert calibration.largest_gap() > 0.5


def test_nothing_measured_has_no_gap_to_tell() -> None:
    assert np.isnan(Calibration().largest_gap())
    assert Calibration().table() == []


def test_a_fit_finds_the_certainty_that_is_right() -> None:
    rng = np.random.default_rng(0)
    entropy = rng.random(200_000)
    said, true = Certainty(4, 8), Certainty(1.5, 5)

    def chance(of: Certainty) -> Any:
        return (1 / (1 + np.exp(of.slope * entropy - of.offset))).astype(np.float32)

    found = fitted(said, chance(said), rng.random(entropy.size) < chance(true))
    assert (found.offset, found.slope) == pytest.approx((true.offset, true.slope), abs=0.1)


def test_evaluate_tells_what_clicks_are_worth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "coffee.png"), coffee(64, 96)[..., ::-1])
    assert main(["evaluate", "--stills", str(tmp_path), "--clicks", "--device", "cpu", "--size", "64"]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("delta_e_after_10", "place_error_after_3", "expected", "largest gap"))


def test_clicks_without_stills_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--clips", "c", "--clicks"]) == 2
    assert "--clicks: expected --stills to click into" in capsys.readouterr().err


def test_clicks_for_a_network_that_takes_no_hints_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backends, "make_colorizer", lambda settings: (Colorless(), settings))
    assert main(["evaluate", "--stills", "s", "--clicks"]) == 2
    assert "--clicks: expected --model compact without a reference model" in capsys.readouterr().err


# What training hides


def true_ab() -> Array:
    return np.random.default_rng(5).normal(0, 20, (2, 40, 50)).astype(np.float32)


def test_a_third_of_the_samples_shows_nothing() -> None:
    shown = [hidden(np.random.default_rng(seed), true_ab())[2].any() for seed in range(300)]
    assert 0.58 < np.mean(shown) < 0.75


@pytest.mark.parametrize("seed", range(8))
def test_points_are_few_and_small(seed: int) -> None:
    hints = points(np.random.default_rng(seed), true_ab())
    assert set(np.unique(hints[2])) == {0, 1}
    assert 1 <= hints[2].sum() <= POINTS * LARGEST_POINT**2
    assert not hints[:, hints[2] == 0].any()


@pytest.mark.parametrize("seed", range(8))
def test_a_point_is_a_square_in_the_mean_color_of_what_it_covers(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(training_hints, "POINTS", 1)
    hints = points(np.random.default_rng(seed), true_ab())
    inside = hints[2] > 0
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    assert len(rows) == len(columns) <= LARGEST_POINT
    assert inside.sum() == len(rows) * len(columns)
    assert np.allclose(hints[:2, inside], true_ab()[:, inside].mean(axis=1)[:, None], atol=1e-4)


def test_points_lie_more_often_where_the_color_is_unusual(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fiftieth of the picture is red: places chosen anywhere would hit it as seldom."""
    monkeypatch.setattr(training_hints, "POINTS", 1)
    ab = np.zeros((2, 50, 100), np.float32)
    ab[0, 20:30, 40:50] = 60
    shares = []
    for choice in (1, training_hints.MOST_CHOICE):
        monkeypatch.setattr(training_hints, "MOST_CHOICE", choice)
        shares.append(np.mean([points(np.random.default_rng(seed), ab)[0].max() > 30 for seed in range(400)]))
    assert 0 < shares[0] < 0.06
    assert 2 * shares[0] < shares[1] < 0.4


@pytest.mark.parametrize("seed", range(8))
def test_areas_show_a_part_of_the_truth_or_nearly(seed: int) -> None:
    ab = np.stack([cv2.GaussianBlur(plane, (0, 0), 4) * 8 for plane in true_ab()]).astype(np.float32)
    hints = areas(np.random.default_rng(seed), ab)
    mask = hints[2] > 0
    assert 0.03 < mask.mean() < 0.92
    assert set(np.unique(hints[2])) == {0, 1}
    assert np.abs(hints[:2] - ab)[:, mask].mean() < 20
    assert not hints[:, ~mask].any()
