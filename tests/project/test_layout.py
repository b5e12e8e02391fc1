"""Who may import whom, read off the source with `ast`, and what a wheel must hold."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("vs_tcvc", "ffmpeg_filters")

# The standard library is free to all but for these: a program to start, a clock, a die.
GUARDED = frozenset({"subprocess", "time", "datetime", "random"})


@dataclass(frozen=True)
class Row:
    """What one module, or all below one folder, may import.

    always: ours (without "vs_tcvc.") and other people's, at the top of the file or anywhere below.
    on_use: the same, but only inside a function or for the type checker.
    """

    always: frozenset[str] = frozenset()
    on_use: frozenset[str] = frozenset()

    def allows(self, name: str, at_top: bool) -> bool:
        return name in self.always or (not at_top and name in self.on_use)


def row(always: str = "", on_use: str = "") -> Row:
    return Row(frozenset(always.split()), frozenset(on_use.split()))


VALUES = "errors settings frame shot numpy"
CORE = f"{VALUES} color motion cuts colorizer chroma engine stream session references weights files recent"
FACE = f"{CORE} backends program report"
PIPE = "ffmpeg_filters.y4m vs_tcvc.runtime.pipeline ffmpeg_filters.color_stage ffmpeg_filters.stream_plan interrupt"
FILM = "numbered ffmpeg_filters.encoder_choice"

TABLE = {
    "": row("errors settings frame shot colorizer engine session"),
    "errors": row(),
    "settings": row("errors"),
    "frame": row("errors numpy"),
    "shot": row("errors frame numpy"),
    "files": row("errors"),
    "hosts": row(),
    "recent": row(),
    "spare": row(),
    "interrupt": row(),
    "numbered": row("errors"),
    "engine_thread": row(),
    "program": row("errors"),
    "report": row("time"),
    "color": row("errors settings frame numpy cv2"),
    "opencv": row("cv2"),
    "motion": row("errors frame color opencv numpy cv2"),
    "edl": row("errors"),
    "timeline": row("errors opentimelineio"),
    "cuts": row(f"{VALUES} edl cv2", on_use="timeline"),
    "colorizer": row("errors frame shot numpy"),
    "chroma": row("errors settings frame color opencv numpy cv2"),
    "looks": row(f"{VALUES} colorizer"),
    "engine": row(f"{VALUES} colorizer", on_use="cuts"),
    "best_frame": row(f"{VALUES} color motion engine cv2"),
    "stream": row(f"{VALUES} colorizer engine cuts"),
    "at_once": row(f"{VALUES} colorizer engine"),
    "session": row(f"{VALUES} colorizer engine cuts recent"),
    "references": row(f"{VALUES} color cuts colorizer chroma engine stream session cv2"),
    "reference_model": row(f"{VALUES} color colorizer cv2", on_use="yaml"),
    "weights": row("errors settings files numpy safetensors", on_use="torch"),
    "vs_arguments": row("errors settings"),
    "vs_frame": row("errors settings frame color chroma numpy cv2"),
    "job": row("errors settings numbered"),
    "manifest": row("job"),
    "plates": row("errors frame numpy OpenImageIO"),
    "scene": row("errors frame color numpy PyOpenColorIO"),
    "worker": row(f"{FACE} best_frame job manifest plates scene cv2 time"),
    "resolve_watch": row("errors files job timeline worker"),
    "vs_filter": row(f"{FACE} engine_thread vs_arguments vs_frame"),
    "networks": row(f"{VALUES} color motion colorizer weights files spare torch safetensors cv2 skimage"),
    "backends": row(
        f"{VALUES} colorizer looks reference_model weights",
        on_use="backends.openvino backends.model_file torch",
    ),
    "backends.kept": row("errors files weights networks backends", on_use="torch"),
    "backends.model_file": row("errors frame reference_model backends.onnx backends.torch numpy torch"),
    "backends.openvino": row("errors frame weights spare networks backends backends.kept numpy", on_use="openvino"),
    "backends.onnx": row("errors frame weights networks backends.kept numpy", on_use="torch onnxruntime"),
    "backends.cudagraphs": row("errors colorizer weights networks backends.torch torch"),
    "backends.torch": row(f"{VALUES} backends colorizer weights networks torch"),
    "metrics": row(f"{CORE} cv2 scipy skimage av", on_use="torch"),
    "metrics.benchmark": row(f"{CORE} metrics networks cv2 torch"),
    "metrics.inception": row("errors frame metrics networks torch"),
    "metrics.retrieve": row("frame weights metrics networks numpy torch"),
    "training": row(f"{CORE} networks backends backends.torch metrics torch safetensors cv2 time random"),
    "ffmpeg_filters": row(),
    "ffmpeg_filters.y4m": row("errors"),
    "vs_tcvc.runtime.pipeline": row(),
    "ffmpeg_filters.color_stage": row(f"{FACE} ffmpeg_filters.stream_plan at_once best_frame looks"),
    "ffmpeg_filters.stream_plan": row(f"{FACE} ffmpeg_filters.y4m"),
    "ffmpeg_filters.pipe": row(f"{FACE} {PIPE}"),
    "vs_tcvc.metrics.speed": row(f"{FACE} {PIPE} ffmpeg_filters.pipe at_once time cv2", on_use="networks"),
    "ffmpeg_filters.graph": row("errors settings ffmpeg_filters.pipe ffmpeg_filters.y4m ffmpeg subprocess"),
    "ffmpeg_filters.encoder_choice": row("errors settings ffmpeg_filters.y4m numbered av"),
    "ffmpeg_filters.decoder": row(f"{FACE} ffmpeg_filters.y4m {FILM} av"),
    "ffmpeg_filters.compare": row(f"{FACE} ffmpeg_filters.stream_plan"),
    "ffmpeg_filters.stream_copy": row("errors report ffmpeg_filters.decoder av"),
    "ffmpeg_filters.writer": row(
        f"{FACE} ffmpeg_filters.y4m ffmpeg_filters.stream_plan {FILM} "
        "ffmpeg_filters.decoder ffmpeg_filters.compare ffmpeg_filters.stream_copy av"
    ),
    "ffmpeg_filters.transcode": row(
        f"{FACE} {PIPE} {FILM} "
        "ffmpeg_filters.decoder ffmpeg_filters.compare ffmpeg_filters.stream_copy ffmpeg_filters.writer av"
    ),
    "cli": row(
        f"{FACE} {PIPE} ffmpeg_filters.pipe cli.doctor hosts",
        on_use="best_frame looks networks metrics metrics.benchmark metrics.inception metrics.retrieve training job "
        "manifest worker resolve_watch cli.bar cli.demo_film av cv2 shtab skimage time "
        f"{FILM} ffmpeg_filters.decoder vs_tcvc.metrics.speed ffmpeg_filters.transcode",
    ),
    "cli.bar": row("report settings rich"),
    "cli.demo_film": row("color files frame numpy av cv2", on_use="skimage"),
    "cli.doctor": row(
        "errors settings weights hosts ffmpeg_filters.pipe ffmpeg_filters.y4m subprocess",
        on_use="backends backends.onnx backends.openvino torch av vapoursynth",
    ),
}


@dataclass(frozen=True)
class Import:
    """One import of a file: dotted name, line, and whether it runs when the file is imported."""

    name: str
    line: int
    at_top: bool


@dataclass
class _Reader(ast.NodeVisitor):
    """Collects the imports of a file; inside functions and under TYPE_CHECKING they are not `at_top`."""

    package: str
    found: list[Import] = field(default_factory=list)
    depth: int = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = importlib.util.resolve_name("." * node.level + (node.module or ""), self.package)
        for alias in node.names:
            self._add(f"{base}.{alias.name}", node)

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
            self._add(str(node.args[0].value), node)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.AST) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" in ast.unparse(node.test):
            self.visit_FunctionDef(node)
        else:
            self.generic_visit(node)

    def _add(self, name: str, node: ast.stmt | ast.expr) -> None:
        self.found.append(Import(name, node.lineno, at_top=self.depth == 0))


def imports(source: str, package: str) -> list[Import]:
    """The imports of `source`, a file that lies in `package`."""
    reader = _Reader(package)
    reader.visit(ast.parse(source))
    return reader.found


def label(dotted: str) -> str:
    """A module of ours as TABLE writes it: "vs_tcvc.networks.compact" -> "networks.compact"."""
    return dotted.removeprefix("vs_tcvc").removeprefix(".")


def row_of(dotted: str) -> str:
    """The longest entry of TABLE that the module lies in; "" for the package itself and for what has no row."""
    name = label(dotted)
    return max((entry for entry in TABLE if name == entry or name.startswith(f"{entry}.")), key=len, default="")


def offences(dotted: str, source: str, package: str) -> list[str]:
    """What the module imports and may not, as sentences."""
    here = row_of(dotted)
    if label(dotted) and not here:
        return [f"{dotted} has no row in TABLE"]
    found = []
    for each in imports(source, package):
        is_ours = each.name.split(".")[0] in PACKAGES
        target = row_of(each.name) if is_ours else each.name.split(".")[0]
        is_free = target in sys.stdlib_module_names and target not in GUARDED
        is_version = each.name == "vs_tcvc.__version__"
        if not (is_free or is_version or target == here or TABLE[here].allows(target, each.at_top)):
            when = "" if each.at_top else " inside a function"
            found.append(f"{dotted}, line {each.line}: {here or 'vs_tcvc'} may not import {each.name}{when}")
    return found


def files() -> Iterator[tuple[str, Path]]:
    """Dotted name and path of every module of the packages."""
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def package_of(dotted: str, path: Path) -> str:
    return dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]


@pytest.mark.parametrize(("dotted", "path"), [pytest.param(*each, id=each[0]) for each in files()])
def test_every_module_imports_only_what_its_row_allows(dotted: str, path: Path) -> None:
    assert offences(dotted, path.read_text(encoding="utf-8"), package_of(dotted, path)) == []


@pytest.mark.parametrize(
    ("dotted", "source"),
    [
        ("vs_tcvc.core.engine", "import torch"),
        ("vs_tcvc.core.engine", "def f():\n    import torch.nn"),
        ("vs_tcvc.core.engine", "if x:\n    import time"),
        ("vs_tcvc.core.engine", "import importlib\nimportlib.import_module('torch')"),
        ("vs_tcvc.core.frame", "from vs_tcvc import engine"),
        ("vs_tcvc.core.frame", "from . import engine"),
        ("vs_tcvc.core.frame", "from .engine import Engine"),
        ("vs_tcvc.core.frame", "from vs_tcvc import GrayFrame"),
        ("vs_tcvc.picture.color", "import vs_tcvc.picture.chroma as chroma"),
        ("vs_tcvc.networks.compact.blocks", "from vs_tcvc.training.loop import learn"),
        ("vs_tcvc.backends", "import torch"),
        ("vs_tcvc.datasets.pictures", "import subprocess"),
        ("ffmpeg_filters.y4m", "import numpy"),
        ("ffmpeg_filters.pipe", "from vs_tcvc.backends.torch import open_colorizer"),
        ("ffmpeg_filters.pipe", "from vs_tcvc import cli"),
        ("vs_tcvc.cli.train", "from vs_tcvc.training import loop"),
        ("vs_tcvc", "import vapoursynth"),
        ("vs_tcvc.unheard_of", ""),
    ],
)
def test_a_forbidden_import_is_caught(dotted: str, source: str) -> None:
    assert len(offences(dotted, source, dotted.rpartition(".")[0] or dotted)) == 1


@pytest.mark.parametrize(
    ("dotted", "source"),
    [
        ("vs_tcvc.core.engine", "import json, threading\nfrom vs_tcvc.core.frame import GrayFrame"),
        (
            "vs_tcvc.core.engine",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vs_tcvc.cuts.rules import CutRule",
        ),
        ("vs_tcvc.networks.compact.blocks", "from .bins import STEP\nfrom torch import nn"),
        ("vs_tcvc.backends", "def f():\n    from vs_tcvc.backends import openvino"),
        ("ffmpeg_filters.pipe", "from vs_tcvc import __version__\nfrom vs_tcvc.backends import make_colorizer"),
        ("vs_tcvc.cli.train", "def f():\n    from vs_tcvc.training import loop"),
    ],
)
def test_an_allowed_import_is_let_through(dotted: str, source: str) -> None:
    assert offences(dotted, source, dotted.rpartition(".")[0]) == []


def test_the_table_itself_has_no_circle() -> None:
    edges = {name: {each for each in entry.always if each in TABLE} for name, entry in TABLE.items()}
    order = list(TopologicalSorter(edges).static_order())
    assert order.index("errors") < order.index("engine") < order.index("cli")


def test_importing_all_but_the_networks_loads_neither_torch_nor_vapoursynth() -> None:
    modules = [dotted for dotted, path in files() if path.name != "__main__.py"]
    light = [dotted for dotted in modules if "torch" not in TABLE[row_of(dotted)].always]
    program = f"import sys, {', '.join(light)}; print(sorted({{'torch', 'vapoursynth'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_folder_nuke_is_no_package() -> None:
    assert importlib.util.find_spec("nuke") is None


def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def declared(requirements: str) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements.splitlines() if line}


def test_every_library_that_is_imported_is_declared() -> None:
    required = declared(setup()["options"]["install_requires"])
    optional = declared(setup()["options.extras_require"].get("models", ""))
    providers = importlib.metadata.packages_distributions()
    for dotted, path in files():
        for each in imports(path.read_text(encoding="utf-8"), package_of(dotted, path)):
            library = each.name.split(".")[0]
            if library not in PACKAGES and library not in sys.stdlib_module_names:
                sources = [library, *providers.get(library, [])]  # itself where it is not installed
                offered = {canonicalize_name(name) for name in sources}
                names = required if each.at_top else required | optional
                assert offered & names, f"{dotted}, line {each.line}: setup.cfg does not declare {library}"


def test_a_wheel_holds_every_module() -> None:
    """`find:` passes over a folder without `__init__.py`, silently."""
    without = {path.parent for _, path in files() if not (path.parent / "__init__.py").exists()}
    assert without == set()


def test_a_wheel_holds_every_other_file_of_the_packages() -> None:
    patterns = setup()["options.package_data"]
    packed = {
        path for package, globs in patterns.items() for glob in globs.split()
        for path in (ROOT / package.replace(".", "/")).glob(glob)
    }  # fmt: skip
    lying = {path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()}
    left_out = {path for path in lying - packed if path.suffix not in (".py", ".pyc")}
    assert left_out == set()


def test_the_weights_that_ship_are_at_most_16_mebibytes() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "vs_tcvc").rglob("*.safetensors")) <= 16 * 2**20
