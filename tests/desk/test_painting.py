"""Laws of a painted reference: strokes lie over what is there, luma is the film's, nothing that was written is lost."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from project_films import HEIGHT, SETTINGS, WIDTH, project_of, write_film

from vs_tcvc.core.frame import Array
from vs_tcvc.desk import painting
from vs_tcvc.desk.painting import Strokes
from vs_tcvc.errors import UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.project import document, edits
from vs_tcvc.references.painted import read_reference

SHOTS = ((1, 4), (2, 4))
GREEN = (46, 139, 87)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> FilmProject:
    path = write_film(tmp_path_factory.mktemp("film") / "film.mkv", SHOTS)
    return FilmProject(document.write(project_of(path, SHOTS, "AA")), SETTINGS)


def strokes(color: tuple[int, int, int] = GREEN, alpha: int = 255) -> Strokes:
    """The left half of a frame is painted."""
    painted = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    painted[:, : WIDTH // 2] = (*color, alpha)
    return painted


def png_of(strokes: Strokes) -> bytes:
    return bytes(cv2.imencode(".png", cv2.cvtColor(strokes, cv2.COLOR_RGBA2BGRA))[1])


def ab_of(color: tuple[int, int, int]) -> Array:
    ab: Array = lab_from_rgb(np.array(color, np.float32)[:, None] / np.float32(255))[1:, 0]
    return ab


def color(film: FilmProject, shade: float) -> Array:
    width, height = film.canvas.working_size
    return np.full((2, height, width), shade, np.float32)


def test_strokes_come_back_as_they_were_sent() -> None:
    assert (painting.strokes_of(png_of(strokes(alpha=90)), (WIDTH, HEIGHT)) == strokes(alpha=90)).all()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a",
        png_of(strokes())[:50],
        bytes(cv2.imencode(".png", strokes()[..., :3])[1]),
        bytes(cv2.imencode(".png", strokes().astype(np.uint16))[1]),
        bytes(cv2.imencode(".jpg", strokes()[..., :3])[1]),
        png_of(np.zeros((HEIGHT, WIDTH + 1, 4), np.uint8)),
        png_of(strokes()) + bytes(painting.MOST_BYTES),
    ],
    ids=["nothing", "another kind", "cut short", "no alpha", "16 bits", "jpeg", "too wide", "too long"],
)
def test_anything_but_a_small_png_with_alpha_is_refused(sent: bytes) -> None:
    with pytest.raises(UsageError, match="a PNG with alpha of at most 96x64"):
        painting.strokes_of(sent, (WIDTH, HEIGHT))


def test_strokes_lie_over_the_color_and_leave_the_rest(film: FilmProject) -> None:
    there = color(film, 12)
    laid = painting.laid_over(there, strokes())
    middle = there.shape[2] // 2
    assert np.abs(laid[..., : middle - 1] - ab_of(GREEN)[:, None, None]).max() < 0.1
    assert (laid[..., middle + 1 :] == 12).all()


def test_half_a_stroke_is_half_way(film: FilmProject) -> None:
    laid = painting.laid_over(color(film, 0), strokes(alpha=128))
    assert np.abs(laid[:, 5, 5] - ab_of(GREEN) / 2).max() < 0.5


def test_the_edge_of_a_stroke_has_no_other_color_than_the_stroke(film: FilmProject) -> None:
    """What is behind no alpha does not count, whatever it is."""
    behind = strokes()
    behind[:, WIDTH // 2 :, :3] = (255, 0, 0)
    large = cv2.resize(behind, (WIDTH * 2 + 1, HEIGHT * 2 + 1), interpolation=cv2.INTER_NEAREST)
    laid = painting.laid_over(color(film, 0), np.asarray(large, np.uint8))
    assert laid[0].max() < 0.01


def test_a_picture_is_shown_as_it_was_painted_whatever_the_saturation(film: FilmProject) -> None:
    """The shot's saturation applies to the picture, too."""
    strong = FilmProject(film.document.edited(edits.set_saturation, 1, 2.0), SETTINGS)
    there = color(film, 10)
    assert painting.paint(strong, 5, there, strokes()) == painting.picture(
        film, 5, painting.laid_over(there, strokes()) / np.float32(2)
    )


def test_a_painted_picture_is_a_reference_of_its_frame_with_the_film_s_luma(film: FilmProject, tmp_path: Path) -> None:
    there = color(film, -8)
    png = painting.paint(film, 5, there, strokes())
    (tmp_path / "000005.png").write_bytes(png)
    read = read_reference(tmp_path / "000005.png", 5, film.canvas)
    assert np.median(np.abs(read.ab - painting.laid_over(there, strokes()))) < 0.5  # the brightest have less chroma
    with film.reader() as reader:
        assert np.abs(read.lightness - reader.gray(5)).max() < 0.5


def test_each_picture_gets_a_name_of_its_own_that_tells_its_frame(film: FilmProject) -> None:
    written = [painting.write_picture(film, 1, 6, content) for content in (b"one", b"two")]
    assert written == ["film.painted/shot002_frame000006_1.png", "film.painted/shot002_frame000006_2.png"]
    assert [film.document.resolve(name).read_bytes() for name in written] == [b"one", b"two"]


def test_a_picture_takes_the_place_of_the_one_of_its_frame(film: FilmProject) -> None:
    project = film.document.project
    for reference in ("a/000005.png", "other.png@6", "film.painted/shot002_frame000005_1.png"):
        project = painting.take_picture(project, 1, reference)
    assert project.shots[1].references == ("other.png@6", "film.painted/shot002_frame000005_1.png")


def test_a_look_that_is_in_the_picture_is_not_applied_again(film: FilmProject) -> None:
    own = edits.set_look(film.document.project, 1, "vivid")
    scenes = edits.set_scene_value(film.document.project, "A", look="vivid")
    for project in (own, scenes):
        assert painting.take_picture(project, 1, "000005.png").shots[1].look == "natural"
    assert painting.take_picture(film.document.project, 1, "000005.png").shots[1].look == ""
