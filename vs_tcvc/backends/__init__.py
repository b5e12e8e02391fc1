"""From Settings to a running colorizer: device, backend and precision are resolved here, once."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vs_tcvc.core.colorizer import Colorizer, Predicting
from vs_tcvc.errors import DeviceError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.runtime.events import Emit, Event, forward_log
from vs_tcvc.settings import Settings

if TYPE_CHECKING:
    from vs_tcvc.networks.compact.colorizer import CompactColorizer

_OF_THE_MACHINE = ("device", "backend", "precision", "threads")
_BY_TORCH = ("torch", "cudagraphs")
_LIBRARIES = {"torch": "torch", "cudagraphs": "torch", "openvino": "openvino", "onnx": "onnxruntime"}


@dataclass(frozen=True)
class Chosen:
    """The resolved choices, for logs and for the identity of what is made.

    library: what runs the network, with its version, whose arithmetic may differ from another's.
    """

    model: str
    backend: str
    device: str
    precision: str
    threads: int
    weights_sha256: str
    library: str

    def with_references_by(self, name: str, sha256: str) -> Chosen:
        """The same with a reference model: its name and SHA-256 are appended to the network's own."""
        model, hashes = f"{self.model}, references by {name}", f"{self.weights_sha256}+{sha256}"
        return replace(self, model=model, weights_sha256=hashes)

    def __str__(self) -> str:
        return f"{self.model} on {self.device} ({self.backend}, {self.precision}, {self.threads} threads)"


def make_colorizer(settings: Settings) -> tuple[Colorizer[Any], Chosen]:
    """The network for `settings`, to be used only on the calling thread. Raises as `choose` does."""
    backend, place, file, chosen = _choose(settings)
    colorizer: Colorizer[Any] = backend.NETWORKS[settings.model](file, place)
    if settings.reference_model:
        model, chosen = _reference_model(settings, chosen)
        colorizer = Predicting(colorizer, model.predict)
    return colorizer, chosen


def choose(settings: Settings) -> Chosen:
    """What `make_colorizer` makes; no network is loaded except a reference model.

    Raises UsageError for a sidecar that cannot be read and for TorchScript without `trust_model`, WeightsError for
    missing or foreign weights or reference models, DeviceError for a device or library that is not available.
    """
    chosen = _choose(settings)[-1]
    return _reference_model(settings, chosen)[1] if settings.reference_model else chosen


def _choose(settings: Settings) -> tuple[Any, Any, WeightsFile, Chosen]:
    """The backend, its place of work, the weights and the choices in words."""
    file = weights_file.choose(settings.model, settings.weights)
    name = _backend(settings)
    backend: Any = _imported(name)
    place = backend.resolve(settings.device, settings.precision, settings.threads)
    sha256 = file.verify()
    library = f"{_LIBRARIES[name]} {import_module(_LIBRARIES[name]).__version__}"
    chosen = Chosen(settings.model, name, str(place.device), place.precision, settings.threads, sha256, library)
    return backend, place, WeightsFile(file.path, sha256), chosen


def _reference_model(settings: Settings, chosen: Chosen) -> tuple[Any, Chosen]:
    place = _imported("torch").resolve(chosen.device, settings.precision, settings.threads)
    from vs_tcvc.backends.foreign_model import reference_model

    model, sha256 = reference_model(settings.reference_model, place, settings.trust_model)
    return model, chosen.with_references_by(model.name, sha256)


def make_compact(settings: Settings) -> CompactColorizer[Any]:
    """The compact network beside whatever colours, on the same device; with its weights, if they are its own.

    Raises as `make_colorizer`.
    """
    from vs_tcvc.networks.compact.colorizer import CompactColorizer

    names = (*_OF_THE_MACHINE, *(["weights"] if settings.model == "compact" else []))
    network, _ = make_colorizer(Settings(**{name: getattr(settings, name) for name in names}))
    assert isinstance(network, CompactColorizer)
    return network


def load_colorizer(settings: Settings, emit: Emit) -> tuple[Colorizer[Any], Chosen]:
    """`make_colorizer`; emits its log messages (such as generating graphs) and the choices as events."""
    with forward_log(emit):
        colorizer, chosen = make_colorizer(settings)
    emit(Event("network", str(chosen), vars(chosen)))
    return colorizer, chosen


def _backend(settings: Settings) -> str:
    """The backend for `auto`: OpenVINO for the compact network on a CPU if available, otherwise PyTorch."""
    if settings.backend != "auto":
        return settings.backend
    from vs_tcvc.backends import openvino

    fits = settings.model == "compact" and settings.precision != "fp16" and openvino.is_here()
    return "openvino" if fits and _is_cpu(settings.device) else "torch"


def _is_cpu(device: str) -> bool:
    """Whether a device is the CPU. PyTorch, which is slow to import, is asked only if `auto` may be a GPU."""
    if device != "auto" or not _may_have_gpu():
        return device in ("auto", "cpu")
    is_cpu: bool = _imported("torch").first_device() == "cpu"
    return is_cpu


def _may_have_gpu() -> bool:
    """Whether NVIDIA's driver is here."""
    drivers = {"win32": "nvcuda.dll", "linux": "libcuda.so.1"}
    try:
        ctypes.CDLL(drivers[sys.platform])
        return True
    except (KeyError, OSError):
        return False


def _imported(backend: str) -> ModuleType:
    if backend in _BY_TORCH:
        import_torch()
    return import_module(f"vs_tcvc.backends.{backend}")


def cpu_precision(precision: str) -> str:
    """The arithmetic on a CPU for the option `precision`. Raises DeviceError for fp16."""
    if precision == "fp16":
        raise DeviceError(option="precision", value="fp16", expected="fp32 or bf16 on a CPU", remedy="fp16 is for GPUs")
    return "fp32" if precision == "auto" else precision


def import_torch() -> None:
    """Import torch so that its idle threads sleep.

    By default OpenMP's threads spin while they wait, which takes the processor from decoder, encoder and our other
    stages (measured on two busy cores: 0.5 frames a second instead of 7.5). OpenMP reads its
    environment once, when it is loaded; the variable is put back at once, and one that the user set is respected.
    """
    if "torch" in sys.modules or "OMP_WAIT_POLICY" in os.environ:
        return
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    try:
        import torch  # noqa: F401
    finally:
        del os.environ["OMP_WAIT_POLICY"]
