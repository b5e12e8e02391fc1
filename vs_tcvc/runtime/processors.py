"""How many processors this process may use: not those of the machine, where it is confined to some or to a share."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def count(root: Path = Path("/")) -> int:
    """Processors of the process's affinity, or of its containers' quotas (Linux) if that is less; 1 at least.

    root: where /proc and /sys are.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    own = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min([own, *map(math.ceil, _quotas(root))]))


def _quotas(root: Path) -> Iterator[float]:
    """Processors' time per time that each control group of this process may use, of those that say so."""
    groups = []
    with suppress(OSError):
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    for line in groups:
        controllers, path = line.split(":", 2)[1:]
        is_second_version = controllers == ""
        if is_second_version or "cpu" in controllers.split(","):
            mount = root / "sys/fs/cgroup" / ("" if is_second_version else "cpu")
            group = Path(path.lstrip("/"))
            for folder in (group, *group.parents):
                yield from _quota(mount / folder)


def _quota(folder: Path) -> Iterator[float]:
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text().split()
        yield int(quota) / int(period)  # "max" is no number
    with suppress(OSError, ValueError):
        quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        if int(quota) > 0:
            yield int(quota) / int(period)
