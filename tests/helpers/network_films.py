"""Films with true colour for the networks that ship, made from photographs that scikit-image brings."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.shot import Reference
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, luma
from vs_tcvc.picture.srgb_codes import rgb_from_codes
from vs_tcvc.settings import Settings

SIZE = (64, 96)


def cpu_network(backend: str) -> CompactColorizer[Any]:
    colorizer, chosen = make_colorizer(Settings(device="cpu", backend=backend))
    assert isinstance(colorizer, CompactColorizer)
    assert chosen.backend == backend
    return colorizer


@cache
def film(name: str, frames: int, size: tuple[int, int] = SIZE) -> tuple[Reference, ...]:
    """A camera moving over a photograph, two pixels right and one down per frame, in its true colours."""
    height, width = size
    still = cv2.resize(getattr(data, name)(), (width + 64, height + 64), interpolation=cv2.INTER_AREA)
    return tuple(true_frame(still[n : n + height, 2 * n : 2 * n + width], n) for n in range(frames))


def true_frame(codes: NDArray[np.uint8], index: int) -> Reference:
    rgb = rgb_from_codes(codes)
    return Reference(index, lightness_from_luma(luma(rgb)), np.ascontiguousarray(lab_from_rgb(rgb)[1:]), "truth")
