"""A frame of a film as a person sees it: R'G'B', in square pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.core.frame import Array
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.color import rgb_from_ycc


def rgb_of(
    stage: ChromaStage, luma: NDArray[Any], lightness: Array, ab: Array | None, chroma: Sequence[NDArray[Any]] = ()
) -> Array:
    """R'G'B' (3, H, W), 0 to 1, of a frame in a colour, or without one as it is.

    luma, lightness, ab: as of `ChromaStage.rgb`. chroma: its own Cb and Cr of any size, () for gray; in the codes of
    the stage's source.
    """
    if ab is not None:
        return stage.rgb(luma, lightness, ab).clip(0, 1)
    own = stage.source.luma_from_codes(luma)
    size = own.shape[1], own.shape[0]
    planes = [cv2.resize(stage.source.chroma_from_codes(plane), size) for plane in chroma] or [np.zeros_like(own)] * 2
    return rgb_from_ycc(np.stack([own, *planes]), stage.matrix).clip(0, 1)


def shape_of(plan: StreamPlan) -> tuple[int, int]:
    """Width and height of a film as it is seen, in square pixels."""
    header = plan.header
    across, down = header.aspect if all(header.aspect) else (1, 1)
    return round(header.width * across / down), header.height


def in_square_pixels(rgb: Array, plan: StreamPlan) -> Array:
    """A picture (3, H, W) of a film in the size in which it is seen."""
    width, height = shape_of(plan)
    if rgb.shape[1:] == (height, width):
        return rgb
    return np.stack([cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in rgb])
