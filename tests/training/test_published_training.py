"""Laws of the published trainings: resumed to the bit, the same on any number of processes, and learning learns."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vs_tcvc.backends.torch import TorchDevice
from vs_tcvc.cli import main
from vs_tcvc.cli import train as command
from vs_tcvc.datasets.layouts import CLIPS, STILLS, find_shots
from vs_tcvc.datasets.pictures import find_stills
from vs_tcvc.errors import UsageError
from vs_tcvc.networks.published.backbone import ResNet
from vs_tcvc.networks.published.stage1 import SingleImageNetwork
from vs_tcvc.networks.published.stage2 import ClipNetwork
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.training import published_data, published_stage1, published_stage2
from vs_tcvc.training.discriminator import QUARTER_DEPTH, Discriminator
from vs_tcvc.training.loop import RunFolder, TrainingPlan
from vs_tcvc.training.losses import temporal_warping
from vs_tcvc.training.published_data import SampleBatch, draw_clip, parse_size, random_of
from vs_tcvc.training.published_loop import GeneratorOutput, Learner, Lesson, Ranks, learn, rate_at, seed_of
from vs_tcvc.training.vgg import Vgg19

PLACE = TorchDevice(torch.device("cpu"), "fp32", 1)
ALONE = Ranks()


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """A training gives the process its threads back."""
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == before


def plan_of(steps: int, batch: int = 1, rate: float = 1e-3, **more: Any) -> TrainingPlan:
    return TrainingPlan(steps, batch, rate, **{"threads": 1, **more})


# The loop, with a network of one layer


@dataclass(frozen=True)
class Pictures:
    """Pictures (N, 3, 48, 48)."""

    pictures: Tensor

    def to(self, device: torch.device) -> Pictures:
        return Pictures(self.pictures.to(device))


class PowerCutError(Exception):
    """The end of a run that nobody wanted."""


@dataclass
class Toy:
    """A lesson of milliseconds with all that must survive an interruption: dropout, spectral norm, two optimizers."""

    batch: int = 1
    ranks: Ranks = ALONE
    goals: Mapping[int, float] | None = None
    power_fails_at: int = -1
    dropout: float = 0.5

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Dropout(self.dropout), nn.Conv2d(8, 3, 1))
        self.unused = nn.Parameter(torch.ones(2))
        self.kept = 0

    def make(self, step: int) -> Pictures:
        if step == self.power_fails_at:
            raise PowerCutError
        each = [torch.Generator().manual_seed(seed_of(step, number)) for number in self.ranks.share(self.batch)]
        return Pictures(torch.stack([torch.rand(3, 48, 48, generator=generator) for generator in each]))

    def paint(self, batch: Pictures) -> GeneratorOutput:
        made = self.network(batch.pictures)
        return GeneratorOutput({"l1": (made - batch.pictures).abs().mean()}, made, batch.pictures, {"pictures": 1.0})

    def measure(self, step: int) -> dict[str, float]:
        return {"goal": self.goals[step] if self.goals else step}

    def keep(self) -> None:
        self.kept += 1

    def lesson(self) -> Lesson[Pictures]:
        groups = {0.1: [self.unused, *self.network[0].parameters()], 1.0: list(self.network[2].parameters())}
        judge = Discriminator((3, 3), QUARTER_DEPTH)
        return Lesson(self.network, groups, judge, 0.4, self.make, self.paint, self.measure, "goal", self.keep)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every tensor and number of a state by its path in there."""
    if not isinstance(value, Mapping | list):
        yield path, value
        return
    for name, each in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from leaves(each, f"{path}/{name}")


def state_of(run: RunFolder) -> dict[str, Any]:
    return dict(leaves(run.load("last.pt")))


def hash_of(value: Any) -> Any:
    return zlib.crc32(value.numpy()) if isinstance(value, Tensor) else value


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(value, other[name]) if isinstance(value, Tensor) else value == other[name]
        for name, value in one.items()
    )


