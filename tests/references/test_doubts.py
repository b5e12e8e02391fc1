"""A painted reference that is gray or of another frame is told once, in every face that draws it; a good one is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import Reference
from vs_tcvc.picture.color import lightness_from_luma
from vs_tcvc.references.doubts import doubt

NAMES = ("astronaut", "chelsea", "coffee", "rocket")


def gray(name: str) -> Array:
    """L* (54, 96) of a photograph."""
    picture = cv2.resize(
        cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY), (96, 54), interpolation=cv2.INTER_AREA
    )
    return lightness_from_luma(np.asarray(picture, np.float32) / 255)


def reference(name: str, chroma: float = 20.0) -> Reference:
    return Reference(7, gray(name), np.full((2, 54, 96), chroma, np.float32), "a.png")


@pytest.mark.parametrize("name", NAMES)
def test_a_painted_frame_is_not_doubted(name: str) -> None:
    assert doubt(reference(name), gray(name), 7) == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_repainted_frame_is_not_doubted(name: str) -> None:
    """Brighter, softer, with a patch of another lightness."""
    lightness = np.clip(cv2.GaussianBlur(gray(name), (0, 0), 1.5) * 0.8 + 15, 0, 100).astype(np.float32)
    lightness[10:25, 10:30] = 60
    painted = Reference(7, lightness, np.full((2, 54, 96), 9, np.float32))
    assert doubt(painted, gray(name), 7) == ""


def test_a_gray_picture_is_told() -> None:
    told = "the reference of frame 1007 (a.png) is gray, so the frames that it guides get no colour"
    assert doubt(reference("coffee", 0.5), gray("coffee"), 1007) == told


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_picture_of_another_shot_is_told(name: str) -> None:
    assert doubt(reference("astronaut"), gray(name), 7) == (
        "the reference of frame 7 (a.png) does not show that frame, so it guides by likeness, not by position; "
        "give it the number of the frame that it shows"
    )


def test_a_flat_frame_is_like_everything() -> None:
    assert doubt(reference("coffee"), np.full((54, 96), 3, np.float32), 7) == ""


# Faces


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures of two frames, a gray reference and one of something else, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plates").mkdir()
    for number in (1, 2):
        cv2.imwrite(f"plates/p.{number:04d}.png", codes("astronaut"))
    cv2.imwrite("gray.png", codes("astronaut"))
    cv2.imwrite("other.png", cv2.applyColorMap(codes("rocket"), cv2.COLORMAP_AUTUMN))
    return tmp_path


def codes(name: str) -> NDArray[np.uint8]:
    picture = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(picture, (96, 64), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize(("name", "words"), [("gray.png", "is gray"), ("other.png", "does not show that frame")])
@pytest.mark.parametrize("command", ["colorize plates out", "sequence plates/p.%04d.png out/o.%04d.png"])
def test_a_command_tells_it_once(
    desk: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, words: str
) -> None:
    from vs_tcvc.cli import main

    assert main([*command.split(), "--size", "64", "--reference", name]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "the reference of" in line]
    assert len(told) == 1
    assert words in told[0]
