"""Laws of libraries that read graphs of their own: near PyTorch, started without it, graphs whole or made again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from network_films import cpu_network, film

from vs_tcvc import networks
from vs_tcvc.backends import graph_cache, graph_program, make_colorizer, onnx, openvino
from vs_tcvc.backends.graph_cache import Library
from vs_tcvc.errors import DeviceError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.runtime.atomic_files import user_folder
from vs_tcvc.settings import Settings

BACKENDS = ("onnx", *(["openvino"] if openvino.is_here() else []))
SHIPPED = weights_file.choose("compact")


def library(name: str) -> Library:
    return {"onnx": onnx.library, "openvino": openvino.library}[name]()


@cache
def folder_of(name: str) -> Path:
    """Where the shipped weights' graphs lie, made if need be."""
    graph_cache.graphs(SHIPPED, library(name))
    return user_folder("cache") / name / graph_cache.key(SHIPPED, library(name))


# Their numbers


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_color_is_that_of_torch(backend: str, name: str) -> None:
    """C1, then 31 frames of a shot. Tolerance: sums in another order; on ten real clips it was 2e-4 at most.

    In 8-bit chroma 0.005 of ab is a hundredth of a step.
    """
    both = [cpu_network(each) for each in (backend, "torch")]
    first, *later = film(name, 32)
    ours, theirs = (each.predict(first.lightness).ab for each in both)
    assert np.abs(ours - theirs).max() < 1e-3
    memories = [each.begin([first]) for each in both]
    for frame in later:
        found = [each.colorize(memory, frame.lightness[None]) for each, memory in zip(both, memories, strict=True)]
        memories = [memory for memory, _, _ in found]
        (_, ab, sure), (_, torch_ab, torch_sure) = found
        assert np.abs(ab - torch_ab).max() < 5e-3
        assert np.abs(ab - torch_ab).mean() < 1e-4
        assert np.abs(sure - torch_sure).max() < 1e-3


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_memory_gives_the_same_bytes_however_often_and_late_it_is_used(backend: str) -> None:
    colorizer, (first, *later) = cpu_network(backend), film("chelsea", 6)
    memories, came = [colorizer.begin([first])], []
    for frame in later:
        memory, *planes = colorizer.colorize(memories[-1], frame.lightness[None])
        memories.append(memory)
        came.append([plane.tobytes() for plane in planes])
    for index in (4, 0, 3, 1, 2, 0):
        _, *planes = colorizer.colorize(memories[index], later[index].lightness[None])
        assert [plane.tobytes() for plane in planes] == came[index]


# Their start

COLORED = """
import io, sys
from ffmpeg_filters import pipe
film = b"YUV4MPEG2 W64 H48 F25:1 Ip Cmono\\n" + (b"FRAME\\n" + bytes(range(16, 208, 3)) * 48) * 3
coloured = io.BytesIO()
code = pipe.main(["--device", "cpu", "--quiet", *sys.argv[1:]], io.BytesIO(film), coloured)
print(code, len(coloured.getvalue()) > len(film), sorted({"torch", "scipy", "skimage", "av"} & set(sys.modules)))
"""


