"""Laws of the return error: what comes back is compared with itself, and the film that is coloured is A1 B1 A2 B2."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from known_color import SIZE, Colorless, Remembering, Told

from vs_tcvc.cli import main
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import UNSAID, Guess, Hints
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.flow import FlowStep
from vs_tcvc.metrics.returns import evaluate_returns
from vs_tcvc.picture.srgb_codes import Codes

FRAMES = 6
ROUNDING = 1 / 16
"""Colour leaves the network in sixteenths: a difference of two is no further off than one step."""


@dataclass(frozen=True)
class Shown:
    """A clip in memory."""

    name: str
    frames: Sequence[Codes]

    def read(self) -> Iterator[Codes]:
        return iter(self.frames)


def still(name: str, seed: int, frames: int = FRAMES) -> Shown:
    """A camera that does not move; every frame is a little brighter, so that it can be told from others."""
    random = np.random.default_rng(seed).uniform(60, 190, (6, 9, 3)).astype(np.float32)
    picture = cv2.resize(random, (96, 64), interpolation=cv2.INTER_CUBIC)
    return Shown(name, [np.clip(picture + n, 0, 255).astype(np.uint8) for n in range(frames)])


LAMP, STAGE = still("lamp", 1), still("stage", 2)


class Fickle(Remembering):
    """A colorizer that gives each shot another tint, 3 units of a* and b* from the one before."""

    def __init__(self) -> None:
        self.asked: list[Array] = []

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        self.asked.append(lightness)
        return Guess.unsaid(np.full((2, *lightness.shape), 3.0 * len(self.asked), np.float32))


class Listening(Colorless):
    """A colorizer that notes the references it is given."""

    def __init__(self) -> None:
        self.given: list[Reference] = []

    def begin(self, references: Sequence[Reference]) -> None:
        self.given += references


def test_the_error_is_the_change_of_colour_between_two_shots_of_one_thing() -> None:
    """Shots 1 to 4 have tints of 3 to 12: two shots on, 6 units away."""
    rows = evaluate_returns(Fickle(), [LAMP, STAGE], SIZE)
    assert rows.keys() == {"lamp", "stage"}
    for row, tint in zip(rows.values(), (9, 12), strict=True):
        assert row["ours"] == {"return_error": pytest.approx(6), "abs_ab": pytest.approx(tint)}


def test_shots_are_the_halves_of_two_clips_in_turn() -> None:
    network = Fickle()
    evaluate_returns(network, [LAMP, STAGE], SIZE)
    expected = [Gray.of(clip.frames[number], SIZE) for number in (0, FRAMES // 2) for clip in (LAMP, STAGE)]
    assert [each.tobytes() for each in network.asked[:4]] == [gray.lightness.tobytes() for gray in expected]


def test_with_scenes_the_frame_that_leads_gives_its_colour() -> None:
    """The colours predicted after those of the film, of the halves' first frames, are those of the led shots."""
    network = Fickle()
    rows = evaluate_returns(network, [LAMP, STAGE], SIZE)
    leads = [Gray.of(clip.frames[0], SIZE).lightness.tobytes() for clip in (LAMP, STAGE)]
    assert [each.tobytes() for each in network.asked[4:]] == leads
    for row, tint, led in zip(rows.values(), (3, 6), (15, 18), strict=True):
        assert row["scenes"] == {"return_error": pytest.approx(led - tint), "abs_ab": pytest.approx(led)}


def test_a_led_shot_is_guided_by_likeness_and_by_how_sure_its_lead_is() -> None:
    network = Listening()
    evaluate_returns(network, [LAMP, STAGE], SIZE)
    led = [each for each in network.given if each.frame == ELSEWHERE]
    assert len(led) == 2
    for reference, clip in zip(led, (LAMP, STAGE), strict=True):
        assert np.array_equal(reference.lightness, Gray.of(clip.frames[0], SIZE).lightness)
        assert reference.certainty is not None
        assert (reference.certainty == UNSAID).all()


