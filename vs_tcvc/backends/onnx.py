"""ONNX Runtime on any CPU, or on an NVIDIA GPU without PyTorch's own kernels: an optional extra."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from vs_tcvc.backends.graph_cache import Library, graphs
from vs_tcvc.core.frame import Array
from vs_tcvc.errors import DeviceError, first_line
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.weights_file import WeightsFile

_OPSET = 18


@dataclass(frozen=True)
class OnnxDevice:
    """A device, "cpu" or "cuda:N", and the threads of its work."""

    device: str
    threads: int
    precision: str = "fp32"

    @property
    def kind(self) -> str:
        return self.device.partition(":")[0]

    @property
    def number(self) -> int:
        return int(self.device.partition(":")[2] or 0)


def problem() -> str:
    """Why ONNX Runtime cannot be used, with a remedy; "" if it can."""
    if find_spec("onnxruntime") is None:
        return "it is not installed; pip install '.[onnx]' in the checkout"
    try:
        onnxruntime()
    except (ImportError, OSError) as error:
        return f"it does not load ({first_line(error)}); install it again"
    return ""


def resolve(device: str, precision: str, threads: int) -> OnnxDevice:
    """The device for the options; auto is the CPU, in fp32.

    Raises DeviceError if ONNX Runtime cannot be used, or not with this device or precision.
    """
    if problem():
        what, _, remedy = problem().partition("; ")
        raise DeviceError(what, option="backend", value="onnx", remedy=f"{remedy}, or use {{backend}} torch")
    if device == "mps":
        raise DeviceError(
            option="device", value="mps", expected="cpu or cuda with {backend} onnx",
            remedy="an Apple GPU is for {backend} torch",
        )  # fmt: skip
    if precision not in ("auto", "fp32"):
        raise DeviceError(
            option="precision", value=precision, expected="fp32 with {backend} onnx", remedy="use {backend} torch"
        )
    if device.startswith("cuda") and "CUDAExecutionProvider" not in providers_here():
        advice = "pip uninstall onnxruntime, then pip install onnxruntime-gpu"
        raise DeviceError("this onnxruntime is for CPUs only", option="device", value=device, remedy=advice)
    return OnnxDevice("cpu" if device == "auto" else device, threads)


def onnxruntime() -> Any:
    """The library, imported with telemetry off: by default it reports models and their use to its makers."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def providers_here() -> Sequence[str]:
    """The providers of this onnxruntime. Raises ImportError if it is not installed."""
    found: Sequence[str] = onnxruntime().get_available_providers()
    return found


def providers(kind: str, number: int) -> list[Any]:
    """Providers for a network, first choice first; kernels are not chosen by timing."""
    cuda = ("CUDAExecutionProvider", {"device_id": number, "cudnn_conv_algo_search": "HEURISTIC", "use_tf32": 0})
    return [*([cuda] if kind == "cuda" else []), "CPUExecutionProvider"]


def session(model: str | bytes, threads: int, runs_on: Sequence[Any]) -> Any:
    """A network ready to run, from a file's name or its bytes; raises what onnxruntime raises."""
    options = onnxruntime().SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads sleep, as torch's do
    return onnxruntime().InferenceSession(model, options, runs_on)


@lru_cache(maxsize=4)
def compact(file: WeightsFile, place: OnnxDevice) -> CompactColorizer[Any]:
    """The compact network with the weights of `file` on `place`; shared by all callers with equal arguments."""
    return CompactColorizer(OnnxGraphs(graphs(file, library()), place))


def published(file: WeightsFile, place: OnnxDevice) -> CompactColorizer[Any]:
    """Raises DeviceError: only PyTorch runs the published network."""
    raise DeviceError(
        option="backend", value="onnx", expected="{model} compact",
        remedy="use {backend} torch for the published network",
    )  # fmt: skip


NETWORKS: Mapping[str, Callable[[WeightsFile, OnnxDevice], CompactColorizer[Any]]] = MappingProxyType(
    {"compact": compact, "published": published}
)


class OnnxGraphs:
    """The graphs in ONNX Runtime; see `vs_tcvc.networks.compact.colorizer.Graphs`. Values are its own."""

    def __init__(self, models: Mapping[str, bytes], place: OnnxDevice) -> None:
        self._kind, self._number = place.kind, place.number
        self._sessions = {name: _session(model, place) for name, model in models.items()}

    def value(self, array: Array) -> Any:
        own = np.array(array, np.float32, order="C")  # on a CPU the value is the array itself
        return onnxruntime().OrtValue.ortvalue_from_numpy(own, self._kind, self._number)

    def array(self, value: Any) -> Array:
        return np.asarray(value.numpy(), np.float32)

    def joined(self, values: Sequence[Any]) -> Any:
        return self.value(np.concatenate([self.array(value) for value in values], axis=-1))

    def run(self, graph: str, *values: Any) -> tuple[Any, ...]:
        network = self._sessions[graph]
        binding = network.io_binding()
        for taken, value in zip(network.get_inputs(), values, strict=True):
            binding.bind_ortvalue_input(taken.name, value)
        for given in network.get_outputs():
            binding.bind_output(given.name, self._kind, self._number)
        network.run_with_iobinding(binding)
        return tuple(binding.get_outputs())


def _session(model: bytes, place: OnnxDevice) -> Any:
    """A graph ready to run on `place`. Raises DeviceError if the GPU is not available."""
    wanted = providers(place.kind, place.number)
    try:
        ready = session(model, place.threads, wanted)
    except Exception as error:  # onnxruntime's errors have no base of their own
        raise DeviceError(
            f"onnxruntime says {first_line(error)}", option="device", value=place.device, remedy="use {device} cpu"
        ) from None
    if len(ready.get_providers()) < len(wanted):  # it would fall back to the CPU
        raise DeviceError(
            "onnxruntime finds no such GPU or lacks CUDA", option="device", value=place.device,
            remedy="use {device} cpu",
        )  # fmt: skip
    return ready


def _write(module: Any, example: Any, path: Path) -> None:
    import torch

    if find_spec("onnx") is None:
        raise ImportError("the package onnx is not installed: pip install '.[onnx]' in the checkout")
    takes = [f"in{number}" for number in range(len(example))]
    gives = [f"out{number}" for number in range(len(module(*example)))]
    open_lengths = {name: _lengths_of_pictures(value.shape) for name, value in zip(takes, example, strict=True)}
    torch.onnx.export(
        module, example, path, input_names=takes, output_names=gives, dynamic_axes=open_lengths, opset_version=_OPSET,
        dynamo=False,  # the newer exporter needs another package
    )  # fmt: skip


def _lengths_of_pictures(shape: Sequence[int]) -> list[int]:
    """Axes of a value that depend on the picture's size: (1, h, w, 2), (1, channels, h, w) or (1, channels, K)."""
    return [1, 2] if shape[-1] == 2 else list(range(2, len(shape)))


def library() -> Library:
    """ONNX Runtime for the graph cache."""
    return Library("onnx", f"{version('torch')} {_OPSET}", ".onnx", _write, Path.read_bytes)
