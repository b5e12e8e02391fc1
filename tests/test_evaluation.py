"""Laws of judging a colorizer: the truth scores best, gray scores as gray, and the command prints what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from vs_tcvc.cli import main
from vs_tcvc.color import lab_from_rgb, rgb_from_ycc
from vs_tcvc.errors import FrameError
from vs_tcvc.frame import Array
from vs_tcvc.metrics.evaluation import Gray, evaluate_clip, evaluate_stills, mean_of
from vs_tcvc.metrics.picture import Codes, ab_spread, codes_from_rgb, colourfulness, rgb_from_codes
from vs_tcvc.shot import Reference

HEIGHT, WIDTH, FRAMES, SIZE = 64, 96, 6, 64
CLIP_MEASURES = {
    "psnr_at_3", "psnr", "flow_psnr", "cdc", "colourfulness", "ab_spread", "flow_cdc", "flow_colourfulness",
    "flow_ab_spread", "true_cdc", "true_colourfulness", "true_ab_spread",
}  # fmt: skip
STILL_MEASURES = {
    "delta_e", "gray_delta_e", "colourfulness", "true_colourfulness", "ab_spread", "true_ab_spread",
}  # fmt: skip


def changing_lights(frames: int = FRAMES, seed: int = 0) -> list[Codes]:
    """A still camera under lights whose hue turns: luma moves nothing, so flow cannot follow the colour."""
    random = np.random.default_rng(seed)
    luma = cv2.resize(random.uniform(0.35, 0.65, (5, 6)).astype(np.float32), (WIDTH, HEIGHT))
    hue = cv2.resize(random.uniform(0, 3, (3, 4)).astype(np.float32), (WIDTH, HEIGHT))
    turns = (hue + 0.5 * n for n in range(frames))
    return [codes_from_rgb(rgb_from_ycc(np.stack([luma, 0.12 * np.cos(h), 0.12 * np.sin(h)]))) for h in turns]


class Told:
    """A colorizer that was told the colour of every picture, by its bytes."""

    window = 1

    def __init__(self, pictures: Iterable[Codes]) -> None:
        grays = [Gray.of(codes, SIZE) for codes in pictures]
        self._ab = {gray.lightness.tobytes(): gray.truth[1:].copy() for gray in grays}

    def predict(self, lightness: Array) -> Array:
        return self._ab[lightness.tobytes()]

    def begin(self, references: Sequence[Reference]) -> None:
        return None

    def colorize(self, memory: None, lightness: Array) -> tuple[None, Array, Array]:
        return None, self.predict(lightness[0])[None], np.ones_like(lightness)


class Colourless:
    """A colorizer that gives gray."""

    window = 1

    def predict(self, lightness: Array) -> Array:
        return np.zeros((2, *lightness.shape), np.float32)

    def begin(self, references: Sequence[Reference]) -> None:
        return None

    def colorize(self, memory: None, lightness: Array) -> tuple[None, Array, Array]:
        return None, self.predict(lightness[0])[None], np.ones_like(lightness)


class Remembering(Colourless):
    """A colorizer that gives every frame the colour of its reference."""

    def begin(self, references: Sequence[Reference]) -> Array:  # type: ignore[override]
        return references[-1].ab

    def colorize(self, memory: Array, lightness: Array) -> tuple[Array, Array, Array]:  # type: ignore[override]
        return memory, memory[None], np.ones_like(lightness)


# Clips


def test_the_truth_scores_far_above_flow_and_like_the_truth() -> None:
    """Pictures of the working size: colour is only enlarged by a factor of 1, and rounded as float32."""
    frames = changing_lights()
    row = evaluate_clip(Told(frames), frames, SIZE)
    assert set(row) == CLIP_MEASURES
    assert row["psnr"] > row["flow_psnr"] + 15
    assert row["psnr_at_3"] > 35
    for name in ("colourfulness", "ab_spread"):
        assert row[name] == pytest.approx(row[f"true_{name}"], rel=0.02)
        assert row[name] > 5


def test_gray_has_no_colour_but_for_its_reference() -> None:
    frames = changing_lights()
    row = evaluate_clip(Colourless(), frames, SIZE)
    assert row["psnr"] < 30
    first = Gray.of(frames[0], SIZE).truth  # the other five of six frames have none
    assert row["colourfulness"] == pytest.approx(colourfulness(rgb_from_codes(frames[0])) / FRAMES, rel=0.02)
    assert row["ab_spread"] == pytest.approx(ab_spread(first[1:]) / FRAMES, rel=0.02)


def test_colour_starts_from_the_true_first_frame() -> None:
    """Where nothing moves, flow and a network that repeats its reference give the same film."""
    frames = [changing_lights(1)[0]] * 5
    row = evaluate_clip(Remembering(), frames, SIZE)
    assert row["psnr"] > 40
    assert row["cdc"] == row["true_cdc"] == 0


def test_age_45_is_measured_where_a_clip_has_it() -> None:
    frames = [changing_lights(1)[0]] * 46
    assert set(evaluate_clip(Remembering(), frames, SIZE)) == CLIP_MEASURES | {"psnr_at_45"}


def test_a_clip_of_four_frames_is_too_short() -> None:
    with pytest.raises(FrameError, match="needs 5 frames or more, got 4"):
        evaluate_clip(Colourless(), changing_lights(4), SIZE)


# Stills


def test_gray_stills_score_as_gray() -> None:
    """ΔE is the mean of pixels in float64 of a gray that went through R'G'B' and back: 1e-4 of a unit."""
    stills = changing_lights(2)
    for row in evaluate_stills(Colourless(), stills, SIZE):
        assert set(row) == STILL_MEASURES
        assert row["delta_e"] == pytest.approx(row["gray_delta_e"], abs=0.01)
        assert row["colourfulness"] == pytest.approx(0, abs=0.01)
        assert row["ab_spread"] == pytest.approx(0, abs=0.01)
        assert row["true_colourfulness"] > 5


