"""Laws of the colour between two shots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.core.frame import AB_STEPS, CONFIDENCE_STEPS, Chroma
from vs_tcvc.core.transitions import mix, scale

weights = st.floats(0, 1)
STEP = 1 / AB_STEPS


def chroma(seed: int, anchor: int = 0, origin: str = "predicted", saturation: float = 1.0) -> Chroma:
    rng = np.random.default_rng(seed)
    ab, confidence = rng.uniform(-80, 80, (2, 3, 4)).astype(np.float32), rng.random((3, 4)).astype(np.float32)
    return Chroma.rounded(7, ab, confidence, anchor, origin, saturation)


OUT, COMING = chroma(1, 0, "a.png"), chroma(2, 7, "b.png")


def test_no_weight_and_all_of_it_are_the_one_colour_and_the_other() -> None:
    assert mix(OUT, COMING, 0) is OUT
    assert mix(OUT, COMING, 1) is COMING


@given(weights)
def test_a_mix_is_the_weighted_mean_to_half_a_step(weight: float) -> None:
    mixed = mix(OUT, COMING, weight)
    assert np.abs(mixed.ab - ((1 - weight) * OUT.ab + weight * COMING.ab)).max() <= 0.501 * STEP
    confidence = (1 - weight) * OUT.confidence + weight * COMING.confidence
    assert np.abs(mixed.confidence - confidence).max() <= 0.501 / CONFIDENCE_STEPS


@given(weights)
def test_a_mix_is_as_if_the_shots_were_exchanged_and_the_weight_with_them(weight: float) -> None:
    difference = mix(OUT, COMING, weight).ab - mix(COMING, OUT, 1 - weight).ab
    assert np.abs(difference).max() <= STEP  # halves may be rounded either way


@pytest.mark.parametrize(("weight", "anchor", "origin"), [(0.49, 0, "a.png"), (0.5, 7, "b.png")])
def test_a_mix_is_of_the_run_with_the_larger_share(weight: float, anchor: int, origin: str) -> None:
    mixed = mix(OUT, COMING, weight)
    assert (mixed.index, mixed.anchor, mixed.origin) == (7, anchor, origin)


@given(weights, st.floats(0, 2), st.floats(0, 2))
def test_what_is_shown_is_mixed_whatever_the_saturations(weight: float, one: float, other: float) -> None:
    out, coming = replace(OUT, saturation=one), replace(COMING, saturation=other)
    shown = (1 - weight) * out.saturated + weight * coming.saturated
    assert np.abs(mix(out, coming, weight).saturated - shown).max() <= 1.01 * STEP


def test_equal_saturations_stay_a_factor() -> None:
    assert mix(chroma(1, saturation=0.5), chroma(2, saturation=0.5), 0.3).saturation == 0.5


def test_colours_of_two_frames_are_not_mixed() -> None:
    with pytest.raises(AssertionError):
        mix(OUT, replace(COMING, index=8), 0.5)


@given(weights)
def test_a_scaled_colour_is_the_share_of_it_and_as_sure(share: float) -> None:
    scaled = scale(replace(OUT, saturation=2), share)
    assert np.abs(scaled.ab - share * OUT.ab).max() <= 0.501 * STEP
    assert scaled.confidence.tobytes() == OUT.confidence.tobytes()
    assert (scaled.index, scaled.anchor, scaled.origin, scaled.saturation) == (7, 0, "a.png", 2)


def test_a_whole_colour_is_unchanged_and_none_is_gray() -> None:
    assert scale(OUT, 1).ab.tobytes() == OUT.ab.tobytes()
    assert not scale(OUT, 0).ab.any()
