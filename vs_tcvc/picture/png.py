"""Pictures as PNG files in memory."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def png_of(rgb: NDArray[Any]) -> bytes:
    """R'G'B' codes (3, H, W), uint8 or uint16, as a PNG of that depth."""
    return bytes(cv2.imencode(".png", np.ascontiguousarray(rgb[::-1].transpose(1, 2, 0)))[1])
