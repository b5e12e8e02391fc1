"""What was probably meant by a word that nothing has as its name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_ALIKE = 0.6


def alike(given: str, known: Iterable[str]) -> str:
    """The known word that begins with `given` or is most like it, "" if there is none, or `given` is empty or known."""
    words = list(known)
    if not given or given in words:
        return ""
    begun = [word for word in words if word.startswith(given)]
    return next(iter(begun or get_close_matches(given, words, 1, _ALIKE)), "")


def advice(given: str, known: Iterable[str], otherwise: str = "") -> str:
    """A question for the end of a sentence: did you mean the known word? `otherwise` if there is none like it."""
    like = alike(given, known)
    return f"did you mean {like}?" if like else otherwise
