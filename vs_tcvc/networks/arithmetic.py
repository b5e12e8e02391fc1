"""Device, precision and threads of a network.

PyTorch keeps threads and the choice of kernels for the whole process. They are ours while a network computes, and the
host's own before and after.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

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


def _tf32() -> tuple[Any, ...]:
    """Whether a GPU rounds fp32 to 10 bits, for products and convolutions: truths, or names if the process uses those.

    PyTorch has two ways to say it, and raises where both were used.
    """
    try:
        return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    except RuntimeError:
        return torch.backends.cuda.matmul.fp32_precision, _convolution().fp32_precision


def _convolution() -> Any:
    return torch.backends.cudnn.conv  # type: ignore[attr-defined]  # its types lack it


def _set_tf32(state: tuple[Any, ...] | None) -> None:
    """Back to a state of before; None for neither, in the way that the process uses."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    if isinstance((state or _tf32())[0], bool):
        matmul.allow_tf32, cudnn.allow_tf32 = state or (False, False)
    else:
        matmul.fp32_precision, _convolution().fp32_precision = state or ("ieee", "ieee")


whole_fp32 = ProcessSetting[tuple[Any, ...] | None](None, _tf32, _set_tf32).ours
"""Products and convolutions in all bits of fp32, as on a CPU."""


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
        with threads, fixed_kernels(), whole_fp32(), torch.inference_mode(), autocast:
            yield

    def tensor(self, array: Array) -> Tensor:
        """An array on the device; an NVIDIA GPU fetches it from pinned memory while the caller goes on.

        From other memory that would be a race with whoever gets the memory next.
        """
        host = torch.from_numpy(np.ascontiguousarray(array))
        if self.device.type == "cuda":
            return host.pin_memory().to(self.device, non_blocking=True)
        return host.to(self.device)


def array_of(tensor: Tensor) -> Array:
    """A tensor as a float32 array."""
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
