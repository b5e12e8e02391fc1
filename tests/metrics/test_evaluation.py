"""Laws of judging a colorizer: the truth scores best, gray scores as gray, and the command prints what was measured."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from known_color import SIZE, Colorless, Remembering, Told

from vs_tcvc.cli import main
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import AB_STEPS, Array
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import FrameError
from vs_tcvc.metrics import contact_sheet as sheet_module
from vs_tcvc.metrics import drift
from vs_tcvc.metrics.cdc import cdc
from vs_tcvc.metrics.comparison import judge
from vs_tcvc.metrics.drift import forth_and_back
from vs_tcvc.metrics.evaluation import Gray, evaluate_clip, evaluate_stills, mean_of
from vs_tcvc.metrics.flow import propagate_by_flow
from vs_tcvc.metrics.picture import ab_spread, colorfulness, psnr, shown
from vs_tcvc.metrics.score import Rendition, Row
from vs_tcvc.picture.color import rgb_from_ycc
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb, rgb_from_codes

HEIGHT, WIDTH, FRAMES = 64, 96, 6
AMOUNT = {"colourfulness", "ab_spread", "cdc", "warp_error"}
NEARNESS = {"psnr", "delta_e", "chroma_ssim", "ab_error", "colourfulness_share"}
AGED = {f"{name}_at_{age}" for name in ("psnr", "ab_error", "colourfulness_share") for age in (1, 3)}
AREAS = {"revealed_share"} | {
    f"{area}_{name}" for area in ("revealed", "rest") for name in ("delta_e", "colourfulness_share")
}
MEASURES = {"ours": AMOUNT | NEARNESS | AGED, "flow": AMOUNT | NEARNESS | AGED, "truth": AMOUNT}
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


def summaries(colorizer: Colorizer[Any], frames: list[Codes]) -> dict[str, Row]:
    return evaluate_clip(colorizer, "lamp", frames, SIZE).summaries()


# Clips


def test_the_truth_scores_far_above_flow_and_like_the_truth() -> None:
    """Pictures of the working size: colour is only enlarged by a factor of 1, and rounded as float32."""
    frames = changing_lights()
    rows = summaries(Told(frames), frames)
    ours, flow, truth = rows.values()
    assert {who: set(row) for who, row in rows.items()} == MEASURES
    assert ours["psnr"] > flow["psnr"] + 15
    assert ours["psnr_at_3"] > 35
    assert ours["chroma_ssim"] > 0.99 > flow["chroma_ssim"]
    assert ours["delta_e"] < 0.5 < 5 < flow["delta_e"]
    for name in AMOUNT:
        assert ours[name] == pytest.approx(truth[name], rel=0.02)
    assert ours["colourfulness"] > 5 < ours["ab_spread"]


def test_gray_has_no_color_but_for_its_reference() -> None:
    frames = changing_lights()
    ours, *_ = summaries(Colorless(), frames).values()
    assert ours["psnr"] < 30
    first = Rendition.of_codes(frames[0])  # the other five of six frames have none
    assert ours["colourfulness"] == pytest.approx(colorfulness(first.rgb) / FRAMES, rel=0.02)
    assert ours["ab_spread"] == pytest.approx(ab_spread(first.lab[1:]) / FRAMES, rel=0.02)
    # Colour goes once in five steps, all of it: the mean |ab| of the first frame.
    assert ours["warp_error"] == pytest.approx(np.abs(first.lab[1:]).mean() / (FRAMES - 1), rel=0.05)


def test_color_starts_from_the_true_first_frame() -> None:
    """Where nothing moves, flow and a network that repeats its reference give the same film."""
    frames = [changing_lights(1)[0]] * 5
    ours, flow, truth = summaries(Remembering(), frames).values()
    assert ours["psnr"] > 40
    assert ours["cdc"] == flow["cdc"] == truth["cdc"] == 0
    assert ours["warp_error"] < 1e-4


def test_flow_is_the_color_that_motion_carries() -> None:
    """By another way: `carry_color` from frame to frame. Warped, it changes by nothing at all."""
    frames = changing_lights()
    truths = [Rendition.of_codes(codes) for codes in frames]
    flow = summaries(Colorless(), frames)["flow"]
    carried = list(propagate_by_flow([each.lab[0] for each in truths], truths[0].lab[1:]))
    pairs = list(zip(truths, carried, strict=True))[1:]
    assert flow["psnr"] == pytest.approx(np.mean([psnr(shown(true.lab[0], ab), true.rgb) for true, ab in pairs]))
    assert flow["warp_error"] == 0


def test_ages_are_measured_where_a_clip_has_them() -> None:
    frames = [changing_lights(1)[0]] * 46
    names = set(summaries(Remembering(), frames)["ours"])
    ages = {name.rpartition("_")[2] for name in names if name.startswith("psnr_at")}
    assert ages == {"1", "3", "10", "20", "30", "45"}


def test_a_clip_of_four_frames_is_too_short() -> None:
    with pytest.raises(FrameError, match=r"^lamp: expected 5 frames or more, which CDC needs, got 4$"):
        evaluate_clip(Colorless(), "lamp", changing_lights(4), SIZE)


# A loop


def test_forth_and_back_repeats_no_frame_at_its_ends() -> None:
    assert list(islice(forth_and_back(3), 7)) == [0, 1, 2, 1, 0, 1, 2]
    assert list(islice(forth_and_back(1), 3)) == [0, 0, 0]


GROWTH = 0.01
ROUNDING = 0.5 / AB_STEPS
"""Colour leaves the network in whole steps: no mean is further off than half a step."""


class Growing(Remembering):
    """Colour grows by GROWTH of the reference's with every frame."""

    def begin(self, references: Sequence[Reference]) -> Any:
        return references[-1].ab, 0

    def colorize(self, memory: Any, lightness: Array, coming: Array | None = None) -> Any:
        ab, age = memory
        grown = ab * np.float32(1 + GROWTH * age)
        return (ab, age + 1), grown[None], np.ones_like(lightness)


