"""The documentation is true: its table of options, its links, its commands, which are all run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from ffmpeg_filters import pipe
from vs_tcvc import cli

ROOT = Path(__file__).parents[2]
GUIDES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PAGES = [*GUIDES, ROOT / "benchmarks" / "README.md"]


def test_the_table_of_options_is_made_from_the_settings() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "options_table.py")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "options.md").read_text() == made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_there(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_flag_that_is_named_is_one_of_ours(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flag = r"(?<![\w-])--[a-z][a-z-]*"
    assert cli.main(["completion", "bash"]) == 0
    assert set(re.findall(flag, page.read_text())) <= set(re.findall(flag, capsys.readouterr().out))


# Every command, run


FRAMES = 12
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
STAND_INS = {  # name: what ffmpeg makes it of
    "film.mkv": "-f lavfi -i testsrc=s=64x48:d=0.48 -f lavfi -i sine=d=0.48 -vf hue=s=0,format=yuv420p -c:v ffv1",
    "film.y4m": "-f lavfi -i testsrc=s=64x48:d=0.48 -pix_fmt gray",
    "scan.mov": "-f lavfi -i testsrc=s=64x48:d=0.48 -c:v prores_ks -pix_fmt yuv422p10le",
    "scan_%06d.tif": "-f lavfi -i testsrc=s=640x480:d=0.48 -pix_fmt gray16le",
    "scans/scan_%04d.png": "-f lavfi -i testsrc=s=64x48:d=0.48 -pix_fmt gray",
    "plate.%04d.exr": "-f lavfi -i testsrc=s=64x48:d=0.48 -vf hue=s=0,format=gbrpf32le",
    "opening.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "kitchen.png": "-f lavfi -i testsrc2=s=128x96 -frames:v 1",
    "shot1.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "shot7.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
}
SCRIPT = f"""import vapoursynth as vs
vs.core.std.BlankClip(format=vs.GRAY8, width=64, height=48, length={FRAMES}, color=90).set_output()
"""
BESIDE = {"cuts.txt": "0\n4  # the kitchen\n9\n", "film.vpy": SCRIPT}


def section(page: str, heading: str) -> str:
    """The text below a heading, to the next."""
    return (ROOT / page).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]


def commands(page: str, heading: str) -> list[str]:
    """The indented lines below a heading, each whole: a backslash at its end, or a bar before the next, goes on."""
    lines = [line.strip() for line in section(page, heading).splitlines() if line.startswith("    ")]
    assert lines, f"{page} has no commands below {heading}"
    return "\n".join(lines).replace("\\\n", "").splitlines()


COMMANDS = [*commands("README.md", "Colour a film"), *commands("docs/pipe.md", "Recipes")]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the documentation names, tiny and of FRAMES frames."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "scans").mkdir()
    for name, made_of in STAND_INS.items():
        command = [FFMPEG, "-nostdin", "-loglevel", "error", *made_of.split(), name]
        subprocess.run(command, check=True, cwd=folder)
    for name, text in BESIDE.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def desk(films: Path, tmp_path: Path) -> Path:
    """Such a folder for one command, with our programs in .venv as in a checkout."""
    desk = shutil.copytree(films, tmp_path / "desk")
    (desk / ".venv").symlink_to(sys.prefix)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ffmpeg").symlink_to(FFMPEG)
    return desk


def run(command: str, desk: Path) -> str:
    """All that `command` said, with ffmpeg and our programs on PATH and a home of its own; it must end with 0."""
    path = os.pathsep.join([str(desk.parent / "bin"), sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "HOME": str(desk.parent), "XDG_CONFIG_HOME": str(desk.parent)}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=desk, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def lumas(path: Path) -> list[bytes]:
    """The luma of every frame."""
    with av.open(str(path)) as film:
        return [luma(frame) for frame in film.decode(video=0)]


def luma(frame: av.VideoFrame) -> bytes:
    plane = frame.planes[0]
    samples = np.frombuffer(plane, np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    return samples.reshape(plane.height, -1)[:, : plane.width].tobytes()


def files(desk: Path) -> set[str]:
    """What lies there and in its folders, but for hidden files and our programs."""
    inside = (path.relative_to(desk) for path in desk.rglob("*") if path.is_file())
    return {str(path) for path in inside if not any(part.startswith(".") for part in path.parts)}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs_and_writes_what_it_names(command: str, desk: Path) -> None:
    if "vspipe" in command:
        pytest.importorskip("vapoursynth.vapoursynth")  # the folder alone, with our library, is no VapourSynth
        run("vapoursynth config", desk)
    before = files(desk)
    said = run(command, desk)
    named = re.findall(r"[\w%]+\.(?:mkv|mov|y4m|tif)\b", command)
    made = set(named) - {*before, *STAND_INS}
    pictures = {name for name in files(desk) - before if name.startswith("colour") and name.endswith((".exr", ".png"))}
    assert files(desk) - before == made | pictures
    assert len(pictures) == (FRAMES if re.search("colour/|exr", command) else 0)
    for name in made:
        assert len(lumas(desk / name)) == FRAMES
        if "ffv1" in command:
            assert lumas(desk / name) == lumas(desk / named[0])
    assert not re.search("not used|Traceback", said)


# Every recipe in Python, run

RECIPES = {  # heading: what holds afterwards, in Python
    "In a notebook": "assert [each.shape for each in firsts] == [(48, 64, 3)]",
    "A loop of OpenCV": "",
    "PyAV": "",
    "A tensor of PyTorch": "assert (colored.shape, colored.dtype) == ((8, 3, 120, 160), torch.float32)",
    "A graph of ffmpeg-python": "",
}


@pytest.mark.parametrize("heading", RECIPES)
def test_every_recipe_in_python_runs_and_writes_what_it_names(heading: str, desk: Path) -> None:
    lines = [line[4:] for line in section("docs/python.md", heading).splitlines() if line[:4] in ("    ", "")]
    (desk / "recipe.py").write_text("\n".join([*lines, RECIPES[heading]]))
    before = files(desk)
    assert run(f"{sys.executable} -W error recipe.py", desk) == ""
    named = {*re.findall(r"colour\.\w+", "".join(lines))}
    assert files(desk) - before == named
    for name in named:
        with av.open(str(desk / name)) as film:
            pictures = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
        assert len(pictures) == FRAMES
        assert min(np.ptp(picture, axis=-1).max() for picture in pictures) > 5


def test_no_recipe_in_python_is_left_out() -> None:
    headings = re.findall(r"^## (.*)\n", (ROOT / "docs" / "python.md").read_text(), re.MULTILINE)
    assert headings[: headings.index("What goes in")] == [*RECIPES]


def test_the_options_to_try_can_be_tried(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the README's table, by a file and by a pipe."""
    monkeypatch.chdir(desk)
    rows = re.findall(r"^\| `(--.+)` \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows
    for options, meaning in rows:
        words = [*options.split(), "--size", "64", "--quiet"]
        if "a pipe only" not in meaning:
            assert cli.main(["colorize", "film.mkv", "colour.mkv", "--overwrite", *words]) == 0
        if "`tcvc colorize` only" not in meaning:
            with Path("film.y4m").open("rb") as film, Path("colour.y4m").open("wb") as color:
                assert pipe.main(words, film, color) == 0
