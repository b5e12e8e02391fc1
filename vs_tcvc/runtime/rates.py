"""Frame rates as users write them."""

from __future__ import annotations

import re
from fractions import Fraction
from textwrap import shorten

from vs_tcvc.errors import UsageError

HIGHEST = 1000
"""Frames per second."""

_BROADCAST_RATES = (24, 30, 48, 60, 120)
"""The nominal rates whose real one is 1000/1001 of it."""
_RATE = re.compile(r"\d{1,9}(?:\.\d{1,18})?|\d{1,9}/\d{1,9}", re.ASCII)


def parse_rate(given: object) -> Fraction | None:
    """Frames per second from a number or a text such as "24", "24000/1001" or "23.976", which is 24000/1001.

    None for anything else, and outside 0 (exclusive) to HIGHEST.
    """
    text = str(given).strip()
    try:
        rate = Fraction(text) if _RATE.fullmatch(text) else Fraction(0)
    except ZeroDivisionError:
        return None
    for nominal in _BROADCAST_RATES:
        if "." in text and abs(rate - Fraction(nominal * 1000, 1001)) < Fraction(5, 1000):
            return Fraction(nominal * 1000, 1001)
    return rate if 0 < rate <= HIGHEST else None


def read_rate(given: object) -> Fraction:
    """As `parse_rate`. Raises UsageError, naming the option `rate`, for anything that is no rate."""
    rate = parse_rate(given)
    if rate is None:
        expected = "frames per second, such as 24 or 24000/1001"
        raise UsageError(option="rate", expected=expected, got=shorten(repr(given), 80, placeholder="..."))
    return rate
