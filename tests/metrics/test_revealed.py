"""Laws of what a shot reveals: its places are found from gray alone, and judged apart from the rest."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from known_color import SIZE, Colorless, Told

from vs_tcvc.metrics.comparison import judge, means_by_area
from vs_tcvc.metrics.evaluation import evaluate_clip
from vs_tcvc.metrics.flow import FlowStep
from vs_tcvc.metrics.revealed import Places, Trail, mean_by_area
from vs_tcvc.metrics.score import Rendition, Row
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb

HEIGHT, WIDTH, FRAMES, STEP = 64, 96, 10, 4
BORDER = 8
"""Pixels from an edge within which motion may fail: a patch of DIS."""


def pan(right: int = STEP, frames: int = FRAMES, seed: int = 1) -> list[Codes]:
    """A camera that moves over a coloured texture, `right` pixels a frame."""
    random = np.random.default_rng(seed).standard_normal((3, HEIGHT, WIDTH + abs(right) * frames))
    planes = np.stack([cv2.GaussianBlur(plane, (0, 0), 3) for plane in random])
    world = planes / np.abs(planes).max(axis=(1, 2), keepdims=True) * [[[40]], [[30]], [[30]]] + [[[50]], [[5]], [[5]]]
    starts = (right * n if right > 0 else -right * (frames - n) for n in range(frames))
    views = (world[:, :, start : start + WIDTH].astype(np.float32) for start in starts)
    return [codes_from_rgb(Rendition.of_ab(view[0], view[1:]).rgb) for view in views]


def revealed(frames: list[Codes]) -> list[Places]:
    """Of every frame but the first."""
    lightness = [Rendition.of_codes(codes).lab[0] for codes in frames]
    trail, found = Trail.begin(lightness[0]), []
    for before, now in pairwise(lightness):
        trail = trail.after(FlowStep.between(before, now))
        found.append(trail.revealed(now))
    return found


def strip_of(number: int, right: int) -> Places:
    """What frame `number` of a pan shows and frame 0 does not."""
    columns = np.arange(WIDTH) + right * number
    return np.broadcast_to((columns < 0) | (columns >= WIDTH), (HEIGHT, WIDTH))


# Which places


@pytest.mark.parametrize("right", [STEP, -STEP])
def test_a_pan_reveals_the_strip_that_came_in(right: int) -> None:
    """At least 98 in 100 of its places, and away from the edges no other."""
    frames = pan(right)
    for number, places in enumerate(revealed(frames), start=1):
        strip = strip_of(number, right)
        near = cv2.dilate(strip.astype(np.uint8), np.ones((1, 2 * BORDER + 1), np.uint8)) > 0
        assert places[strip].mean() > 0.98
        assert not (places & ~near)[BORDER:-BORDER, BORDER:-BORDER].any()


def test_a_long_pan_is_followed_by_its_steps() -> None:
    """Motion that is looked for at once, from none, loses it: it calls most of what stayed in view new."""
    frames = pan()
    first, last = (Rendition.of_codes(frames[number]).lab[0] for number in (0, -1))
    stayed = ~strip_of(FRAMES - 1, STEP)
    assert FlowStep.between(first, last).sure[stayed].mean() < 0.5
    assert (~revealed(frames)[-1])[stayed].mean() > 0.9


def test_a_still_camera_reveals_nothing() -> None:
    assert not np.any(revealed(pan(frames=1) * 4))


def test_what_comes_back_into_view_is_not_new() -> None:
    """The camera returns: the last frame is the first."""
    frames = pan()[:5]
    assert revealed(frames)[-1].mean() > 0.1
    assert revealed([*frames, *frames[-2::-1]])[-1].mean() < 0.1


# Their colour


def areas(result: list[Codes], truth: list[Codes]) -> dict[str, Row]:
    return means_by_area([judge("pan", "result", map(Rendition.of_codes, result), map(Rendition.of_codes, truth))])


def gray_at(codes: Codes, places: Places) -> Codes:
    """The frame without its colour at these places."""
    picture = Rendition.of_codes(codes)
    return codes_from_rgb(Rendition.of_ab(picture.lab[0], np.where(places, np.float32(0), picture.lab[1:])).rgb)


def test_a_colorizer_that_knows_has_all_of_the_colour_and_one_that_knows_none_nothing() -> None:
    """Through the engine, whose rounding to sixteenths is all that the first one loses."""
    frames = pan()
    known, none = (
        means_by_area([evaluate_clip(each, "pan", frames, SIZE)])["ours"] for each in (Told(frames), Colorless())
    )
    for area in ("revealed", "rest"):
        assert known[f"{area}_colourfulness_share"] == pytest.approx(1, abs=0.01)
        assert known[f"{area}_delta_e"] < 0.2
        assert none[f"{area}_colourfulness_share"] == pytest.approx(0, abs=1e-3)
        assert none[f"{area}_delta_e"] > 5
    assert known["revealed_share"] == none["revealed_share"]


def test_colour_by_age_is_a_share_of_the_truths() -> None:
    frames = pan()
    grays = [
        codes if number < 3 else gray_at(codes, np.ones((HEIGHT, WIDTH), bool)) for number, codes in enumerate(frames)
    ]
    judged = judge("pan", "result", map(Rendition.of_codes, grays), map(Rendition.of_codes, frames))
    row = judged.summaries()["result"]
    assert (row["colourfulness_share_at_1"], row["colourfulness_share_at_3"]) == pytest.approx((1, 0), abs=0.02)
    assert row["colourfulness_share"] == pytest.approx(2 / (FRAMES - 1), abs=0.02)


def test_revealed_places_are_judged_apart_from_the_rest() -> None:
    """True colour, but gray where something was revealed; 8-bit gray has up to 0.02 of colour."""
    truth = pan()
    places = revealed(truth)
    result = [truth[0], *(gray_at(codes, each) for codes, each in zip(truth[1:], places, strict=True))]
    row = areas(result, truth)["result"]
    assert row["revealed_share"] == pytest.approx(np.mean(places))
    assert row["revealed_colourfulness_share"] < 0.02
    assert row["revealed_delta_e"] > 5
    assert (row["rest_colourfulness_share"], row["rest_delta_e"]) == pytest.approx((1, 0), abs=1e-3)


def test_everyone_is_judged_on_the_same_places() -> None:
    truth = pan()
    rows = areas([gray_at(codes, np.ones((HEIGHT, WIDTH), bool)) for codes in truth], truth)
    assert rows.keys() == {"result", "flow"}
    assert rows["result"]["revealed_share"] == rows["flow"]["revealed_share"] > 0.1
    assert rows["flow"]["rest_delta_e"] < rows["flow"]["revealed_delta_e"] < rows["result"]["revealed_delta_e"]


def test_frames_count_as_much_as_they_have_of_the_area() -> None:
    few = {"revealed_share": 0.1, "revealed_delta_e": 20.0, "revealed_colourfulness": 0.0,
           "revealed_true_colourfulness": 50.0, "rest_delta_e": 1.0}  # fmt: skip
    many = {"revealed_share": 0.3, "revealed_delta_e": 4.0, "revealed_colourfulness": 40.0,
            "revealed_true_colourfulness": 50.0, "rest_delta_e": 2.0}  # fmt: skip
    row = mean_by_area([{"psnr": 30.0}, few, many])
    assert row["revealed_share"] == pytest.approx(0.2)
    assert row["revealed_delta_e"] == pytest.approx((2 + 1.2) / 0.4)
    assert row["revealed_colourfulness_share"] == pytest.approx(12 / 20)
    assert row["rest_delta_e"] == pytest.approx((0.9 + 1.4) / 1.6)


def test_an_area_that_no_frame_has_is_undefined_and_a_clip_without_truth_has_none() -> None:
    still = pan(frames=1) * 5
    row = areas(still, still)["result"]
    assert row["revealed_share"] == 0
    assert np.isnan([row["revealed_delta_e"], row["revealed_colourfulness_share"]]).all()
    assert row["rest_delta_e"] == 0
    assert means_by_area([judge("pan", "result", map(Rendition.of_codes, still))]) == {}
