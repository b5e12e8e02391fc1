"""Laws of training: batches depend on the step alone, a resumed run is the run, and learning learns."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vs_tcvc.cli import main
from vs_tcvc.datasets.pictures import find_clips, find_stills
from vs_tcvc.errors import UsageError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact.checkpoint import NETWORK, VERSION, load_networks
from vs_tcvc.networks.compact.encoder import FeatureEncoder
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import Certainty, Decoding, ReferenceNetwork
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.runtime.events import Event
from vs_tcvc.training import propagation, reference
from vs_tcvc.training.augment import moving_views
from vs_tcvc.training.loop import GENTLE, Average, Movable, RunFolder, Task, TrainingPlan, batches, learn
from vs_tcvc.training.mixture import Mixture, Sources

HEIGHT, WIDTH, FRAMES = 72, 96, 6

AnyTask = Task[Any, Any]
Made = TypeVar("Made", bound=Movable)


def smooth(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """An 8-bit picture of soft blobs of colour."""
    noise = np.random.default_rng(seed).integers(40, 216, (5, 6, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def png(codes: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", codes)[1])


@dataclass(frozen=True)
class Data:
    """Where pictures lie: stills in a zip, stills to watch and clips in folders."""

    stills: Path
    watch: Path
    clips: Path

    def material(self) -> propagation.RolloutSources:
        return propagation.RolloutSources(find_clips(self.clips), find_stills(self.stills))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Four stills, two others to watch, and a clip of a camera that moves."""
    root = tmp_path_factory.mktemp("data")
    data = Data(root / "stills.zip", root / "watch", root / "clips")
    with zipfile.ZipFile(data.stills, "w") as archive:
        for seed in range(4):
            archive.writestr(f"still{seed}.png", png(smooth(seed, HEIGHT, WIDTH)))
    data.watch.mkdir()
    for seed in (4, 5):
        (data.watch / f"watched{seed}.png").write_bytes(png(smooth(seed, HEIGHT, WIDTH)))
    (data.clips / "pan").mkdir(parents=True)
    scene = smooth(6, HEIGHT + FRAMES, WIDTH + 2 * FRAMES)
    for n in range(FRAMES):
        (data.clips / "pan" / f"{n}.png").write_bytes(png(scene[n : n + HEIGHT, 2 * n : 2 * n + WIDTH]))
    return data


def tensors(batch: Any) -> dict[str, bytes]:
    return {each.name: getattr(batch, each.name).numpy().tobytes() for each in fields(batch)}


def plan_of(steps: int, batch: int = 2, rate: float = 1e-3, **more: Any) -> TrainingPlan:
    return TrainingPlan(steps, batch, rate, **{"threads": 1, **more})


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """A training gives the process its threads back."""
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == before


# Batches


Maker = Callable[[Data, int, TrainingPlan], Movable]


def still_batch(data: Data, step: int, plan: TrainingPlan) -> reference.StillBatch:
    return reference.make_batch(Mixture.of(Sources(find_stills(data.stills))), step, plan)


def rollout_batch(data: Data, step: int, plan: TrainingPlan) -> propagation.RolloutBatch:
    return propagation.make_batch(data.material(), step, plan)


@pytest.mark.parametrize("make", [still_batch, rollout_batch])
def test_a_batch_depends_on_its_step_and_the_seed_alone(made: Data, make: Maker) -> None:
    plan = plan_of(9)
    first = tensors(make(made, 3, plan))
    assert tensors(make(made, 3, replace(plan, steps=5, workers=2, rate=0.1))) == first
    assert tensors(make(made, 4, plan)) != first
    assert tensors(make(made, 3, replace(plan, seed=1))) != first


@pytest.mark.parametrize("make", [still_batch, rollout_batch])
@pytest.mark.parametrize(("first", "workers"), [(0, 3), (2, 1), (2, 4)])
def test_any_workers_from_any_step_make_the_same_batches(made: Data, make: Maker, first: int, workers: int) -> None:
    plan = plan_of(4, batch=1)
    expected = [(step, tensors(make(made, step, plan))) for step in range(first, 4)]
    ahead = batches(lambda step: make(made, step, plan), first, replace(plan, workers=workers))
    assert [(step, tensors(batch)) for step, batch in ahead] == expected


def test_larger_crops_are_fewer(made: Data) -> None:
    shapes = {tuple(still_batch(made, step, plan_of(9, batch=8)).ab.shape[::3]) for step in range(20)}
    assert shapes <= {(8, 128), (5, 160), (4, 192), (2, 256)}
    assert len(shapes) > 1


