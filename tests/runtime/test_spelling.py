"""What a misspelt word is answered with."""

from __future__ import annotations

import pytest

from vs_tcvc.runtime.spelling import advice, alike
from vs_tcvc.runtime.words import counted

KNOWN = ("saturation", "shadows", "warmth")


@pytest.mark.parametrize(
    ("given", "meant"),
    [("sat", "saturation"), ("warmht", "warmth"), ("shadow", "shadows"), ("warmth", ""), ("", ""), ("xyz", "")],
)
def test_a_word_that_begins_or_looks_like_a_known_one_is_meant(given: str, meant: str) -> None:
    assert alike(given, iter(KNOWN)) == meant
    assert advice(given, KNOWN, "see --help") == (f"did you mean {meant}?" if meant else "see --help")


def test_one_is_one() -> None:
    assert [counted(number, "shot") for number in (0, 1, 2)] == ["0 shots", "1 shot", "2 shots"]
