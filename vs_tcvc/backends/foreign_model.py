"""Other people's networks from files: ONNX by onnxruntime, TorchScript by torch.

Both are programs in a file, which a warning says once for each. What an ONNX file can do is arithmetic on its input;
a TorchScript file can do whatever its user can, so it is loaded only on the user's word.
"""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vs_tcvc.backends import onnx
from vs_tcvc.backends.torch import TorchDevice
from vs_tcvc.core.frame import Array
from vs_tcvc.errors import DeviceError, UsageError, WeightsError, first_line
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.references.foreign_model import Network, ReferenceModel, sidecar_of
from vs_tcvc.runtime.file_hash import sha256_of
from vs_tcvc.settings import is_name

_NUMBERS: Mapping[str, type] = MappingProxyType({"tensor(float)": np.float32, "tensor(float16)": np.float16})

_LOCATION = b"\n\x08location\x12"

_log = logging.getLogger(__name__)


def reference_model(path: str, place: TorchDevice, is_trusted: bool = False) -> tuple[ReferenceModel, str]:
    """The reference model of a file on `place`, and the SHA-256 of everything that determines its colours.

    Its arithmetic is that of the file, not `place.precision`. Shared by all callers with the same file.
    Raises UsageError for TorchScript unless `is_trusted`, WeightsError for a missing file or one that is not such a
    network, DeviceError without onnxruntime, and what `ReferenceModel` raises.
    """
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise WeightsError(
            "expected an ONNX or TorchScript file, found none of that name",
            option="reference_model",
            value=path,
            remedy="leave it out to use ours",
        )
    if not (is_trusted or _is_onnx(Path(path))):
        raise UsageError(
            "is read as TorchScript, a program that can do whatever you can", option="reference_model", value=path,
            remedy="pass {trust_model} if you trust those who made it, or export it to ONNX (*.onnx)",
        )  # fmt: skip
    sha256 = _sha256(Path(path))
    return _open(Path(path).absolute(), sha256, place), sha256


@lru_cache(maxsize=4)
def _open(path: Path, sha256: str, place: TorchDevice) -> ReferenceModel:
    _log.warning("%s is a program; use model files from people you trust", path)
    return ReferenceModel(path, _onnx(path, place) if _is_onnx(path) else _torchscript(path, place))


def _is_onnx(path: Path) -> bool:
    return path.suffix.lower() == ".onnx"


def _sha256(path: Path) -> str:
    """Hash of the model, of the files that its weights are in, and of its sidecar."""
    digest = hashlib.sha256()
    for each in (path, *(_weights_of(path) if _is_onnx(path) else ()), sidecar_of(path)):
        if os.path.isfile(each):
            digest.update(bytes.fromhex(sha256_of(each)))
    return digest.hexdigest()


def _weights_of(path: Path) -> list[Path]:
    """The files beside an ONNX model that it names as the places of its weights (onnx.proto, `external_data`).

    An entry is a key, "location", and a value, each with its length before it.
    """
    model, names, at = path.read_bytes(), set[str](), 0
    while (at := model.find(_LOCATION, at)) >= 0:
        at += len(_LOCATION)
        size = int.from_bytes(model[at : at + 1])
        if size & 0x80:  # a varint of two bytes: names are no longer
            at += 1
            size = size & 0x7F | int.from_bytes(model[at : at + 1]) << 7
        names.add(model[at + 1 : at + 1 + size].decode(errors="replace"))
    return sorted(path.parent / name for name in names if is_name(name))


def _onnx(path: Path, place: TorchDevice) -> Network:
    try:
        here = onnx.providers_here()
    except ImportError:
        raise DeviceError(
            "ONNX needs onnxruntime",
            option="reference_model",
            value=path,
            remedy="pip install '.[models]' in the checkout",
        ) from None
    try:
        session = onnx.session(str(path), place.threads, _providers(here, place))
    except Exception as error:  # onnxruntime's errors have no base of their own
        raise _unreadable(path, "onnxruntime", error) from None
    takes, gives = session.get_inputs(), session.get_outputs()
    if len(takes) != 1 or len(gives) != 1 or takes[0].type not in _NUMBERS:
        got = f"{', '.join(each.type for each in takes)} in, {', '.join(each.type for each in gives)} out"
        raise WeightsError(
            option="reference_model", value=path, expected="one tensor of floats in and one out", got=got,
            remedy="export it that way",
        )  # fmt: skip
    name, dtype = takes[0].name, _NUMBERS[takes[0].type]

    def run(seen: Array) -> NDArray[Any]:
        return np.asarray(session.run(None, {name: seen.astype(dtype)})[0])

    shape, given = (_lengths(each[0].shape) for each in (takes, gives))
    size = (shape[2], shape[3]) if shape[2] and shape[3] else None
    runs_on = session.get_providers()[0].removesuffix("ExecutionProvider")
    return Network(run, (shape[1], given[1]), size, f"onnxruntime on {runs_on}")


def _providers(here: Sequence[str], place: TorchDevice) -> list[Any]:
    """CUDA if that is the device and onnxruntime supports it, otherwise the CPU."""
    is_there = place.device.type == "cuda" and "CUDAExecutionProvider" in here
    return onnx.providers("cuda" if is_there else "cpu", place.device.index or 0)


def _lengths(shape: Any) -> list[int | None]:
    """Lengths of a shape (N, C, H, W) as declared in a file; None for dynamic ones, or for all."""
    lengths = [each if isinstance(each, int) else None for each in shape or ()]
    return lengths if len(lengths) == 4 else [None] * 4


def _torchscript(path: Path, place: TorchDevice) -> Network:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch would rather have files of torch.export
            network = torch.jit.load(path, map_location=place.device).eval()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        raise _unreadable(path, "torch", error) from None

    arithmetic = Arithmetic(place.device, threads=place.threads)

    def run(seen: Array) -> NDArray[Any]:
        with arithmetic.used():
            return np.asarray(network(torch.from_numpy(seen).to(place.device)).float().cpu().numpy())

    return Network(run, runs_on=f"torch on {place.device}")


def _unreadable(path: Path, library: str, error: Exception) -> WeightsError:
    return WeightsError(
        option="reference_model",
        value=path,
        expected="a network exported to ONNX (*.onnx) or TorchScript",
        got=f"a file that {library} does not read ({first_line(error)})",
    )
