"""core.tcvc comes with vs-tcvc, however that is installed: real pip, real compiler, real vspipe, no network.

Fresh environments see the libraries of the one that runs the tests, but have a vs-tcvc and a VapourSynth of their own.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from ffmpeg_filters import y4m
from vs_tcvc.runtime import host_files

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "plugins" / "vapoursynth" / "examples").glob("*.vpy"))
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"
PLUGIN = "/".join(host_files.PLUGIN) + SUFFIX
HERE = Path(sysconfig.get_path("purelib"))
NOT_BUILT = "core.tcvc was not built, so VapourSynth scripts cannot use vs-tcvc; all else works. Install a C compiler"

with_vapoursynth = pytest.mark.skipif(sys.version_info < (3, 12), reason="VapourSynth needs Python 3.12")


@dataclass(frozen=True)
class Environment:
    """A fresh virtual environment with a home of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, libraries: Path) -> Environment:
        made = cls(folder)
        venv.create(folder)
        (made.site / "libraries.pth").write_text(str(libraries))
        return made

    @cached_property
    def site(self) -> Path:
        base = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("platlib", "venv", base))

    @property
    def plugin(self) -> Path:
        return self.site / PLUGIN

    def run(self, command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
        """What bash does with `command`, with the programs of this environment and ffmpeg; it must end with 0."""
        home, programs = str(self.folder), self.folder / "bin"
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        variables = {**os.environ, "PATH": path, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, **more}
        shell = ["bash", "-o", "pipefail", "-c", command]
        done = subprocess.run(
            shell, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done

    def install(self, what: str, folder: Path, **more: str) -> str:
        """What pip and the build said."""
        command = f"python -m pip install -v --no-deps --no-build-isolation --no-index {what}"
        return self.run(command, folder, **more).stderr.decode()

    def add_vapoursynth(self) -> None:
        """VapourSynth and BestSource, beside what is here: they find things by the path of their own files."""
        for package in HERE.glob("vapoursynth*"):
            ours = shutil.ignore_patterns("tcvc")
            shutil.copytree(package, self.site / package.name, ignore=ours, copy_function=link, dirs_exist_ok=True)
        for name in ("vspipe", "vapoursynth"):
            program = self.folder / "bin" / name
            program.write_text(f"#!{self.folder}/bin/python\nimport vapoursynth._cli\n{PROGRAMS[name]}\n")
            program.chmod(0o755)
        (self.folder / "bin" / "ffmpeg").symlink_to(FFMPEG)
        self.run("vapoursynth config", self.folder)

    def doctor(self, **more: str) -> str:
        """The line that `tcvc doctor` has for core.tcvc."""
        return self.run(f'python -c "{DOCTOR}"', self.folder, **more).stdout.decode()


DOCTOR = "from vs_tcvc.cli.doctor import CHECKS; print(*(c.finding() for c in CHECKS if c.name == 'core.tcvc'))"
PROGRAMS = {"vspipe": "vapoursynth.vspipe()", "vapoursynth": "vapoursynth._cli.main()"}


def link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that is gone afterwards: what is made here is large."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def libraries(place: Path) -> Path:
    """What is installed here, without VapourSynth, vs-tcvc and what makes that editable."""
    folder = place / "libraries"
    folder.mkdir()
    for path in HERE.iterdir():
        if not path.name.lower().startswith(("vapoursynth", "vs_tcvc", "__editable__")):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def checkout(place: Path) -> Path:
    """A copy of what is built from, for building leaves files behind."""
    copy = place / "checkout"
    copy.mkdir()
    for name in ("vs_tcvc", "ffmpeg_filters", "plugins", "nuke", "scripts"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    return copy


@pytest.fixture(scope="module")
def sdist(place: Path, checkout: Path) -> Path:
    program = f"from setuptools.build_meta import build_sdist; build_sdist({str(place)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, check=True)
    (made,) = place.glob("*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(place: Path, sdist: Path) -> Path:
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(place), str(sdist)]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    (made,) = place.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(place: Path, libraries: Path, wheel: Path) -> Environment:
    """An environment with VapourSynth and the wheel."""
    made = Environment.make(place / "installed", libraries)
    made.install(str(wheel), place)
    if sys.version_info >= (3, 12):
        made.add_vapoursynth()
    return made


def frames(film: bytes) -> list[y4m.Y4mFrame]:
    """Of a Y4M film; the reader refuses anything else in it."""
    return list(y4m.Reader(BytesIO(film)))


@pytest.mark.parametrize(("name", "way"), [("folder", "."), ("editable", "-e .")])
def test_pip_puts_the_library_where_vapoursynth_looks_and_takes_it_away(
    name: str, way: str, place: Path, libraries: Path, checkout: Path
) -> None:
    made = Environment.make(place / name, libraries)
    made.install(way, checkout)
    assert made.plugin.is_file()
    assert made.doctor() == "--  core.tcvc         needs VapourSynth\n"  # of which only the folder is there
    if sys.version_info >= (3, 12):
        made.add_vapoursynth()  # later than the plugin
        colored_by_vspipe(made, place)
    made.run("python -m pip uninstall -y vs-tcvc", place)
    assert not made.plugin.exists()
    assert not list((checkout / "vapoursynth").rglob("*"))


@with_vapoursynth
def test_a_wheel_from_an_sdist_gives_the_filter(installed: Environment, place: Path) -> None:
    colored_by_vspipe(installed, place)


def colored_by_vspipe(made: Environment, place: Path) -> None:
    shutil.copy(EXAMPLES[0].with_name("minimal.vpy"), place)
    film = frames(made.run("vspipe -c y4m minimal.vpy -", place).stdout)
    assert len(film) == 5
    for frame in film:
        luma, *chroma = map(bytes, frame.planes)
        assert luma == (bytes([60]) * 48 + bytes([150]) * 48) * 64
        assert chroma != [bytes([128]) * len(luma)] * 2
    assert made.doctor() == f"ok  core.tcvc         {made.plugin}, source {host_files.plugin_hash()}\n"


def test_the_wheel_is_for_every_python_and_holds_the_library_its_source_and_the_examples(wheel: Path) -> None:
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert wheel.name.endswith(f"-py3-none-{platform}.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {f"vs_tcvc/_hosts/vapoursynth/{name}" for name in host_files.PLUGIN_SOURCES}
    examples = {f"vs_tcvc/_hosts/vapoursynth/examples/{path.name}" for path in EXAMPLES}
    assert {PLUGIN, *sources, *examples} <= names
    assert {name.partition("/")[0] for name in names} <= {"vs_tcvc", "ffmpeg_filters", "vapoursynth"} | {
        name.partition("/")[0] for name in names if ".dist-info/" in name
    }
    assert {name for name in names if name.startswith("vapoursynth/")} == {PLUGIN}


def test_the_sdist_holds_all_of_the_plugin(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folder = ROOT / "plugins" / "vapoursynth"
    lying = {str(path.relative_to(ROOT)) for path in folder.rglob("*") if path.is_file()}
    assert lying
    assert lying | {"scripts/vapoursynth_arguments.py", "vs_tcvc/runtime/host_files.py"} <= names


@pytest.mark.skipif(sys.platform != "linux", reason="readelf")
def test_the_library_needs_nothing_but_libc(installed: Environment) -> None:
    said = subprocess.run(["readelf", "-d", installed.plugin], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"\(NEEDED\).*\[(.*)\]", said)) - {"libdl.so.2"} == {"libc.so.6"}  # dl: before glibc 2.34


def test_without_a_compiler_all_but_the_filter_is_installed_and_that_is_said(
    place: Path, libraries: Path, checkout: Path, wheel: Path
) -> None:
    made = Environment.make(place / "without", libraries)
    assert NOT_BUILT in made.install("-e .", checkout, CC="/bin/false")
    assert not made.plugin.exists()
    if sys.version_info >= (3, 12):
        made.add_vapoursynth()
        the_doctor_finds_what_is_wrong(made, wheel)
    assert made.run("tcvc --version", place).stdout.startswith(b"vs-tcvc ")


def the_doctor_finds_what_is_wrong(made: Environment, wheel: Path) -> None:
    line = made.doctor()
    assert line.startswith("--  core.tcvc")
    reason = "was not built when vs-tcvc was installed; install a C compiler, then install vs-tcvc again"
    assert f"{reason}, in its checkout: pip" in line

    elsewhere = made.folder / "elsewhere"
    zipfile.ZipFile(wheel).extract(PLUGIN, elsewhere)
    line = made.doctor(PYTHONPATH=str(elsewhere))
    assert line.startswith("!!  core.tcvc")
    remedy = f"install both in one environment, or set VAPOURSYNTH_EXTRA_PLUGIN_PATH to {(elsewhere / PLUGIN).parent}"
    assert line.endswith(f"is intact, but VapourSynth does not look in that folder; {remedy}\n")
    line = made.doctor(VAPOURSYNTH_EXTRA_PLUGIN_PATH=str((elsewhere / PLUGIN).parent))
    assert line.startswith("ok  core.tcvc")

    made.plugin.parent.mkdir()
    made.plugin.write_bytes(b"damaged")
    line = made.doctor()
    assert line.startswith(f"!!  core.tcvc         {made.plugin} does not load: ")
    assert "; install vs-tcvc again, in its checkout: pip" in line

    other = "0" * 16
    well = (elsewhere / PLUGIN).read_bytes()
    made.plugin.write_bytes(well.replace(host_files.plugin_hash().encode(), other.encode()))
    line = made.doctor()
    assert line.startswith(f"!!  core.tcvc         {made.plugin} was built from other source ({other}) than this")


HOST = r"""
#include "VapourSynth4.h"
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **words) {
    void *library = dlopen(words[count - 1], RTLD_NOW);
    const VSAPI *(*get)(int) = (const VSAPI *(*)(int))dlsym(library, "getVapourSynthAPI");
    const VSAPI *vsapi = get(VAPOURSYNTH_API_VERSION);
    VSCore *core = vsapi->createCore(0);
    VSMap *none = vsapi->createMap();
    VSMap *clip = vsapi->invoke(vsapi->getPluginByNamespace("std", core), "BlankClip", none);
    VSMap *result = vsapi->invoke(vsapi->getPluginByNamespace("tcvc", core), "Colorize", clip);
    puts(vsapi->mapGetError(result));
    vsapi->freeMap(result);
    vsapi->freeMap(clip);
    vsapi->freeMap(none);
    vsapi->freeCore(core);
    return 0;
}
"""


@with_vapoursynth
def test_in_a_program_without_python_the_filter_says_so(installed: Environment, tmp_path: Path) -> None:
    (tmp_path / "host.c").write_text(HOST)
    include = ROOT / "plugins" / "vapoursynth" / "include"
    (library,) = (installed.site / "vapoursynth").glob("libvapoursynth.*")
    said = installed.run(f"cc -o host host.c -I{include} -ldl && ./host {library}", tmp_path).stdout.decode()
    assert said.startswith("tcvc.Colorize: this application has no running Python interpreter (Py_IsInitialized); ")


@pytest.fixture(scope="module")
def films(place: Path) -> Path:
    """The examples, and the files that they name, tiny."""
    folder = place / "films"
    shutil.copytree(EXAMPLES[0].parent, folder)
    for made_of in (
        "-f lavfi -i testsrc=s=64x48 -f lavfi -i sine -t 0.36 -vf hue=s=0 -pix_fmt yuv420p -c:v ffv1 film.mkv",
        "-f lavfi -i testsrc=s=64x48:d=0.36 -pix_fmt gray16le scan_%06d.tif",
        "-f lavfi -i testsrc=s=64x48 -frames:v 1 opening.png",
        "-f lavfi -i testsrc2=s=128x96 -frames:v 1 kitchen.png",
    ):
        subprocess.run([FFMPEG, "-nostdin", "-loglevel", "error", *made_of.split()], cwd=folder, check=True)
    return folder


@with_vapoursynth
@pytest.mark.parametrize("example", [path for path in EXAMPLES if path.stem != "minimal"], ids=lambda path: path.stem)
def test_every_example_runs_by_the_line_in_it(example: Path, films: Path, installed: Environment) -> None:
    (command,) = re.findall("^#   (vspipe .*)$", example.read_text(), re.MULTILINE)
    installed.run(command, films)
    with av.open(str(films / command.split()[-1])) as film:
        pictures = [frame.to_ndarray(format="yuv444p") for frame in film.decode(video=0)]
        assert len(film.streams.audio) == ("1:a" in command)
    assert len(pictures) == 9
    assert all(abs(picture[1:].astype(int) - 128).max() > 8 for picture in pictures)


def test_what_is_made_from_the_settings_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "vapoursynth_arguments.py"))
    assert made["HEADER"].read_text() == made["header"]()
    assert made["PAGE"].read_text() == made["page"](made["PAGE"].read_text())
