"""Colour management of plates (OpenColorIO): conversion for the network, and of its colour to the plate's space.

A scene-linear plate keeps its luminance: chroma is a multiplier c with w . c = 1, and Y (1 + s (c / (w . c) - 1)) has
luminance Y for every saturation s, above 1 and below 0 alike. A plate in a display or log space keeps its luma.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import PyOpenColorIO as ocio

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.color import luma
from vs_tcvc.picture.own_color import OwnColor, own_color_of_rgb

BUILT_IN = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""The default config: pinned, since `ocio://default` changes with the library."""

_MOST = 1e4  # of a multiplier, which half floats must hold
_STEP = 8  # of the pixels that are looked at for colour

DISPLAY = "srgb_texture"
LINEAR = "scene_linear"
XYZ = "lin_ciexyzd65_scene"
_INTERCHANGE = "aces_interchange"
_REFUSALS = (ocio.Exception, ocio.ExceptionMissingFile)

_CINEON_BLACK, _CINEON_WHITE = 95, 685  # codes of 10 bits
_CINEON_STOPS = math.log2(10) * 0.002 / 0.6  # of light per code: density of a code by the gamma of the negative


@cache
def built_in() -> Any:
    """The built-in config with the spaces of film scanners: Cineon, ADX10 and ADX16."""
    config = ocio.Config.CreateFromFile(BUILT_IN)
    for name in ("ADX10", "ADX16"):
        config.addColorSpace(_log_space(name, ocio.BuiltinTransform(f"{name}_to_ACES2065-1")))
    to_aces = ocio.ColorSpaceTransform("lin_rec709", "ACES2065-1")
    config.addColorSpace(_log_space("Cineon", ocio.GroupTransform([_cineon(), to_aces])))
    return config


def _log_space(name: str, to_aces: Any) -> Any:
    space = ocio.ColorSpace(ocio.REFERENCE_SPACE_SCENE, name, encoding="log")
    space.setTransform(to_aces, ocio.COLORSPACE_DIR_TO_REFERENCE)
    return space


def _cineon() -> Any:
    """Light of codes 0 to 1: code 95 is 0 and code 685 is 1 (Kodak, Conversion of 10-bit Log Film Data, 1995)."""
    black = 2 ** ((_CINEON_BLACK - _CINEON_WHITE) * _CINEON_STOPS)
    return ocio.LogAffineTransform(
        logSideSlope=[1 / (1023 * _CINEON_STOPS)] * 3, logSideOffset=[_CINEON_WHITE / 1023] * 3,
        linSideSlope=[1 - black] * 3, linSideOffset=[black] * 3, direction=ocio.TRANSFORM_DIR_INVERSE,
    )  # fmt: skip


