"""Looks: grades of the predicted reference colour, applied before it is propagated through the shot.

A look is a function of each colour separately; gray stays gray. Painted references are unchanged.
Hues are those of the colour wheel of paint programs: 0 red, 60 yellow, 120 green, 180 cyan, 240 blue, 300 magenta.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.core.run import Grade
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.spelling import advice
from vs_tcvc.settings import Option, Settings

SKIN_HUE = 55.0
"""Middle of the hues of skin in the a*b* plane, degrees (the skin tone line of a vectorscope is at 60 to 65)."""
SKIN_REACH = 20.0
"""Degrees in the a*b* plane to each side of SKIN_HUE that count as skin."""
BORDER = 15.0
"""Degrees of the wheel outside a range of hues over which its effect fades."""

_RELEASE = 8.0  # additional degrees that a hue may turn, per degree outside of skin
_WARM_HUE = 65.0  # degrees in the a*b* plane: a lamp's orange
_WARMEST = 0.6  # share of its chroma by which `warmth 1` moves a colour
_MOST_CHROMA = np.float32(1e6)  # far outside of every gamut; many changes of a hue stay a number
_STRONG = 50.0  # chroma that `devibrance 1` halves

_WHEEL = np.arange(0.0, 361.0, 60.0)
_IN_LAB = np.array([40.0, 102.85, 136.02, 196.38, 306.28, 328.23, 400.0])  # of sRGB's six pure colours, and red again

_NAMES = ("red", "orange", "yellow", "yellow-green", "green", "blue-green", "cyan", "blue", "blue-violet", "violet",
          "red-violet", "rose")  # fmt: skip
_NUMBER = r"[-+]?[0-9]*\.?[0-9]+"
_RANGE = rf"(?:[0-9.]+\s*[-:]\s*[0-9.]+|{'|'.join(sorted(_NAMES, key=len, reverse=True))})"
_RANGES = rf"{_RANGE}(?:,{_RANGE})*"
_ENTRY = re.compile(rf"\s*{_RANGES}\|[^,]*,[^,]*|[^,]+")
_HUE = re.compile(rf"hue\s+({_RANGE})\s*:(?:\s*saturation\s+({_NUMBER}))?(?:\s*shift\s+({_NUMBER}))?")
_HAVC = re.compile(rf"({_RANGES})\|({_NUMBER}),({_NUMBER})")

ADJUSTMENTS: Mapping[str, Option] = MappingProxyType(
    {
        name: Option(f"look {name}", float, default, help, low=low, high=high)
        for name, default, low, high, help in (
            ("saturation", 1.0, 0, 4, "strength of all colour"),
            ("devibrance", 0.0, 0, 1, "strong colour is dulled, weak colour is not"),
            ("warmth", 0.0, -1, 1, "colour moves towards orange, below 0 towards blue"),
            ("shadows", 0.0, 0, 50, "L* below which colour fades, to none at black"),
            ("highlights", 100.0, 50, 100, "L* above which colour fades, to none at white"),
            ("skin", 180.0, 0, 180, "degrees by which the look may turn the hue of skin"),
        )
    }
)
_HUE_DEGREES = Option("look hue", float, 0.0, "", low=0, high=360)
_HUE_SATURATION = Option("look hue saturation", float, 1.0, "", low=0, high=10)
_HUE_SHIFT = Option("look hue shift", float, 0.0, "", low=-360, high=360)
_HAVC_WEIGHT = Option("look hue weight", float, 0.0, "", low=-1, high=1)


@dataclass(frozen=True)
class HueChange:
    """A change of a range of hues, with a border of BORDER degrees where it fades out.

    start, stop: degrees of the wheel, 0 to 360; from start upwards to stop, past 360 if stop is the smaller.
    saturation: factor on chroma. shift: degrees of the wheel.
    """

    start: float
    stop: float
    saturation: float = 1.0
    shift: float = 0.0

    def weight(self, hue: Array) -> Array:
        """Weight of the change at hues (...) of the wheel, 0 to 1: 1 - distance to the range / BORDER."""
        if self.stop - self.start >= 360:
            return np.ones_like(hue)
        outside = (hue - self.start) % 360 > (self.stop - self.start) % 360
        distance = np.minimum((hue - self.stop) % 360, (self.start - hue) % 360) * outside
        return np.asarray(np.maximum(0, 1 - distance / BORDER), np.float32)


@dataclass(frozen=True)
class Look:
    """One look; its numbers are those of ADJUSTMENTS, and their defaults change nothing.

    hues: changes of ranges of hues; each depends on the predicted hue, so their order does not matter.
    """

    saturation: float = 1.0
    devibrance: float = 0.0
    warmth: float = 0.0
    shadows: float = 0.0
    highlights: float = 100.0
    skin: float = 180.0
    hues: tuple[HueChange, ...] = ()

    def apply(self, lightness: Array, ab: Array) -> Array:
        """The graded colour: L* (H, W) 0 to 100, a*b* (2, H, W) -> a*b* (2, H, W), all float32, not limited to a gamut.

        With h the hue and C the chroma of (a*, b*), in this order:

        - hues: C times the product of 1 + w (saturation - 1), and h turned by the sum of w shift, w as in `weight`;
        - saturation, devibrance: C' = saturation C / (1 + devibrance C / 50), C before the division;
        - warmth: (a*, b*) + 0.6 warmth C' (cos 65 deg, sin 65 deg);
        - skin: the turn since the prediction is limited to `skin` degrees, freely more outside of skin;
        - shadows, highlights: times s(L* / shadows) and s((100 - L*) / (100 - highlights)), s(t) = t t (3 - 2 t).
        """
        if self == NATURAL:
            return ab
        graded = self._warm(self._vary(ab))
        if self.skin < 180:
            graded = _limit_turn(ab, graded, self.skin)
        return np.asarray(graded * self._taper(lightness), np.float32)

    def _vary(self, ab: Array) -> Array:
        """Hues, saturation and devibrance."""
        angle, chroma = _polar(ab)
        if self.hues:
            hue = wheel_hue(angle)
            weights = [(each, each.weight(hue)) for each in self.hues]
            angle = lab_hue(hue + sum(weight * each.shift for each, weight in weights))
            for each, weight in weights:
                chroma = np.minimum(_MOST_CHROMA, chroma * (1 + weight * (each.saturation - 1)))
        chroma = chroma * self.saturation
        chroma = chroma / (1 + self.devibrance * chroma / _STRONG)
        return chroma * _direction(angle)

    def _warm(self, ab: Array) -> Array:
        return ab + self.warmth * _WARMEST * _polar(ab)[1] * _direction(np.full((1, 1), _WARM_HUE, np.float32))

    def _taper(self, lightness: Array) -> Array:
        shadow = _smooth(lightness / self.shadows) if self.shadows else 1.0
        highlight = _smooth((100 - lightness) / (100 - self.highlights)) if self.highlights < 100 else 1.0
        return np.asarray(shadow * highlight, np.float32)


NATURAL = Look()
"""The network's colour unchanged."""

