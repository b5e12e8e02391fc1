"""Frechet Inception distance between two sets of pictures, by features of a network."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import FrameError

_OFFSET = 1e-6
_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean (D,) and covariance (D, D) of features, float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, features: Array) -> Statistics:
        """From features (N, D), one row per picture; the covariance is divided by N - 1. FrameError below 2 rows."""
        if len(features) < 2:
            raise FrameError(f"FID needs the features of 2 pictures or more, got {len(features)}")
        exact = np.asarray(features, np.float64)
        return cls(exact.mean(axis=0), np.atleast_2d(np.cov(exact, rowvar=False)))


def frechet_distance(one: Statistics, other: Statistics) -> float:
    """|m1 - m2|^2 + Tr(C1 + C2 - 2 sqrt(C1 C2)); 0 for equal sets (Heusel et al. 2017, eq. 6).

    By `scipy.linalg.sqrtm`, as the NTIRE 2023 challenge and pytorch-fid compute it: where the root is not finite, 1e-6
    is added to both diagonals. Raises FrameError where its diagonal has imaginary parts of 1e-3 or more.
    """
    root = _root(one.covariance @ other.covariance)
    if not np.isfinite(root).all():
        offset = _OFFSET * np.eye(len(one.covariance))
        root = _root((one.covariance + offset) @ (other.covariance + offset))
    diagonal = np.diagonal(root)
    imaginary = float(np.abs(np.imag(diagonal)).max())
    if not imaginary < _TOLERANCE:
        raise FrameError(
            f"FID: expected a real root of the covariances, got imaginary parts up to {imaginary:.3g}; add clips"
        )
    apart = float(np.square(one.mean - other.mean).sum())
    return apart + float(np.trace(one.covariance) + np.trace(other.covariance) - 2 * np.real(diagonal).sum())


def _root(product: NDArray[np.float64]) -> NDArray[Any]:
    """A root of a matrix, complex where it has no other; not finite where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result: NDArray[Any] = sqrtm(product)
    return result
