"""Laws of the references that are made from a recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import FakeColorizer, gray

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.project.guiding import hints_of, lead_recipe, references_of
from vs_tcvc.project.recipe import Click, Guides, Picture, Recipe, Transfer
from vs_tcvc.references.canvas import Canvas

SIZE = (48, 64)
CANVAS = Canvas((64, 48), (64, 48), "601")
GREEN = Click(12, (0.5, 0.5), "#2e8b57", 0.1)


@dataclass
class Painter(FakeColorizer):
    """A network that takes a hint's colour for the left or right half that it lies in, and a bit for the other."""

    sways: float = 0.1

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        ab = np.full((2, *lightness.shape), 5, np.float32)
        middle = lightness.shape[1] // 2
        for here, there in ((slice(0, middle), slice(middle, None)), (slice(middle, None), slice(0, middle))):
            if hints is not None and (inside := hints.mask[:, here] > 0).any():
                color = hints.ab[:, :, here][:, inside].mean(axis=1)[:, None, None]
                ab[:, :, here] = color
                ab[:, :, there] += np.float32(self.sways) * (color - 5)
        return Guess(ab, np.full(lightness.shape, 0.25, np.float32))


def gray_of(index: int) -> Array:
    return gray(index, SIZE).lightness


def recipe(pictures: tuple[Picture, ...] = (), clicks: tuple[Click, ...] = (), **changes: object) -> Recipe:
    return replace(Recipe((10, 20), Guides(pictures, clicks, (10, 11), "natural")), **changes)  # type: ignore[arg-type]


@pytest.fixture
def red(tmp_path: Path) -> Picture:
    path = tmp_path / "red.png"
    cv2.imwrite(str(path), np.full((48, 64, 3), (40, 40, 200), np.uint8))
    return Picture(12, path, "")


def test_without_anything_the_first_frame_is_guessed() -> None:
    (guess,) = references_of(recipe(), FakeColorizer(), CANVAS, gray_of)
    expected = FakeColorizer().predict(gray_of(10))
    assert (guess.frame, guess.origin) == (10, "predicted")
    assert (guess.ab == expected.ab).all()
    assert guess.certainty is not None
    assert (guess.certainty == expected.certainty).all()


def test_the_look_of_a_shot_or_scene_grades_pictures_too(red: Picture) -> None:
    made = (Recipe((10, 20), replace(recipe((red,)).own, grade=grade)) for grade in ("", "faded"))
    plain, graded = (references_of(each, Painter(), CANVAS, gray_of)[0] for each in made)
    assert np.hypot(*graded.ab).mean() < 0.9 * np.hypot(*plain.ab).mean()


def test_a_guess_is_graded_by_the_films_look_and_a_picture_is_not(red: Picture) -> None:
    vivid = Guides((), (), (10, 11), "vivid")
    plain, graded = (references_of(Recipe((10, 20), own), Painter(), CANVAS, gray_of)[0]
                     for own in (recipe().own, vivid))  # fmt: skip
    assert np.hypot(*graded.ab[:, 0, 0]) > np.hypot(*plain.ab[:, 0, 0])  # the one pixel that is not black
    painted = [references_of(Recipe((10, 20), replace(own, pictures=(red,))), Painter(), CANVAS, gray_of)
               for own in (recipe().own, vivid)]  # fmt: skip
    assert (painted[0][0].ab == painted[1][0].ab).all()


def test_a_picture_of_the_shot_is_its_reference_as_it_is(red: Picture) -> None:
    network = FakeColorizer()
    (painted,) = references_of(recipe((red,)), network, CANVAS, gray_of)
    assert (painted.frame, painted.certainty, network.steps) == (12, None, 0)


def test_a_picture_of_another_shot_gives_its_colours_by_likeness(red: Picture) -> None:
    network = FakeColorizer()
    elsewhere, own = references_of(recipe((replace(red, frame=ELSEWHERE),)), network, CANVAS, gray_of)
    assert (elsewhere.frame, own.frame, network.colored, network.predicted) == (ELSEWHERE, 10, [(10,)], 0)


def test_the_leads_references_give_theirs_by_likeness_wherever_their_frames_are() -> None:
    lead = Reference(12, gray_of(12), np.zeros((2, *SIZE), np.float32), "artist.png")
    guided, own = references_of(recipe(), FakeColorizer(), CANVAS, gray_of, (lead,))
    assert (guided.frame, own.frame) == (ELSEWHERE, 10)
    assert "artist.png" in own.origin


def test_a_hint_colours_the_thing_that_it_lies_on_and_leaves_the_rest() -> None:
    left = replace(GREEN, at=(0.2, 0.5))
    (hinted,) = references_of(recipe(clicks=(left,)), Painter(), CANVAS, gray_of)
    wanted = lab_from_rgb(np.array([0x2E, 0x8B, 0x57], np.float32)[:, None] / 255)[1:, 0]
    assert hinted.frame == 12
    assert np.abs(hinted.ab[:, :, :24] - wanted[:, None, None]).max() < 1e-3
    assert np.abs(hinted.ab[:, :, 40:] - 5).max() < 1e-3
    assert hinted.certainty is not None
    assert hinted.certainty[24, 12] == 1
    assert hinted.certainty[24, 60] == np.float32(0.25)


