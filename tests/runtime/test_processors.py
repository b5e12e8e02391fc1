"""Processors are counted as this process may use them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vs_tcvc.runtime import processors


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(autouse=True)
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 64 processors, of which this process has 8."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {*range(8)}, raising=False)


def test_a_process_has_those_of_its_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert processors.count(tmp_path) == 8
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processors.count(tmp_path) == 64


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/", {"cpu.max": "max 100000"}, 8),
        ("0::/", {"cpu.max": "200000 100000"}, 2),
        ("0::/", {"cpu.max": "150000 100000"}, 2),
        ("0::/", {"cpu.max": "10000 100000"}, 1),
        ("0::/", {"cpu.max": "3200000 100000"}, 8),
        ("0::/farm/job", {"farm/cpu.max": "300000 100000", "farm/job/cpu.max": "max 100000"}, 3),
        ("0::/farm/job", {"other/cpu.max": "100000 100000"}, 8),
        ("0::/", {"cpu.max": ""}, 8),
        ("1:cpu,cpuacct:/", {"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000"}, 4),
        ("1:cpu:/box", {"cpu/box/cpu.cfs_quota_us": "100000", "cpu/box/cpu.cfs_period_us": "100000"}, 1),
        ("1:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ("2:cpuset:/", {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 8),
    ],
)
def test_a_container_has_its_share(tmp_path: Path, groups: str, files: dict[str, str], expected: int) -> None:
    assert processors.count(machine(tmp_path, groups, files)) == expected
