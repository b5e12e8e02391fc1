"""The compact network behind the `Colorizer` protocol: arrays in, arrays out, memory as a value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from vs_tcvc.frame import Array
from vs_tcvc.motion import Gray, display_gray
from vs_tcvc.networks.compact.propagation import Carried, Keys, PropagationNetwork, keys_of
from vs_tcvc.networks.compact.reference import Decoding, ReferenceNetwork, spread
from vs_tcvc.networks.compact.trace import trace
from vs_tcvc.networks.compact.warp import places, sample
from vs_tcvc.shot import Reference

REFERENCE_SIZE, REFERENCE_STEP = 160, 32
"""Short side at which C1 sees a frame, about that of the pictures that it was trained on, and what sides are multiples
of: the pixels of one place at its bottom."""

GLARE = 20.0
"""L*, by which a flash or a black frame differs on average from the one before; exposure flickers by less."""

LONGEST_FLASH = 2

_WARM = math.radians(65)  # orange, in the ab plane
_HEIGHT = 0.65  # of a preference, logit
_ENOUGH = 20.0  # ab, beyond which a colour is hardly preferred to another: the rarest would win
_WAVES, _WAVELENGTH = 8, 60.0  # how many; units of ab


@dataclass(frozen=True, eq=False)
class CompactMemory:
    """What the next frame of a run needs; tensors are never changed once here.

    references: places of all references, to look colours up in.
    picture: lightness and ab of the reference that the run began with, (1, 3, H, W); picture_gray: to find motion in.
    places: where each pixel of the frame before was in that picture, (1, 2, H, W), x then y.
    lightness: L* of the frame before, (H, W); gray: to find motion in.
    ab: its colour before correction, (1, 2, H, W), unrounded.
    previous: its places, to look colours up in.
    left_out: frames since that one, which were a flash or damaged.
    """

    references: Keys
    picture: Tensor
    picture_gray: Gray
    places: Tensor
    lightness: Array
    gray: Gray
    ab: Tensor
    previous: Keys
    left_out: int = 0


class CompactColorizer:
    """C1, S and C2 on one device; see `vs_tcvc.colorizer.Colorizer` for what the methods promise.

    threads: that every call works with, whatever was set before, since they are part of what makes the pixels; None
    leaves them as they are.
    """

    window = 1

    def __init__(
        self,
        reference: ReferenceNetwork,
        propagation: PropagationNetwork,
        decoding: Decoding,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        threads: int | None = None,
    ) -> None:
        self._reference = reference
        self._propagation = propagation
        self._decoding = decoding
        self._device = device
        self._dtype = dtype
        self._threads = threads

    def predict(self, lightness: Array) -> Array:
        """C1: lightness (H, W) -> ab (2, H, W)."""
        with self._arithmetic():
            return predict(self._reference, lightness, self._decoding)

    def imagine(self, lightness: Array, number: int) -> Array:
        """Another plausible colour of the same frame, lightness (H, W) -> ab (2, H, W): see `preference`."""
        with self._arithmetic():
            preferred = preference(self._reference.centres, number)
            return predict(self._reference, lightness, self._decoding, preferred)

    def begin(self, references: Sequence[Reference]) -> CompactMemory:
        """Memory of a run: all references to look up in, the last one as the frame before."""
        last = references[-1]
        with self._arithmetic():
            each = [self._keys(reference) for reference in references]
            keys = Keys(torch.cat([one.features for one in each], 2), torch.cat([one.ab for one in each], 2))
            lightness, ab = self._tensor(last.lightness)[None, None], self._tensor(last.ab)[None]
            picture, gray = torch.cat([lightness, ab], dim=1), display_gray(last.lightness)
            here = places(last.lightness.shape, ab)
            return CompactMemory(keys, picture, gray, here, last.lightness, gray, ab, each[-1])

    def colorize(self, memory: CompactMemory, lightness: Array) -> tuple[CompactMemory, Array, Array]:
        """S and C2: the next frame, lightness (1, H, W) -> memory, ab (1, 2, H, W), confidence (1, H, W)."""
        with self._arithmetic():
            now, gray = self._tensor(lightness)[None], display_gray(lightness[0])
            in_before, at = trace(gray, memory.gray, memory.picture_gray, memory.places)
            before = torch.cat([self._tensor(memory.lightness)[None, None], memory.ab], dim=1)
            from_before, from_reference = sample(before, in_before), sample(memory.picture, at)
            colour = self._propagation(
                now, carried(now, from_before), carried(now, from_reference), memory.references, memory.previous
            )
            if is_flash(memory, lightness[0]):
                after = replace(memory, left_out=memory.left_out + 1)
            else:
                keys = keys_of(colour.features, colour.mixed)
                after = replace(
                    memory, places=at, lightness=lightness[0], gray=gray, ab=colour.mixed, previous=keys, left_out=0
                )
            return after, _array(colour.ab), _array(torch.sigmoid(colour.confidence))[:, 0]

    def _keys(self, reference: Reference) -> Keys:
        lightness, ab = self._tensor(reference.lightness)[None, None], self._tensor(reference.ab)[None]
        return self._propagation.keys(lightness, ab)

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    @contextmanager
    def _arithmetic(self) -> Iterator[None]:
        if self._threads not in (None, torch.get_num_threads()):
            torch.set_num_threads(self._threads)
        reduced = self._dtype != torch.float32
        autocast = torch.autocast(self._device.type, self._dtype if reduced else torch.bfloat16, enabled=reduced)
        with torch.inference_mode(), autocast:
            yield


def predict(network: ReferenceNetwork, lightness: Array, decoding: Decoding, preferred: Tensor | None = None) -> Array:
    """Colour a picture of any size: lightness (H, W) -> ab (2, H, W); seen at the size of the training pictures.

    preferred: added to the logits of the bins, (bins, 1, 1).
    """
    height, width = lightness.shape
    scale = REFERENCE_SIZE / min(height, width)
    small = [max(1, round(side * scale / REFERENCE_STEP)) * REFERENCE_STEP for side in (width, height)]
    seen = cv2.resize(lightness, small, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    shares, weights = network(torch.from_numpy(seen)[None, None].to(network.centres.device))
    shares = shares if preferred is None else shares + preferred
    ab = spread(network.decode(shares, decoding.temperature), weights) * decoding.strength
    enlarged = torch.nn.functional.interpolate(ab, (height, width), mode="bilinear")
    return _array(enlarged[0])


def preference(centres: Tensor, number: int) -> Tensor:
    """Which colours are to be likelier than the network finds: centres of the bins (bins, 2) -> logits (bins, 1, 1).

    The same all over the picture: regions that are alike stay alike, and where the network is sure little changes.
    number: 1 warm colours; 2 cool ones; from 3 on waves over the ab plane, drawn with that seed.
    """
    if number <= 2:
        warmth = centres @ centres.new_tensor([math.cos(_WARM), math.sin(_WARM)])
        found = _HEIGHT * torch.tanh((warmth if number == 1 else -warmth) / _ENOUGH)
    else:
        random = np.random.default_rng(number)
        turns = centres.new_tensor(random.normal(0, 2 * math.pi / _WAVELENGTH, (2, _WAVES)))
        found = _HEIGHT / 2 * torch.sin(centres @ turns).sum(dim=1)
    return found[:, None, None]


def is_flash(memory: CompactMemory, lightness: Array) -> bool:
    """Whether a frame is so much lighter or darker than the one before that it is a flash or black, since it is no cut.

    The frame after it then goes on from the one before it: two such frames in a row at most, as long as cuts bear them.
    """
    change = abs(float(lightness.mean()) - float(memory.lightness.mean()))
    return change > GLARE and memory.left_out < LONGEST_FLASH


def carried(lightness: Tensor, picture: Tensor) -> Carried:
    """Colour from elsewhere: picture (N, 3+, H, W) holds L* and ab there, lightness (N, 1, H, W) is here's."""
    return Carried(picture[:, 1:3], (picture[:, :1] - lightness).abs())


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