def test_a_loop_tells_growth_by_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """One frame a second: 60 in the first minute and 30 in the half of one; the reference is the loop's frame 0."""
    monkeypatch.setattr(drift, "RATE", 1)
    frames = [changing_lights(1)[0]] * 3
    rows = drift.evaluate_loop(Growing(), frames, SIZE, 1.5)
    true = Gray.of(frames[0], SIZE).working_ab
    assert list(rows) == ["minute 1", "minute 2"]
    for row, first, count in zip(rows.values(), (0, 60), (60, 30), strict=True):
        age = np.mean([max(0, frame - 1) for frame in range(first, first + count)])  # frame 0 is the reference itself
        assert row["ab_error"] == pytest.approx(GROWTH * age * np.abs(true).mean(), abs=ROUNDING)
        assert row["abs_ab"] == pytest.approx((1 + GROWTH * age) * np.abs(true).mean(), abs=ROUNDING)
        assert row["ab_spread"] == pytest.approx((1 + GROWTH * age) * ab_spread(true), abs=ROUNDING)


def test_a_loop_is_compared_with_the_frame_that_is_played() -> None:
    frames = changing_lights(4)
    (row,) = drift.evaluate_loop(Told(frames), frames, SIZE, 0.02).values()
    assert row["ab_error"] <= ROUNDING


# Stills


def test_gray_stills_score_as_gray() -> None:
    """ΔE is the mean of pixels in float64 of a gray that went through R'G'B' and back: 1e-4 of a unit."""
    stills = changing_lights(2)
    for row in evaluate_stills(Colorless(), stills, SIZE):
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
    assert gray.truth.lab.shape == (3, 2 * HEIGHT, 2 * WIDTH)
    assert gray.lightness.shape == gray.working_ab.shape[1:] == (HEIGHT, WIDTH)
    enlarged = gray.shown(gray.working_ab).lab[1:]
    assert enlarged.shape == (2, 2 * HEIGHT, 2 * WIDTH)
    assert np.abs(enlarged - gray.truth.lab[1:]).mean() < 1


def test_a_mean_is_of_what_all_rows_have() -> None:
    assert mean_of([{"psnr": 30.0, "psnr_at_45": 20.0}, {"psnr": 32.0}]) == {"psnr": 31.0}


# Anybody's film


def judged(result: Iterable[Codes], truth: Iterable[Codes] | None = None) -> dict[str, Row]:
    given = map(Rendition.of_codes, result)
    return judge("lamp", "result", given, None if truth is None else map(Rendition.of_codes, truth)).summaries()


def test_a_film_without_truth_is_measured_by_its_own_color() -> None:
    frames = changing_lights()
    (row,) = judged(frames).values()
    aged = {f"{name}_at_{age}" for name in ("ab_spread", "mean_a", "mean_b") for age in (1, 3)}
    assert set(row) == AMOUNT | aged
    assert row["cdc"] == cdc(frames)
    lab = Rendition.of_codes(frames[3]).lab
    assert row["ab_spread_at_3"] == ab_spread(lab[1:])
    assert (row["mean_a_at_3"], row["mean_b_at_3"]) == pytest.approx((lab[1].mean(), lab[2].mean()), rel=1e-4)


