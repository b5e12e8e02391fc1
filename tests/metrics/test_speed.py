"""Laws of tcvc benchmark speed: what is measured, what is compared with what, and what is said of it. No test looks at
a clock.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeColorizer, gray
from torch import nn

from ffmpeg_filters import y4m
from vs_tcvc import backends, cli
from vs_tcvc.backends import Chosen
from vs_tcvc.cli.benchmark import speed_text, speed_values
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import DeviceError
from vs_tcvc.metrics import speed_film, speed_stages, speed_ways
from vs_tcvc.metrics.speed import Report
from vs_tcvc.metrics.speed_film import SpeedFilm, Tape
from vs_tcvc.metrics.speed_stages import Spent, Stopwatch
from vs_tcvc.metrics.speed_ways import Absent, PublishedSpeed, Together, Way
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.published import checkpoint
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.runtime.events import ignore
from vs_tcvc.settings import Settings

FILM = SpeedFilm(96, 64, 6)
SMALL = Settings(size=64, log="quiet")
ALL_STAGES = {*speed_stages.STAGES, speed_stages.ONCE}


@dataclass
class Painter:
    """A network that paints everything in one shade; its memory counts the frames, and some frames are off by more."""

    shade: float = 0.0
    most: float = 0.0
    window: int = 1

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        return Guess.unsaid(np.zeros((2, *lightness.shape), np.float32))

    def begin(self, references: Sequence[Reference]) -> int:
        return 0

    def colorize(self, memory: int, lightness: Array, coming: Array | None = None) -> tuple[int, Array, Array]:
        count, height, width = lightness.shape
        ab = np.full((count, 2, height, width), self.shade, np.float32)
        ab[0, 0, 0, 0] = self.most or self.shade
        return memory + count, ab, np.ones(lightness.shape, np.float32)


def chosen(settings: Settings) -> Chosen:
    """What a machine with a CPU makes of settings."""
    auto = {"device": "cpu", "backend": "torch", "precision": "fp32"}
    named = {name: getattr(settings, name) for name in auto}
    resolved = {name: auto[name] if value == "auto" else value for name, value in named.items()}
    return Chosen(settings.model, threads=settings.threads, weights_sha256="", library="", **resolved)


def make(settings: Settings) -> tuple[Painter, Chosen]:
    """A machine that has PyTorch alone, and whose bf16 is a little off."""
    if settings.backend not in ("auto", "torch"):
        raise DeviceError(f"--backend {settings.backend}: it is not installed")
    painter = Painter(window=3) if settings.model == "published" else Painter()
    return (Painter(0.1, 0.5) if settings.precision == "bf16" else painter), chosen(settings)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], tuple[Painter, Chosen]]:
    for module in (backends, speed_ways):
        monkeypatch.setattr(module, "make_colorizer", make)
    return make


@pytest.mark.parametrize("bits", [8, 10])
def test_the_film_is_one_that_is_read_and_it_moves(bits: int) -> None:
    film = SpeedFilm(50, 64, 40, bits)
    reader = y4m.Reader(film.play())
    frames = [[bytes(plane) for plane in frame.planes] for frame in reader]
    assert (reader.header, len(frames)) == (film.header, 40)
    assert len({luma for luma, *_ in frames}) == 12
    assert all(one[0] != two[0] for one, two in pairwise(frames))
    dtype = np.uint8 if bits == 8 else np.uint16
    codes = np.frombuffer(b"".join(luma for luma, *_ in frames), dtype) / 2 ** (bits - 8)
    assert (codes.min() >= 16, codes.max() < 236, np.ptp(codes) > 100) == (True, True, True)
    assert {value for _, *chroma in frames for plane in chroma for value in np.frombuffer(plane, dtype)} == {
        128 << (bits - 8)
    }


def test_the_film_moves_as_a_camera_does() -> None:
    """Each frame begins one row and two columns further on in the same texture."""
    (one, _), (two, _) = speed_film.pictures(50, 64)[:2]
    first, second = (np.frombuffer(luma, np.uint8).reshape(64, 50) for luma in (one, two))
    assert (first[1:, 2:] == second[:-1, :-2]).all()


def test_a_tape_gives_its_parts_in_order_however_it_is_read() -> None:
    parts: list[bytes | memoryview] = [b"one\ntwo", b"", b"th", memoryview(b"ree")]
    assert Tape(parts).read() == b"one\ntwothree"
    tape = Tape(parts[:2])
    assert (tape.readline(), tape.read(2), tape.read(2), tape.read(2)) == (b"one\n", b"tw", b"o", b"")


def test_a_drain_takes_all_of_a_frame_and_counts_frames() -> None:
    film = SpeedFilm(1920, 1080, 3)  # larger than what it takes at once
    drain = speed_film.Drain()
    writer = y4m.Writer(drain, film.header)
    for frame in y4m.Reader(film.play()):
        writer.write(b"", frame.planes)
    assert len(drain.times) == 3
    drain.times = [1.0, 1.5, 2.0]
    assert drain.fps == 2.0


def test_a_stopwatch_adds_within_a_frame_and_takes_the_median_of_frames() -> None:
    laps = [{"cut": Spent(1, 10)}, {"cut": Spent(9, 30)}, {"cut": Spent(2, 20), "write": Spent(4, 4)}, {}]
    assert Stopwatch(laps).typical() == {"cut": Spent(2, 20), "write": Spent(4, 4)}
    watch = Stopwatch([{"cut": Spent(5e6, 5e6)}])
    with watch.time_stage("cut"):
        pass
    assert watch.laps[0]["cut"].wall_ms >= 5e6
    watch.lap()
    assert watch.laps[1:] == [{}]


def test_every_stage_is_timed() -> None:
    spent = speed_stages.stages(FILM, SMALL, Painter())
    assert set(spent) == ALL_STAGES
    assert all(each.wall_ms >= 0 and each.cpu_ms >= 0 for each in spent.values())


def test_a_stage_is_timed_once_for_every_frame_that_is_colored(monkeypatch: pytest.MonkeyPatch) -> None:
    """All frames but the two that wait for others."""
    laps: list[dict[str, Spent]] = []

    def take(watch: Stopwatch) -> dict[str, Spent]:
        laps.extend(watch.laps)
        return {}

    monkeypatch.setattr(Stopwatch, "typical", take)
    speed_stages.stages(FILM, SMALL, Painter())
    counts = {stage: sum(stage in lap for lap in laps) for stage in ALL_STAGES}
    colored = FILM.frames - 2
    assert counts == {
        "read": FILM.frames, "lightness": FILM.frames, "upsample": colored, "write": colored,
        "reference": 1, "cut": colored - 1, "network": colored - 1,  # all but the first frame
    }  # fmt: skip


def test_more_frames_do_not_take_more_memory() -> None:
    assert len(speed_ways.lightness_of(replace(FILM, frames=speed_ways.COMPARED + 9), SMALL)) == speed_ways.COMPARED


def test_ways_are_compared_with_torch_in_fp32_and_what_is_absent_is_said(fake: Any) -> None:
    seen = speed_ways.lightness_of(FILM, SMALL)
    found, absent = speed_ways.ways(SMALL, chosen(SMALL), seen, ignore)
    assert (found[0].device, found[0].backend, found[0].precision) == speed_ways.REFERENCE
    by_precision = {way.precision: way for way in found}
    assert set(by_precision) == {"fp32", "bf16", "fp16"}
    assert (by_precision["fp32"].mean_ab, by_precision["fp32"].max_ab) == (0, 0)
    bf16, pixels = by_precision["bf16"], seen[0].size
    assert bf16.max_ab == 0.5
    off = 0.1 + 0.4 / (2 * pixels)  # one value of every frame is off by 0.5
    assert bf16.mean_ab == pytest.approx(off * (FILM.frames - 1) / FILM.frames)  # the prediction is the same
    others = {"openvino", "onnx", "cudagraphs"}
    assert {(each.backend, each.precision) for each in absent} == {*itertools.product(others, by_precision)}
    assert {each.reason for each in absent} == {f"--backend {other}: it is not installed" for other in others}


def test_a_device_of_the_users_is_measured_beside_the_reference_alone(fake: Any) -> None:
    settings = replace(SMALL, device="cuda:1")
    found, _ = speed_ways.ways(settings, chosen(settings), speed_ways.lightness_of(FILM, SMALL), ignore)
    assert [(way.device, way.precision) for way in found] == [
        ("cpu", "fp32"), ("cuda:1", "fp32"), ("cuda:1", "bf16"), ("cuda:1", "fp16")
    ]  # fmt: skip


def test_a_shot_is_colored_in_chunks_of_the_networks_window() -> None:
    """After the first frame, whose colour is the prediction."""
    ab, _ = speed_ways.time_network(Painter(1, 5, window=3), [np.zeros((8, 8), np.float32)] * 8)
    assert ab.shape == (8, 2, 8, 8)
    assert ab[:, 0, 0, 0].tolist() == [0, 5, 1, 1, 5, 1, 1, 5]


ALONE = [Together(1, 20.0)]


def way(precision: str, ms: float, mean: float = 0.0, most: float = 0.0) -> Way:
    return Way("cpu", "torch", precision, Spent(ms, ms), mean, most)


def report(*ways: Way, published: PublishedSpeed | None = None) -> Report:
    spent = {stage: Spent(1, 2) for stage in ALL_STAGES}
    absent = [Absent("cpu", backend, "fp16", "--precision fp16: for GPUs") for backend in ("torch", "openvino")]
    return Report(FILM, (96, 64), chosen(Settings()), 10.0, 40.0, 5 * 10**8, spent, ALONE, ways, absent, published)


@pytest.mark.parametrize(
    ("others", "precision"),
    [
        ([], "fp32"),
        ([way("bf16", 50, 0.1, 1)], "bf16"),
        ([way("bf16", 95)], "fp32"),  # not worth it
        ([way("bf16", 50, speed_ways.MEAN_TOLERANCE * 1.01)], "fp32"),
        ([way("bf16", 50, 0, speed_ways.MAX_TOLERANCE * 1.01)], "fp32"),
        ([way("bf16", 50, 1), way("fp16", 80)], "fp16"),
    ],
)
def test_the_fastest_way_within_the_tolerance_is_suggested(others: list[Way], precision: str) -> None:
    measured = report(way("fp32", 100), *others)
    assert measured.suggestion.precision == precision
    last = speed_text(measured).splitlines()[-1]
    assert last.startswith("suggestion: ")
    assert f"--precision {precision}" in last
    assert ("keep" in last) == (precision == "fp32")
    assert speed_values(measured)["suggested"] == {"device": "cpu", "backend": "torch", "precision": precision}


@pytest.mark.parametrize(
    ("fps", "shots"), [((20,), 1), ((20, 21), 1), ((20, 39), 2), ((20, 39, 40), 2), ((20, 39, 70, 60), 4)]
)
def test_as_few_shots_at_once_are_suggested_as_are_as_fast(fps: tuple[float, ...], shots: int) -> None:
    counts = [Together(count, each) for count, each in zip((1, 2, 4, 8), fps, strict=False)]
    measured = replace(report(way("fp32", 100)), together=counts)
    assert measured.at_once.shots == speed_values(measured)["at_once"] == shots
    assert (f"--at-once {shots}" in speed_text(measured)) == (shots > 1)


@pytest.mark.parametrize("shots", [1, 3])
def test_shots_at_once_are_as_many_and_every_frame_of_theirs_is_colored(shots: int) -> None:
    network = FakeColorizer(callers=shots)
    assert speed_ways.fps_together(network, [gray(index).lightness for index in range(5)], shots) > 0
    assert (network.begun, network.steps) == (3 * shots, 3 * shots * 5)


def test_what_is_used_is_not_kept_if_its_color_is_off() -> None:
    used = replace(chosen(Settings()), precision="fp16")
    measured = replace(report(way("fp32", 100), way("fp16", 50, 9, 9)), network=used)
    assert measured.suggestion.precision == "fp32"


def test_ratios_follow_from_the_numbers_and_an_absence_is_said_once() -> None:
    published = PublishedSpeed("random", chosen(Settings(model="published")), Spent(5000, 9000))
    measured = report(way("fp32", 100), published=published)
    values = speed_values(measured)
    assert (values["pipe_ratio"], values["published_ratio"]) == (0.25, 50)
    text = speed_text(measured)
    assert "compact is 50 times as fast per frame" in text
    assert "random weights" in text
    assert "peak memory: 500 MB" in text
    assert text.count("not available: --precision fp16") == 1
    assert "not measured" in speed_text(replace(measured, peak_bytes=None))


@pytest.mark.parametrize("is_imported", [False, True])
def test_the_published_network_runs_with_imported_weights_or_else_random_ones(
    is_imported: bool, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def random_weights(path: Path) -> Path:
        made.append(path)
        return path

    monkeypatch.setattr(weights_file, "imported", lambda: [WeightsFile(Path("published.safetensors"))] * is_imported)
    monkeypatch.setattr(speed_ways, "random_weights", random_weights)
    found = speed_ways.published(SMALL, speed_ways.lightness_of(FILM, SMALL), ignore)
    assert (found.weights, bool(made)) == (("imported", False) if is_imported else ("random", True))
    assert (found.network.model, found.network.backend) == ("published", "torch")


class Parts:
    """A small network in the place of the published one, of all kinds of entries."""

    def parts(self) -> dict[str, nn.Module]:
        return {"stage1": nn.Linear(200, 300, device="meta"), "inter": nn.LayerNorm(5, device="meta")}


def test_random_weights_are_a_file_of_the_published_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "empty_networks", Parts)
    path = speed_ways.random_weights(tmp_path / "published.safetensors")
    arrays, _ = weights_file.load(WeightsFile(path), checkpoint.NETWORK, checkpoint.VERSION)
    shapes = {"stage1.weight": (300, 200), "stage1.bias": (300,), "inter.weight": (5,), "inter.bias": (5,)}
    assert {key: array.shape for key, array in arrays.items()} == shapes
    given = np.random.default_rng(1).standard_normal(200)
    assert np.std(arrays["stage1.weight"].astype(float) @ given) == pytest.approx(np.std(given), rel=0.2)  # 300 sums
    assert all((arrays[key] > 0).all() for key in shapes if key != "stage1.weight")


PEAK = """
import numpy
from vs_tcvc.metrics.speed import peak_memory
before = peak_memory()
if before is not None:
    numpy.ones(200_000_000, numpy.uint8)
    print(peak_memory() - before, peak_memory())
