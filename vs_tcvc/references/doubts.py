"""What is odd about a painted reference: a gray picture, one of another frame, and what was assumed of it."""

from __future__ import annotations

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.likeness import placed
from vs_tcvc.core.shot import Reference

FAINT = 2.0
"""Chroma, in units of a* and b*, below which a picture is gray to the eye; nearly all of its pixels count."""

_NEARLY_ALL = 0.99


def doubt(reference: Reference, lightness: Array, frame: int) -> str:
    """One sentence for the user, "" where nothing is doubtful and nothing was assumed.

    lightness: L* (h, w) of the frame that the picture is for; frame: its number, as the user counts.
    """
    painted = f"the reference of frame {frame} ({reference.origin})"
    if is_gray(reference.ab):
        return f"{painted} is gray, so the frames that it guides get no colour"
    as_used = placed(reference, lightness)
    if as_used.frame != reference.frame:
        remedy = "give it the number of the frame that it shows"
        return f"{painted} does not show that frame, so it guides by likeness, not by position; {remedy}"
    if as_used is not reference:
        return f"{painted} lies upside down, and is turned"
    return f"{painted} {reference.note}" if reference.note else ""


def is_gray(ab: Array) -> bool:
    """Whether colour, (2, h, w), is none to the eye."""
    return float(np.quantile(np.hypot(*ab), _NEARLY_ALL)) < FAINT