def test_true_luma_makes_own_psnr_needless_and_another_luma_shows_in_it_alone() -> None:
    """Darker frames of nearly the same ab: nearness is that of ab joined with the true L*."""
    truth = changing_lights()
    dark = [codes_from_rgb(0.8 * rgb_from_codes(codes)) for codes in truth]
    assert set(judged(truth, truth)["result"]) == MEASURES["ours"]
    row = judged(dark, truth)["result"]
    assert set(row) == MEASURES["ours"] | {"rgb_psnr"}
    expected = [psnr(rgb_from_codes(one), rgb_from_codes(other)) for one, other in zip(dark, truth, strict=True)][1:]
    assert row["rgb_psnr"] == pytest.approx(np.mean(expected))
    assert row["psnr"] > row["rgb_psnr"] + 5


def test_the_first_frame_may_be_given_and_is_not_compared() -> None:
    truth = changing_lights()
    spoilt = [255 - truth[0], *truth[1:]]
    near = judged(spoilt, truth)["result"]
    assert (near["ab_error"], near["chroma_ssim"], near["delta_e"]) == (0, 1, 0)


def test_a_film_and_its_truth_have_the_same_frames() -> None:
    frames = changing_lights()
    with pytest.raises(FrameError, match=r"^lamp: .* but the result ends after 5 and the truth continues"):
        judged(frames[:5], frames)
    with pytest.raises(FrameError, match=r"^lamp: .* but the truth ends after 5 and the result continues"):
        judged(frames, frames[:5])
    with pytest.raises(
        FrameError, match=r"^lamp, frame 0: expected 96x64 like the truth, got 64x96; bring both to one"
    ):
        judged([frame.transpose(1, 0, 2) for frame in frames], frames)


# The command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips of six frames."""
    for name in ("lamp", "stage"):
        write_clip(tmp_path / name, changing_lights(seed=len(name)))
    return tmp_path


def write_clip(folder: Path, frames: Iterable[Codes]) -> Path:
    folder.mkdir(parents=True)
    for n, codes in enumerate(frames):
        cv2.imwrite(str(folder / f"{n}.png"), codes[..., ::-1])
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What the command prints; it must end well."""
    assert main(["evaluate", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_json_is_one_object_with_every_measure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--clips", folder, "--stills", folder, "--count", 2, "--loop", 0.01, "--size", 64, "--device", "cpu")
    printed = json.loads(run(capsys, "--json", *arguments))
    assert printed.keys() == {"network", "propagation", "by area", "frames", "loop", "stills"}
    assert printed["network"].keys() == {
        "model",
        "backend",
        "device",
        "precision",
        "threads",
        "weights_sha256",
        "library",
    }
    assert printed["propagation"].keys() == {"lamp", "stage", "mean"}
    for row in printed["propagation"].values():
        assert {who: set(measures) for who, measures in row.items()} == MEASURES
    lamp, stage, mean = (row["ours"]["psnr"] for row in printed["propagation"].values())
    assert mean == pytest.approx((lamp + stage) / 2)
    assert printed["by area"].keys() == {"lamp", "stage", "all"}
    for row in printed["by area"].values():
        assert {who: set(measures) for who, measures in row.items()} == {"ours": AREAS, "flow": AREAS}
    assert len(printed["frames"]["lamp"]["ours"]) == FRAMES
    assert printed["frames"]["lamp"]["ours"][3]["psnr"] == printed["propagation"]["lamp"]["ours"]["psnr_at_3"]
    assert printed["loop"]["lamp"]["minute 1"].keys() == {"abs_ab", "ab_spread", "ab_error"}
    assert printed["stills"]["mean"]["of 2"].keys() == STILL_MEASURES


def test_tables_have_a_line_per_clip_and_author_under_the_names_of_the_measures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = run(capsys, "--clips", folder, "--size", 64, "--device", "cpu").split("\n\n")
    assert [table.split("  ")[0] for table in tables] == [
        "propagation", "psnr at frame", "ab_error at frame", "colourfulness_share at frame", "by area",
    ]  # fmt: skip
    head, *lines = tables[0].splitlines()
    assert set(head.split()[1:]) == AMOUNT | NEARNESS
    authors = [f"{clip} {who}" for clip in ("lamp", "stage", "mean") for who in MEASURES]
    assert [line[:12].strip() for line in lines] == authors
    assert tables[1].splitlines()[0].split() == ["psnr", "at", "frame", "1", "3"]
    assert [len(line.split()) for line in tables[1].splitlines()[1:]] == [4] * 6
    for table in tables:
        assert len({len(line) for line in table.rstrip("\n").splitlines()}) == 1


def film(path: Path, frames: Iterable[Codes]) -> Path:
    """A lossless video of R G B."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr0"
        for codes in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(codes, format="rgb24").reformat(format="bgr0")))
        container.mux(stream.encode(None))
    return path