def test_a_still_batch_is_what_a_host_would_deliver(made: Data) -> None:
    batch = still_batch(made, 0, plan_of(1, batch=3))
    assert isinstance(batch, reference.StillBatch)
    count, size = len(batch.ab), batch.ab.shape[-1]
    assert size in reference.SIZES
    assert [each.shape for each in (batch.lightness, batch.ab, batch.hints)] == [
        (count, channels, size, size) for channels in (1, 2, 3)
    ]
    assert 0 <= batch.lightness.min() <= batch.lightness.max() <= 100 + 1e-3
    assert batch.ab.abs().max() > 5


@pytest.mark.parametrize("step", range(4))
def test_a_rollout_has_its_frames_behind_a_reference(made: Data, step: int) -> None:
    square, frames = (propagation.SIZE,) * 2, 3
    batch = rollout_batch(made, step, plan_of(4, batch=1, rollout=frames))
    assert batch.reference.shape == batch.before.shape == (1, 4, *square)
    assert (batch.reference[:, 3] == 1).all()
    assert batch.lightness.shape == (1, frames, *square)
    assert batch.ab.shape == batch.in_before.shape == batch.in_reference.shape == (1, frames, 2, *square)
    assert all(torch.isfinite(getattr(batch, each.name)).all() for each in fields(batch))


@pytest.mark.parametrize("length", [2, 5, 40])
def test_a_clip_that_ends_before_its_rollout_turns_back(length: int) -> None:
    order = [propagation._turned(index, length - 1) for index in range(60)]
    assert {abs(one - other) for one, other in pairwise(order)} == {1}
    assert set(order) == set(range(length))


def test_some_cameras_show_much_that_the_first_frame_does_not_have() -> None:
    """A still whose every pixel is its own place: how much of the last frame's places are in the first frame."""
    y, x = np.mgrid[0:200, 0:200]
    still = np.stack([x, y, 0 * x], axis=2).astype(np.uint8)
    shown = []
    for seed in range(30):
        first, *_, last = moving_views(np.random.default_rng(seed), still, 64, 16, None)
        low, high = first[..., :2].min(axis=(0, 1)), first[..., :2].max(axis=(0, 1))
        shown.append(float(((last[..., :2] >= low) & (last[..., :2] <= high)).all(axis=2).mean()))
    assert sum(share < 0.5 for share in shown) >= 3
    assert sum(share > 0.8 for share in shown) >= 4


# The loop


@dataclass(frozen=True)
class Points:
    """Numbers and what is to be made of them."""

    x: Tensor
    y: Tensor

    def to(self, device: torch.device) -> Points:
        return Points(self.x.to(device), self.y.to(device))


