"""Device, precision and threads of a network.

PyTorch keeps threads and the choice of kernels for the whole process. They are ours while a network computes, and the
host's own before and after.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vs_tcvc.core.frame import Array
from vs_tcvc.runtime.process_setting import ProcessSetting

_lock = threading.Lock()
_inside = _before = 0


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """PyTorch on so many threads, then on as many as before.

    It counts for every thread of the process by itself, and a new one begins with what was set last in any of them: so
    whoever is the last to leave sets what was before the first one came.
    """
    global _inside, _before
    with _lock:
        own = torch.get_num_threads()
        _before = _before if _inside else own
        _inside += 1
        torch.set_num_threads(count)
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            torch.set_num_threads(own if _inside else _before)


def _cudnn() -> tuple[bool, bool]:
    return torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic


def _set_cudnn(flags: tuple[bool, bool]) -> None:
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = flags


fixed_kernels = ProcessSetting((False, True), _cudnn, _set_cudnn).ours
"""The same kernels of cuDNN in every call, none chosen by timing."""


@dataclass(frozen=True)
class Arithmetic:
    """threads: part of what makes the pixels; None for those of the process."""

    device: torch.device
    dtype: torch.dtype = torch.float32
    threads: int | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        """Inference in this precision, with these threads, whatever the process has; then that is back."""
        reduced = self.dtype != torch.float32
        autocast = torch.autocast(self.device.type, self.dtype if reduced else torch.bfloat16, enabled=reduced)
        threads = nullcontext() if self.threads is None else on_threads(self.threads)
        with threads, fixed_kernels(), torch.inference_mode(), autocast:
            yield

    def tensor(self, array: Array) -> Tensor:
        """An array on the device; a GPU fetches it from pinned memory while the caller goes on."""
        host = torch.from_numpy(np.ascontiguousarray(array))
        if self.device.type == "cuda":
            host = host.pin_memory()
        return host.to(self.device, non_blocking=True)


def array_of(tensor: Tensor) -> Array:
    """A tensor as a float32 array."""
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
