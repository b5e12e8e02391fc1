"""Laws of the paper's comparison: its protocol step by step, what is kept, what is measured, and the command."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from published_fill import stage1
from torch.nn import functional as F

from vs_tcvc.cli import benchmark as command
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference
from vs_tcvc.datasets.pictures import Clip, Picture
from vs_tcvc.errors import UsageError
from vs_tcvc.metrics import benchmark, inception
from vs_tcvc.metrics.benchmark import DATA_SETS, DataSet, Measures, Painter, Results, markdown, measure
from vs_tcvc.metrics.cdc import cdc
from vs_tcvc.metrics.inception import Flavour
from vs_tcvc.metrics.picture import colorfulness
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.published.colorizer import PublishedColorizer
from vs_tcvc.networks.published.prepare import cover, lab_of
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.srgb_codes import Codes, rgb_from_codes
from vs_tcvc.runtime import exit_codes

SIZE = (64, 96)
FRAMES = 5
NO_CLIPS: Any = None


def frame(number: int, size: tuple[int, int] = SIZE) -> Codes:
    """A soft picture of mild colours, of which every number has another."""
    random = np.random.default_rng(number)
    return np.asarray(cv2.resize(random.integers(60, 190, (4, 5, 3)).astype(np.uint8), size[::-1]), np.uint8)


def png(codes: Codes) -> bytes:
    return bytes(cv2.imencode(".png", codes[..., ::-1])[1])


def clip_of(frames: Iterable[Codes], name: str = "clip") -> Clip:
    encoded = (png(each) for each in frames)
    pictures = (Picture(Path(name), f"{n:05d}.jpg", partial(bytes, data)) for n, data in enumerate(encoded))
    return Clip(name, tuple(pictures))


def write(folder: Path, ending: str, frames: int = FRAMES, size: tuple[int, int] = SIZE) -> None:
    folder.mkdir(parents=True)
    for number in range(frames):
        assert cv2.imwrite(str(folder / f"{number:05d}{ending}"), frame(number, size)[..., ::-1])


@dataclass
class Recorder:
    """A network of a window of three that says what it was asked; the colour of a frame counts the frames so far."""

    window: int = 3
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        self.asked.append(("predict", lightness.copy()))
        return Guess.unsaid(np.full((2, *lightness.shape), 12.3, np.float32))

    def begin(self, references: Sequence[Reference]) -> int:
        self.asked.append(("begin", tuple(references)))
        return 0

    def colorize(self, memory: int, lightness: Array, coming: Array | None = None) -> tuple[int, Array, Array]:
        self.asked.append(("colorize", lightness.copy()))
        after = memory + len(lightness)
        ab = np.empty((len(lightness), 2, *lightness.shape[1:]), np.float32)
        ab[:] = 4 * np.arange(memory + 1, after + 1, dtype=np.float32).reshape(-1, 1, 1, 1)
        return after, ab, np.ones_like(lightness)

    def of(self, what: str) -> list[Any]:
        return [told for name, told in self.asked if name == what]


# The protocol


def test_a_clip_is_colored_by_propagation_from_its_first_frame_on_in_chunks_of_the_window() -> None:
    network, clip = Recorder(), clip_of(frame(number) for number in range(7))
    colored = list(Painter(network, SIZE, SIZE).full(clip))
    assert [len(lightness) for lightness in network.of("colorize")] == [3, 3, 1]
    seen = np.concatenate(network.of("colorize"))
    for number, (picture, source) in enumerate(zip(colored, clip.read(), strict=True)):
        np.testing.assert_array_equal(seen[number], lab_of(source)[0])  # 64x96 is also the working size
        ab = lab_of(picture)[1:].mean(axis=(1, 2))
        np.testing.assert_allclose(ab, 4 * (number + 1), atol=0.7)  # truncated codes darken and tint by half a code


def test_the_reference_is_the_prediction_as_a_picture_of_eight_bits() -> None:
    network, clip = Recorder(), clip_of(frame(number) for number in range(2))
    list(Painter(network, SIZE, SIZE).full(clip))
    (references,) = network.of("begin")
    (predicted,) = Painter(Recorder(), SIZE, SIZE).reference_only(Clip("first", clip.pictures[:1]))
    assert len(network.of("predict")) == len(references) == 1
    assert references[0].origin == "predicted"
    lab = lab_of(predicted)
    np.testing.assert_array_equal(references[0].lightness, lab[0])
    np.testing.assert_array_equal(references[0].ab, lab[1:])
    assert np.ptp(references[0].ab) > 0.1  # the network gave one colour; rounding to codes scatters it


def test_a_retrieved_picture_is_the_reference_in_its_place() -> None:
    network, clip = Recorder(), clip_of(frame(number) for number in range(2))
    chosen: list[Codes] = []

    def nearest(first: Codes) -> Picture:
        chosen.append(first)
        return clip_of([frame(9, (70, 96))], "folder").pictures[0]

    list(Painter(network, SIZE, SIZE, nearest).full(clip))
    (references,) = network.of("begin")
    assert network.of("predict") == []
    assert references[0].origin == "folder/00000.jpg"
    np.testing.assert_array_equal(references[0].ab, lab_of(frame(9, (70, 96))[3:67])[1:])
    np.testing.assert_array_equal(chosen, [frame(0)])


def test_the_stage_of_the_reference_network_knows_no_other_frame() -> None:
    network, clip = Recorder(), clip_of(frame(number) for number in range(3))
    colored = list(Painter(network, SIZE, SIZE).reference_only(clip))
    assert [name for name, _ in network.asked] == ["predict"] * 3
    for picture in colored:
        np.testing.assert_allclose(lab_of(picture)[1:].mean(axis=(1, 2)), 12.3, atol=0.7)


def test_the_network_sees_the_working_size_and_results_have_the_full_sizes_lightness() -> None:
    network, source = Recorder(), frame(0, (150, 200))
    (picture,) = Painter(network, (128, 192), SIZE).full(clip_of([source]))
    prepared = lab_of(cover(source, (128, 192)))
    small = F.interpolate(torch.from_numpy(prepared)[None], SIZE, mode="bilinear", align_corners=False)[0].numpy()
    # Of one channel and of three, torch computes in another order: float32's rounding of 100
    np.testing.assert_allclose(network.of("colorize")[0][0], small[0], atol=2e-5)
    np.testing.assert_allclose(network.of("predict")[0], small[0], atol=2e-5)
    assert picture.shape == (128, 192, 3)
    assert np.abs(lab_of(picture)[0] - prepared[0]).max() < 0.8  # a code, which truncation takes, is up to 0.6 L*


def test_the_published_reference_network_gives_the_authors_pictures() -> None:
    """Their code, from a picture's codes to its coloured codes, weights made from their names."""
    golden = np.load(Path(__file__).parents[1] / "goldens" / "published" / "stage1.npz")
    colorizer = PublishedColorizer(stage1(), NO_CLIPS, Arithmetic(torch.device("cpu")))
    (picture,) = Painter(colorizer, (96, 168), (64, 96)).reference_only(clip_of([golden["whole_in"]]))
    difference = np.abs(picture.astype(int) - golden["whole"])
    assert difference.max() <= 2  # truncation turns noise of the network, 0.01 of ab, into a code


@pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=lambda each: each.name)
def test_the_working_size_is_the_papers(data_set: DataSet) -> None:
    assert data_set.working_size(216) == (216, 384)


# What is kept


MADE_BY = {"benchmark": "davis", "size": 64}


def paint(clip: Clip) -> Iterator[Codes]:
    return (255 - codes for codes in clip.read())


def no_paint(clip: Clip) -> Iterator[Codes]:
    raise AssertionError(f"{clip.name} is painted again")


def test_a_finished_clip_is_read_and_not_painted_again(tmp_path: Path) -> None:
    clip = clip_of(frame(number) for number in range(3))
    made = list(Results.of(tmp_path / "out", MADE_BY).frames(clip, paint))
    assert sorted(path.name for path in (tmp_path / "out" / "clip").iterdir()) == [f"{n:05d}.png" for n in range(3)]
    kept = list(Results.of(tmp_path / "out", MADE_BY).frames(clip, no_paint))
    np.testing.assert_array_equal(made, [255 - frame(number) for number in range(3)])
    np.testing.assert_array_equal(kept, made)


def test_an_interrupted_clip_has_no_name_and_is_painted_from_its_beginning(tmp_path: Path) -> None:
    clip = clip_of(frame(number) for number in range(3))
    results = Results.of(tmp_path, MADE_BY)
    half = results.frames(clip, paint)
    next(half), next(half)
    assert not (tmp_path / "clip").exists()
    del half  # as Ctrl-C drops it
    assert [path.name for path in tmp_path.iterdir()] == ["benchmark.json"]
    assert len(list(results.frames(clip, paint))) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["benchmark.json", "clip"]


def test_results_of_other_options_are_not_reused(tmp_path: Path) -> None:
    Results.of(tmp_path, MADE_BY)
    with pytest.raises(UsageError, match=r"out .*: its frames were made with other options, see .*benchmark\.json"):
        Results.of(tmp_path, {**MADE_BY, "size": 72})


def test_a_folder_of_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    with pytest.raises(UsageError, match=r"out .*: expected an empty folder or one of the same benchmark"):
        Results.of(tmp_path, MADE_BY)
    assert [path.name for path in tmp_path.iterdir()] == ["clip"]


