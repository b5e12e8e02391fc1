"""Memory layouts of frames, and their names in Y4M and in ffmpeg."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vs_tcvc.errors import UsageError

Range = Literal["limited", "full"]
SHIFTS = {"mono": (0, 0), "410": (2, 2), "411": (2, 0), "420": (1, 1), "422": (1, 0), "440": (0, 1), "444": (0, 0)}
"""Subsampling -> log2 of the chroma subsampling, (horizontal, vertical)."""
_DEPTHS = range(8, 17)
_SITINGS = ("jpeg", "mpeg2", "paldv")


@dataclass(frozen=True)
class PixelFormat:
    """The memory layout of one frame's samples.

    subsampling: "mono" (no chroma), "410", "411", "420", "422", "440" or "444".
    bits: depth of a sample, 8 to 16; above 8 a sample takes two bytes, low byte first.
    siting: position of 8-bit 4:2:0 chroma: "jpeg" (centre), "mpeg2" (left), "paldv" (top left), or "" (unknown).
    Raises UsageError if the three are not a valid combination.
    """

    subsampling: str
    bits: int = 8
    siting: str = ""

    def __post_init__(self) -> None:
        if self.subsampling not in SHIFTS or self.bits not in _DEPTHS:
            raise UsageError(
                f"no pixel format has chroma {self.subsampling!r} at {self.bits} bit: "
                f"use {', '.join(SHIFTS)} at 8 to 16 bit"
            )
        if self.siting and (self.subsampling != "420" or self.bits != 8 or self.siting not in _SITINGS):
            raise UsageError(
                f"only 8-bit 420 has a chroma siting ({', '.join(_SITINGS)}), "
                f"got {self.siting!r} for {self.bits}-bit {self.subsampling}: leave it out"
            )

    @property
    def shifts(self) -> tuple[int, int]:
        """(horizontal, vertical): a chroma plane is the picture's size shifted right by these, rounded up."""
        return SHIFTS[self.subsampling]

    @property
    def bytes_per_sample(self) -> int:
        return 1 if self.bits == 8 else 2

    @property
    def tag(self) -> str:
        """The text after `C` in a stream header, such as "420p10", "mono16" or "420jpeg"."""
        depth = "" if self.bits == 8 else str(self.bits)
        prefix = "p" if depth and self.subsampling != "mono" else ""
        return self.subsampling + self.siting + prefix + depth

    @property
    def twin_tag(self) -> str | None:
        """The `XYSCSS=` tag that ffmpeg writes beside `C`; None for gray and for a plain 420, which have none."""
        return None if self.tag == "420" or self.subsampling == "mono" else f"XYSCSS={self.tag.upper()}"

    def plane_shapes(self, width: int, height: int) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of each plane, in samples: Y alone, or Y, Cb, Cr; odd sizes round chroma up."""
        if self.subsampling == "mono":
            return ((height, width),)
        horizontal, vertical = self.shifts
        chroma = (-(-height >> vertical), -(-width >> horizontal))
        return ((height, width), chroma, chroma)

    def plane_bytes(self, width: int, height: int) -> tuple[int, ...]:
        """Size of each plane in bytes; their sum is the size of a frame."""
        return tuple(rows * columns * self.bytes_per_sample for rows, columns in self.plane_shapes(width, height))


FORMATS: dict[str, PixelFormat] = {
    pixel_format.tag: pixel_format
    for pixel_format in (
        *(PixelFormat(subsampling, bits) for subsampling in SHIFTS for bits in _DEPTHS),
        *(PixelFormat("420", siting=siting) for siting in _SITINGS),
    )
}
"""Every chroma tag that is read and written, and its format."""


def _raw_formats() -> dict[str, tuple[PixelFormat, Range | None]]:
    """ffmpeg's pix_fmt names; its gray and yuvj names mean full range, the others do not specify it."""
    table: dict[str, tuple[PixelFormat, Range | None]] = {}
    for pixel_format in FORMATS.values():
        if pixel_format.siting:
            continue
        is_gray = pixel_format.subsampling == "mono"
        name = "gray" if is_gray else f"yuv{pixel_format.subsampling}p"
        name_range: Range | None = "full" if is_gray else None
        if pixel_format.bits == 8:
            table[name] = (pixel_format, name_range)
            if not is_gray:
                table[f"yuvj{pixel_format.subsampling}p"] = (pixel_format, "full")
        else:
            table[f"{name}{pixel_format.bits}le"] = table[f"{name}{pixel_format.bits}"] = (pixel_format, name_range)
    return table


RAW_FORMATS = _raw_formats()
"""The pix_fmt names that `raw_header` knows: name -> (format, range)."""
