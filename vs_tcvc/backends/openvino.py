"""OpenVINO on x86 CPUs: the compact network in half of PyTorch's time, and started without importing PyTorch."""

from __future__ import annotations

import platform
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from vs_tcvc.backends import cpu_precision
from vs_tcvc.backends.graph_cache import Library, graphs
from vs_tcvc.core.frame import Array
from vs_tcvc.errors import DeviceError, first_line
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.runtime.resource_pool import ResourcePool

PRECISIONS = {"fp32": "f32", "bf16": "bf16"}
_SIZES = 8  # of pictures, and numbers of references, for which compiled graphs are kept


@dataclass(frozen=True)
class OpenVinoDevice:
    """The CPU, the arithmetic used on it and the threads of its work."""

    precision: str
    threads: int
    device: str = "cpu"


def is_here() -> bool:
    """Whether OpenVINO can be used, on a kind of processor that it was measured on."""
    return platform.machine().lower() in ("x86_64", "amd64") and not problem()


def problem() -> str:
    """Why OpenVINO cannot be used, with a remedy; "" if it can."""
    if find_spec("openvino") is None:
        return "it is not installed; pip install openvino"
    try:
        core()
    except (ImportError, OSError, RuntimeError) as error:
        return f"it does not load ({first_line(error)}); install it again"
    return ""


def resolve(device: str, precision: str, threads: int) -> OpenVinoDevice:
    """The device for the options; auto is the CPU in fp32.

    Raises DeviceError if OpenVINO cannot be used, for another device, and for a precision that the CPU lacks.
    """
    if problem():
        what, _, remedy = problem().partition("; ")
        raise DeviceError(what, option="backend", value="openvino", remedy=f"{remedy}, or use {{backend}} torch")
    if device not in ("auto", "cpu"):
        raise DeviceError(
            option="device", value=device, expected="cpu with {backend} openvino",
            remedy="GPUs are for {backend} torch",
        )  # fmt: skip
    precision = cpu_precision(precision)
    if precision == "bf16" and "BF16" not in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise DeviceError("this CPU does not support it", option="precision", value="bf16", remedy="use fp32")
    return OpenVinoDevice(precision, threads)


@lru_cache(maxsize=4)
def compact(file: WeightsFile, place: OpenVinoDevice) -> CompactColorizer[Array]:
    """The compact network with the weights of `file` on `place`; shared by all callers with equal arguments."""
    return CompactColorizer(OpenvinoGraphs(graphs(file, library()), place))


def published(file: WeightsFile, place: OpenVinoDevice) -> CompactColorizer[Array]:
    """Raises DeviceError: only PyTorch runs the published network."""
    raise DeviceError(
        option="backend", value="openvino", expected="{model} compact",
        remedy="use {backend} torch for the published network",
    )  # fmt: skip


NETWORKS: Mapping[str, Callable[[WeightsFile, OpenVinoDevice], CompactColorizer[Array]]] = MappingProxyType(
    {"compact": compact, "published": published}
)


class OpenvinoGraphs:
    """The graphs in OpenVINO; see `vs_tcvc.networks.compact.colorizer.Graphs`. Values are arrays."""

    def __init__(self, models: Mapping[str, Any], place: OpenVinoDevice) -> None:
        self._models = models
        self._options = {
            "INFERENCE_PRECISION_HINT": PRECISIONS[place.precision], "INFERENCE_NUM_THREADS": place.threads,
            "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False,
        }  # fmt: skip
        self._requests = ResourcePool(self._compile, _SIZES * len(models))
        self._compiling = threading.Lock()

    def value(self, array: Array) -> Array:
        return np.ascontiguousarray(array)

    def array(self, value: Array) -> Array:
        return value

    def joined(self, values: Sequence[Array]) -> Array:
        return np.concatenate(values, axis=-1)

    def run(self, graph: str, *values: Array) -> tuple[Array, ...]:
        with self._requests.one(graph, tuple(value.shape for value in values)) as request:
            return tuple(request.infer(values, share_inputs=True).to_tuple())

    def _compile(self, graph: str, shapes: Sequence[Sequence[int]]) -> Any:
        openvino, model = _openvino(), self._models[graph]
        with self._compiling:
            model.reshape({index: openvino.PartialShape(list(shape)) for index, shape in enumerate(shapes)})
            return core().compile_model(model, "CPU", self._options).create_infer_request()


def _write(module: Any, example: Any, path: Path) -> None:
    openvino = _openvino()
    openvino.save_model(openvino.convert_model(module, example_input=example), path, compress_to_fp16=False)


def library() -> Library:
    """OpenVINO for the graph cache."""
    return Library("openvino", version("openvino"), ".xml", _write, lambda path: core().read_model(path))


@cache
def core() -> Any:
    """The library's core object."""
    entrance = _openvino().Core()
    entrance.set_property({"ENABLE_MMAP": False})  # files may be deleted while their graphs are in use
    return entrance


def _openvino() -> Any:
    """The library, imported with telemetry off: by default it reports every import to its makers."""
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # its import fails and is ignored
    import openvino

    return openvino
