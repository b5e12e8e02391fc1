"""Where and how a network computes: device, precision, threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vs_tcvc.core.frame import Array


@dataclass(frozen=True)
class Arithmetic:
    """threads: set before every call, whatever was set before, since they are part of what makes the pixels; None
    leaves them as they are.
    """

    device: torch.device
    dtype: torch.dtype = torch.float32
    threads: int | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        """Inference in this precision, with these threads."""
        if self.threads not in (None, torch.get_num_threads()):
            torch.set_num_threads(self.threads)
        reduced = self.dtype != torch.float32
        autocast = torch.autocast(self.device.type, self.dtype if reduced else torch.bfloat16, enabled=reduced)
        with torch.inference_mode(), autocast:
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