def test_a_clip_with_other_frames_is_not_reused(tmp_path: Path) -> None:
    results = Results.of(tmp_path, MADE_BY)
    list(results.frames(clip_of(frame(number) for number in range(3)), paint))
    with pytest.raises(UsageError, match=r"clip: expected the 4 frames of the clip, got others"):
        results.frames(clip_of(frame(number) for number in range(4)), paint)


# What is measured


def test_cdc_and_colorfulness_are_means_over_the_clips() -> None:
    clips = [[frame(10 * n + number) for number in range(FRAMES + n)] for n in range(2)]
    measures = Measures()
    for name, frames in zip("ab", clips, strict=True):
        for each in frames:
            measures.add(name, each)
    steady = [cdc(frames) for frames in clips]
    colors = [np.mean([colorfulness(rgb_from_codes(each)) for each in frames]) for frames in clips]
    assert [row["cdc"] for row in measures.clips().values()] == steady
    assert measures.means() == pytest.approx({"cdc": np.mean(steady), "colourfulness": np.mean(colors)}, rel=1e-12)


def shade(codes: Codes) -> Array:
    """A stand-in for a network that looks at pictures."""
    return codes.reshape(-1, 3).mean(axis=0).astype(np.float32)


def test_fid_pools_the_frames_of_all_clips_and_takes_the_truth_as_it_is() -> None:
    """Every channel of every frame 10 codes higher: covariances are equal, so the distance is that of the means."""
    clips = [clip_of((frame(10 * n + number, (50, 70)) for number in range(FRAMES)), str(n)) for n in range(2)]
    said: list[tuple[int, int]] = []
    colored = ((clip, (codes + 10 for codes in clip.read())) for clip in clips)
    ours, truth = measure(colored, shade, lambda *told: said.append(told))
    assert ours.fid(truth) == pytest.approx(300, abs=0.01)  # float32 means of 3500 codes
    assert truth.fid(truth) == pytest.approx(0, abs=1e-3)
    assert said == [(done, 1 + (done > FRAMES)) for done in range(1, 2 * FRAMES + 1)]


def test_the_table_has_the_papers_rows_ours_and_the_truths() -> None:
    lines = markdown(DATA_SETS["videvo"], "ours", {"cdc": 0.0012344, "colourfulness": 31.26}, {"cdc": 0.002})
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]
    assert rows[0] == ["videvo", "FID", "CDC", "colourfulness"]
    assert ["TCVC (paper, Table 1)", "49.02", "0.001681", ""] in rows
    assert rows[-2:] == [["**ours**", "", "0.001234", "31.3"], ["truth", "", "0.002000", ""]]
    assert {len(row) for row in rows} == {4}
    assert "| **ours** | 12.35 |" in markdown(DATA_SETS["videvo"], "ours", {"fid": 12.345, "cdc": 0.0}, {})


@pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=lambda each: each.name)
def test_no_row_stands_twice_and_tables_are_in_order(data_set: DataSet) -> None:
    methods = [row.method for row in data_set.published]
    assert len(set(methods)) == len(methods)
    assert all(one.table <= other.table for one, other in pairwise(data_set.published))
    assert all(20 < row.fid < 70 and 0.0005 < row.cdc < 0.01 for row in data_set.published)


# The data sets


@pytest.mark.parametrize(
    ("name", "where", "ending"),
    [("davis", "JPEGImages/480p", ".jpg"), ("videvo", "", ".jpg"), ("ntire2023", "", ".png")],
)
def test_clips_are_found_where_they_lie(name: str, where: str, ending: str, tmp_path: Path) -> None:
    for clip in ("swan", "bear"):
        write(tmp_path / where / clip, ending)
    (tmp_path / where / "notes").mkdir()
    (tmp_path / where / "bear" / "thumbs.bmp").write_bytes(b"")
    write(tmp_path / where / "bear" / "masks", ending)
    found = DATA_SETS[name].clips(tmp_path)
    assert [(clip.name, len(clip)) for clip in found] == [("bear", FRAMES), ("swan", FRAMES)]


def test_of_davis_those_count_that_its_list_names(tmp_path: Path) -> None:
    for clip in ("bear", "camel", "swan"):
        write(tmp_path / "JPEGImages" / "480p" / clip, ".jpg")
    listed = tmp_path / "ImageSets" / "2017" / "val.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text("swan\nbear\n")
    assert [clip.name for clip in DATA_SETS["davis"].clips(tmp_path)] == ["bear", "swan"]
    listed.write_text("swan\nyak\n")
    with pytest.raises(UsageError, match=r"val\.txt lists the clip 'yak', expected its pictures, found none"):
        DATA_SETS["davis"].clips(tmp_path)


def test_a_clip_that_is_too_short_for_cdc_is_told_before_the_work(tmp_path: Path) -> None:
    write(tmp_path / "swan", ".jpg", frames=4)
    with pytest.raises(UsageError, match=r"swan: expected 5 frames or more, got 4"):
        DATA_SETS["videvo"].clips(tmp_path)


