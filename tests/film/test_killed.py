"""Commands on a project that are killed at any moment: given again, they end in the same bytes, and nothing is left."""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
from project_films import planes_of, scene, write_film

from vs_tcvc.project import document, edits
from vs_tcvc.project.schema import Hint

pytestmark = pytest.mark.faults

TCVC = [sys.executable, "-m", "vs_tcvc"]
NEW = ["project", "new", "film.mkv", "--cuts", "12,22,36", "--size", "64", "--threads", "1"]
REFERENCES = ["project", "references", "film.tcvc.yaml"]
RENDER = ["render", "film.tcvc.yaml", "out.mkv", "--lossless", "--overwrite"]
ROUNDS = 50


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", ((1, 12), (2, 10), (1, 14), (3, 8)))


def run(words: list[str], folder: Path, killed_after: float | None = None) -> float:
    """Run a command; returns its seconds. One that is killed may have ended before."""
    begun = time.monotonic()
    process = subprocess.Popen([*TCVC, *words, "--quiet"] if words[0] == "render" else [*TCVC, *words], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
    if killed_after is not None:
        time.sleep(killed_after)
        process.send_signal(signal.SIGKILL)
    _, told = process.communicate()
    if killed_after is None:
        assert process.returncode == 0 or b"it exists" in told, told.decode()
    return time.monotonic() - begun


def edit(folder: Path) -> None:
    """What a person does between the commands."""
    path = folder / "film.tcvc.yaml"
    project = document.read(path)
    project = project.edited(edits.set_scene, 0, "A").edited(edits.set_scene, 2, "A")
    document.write(project.edited(edits.add_hint, 1, Hint(14, (0.5, 0.5), "#cc2222", 0.1)))


def paint(folder: Path) -> None:
    gray = scene(1, 0)
    (picture,) = (folder / "film.references").glob("shot003_*.png")
    cv2.imwrite(str(picture), cv2.merge([gray // 2, gray // 2, gray]))


def session(folder: Path, film: Path, moments: random.Random | None, lengths: list[float]) -> list[float]:
    """From the film to the film in colour; each command may be killed once at a moment of its time."""
    folder.mkdir()
    shutil.copy(film, folder / film.name)
    taken = []
    for number, (words, after) in enumerate(((NEW, edit), (REFERENCES, paint), (RENDER, None))):
        if moments is not None:
            run(words, folder, moments.uniform(0.3, 1.0) * lengths[number])
        taken.append(run(words, folder))
        if after:
            after(folder)
    return taken


def content(folder: Path) -> dict[str, str]:
    """The files that a person sees, by name, with their content; of the film its frames."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".tcvc" not in path.relative_to(folder).parts and path.name != "film.mkv":
            data = b"".join(planes_of(path)) if path.suffix == ".mkv" else path.read_bytes()
            name = path.relative_to(folder).as_posix()
            found[name] = "" if name.endswith(".tcvc.json") else hashlib.sha256(data).hexdigest()
    return found


def test_killed_at_any_moment_they_end_in_the_same_bytes(film: Path, tmp_path: Path) -> None:
    lengths = session(tmp_path / "whole", film, None, [])
    expected = content(tmp_path / "whole")
    moments = random.Random(18)
    for number in range(ROUNDS // 3 + 1):
        folder = tmp_path / str(number)
        session(folder, film, moments, lengths)
        found = content(folder)
        assert found == expected
        left = {path.name for path in (folder / ".tcvc").iterdir()}
        assert left <= {"store", *(f"film.tcvc.yaml{end}" for end in (".index", ".lock", ".made-of.json"))}
        shutil.rmtree(folder)