def rows(run: RunFolder) -> list[dict[str, str]]:
    with (run.folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_resumed_run_is_the_uninterrupted_run_to_the_last_bit(tmp_path: Path, precision: str) -> None:
    """Weights, both optimizers, the vectors of spectral norm and the log, with dropout in between."""
    plan, place = plan_of(5, every=2), replace(PLACE, precision=precision)
    through, resumed = RunFolder(tmp_path / "through"), RunFolder(tmp_path / "resumed")
    learn(Toy().lesson(), through, plan, place, ALONE)
    with pytest.raises(PowerCutError):
        learn(Toy(power_fails_at=3).lesson(), resumed, plan, place, ALONE)
    torch.manual_seed(99)
    learn(Toy().lesson(), resumed, plan, place, ALONE)
    assert same(state_of(through), state_of(resumed))
    assert any(name.endswith("weight_u") for name in state_of(through))
    assert any("exp_avg" in name for name in state_of(through))
    assert rows(through) == rows(resumed)


def test_the_law_of_resuming_is_about_something(tmp_path: Path) -> None:
    """A run that forgets its optimizers and the numbers of its steps ends elsewhere."""
    whole, first, second = (RunFolder(tmp_path / name) for name in ("whole", "first", "second"))
    learn(Toy().lesson(), whole, plan_of(4), PLACE, ALONE)
    toy = Toy()
    lesson = toy.lesson()
    learn(lesson, first, plan_of(2), PLACE, ALONE)
    learn(lesson, second, plan_of(2), PLACE, ALONE)
    assert not same(state_of(whole), state_of(second))


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    learn(Toy().lesson(), run, plan_of(2), PLACE, ALONE)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    learn(Toy().lesson(), run, plan_of(2), PLACE, ALONE)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_network_is_kept_where_the_goal_was_highest_so_far_also_after_resuming(tmp_path: Path) -> None:
    goals = {2: 1.0, 4: 3.0, 6: 2.0, 8: 3.5}
    first, second = Toy(goals=goals, power_fails_at=6), Toy(goals=goals)
    with pytest.raises(PowerCutError):
        learn(first.lesson(), RunFolder(tmp_path), plan_of(8, every=2), PLACE, ALONE)
    learn(second.lesson(), RunFolder(tmp_path), plan_of(8, every=2), PLACE, ALONE)
    assert [row["goal"] for row in rows(RunFolder(tmp_path))] == ["1", "3", "2", "3.5"]
    assert (first.kept, second.kept) == (2, 1)
    assert {"l1", "gan", "judge", "pictures"} <= rows(RunFolder(tmp_path))[0].keys()


def test_the_judge_learns_to_tell_and_the_network_to_deceive(tmp_path: Path) -> None:
    toy = Toy(dropout=0)
    lesson = toy.lesson()
    before = [each.detach().clone() for each in (*toy.network.parameters(), *lesson.judge.parameters())]
    learn(lesson, RunFolder(tmp_path), plan_of(30, every=10), PLACE, ALONE)
    after = [*toy.network.parameters(), *lesson.judge.parameters()]
    assert all(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
    opinions = [float(row["judge"]) for row in rows(RunFolder(tmp_path))]
    assert opinions[-1] < opinions[0]


def test_rates_are_halved_every_80_000_steps_each_group_at_its_own() -> None:
    assert [rate_at(1e-4, step) for step in (0, 79_999, 80_000, 160_000)] == [1e-4, 1e-4, 0.5e-4, 0.25e-4]


# Several processes

WORKER = """
import sys
from pathlib import Path
import torch
from test_published_training import Toy, plan_of
from vs_tcvc.training.loop import RunFolder
from vs_tcvc.training.published_loop import join_ranks, learn

with join_ranks("cpu", "fp32", 1) as (ranks, place):
    lesson = Toy(batch=2, ranks=ranks, dropout=0).lesson()
    learn(lesson, RunFolder(Path(sys.argv[1])), plan_of(3, batch=2), place, ranks)
    torch.save(lesson.network.state_dict(), Path(sys.argv[1]) / f"network{ranks.rank}.pth")
"""


def test_two_processes_learn_what_one_learns_from_the_same_samples(tmp_path: Path) -> None:
    """To 1e-5, since gradients are added in another order; both processes end with one network, to the bit."""
    learn((alone := Toy(batch=2, dropout=0)).lesson(), RunFolder(tmp_path / "one"), plan_of(3, batch=2), PLACE, ALONE)
    common = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    common |= {"MASTER_PORT": str(free_port()), "PYTHONPATH": str(Path(__file__).parent)}
    program = [sys.executable, "-c", WORKER, str(tmp_path / "two")]
    both = [subprocess.Popen(program, env={**common, "RANK": str(rank)}) for rank in (0, 1)]
    assert [each.wait(timeout=120) for each in both] == [0, 0]
    first, second = (torch.load(tmp_path / "two" / f"network{rank}.pth", weights_only=True) for rank in (0, 1))
    assert same(first, second)
    assert all(torch.allclose(first[name], value, atol=1e-5) for name, value in alone.network.state_dict().items())
    assert len(rows(RunFolder(tmp_path / "two"))) == 1


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_batch_is_dealt_to_the_processes_in_equal_shares() -> None:
    assert [list(Ranks(rank, 3).share(6)) for rank in range(3)] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(UsageError, match="batch: expected a multiple of 3, one part per process, got 4"):
        Ranks(0, 3).share(4)


# What is learned from


@dataclass(frozen=True)
class Data:
    """Folders: stills, two of them flawed; clips as DAVIS has them, one with masks; a clip of three frames to watch."""

    stills: Path
    clips: Path
    watch: Path


def smooth(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """An 8-bit picture of soft blobs of colour."""
    noise = np.random.default_rng(seed).integers(40, 216, (5, 6, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that does not outlive its test: a checkpoint of stage 2 has 2 GB."""
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Data:
    root = tmp_path_factory.mktemp("data")
    data = Data(root / "stills", root / "clips", root / "watch")
    data.stills.mkdir()
    data.watch.mkdir()
    for n in range(3):
        cv2.imwrite(str(data.watch / f"{n}.png"), smooth(5, 48, 96 + n)[:, n:])
    for seed in range(2):
        cv2.imwrite(str(data.stills / f"still{seed}.png"), smooth(seed, 256, 320))
    cv2.imwrite(str(data.stills / "small.png"), smooth(2, 255, 320))
    cv2.imwrite(str(data.stills / "mono.png"), np.full((256, 256, 3), 90, np.uint8))
    for name, seed in (("pan", 3), ("tilt", 4)):
        folders = [data.clips / kind / "480p" / name for kind in ("JPEGImages", "Annotations")]
        scene = smooth(seed, 96 + 8, 192 + 16)
        for folder in folders[: 2 if name == "pan" else 1]:
            folder.mkdir(parents=True)
        for n in range(8):
            cv2.imwrite(str(folders[0] / f"{n:05d}.png"), scene[n : n + 96, 2 * n : 2 * n + 192])
            if name == "pan":
                mask = np.zeros((96, 192, 3), np.uint8)
                mask[:, : 12 * n] = (0, 0, 128)
                cv2.imwrite(str(folders[1] / f"{n:05d}.png"), mask)
    return data


def bytes_of(batch: SampleBatch) -> list[bytes]:
    return [tensor.numpy().tobytes() for each in batch.samples for tensor in vars(each).values() if tensor is not None]


SIZE = (48, 96)


def test_a_batch_depends_on_its_step_and_the_seed_alone(made: Data) -> None:
    material = published_stage1.PhotographSources(find_stills(made.stills), find_shots(made.clips, "davis"))

    def make(step: int, **more: Any) -> list[bytes]:
        plan = plan_of(**{"steps": 9, "batch": 2, "rollout": 3, **more})
        return bytes_of(published_stage1.make_batch(material, step, plan, SIZE, ALONE))

    for step in (2, 3):
        first = make(step)
        assert make(step, steps=5, rate=0.1, workers=3) == first
        assert make(step + 2) != first
        assert make(step, seed=1) != first


def test_processes_share_the_samples_of_one(made: Data) -> None:
    shots, plan = find_shots(made.clips, "davis"), plan_of(1, batch=4, rollout=3)
    alone = bytes_of(published_stage2.make_batch(shots, 0, plan, SIZE, ALONE))
    parts = [bytes_of(published_stage2.make_batch(shots, 0, plan, SIZE, Ranks(rank, 2))) for rank in (0, 1)]
    assert parts[0] + parts[1] == alone


def test_stills_and_clips_take_turns_and_flawed_stills_are_counted(made: Data) -> None:
    material = published_stage1.PhotographSources(find_stills(made.stills), find_shots(made.clips, "davis"))
    made_of = [
        published_stage1.make_batch(material, step, plan_of(9, batch=4, rollout=3), SIZE, ALONE) for step in range(4)
    ]
    assert [len(batch.samples[0].lab) for batch in made_of] == [1, 3, 1, 3]
    dropped = [batch.dropped for batch in made_of]
    assert dropped[1] == dropped[3] == {}
    assert dropped[0].keys() | dropped[2].keys() == {"small", "mono"}


def test_nothing_but_flawed_stills_is_said(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "small.png"), smooth(0, 20, 20))
    material = published_stage1.PhotographSources(find_stills(tmp_path), ())
    with pytest.raises(UsageError, match=r"left out 1000 in a row \(small 1000\)"):
        published_stage1.make_batch(material, 0, plan_of(1), SIZE, ALONE)


def test_a_sample_is_true_lab_noisy_lightness_motion_and_masks(made: Data) -> None:
    shots = find_shots(made.clips, "davis")
    samples = [draw_clip(random_of(0, step, 0), shots, 4, SIZE, noise=2.0) for step in range(12)]
    for sample in samples:
        assert sample.lab.shape == (4, 3, *SIZE)
        noise = sample.lightness - (sample.lab[:, :1] - 50)
        assert (noise.mean().abs().item(), noise.std().item()) == pytest.approx((0, 2), abs=0.1)
        assert sample.flow.shape == (3, 2, *SIZE)
        still = torch.zeros_like(sample.flow)
        before, now = sample.lab[:-1, 1:], sample.lab[1:, 1:]
        along = temporal_warping(now, before, sample.flow, sample.sure)
        assert along < 0.5 * temporal_warping(now, before, still, sample.sure)
        assert sample.sure.mean() > 0.5
    assert {sample.masks is None for sample in samples} == {True, False}
    masks = next(sample.masks for sample in samples if sample.masks is not None)
    assert masks.shape == (4, 1, *SIZE)
    assert ((masks == 0) | (masks == 1)).all()
    assert masks[3].mean() > masks[0].mean()


def test_a_samples_lab_is_that_of_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((256, 512, 3), (30, 60, 200), np.uint8))
    material = published_stage1.PhotographSources(find_stills(tmp_path), ())
    monkeypatch.setattr(published_data, "flaw", lambda picture: "")
    (sample,) = published_stage1.make_batch(material, 0, plan_of(1), SIZE, ALONE).samples
    expected = lab_from_rgb(np.array([200, 60, 30], np.float32) / 255)
    assert np.allclose(sample.lab.mean(dim=(0, 2, 3)), expected, atol=0.01)


# The networks


LessonOf = Callable[[Data, tuple[int, int], int], Lesson[SampleBatch]]


def stage1_lesson(data: Data, size: tuple[int, int], frames: int) -> Lesson[SampleBatch]:
    """The same clip over and over, at the published rate."""
    torch.manual_seed(0)
    network, judge = SingleImageNetwork(), Discriminator((3, 3), QUARTER_DEPTH)
    material, plan = published_stage1.PhotographSources((), find_shots(data.clips, "davis")), plan_of(1, rollout=frames)
    batch = published_stage1.make_batch(material, 1, plan, size, ALONE)
    return Lesson(
        network, {1.0: list(network.parameters())}, judge, 0.4,
        lambda step: batch, lambda each: published_stage1.paint(network, each, None), lambda step: {}, "", lambda: None,
    )  # fmt: skip


def stage2_lesson(data: Data, size: tuple[int, int], frames: int) -> Lesson[SampleBatch]:
    """The same clip over and over, at the published rate."""
    torch.manual_seed(0)
    network, judge = ClipNetwork(), Discriminator((3, 3), QUARTER_DEPTH)
    batch = published_stage2.make_batch(find_shots(data.clips, "davis"), 1, plan_of(1, rollout=frames), size, ALONE)
    return Lesson(
        network, published_stage2.groups(network), judge, 0.4,
        lambda step: batch, lambda each: published_stage2.paint(network, each, None), lambda step: {}, "", lambda: None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lesson_of", "frames", "steps"), [(stage1_lesson, 2, 6), (stage2_lesson, 1, 4)], ids=["stage 1", "stage 2"]
)
def test_learning_one_clip_makes_its_losses_fall(made: Data, lesson_of: LessonOf, frames: int, steps: int) -> None:
    lesson = lesson_of(made, (48, 64), frames)
    learner = Learner(lesson, plan_of(steps, rate=1e-4), PLACE, ALONE)
    first, *_, last = [learner.step(step, lesson.make(step)) for step in range(steps)]
    for name in ("l1", "smoothness", "consistency"):
        assert last[name] < 0.9 * first[name]


def without_gradient(network: nn.Module) -> set[str]:
    return {name for name, each in network.named_parameters() if each.grad is None}


def test_the_perceptual_loss_counts_where_there_is_a_vgg(made: Data) -> None:
    torch.manual_seed(0)
    vgg, size = Vgg19(), (16, 24)
    one, two = stage1_lesson(made, size, 2), stage2_lesson(made, size, 1)
    assert isinstance(one.network, SingleImageNetwork)
    assert isinstance(two.network, ClipNetwork)
    for with_vgg, without in (
        (published_stage1.paint(one.network, one.make(0), vgg), one.paint(one.make(0))),
        (published_stage2.paint(two.network, two.make(0), vgg), two.paint(two.make(0))),
    ):
        assert with_vgg.losses.keys() - without.losses.keys() == {"perceptual"}
        assert 0 < with_vgg.losses["perceptual"].item() < 1


def test_every_weight_of_stage_1_learns(made: Data) -> None:
    lesson = stage1_lesson(made, (16, 24), 2)
    torch.stack(list(lesson.paint(lesson.make(0)).losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    assert without_gradient(lesson.network) == set()


@pytest.mark.parametrize(("frames", "learns"), [(7, True), (6, False)])
def test_the_memorys_save_layer_learns_from_three_chunks_on_and_all_else_that_is_used(
    made: Data, frames: int, learns: bool
) -> None:
    """What a chunk saves is read by the next one, and the first one saves its own tokens, without this layer."""
    lesson = stage2_lesson(made, (24, 32), frames)
    torch.stack(list(lesson.paint(lesson.make(0)).losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    found = without_gradient(lesson.network)
    never_used = ("encoder.backbone.0.body.layer3.", "encoder.backbone.0.body.layer4.", "encoder.backbone.0.body.fc.",
                  "decoder.warper.warp_layer.refine_net.")  # fmt: skip
    assert {name for name in found if not name.startswith(never_used)} == (
        set() if learns else {f"inter.{name}" for name in dict(ClipNetwork().inter.named_parameters())}
    )
    assert {name.split(".")[5] for name in found if ".layer3." in name} == {"19", "20", "21", "22"}


# The command


def train(stage: str, data: Data, runs: Path, *more: object) -> int:
    given = {"published-stage1": ("--data", data.stills, "--watch", data.stills, "--clips", data.clips),
             "published-stage2": ("--clips", data.clips, "--watch", data.watch)}[stage]  # fmt: skip
    size = ("--working-size", "96x48", "--layout", "davis", "--batch", 1, "--threads", 1)
    return main(["train", stage, *map(str, (*given, *size, "--run", runs, *more))])


def test_stage_1_resumed_is_stage_1_uninterrupted_and_its_result_is_what_its_network_loads(
    made: Data, folder: Path
) -> None:
    """Through the command; the number of steps has no part in what a step does."""
    assert train("published-stage1", made, folder / "through", "--steps", 2, "--every", 2) == 0
    assert train("published-stage1", made, folder / "resumed", "--steps", 1) == 0
    assert train("published-stage1", made, folder / "resumed", "--steps", 2) == 0
    through, resumed = (RunFolder(folder / name / "published-stage1") for name in ("through", "resumed"))
    learned = state_of(through)
    assert same(learned, state_of(resumed))
    assert {path.name for path in through.folder.iterdir()} == {"log.csv", "last.pt", "colornet.pth"}
    assert [row["step"] for row in (*rows(through), *rows(resumed))] == ["2", "1", "2"]
    assert rows(through)[0]["delta_e"] == rows(resumed)[1]["delta_e"]
    result = torch.load(through.folder / "colornet.pth", weights_only=True)
    SingleImageNetwork().load_state_dict(result)
    assert all(torch.equal(learned[f"/learner/modules/network.{name}"], value) for name, value in result.items())


def test_stage_2_resumed_is_stage_2_uninterrupted(made: Data, folder: Path) -> None:
    """By its states' hashes: each holds 2 GB."""

    def learner(seed: int) -> tuple[Learner[SampleBatch], SampleBatch]:
        lesson = stage2_lesson(made, (48, 64), 1)
        torch.manual_seed(seed)
        return Learner(lesson, plan_of(2, rate=1e-4), PLACE, ALONE), lesson.make(0)

    def hashes(state: Any) -> dict[str, Any]:
        return {path: hash_of(value) for path, value in leaves(state)}

    through, batch = learner(0)
    through.step(0, batch)
    half = hashes(through.state())
    through.step(1, batch)
    expected = hashes(through.state())
    del through
    first, batch = learner(1)
    first.step(0, batch)
    RunFolder(folder).save("last.pt", first.state())
    del first
    resumed, batch = learner(2)
    last = RunFolder(folder).load("last.pt")
    assert last is not None
    resumed.restore(last)
    assert hashes(resumed.state()) == half != expected
    resumed.step(1, batch)
    assert hashes(resumed.state()) == expected


def test_stage_2s_results_are_the_two_files_that_the_authors_have_and_can_be_imported(
    made: Data, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a training that begins with a backbone, which learns slowly, and where it is not used not at all."""
    backbone = ResNet().state_dict()
    torch.save(backbone, folder / "resnet101.pth")
    more = ("--steps", 1, "--rollout", 2, "--backbone", folder / "resnet101.pth")
    assert train("published-stage2", made, folder, *more) == 0
    run = RunFolder(folder / "published-stage2")
    assert {path.name for path in run.folder.iterdir()} == {
        "log.csv", "last.pt", "checkpoint_encoder.pth", "checkpoint_decoder.pth"
    }  # fmt: skip
    (row,) = rows(run)
    assert {"l1", "smoothness", "consistency", "warped", "gan", "judge", "psnr", "flow_psnr"} <= row.keys()
    encoder, decoder = run.load("checkpoint_encoder.pth"), run.load("checkpoint_decoder.pth")
    assert encoder is not None
    assert decoder is not None
    network = ClipNetwork()
    network.encoder.load_state_dict(encoder["model"])
    network.inter.load_state_dict(encoder["inter_save"])
    network.decoder.load_state_dict(decoder["model"])
    moved = {
        name: (network.encoder.state_dict()[f"backbone.0.body.{name}"] - value).abs().max().item()
        for name, value in backbone.items()
    }
    assert 0 < moved["layer3.18.conv3.weight"] <= 1.01e-5
    assert moved["layer3.19.conv3.weight"] == moved["fc.weight"] == moved["bn1.running_var"] == 0
    assert (len(encoder["model"]), len(encoder["inter_save"]), len(decoder["model"])) == (636, 14, 147)
    torch.save(SingleImageNetwork().state_dict(), folder / "colornet.pth")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "home"))
    files = {"--stage1": folder / "colornet.pth", "--encoder": run.folder / "checkpoint_encoder.pth",
             "--decoder": run.folder / "checkpoint_decoder.pth"}  # fmt: skip
    arguments = [str(each) for pair in files.items() for each in pair]
    assert main(["weights", "import", *arguments, "--precision", "fp16"]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("published-stage2", "--data", "d", "--watch", "w"), "expected --clips with clips to train on"),
        (("published-stage1", "--watch", "w"), "expected --data with pictures to train on, got none"),
        (("published-stage1", "--data", "none", "--layout", "imagenet", "--watch", "w"),
         "none: expected the layout of imagenet, train/*/*.jpg or"),
        (("published-stage1", "--data", "d", "--watch", "w", "--working-size", "380x216"),
         "--working-size: expected WIDTHxHEIGHT in multiples of 8, such as 384x216, got '380x216'"),
        (("published-stage2", "--clips", "a", "--clips", "b", "--clips", "c", "--layout", "davis", "--layout", "reds",
          "--watch", "w"), "--layout: expected one for all folders of --clips, or one for each (3), got 2"),
        (("published-stage1", "--data", "d", "--watch", "d", "--precision", "fp16"), "--precision fp16: expected fp32"),
        (("published-stage1", "--data", "d", "--watch", "d", "--working-size", "32x32"),
         "--working-size: expected 48x48 or more for the discriminator, got 32x32"),
        (("published-stage1", "--data", "d", "--watch", "d", "--vgg", "vgg.pth"), "vgg.pth: weights cannot be read"),
        (("published-stage2", "--clips", "d", "--watch", "d"), "clip d: expected 10 frames or more, got 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], sentence: str,
) -> None:  # fmt: skip
    (tmp_path / "d").mkdir()
    cv2.imwrite(str(tmp_path / "d" / "a.png"), smooth(0, 64, 64))
    monkeypatch.chdir(tmp_path)
    assert main(["train", *arguments]) in (1, 2)
    said = capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    assert said.startswith(f"tcvc train: {sentence}")
    assert said.count("\n") == 1


def test_the_commands_layouts_are_those_that_are_known() -> None:
    assert (*STILLS, *CLIPS) == command.LAYOUTS


@pytest.mark.parametrize("text", ["", "384", "384x", "0x8", "8x0", "384x217", "-8x8", "384x216x3", "99999x8"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    assert parse_size("384x216") == (216, 384)
    with pytest.raises(UsageError, match="working_size: expected WIDTHxHEIGHT in multiples of 8"):
        parse_size(text)
