"""Colour management of plates (OpenColorIO): conversion for the network, and of its colour to the plate's space.

A scene-linear plate keeps its luminance: chroma is a multiplier c with w . c = 1, and Y (1 + s (c / (w . c) - 1)) has
luminance Y for every saturation s, above 1 and below 0 alike. A plate in a display or log space keeps its luma.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
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
XYZ = "cie_xyz_d65_interchange"


@dataclass(frozen=True)
class PlateSpace:
    """The colour space of a plate. Raises UsageError for an unknown config or space.

    config: a file or ocio:// name, "" for $OCIO, otherwise BUILT_IN. space: name, alias or role in it.
    """

    config: str = ""
    space: str = "scene_linear"

    def __post_init__(self) -> None:
        for name in (self.space, DISPLAY, XYZ, "scene_linear"):
            if self._config.getColorSpace(name) is None:
                known = ", ".join(space.getName() for space in self._config.getColorSpaces())
                raise UsageError(f"colorspace: expected one of {known}, got {name!r}")

    @cached_property
    def _config(self) -> Any:
        name = self.config or os.environ.get("OCIO") or BUILT_IN
        try:
            return ocio.Config.CreateFromFile(name)
        except (ocio.Exception, ocio.ExceptionMissingFile) as error:
            raise UsageError(f"ocio: expected an OpenColorIO config, got {name!r} ({error})") from None

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """Equal for spaces with equal conversions, in any config: OpenColorIO's keys of operations."""
        ways = ((self.space, DISPLAY), (DISPLAY, self.space), (self.space, XYZ), (self.space, "scene_linear"))
        return tuple(self._config.getProcessor(*way).getCacheID() for way in ways)

    @cached_property
    def is_linear(self) -> bool:
        """Whether codes are proportional to light, which decides how colour is applied."""
        gray = self._convert(self.space, "scene_linear", np.full((1, 2, 3), [[[0.1] * 3, [0.2] * 3]], np.float32))
        return bool(np.allclose(2 * gray[:, 0], gray[:, 1], rtol=1e-4))

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

    def to_display(self, rgb: Array) -> Array:
        """A coloured picture (H, W, 3) in the plate's space as sRGB (3, H, W), clipped to 0 to 1."""
        return np.moveaxis(self._convert(self.space, DISPLAY, rgb), -1, 0).clip(0, 1)

    def _convert(self, source: str, target: str, rgb: Array) -> Array:
        converted = np.array(rgb, np.float32, order="C")
        self._config.getProcessor(source, target).getDefaultCPUProcessor().applyRGB(converted)
        return converted
