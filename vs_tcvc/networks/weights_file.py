"""Weights as files: found, verified by SHA-256, read and written as safetensors. Arrays only, no network.

The metadata of a weights file has `network` and `version` (of the architecture), `settings` that
belong to the weights, and `provenance`. Hashes of shipped and imported files are in `SHA256SUMS` next to them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from vs_tcvc.errors import WeightsError
from vs_tcvc.runtime.atomic_files import user_folder, whole_file
from vs_tcvc.runtime.file_hash import sha256_of

Arrays = Mapping[str, NDArray[Any]]

_SUM = re.compile(rb"([0-9a-f]{64})  ([\w.+-]+)\s*", re.ASCII)
"""A line of SHA256SUMS."""

SHIPPED = Path(__file__).parent / "compact" / "weights"


@dataclass(frozen=True)
class WeightsFile:
    """A weights file, the SHA-256 that it must have (None for the user's own file), and a remedy if it is damaged."""

    path: Path
    sha256: str | None = None
    remedy: str = "install vs-tcvc again"

    @property
    def size(self) -> int:
        """Bytes; WeightsError if the file is missing."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None

    def verify(self) -> str:
        """The file's SHA-256; WeightsError if the file is missing or is not what was shipped or imported."""
        try:
            actual = sha256_of(self.path)
        except OSError as error:
            raise self._unreadable(error) from None
        if self.sha256 not in (None, actual):
            raise WeightsError(
                f"{self.path}: expected SHA-256 {self.sha256}, got {actual}; the file is damaged, {self.remedy}"
            )
        return actual

    def _unreadable(self, error: OSError) -> WeightsError:
        return WeightsError(f"{self.path}: weights cannot be read ({error.strerror}); {self.remedy}")


def shipped() -> list[WeightsFile]:
    """The weights that come with the package."""
    if not (SHIPPED / "SHA256SUMS").is_file():
        raise WeightsError(f"{SHIPPED}: the shipped weights are missing; install vs-tcvc again")
    return listed(SHIPPED, WeightsFile.remedy)


def imported() -> list[WeightsFile]:
    """The weights that the user imported."""
    return listed(imported_folder(), "import it again with tcvc weights import")


def imported_folder() -> Path:
    """Where imported weights lie, in the user's data folder."""
    return user_folder("data") / "weights"


def list_imported(file: WeightsFile) -> None:
    """Make a file of the imported folder one that `imported` finds."""
    others = [each for each in imported() if each.path.name != file.path.name]
    with whole_file(imported_folder() / "SHA256SUMS") as sums:
        sums.write("".join(f"{each.sha256}  {each.path.name}\n" for each in (*others, file)).encode())


def choose(model: str, path: str = "") -> WeightsFile:
    """The user's file if `path` names one, else the shipped or imported weights of `model`.

    WeightsError if there are none.
    """
    if path and not os.path.isfile(path):
        raise WeightsError(
            "expected a weights file, found none of that name", option="weights", value=path,
            remedy="leave it out for ours",
        )  # fmt: skip
    if path:
        return WeightsFile(Path(path))
    known = list[str]()
    for files in (shipped, imported):  # a user without a home has what is shipped
        for file in files():
            if file.path.stem == model:
                return file
            known.append(file.path.stem)
    raise WeightsError(
        f"no weights for model {model!r} are here (there are: {', '.join(known)})",
        remedy="make them of the authors' checkpoints with tcvc weights import --stage1 FILE --encoder FILE --decoder"
        " FILE, or name a file with {weights}",
    )


def listed(folder: Path, remedy: str) -> list[WeightsFile]:
    """The files in the SHA256SUMS of a folder, if it has one. Raises WeightsError if that is damaged."""
    sums = folder / "SHA256SUMS"
    try:
        lines = sums.read_bytes().splitlines()
    except OSError:
        return []
    matches = [_SUM.fullmatch(line) for line in lines if line.strip()]
    if not all(matches):
        raise WeightsError(f"{sums}: expected a SHA-256 and a name in every line; the file is damaged, {remedy}")
    return [WeightsFile(folder / match[2].decode(), match[1].decode(), remedy) for match in matches if match]


def load(file: WeightsFile, network: str, version: int) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Verified arrays and metadata.

    WeightsError if they belong to another network or architecture version, or are not finite.
    """
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
    _check_finite(file.path, arrays)
    return arrays, metadata


def save(path: Path, arrays: Arrays, metadata: Mapping[str, str], floats: type[np.floating[Any]] = np.float16) -> str:
    """Write arrays to `path`, floating ones as `floats`; returns the SHA-256.

    Raises WeightsError unless all are finite.
    """
    kept = {
        name: array.astype(floats if array.dtype.kind == "f" else array.dtype, order="C", copy=False)
        for name, array in arrays.items()
    }
    _check_finite(path, kept)
    with whole_file(path) as file:
        file.write(to_bytes(kept, dict(metadata)))
    return WeightsFile(path).verify()


def _check_finite(path: Path, arrays: Arrays) -> None:
    """Raise WeightsError for a weight that is NaN or infinite: every colour would be none."""
    broken = next((name for name, array in arrays.items() if not np.isfinite(array).all()), None)
    if broken is not None:
        raise WeightsError(
            f"{path}: expected finite weights, got NaN or infinity in {broken}; train or copy them again"
        )
