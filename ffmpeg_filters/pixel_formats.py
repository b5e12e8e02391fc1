"""Pixel formats of decoded frames, and the planar ones that they are read as."""

from __future__ import annotations

import av

from ffmpeg_filters import y4m
from ffmpeg_filters.encoder_choice import pix_fmt


def has_rgb(pixels: av.VideoFormat) -> bool:
    """Whether frames hold RGB, a palette or XYZ, not planes of Y', Cb, Cr."""
    return pixels.is_rgb or pixels.has_palette or pixels.name.startswith("xyz")


def readable(pixels: av.VideoFormat) -> str:
    """The planar format, a key of `y4m.RAW_FORMATS`, that keeps all luma of another one."""
    if pixels.name in y4m.RAW_FORMATS:
        return pixels.name
    colors = [each for each in pixels.components if not each.is_alpha]
    bits = min(16, max(8, *(each.bits for each in colors)))
    if has_rgb(pixels):
        return pix_fmt(y4m.PixelFormat("444", bits))
    if len(colors) == 1:
        return pix_fmt(y4m.PixelFormat("mono", bits))
    sized = av.VideoFormat(pixels.name, 16, 16)
    ratio = (16 // sized.chroma_width(16), 16 // sized.chroma_height(16))
    return pix_fmt(y4m.PixelFormat(_SUBSAMPLINGS[ratio], bits))


def flat_format(pixels: av.VideoFormat) -> str:
    """FFmpeg's name of the same format without alpha."""
    if has_rgb(pixels):
        return "rgb24" if max(each.bits for each in pixels.components) <= 8 else "rgb48be"
    return readable(pixels)


_SUBSAMPLINGS = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (4, 1): "411", (4, 4): "410", (1, 2): "440"}
"""Luma samples per chroma sample, (across, down)."""
