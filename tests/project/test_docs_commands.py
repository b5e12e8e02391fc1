"""Documentation: every command and recipe runs."""

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
from pages import ROOT, section

from ffmpeg_filters import pipe
from vs_tcvc import cli

FRAMES = 12
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
STAND_INS = {  # name: what ffmpeg makes it of
    "film.mkv": "-f lavfi -i testsrc=s=64x48:d=0.48 -f lavfi -i sine=d=0.48 -vf hue=s=0,format=yuv420p -c:v ffv1",
    "film.y4m": "-f lavfi -i testsrc=s=64x48:d=0.48 -pix_fmt gray",
    "scan.mov": "-f lavfi -i testsrc=s=64x48:d=0.48 -c:v prores_ks -pix_fmt yuv422p10le",
    "scan_%06d.tif": "-f lavfi -i testsrc=s=640x480:d=0.48 -pix_fmt gray16le",
    "scans/scan_%04d.png": "-f lavfi -i testsrc=s=64x48:d=0.48 -pix_fmt gray",
    "plate.%04d.exr": "-f lavfi -i testsrc=s=64x48:d=0.48 -vf hue=s=0,format=gbrpf32le -start_number 1001",
    "painted.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "opening.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "kitchen.png": "-f lavfi -i testsrc2=s=128x96 -frames:v 1",
    "shot1.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "shot7.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
}
SCRIPT = f"""import vapoursynth as vs
vs.core.std.BlankClip(format=vs.GRAY8, width=64, height=48, length={FRAMES}, color=90).set_output()
"""
EDL = """TITLE: REEL
FCM: NON-DROP FRAME
001  AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:04
002  AX V C 00:00:00:00 00:00:00:08 01:00:00:04 01:00:00:12
"""
PROJECT = f"""tcvc: 1
film: {{path: film.mkv, frames: {FRAMES}, size: [64, 48], rate: 25/1}}
settings: {{size: 64}}
shots:
  - {{frames: [0, 5]}}
  - {{frames: [5, {FRAMES}], look: vivid}}
"""
BESIDE = {
    "cuts.txt": "0\n4  # the kitchen\n9\n", "cuts.csv": "frame,seconds\n0,0.000\n4,0.160\n", "film.vpy": SCRIPT,
    "reel.edl": EDL, "film.tcvc.yaml": PROJECT,
}  # fmt: skip


def commands(page: str, heading: str) -> list[str]:
    """The indented lines below a heading, each whole: a backslash at its end, or a bar before the next, goes on."""
    lines = [line.strip() for line in section(page, heading).splitlines() if line.startswith("    ")]
    assert lines, f"{page} has no commands below {heading}"
    return "\n".join(lines).replace("\\\n", "").splitlines()


SECTIONS = (
    ("README.md", "Colour a film"),
    ("docs/colour-a-film.md", "Colour a film"),
    ("docs/change-a-shot.md", "Paint a frame"),
    ("docs/change-a-shot.md", "Correct a wrong cut"),
    ("docs/change-a-shot.md", "A shot that begins in a fade"),
    ("docs/looks.md", "Choose a look"),
    ("docs/sequences.md", "Scans: tcvc colorize"),
    ("docs/sequences.md", "Plates: tcvc sequence"),
    ("docs/pipe.md", "Recipes"),
)
COMMANDS = sorted({command for place in SECTIONS for command in commands(*place)})


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
    named = re.findall(r"[\w%.]+\.(?:mkv|mov|y4m|csv)\b", command)
    made = set(named) - {*before, *STAND_INS}
    pictures = {name for name in files(desk) - before if re.fullmatch(r"colour.*\.(exr|png|tif)", name)}
    assert files(desk) - before == made | pictures
    assert len(pictures) == (FRAMES if re.search(r"colour(/|\S*%)", command) else 0)
    for name in (each for each in made if not each.endswith(".csv")):
        assert len(lumas(desk / name)) == FRAMES
        if re.search("ffv1|--lossless", command):
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
    """By a file and by a pipe."""
    monkeypatch.chdir(desk)
    table = section("docs/colour-a-film.md", "Options to try")
    rows = re.findall(r"^\| `(--.+)` \| (.*) \|$", table, re.MULTILINE)
    assert rows
    for tried, meaning in rows:
        words = [*tried.split(), "--size", "64", "--quiet"]
        if "in a pipe only" not in meaning:
            assert cli.main(["colorize", "film.mkv", "colour.mkv", "--overwrite", *words]) == 0
        if "not in a pipe" not in meaning:
            with Path("film.y4m").open("rb") as film, Path("colour.y4m").open("wb") as color:
                assert pipe.main(words, film, color) == 0