def test_true_stills_score_as_the_truth() -> None:
    stills = changing_lights(2)
    for row in evaluate_stills(Told(stills), stills, SIZE):
        assert row["delta_e"] < 0.5 < 5 < row["gray_delta_e"]
        assert row["colourfulness"] == pytest.approx(row["true_colourfulness"], rel=0.02)


def test_a_picture_is_judged_at_its_own_size() -> None:
    """Twice the working size: the true colour comes back but for what shrinking takes from it."""
    codes = np.asarray(cv2.resize(changing_lights(1)[0], (2 * WIDTH, 2 * HEIGHT)), np.uint8)
    gray = Gray.of(codes, SIZE)
    assert gray.truth.shape == (3, 2 * HEIGHT, 2 * WIDTH)
    assert gray.lightness.shape == (HEIGHT, WIDTH)
    small = cv2.resize(gray.truth[1:].transpose(1, 2, 0), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    enlarged = gray.full_size(np.ascontiguousarray(small.transpose(2, 0, 1)))
    assert enlarged.shape == (2, 2 * HEIGHT, 2 * WIDTH)
    assert np.abs(enlarged - lab_from_rgb(rgb_from_codes(codes))[1:]).mean() < 1


def test_a_mean_is_of_what_all_rows_have() -> None:
    assert mean_of([{"psnr": 30.0, "psnr_at_45": 20.0}, {"psnr": 32.0}]) == {"psnr": 31.0}


# The command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips of six frames."""
    for name in ("lamp", "stage"):
        (tmp_path / name).mkdir()
        for n, codes in enumerate(changing_lights(seed=len(name))):
            cv2.imwrite(str(tmp_path / name / f"{n}.png"), codes[..., ::-1])
    return tmp_path


def test_json_is_one_object_with_every_measure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--clips", str(folder), "--stills", str(folder), "--count", "2", "--size", "64", "--device", "cpu")
    assert main(["evaluate", "--json", *arguments]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.keys() == {"network", "propagation", "stills"}
    assert printed["network"].keys() == {"model", "backend", "device", "precision", "threads", "weights_sha256"}
    assert printed["propagation"].keys() == {"lamp", "stage", "mean"}
    assert all(row.keys() == CLIP_MEASURES for row in printed["propagation"].values())
    assert printed["propagation"]["mean"]["psnr"] == pytest.approx(
        (printed["propagation"]["lamp"]["psnr"] + printed["propagation"]["stage"]["psnr"]) / 2
    )
    assert printed["stills"].keys() == {"mean of 2"}
    assert printed["stills"]["mean of 2"].keys() == STILL_MEASURES


def test_the_table_has_a_line_per_clip_under_the_names_of_the_measures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--clips", str(folder), "--size", "64", "--device", "cpu"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "propagation"
    assert set(head.split()[1:]) == CLIP_MEASURES
    table = {line.split()[0]: [float(cell) for cell in line.split()[1:]] for line in lines if line}
    assert table.keys() == {"lamp", "stage", "mean"}
    assert all(len(cells) == len(CLIP_MEASURES) for cells in table.values())
    assert len({len(line) for line in (head, *lines) if line}) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "tcvc evaluate: expected --clips or --stills with coloured material, got neither"),
        (("--clips", "nowhere"), "nowhere: expected a folder or zip of pictures, got no such file"),
        (("--stills", "nowhere", "--size", "5"), "--size: expected 64 to 1024, got '5'"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    assert main(["evaluate", *arguments]) == 2
    assert capsys.readouterr() == ("", f"tcvc: {sentence}\n")
