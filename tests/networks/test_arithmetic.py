"""PyTorch's settings of the process are ours while a network computes, and the host's own before and after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
import torch

from vs_tcvc.networks.arithmetic import Arithmetic, on_threads

HOST = 3
CPU = torch.device("cpu")


def kernels() -> tuple[bool, bool]:
    return torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic


@pytest.fixture(autouse=True)
def _host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A host with settings of its own."""
    before = torch.get_num_threads()
    torch.set_num_threads(HOST)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    yield
    torch.set_num_threads(before)


def count_of_a_new_thread() -> int:
    found = list[int]()
    thread = Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return found[0]


def test_inside_they_are_ours_and_afterwards_the_hosts() -> None:
    with Arithmetic(CPU, threads=2).used(), Arithmetic(CPU, threads=1).used():
        assert (torch.get_num_threads(), kernels()) == (1, (False, True))
    assert (torch.get_num_threads(), kernels()) == (HOST, (True, False))
    assert count_of_a_new_thread() == HOST


HOSTS_TF32 = """
import torch
from torch.backends.cuda import matmul
from torch.backends.cudnn import conv
from vs_tcvc.networks.arithmetic import Arithmetic

def now():
    return [each.fp32_precision == "tf32" for each in (matmul, conv)]

{host}
before = now()
with Arithmetic(torch.device("cpu")).used(), Arithmetic(torch.device("cpu")).used():
    assert now() == [False, False]
assert now() == before
{after}
"""


@pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="this PyTorch has one way to say it")
@pytest.mark.parametrize(("host", "after"), [
    ("", "assert torch.backends.cudnn.allow_tf32"),
    ("matmul.allow_tf32 = True", "assert matmul.allow_tf32 and torch.backends.cudnn.allow_tf32"),
    ("torch.set_float32_matmul_precision('high')", "assert torch.get_float32_matmul_precision() == 'high'"),
    ("torch.backends.fp32_precision = 'tf32'", "assert torch.backends.fp32_precision == 'tf32'"),
    ("matmul.fp32_precision = conv.fp32_precision = 'tf32'", ""),
])  # fmt: skip
def test_a_gpu_computes_in_all_bits_of_fp32_however_the_host_says_otherwise(host: str, after: str) -> None:
    """In a process of its own: what was said in one way cannot be unsaid in the other."""
    script = HOSTS_TF32.format(host=host, after=after)
    subprocess.run([sys.executable, "-c", script], check=True)


def test_tf32_is_off_inside_and_the_hosts_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    with Arithmetic(CPU).used():
        assert not torch.backends.cudnn.allow_tf32
        assert not torch.backends.cuda.matmul.allow_tf32
    assert torch.backends.cudnn.allow_tf32


def test_an_error_inside_gives_them_back() -> None:
    with pytest.raises(ValueError, match="ours"), Arithmetic(CPU, threads=1).used():
        raise ValueError("ours")
    assert (torch.get_num_threads(), kernels()) == (HOST, (True, False))


def test_without_a_number_the_threads_are_the_hosts() -> None:
    with Arithmetic(CPU).used():
        assert torch.get_num_threads() == HOST


@pytest.mark.parametrize("first", ["elder", "younger"])
def test_a_thread_that_is_born_while_another_computes_leaves_nothing_behind(first: str) -> None:
    """PyTorch lets it begin with what the other one has set."""
    entered, left = Barrier(2), Barrier(2)

    def elder() -> int:
        with on_threads(2):
            entered.wait()
            if first == "younger":
                left.wait()
        if first == "elder":
            left.wait()
        return torch.get_num_threads()

    def younger() -> int:
        with on_threads(1):
            if first == "elder":
                left.wait()
            count = torch.get_num_threads()
        if first == "younger":
            left.wait()
        return count

    with ThreadPoolExecutor(1) as one:
        old = one.submit(elder)
        entered.wait()
        with ThreadPoolExecutor(1) as other:
            assert other.submit(younger).result() == 1
        assert old.result() == HOST
    assert (torch.get_num_threads(), count_of_a_new_thread()) == (HOST, HOST)
