"""A plate with its colour as the picture that is written: in colour, or as multipliers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.dpx_header import erase
from vs_tcvc.picture.header_space import PRIMARIES
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.file_habits import holds_alpha
from vs_tcvc.sequences.image_file import Image, spec_like
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.plate_reader import Plate
from vs_tcvc.sequences.windows import placed, window_of

_OF_A_SPACE = re.compile(r"chromaticities|ICCProfile.*|oiio:(Gamma|ColorSpace)|dpx:Transfer|CICP|colorInteropID")
"""Attributes that say how colours are to be read."""

_OF_GRAY = re.compile(r"ICCProfile.*")


class Rendering:
    """Makes the pictures of one job.

    scene: the plates' space; target: the results'. has_confidence: whether it is a fourth channel of multipliers.
    """

    def __init__(
        self, job: Job, scene: PlateSpace, target: PlateSpace, stage: ChromaStage, has_confidence: bool
    ) -> None:
        self._scene, self._target, self._stage = scene, target, stage
        self._is_chroma, self._has_confidence = job.output == "chroma", has_confidence
        self._has_alpha = holds_alpha(job.result)
        self._header = {} if scene is target else _header_of(target)

    def picture(self, plate: Plate, chroma: Chroma | None, told: Mapping[str, Any]) -> Image:
        """The result of a plate. chroma: its colour, None for its own. told: attributes to add."""
        target = self._scene if self._is_chroma else self._target
        if target.is_linear:
            told = {**told, "tcvc/weights": tuple(map(float, target.weights))}
        if self._is_chroma:
            return self._chroma_picture(plate, chroma, told)
        return self._replace_color(plate.picture, self._colored(plate, chroma), told)

    def _colored(self, plate: Plate, chroma: Chroma | None) -> Array:
        """A plate in colour, (H, W, 3), in the results' space."""
        own = self._converted(plate.picture)
        if chroma is None:
            return own
        if self._target.is_linear:
            return self._target.joined(own, self._multipliers(self._target, plate, chroma))
        return self._target.from_display(self._display(plate, chroma))

    def _converted(self, picture: Image) -> Array:
        """A plate in the results' space."""
        if self._scene is self._target:
            return picture.rgb
        return self._scene.converted(self._straight(picture), self._target)

    def _straight(self, picture: Image) -> Array:
        """R, G and B (H, W, 3), divided by an alpha that they are multiplied by, as files for display have them."""
        alpha = picture.spec.alpha_channel
        if not self._has_alpha or alpha < 0 or picture.spec.get_int_attribute("oiio:UnassociatedAlpha"):
            return picture.rgb
        cover = picture.pixels[..., alpha : alpha + 1]
        return np.asarray(picture.rgb / np.where(cover > 0, cover, 1), np.float32)

    def _multipliers(self, space: PlateSpace, plate: Plate, chroma: Chroma | None) -> Array:
        """The colour of a plate in a linear space, (H, W, 3), of luminance 1."""
        if chroma is None:
            return space.own_chroma(plate.picture.rgb)
        if not chroma.saturated.any():
            return np.ones_like(plate.picture.rgb)
        return space.chroma(self._display(plate, chroma))

    def _display(self, plate: Plate, chroma: Chroma) -> Array:
        """A plate in colour as sRGB (3, H, W), of its data window."""
        if self._is_chroma or self._target.is_linear:
            shown = plate.shown.clip(0, 1)
        elif self._scene.is_linear:
            shown = placed(self._scene.shown(self._straight(plate.picture)), plate.picture.spec)  # without exposure
        else:
            shown = plate.shown
        color = self._stage.rgb(shown, plate.gray.lightness, chroma.saturated)
        window = window_of(plate.picture.spec)
        return color if window is None else color[(slice(None), *window)]

    def _chroma_picture(self, plate: Plate, chroma: Chroma | None, told: Mapping[str, Any]) -> Image:
        names, layers = ["R", "G", "B"], [self._multipliers(self._scene, plate, chroma)]
        if self._has_confidence:
            height, width = plate.shown.shape
            sure = np.ones_like(plate.shown)
            if chroma:
                sure = np.asarray(cv2.resize(chroma.confidence, (width, height)), np.float32)
            names.append("confidence")
            layers.append(sure[window_of(plate.picture.spec) or ...][..., None])
        spec = spec_like(plate.picture.spec, names, "half", {**told, "compression": "zip"})
        return Image(np.concatenate(layers, axis=-1), spec)

    def _replace_color(self, plate: Image, rgb: Array, told: Mapping[str, Any]) -> Image:
        """The plate with its colours replaced by (H, W, 3); its other channels and parts are kept."""
        names, formats = [*plate.spec.channelnames], [*plate.spec.channelformats]
        pixels = plate.pixels
        if plate.found.is_gray:
            place = plate.found.channels[0]
            layer = f"{plate.found.layer}." if plate.found.layer else ""
            names[place : place + 1] = [f"{layer}{name}" for name in "RGB"]
            formats[place : place + 1] = formats[place : place + 1] * 3
            pixels = np.concatenate([pixels[..., :place], rgb, pixels[..., place + 1 :]], axis=-1)
        else:
            pixels = pixels.copy()
            pixels[..., plate.color_channels] = rgb
        spec = spec_like(plate.spec, names, str(plate.spec.format), told)
        spec.channelformats = formats
        if plate.found.is_gray:
            erase(spec, _OF_GRAY)
        if self._header:
            erase(spec, _OF_A_SPACE)
            for name, value in self._header.items():
                spec.attribute(name, *value)
        return Image(pixels, spec, plate.others, plate.place)


def _header_of(target: PlateSpace) -> dict[str, tuple[Any, ...]]:
    """What a header says about the space of converted pictures."""
    if not target.is_linear:
        return {"oiio:ColorSpace": ("srgb_rec709_scene",), "oiio:UnassociatedAlpha": (1,)}
    name = next((name for name in PRIMARIES if PlateSpace(target.config, name).identity == target.identity), "")
    said = {"chromaticities": ("float[8]", PRIMARIES[name])} if name else {}
    return {**said, "oiio:ColorSpace": (f"{name.removesuffix('_scene')}_scene" if name else "",)}
