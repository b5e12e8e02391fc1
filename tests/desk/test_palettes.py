"""Laws of the colours to choose from."""

from __future__ import annotations

import numpy as np
import pytest

from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.desk.palettes import SKIN, color_of, colors_of, hinted
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.project.checks import Checks, measure
from vs_tcvc.project.schema import Hint, Shot


def shot_of(*patches: tuple[float, float, int]) -> Checks:
    """A shot whose picture has a*, b* in so many of 40 rows; the rest is gray."""
    ab = np.zeros((2, 40, 40), np.float32)
    row = 0
    for a, b, rows in patches:
        ab[:, row : row + rows] = np.array([a, b], np.float32)[:, None, None]
        row += rows
    return measure([(None, Chroma(0, ab, np.ones((40, 40), np.float32), 0, "predicted"))])


def ab_of(color: str) -> Array:
    rgb = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / np.float32(255)
    ab: Array = lab_from_rgb(rgb[:, None])[1:, 0]
    return ab


def test_the_colors_of_shots_are_theirs_most_frequent_first() -> None:
    red, blue = (36.0, 20.0), (4.0, -36.0)
    found = [ab_of(color) for color in colors_of([shot_of((*red, 10), (*blue, 4)), shot_of((*red, 2))])]
    assert len(found) == 2
    assert np.abs(found[0] - red).max() < 5
    assert np.abs(found[1] - blue).max() < 5


def test_neighbours_in_the_palette_count_as_one_color() -> None:
    assert len(colors_of([shot_of((36, 20, 8), (28, 28, 4))])) == 1


def test_a_gray_film_has_no_colors() -> None:
    assert colors_of([shot_of((3, -4, 30))]) == ()
    assert colors_of([]) == ()


def test_a_palette_has_at_most_so_many_colors() -> None:
    many = shot_of(*((a, b, 4) for a, b in ((40, 0), (-40, 0), (0, 40), (0, -40), (40, 40), (-40, 40))))
    assert len(colors_of([many])) == 6
    assert len(colors_of([many], most=3)) == 3


@pytest.mark.parametrize(("a", "b"), [(0, 0), (30, 20), (-30, 30), (10, -40)])
def test_a_color_that_srgb_has_keeps_its_a_and_b(a: float, b: float) -> None:
    assert np.abs(ab_of(color_of(a, b)) - (a, b)).max() < 1


def test_a_color_that_srgb_lacks_keeps_its_hue() -> None:
    a, b = ab_of(color_of(-90, -90))
    assert a / b == pytest.approx(1, abs=0.1)
    assert a < -10


def test_the_last_hint_comes_first_and_each_color_once() -> None:
    shots = [
        Shot((0, 9), hints=tuple(Hint(0, (0.5, 0.5), color) for color in ("#AA0000", "#00aa00"))),
        Shot((9, 18), hints=(Hint(9, (0.5, 0.5), "#aa0000"),)),
    ]
    assert hinted(shots) == ("#aa0000", "#00aa00")
    assert hinted(shots, most=1) == ("#aa0000",)


def test_skin_is_within_the_hues_of_skin() -> None:
    hues = [np.degrees(np.arctan2(*ab_of(color)[::-1])) for color in SKIN]
    assert all(35 <= hue <= 85 for hue in hues)
