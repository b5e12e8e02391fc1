"""Who may import whom, read off the source with `ast`; how long code may be; what a wheel must hold."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("vs_tcvc", "ffmpeg_filters")

# The standard library is free to all but for these: a program to start, a clock, a die.
GUARDED = frozenset({"subprocess", "time", "datetime", "random"})


LAYERS = (
    "errors",
    "settings core runtime",
    "arguments",
    "cuts picture",
    "references datasets networks",
    "backends",
    "project",
    "ffmpeg_filters sequences vapoursynth",
    "metrics film",
    "training desk",
    "cli",
)
"""The rooms, lowest first. A room imports itself and lower layers, never a neighbour."""

LIBRARIES = {
    "": "numpy",
    "errors": "",
    "settings": "",
    "arguments": "",
    "core": "numpy",
    "runtime": "msgspec platformdirs time",
    "cuts": "numpy cv2 opentimelineio subprocess",
    "picture": "numpy cv2",
    "references": "numpy cv2 msgspec",
    "datasets": "numpy cv2 av",
    "networks": "numpy cv2 torch safetensors skimage",
    "backends": "numpy torch",
    "ffmpeg_filters": "numpy av ffmpeg msgspec subprocess",
    "sequences": "numpy cv2 msgspec OpenImageIO PyOpenColorIO time",
    "vapoursynth": "numpy cv2",
    "metrics": "numpy cv2 scipy skimage torch time",
    "project": "msgspec numpy ruamel time",
    "film": "numpy av cv2 filelock msgspec jinja2 time",
    "training": "numpy cv2 torch",
    "desk": "numpy cv2 msgspec nicegui fastapi starlette uvicorn time",
    "cli": "numpy cv2 av rich subprocess",
}
"""Which room may import which library, and which of the guarded parts of the standard library."""

ON_USE = {
    "backends": "openvino onnxruntime",
    "picture": "OpenImageIO PIL tifffile",
    "references": "yaml",
    "project": "fsspec zarr",
    "cli": "shtab skimage time torch vapoursynth",
    "vapoursynth": "vapoursynth",
}
"""What a room may import besides, but only inside a function."""

DOOR = ("__init__.py", "__main__.py", "api.py", "arguments.py", "errors.py", "settings.py")
"""The modules at the root of `vs_tcvc/`."""

LIGHT = (
    "",
    "core",
    "runtime",
    "picture",
    "cuts",
    "references",
    "datasets",
    "sequences",
    "vapoursynth",
    "ffmpeg_filters",
    "project",
    "film",
    "cli",
)
"""Rooms whose import loads neither torch nor VapourSynth."""


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


RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer.split()}


def room_of(dotted: str) -> str:
    """The room that a module of ours is in, "" for the door: `vs_tcvc` itself, its API and its `__main__`."""
    package, *rest = dotted.split(".")
    return package if package == "ffmpeg_filters" else rest[0] if rest and rest[0] in RANK else ""


def offences(dotted: str, source: str, package: str) -> list[str]:
    """What the module imports and may not, as sentences."""
    here = room_of(dotted)
    libraries = {*LIBRARIES[here].split()}
    found = []
    for each in imports(source, package):
        library, at = (
            each.name.split(".")[0],
            f"{dotted}, line {each.line}: {here or 'vs_tcvc'} may not import {each.name}",
        )
        if library in PACKAGES:
            there = room_of(each.name)
            is_lower = RANK.get(there, len(LAYERS)) < RANK.get(here, len(LAYERS))
            if not (there == here or is_lower or each.name == "vs_tcvc.__version__"):
                found.append(at)
        elif library not in sys.stdlib_module_names or library in GUARDED:
            allowed = libraries if each.at_top else libraries | {*ON_USE.get(here, "").split()}
            if library not in allowed:
                found.append(at if each.at_top else f"{at} inside a function")
    return found


def files() -> Iterator[tuple[str, Path]]:
    """Dotted name and path of every module of the packages."""
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def package_of(dotted: str, path: Path) -> str:
    return dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]


@pytest.mark.parametrize(("dotted", "path"), [pytest.param(*each, id=each[0]) for each in files()])
def test_every_module_imports_only_libraries_of_its_room_and_lower_layers(dotted: str, path: Path) -> None:
    assert offences(dotted, path.read_text(encoding="utf-8"), package_of(dotted, path)) == []


@pytest.mark.parametrize(
    ("dotted", "source"),
    [
        ("vs_tcvc.core.engine", "import torch"),
        ("vs_tcvc.core.engine", "def f():\n    import torch.nn"),
        ("vs_tcvc.core.engine", "if x:\n    import time"),
        ("vs_tcvc.core.engine", "import importlib\nimportlib.import_module('torch')"),
        ("vs_tcvc.core.frame", "from vs_tcvc import cuts"),
        ("vs_tcvc.core.frame", "from ..picture.color import luma"),
        ("vs_tcvc.core.frame", "from vs_tcvc import GrayFrame"),
        ("vs_tcvc.core.engine", "from vs_tcvc.settings import Settings"),
        ("vs_tcvc.picture.color", "import vs_tcvc.cuts.rules as rules"),
        ("vs_tcvc.networks.compact.blocks", "from vs_tcvc.training.loop import learn"),
        ("vs_tcvc.backends.openvino", "import openvino"),
        ("vs_tcvc.metrics.flow", "import subprocess"),
        ("ffmpeg_filters.pipe", "from vs_tcvc.sequences.worker import work"),
        ("ffmpeg_filters.pipe", "from vs_tcvc import cli"),
        ("vs_tcvc.vapoursynth.filter", "def f():\n    from ffmpeg_filters import pipe"),
        ("vs_tcvc", "import vapoursynth"),
        ("vs_tcvc.settings", "from vs_tcvc.unheard_of import anything"),
    ],
)
def test_a_forbidden_import_is_caught(dotted: str, source: str) -> None:
    assert len(offences(dotted, source, dotted.rpartition(".")[0] or dotted)) == 1


@pytest.mark.parametrize(
    ("dotted", "source"),
    [
        ("vs_tcvc.core.engine", "import json, threading\nfrom vs_tcvc.core.frame import GrayFrame"),
        ("vs_tcvc.networks.compact.blocks", "from .bins import STEP\nfrom torch import nn"),
        ("vs_tcvc.backends.openvino", "def f():\n    import openvino"),
        ("ffmpeg_filters.pipe", "from vs_tcvc import __version__\nfrom vs_tcvc.backends import make_colorizer"),
        ("vs_tcvc.api", "from ffmpeg_filters.decoder import open_source"),
        ("vs_tcvc.cli.train", "from vs_tcvc.training import loop"),
    ],
)
def test_an_allowed_import_is_let_through(dotted: str, source: str) -> None:
    assert offences(dotted, source, dotted.rpartition(".")[0]) == []


def test_every_module_is_in_a_room_or_at_the_door() -> None:
    rooms = {path.name for path in (ROOT / "vs_tcvc").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert rooms | {"errors", "settings", "arguments", "ffmpeg_filters"} == {*RANK}
    assert sorted(path.name for path in (ROOT / "vs_tcvc").glob("*.py")) == sorted(DOOR)


def test_importing_the_light_rooms_loads_neither_torch_nor_vapoursynth() -> None:
    modules = [dotted for dotted, path in files() if path.name != "__main__.py" and room_of(dotted) in LIGHT]
    program = f"import sys, {', '.join(modules)}; print(sorted({{'torch', 'vapoursynth'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_importing_the_package_loads_no_library_and_no_room() -> None:
    program = "import sys, vs_tcvc; print([each for each in sys.modules if each.startswith(('vs_tcvc', 'numpy'))])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['vs_tcvc']\n", "")


def test_functions_and_modules_are_short() -> None:
    long = [f"{dotted}: {len(path.read_text().splitlines())} lines" for dotted, path in files()
            if len(path.read_text().splitlines()) > 400]  # fmt: skip
    for dotted, path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                long.append(f"{dotted}.{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines")
    assert long == []


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
    extras = setup()["options.extras_require"]
    optional = declared(extras["models"])
    of_room = {"desk": declared(extras["desk"])}  # with which the whole room needs its extra
    providers = importlib.metadata.packages_distributions()
    for dotted, path in files():
        for each in imports(path.read_text(encoding="utf-8"), package_of(dotted, path)):
            library = each.name.split(".")[0]
            if library not in PACKAGES and library not in sys.stdlib_module_names:
                sources = [library, *providers.get(library, [])]  # itself where it is not installed
                offered = {canonicalize_name(name) for name in sources}
                names = required | of_room.get(room_of(dotted), set()) | (set() if each.at_top else optional)
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