"""


def test_peak_memory_counts_what_is_gone_again_and_nothing_of_another_process() -> None:
    """The process that starts it, this one, has torch and more loaded."""
    held = np.ones(500_000_000, np.uint8)
    said = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True).stdout
    assert (said == "") == (sys.platform == "win32")
    if said:
        more, peak = map(int, said.split())
        assert 100e6 < more < 300e6
        assert sys.platform != "linux" or peak < len(held)


def test_the_command_measures_and_prints_json(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["benchmark", "speed", "--height", "64", "--frames", "6", "--size", "64"]
    assert cli.main([*words, "--json", "--log", "json"]) == 0
    said = capsys.readouterr()
    values = json.loads(said.out)
    assert values["film"] == {"width": 114, "height": 64, "frames": 6, "bits": 8}
    assert values["network"]["backend"] == "torch"
    assert set(values["stages"]) == ALL_STAGES
    assert values["pipe_ratio"] == pytest.approx(values["pipe_fps"] / values["pass_through_fps"])
    assert values["published"] is values["published_ratio"] is None
    events = [json.loads(line)["event"] for line in said.err.splitlines()]
    assert events == ["pipe", "network", "together", "way", "way", "way"]


def test_the_real_networks_are_measured_and_tabled(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["benchmark", "speed", "--height", "64", "--frames", "4", "--size", "64", "--device", "cpu", "--quiet"]
    assert cli.main(words) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for row in ("64 lines", "read", "cut", "network", "upsample and dither", "torch fp32 on cpu"):
        assert re.search(rf"^ *{row} +[0-9.e+]+ +[0-9.e+]+", said.out, re.MULTILINE), row
    assert "not available: --precision fp16: " in said.out
    assert said.out.splitlines()[-1].startswith("suggestion: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--height", "63"], "--height: expected 64 to 4320, got '63'"),
        (["--height", "HD"], "--height: expected 64 to 4320, got 'HD'"),
        (["--frames", "3"], "--frames: expected 4 to 10000, got '3'"),
        (["--size", "1"], "--size: expected 64 to 1024, got '1'"),
    ],
)
def test_a_bad_value_gets_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["benchmark", "speed", *words]) == 2
    assert capsys.readouterr().err == f"tcvc benchmark speed: {said}\n"