@dataclass(frozen=True)
class PlateSpace:
    """The colour space of a plate.

    config: a file or ocio:// name, "" for $OCIO, otherwise BUILT_IN. space: name, alias or role in it, or in the
    built-in config, which also has Cineon, ADX10 and ADX16. Raises UsageError for an unknown config or space, for one
    that holds data, and for a config that tells no way to colours that are known.
    """

    config: str = ""
    space: str = LINEAR

    def __post_init__(self) -> None:
        found = self._home(self.space).getColorSpace(self.space)
        if found.isData():
            expected = "a colour space"
            raise UsageError(option="colorspace", expected=expected, got=f"{self.space}, which holds data")
        self._way(self.space, DISPLAY)

    @property
    def _name(self) -> str:
        return self.config or os.environ.get("OCIO") or BUILT_IN

    @cached_property
    def _config(self) -> Any:
        try:
            return built_in() if self._name == BUILT_IN else ocio.Config.CreateFromFile(self._name)
        except _REFUSALS as error:
            raise UsageError(f"ocio: expected an OpenColorIO config, got {self._name!r} ({error})") from None

    @cached_property
    def _bridge(self) -> tuple[str, str]:
        """Spaces of the plate's config and the built-in one that are the same; a space named sRGB is taken for it."""
        if self._config.hasRole(_INTERCHANGE):
            return _INTERCHANGE, _INTERCHANGE
        try:
            own, other = ocio.Config.IdentifyInterchangeSpace(self._config, "", built_in(), DISPLAY)
            return own, other
        except ocio.Exception:
            names = [each.getName() for each in self._config.getColorSpaces() if not each.isData()]
            own = next((name for name in names if name.lower() == "srgb"), "")
        if own:
            return own, DISPLAY
        expected = f"a config with the role {_INTERCHANGE}, or with a colour space named sRGB"
        raise UsageError(option="ocio", expected=expected, got=f"{self._name}, which has neither")

    def _home(self, space: str) -> Any:
        """The config that has a space: the plate's own, otherwise the built-in one."""
        if self._config.getColorSpace(space) is not None:
            return self._config
        if space != LINEAR and built_in().getColorSpace(space) is not None:
            return built_in()
        known = ", ".join(each.getName() for each in self._config.getColorSpaces())
        raise UsageError(f"colorspace: expected one of {known}, got {space!r}")

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """Equal for spaces with equal conversions, in any config: OpenColorIO's keys of operations."""
        ways = ((self.space, DISPLAY), (DISPLAY, self.space), (self.space, XYZ))
        return tuple(self._way(*way).getCacheID() for way in ways)

    @cached_property
    def is_linear(self) -> bool:
        """Whether codes are proportional to light, which decides how colour is applied."""
        home = self._home(self.space)
        target = LINEAR if home is self._config and home.hasRole(LINEAR) else XYZ
        gray = self._convert(self.space, target, np.full((1, 2, 3), [[[0.1] * 3, [0.2] * 3]], np.float32))
        return bool(np.allclose(2 * gray[:, 0], gray[:, 1], rtol=1e-3))

    @cached_property
    def weights(self) -> Array:
        """Luminance weights (3,) of R, G and B of a linear space, sum 1: the Y row of its matrix to XYZ."""
        rows = self._convert(self.space, XYZ, np.eye(3, dtype=np.float32)[None])[0]
        weights: Array = rows[:, 1] / rows[:, 1].sum()
        return weights

    def luminance(self, rgb: Array) -> Array:
        """Y (H, W) of linear RGB (H, W, 3); gray is unchanged; samples that are no numbers stay so, in their place."""
        red, green, blue = (rgb[..., channel] for channel in range(3))
        with np.errstate(invalid="ignore"):
            result: Array = green + self.weights[0] * (red - green) + self.weights[2] * (blue - green)
        return result

    def shown(self, rgb: Array, exposure: float = 0.0) -> Array:
        """The network's view of a plate (H, W, 3): Y' (H, W) of its gray in sRGB, not clipped."""
        if not self.is_linear:
            return luma(np.moveaxis(self._convert(self.space, DISPLAY, rgb), -1, 0), "709")
        gray = self.luminance(rgb) * np.float32(2.0**exposure)
        return self._convert(self.space, DISPLAY, np.repeat(gray[..., None], 3, axis=-1))[..., 1]

    def own_color(self, rgb: Array) -> OwnColor:
        """What a plate (H, W, 3) has of its own."""
        return own_color_of_rgb(self.to_display(rgb[::_STEP, ::_STEP]))

    def chroma(self, display: Array) -> Array:
        """Unit-luminance multipliers (H, W, 3) of sRGB colours (3, H, W) in 0 to 1; black gives 1."""
        return self.own_chroma(self.from_display(display))

    def own_chroma(self, rgb: Array) -> Array:
        """The same of a linear plate (H, W, 3); 1 also where its luminance is too small beside its channels."""
        luminance = self.luminance(rgb)[..., None]
        peak = np.abs(rgb).max(axis=-1, keepdims=True)
        is_black = ~(luminance >= np.maximum(np.float32(1e-9), peak / np.float32(_MOST)))
        return np.where(is_black, np.float32(1), rgb / np.where(is_black, np.float32(1), luminance))

    def joined(self, rgb: Array, chroma: Array) -> Array:
        """A linear plate (H, W, 3) times multipliers: its luminance, their colour."""
        exact = chroma / self.luminance(chroma)[..., None]
        with np.errstate(invalid="ignore"):
            return self.luminance(rgb)[..., None] * exact

    def from_display(self, display: Array) -> Array:
        """SRGB colours (3, H, W) in the plate's space (H, W, 3)."""
        return self._convert(DISPLAY, self.space, np.moveaxis(display, 0, -1))

    def converted(self, rgb: Array, other: PlateSpace) -> Array:
        """A picture (H, W, 3) of this space in another space of the same config."""
        return self._convert(self.space, other.space, rgb)

    def to_display(self, rgb: Array) -> Array:
        """A coloured picture (H, W, 3) in the plate's space as sRGB (3, H, W), clipped to 0 to 1."""
        return np.moveaxis(self._convert(self.space, DISPLAY, rgb), -1, 0).clip(0, 1)

    def _convert(self, source: str, target: str, rgb: Array) -> Array:
        converted = np.array(rgb, np.float32, order="C")
        self._way(source, target).getDefaultCPUProcessor().applyRGB(converted)
        return converted

    def _way(self, source: str, target: str) -> Any:
        """The conversion between two spaces, each in the config that has it. Raises UsageError if there is none."""
        one, other = self._home(source), self._home(target)
        try:
            if one is other:
                return one.getProcessor(source, target)
            bridge = dict(zip((self._config, built_in()), self._bridge, strict=True))
            return ocio.Config.GetProcessorFromConfigs(one, source, bridge[one], other, target, bridge[other])
        except _REFUSALS as error:
            raise UsageError(f"ocio: {source} cannot be converted to {target} ({error})") from None
