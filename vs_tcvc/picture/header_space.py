"""The colour space that a picture's header names, by its name in the built-in config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

PRIMARIES: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "lin_rec709": (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    "lin_ap0": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "lin_ap1": (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767),
    "lin_p3d65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
    "lin_rec2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    "lin_adobergb": (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290),
    "lin_ciexyzd65_scene": (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.3127, 0.3290),
})  # fmt: skip
"""x, y of red, green, blue and white, as OpenEXR's `chromaticities`: BT.709, SMPTE ST 2065-1, ACES S-2014-004, SMPTE
EG 432-1, BT.2020, Adobe RGB (1998), CIE XYZ."""
_TOLERANCE = 1e-3  # programs round

_OF_DENSITY = ("Printing density", "Logarithmic")
"""Transfer characteristics 1 and 3 of SMPTE ST 268."""
_OURS: Mapping[str, str] = MappingProxyType(
    {"KodakLog": "Cineon", "srgb_rec709_scene": "", "sRGB": "", "scene_linear": ""}
)
"""OpenImageIO's names for what its headers say; it says sRGB of files that say nothing."""


@dataclass(frozen=True)
class HeaderSpace:
    """name: of a space, "" for none. unknown: what the header says that has no name here, "" for nothing."""

    name: str = ""
    unknown: str = ""

    def __str__(self) -> str:
        return self.name or self.unknown or "no colour space"


def space_in_header(spec: Any) -> HeaderSpace:
    """The space that the header of a picture names: OpenEXR's chromaticities, DPX's transfer, PNG's gamma, CICP."""
    own = {item.name: item.value for item in spec.extra_attribs}
    primaries = own.get("chromaticities")
    if isinstance(primaries, tuple) and len(primaries) == 8:
        name = next((name for name, known in PRIMARIES.items() if _are_equal(primaries, known)), "")
        return HeaderSpace(name) if name else HeaderSpace(unknown=f"primaries {_words(primaries)}")
    if own.get("dpx:Transfer") in _OF_DENSITY:
        return HeaderSpace("Cineon")
    said = str(own.get("oiio:ColorSpace", ""))
    if "ICCProfile" in own and not _OURS.get(said, said):
        return HeaderSpace(unknown=f"ICC profile {own.get('ICCProfile:profile_description') or 'without a name'}")
    return HeaderSpace(_OURS.get(said, said))


def _are_equal(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _TOLERANCE for a, b in zip(one, other, strict=True))


def _words(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:.4g}" for number in numbers)