# The command


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="tcvc")
    command.add_to(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["benchmark", *words])
    return exit_codes.run("tcvc", lambda: int(parsed.run(parsed)))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny Videvo, whose results are tiny, too."""
    for number, clip in enumerate(("bear", "swan")):
        write(tmp_path / "data" / clip, ".jpg", FRAMES + number, (66, 97))
    small = {name: replace(each, size=SIZE) for name, each in DATA_SETS.items()}
    monkeypatch.setattr(benchmark, "DATA_SETS", small)
    return tmp_path / "data"


SMALL = ("--size", "64", "--threads", "1", "--device", "cpu", "--quiet")


def test_the_command_knows_the_data_sets_and_tells_their_layouts() -> None:
    assert command.LAYOUTS.keys() == DATA_SETS.keys()
    for name, layout in command.LAYOUTS.items():
        assert Path(DATA_SETS[name].below, "CLIP", f"*{DATA_SETS[name].ending}").as_posix() in layout


def test_a_benchmark_colors_keeps_and_measures(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("videvo", "--data", str(data), "--out", str(tmp_path / "out"), *SMALL)
    assert run(*words) == 0
    table = capsys.readouterr().out
    assert "| **compact** |  | 0.0" in table
    first, *others = sorted((tmp_path / "out").glob("*/*.png"))
    assert len(others) == 2 * FRAMES
    picture = cv2.imread(str(first))
    assert picture is not None
    assert picture.shape == (*SIZE, 3)
    assert run(*words, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert f"{report['mean']['ours']['cdc']:.6f}" in table
    assert report["inception"] is None
    assert report["clips"].keys() == {"bear", "swan"}
    assert report["network"]["model"] == "compact"


def test_fid_is_measured_where_a_network_is_given(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Viewer:
        flavour = Flavour("shades", "none.pth", False, torch.Tensor)

        def __init__(self, path: Path, device: str, threads: int) -> None:
            assert (path, device, threads) == (Path("weights.pth"), "cpu", 1)

        def features(self, codes: Codes) -> Array:
            return shade(codes)

    monkeypatch.setattr(inception, "Viewer", Viewer)
    assert run("videvo", "--data", str(data), "--inception", "weights.pth", "--json", *SMALL) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["inception"] == "shades"
    assert report["mean"]["ours"]["fid"] > 0
    assert "fid" not in report["mean"]["truth"]


def test_without_inception_it_is_said_that_fid_is_not_measured(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("videvo", "--data", str(data), *SMALL[:-1]) == 0
    told = capsys.readouterr().err
    assert "FID is not measured; give weights of Inception-v3 with --inception FILE" in told
    assert "tcvc: frame 11  shot 2" in told


def test_a_stage_and_retrieved_references_make_other_colors(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    for number in (3, 40, 41):
        turned = np.ascontiguousarray(frame(number)[..., [2, 0, 1]])
        assert cv2.imwrite(str(library / f"{number}.png"), turned)
    reports = []
    for words in ([], ["--stage", "reference-only"], ["--retrieve", str(library)]):
        assert run("videvo", "--data", str(data), "--json", *SMALL, *words) == 0
        reports.append(json.loads(capsys.readouterr().out))
    assert len({report["mean"]["ours"]["colourfulness"] for report in reports}) == 3
    assert [(report["stage"], report["retrieve"] is None) for report in reports] == [
        ("full", True), ("reference-only", True), ("full", False),
    ]  # fmt: skip
    assert [command._label(report) for report in reports] == [
        "compact", "compact, reference network only", "compact, retrieved references",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["davis"], "expected the clips of davis as JPEGImages/480p/CLIP/*.jpg, found none"),
        (["ntire2023"], "expected the clips of ntire2023 as CLIP/*.png, found none"),
        (["videvo", "--retrieve", "nowhere"], "nowhere: expected a folder or zip of pictures, got no such file"),
        (["videvo", "--inception", "nowhere"], "--inception nowhere: it cannot be read (No such file or directory)"),
        (
            ["videvo", "--retrieve", "x", "--stage", "reference-only"],
            "--retrieve: the stage reference-only uses no reference; leave out one of the two",
        ),
    ],
)
def test_what_does_not_do_is_one_sentence(
    words: list[str], sentence: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, "--data", str(data), *SMALL) in (1, 2)
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert sentence in told.err


def test_the_authors_lab_is_ours() -> None:
    """The authors' conversion and ours agree to what 8 bits can tell, so networks of ours see what they should."""
    codes = frame(5)
    np.testing.assert_allclose(lab_of(codes), lab_from_rgb(rgb_from_codes(codes)), atol=0.05)
