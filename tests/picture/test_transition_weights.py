"""Laws of the shares in dissolves and fades, on mixes whose shares are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_textures import slow_shot, texture

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import lightness_from_luma, luma_from_lightness
from vs_tcvc.picture.transitions import dissolve_weights, fade_weights

laws = settings(max_examples=50, deadline=None)
shares = st.lists(st.floats(0, 1), min_size=1, max_size=24)
OUT, COMING = (luma_from_lightness(texture(number)[:, :96]) for number in (1, 2))
RAMP: Array = np.linspace(0, 1, 14, dtype=np.float32)


def mixed(weights: Sequence[float] | Array, out: Sequence[Array] = (), coming: Sequence[Array] = ()) -> list[Array]:
    """L* of frames whose codes are mixed; the first and the last are pure. out, coming: luma of moving shots."""
    pairs = zip(weights, out or [OUT] * len(weights), coming or [COMING] * len(weights), strict=True)
    return [lightness_from_luma(one + weight * (other - one)) for weight, one, other in pairs]


def faded(left: Sequence[float] | Array, level: float = 0.0, picture: Array = OUT) -> list[Array]:
    """L* of a picture of which so much is left, the rest being black (0) or white (1)."""
    return [lightness_from_luma(level + share * (picture - level)) for share in left]


def moving(number: int) -> list[Array]:
    return [luma_from_lightness(each) for each in slow_shot(number, len(RAMP))]


def mean_error(found: Array, true: Array) -> float:
    return float(np.abs(found - true).mean())


@laws
@given(shares)
def test_weights_of_an_exact_mix_are_exact(rising: list[float]) -> None:
    weights = [0, *sorted(rising), 1]
    assert dissolve_weights(mixed(weights)) == pytest.approx(weights[1:-1], abs=1e-4)


@laws
@given(st.lists(st.integers(0, 7), min_size=3, max_size=20))
def test_weights_of_any_frames_never_fall_and_are_shares(numbers: list[int]) -> None:
    found = dissolve_weights([texture(number)[:, 7 * number :][:, :96] for number in numbers])
    assert found.shape == (len(numbers) - 2,)
    assert found.dtype == np.float32
    assert (np.diff(found, prepend=0, append=1) >= 0).all()


def test_a_dissolve_played_backwards_has_the_weights_of_the_other_shot() -> None:
    frames = mixed(RAMP**2, moving(1), moving(2))
    assert dissolve_weights(frames[::-1]) == pytest.approx(1 - dissolve_weights(frames)[::-1], abs=1e-5)


@pytest.mark.parametrize("curve", [RAMP, RAMP**2, RAMP**2 * (3 - 2 * RAMP)])
def test_motion_moves_weights_little(curve: Array) -> None:
    """The camera moves all the time."""
    assert mean_error(dissolve_weights(mixed(curve, moving(1), moving(2))), curve[1:-1]) < 0.05


def test_grain_and_flicker_move_weights_little() -> None:
    rng = np.random.default_rng(0)
    frames = [
        np.clip(rng.uniform(0.95, 1.05) * each + rng.normal(0, 2, each.shape), 0, 100).astype(np.float32)
        for each in mixed(RAMP**2)
    ]
    assert mean_error(dissolve_weights(frames), RAMP[1:-1] ** 2) < 0.05


@pytest.mark.parametrize("grain", [0.0, 0.01])
def test_between_two_shots_that_hardly_differ_weights_are_even(grain: float) -> None:
    rng = np.random.default_rng(0)
    frames = [lightness_from_luma(OUT + rng.normal(0, grain, OUT.shape)) for _ in RAMP]
    assert mean_error(dissolve_weights(frames), RAMP[1:-1]) < 0.02


@laws
@given(shares, st.sampled_from([0.0, 1.0]))
def test_shares_of_an_exact_fade_are_exact(rising: list[float], level: float) -> None:
    left = np.array([0, *sorted(rising), 1])
    assert fade_weights(faded(left, level)) == pytest.approx(left[1:-1], abs=1e-3)
    assert fade_weights(faded(left[::-1], level)) == pytest.approx(left[-2:0:-1], abs=1e-3)


def test_a_fade_out_and_in_is_measured_by_the_picture_on_each_side() -> None:
    out, into = np.array([1, 0.8, 0.5, 0.2, 0]), np.array([0, 0.1, 0.6, 1])
    frames = faded(out) + faded(into, picture=0.4 * COMING)
    assert fade_weights(frames) == pytest.approx([0.8, 0.5, 0.2, 0, 0, 0.1, 0.6], abs=1e-3)


@laws
@given(st.lists(st.floats(0, 1), min_size=2, max_size=9), st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_a_fade_played_backwards_has_the_same_shares(out: list[float], into: list[float]) -> None:
    frames = faded([1, *out]) + faded([*into, 1], picture=COMING)
    if len({float(each.std()) for each in frames[1:-1]}) == len(frames) - 2:  # else the darkest may be another
        assert fade_weights(frames[::-1]) == pytest.approx(fade_weights(frames)[::-1], abs=1e-5)


def test_shares_of_a_fade_fall_and_then_rise() -> None:
    rng = np.random.default_rng(0)
    frames = [frame + rng.normal(0, 4, frame.shape).astype(np.float32) for frame in faded([*RAMP[::-1], *RAMP])]
    found = fade_weights(frames)
    darkest = int(found.argmin())
    assert (np.diff(found[: darkest + 1]) <= 0).all()
    assert (np.diff(found[darkest:]) >= 0).all()
    assert mean_error(found, np.array([*RAMP[-2::-1], *RAMP[:-1]], np.float32)) < 0.03


def test_shares_of_blank_frames_are_0_and_of_pure_ones_1() -> None:
    assert fade_weights(faded([0, 0, 0, 0])).tolist() == [0, 0]
    assert fade_weights(faded([1, 1, 1, 0, 0])).tolist() == pytest.approx([1, 1, 0])