def test_each_colour_is_measured_by_what_it_changes_itself() -> None:
    """A faint hint is obeyed beside a strong one."""
    strong, faint = replace(GREEN, at=(0.2, 0.5), color="#ff0000"), replace(GREEN, at=(0.8, 0.5), color="#8c8078")
    (hinted,) = references_of(recipe(clicks=(strong, faint)), Painter(sways=0), CANVAS, gray_of)
    wanted = lab_from_rgb(np.array([0x8C, 0x80, 0x78], np.float32)[:, None] / 255)[1:, 0]
    assert np.abs(hinted.ab[:, 5:40, 45:60] - wanted[:, None, None]).max() < 1e-3


def test_a_hint_on_a_painted_picture_changes_only_its_thing(red: Picture) -> None:
    (painted,) = references_of(recipe((red,)), Painter(), CANVAS, gray_of)
    (hinted,) = references_of(recipe((red,), (replace(GREEN, at=(0.2, 0.5)),)), Painter(), CANVAS, gray_of)
    assert np.abs(hinted.ab[:, :, 40:] - painted.ab[:, :, 40:]).max() < 1e-3
    assert np.abs(hinted.ab[:, :, :24] - painted.ab[:, :, :24]).min() > 5


def test_hints_of_two_frames_make_two_references_and_the_second_knows_the_first() -> None:
    network = FakeColorizer()
    later = replace(GREEN, frame=17)
    first, second = references_of(recipe(clicks=(GREEN, later)), network, CANVAS, gray_of)
    assert (first.frame, second.frame) == (12, 17)
    assert network.colored == [(17,)]


def test_clicks_are_discs_and_the_last_lies_on_top() -> None:
    hints = hints_of([GREEN, replace(GREEN, at=(0.5, 0.5), color="#ff0000", radius=0.05)], SIZE)
    down, across = np.nonzero(hints.mask)
    assert np.hypot(across + 0.5 - 32, down + 0.5 - 24).max() <= 4.8
    assert hints.mask.sum() == pytest.approx(np.pi * 4.8**2, rel=0.15)
    assert not np.allclose(hints.ab[:, 24, 32], hints.ab[:, 24, 36])


@pytest.mark.parametrize("at", [(0.0, 0.0), (1.0, 1.0), (0.31, 0.999)])
def test_the_smallest_click_anywhere_has_a_pixel(at: tuple[float, float]) -> None:
    assert hints_of([replace(GREEN, at=at, radius=0.001)], SIZE).mask.sum() >= 1


def test_the_leads_recipe_names_all_its_frames() -> None:
    led = recipe(lead=Guides((Picture(31, Path(), ""), Picture(ELSEWHERE, Path(), "")), (GREEN,), (30, 35), "natural"))
    lead = lead_recipe(led)
    assert lead is not None
    assert (lead.frames, lead.own, lead.lead) == ((12, 35), led.lead, None)
    assert lead_recipe(recipe()) is None


COPY = Transfer((10, 20), Path("copy.mkv"), "", None, 4)
COPIED = Recipe((10, 20), Guides((), (), (10, 11), "natural", transfers=(COPY,)))


def copied(frame: int) -> Reference:
    """A frame of another transfer, which does not show the upper half."""
    certainty = np.ones(SIZE, np.float32)
    certainty[: SIZE[0] // 2] = 0
    return Reference(frame, gray_of(12), np.full((2, *SIZE), 30, np.float32), "copy.mkv@3", certainty)


def test_frames_of_another_transfer_are_references_and_the_network_completes_them() -> None:
    (found,) = references_of(COPIED, Painter(), CANVAS, gray_of, (), lambda *_: [copied(12)])
    assert (found.frame, found.origin) == (12, "copy.mkv@3")
    middle, sure = SIZE[0] // 2, copied(12).certainty_plane
    assert (found.ab[:, middle:] == 30).all()
    assert (found.certainty_plane[middle:] == 1).all()
    heard = Painter().predict(gray_of(12), Hints(copied(12).ab, sure))
    assert (found.ab[:, :middle] == heard.ab[:, :middle]).all()
    assert (found.certainty_plane[:middle] == 0.25).all()


def test_a_painted_frame_goes_before_another_transfer(red: Picture) -> None:
    both = replace(COPIED, own=replace(COPIED.own, pictures=(red,)))
    found = references_of(both, Painter(), CANVAS, gray_of, (), lambda *_: [copied(12), copied(16)])
    assert [(each.frame, each.certainty is None) for each in found] == [(12, True), (16, False)]


def test_a_transfer_that_shows_nothing_leaves_the_shot_to_the_network() -> None:
    (guess,) = references_of(COPIED, Painter(), CANVAS, gray_of, (), lambda *_: [])
    assert (guess.frame, guess.origin) == (10, "predicted")


def test_a_host_that_reads_no_other_film_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"copy\.mkv: only tcvc render .*; .* tcvc render --colour-only"):
        references_of(COPIED, Painter(), CANVAS, gray_of)
