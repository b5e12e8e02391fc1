"""The commands on a project, as a person gives them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
from project_films import planes_of, scene, write_film

from vs_tcvc.cli import main
from vs_tcvc.project import document, edits
from vs_tcvc.project.schema import Hint

SHOTS = ((1, 6), (2, 5), (1, 7), (3, 4))
QUICK = ("--size", "64", "--threads", "1")
CUTS = ("--cuts", "6,11,18")
LOSSLESS = ("--lossless", "--quiet")


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_film(tmp_path / "film.mkv", SHOTS)


def test_from_a_film_to_a_film_in_colour(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["project", "new", "film.mkv", *CUTS, *QUICK, "--quiet", "--no-scenes"]) == 0
    assert capsys.readouterr().out == "4 shots, in film.tcvc.yaml; colour it with tcvc render film.tcvc.yaml OUT\n"
    found = document.read(Path("film.tcvc.yaml")).project
    assert [shot.frames for shot in found.shots] == [(0, 6), (6, 11), (11, 18), (18, 22)]
    assert found.settings == {"size": 64, "threads": 1}
    assert main(["project", "status", "film.tcvc.yaml"]) == 0
    assert "4 shots, 4 to colour" in capsys.readouterr().out
    assert main(["render", "film.tcvc.yaml", "--colour-only", "--quiet"]) == 0
    assert main(["project", "status", "film.tcvc.yaml", "--json"]) == 0
    assert [shot["is_done"] for shot in json.loads(capsys.readouterr().out)["shots"]] == [True] * 4
    assert main(["render", "film.tcvc.yaml", "out.mkv", *LOSSLESS]) == 0
    assert main(["colorize", "film.mkv", "plain.mkv", *CUTS, *QUICK, *LOSSLESS]) == 0
    assert planes_of(Path("out.mkv")) == planes_of(Path("plain.mkv"))


def test_shots_that_show_the_same_are_put_into_a_scene(film: Path) -> None:
    assert main(["project", "new", "film.mkv", *CUTS, *QUICK, "--quiet"]) == 0
    found = document.read(Path("film.tcvc.yaml")).project
    assert [shot.scene for shot in found.shots] == ["A", "", "A", ""]


def test_a_picture_is_painted_over_and_led_shots_follow(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["project", "new", "film.mkv", *CUTS, *QUICK, "--quiet"])
    assert main(["project", "references", "film.tcvc.yaml", "--shots", "1,3"]) == 0
    names = sorted(path.name for path in Path("film.references").glob("*.png"))
    assert names == ["shot001_frame000000.png", "shot003_frame000011.png"]
    picture = cv2.imread("film.references/shot003_frame000011.png")
    assert picture is not None
    picture[..., 2] = 180
    cv2.imwrite("film.references/shot003_frame000011.png", picture)
    capsys.readouterr()
    assert main(["render", "film.tcvc.yaml", "out.mkv", "--lossless"]) == 0
    told = capsys.readouterr().err
    assert "shot003_frame000011.png was painted: it is a reference of shot 3 from now on" in told
    text = Path("film.tcvc.yaml").read_text(encoding="utf-8")
    assert "references: [film.references/shot003_frame000011.png]" in text


def test_cleaning_leaves_what_the_project_uses(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["project", "new", "film.mkv", *CUTS, *QUICK, "--quiet"])
    main(["render", "film.tcvc.yaml", "--colour-only", "--quiet"])
    found = document.read(Path("film.tcvc.yaml"))
    document.write(found.edited(edits.add_hint, 1, Hint(7, (0.5, 0.5), "#cc2222")))
    main(["render", "film.tcvc.yaml", "--colour-only", "--quiet"])
    capsys.readouterr()
    assert main(["project", "clean", "film.tcvc.yaml", "--keep", "1"]) == 0
    assert capsys.readouterr().out.startswith("0 shots removed")
    assert main(["project", "clean", "film.tcvc.yaml"]) == 0
    assert capsys.readouterr().out.startswith("1 shot removed")
    main(["project", "status", "film.tcvc.yaml"])
    assert "4 shots, all coloured" in capsys.readouterr().out


def test_colorize_keeps_its_shots_and_goes_on(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["colorize", "film.mkv", "out.mkv", *CUTS, *QUICK, "--lossless", "--store", "kept", "--overwrite"]
    assert main([*words, "--shots", "2"]) == 0
    assert "1 shot of 1 to colour" in capsys.readouterr().err
    assert main(words) == 0
    assert "3 shots of 4 to colour" in capsys.readouterr().err
    assert main(["colorize", "film.mkv", "plain.mkv", *CUTS, *QUICK, *LOSSLESS]) == 0
    assert planes_of(Path("out.mkv")) == planes_of(Path("plain.mkv"))
    assert main([*words, "--frames", "4-7"]) == 0
    assert planes_of(Path("out.mkv")) == planes_of(Path("plain.mkv"))[4:8]


def test_a_reference_in_the_middle_of_a_shot_is_as_in_colorize_without_a_store(film: Path) -> None:
    gray = scene(1, 3)
    cv2.imwrite("red.png", cv2.merge([gray // 2, gray // 2, gray]))
    options = [*CUTS, *QUICK, *LOSSLESS, "--reference", "red.png@14"]
    assert main(["colorize", "film.mkv", "out.mkv", *options, "--store", "kept"]) == 0
    assert main(["colorize", "film.mkv", "plain.mkv", *options]) == 0
    assert planes_of(Path("out.mkv")) == planes_of(Path("plain.mkv"))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["render", "film.tcvc.yaml"], "expected OUT, the film to write, or --colour-only, got neither"),
        (["render", "film.tcvc.yaml", "o.mkv", "--shots", "9"], "--shots: expected shots of 1 to 4, as in 3,7-9"),
        (["render", "film.tcvc.yaml", "film.mkv"], "film.mkv: this is the source itself"),
        (["render", "film.tcvc.yaml", "o.mkv", "--codec", "nonsense"], "nonsense"),
        (["render", "film.tcvc.yaml", "o.mkv", "--reference", "a.png"], "--reference"),
        (["render", "no.tcvc.yaml", "o.mkv"], "no.tcvc.yaml: expected a project file"),
        (["project", "new", "film.mkv", "-o", "film.tcvc.yaml"], "film.tcvc.yaml: it exists"),
        (["project", "clean", "film.tcvc.yaml", "--keep", "-1"], "--keep: expected gigabytes from 0, got -1"),
        (["colorize", "film.mkv", "o.mkv", "--store", "kept", "--preview", "2"], "--preview"),
    ],
)
def test_mistakes_are_one_sentence(
    film: Path, capsys: pytest.CaptureFixture[str], words: list[str], wanted: str
) -> None:
    main(["project", "new", "film.mkv", *CUTS, *QUICK, "--quiet"])
    capsys.readouterr()
    assert main(words) != 0
    told = capsys.readouterr().err
    assert wanted in told
    assert told.count("\n") == 1
    assert not Path("o.mkv").exists()
