"""Which photographs the published training leaves out: gray, small, monotonous and damaged ones."""

from __future__ import annotations

import cv2
import numpy as np

from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.errors import StreamError
from vs_tcvc.picture.srgb_codes import Codes

SMALLEST = 256
MOST_OF_ONE_KIND = 0.8
FLAWS = ("gray", "small", "mono", "error")


def flaw(picture: Picture) -> str:
    """Why `picture` is left out, one of `FLAWS`, or "" for a good one.

    error: it cannot be read; gray: its file has a single band; small: width or height is below `SMALLEST`; mono: more
    than `MOST_OF_ONE_KIND` of the pixels have one and the same code in one of the bands R, G, B. The first that
    applies, in the order error, gray, small, mono.
    """
    try:
        codes = picture.read()
        bands = cv2.imdecode(np.frombuffer(picture.fetch(), np.uint8), cv2.IMREAD_UNCHANGED)
    except StreamError:
        return "error"
    if bands is None or bands.ndim == 2:
        return "gray"
    return "small" if min(codes.shape[:2]) < SMALLEST else "mono" if is_monotonous(codes) else ""


def is_monotonous(codes: Codes) -> bool:
    """Whether one bin of the histograms of R, G, B (H, W, 3), 256 bins each, holds more than its share of pixels."""
    largest: int = max(int(np.bincount(codes[..., band].ravel()).max()) for band in range(3))
    pixels: int = codes[..., 0].size
    return largest > MOST_OF_ONE_KIND * pixels
