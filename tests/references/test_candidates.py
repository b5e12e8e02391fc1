"""tcvc references: pictures of every shot to choose from, which differ, keep the film's luma, and can be used."""

from __future__ import annotations

import shlex
from itertools import chain, combinations
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vs_tcvc import cli
from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess
from vs_tcvc.film import imagination
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import lab_from_rgb, luma
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.painted import read_reference
from vs_tcvc.settings import Settings

WIDTH, HEIGHT, FRAMES = 96, 64, 4
COUNT = 5
SMALL = ("--size", "64", "--threads", "1", "--device", "cpu", "--quiet")


def still(shot: int) -> NDArray[np.uint8]:
    """A gray picture (HEIGHT, WIDTH) of smooth texture, another one for every shot."""
    texture = cv2.GaussianBlur(np.random.default_rng(shot).random((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 6)
    return np.interp(texture, (texture.min(), texture.max()), (30, 220)).astype(np.uint8)


def color(path: Path) -> Array:
    """R'G'B' (3, H, W), 0 to 1, of a PNG that has 16 bits."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.dtype == np.uint16
    return np.moveaxis(picture[..., ::-1], -1, 0) / np.float32(65535)


def ab(path: Path) -> Array:
    return lab_from_rgb(color(path))[1:]


def references(film: Path, out: Path, *words: str) -> int:
    return cli.main(["references", str(film), "--out", str(out), *SMALL, *words])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Numbered pictures, two shots of FRAMES frames, from number 11."""
    folder = tmp_path_factory.mktemp("film")
    for index in range(2 * FRAMES):
        cv2.imwrite(str(folder / f"scan_{11 + index:04d}.png"), still(index // FRAMES))
    return folder


@pytest.fixture(scope="module")
def written(film: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """The candidates of each shot."""
    out = tmp_path_factory.mktemp("out") / "new" / "refs"
    assert references(film, out, "--candidates", str(COUNT)) == 0
    names = [[f"shot{shot + 1:03d}_frame{11 + shot * FRAMES:06d}_{number}.png" for number in range(1, COUNT + 1)]
             for shot in range(2)]  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == sorted(chain(*names))
    return [[out / name for name in each] for each in names]


def test_every_candidate_has_the_luma_of_its_frame(written: list[list[Path]]) -> None:
    for shot, paths in enumerate(written):
        for path in paths:
            assert np.abs(luma(color(path), "601") - still(shot) / np.float32(255)).max() < 1 / 65535


def test_candidates_are_clearly_different(written: list[list[Path]]) -> None:
    for paths in written:
        for one, two in combinations(map(ab, paths), 2):
            assert np.hypot(*(one - two)).mean() > 0.5


def test_the_second_is_warmer_and_the_third_cooler(written: list[list[Path]]) -> None:
    for paths in written:
        usual, warm, cool = (ab(path)[1].mean() for path in paths[:3])
        assert cool < usual < warm


def test_the_first_is_what_the_network_predicts(written: list[list[Path]]) -> None:
    stage = ChromaStage(WIDTH, HEIGHT, SampleCoding(8, "full"), size=64, matrix="601")
    colorizer, _ = make_colorizer(Settings(size=64, threads=1, device="cpu"))
    for shot, paths in enumerate(written):
        predicted = colorizer.predict(stage.lightness(still(shot))).ab
        read = read_reference(paths[0], 0, Canvas((WIDTH, HEIGHT), stage.working_size, "601"))
        assert np.abs(read.ab - predicted).mean() < 0.1


def test_another_model_gives_the_first_and_ours_the_others(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[list[Path]]
) -> None:
    """The published network colours a picture in one way."""
    one_color = SimpleNamespace(predict=lambda seen: Guess.unsaid(np.full((2, *seen.shape), 20, np.float32)))
    monkeypatch.setattr(imagination, "load_colorizer", lambda settings, emit: (one_color, None))
    assert references(film, tmp_path, "--model", "published", "--candidates", "2") == 0
    for shot in written:
        first, second = (tmp_path / path.name for path in shot[:2])
        assert np.abs(ab(first) - 20).mean() < 3
        assert second.read_bytes() == shot[1].read_bytes()


def test_what_it_says_can_be_done(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "my refs"
    assert references(film, out, "--candidates", "2") == 0
    said = capsys.readouterr().out
    assert "4 pictures of 2 shots" in said
    command = shlex.split(said[said.index("tcvc colorize") :].replace("\\\n", " "))
    target = str(tmp_path / "colour")
    words = [target if word == "OUT" else word for word in command[1:]]
    assert cli.main([*words, *SMALL, "--chroma", "444"]) == 0
    made = sorted((tmp_path / "colour").iterdir())
    for shot, path in enumerate(sorted(out.glob("*_2.png"))):
        codes = cv2.imread(str(made[shot * FRAMES]))
        assert codes is not None
        shown = np.moveaxis(codes[..., ::-1], -1, 0) / np.float32(255)
        assert np.abs(shown - color(path)).mean() < 0.01


def test_a_look_is_in_the_pictures(film: Path, tmp_path: Path) -> None:
    assert references(film, tmp_path, "--look", "saturation 0", "--candidates", "2") == 0
    assert max(float(np.abs(ab(path)).max()) for path in tmp_path.iterdir()) < 0.1


def test_a_list_that_is_read_is_never_overwritten(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cuts = tmp_path / "shot001_frame000011_1.png"
    cuts.write_text("11 15")
    assert references(film, tmp_path, "--overwrite", "--cuts", str(cuts)) == 2
    assert "this file is also read, so it is never overwritten" in capsys.readouterr().err
    assert cuts.read_text() == "11 15"


def test_pictures_that_exist_stay_unless_told(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "shot001_frame000011_1.png"
    old.write_text("painted for days")
    assert references(film, tmp_path) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["painted for days"]
    assert references(film, tmp_path, "--overwrite", "--candidates", "1") == 0
    assert color(old).shape == (3, HEIGHT, WIDTH)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--candidates", "0"), "--candidates: expected 1 to 100, got 0"), (("--look", "sepia"), "--look: expected")],
)
def test_wrong_words_are_one_sentence(
    words: tuple[str, ...], said: str, film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert references(film, tmp_path / "refs", *words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not list(tmp_path.glob("refs/*"))


def test_a_film_that_is_not_there_leaves_no_folder(tmp_path: Path) -> None:
    assert references(tmp_path / "none.mkv", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()
