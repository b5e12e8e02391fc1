"""How the authors bring pictures in and out: 8-bit RGB to the size that is worked at, and colour back to 8-bit RGB."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from skimage import color, transform

from vs_tcvc.core.frame import Array

Picture = NDArray[np.uint8]
"""R'G'B' (h, w, 3)."""


def cover(picture: Picture, size: tuple[int, int]) -> Picture:
    """Scaled to cover `size` (H, W), keeping the aspect, then its middle: (h, w, 3) -> (H, W, 3).

    Called CenterPad by the authors, but nothing is padded. Bilinear with a Gaussian before shrinking; truncated.
    """
    height, width = picture.shape[:2]
    is_taller = height / width > size[0] / size[1]
    scaled = (int(height * size[1] / width), size[1]) if is_taller else (size[0], int(width * size[0] / height))
    if scaled == (height, width) == size:
        return picture
    how = {"order": 1, "mode": "reflect", "preserve_range": True, "clip": False, "anti_aliasing": True}
    whole: Array = transform.resize(picture, scaled, **how)  # type: ignore[no-untyped-call]
    top, left = (scaled[0] - size[0]) // 2, (scaled[1] - size[1]) // 2
    return whole[top : top + size[0], left : left + size[1]].astype(np.uint8)


def lab_of(picture: Picture) -> Array:
    """CIE L*, a*, b* (3, h, w) of a picture (h, w, 3), with the authors' conversion."""
    return np.ascontiguousarray(color.rgb2lab(picture).transpose(2, 0, 1), np.float32)


def picture_of(lab: Array) -> Picture:
    """The picture (h, w, 3) of L*, a*, b* (3, h, w), clipped and truncated to 8 bits as the authors write it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # colours outside of sRGB are met, and clipped
        rgb: NDArray[np.float64] = color.lab2rgb(lab.transpose(1, 2, 0).astype(np.float64))
    return (rgb.clip(0, 1) * 255).astype(np.uint8)
