"""Whether a painted reference is probably not what was meant: a gray picture, or one of another frame."""

from __future__ import annotations

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import Reference

FAINT = 2.0
"""Chroma, in units of a* and b*, below which a picture is gray to the eye; nearly all of its pixels count."""

ALIKE = 0.4
"""Correlation of L* below which two pictures do not show the same: a painted frame has 0.9, another shot 0.1 or so."""

_NEARLY_ALL = 0.99
_SMALL = (32, 24)
_FLAT = 1.0


def doubt(reference: Reference, lightness: Array, frame: int) -> str:
    """One sentence for the user, "" where nothing is doubtful.

    lightness: L* (h, w) of the frame that the picture is for; frame: its number, as the user counts.
    """
    painted = f"the reference of frame {frame} ({reference.origin})"
    if is_gray(reference.ab):
        return f"{painted} is gray, so the frames that it guides get no colour"
    if _likeness(reference.lightness, lightness) < ALIKE:
        return f"{painted} does not look like that frame; give it the number of the frame that it shows"
    return ""


def is_gray(ab: Array) -> bool:
    """Whether colour, (2, h, w), is none to the eye."""
    return float(np.quantile(np.hypot(*ab), _NEARLY_ALL)) < FAINT


def _likeness(one: Array, other: Array) -> float:
    """Correlation of two pictures seen small, 1 where one of them is flat."""
    seen, wanted = (cv2.resize(each, _SMALL, interpolation=cv2.INTER_AREA) for each in (one, other))
    if min(seen.std(), wanted.std()) < _FLAT:
        return 1.0
    return float(((seen - seen.mean()) * (wanted - wanted.mean())).mean() / (seen.std() * wanted.std()))
