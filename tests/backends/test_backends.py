"""Laws of choosing where a network runs: `auto` finds what is here, anything else is had or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_threads import counting_threads

from vs_tcvc.backends import make_colorizer
from vs_tcvc.backends.torch import resolve
from vs_tcvc.errors import DeviceError, WeightsError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact.checkpoint import Networks, load_networks, save_networks
from vs_tcvc.networks.compact.reference import Decoding, ReferenceNetwork
from vs_tcvc.settings import Settings

HERE = Settings(device="cpu", backend="torch")


def lightness(size: tuple[int, int] = (64, 72)) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(0).uniform(0, 100, size).astype(np.float32)


def machine(monkeypatch: pytest.MonkeyPatch, cuda: int = 0, mps: bool = False) -> None:
    """Make this look like a machine with so many CUDA devices, or an Apple GPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """The process has its own threads after every call."""
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("cuda", "mps", "device", "precision"),
    [(0, False, "cpu", "fp32"), (1, False, "cuda", "fp16"), (2, True, "cuda", "fp16"), (0, True, "cpu", "fp32")],
)
def test_auto_is_the_first_nvidia_gpu_else_the_cpu(
    monkeypatch: pytest.MonkeyPatch, cuda: int, mps: bool, device: str, precision: str
) -> None:
    machine(monkeypatch, cuda, mps)
    place = resolve("auto", "auto", 2)
    assert (str(place.device), place.precision) == (device, precision)


def test_gpus_that_nobody_has_run_are_used_if_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, 0, True)
    assert str(resolve("mps", "auto", 2).device) == "mps"
    machine(monkeypatch, 1, False)
    monkeypatch.setattr(torch.version, "hip", "7.0")
    assert str(resolve("auto", "auto", 2).device) == "cpu"
    assert str(resolve("cuda", "auto", 2).device) == "cuda"


@pytest.mark.parametrize(
    ("cuda", "wanted", "have"),
    [
        (0, "cuda", "no CUDA device"),
        (0, "cuda:0", "no CUDA device"),
        (1, "cuda:1", r"1 CUDA device\(s\)"),
        (2, "cuda:7", r"2 CUDA device\(s\)"),
        (1, "cuda:256", r"1 CUDA device\(s\)"),  # torch.device keeps 8 bits of the index: the first GPU
        (1, "cuda:99999999999999999999", r"1 CUDA device\(s\)"),
    ],
)
def test_a_gpu_that_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch, cuda: int, wanted: str, have: str) -> None:
    machine(monkeypatch, cuda)
    with pytest.raises(
        DeviceError, match=f"device {wanted}: expected a device of this machine, got {have}; use .*auto"
    ):
        resolve(wanted, "auto", 2)


@pytest.mark.parametrize("wanted", ["cuda", "cuda:0", "cuda:1"])
def test_a_gpu_that_is_here_is_taken(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    machine(monkeypatch, cuda=2)
    assert str(resolve(wanted, "bf16", 2).device) == wanted


def test_an_apple_gpu_that_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch)
    with pytest.raises(DeviceError, match=r"device mps: .*this machine has none"):
        resolve("mps", "auto", 2)


def test_a_cpu_computes_in_fp32_or_bf16() -> None:
    assert resolve("cpu", "auto", 2).dtype == torch.float32
    assert resolve("cpu", "bf16", 2).dtype == torch.bfloat16
    with pytest.raises(DeviceError, match="precision fp16: expected fp32 or bf16 on a CPU"):
        resolve("cpu", "fp16", 2)


def test_a_machine_without_gpu_refuses_fp16_for_auto_too(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch)
    with pytest.raises(DeviceError, match="precision fp16"):
        resolve("auto", "fp16", 2)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_call_works_with_the_threads_of_its_settings_whatever_was_set_before(threads: int) -> None:
    colorizer, _ = make_colorizer(replace(HERE, threads=threads))
    with counting_threads(host=2) as counts:
        colorizer.predict(lightness())
    assert counts == {threads}


def test_the_same_settings_give_the_same_network() -> None:
    first, chosen = make_colorizer(HERE)
    again, same = make_colorizer(replace(HERE, saturation=2))
    assert first is again
    assert chosen == same


def test_what_was_chosen_says_what_auto_became() -> None:
    _, chosen = make_colorizer(HERE)
    assert json.loads(json.dumps(vars(chosen))) == {
        "model": "compact", "backend": "torch", "device": "cpu", "precision": "fp32", "threads": 2,
        "weights_sha256": weights_file.choose("compact").verify(), "library": f"torch {torch.__version__}",
    }  # fmt: skip
    assert str(chosen) == "compact on cpu (torch, fp32, 2 threads)"


def test_bf16_is_near_fp32() -> None:
    """Eight bits of mantissa over some forty layers: a few units of a*, b* at single pixels, less than 3 on average."""
    exact, rough = (make_colorizer(replace(HERE, precision=each))[0] for each in ("fp32", "bf16"))
    one, other = exact.predict(lightness()).ab, rough.predict(lightness()).ab
    assert one.dtype == other.dtype == np.float32
    assert np.abs(one - other).mean() < 3
    assert (one != other).any()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the shipped weights as a user's own file."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(weights_file.choose("compact").path.read_bytes())
    return path


def test_a_users_file_with_the_shipped_weights_gives_the_same_color(own: Path) -> None:
    shipped, _ = make_colorizer(HERE)
    theirs, chosen = make_colorizer(replace(HERE, weights=str(own)))
    assert chosen.weights_sha256 == weights_file.choose("compact").sha256
    assert theirs.predict(lightness()).ab.tobytes() == shipped.predict(lightness()).ab.tobytes()


def test_a_users_file_that_has_changed_is_read_again(own: Path) -> None:
    before, _ = make_colorizer(replace(HERE, weights=str(own)))
    torch.manual_seed(0)
    propagation = load_networks(weights_file.choose("compact")).propagation
    digest = save_networks(own, Networks(ReferenceNetwork(), propagation, Decoding(0.5)), {})
    after, chosen = make_colorizer(replace(HERE, weights=str(own)))
    assert chosen.weights_sha256 == digest
    assert (after.predict(lightness()).ab != before.predict(lightness()).ab).any()


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3" * 100)
    with pytest.raises(WeightsError, match=r"film\.mkv: expected a safetensors file"):
        make_colorizer(replace(HERE, weights=str(path)))
    with pytest.raises(WeightsError, match=r"weights .*gone: expected a weights file, found none of that name"):
        make_colorizer(replace(HERE, weights=str(tmp_path / "gone")))
