"""Laws of OpenVINO: chosen where it suits, refused in one sentence where it cannot do what is asked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from network_films import film

from vs_tcvc import backends
from vs_tcvc.backends import make_colorizer, openvino
from vs_tcvc.backends.graph_cache import graphs
from vs_tcvc.errors import DeviceError
from vs_tcvc.networks import weights_file
from vs_tcvc.settings import Settings

if not openvino.is_here():
    pytest.skip("OpenVINO is for x86 processors", allow_module_level=True)

HERE = Settings(device="cpu", backend="openvino")
SHIPPED = weights_file.choose("compact")


# The choice


def chosen(settings: Settings) -> str:
    return backends._backend(settings)


def test_auto_is_openvino_on_a_cpu_and_torch_for_what_it_cannot_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "_may_have_gpu", lambda: False)
    assert chosen(Settings()) == chosen(Settings(device="cpu")) == chosen(Settings(precision="bf16")) == "openvino"
    assert chosen(Settings(device="cuda")) == chosen(Settings(precision="fp16")) == "torch"
    assert chosen(Settings(model="published")) == chosen(Settings(backend="torch")) == "torch"
    monkeypatch.setattr(openvino, "is_here", lambda: False)
    assert chosen(Settings()) == "torch"


@pytest.mark.parametrize(("first", "expected"), [("cuda", "torch"), ("cpu", "openvino")])
def test_where_there_may_be_a_gpu_torch_is_asked(monkeypatch: pytest.MonkeyPatch, first: str, expected: str) -> None:
    from vs_tcvc.backends import torch

    monkeypatch.setattr(backends, "_may_have_gpu", lambda: True)
    monkeypatch.setattr(torch, "first_device", lambda: first)
    assert chosen(Settings()) == expected
    assert chosen(Settings(device="cpu")) == "openvino"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"device": "cuda"}, "device cuda: expected cpu with backend openvino"),
        ({"device": "mps"}, "device mps: expected cpu with backend openvino"),
        ({"precision": "fp16"}, "precision fp16: expected fp32 or bf16 on a CPU"),
    ],
)
def test_what_openvino_cannot_do_is_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        make_colorizer(Settings(backend="openvino", **settings))  # type: ignore[arg-type]


def test_the_published_network_is_refused() -> None:
    with pytest.raises(DeviceError, match=r"backend openvino: expected model compact; use backend torch"):
        openvino.published(SHIPPED, openvino.resolve("cpu", "auto", 2))


def test_without_openvino_the_option_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "find_spec", lambda name: None)
    with pytest.raises(DeviceError, match=r"backend openvino: it is not installed; pip install openvino"):
        make_colorizer(HERE)


def test_an_openvino_that_does_not_load_is_left_alone_and_said_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        raise ImportError("libtbb.so.12: cannot open shared object file\nmore")

    monkeypatch.setattr(openvino, "core", broken)
    assert chosen(Settings(device="cpu")) == "torch"
    with pytest.raises(DeviceError, match=r"openvino: it does not load \(libtbb.so.12: cannot open [a-z ]+\); install"):
        make_colorizer(HERE)


def test_a_network_that_openvino_does_not_take_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no conversion rule for aten::new")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(openvino._openvino(), "convert_model", refuse)
    with pytest.raises(
        DeviceError, match=r"from this version of torch \(no conversion rule for aten::new\); use backend torch"
    ):
        graphs(SHIPPED, openvino.library())
    assert not list(tmp_path.rglob("*.*"))  # nothing half-written


def test_a_cpu_without_bf16_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def get_property(self, device: str, name: str) -> list[str]:
            return ["FP32", "INT8"]

    monkeypatch.setattr(openvino, "core", Old)
    with pytest.raises(DeviceError, match=r"precision bf16: this CPU does not support it; use fp32"):
        openvino.resolve("cpu", "bf16", 2)
    assert openvino.resolve("cpu", "auto", 2).precision == "fp32"


# Its numbers


def test_bf16_is_near_fp32() -> None:
    """Eight bits of mantissa: on a shot of 12 frames 1 of ab on average, half of what an eye sees."""
    exact, rough = (make_colorizer(replace(HERE, precision=each))[0] for each in ("fp32", "bf16"))
    first, *later = film("chelsea", 12)
    memories = [each.begin([first]) for each in (exact, rough)]
    for frame in later:
        one, other = (each.colorize(m, frame.lightness[None]) for each, m in zip((exact, rough), memories, strict=True))
        memories = [one[0], other[0]]
    assert 0 < np.abs(one[1] - other[1]).mean() < 1


# Its start


def test_the_library_is_imported_in_such_a_way_that_it_reports_nothing_to_its_makers() -> None:
    program = "import sys; from vs_tcvc.backends.openvino import core; core(); print(sys.modules['openvino_telemetry'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"
