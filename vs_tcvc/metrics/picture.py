"""Measures of one picture: nearness to the truth (PSNR, CIEDE2000) and amount of colour.

Gray scores well on nearness and a uniform tint on the amount of colour, so they are read together: a distance beside
`colorfulness`, and that beside `ab_spread`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError
from vs_tcvc.picture.color import lab_from_rgb, rgb_from_lab

_SSIM_WINDOW = 7


def shown(lightness: Array, ab: Array) -> Array:
    """What a viewer sees of L* (H, W), 0 to 100, with a*, b* (2, H, W): R'G'B' (3, H, W), clipped to 0 to 1."""
    _check_same_shape(lightness, ab[0])
    return np.clip(rgb_from_lab(np.concatenate([lightness[None], ab])), 0, 1)


def psnr(rgb: Array, truth: Array) -> float:
    """Peak signal-to-noise ratio in dB of R'G'B' 0 to 1 (peak 1), equal shapes; infinite for equal pictures.

    10 log10(1 / mean squared error), the mean in float64 over all pixels and channels. Raises FrameError where the
    shapes differ.
    """
    _check_same_shape(rgb, truth)
    error = float(np.mean(np.square(np.subtract(rgb, truth, dtype=np.float64))))
    return -10 * math.log10(error) if error > 0 else math.inf


def delta_e(lab: Array, truth: Array) -> float:
    """Mean of `delta_e_by_place`, in float64."""
    return float(np.mean(delta_e_by_place(lab, truth), dtype=np.float64))


def delta_e_by_place(lab: Array, truth: Array) -> Array:
    """CIEDE2000 difference (H, W) of two pictures L*, a*, b* (3, H, W); 0 where they are equal.

    CIE 142:2001 with kL = kC = kH = 1, in float32. Predicted colour goes through `in_gamut` first, since nobody sees
    more of it. Raises FrameError where the shapes differ.
    """
    _check_same_shape(lab, truth)
    return np.asarray(deltaE_ciede2000(truth, lab, channel_axis=0), np.float32)  # type: ignore[no-untyped-call]


def chroma_ssim(ab: Array, truth: Array) -> float:
    """Structural similarity of a*, b* (2, H, W) and the true ones; 1 for equal pictures, 0 for nothing in common.

    Wang et al. 2004 as scikit-image computes it: windows of 7x7 pixels, range 255 as of 8-bit a* and b*, mean of both
    planes. Raises FrameError where the shapes differ or a side is below 7.
    """
    _check_same_shape(ab, truth)
    if min(ab.shape[1:]) < _SSIM_WINDOW:
        raise FrameError(
            f"SSIM needs pictures of {_SSIM_WINDOW}x{_SSIM_WINDOW} or more, got {ab.shape[2]}x{ab.shape[1]}"
        )
    options = {"win_size": _SSIM_WINDOW, "data_range": 255, "channel_axis": 0}
    return float(structural_similarity(ab, truth, **options))  # type: ignore[no-untyped-call]


def in_gamut(lab: Array) -> Array:
    """L*, a*, b* (3, H, W) of the colour that sRGB shows for it, each of R'G'B' clipped to 0 to 1."""
    return lab_from_rgb(np.clip(rgb_from_lab(lab), 0, 1))


def colorfulness(rgb: Array) -> float:
    """Colourfulness of R'G'B' (3, H, W) 0 to 1; 0 for gray, about 40 for an ordinary film or photograph.

    M(3) of Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003), on the 8-bit scale 0 to 255:
    sqrt(var rg + var yb) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2), with rg = R - G and yb = (R + G) / 2 - B.
    """
    red, green, blue = np.multiply(rgb, 255, dtype=np.float64)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    means = opponents.mean(axis=(1, 2))
    return float(_spread(opponents) + 0.3 * np.hypot(*means))


def share(part: float, whole: float) -> float:
    """part / whole; nan of nothing."""
    return part / whole if whole else math.nan


def ab_spread(ab: Array) -> float:
    """Spread of colour within a picture's a*, b* (2, H, W): sqrt(var a + var b), in units of a*; 0 for any tint.

    The variances are those of the population (divided by H W), in float64.
    """
    return _spread(ab)


def _spread(planes: NDArray[Any]) -> float:
    """Root of the summed variances of planes (2, H, W)."""
    return float(np.sqrt(np.var(planes, axis=(1, 2), dtype=np.float64).sum()))


def _check_same_shape(picture: NDArray[Any], truth: NDArray[Any]) -> None:
    if picture.shape != truth.shape:
        raise FrameError(f"pictures to be compared must be of one shape, got {picture.shape} and {truth.shape}")