class Scale(nn.Module):
    """A network that can learn one factor, with a norm whose statistics belong to it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.factor = nn.Conv2d(1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.factor(self.norm(x))
        return result


def scaling(goals: Mapping[int, float]) -> Task[Scale, Points]:
    """A task of microseconds whose goal at each step is given."""

    def make(step: int) -> Points:
        x = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(step))
        return Points(x, 3 * x)

    def losses(network: Scale, points: Points) -> dict[str, Tensor]:
        return {"error": (network(points.x) - points.y).float().square().mean()}

    return Task(make, losses, lambda _, step: {"goal": goals[step]}, "goal")


def rows(run: RunFolder) -> list[dict[str, str]]:
    with (run.folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_log_has_a_line_per_evaluation_and_best_is_where_the_goal_was_highest(tmp_path: Path) -> None:
    told: list[Event] = []
    run = RunFolder(tmp_path / "run", told.append)
    learn(Scale(), scaling({2: 1.0, 4: 3.0, 6: 2.0, 7: 2.5}), run, plan_of(7, every=2))
    assert [(row["step"], row["goal"]) for row in rows(run)] == [("2", "1"), ("4", "3"), ("6", "2"), ("7", "2.5")]
    assert [(event.values["step"], event.values["goal"]) for event in told] == [(2, 1), (4, 3), (6, 2), (7, 2.5)]
    best, last = run.load("best.pt"), run.load("last.pt")
    assert best is not None
    assert last is not None
    assert (best["step"], best["goal"]) == (4, 3.0)
    assert (last["step"], last["best"]) == (7, 3.0)


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    run, task = RunFolder(tmp_path), scaling({2: 1.0})
    learn(Scale(), task, run, plan_of(2))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    learn(Scale(), task, run, plan_of(2))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("settled", [True, False])
def test_settled_norms_keep_their_statistics_and_learn_on(tmp_path: Path, settled: bool) -> None:
    network, start = Scale(), Scale()
    start.load_state_dict(network.state_dict())
    learn(network, replace(scaling({4: 1.0}), settled=settled), RunFolder(tmp_path), plan_of(4))
    assert torch.equal(network.norm.running_mean, start.norm.running_mean) == settled  # type: ignore[arg-type]
    assert not torch.equal(network.norm.weight, start.norm.weight)


def test_the_rate_rises_to_its_highest_and_falls_to_a_hundredth() -> None:
    plan = plan_of(10_000, rate=0.5)
    rates = [plan.rate_at(step) for step in range(plan.steps)]
    assert rates[:200] == sorted(rates[:200])
    assert rates[199:] == sorted(rates[199:], reverse=True)
    assert max(rates) == pytest.approx(0.5, rel=0.01)
    assert rates[-1] == pytest.approx(0.005, rel=0.01)


def test_a_rate_that_cools_late_is_constant_until_then() -> None:
    plan = plan_of(10_000, rate=0.5, cool=0.2)
    rates = [plan.rate_at(step) for step in range(plan.steps)]
    assert set(rates[199:8000]) == {0.5}
    assert rates[8000:] == sorted(rates[8000:], reverse=True)
    assert rates[9000] == pytest.approx(0.25, rel=0.03)
    assert rates[-1] == pytest.approx(0.005, rel=0.01)


@pytest.mark.parametrize("share", [0, -1, 1.5, float("nan")])
def test_a_share_that_cools_is_a_share(share: float) -> None:
    with pytest.raises(UsageError, match="cool: expected a share above 0 and at most 1, got"):
        plan_of(1, cool=share)


def test_weights_that_have_learned_before_learn_gently() -> None:
    task = replace(scaling({}), gentle="0.")
    network: Any = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    groups = {group["share"]: [tuple(weight.shape) for weight in group["params"]] for group in task.groups(network)}
    assert groups == {GENTLE: [(3, 2), (3,)], 1.0: [(1, 3), (1,)]}
    assert [group["share"] for group in replace(task, gentle=None).groups(network)] == [1.0]


def foreign_state(encoder: FeatureEncoder) -> dict[str, Tensor]:
    """Weights as other people's EfficientNet-Lite0 has them: other names, for R G B, with a classifier behind."""
    random = torch.Generator().manual_seed(0)
    state = {
        f"theirs.{number}": torch.randn(value.shape, generator=random).abs() if value.ndim else value
        for number, value in enumerate(encoder.state_dict().values())
    }
    return {**state, "theirs.0": torch.randn(32, 3, 3, 3, generator=random), "classifier": torch.zeros(1000, 1280)}


def test_an_encoder_given_weights_for_color_sees_gray_as_they_would(tmp_path: Path) -> None:
    """The first layer over one gray plane is the one over three equal planes; all others are taken as they are."""
    encoder = FeatureEncoder().eval()
    state = foreign_state(encoder)
    torch.save(state, tmp_path / "lite0.pth")
    reference.give_weights(encoder, tmp_path / "lite0.pth")
    gray = torch.randn(1, 1, 9, 11)
    theirs = nn.functional.conv2d(gray.expand(1, 3, 9, 11), state["theirs.0"], stride=2)
    assert torch.allclose(encoder.stem.conv(gray), theirs, atol=1e-4)  # float32 sums of 27 products
    mine = [value for value in encoder.state_dict().values() if value.ndim]
    assert all(
        torch.equal(value, other)
        for value, other in zip(mine[1:], [each for each in state.values() if each.ndim][1:], strict=False)
    )


@pytest.mark.parametrize("state", [{}, {"a": torch.zeros(32, 3, 3, 3)}, {"a": torch.zeros(2)}, {"a": torch.tensor(1)}])
def test_an_encoder_refuses_weights_of_another_network(tmp_path: Path, state: dict[str, Tensor]) -> None:
    torch.save(state, tmp_path / "other.pth")
    encoder = FeatureEncoder()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    with pytest.raises(UsageError, match=r"other\.pth: expected weights of an EfficientNet-Lite0, got something else"):
        reference.give_weights(encoder, tmp_path / "other.pth")
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_an_average_of_equal_weights_is_those_weights_and_leaves_them_alone() -> None:
    network = Scale()
    average = Average(network)
    for step in range(5):
        average.update(network, step)
    expected, found = network.state_dict(), average.module.state_dict()
    assert all(torch.allclose(found[name], value, atol=1e-6) for name, value in expected.items())
    assert not any(each.requires_grad for each in average.module.parameters())
    assert all(each.requires_grad for each in network.parameters())


