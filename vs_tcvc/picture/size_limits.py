"""How large a picture may be: a file claims in a few bytes a size that costs gigabytes to believe.

Every reader compares what a file claims with these limits before it takes memory for pixels: the claim is read from
the header, or the library that decodes is given the limit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import MappingProxyType

MAX_PIXELS = 2**26
"""Most pixels of a picture, of any shape: 8192x8192."""

MAX_SAMPLES = 8 * MAX_PIXELS
"""Most samples of a picture, over all its channels."""

LARGEST = "8192x8192 pixels"
SIZES_READ = f"at most {LARGEST}, of 8 channels"

FFMPEG_LIMITS: Mapping[str, str] = MappingProxyType({"max_pixels": str(MAX_PIXELS)})
"""Options of FFmpeg's decoders, for `av.open` and for the stream's codec context; more pixels are an FFmpegError."""


def is_too_large(width: int, height: int, channels: int = 3) -> bool:
    """Whether a picture exceeds the limits."""
    return width * height > MAX_PIXELS or width * height * channels > MAX_SAMPLES


def claimed_size(picture: Path | bytes) -> tuple[int, int, int] | None:
    """Width, height and channels that a picture's file, or its content, claims in its header; None if it is none."""
    if isinstance(picture, bytes):
        with NamedTemporaryFile(delete=False) as file:  # the library reads files by name
            file.write(picture)
        try:
            return _claimed_size(file.name)
        finally:
            os.unlink(file.name)
    return _claimed_size(str(picture))


def _claimed_size(name: str) -> tuple[int, int, int] | None:
    import OpenImageIO as oiio

    file = oiio.ImageInput.open(name)
    if file is None:
        oiio.geterror()  # it would be printed at exit
        return None
    spec = file.spec()
    file.close()
    return spec.width, spec.height, spec.nchannels