def test_films_folders_and_zips_of_the_same_frames_measure_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = changing_lights()
    colored = [codes_from_rgb(0.9 * rgb_from_codes(codes)) for codes in truth]
    pictures, true = (write_clip(tmp_path / name, frames) for name, frames in (("a", colored), ("b", truth)))
    zipped = shutil.make_archive(str(tmp_path / "zipped"), "zip", pictures)
    printed = [
        [*json.loads(run(capsys, "--json", each, "--truth", other))["colour"].values()]
        for each in (pictures, zipped, film(tmp_path / "a.mkv", colored))
        for other in (true, film(tmp_path / "b.mkv", truth))
    ]
    assert printed[0][0]["result"].keys() == MEASURES["ours"] | {"rgb_psnr"}
    assert all(each == printed[0] for each in printed)


def test_what_is_infinite_is_null_in_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = json.loads(run(capsys, "--json", folder, "--truth", folder))
    assert printed["colour"]["lamp"]["result"]["psnr"] is None
    assert printed["colour"]["lamp"]["result"]["delta_e"] == 0


def test_a_sheet_shows_truth_ours_and_flow_in_this_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Six frames: only frame 0 of 0, 10, 20, 40; all three rows show the truth then, as JPEG keeps it (30 dB)."""
    out = folder / "sheet.jpg"
    run(capsys, "--clips", folder, "--size", 64, "--device", "cpu", "--sheet", out)
    sheet = cv2.imread(str(out))
    assert sheet is not None
    row = sheet_module.STRIP + sheet_module.LINES
    assert sheet.shape == (6 * row, sheet_module.LINES * WIDTH // HEIGHT, 3)
    for number, (name, _) in enumerate(itertools.product(("lamp", "stage"), range(3))):
        expected = sheet_module.small(rgb_from_codes(changing_lights(1, seed=len(name))[0]))
        shown_there = sheet[number * row + sheet_module.STRIP : (number + 1) * row, :, ::-1]
        assert psnr(rgb_from_codes(np.asarray(shown_there, np.uint8)), rgb_from_codes(expected)) > 30


def test_a_small_picture_keeps_shape_and_colors() -> None:
    """Made smaller by a whole factor, so every pixel is the mean of nine; rounding takes half a code."""
    rgb = rgb_from_codes(np.random.default_rng(0).integers(0, 256, (432, 192, 3), np.uint8))
    expected = 255 * rgb.reshape(3, 144, 3, 64, 3).mean(axis=(2, 4)).transpose(1, 2, 0)
    assert np.abs(sheet_module.small(rgb) - expected).max() <= 0.51


def test_a_sheet_has_a_row_per_author_and_a_column_per_frame() -> None:
    by_frame = {frame: np.full((144, 100, 3), 5 * frame, np.uint8) for frame in (0, 10, 20, 40)}
    bright = {0: np.full((144, 100, 3), 255, np.uint8)}
    data = sheet_module.contact_sheet({"lamp": {"flow": bright, "truth": by_frame}})
    sheet = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    top, bottom = sheet[20 + 72], sheet[-72]
    assert np.abs(top[50::100, 0].astype(int) - [0, 50, 100, 200]).max() <= 2
    assert np.abs(bottom[50::100, 0].astype(int) - [255, 0, 0, 0]).max() <= 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "expected PRED, or --clips, --stills or --returns with coloured material, got none of them"),
        ("film --clips clips", "PRED is measured on its own; leave out --clips, or PRED"),
        ("--clips clips --truth film", "--truth: expected PRED, a coloured film to compare with it, got none"),
        ("film --loop 5", "--loop: expected minutes above 0, and --clips to play"),
        ("--stills pictures --count 0", "--count: expected a number of stills from 1, got 0"),
        ("--stills pictures --count -1", "--count: expected a number of stills from 1, got -1"),
        ("--clips clips --loop -1", "--loop: expected minutes above 0, and --clips to play"),
        ("film --sheet a.gif", "--sheet: expected FILE.jpg, and PRED or --clips to show, got a.gif"),
        ("--stills s --sheet a.jpg", "--sheet: expected FILE.jpg, and PRED or --clips to show, got a.jpg"),
        ("nowhere", "nowhere: expected a folder, a zip or a video file, got no such file"),
        ("--clips nowhere", "nowhere: expected a folder, a zip or a video file, got no such file"),
        ("--stills nowhere --size 5", "--size: expected 64 to 1024, got '5'"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: str, sentence: str
) -> None:
    assert main(["evaluate", *arguments.split()]) == 2
    assert capsys.readouterr() == ("", f"tcvc evaluate: {sentence}\n")