PRESETS: Mapping[str, Look] = MappingProxyType(
    {
        "natural": NATURAL,
        "vivid": Look(saturation=1.4, devibrance=0.15, shadows=12, highlights=96, skin=5),
        "faded": Look(saturation=0.7, devibrance=0.3, warmth=0.3, shadows=20, highlights=92),
        "technicolor": Look(
            saturation=1.3, shadows=10, highlights=96, skin=6,
            hues=(HueChange(345, 15, 1.25, -4), HueChange(60, 140, 1.15, 12), HueChange(185, 245, 1.15, 6)),
        ),
    }
)  # fmt: skip


def grade_from(settings: Settings) -> Grade:
    """The grade for the options `look` and `saturation`. Raises UsageError for an invalid look."""
    look = parse(settings.look)
    return Grade(None if look == NATURAL else look, settings.saturation)


def wheel_hue(angle: Array) -> Array:
    """Degrees of the wheel, 0 to 360, of degrees in the a*b* plane: straight between the six pure colours of sRGB."""
    return np.asarray(np.interp((angle - _IN_LAB[0]) % 360 + _IN_LAB[0], _IN_LAB, _WHEEL), np.float32)


def lab_hue(hue: Array) -> Array:
    """Degrees in the a*b* plane, 40 to 400, of degrees of the wheel: inverse of `wheel_hue`."""
    return np.asarray(np.interp(hue % 360, _WHEEL, _IN_LAB), np.float32)