@pytest.mark.parametrize("content", [b"", b"half a checkpoint", b"PK\x03\x04"])
def test_a_damaged_checkpoint_is_named_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(UsageError, match=r"last\.pt: not a checkpoint that can be read .*; remove it") as caught:
        learn(Scale(), scaling({}), RunFolder(tmp_path), plan_of(2))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["steps", "batch", "workers", "every", "threads"])
def test_a_plan_counts_from_1(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: expected a number from 1, got 0"):
        plan_of(**{"steps": 1, name: 0})


# The networks


class PowerCutError(Exception):
    """The end of a run that nobody wanted."""


def c1_task(data: Data) -> AnyTask:
    mixture = Mixture.of(Sources(find_stills(data.stills)))
    emphasis = reference.bin_weights(mixture, ReferenceNetwork().centres, 0)
    plan = plan_of(1)
    return Task(
        lambda step: reference.make_batch(mixture, step, plan),
        lambda network, batch: reference.loss(network, batch, emphasis), lambda _, step: {"goal": step}, "goal",
    )  # fmt: skip


def c2_task(data: Data) -> AnyTask:
    material, plan, encoder = data.material(), plan_of(1, batch=1), FeatureEncoder().eval()
    return Task(
        lambda step: propagation.make_batch(material, step, plan),
        lambda network, batch: propagation.loss(network, encoder, batch), lambda _, step: {"goal": step}, "goal",
    )  # fmt: skip


parts = pytest.mark.parametrize(
    ("new", "task_of"), [(ReferenceNetwork, c1_task), (PropagationNetwork, c2_task)], ids=["C1", "S and C2"]
)
New = Callable[[], nn.Module]
TaskOf = Callable[[Data], AnyTask]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Squares of half the side: these laws hold at any size."""
    monkeypatch.setattr(reference, "SIZES", {64: 1.0})
    monkeypatch.setattr(propagation, "SIZE", 64)


def seeded(new: New) -> nn.Module:
    torch.manual_seed(0)
    return new()


@pytest.mark.usefixtures("_small")
@parts
def test_a_resumed_run_is_the_uninterrupted_run_to_the_last_bit(
    tmp_path: Path, made: Data, new: New, task_of: TaskOf
) -> None:
    task, plan = task_of(made), plan_of(2, every=1)

    def make_until_the_power_fails(step: int) -> Any:
        if step == 1:
            raise PowerCutError
        return task.make(step)

    through, resumed = RunFolder(tmp_path / "through"), RunFolder(tmp_path / "resumed")
    learn(seeded(new), task, through, plan)
    with pytest.raises(PowerCutError):
        learn(seeded(new), replace(task, make=make_until_the_power_fails), resumed, plan)
    learn(new(), task, resumed, plan)
    for name in ("last.pt", "best.pt"):
        expected, found = through.load(name), resumed.load(name)
        assert expected is not None
        assert found is not None
        assert all(torch.equal(found["network"][key], value) for key, value in expected["network"].items())
    assert rows(through) == rows(resumed)


@pytest.mark.usefixtures("_small")
@parts
def test_learning_one_batch_makes_its_loss_fall(tmp_path: Path, made: Data, new: New, task_of: TaskOf) -> None:
    task, seen = task_of(made), list[float]()
    batch = task.make(0)

    def losses(network: nn.Module, batch: Any) -> Mapping[str, Tensor]:
        named: Mapping[str, Tensor] = task.losses(network, batch)
        seen.append(float(sum(each.item() for each in named.values())))
        return named

    learn(seeded(new), replace(task, make=lambda step: batch, losses=losses), RunFolder(tmp_path), plan_of(8, rate=0.1))
    assert max(seen[-2:]) < 0.8 * min(seen[:2])


# The command


def train(part: str, *more: object) -> int:
    return main(["train", part, *map(str, more)])


@pytest.fixture(scope="module")
def trained(made: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two trainings of one step."""
    folder = tmp_path_factory.mktemp("runs")
    common = ("--data", made.stills, "--run", folder, "--steps", 1, "--batch", 1, "--threads", 1)
    assert train("reference", *common, "--watch", made.watch) == 0
    assert train("propagation", *common, "--clips", made.clips, "--watch", made.clips) == 0
    return folder


def test_a_training_leaves_a_log_two_checkpoints_and_pictures(trained: Path) -> None:
    left = {path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file()}
    assert left == {
        "reference/log.csv", "reference/last.pt", "reference/best.pt", "reference/samples_000001.jpg",
        "propagation/log.csv", "propagation/last.pt", "propagation/best.pt",
    }  # fmt: skip
    (row,) = rows(RunFolder(trained / "reference"))
    assert {"entropy", "regression", "spreading", "mixture", "obedience"} <= row.keys()
    assert {"delta_e", "gray_delta_e", "colourfulness"} <= row.keys()
    (row,) = rows(RunFolder(trained / "propagation"))
    assert {"colour", "edges", "confidence", "psnr", "flow_psnr"} <= row.keys()
    (sheet,) = (picture.read() for picture in find_stills(trained))
    assert sheet.shape == (3 * 120, 2 * 160, 3)


def test_export_makes_a_file_that_the_network_loads(
    made: Data, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "own.safetensors"
    decoding = ("--temperature", 0.5, "--strength", 1.2)
    assert train("export", "--run", trained, "--out", out, *decoding, "--note", "tiny", "--watch", made.watch) == 0
    digest = capsys.readouterr().out.strip()
    networks = load_networks(WeightsFile(out, digest))
    assert networks.decoding == Decoding(0.5, 1.2)
    assert networks.certainty != Certainty()
    best = RunFolder(trained / "propagation").load("best.pt")
    assert best is not None
    half = best["network"]["image.join.bias"].half().float()
    assert torch.equal(networks.propagation.state_dict()["image.join.bias"], half)
    _, metadata = weights_file.load(WeightsFile(out), NETWORK, VERSION)
    assert metadata["provenance"] == '{"reference_steps": 1, "propagation_steps": 1, "note": "tiny"}'


def test_training_can_begin_with_the_shipped_weights(made: Data, tmp_path: Path) -> None:
    """At a rate of next to nothing they stay what they were."""
    more = ("--data", made.stills, "--watch", made.watch, "--run", tmp_path, "--steps", 1, "--batch", 1)
    assert train("reference", *more, "--threads", 1, "--rate", 1e-12, "--from-shipped") == 0
    best = RunFolder(tmp_path / "reference").load("best.pt")
    assert best is not None
    shipped = load_networks(weights_file.choose("compact")).reference
    old = {name: value for name, value in shipped.named_parameters() if not name.startswith("hints.")}
    assert all(torch.allclose(best["network"][name], value, atol=1e-6) for name, value in old.items())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("reference", "--watch", "w"), "expected --data with pictures to train on, got none"),
        (("propagation", "--data", "d"), "expected --watch with material to measure on"),
        (("export",), "expected --out FILE"),
        (("reference", "--data", "no.zip", "--watch", "w"), "no.zip: expected a folder or zip of pictures"),
        (("reference", "--data", "D", "--watch", "D", "--cap", "street"), "--cap street: expected PATTERN=COUNT"),
        (("reference", "--data", "d", "--watch", "w", "--steps", "0"), "--steps: expected a number from 1, got 0"),
        (("reference", "--data", "d", "--watch", "w", "--every", "0"), "--every: expected a number from 1, got 0"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], sentence: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["train", *arguments]) == 2
    said = capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    assert said.startswith(f"tcvc train: {sentence}")
    assert said.count("\n") == 1


def test_pictures_that_are_all_watched_leave_nothing_to_learn(
    made: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("reference", "--data", made.watch, "--watch", made.watch, "--run", tmp_path) == 2
    assert "--data: expected pictures besides those of --watch, got none" in capsys.readouterr().err


def test_a_clip_that_is_too_short_for_a_rollout_is_named(
    made: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "0.png").write_bytes(png(smooth(0, HEIGHT, WIDTH)))
    more = ("--data", made.stills, "--clips", tmp_path, "--watch", made.clips, "--run", tmp_path / "run")
    assert train("propagation", *more) == 2
    assert "clip short: expected 2 frames or more, got 1" in capsys.readouterr().err


def test_export_of_half_a_training_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("export", "--run", tmp_path, "--out", tmp_path / "own.safetensors") == 2
    said = capsys.readouterr().err
    assert "expected best.pt of a training, found none; run tcvc train reference first" in said
    assert not (tmp_path / "own.safetensors").exists()
