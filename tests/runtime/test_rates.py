"""Frame rates as users write them: exact, bounded, and no text takes long."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.rates import HIGHEST, parse_rate, read_rate


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        (24, Fraction(24)), (" 25 ", Fraction(25)), ("24000/1001", Fraction(24000, 1001)),
        (Fraction(30000, 1001), Fraction(30000, 1001)), ("23.976", Fraction(24000, 1001)),
        ("29.97", Fraction(30000, 1001)), (59.94, Fraction(60000, 1001)), ("12.5", Fraction(25, 2)),
        ("18", Fraction(18)), ("1/2", Fraction(1, 2)),
    ],
)  # fmt: skip
def test_a_rate_is_exact(given: object, rate: Fraction) -> None:
    assert parse_rate(given) == read_rate(given) == rate


@pytest.mark.parametrize(
    "given",
    [0, -24, "1e99999999", "24/0", "", "fast", "24 fps", "1_000", "²5", float("nan"), None, "1001"],
)
def test_anything_else_is_refused(given: object) -> None:
    assert parse_rate(given) is None
    with pytest.raises(UsageError, match="rate: expected frames per second, such as 24 or 24000/1001, got "):
        read_rate(given)


@given(st.fractions(min_value=Fraction(1, 1000), max_value=HIGHEST, max_denominator=10**6))
def test_every_fraction_is_read_back(rate: Fraction) -> None:
    assert parse_rate(rate) == rate


@given(st.text(max_size=40))
def test_no_text_is_a_fault(text: str) -> None:
    rate = parse_rate(text)
    assert rate is None or 0 < rate <= HIGHEST
