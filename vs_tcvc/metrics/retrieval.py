"""Retrieval of references: the picture of a folder whose content is most like a frame's (the paper's Table 3).

What the paper compares pictures by is not published; this is ours: what C1's encoder makes of their lightness, its
mean and deviation over the picture, compressed to principal components.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.pictures import Picture
from vs_tcvc.networks.arithmetic import Arithmetic, array_of
from vs_tcvc.networks.compact.blocks import unit
from vs_tcvc.networks.compact.checkpoint import load_networks
from vs_tcvc.networks.published.prepare import cover, lab_of
from vs_tcvc.networks.weights_file import choose
from vs_tcvc.picture.srgb_codes import Codes

SEEN = (144, 256)
"""Height and width of what is compared: the middle of a picture, scaled."""

COMPONENTS = 64


class Content:
    """What pictures show, whatever their colours, by the encoder of the shipped C1."""

    def __init__(self, device: str, threads: int) -> None:
        self._arithmetic = Arithmetic(torch.device(device), threads=threads)
        self._encoder = load_networks(choose("compact")).reference.encoder.to(self._arithmetic.device)

    def of(self, picture: Codes) -> Array:
        """Of a picture (H, W, 3): (640,), mean and deviation of the deepest maps, 320 channels at 1/32."""
        with self._arithmetic.used():
            lightness = self._arithmetic.tensor(lab_of(cover(picture, SEEN))[None, :1])
            deepest = self._encoder(unit(lightness))[-1][0].flatten(1)
            return array_of(torch.cat([deepest.mean(dim=1), deepest.std(dim=1)]))


@dataclass(frozen=True, eq=False)
class Compression:
    """Features as their principal components, each feature of one scale. mean, scale: (D,); axes: (D, K)."""

    mean: Array
    scale: Array
    axes: Array

    @classmethod
    def of(cls, features: Array, components: int = COMPONENTS) -> Compression:
        """Fitted to features (N, D), one row per picture; K is `components`, or D where that is less."""
        mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), np.float32(1e-6))
        even = ((features - mean) / scale).astype(np.float64)
        axes = np.linalg.eigh(even.T @ even).eigenvectors[:, ::-1]
        return cls(mean, scale, axes[:, :components].astype(np.float32))

    def compress(self, features: Array) -> Array:
        """Features (..., D) -> (..., K)."""
        return np.asarray((features - self.mean) / self.scale @ self.axes, np.float32)


class Retrieval:
    """Finds, for frames, the nearest of some pictures: those whose features are given, (N, D) in the same order.

    features_of: gives those of a frame (H, W, 3), (D,).
    """

    def __init__(self, pictures: Sequence[Picture], features: Array, features_of: Callable[[Codes], Array]) -> None:
        self._pictures = pictures
        self._features_of = features_of
        self._compression = Compression.of(features)
        self._compressed = self._compression.compress(features)

    def nearest(self, frame: Codes) -> Picture:
        """The picture at the least distance in compressed features; the first of equals."""
        wanted = self._compression.compress(self._features_of(frame))
        return self._pictures[int(np.linalg.norm(self._compressed - wanted, axis=1).argmin())]