def test_the_true_colour_has_the_truths_own_error() -> None:
    rows = evaluate_returns(Told([*LAMP.frames, *STAGE.frames]), [LAMP, STAGE], SIZE)
    for row in rows.values():
        assert row["ours"]["return_error"] == pytest.approx(row["truth"]["return_error"], abs=ROUNDING)
        assert row["ours"]["abs_ab"] == pytest.approx(row["truth"]["abs_ab"], abs=ROUNDING)
        assert row["truth"]["abs_ab"] > 3


def test_the_truths_error_is_how_far_it_changes_along_the_motion() -> None:
    """By another way: the last frame of the first half, moved to the first of the second."""
    grays = [Gray.of(LAMP.frames[number], SIZE) for number in (FRAMES // 2 - 1, FRAMES // 2)]
    step = FlowStep.between(*(gray.lightness for gray in grays))  # type: ignore[arg-type]
    change = step.change(*(gray.working_ab for gray in grays))
    row = evaluate_returns(Colorless(), [LAMP, STAGE], SIZE)["lamp"]
    assert row["truth"]["return_error"] == pytest.approx(change.mean())
    assert step.sure.mean() > 0.9


def test_gray_returns_without_error_and_without_colour() -> None:
    """So the error is read beside how much colour there is."""
    for row in evaluate_returns(Colorless(), [LAMP, STAGE], SIZE).values():
        assert row["ours"] == row["scenes"] == {"return_error": 0, "abs_ab": 0}


def test_what_was_not_there_before_does_not_count() -> None:
    """A gray world with a red part, which the second half's move to the right brings in: an eighth of its frames."""
    gray = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (64, 108)).astype(np.float32), (0, 0), 3)
    world = np.repeat(np.interp(gray, (gray.min(), gray.max()), (60, 190))[..., None], 3, axis=2).astype(np.uint8)
    world[:, 96:, 1:] //= 2
    moved = Shown("moved", [*[world[:, :96].copy()] * 3, *[world[:, 12:].copy()] * 3])
    row = evaluate_returns(Colorless(), [moved, STAGE], SIZE)["moved"]["truth"]
    red = np.abs(Gray.of(moved.frames[-1], SIZE).working_ab).mean()
    assert row["return_error"] < 0.05 * red
    assert row["abs_ab"] < 0.05 * red


def test_a_clip_left_over_is_joined_with_the_first_and_clips_may_differ_in_size() -> None:
    network = Fickle()
    wide = Shown("wide", [cv2.resize(codes, (128, 64)) for codes in STAGE.frames])  # type: ignore[misc]
    rows = evaluate_returns(network, [LAMP, STAGE, wide], SIZE)
    assert rows.keys() == {"lamp", "stage", "wide"}
    assert len(network.asked) == 2 * (4 + 2)
    assert rows["lamp"]["ours"]["abs_ab"] == pytest.approx(9)


def test_what_cannot_return_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        evaluate_returns(Colorless(), [LAMP], SIZE)
    assert str(refused.value) == "returns: expected two clips or more, to cut between them, got 1"
    with pytest.raises(FrameError, match=r"^flash: expected 2 frames or more, to cut in the middle, got 1$"):
        evaluate_returns(Colorless(), [LAMP, still("flash", 3, 1)], SIZE)


def test_the_command_tells_ours_beside_the_truths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for clip in (LAMP, STAGE):
        (tmp_path / clip.name).mkdir()
        for number, codes in enumerate(clip.frames):
            cv2.imwrite(str(tmp_path / clip.name / f"{number}.png"), codes[..., ::-1])
    arguments = ["evaluate", "--returns", str(tmp_path), "--size", "64", "--device", "cpu"]
    assert main([*arguments, "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert printed.keys() == {"network", "returns"}
    assert printed["returns"].keys() == {"lamp", "stage", "mean"}
    told = {"return_error", "abs_ab"}
    for row in printed["returns"].values():
        assert [(who, set(measures)) for who, measures in row.items()] == [
            (who, told) for who in ("ours", "scenes", "truth")
        ]
    lamp, stage, mean = (row["ours"]["return_error"] for row in printed["returns"].values())
    assert mean == pytest.approx((lamp + stage) / 2)
