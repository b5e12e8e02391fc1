"""Laws of OpenVINO: chosen where it suits, near PyTorch, started without it, its graphs kept whole or made again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_compact import film

from vs_tcvc import backends, weights
from vs_tcvc.backends import make_colorizer, openvino
from vs_tcvc.errors import DeviceError
from vs_tcvc.files import user_folder
from vs_tcvc.settings import Settings
from vs_tcvc.weights import WeightsFile

if not openvino.is_here():
    pytest.skip("OpenVINO is for x86 processors", allow_module_level=True)

HERE = Settings(device="cpu", backend="openvino")
SHIPPED = weights.choose("compact")


@cache
def kept() -> Path:
    """The folder of the shipped weights' graphs, made if need be."""
    make_colorizer(HERE)
    return user_folder("cache") / "openvino" / openvino._key(SHIPPED)


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
        ({"device": "cuda"}, "--device cuda: expected cpu with --backend openvino"),
        ({"device": "mps"}, "--device mps: expected cpu with --backend openvino"),
        ({"precision": "fp16"}, "--precision fp16: expected fp32 or bf16 on a CPU"),
    ],
)
def test_what_openvino_cannot_do_is_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        make_colorizer(Settings(backend="openvino", **settings))  # type: ignore[arg-type]


def test_the_published_network_is_refused() -> None:
    with pytest.raises(DeviceError, match=r"--backend openvino: expected --model compact; use --backend torch"):
        openvino.published(SHIPPED, openvino.resolve("cpu", "auto", 2))


def test_without_openvino_the_option_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "find_spec", lambda name: None)
    with pytest.raises(DeviceError, match=r"--backend openvino: it is not installed; pip install openvino"):
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
    with pytest.raises(DeviceError, match=r"from this torch \(no conversion rule for aten::new\); use --backend torch"):
        openvino._models(SHIPPED)
    assert not list(tmp_path.rglob("*.*"))  # nothing half-written


def test_a_cpu_without_bf16_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def get_property(self, device: str, name: str) -> list[str]:
            return ["FP32", "INT8"]

    monkeypatch.setattr(openvino, "core", Old)
    with pytest.raises(DeviceError, match=r"--precision bf16: this CPU has no arithmetic for it; use fp32"):
        openvino.resolve("cpu", "bf16", 2)
    assert openvino.resolve("cpu", "auto", 2).precision == "fp32"


# Its numbers


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_colour_is_that_of_torch(name: str) -> None:
    """C1, then 31 frames of a shot. Tolerance: sums in another order; on ten real clips it was 2e-4 at most.

    In 8-bit chroma 0.005 of ab is a hundredth of a step.
    """
    ours, theirs = (make_colorizer(Settings(device="cpu", backend=each))[0] for each in ("openvino", "torch"))
    first, *later = film(name, 32)
    assert np.abs(ours.predict(first.lightness) - theirs.predict(first.lightness)).max() < 1e-3
    memories = [each.begin([first]) for each in (ours, theirs)]
    for frame in later:
        found = [
            each.colorize(memory, frame.lightness[None]) for each, memory in zip((ours, theirs), memories, strict=True)
        ]
        memories = [memory for memory, _, _ in found]
        (_, ab, sure), (_, torch_ab, torch_sure) = found
        assert np.abs(ab - torch_ab).max() < 5e-3
        assert np.abs(ab - torch_ab).mean() < 1e-4
        assert np.abs(sure - torch_sure).max() < 1e-3


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


def run(program: str, folder: Path, **environment: str) -> str:
    """What a program prints in a process of its own, with the cache of that folder."""
    variables = {**os.environ, "XDG_CACHE_HOME": str(folder), **environment}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


COLOURED = """
import io, sys
from ffmpeg_filters import pipe
film = b"YUV4MPEG2 W64 H48 F25:1 Ip Cmono\\n" + (b"FRAME\\n" + bytes(range(16, 208, 3)) * 48) * 3
coloured = io.BytesIO()
code = pipe.main(["--device", "cpu", "--quiet"], io.BytesIO(film), coloured)
print(code, len(coloured.getvalue()) > len(film), sorted({"torch", "scipy", "skimage", "av"} & set(sys.modules)))
"""


def test_a_film_is_coloured_without_importing_torch() -> None:
    assert run(COLOURED, kept().parents[2]) == "0 True []"


def test_the_library_is_imported_in_such_a_way_that_it_reports_nothing_to_its_makers() -> None:
    program = "import sys; from vs_tcvc.backends.openvino import core; core(); print(sys.modules['openvino_telemetry'])"
    assert run(program, kept().parents[2]) == "None"


# Its graphs


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """An empty cache, and where graphs are made; copying those that are there stands for making them."""
    source, made = kept(), []

    def write(file: WeightsFile, folder: Path) -> None:
        made.append(folder)
        shutil.copytree(source, folder)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(openvino, "_write", write)
    return made


def folders() -> list[Path]:
    return list((user_folder("cache") / "openvino").glob("*"))


def test_graphs_are_made_once(counted: list[Path]) -> None:
    for _ in range(2):
        assert sorted(openvino._models(SHIPPED)) == ["predict", "remember", "step"]
    assert len(counted) == 1
    assert [folder.name for folder in folders()] == [kept().name]  # nothing else is left behind


@pytest.mark.parametrize("name", ["step.bin", "step.xml", "SHA256SUMS"])
def test_damaged_or_missing_graphs_are_made_again(counted: list[Path], name: str) -> None:
    openvino._models(SHIPPED)
    (folder,) = folders()
    file = folder / name
    file.write_bytes(file.read_bytes()[:100] if name != "SHA256SUMS" else b"")
    assert sorted(openvino._models(SHIPPED)) == ["predict", "remember", "step"]
    (folder / "step.bin").unlink()
    openvino._models(SHIPPED)
    openvino._models(SHIPPED)
    assert len(counted) == 3


def test_where_nothing_can_be_kept_colour_comes_out_all_the_same(
    counted: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    for _ in range(2):
        assert sorted(openvino._models(SHIPPED)) == ["predict", "remember", "step"]
    assert len(counted) == 2


def test_other_weights_have_graphs_of_their_own(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(SHIPPED.path.read_bytes() + b" ")
    assert openvino._key(WeightsFile(other)) != openvino._key(SHIPPED)
