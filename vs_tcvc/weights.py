"""Weights as files: found, verified by SHA-256, read and written as safetensors. Arrays only, no network.

A weights file says in its metadata what it is: `network` and `version` (of the architecture), `settings` that
belong to the weights, and `provenance`. The shipped files' hashes stand in `SHA256SUMS` beside them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from vs_tcvc.errors import WeightsError
from vs_tcvc.files import whole_file

Arrays = Mapping[str, NDArray[Any]]

SHIPPED = Path(__file__).parent / "networks" / "compact" / "weights"


@dataclass(frozen=True)
class WeightsFile:
    """A weights file and the SHA-256 that it must have; None for a file of the user's own."""

    path: Path
    sha256: str | None = None

    def verify(self) -> str:
        """The file's SHA-256; WeightsError if the file is missing or is not what was shipped."""
        try:
            with self.path.open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise WeightsError(
                f"{self.path}: weights cannot be read ({error.strerror}); install vs-tcvc again"
            ) from None
        if self.sha256 not in (None, actual):
            raise WeightsError(
                f"{self.path}: expected SHA-256 {self.sha256}, got {actual}; the file is damaged, install vs-tcvc again"
            )
        return actual


def shipped() -> list[WeightsFile]:
    """The weights that come with the package."""
    try:
        lines = (SHIPPED / "SHA256SUMS").read_text().splitlines()
    except OSError:
        raise WeightsError(f"{SHIPPED}: the shipped weights are missing; install vs-tcvc again") from None
    pairs = (line.split() for line in lines if line.strip())
    return [WeightsFile(SHIPPED / name, digest) for digest, name in pairs]


def choose(model: str, path: str = "") -> WeightsFile:
    """The user's file if `path` names one, else the shipped weights of `model`; WeightsError if there are none."""
    if path and not os.path.isfile(path):
        raise WeightsError(f"--weights {path}: expected a weights file, found none of that name; leave it out for ours")
    if path:
        return WeightsFile(Path(path))
    for file in shipped():
        if file.path.stem == model:
            return file
    known = ", ".join(file.path.stem for file in shipped())
    raise WeightsError(f"no weights for model {model!r} are shipped (there are: {known}); name a file with --weights")


def load(file: WeightsFile, network: str, version: int) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Verified arrays and metadata; WeightsError if they belong to another network or architecture version."""
    file.verify()
    try:
        with safe_open(str(file.path), framework="numpy") as content:
            metadata = dict(content.metadata() or {})
            arrays = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{file.path}: expected a safetensors file, got something else ({error})") from None
    found = f"{metadata.get('network', 'unknown')} version {metadata.get('version', 'unknown')}"
    if found != f"{network} version {version}":
        raise WeightsError(f"{file.path}: expected weights of {network} version {version}, got {found}")
    return arrays, metadata


def save(path: Path, arrays: Arrays, metadata: Mapping[str, str]) -> str:
    """Write arrays (floats as fp16) to `path`; returns the SHA-256."""
    halves = {name: _half(array) for name, array in arrays.items()}
    with whole_file(path) as file:
        file.write(to_bytes(halves, dict(metadata)))
    return WeightsFile(path).verify()


def _half(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float16 if array.dtype.kind == "f" else array.dtype, order="C")
