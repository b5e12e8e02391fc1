"""Laws of a look's parts: they are the look, and what has no control of its own stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vs_tcvc.desk.grading import Grading
from vs_tcvc.references.looks import parse

LOOKS = ("", "vivid", "warmth 0.2", "technicolor, warmth -0.4, shadows 20", "saturation 1.2, warmth .5",
         "natural, hue 300-360: saturation 0.8 shift 10, warmth 0.1", "300:360|0.8,0.1", "rose,violet|+20,0, warmth 1",
         "warmth 0.1, warmth 0.3, skin 5", "shadows 20, hue 330-30: shift 4")  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_the_parts_together_are_the_look(look: str) -> None:
    again = Grading.of(look).look
    assert parse(again or "natural") == parse(look or "natural")
    assert Grading.of(again) == Grading.of(look)


def test_a_part_changes_alone() -> None:
    graded = Grading.of("vivid, shadows 20, warmth 0.2")
    assert graded == Grading("vivid", 0.2, "shadows 20")
    assert replace(graded, warmth=-0.5).look == "vivid, shadows 20, warmth -0.5"
    assert replace(graded, preset="faded", warmth=0.0).look == "faded, shadows 20"
