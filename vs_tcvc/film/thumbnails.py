"""Small pictures for pages of a film."""

from __future__ import annotations

import cv2

from vs_tcvc.picture.srgb_codes import Codes

WIDTH = 240
"""Pixels across."""
QUALITY = 75
"""Of WebP, 0 to 100: 4 to 9 KB a picture."""


def frame_of(frames: range) -> int:
    """The frame by which a shot is shown: in its first half, where what it is about is usually seen."""
    return frames[len(frames) // 3]


def thumbnail(codes: Codes, width: int = WIDTH) -> bytes:
    """A picture of square pixels, 8-bit R G B (H, W, 3), as WebP of so many pixels across."""
    height = max(1, round(width * codes.shape[0] / codes.shape[1]))
    small = cv2.resize(codes, (width, height), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".webp", small[..., ::-1], (cv2.IMWRITE_WEBP_QUALITY, QUALITY))[1])