@pytest.mark.parametrize("words", [("--backend", each) for each in BACKENDS] + [()] * openvino.is_here())
def test_a_film_is_colored_without_importing_torch(words: tuple[str, ...]) -> None:
    folder = folder_of(words[1] if words else "openvino").parents[2]
    variables = {**os.environ, "XDG_CACHE_HOME": str(folder)}
    program = (sys.executable, "-c", COLORED, *words)
    done = subprocess.run(program, env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 True []"


# Their graphs


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    folder_of(request.param)
    return str(request.param)


@pytest.fixture
def counted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """An empty cache, and where graphs are made; copying those that are there stands for making them."""
    source, made = folder_of(name), []

    def write(file: WeightsFile, library: Library, folder: Path) -> None:
        made.append(folder)
        shutil.copytree(source, folder)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(graph_cache, "write", write)
    return made


def graphs(name: str) -> list[str]:
    return sorted(graph_cache.graphs(SHIPPED, library(name)))


ALL = ["describe", "predict", "remember", "step"]


def test_graphs_are_made_once(name: str, counted: list[Path]) -> None:
    for _ in range(2):
        assert graphs(name) == ALL
    assert len(counted) == 1
    lying = list((user_folder("cache") / name).glob("*"))
    assert [folder.name for folder in lying] == [folder_of(name).name]  # nothing else is left behind


@pytest.mark.parametrize("damaged", ["step", "SHA256SUMS"])
def test_damaged_or_missing_graphs_are_made_again(name: str, counted: list[Path], damaged: str) -> None:
    graphs(name)
    (folder,) = (user_folder("cache") / name).glob("*")
    for file in folder.glob(f"{damaged}*"):
        file.write_bytes(file.read_bytes()[:100] if damaged != "SHA256SUMS" else b"")
    assert graphs(name) == ALL
    (folder / f"step{library(name).suffix}").unlink()
    graphs(name)
    graphs(name)
    assert len(counted) == 3


def test_where_nothing_can_be_kept_color_comes_out_all_the_same(
    name: str, counted: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    for _ in range(2):
        assert graphs(name) == ALL
    assert len(counted) == 2


def test_other_weights_and_other_libraries_have_graphs_of_their_own(name: str, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(SHIPPED.path.read_bytes() + b" ")
    ours = library(name)
    newer = Library(ours.name, f"{ours.versions}1", ours.suffix, ours.write, ours.read)
    keys = {graph_cache.key(SHIPPED, ours), graph_cache.key(WeightsFile(other), ours), graph_cache.key(SHIPPED, newer)}
    assert len(keys) == 3


def test_graphs_that_nobody_uses_any_more_are_deleted(name: str, counted: list[Path]) -> None:
    folder = user_folder("cache") / name
    long_ago = time.time() - (graph_cache.KEPT_DAYS + 1) * 24 * 3600
    for old, used in (
        ("another version in use", time.time()),
        ("an old version", long_ago),
        ("tmp of a kill", long_ago),
    ):
        (folder / old).mkdir(parents=True)
        (folder / old / "step.xml").touch()
        os.utime(folder / old, (used, used))
    graphs(name)
    own = folder_of(name).name
    assert {each.name for each in folder.iterdir()} == {"another version in use", own}
    os.utime(folder / own, (long_ago, long_ago))
    graphs(name)
    assert (folder / own).stat().st_mtime > long_ago + 1, "to load them is to use them"
    assert len(counted) == 1


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the modules of the network."""
    (package,) = networks.__path__
    return shutil.copytree(Path(package) / "compact", tmp_path / "compact")


@pytest.mark.parametrize(("module", "old", "new", "same"), [
    ("graphs", "class Predict", "# a comment\nclass Predict", True),
    ("propagation", "AB_SCALE = 50.0", 'AB_SCALE = 50.0\n"""What ab is divided by."""', True),
    ("warp", "    return F.grid_sample(", "    return F.grid_sample(\n        ", True),
    ("motion_trace", "import cv2", "import cv2\nFINER = 1", True),
    ("propagation", "AB_SCALE = 50.0", "AB_SCALE = 60.0", False),
    ("warp", "clamp(-1, 1)", "clamp(-2, 2)", False),
    ("encoder", "import annotations", "import annotations\n\nMORE = 1", False),
])  # fmt: skip
def test_graphs_are_made_anew_for_another_program_but_not_for_other_words(
    program: Path, module: str, old: str, new: str, same: bool
) -> None:
    before = graph_program.digest(program)
    text = (program / f"{module}.py").read_text()
    assert old in text
    (program / f"{module}.py").write_text(text.replace(old, new, 1))
    assert before == graph_program.digest()
    assert (graph_program.digest(program) == before) == same


def test_a_network_that_a_library_does_not_take_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("no conversion rule for aten::new\nmore")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    new = Library("new", "1", ".new", refuse, lambda path: None)
    expected = (
        r"cannot load the network from this version of torch \(no conversion rule for aten::new\); use backend torch"
    )
    with pytest.raises(DeviceError, match=expected):
        graph_cache.graphs(SHIPPED, new)
    assert not list(tmp_path.rglob("*.*"))  # nothing half-written


# ONNX Runtime


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"device": "cuda"}, "device cuda: this onnxruntime is for CPUs only; pip uninstall onnxruntime, then pip"),
        ({"device": "mps"}, "device mps: expected cpu or cuda with backend onnx"),
        ({"precision": "fp16"}, "precision fp16: expected fp32 with backend onnx"),
        ({"precision": "bf16"}, "precision bf16: expected fp32 with backend onnx"),
    ],
)
def test_what_onnx_runtime_is_not_used_for_is_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        make_colorizer(Settings(backend="onnx", **settings))  # type: ignore[arg-type]


def test_the_published_network_is_refused() -> None:
    with pytest.raises(DeviceError, match=r"backend onnx: expected model compact; use backend torch"):
        onnx.published(SHIPPED, onnx.resolve("cpu", "auto", 2))


def test_without_onnx_runtime_the_option_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    expected = r"backend onnx: it is not installed; pip install '\.\[onnx\]' in the checkout, or use backend torch"
    with pytest.raises(DeviceError, match=expected):
        make_colorizer(Settings(backend="onnx"))


def test_onnx_runtime_is_imported_in_such_a_way_that_it_reports_nothing_to_its_makers(tmp_path: Path) -> None:
    """Where it reports, as 1.32 does by itself, it keeps an identifier of the machine in the cache folder."""
    program = f"""
from vs_tcvc.backends import onnx
onnx.session({str(folder_of("onnx") / "remember.onnx")!r}, 1, onnx.providers("cpu", 0))
"""
    variables = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    places = {name: str(tmp_path) for name in ("XDG_CACHE_HOME", "HOME")}
    subprocess.run([sys.executable, "-c", program], env={**variables, **places}, check=True)
    assert list(tmp_path.iterdir()) == []


def test_an_onnx_runtime_that_does_not_load_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImportError("libcudart.so.13: cannot open shared object file\nmore")

    monkeypatch.setattr(onnx, "onnxruntime", broken)
    with pytest.raises(DeviceError, match=r"onnx: it does not load \(libcudart.so.13: cannot open [a-z ]+\); install"):
        make_colorizer(Settings(backend="onnx"))


def test_without_the_package_that_makes_graphs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(onnx, "find_spec", lambda name: None if name == "onnx" else sys.__spec__)
    with pytest.raises(
        DeviceError, match=r"the package onnx is not installed: pip install '\.\[onnx\]' in the checkout"
    ):
        graph_cache.graphs(SHIPPED, onnx.library())


@pytest.mark.parametrize(
    ("session", "words"),
    [
        (
            Mock(side_effect=RuntimeError("CUDA failure 101: no such device\nmore")),
            "onnxruntime says CUDA failure",
        ),
        (
            Mock(return_value=Mock(get_providers=lambda: ["CPUExecutionProvider"])),
            "onnxruntime finds no such GPU",
        ),
    ],
)
def test_a_gpu_that_is_not_to_be_had_is_never_the_cpu_in_silence(
    session: Mock, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx, "session", session)
    with pytest.raises(DeviceError, match=f"device cuda:7: {words}"):
        onnx.OnnxGraphs({"step": b""}, onnx.OnnxDevice("cuda:7", 2))


def test_any_size_and_several_references_are_colored() -> None:
    both = [cpu_network(each) for each in ("onnx", "torch")]
    for size in ((64, 112), (104, 72)):
        frames = [film(name, 2, size) for name in ("astronaut", "coffee")]
        ours, theirs = (
            each.colorize(each.begin([first for first, _ in frames]), frames[1][1].lightness[None])[1] for each in both
        )
        assert np.abs(ours - theirs).max() < 5e-3


def test_values_of_onnx_runtime_never_change() -> None:
    """Neither with the array that they were made of, nor with what is run later."""
    graphs: Any = onnx.OnnxGraphs(graph_cache.graphs(SHIPPED, onnx.library()), onnx.OnnxDevice("cpu", 2))
    pictures = [np.full((1, 4, 64, 96), shade, np.float32) for shade in (20, 60)]
    first = graphs.value(pictures[0])
    found = graphs.run("remember", first)
    before = [graphs.array(value).copy() for value in (first, *found)]
    pictures[0][:] = 0
    graphs.run("remember", graphs.value(pictures[1]))
    after = [graphs.array(value) for value in (first, *found)]
    assert [each.tobytes() for each in after] == [each.tobytes() for each in before]


def test_a_gpu_is_used_where_onnx_runtime_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "providers_here", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    place = onnx.resolve("cuda:1", "auto", 2)
    assert (place.kind, place.number, place.precision) == ("cuda", 1, "fp32")
    (name, options), cpu = onnx.providers(place.kind, place.number)
    assert (name, options["device_id"], cpu) == ("CUDAExecutionProvider", 1, "CPUExecutionProvider")
    assert onnx.providers("cpu", 0) == ["CPUExecutionProvider"]