def _limit_turn(before: Array, after: Array, most: float) -> Array:
    """`after`, its hue no further from that of `before` than `most` degrees in the a*b* plane where that is skin's."""
    (angle, _), (turned, chroma) = _polar(before), _polar(after)
    allowed = most + _RELEASE * np.maximum(0, np.abs(_sign(angle - SKIN_HUE)) - SKIN_REACH)
    return chroma * _direction(angle + np.clip(_sign(turned - angle), -allowed, allowed))


def _polar(ab: Array) -> tuple[Array, Array]:
    """Degrees in the a*b* plane and chroma of (2, ...)."""
    return np.degrees(np.arctan2(ab[1], ab[0])), np.hypot(ab[0], ab[1])


def _direction(angle: Array) -> Array:
    radians = np.radians(angle)
    return np.stack([np.cos(radians), np.sin(radians)])


def _sign(angle: Array) -> Array:
    """The same angle from -180 to below 180 degrees."""
    return (angle + 180) % 360 - 180


def _smooth(share: Array) -> Array:
    """Smoothstep: 0 below 0, 1 above 1, smooth in between."""
    inside = np.clip(share, 0, 1)
    return inside * inside * (3 - 2 * inside)


def parse(text: str) -> Look:
    """A look from the option `look`: a preset, adjustments, or a preset with adjustments.

    `vivid, warmth 0.2, shadows 20, hue 300-360: saturation 0.8 shift 10`; changes of hues may also be written as HAVC's
    tweaks, `300:360|0.8,0.1`. Raises UsageError, naming the option, for anything else.
    """
    first, *rest = [entry.strip() for entry in _ENTRY.findall(text)] or [text]
    look = PRESETS[first] if first in PRESETS else _with(NATURAL, first)
    for entry in rest:
        look = _with(look, entry)
    return look


def _with(look: Look, entry: str) -> Look:
    """The look with one more adjustment."""
    name, _, value = entry.partition(" ")
    if name in ADJUSTMENTS:
        return replace(look, **{name: ADJUSTMENTS[name].read(value.strip())})
    if match := _HAVC.fullmatch(entry):
        return replace(look, hues=(*look.hues, *_of_havc(*match.groups())))
    match = _HUE.fullmatch(entry)
    if match is None or match[2] is match[3] is None:
        raise UsageError(
            option="look", got=repr(entry),
            expected=f"{', '.join(PRESETS)}, then any of {', '.join(ADJUSTMENTS)} with a number, or hue 300-360: "
            "saturation 0.8 shift 10, with commas between",
            remedy=advice(name, (*PRESETS, *ADJUSTMENTS)),
        )  # fmt: skip
    change = HueChange(*_range(match[1]), _HUE_SATURATION.read(match[2] or 1), _HUE_SHIFT.read(match[3] or 0))
    return replace(look, hues=(*look.hues, change))


def _of_havc(ranges: str, adjust: str, weight: str) -> tuple[HueChange, ...]:
    """HAVC's tweak `300:360,rose|adjust,weight`.

    adjust: a factor of saturation up to 10, otherwise, or with a sign, a shift. weight: the share of the original
    picture that is mixed in; above 0, with a saturation, the share of that saturation for all other hues.
    """
    share = _HAVC_WEIGHT.read(weight)
    spans = [_range(each) for each in ranges.split(",")]
    if adjust[0] in "+-" or float(adjust) > 10:
        shift = _HUE_SHIFT.read(adjust) * (1 - abs(share))
        return tuple(HueChange(*span, shift=shift) for span in spans)
    saturation = _HUE_SATURATION.read(adjust)
    if share <= 0:
        return tuple(HueChange(*span, 1 + (saturation - 1) * (1 + share)) for span in spans)
    everywhere = 1 + (saturation - 1) * share
    within = saturation / everywhere if everywhere else 1.0
    return (HueChange(0, 360, everywhere), *(HueChange(*span, within) for span in spans))


def _range(text: str) -> tuple[float, float]:
    """Start and stop of `300-360`, `300:360` or one of HAVC's names, which are 30 degrees each."""
    if text in _NAMES:
        start = 30.0 * _NAMES.index(text)
        return start, start + 30
    start, stop = (_HUE_DEGREES.read(each.strip()) for each in re.split("[-:]", text))
    return start, stop
