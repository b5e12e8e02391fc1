"""Which part and which channels of a picture are the picture, by their names.

Compositors and renderers put layers beside each other, in one part or in several (OpenEXR file layout, Nuke, Blender):
`R`, `beauty.R`, `ViewLayer.Combined.R`; depth is `Z`, and `N.X N.Y N.Z` is a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_USUAL = ("rgba", "rgb", "beauty", "combined", "main", "c", "color", "colour", "image", "left", "default")
"""Names of layers and parts that hold the picture, if several have colour."""
_GRAY = ("Y", "L", "I", "GRAY", "GREY", "LUMINANCE", "LUMA")
_NO_PICTURE = ("A", "ALPHA", "Z", "ZBACK", "DEPTH", "MASK", "ID", "X", "U", "V")


@dataclass(frozen=True)
class Found:
    """part: its index. channels: indices of R, G and B in it, or of one gray channel. layer: its name, "" for none.

    is_one_of: how many layers of all parts could have been it.
    """

    part: int
    channels: tuple[int, ...]
    layer: str
    is_one_of: int

    @property
    def is_gray(self) -> bool:
        return len(self.channels) == 1


def find_picture(parts: Sequence[Sequence[str]], names: Sequence[str] = ()) -> Found | None:
    """The picture among parts of a file, given the names of their channels, or None if none holds one.

    names: of the parts. R, G and B come before a gray channel, the unnamed layer before named ones, a usual name before
    others, and the first of equals.
    """
    names = names or [""] * len(parts)
    ranked = [
        (_rank(layer, names[part], len(found)), part, found, layer)
        for part, channels in enumerate(parts) for layer, places in _layers(channels).items()
        if (found := _picture_in(places, len(channels)))
    ]  # fmt: skip
    if not ranked:
        return None
    _, part, channels, layer = min(ranked)
    return Found(part, channels, layer, len(ranked))


def _rank(layer: str, part: str, channels: int) -> tuple[bool, bool, bool, bool]:
    """The lowest is the picture."""
    is_gray, is_unusual = channels == 1, {_last(layer), _last(part)}.isdisjoint(_USUAL)
    return bool(layer) and is_gray, bool(layer), is_gray, is_unusual


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _layers(channels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Indices of channels by layer and by the last part of their name, in capitals."""
    layers: dict[str, dict[str, int]] = {}
    for index, name in enumerate(channels):
        layer, _, last = name.rpartition(".")
        layers.setdefault(layer, {}).setdefault(last.upper(), index)
    return layers


def _picture_in(places: dict[str, int], count: int) -> tuple[int, ...]:
    """Indices of R, G and B, or of a gray channel, () if there is neither. count: of the part's channels."""
    if {"R", "G", "B"} <= {*places}:
        return tuple(places[name] for name in "RGB")
    gray = next((places[name] for name in _GRAY if name in places), None)
    if gray is not None and "X" not in places:
        return (gray,)
    if all(name.startswith("CHANNEL") for name in places) and count >= 3:  # a file that names none
        return (0, 1, 2)
    if count == 1 and not {*places} & {*_NO_PICTURE}:
        return (0,)
    return ()
