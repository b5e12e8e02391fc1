"""Colours to choose from: those of shots, those of hints, and skin. A colour is "#rrggbb", sRGB.

Only a* and b* of a colour count for a hint or a brush, for the picture keeps its lightness; colours that are measured
as a* and b* alone are shown at `LIGHTNESS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np

from vs_tcvc.picture.color import rgb_from_lab
from vs_tcvc.project.checks import SIDE, STEP, Checks
from vs_tcvc.project.schema import Shot

LIGHTNESS = 60.0
"""L* of a colour that has none of its own."""
MOST = 8
"""Colours of a palette."""
SKIN = ("#d7bd96", "#c29682", "#a07e56", "#825c43", "#735244", "#604134")
"""Skin from light to dark: the two of the ColorChecker chart (light skin, dark skin) and the middle four of the Monk
Skin Tone scale (5 to 8), whose ends are nearly gray."""

_RAREST = 2e-3  # share of a picture that is a colour of it


def colors_of(measured: Iterable[Checks], most: int = MOST) -> tuple[str, ...]:
    """The colours that shots have most of, the most frequent first; near gray, and near one before it, is none."""
    total = np.sum([np.zeros(SIDE * SIDE), *(each.palette for each in measured)], axis=0).reshape(SIDE, SIDE)
    least = max(_RAREST * total.sum(), 1)
    centre = np.arange(SIDE) * STEP - (SIDE // 2) * STEP + STEP / 2
    left = np.where(np.maximum.outer(abs(centre), abs(centre)) > STEP, total, 0)
    found = list[str]()
    while len(found) < most and left.max() >= least:
        a, b = np.unravel_index(left.argmax(), left.shape)
        found.append(color_of(float(centre[a]), float(centre[b])))
        left[max(0, a - 1) : a + 2, max(0, b - 1) : b + 2] = 0
    return tuple(found)


def hinted(shots: Iterable[Shot], most: int = MOST) -> tuple[str, ...]:
    """The colours of the shots' hints, the last ones first."""
    colors = chain.from_iterable((hint.color.lower() for hint in shot.hints) for shot in shots)
    return tuple(dict.fromkeys(reversed(list(colors))))[:most]


def color_of(a: float, b: float) -> str:
    """The colour of a* and b* at `LIGHTNESS`; one that sRGB lacks loses chroma until it is there."""
    for share in np.linspace(1, 0, 21):
        rgb = rgb_from_lab(np.array([LIGHTNESS, a * share, b * share], np.float32)[:, None])[:, 0]
        if rgb.min() >= 0 and rgb.max() <= 1:
            break
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in rgb)
