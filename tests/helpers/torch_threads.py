"""With how many threads PyTorch computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_pre_hook


@contextmanager
def counting_threads(host: int) -> Iterator[set[int]]:
    """The numbers of threads that networks were called with inside; the host has `host`, and has them afterwards."""
    before, seen = torch.get_num_threads(), set[int]()

    def see(*_: Any) -> None:
        seen.add(torch.get_num_threads())

    hook = register_module_forward_pre_hook(see)
    torch.set_num_threads(host)
    try:
        yield seen
        assert torch.get_num_threads() == host
    finally:
        torch.set_num_threads(before)
        hook.remove()
