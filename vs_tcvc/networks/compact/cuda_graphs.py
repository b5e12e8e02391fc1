"""The compact network's step recorded on a CUDA device and played back: its hundreds of kernels are launched as one.

Recorded kernels read and write memory of their own, so values are copied in and out; nothing else is different from
`TorchGraphs`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.compact.checkpoint import Networks
from vs_tcvc.networks.compact.graphs import TorchGraphs
from vs_tcvc.runtime.resource_pool import ResourcePool

RECORDED = "step"
"""The graph that is recorded; the others run once in a shot."""

_SIZES = 8  # of pictures, and numbers of references, for which recordings are kept
_WARM_UPS = 3  # libraries choose and allocate in their first calls, which must not be recorded
_recording = threading.Lock()

Result = tuple[Tensor, ...]
Recorder = Callable[[Callable[[], Result], torch.device], tuple[Result, Callable[[], None]]]
"""Takes a function of fixed memory; returns its result and a function that computes it again in the same memory."""


def record(function: Callable[[], Result], device: torch.device) -> tuple[Result, Callable[[], None]]:
    """A `Recorder` on a CUDA device: CUDA graphs."""
    with _recording, torch.cuda.device(device):
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(_WARM_UPS):
                function()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            made = function()

    def play() -> None:
        with torch.cuda.device(device):
            graph.replay()

    return made, play


class _Recording:
    """A function of tensors of certain shapes and kinds, recorded."""

    def __init__(
        self, function: Callable[..., Result], like: Sequence[tuple[torch.Size, torch.dtype]], device: torch.device,
        recorder: Recorder,
    ) -> None:  # fmt: skip
        self._given = [torch.zeros(shape, dtype=dtype, device=device) for shape, dtype in like]
        self._made, self._play = recorder(lambda: function(*self._given), device)

    def __call__(self, values: Sequence[Tensor]) -> Result:
        for own, value in zip(self._given, values, strict=True):
            own.copy_(value)
        self._play()
        return tuple(made.clone() for made in self._made)


class RecordedGraphs(TorchGraphs):
    """The graphs in PyTorch, the step played back; see `vs_tcvc.networks.compact.colorizer.Graphs`."""

    def __init__(self, networks: Networks, arithmetic: Arithmetic, recorder: Recorder = record) -> None:
        super().__init__(networks, arithmetic)
        self._recorder = recorder
        self._recordings = ResourcePool(self._record, _SIZES)

    def run(self, graph: str, *values: Tensor) -> Result:
        if graph != RECORDED:
            return super().run(graph, *values)
        like = ((value.shape, value.dtype) for value in values)
        with self._arithmetic.used(), self._recordings.one(*like) as recording:
            return recording(values)

    def _record(self, *like: tuple[torch.Size, torch.dtype]) -> _Recording:
        return _Recording(self._modules[RECORDED], like, self._arithmetic.device, self._recorder)
