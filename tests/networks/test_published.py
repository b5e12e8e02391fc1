"""The published networks against numbers of the authors' own code.

The goldens were made with the authors' released modules (float32, one CPU thread), every weight made from its name by
`published_fill`, since the trained weights are not public. These random networks are chaotic: two frames of a clip
differ by about 57 in |ab|, so an error of method shows far above the tolerances. Each tolerance is some ten times
what the authors' modules differ by between float32, float64 and two threads; goldens in fp16 add 0.03 to ab.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from published_fill import clip_network, stage1
from torch import Tensor, nn

from vs_tcvc.core.frame import Array
from vs_tcvc.networks.published.attention import positions
from vs_tcvc.networks.published.prepare import cover, lab_of, picture_of
from vs_tcvc.networks.published.stage1 import SingleImageNetwork, without_frame_before
from vs_tcvc.networks.published.stage2 import HARD, ChunkColor, ClipNetwork
from vs_tcvc.networks.published.warp import look_up

GOLDENS = Path(__file__).parents[1] / "goldens" / "published"
AB = 0.5
"""Largest difference of ab; 0.05 on average."""


@cache
def golden(name: str) -> dict[str, NDArray[Any]]:
    with np.load(GOLDENS / f"{name}.npz") as file:
        return dict(file)


def scene(seed: int, height: int, width: int, frames: int) -> tuple[Tensor, Tensor, Tensor]:
    """The goldens' clip: L* - 50 of the frames (frames, 1, H, W) and of the reference, and its ab (1, 2, H, W)."""
    random = np.random.Generator(np.random.PCG64(seed))
    drift, grain = (
        random.standard_normal((height + frames, width + 2 * frames)),
        random.standard_normal((height, width)),
    )
    y, x = np.mgrid[:height, :width]
    planes = [
        18 * np.sin(0.21 * x + 0.13 * y + 0.4 * t) + 14 * np.cos(0.09 * y - 0.17 * x + 0.2)
        + 9 * drift[t : t + height, 2 * t : 2 * t + width]
        for t in range(frames)
    ]  # fmt: skip
    lightness = np.clip(planes, -48, 48)
    reference = np.clip(lightness[:1] + 1.5 * grain, -48, 48)
    a = 45 * np.sin(0.11 * x + 0.3) + 15 * np.cos(0.19 * y)
    b = 40 * np.cos(0.07 * x - 0.15 * y) + 20 * np.sin(0.05 * y)
    return _tensor(lightness)[:, None], _tensor(reference)[:, None], _tensor(np.stack([a, b]))[None]


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def far(found: Tensor, expected: NDArray[Any]) -> tuple[float, float]:
    """Largest and mean difference."""
    assert found.shape == expected.shape
    difference = np.abs(found.numpy() - expected.astype(np.float32))
    return float(difference.max()), float(difference.mean())


# Names and shapes


def test_every_entry_has_the_name_and_the_shape_that_the_authors_code_loads() -> None:
    """`keys.txt`: network, entry and shape; strict loading in the authors' code asks for exactly these."""
    expected = dict(line.rsplit(" ", 1) for line in (GOLDENS / "keys.txt").read_text().splitlines())
    with torch.device("meta"):
        clip = ClipNetwork()
        parts = {"stage1": SingleImageNetwork(), "encoder": clip.encoder, "decoder": clip.decoder, "inter": clip.inter}
    found = {
        f"{name} {key}": "x".join(map(str, value.shape))
        for name, part in parts.items() for key, value in part.state_dict().items()
    }  # fmt: skip
    assert found == expected


def test_the_numbers_of_parameters_are_the_papers() -> None:
    with torch.device("meta"):
        clip, single = ClipNetwork(), SingleImageNetwork()
    counts = [sum(each.numel() for each in part.parameters()) for part in (clip.encoder, clip.decoder, clip.inter)]
    assert counts == [88_657_064, 57_388_874, 2_168_960]
    assert sum(each.numel() for each in clip.parameters()) == 148_214_898
    assert sum(each.numel() for each in single.parameters()) == 32_802_658


# Stage 1


@pytest.mark.parametrize(("name", "seed", "size"), [("a", 2041, (64, 96)), ("b", 2024, (72, 104))])
def test_stage_1_colors_as_the_authors_code_does(name: str, seed: int, size: tuple[int, int]) -> None:
    lightness, _, _ = scene(seed, *size, frames=7 if name == "a" else 1)
    ab = stage1()(without_frame_before(lightness[:1]))
    assert far(ab, golden("stage1")[name])[0] < 0.1


def test_stage_1_reads_its_eight_channels_in_the_authors_order() -> None:
    found = stage1()(torch.from_numpy(golden("stage1")["c_in"]))
    assert far(found, golden("stage1")["c"])[0] < 0.1


# Preparation, to the code (scikit-image 0.26 made the goldens; an older one of the authors' may differ by 1)


@pytest.mark.parametrize("name", ["tall", "wide", "same", "up"])
def test_a_picture_is_scaled_to_cover_and_its_middle_kept(name: str) -> None:
    prepared = cover(golden("stage1")[f"{name}_in"], (48, 64))
    assert prepared.dtype == np.uint8
    assert np.abs(prepared.astype(int) - golden("stage1")[name]).max() <= 1


def test_a_picture_of_that_size_stays_as_it_is() -> None:
    picture = golden("stage1")["tall"]
    assert cover(picture, (48, 64)) is picture


def test_a_picture_goes_all_the_way_through_stage_1_as_in_the_authors_code() -> None:
    """8-bit in, 96 x 168, worked on at 64 x 96, 8-bit out: 2 codes, since truncation doubles a rounding error."""
    lab = torch.from_numpy(lab_of(cover(golden("stage1")["whole_in"], (96, 168))))[None]
    small = nn.functional.interpolate(lab[:, :1] - 50, (64, 96), mode="bilinear")
    ab = nn.functional.interpolate(stage1()(without_frame_before(small)), (96, 168), mode="bilinear")
    written = picture_of(torch.cat([lab[:, :1], ab], dim=1)[0].numpy())
    assert np.abs(written.astype(int) - golden("stage1")["whole"]).max() <= 2


# Stage 2

CHUNKS = ("c1", "c2", "c3", "odd")


@cache
def colored(temperature: float = HARD) -> dict[str, tuple[ChunkColor, dict[str, Tensor]]]:
    """The goldens' chunks: three of one clip of seven frames, its last of one frame, and one of another clip."""
    frames, reference, ab = scene(2041, 64, 96, 7)
    found, memory = {}, None
    for name, chunk in zip(CHUNKS, torch.split(frames, 3), strict=False):
        found[name] = run(torch.cat([reference, chunk]), ab, memory, temperature)
        memory = found[name][0].memory
    frames, reference, ab = scene(2027, 72, 104, 1)
    found["odd"] = run(torch.cat([reference, frames]), ab, None, temperature)
    return found


def run(
    lightness: Tensor, ab: Tensor, memory: Tensor | None, temperature: float
) -> tuple[ChunkColor, dict[str, Tensor]]:
    """The chunk, and what the modules in between gave; the reference's part and the frames' are joined again."""
    with listening(clip_network()) as heard, torch.inference_mode():
        found = clip_network()(lightness, ab, memory, temperature)
    return found, {name: torch.cat(parts) for name, parts in heard.items()} | {"mem": found.memory}


@contextmanager
def listening(network: ClipNetwork) -> Iterator[dict[str, list[Tensor]]]:
    heard: dict[str, list[Tensor]] = defaultdict(list)

    def hook(name: str, pick: Callable[[Any], Tensor]) -> Callable[[nn.Module, Any, Any], None]:
        return lambda _, __, output: heard[name].append(pick(output).clone())

    body, layers = network.encoder.backbone[0].get_submodule("body"), network.encoder.layers
    listened: list[tuple[str, nn.Module, Callable[[Any], Tensor]]] = [
        *((f"tap_{name}", body.get_submodule(name.replace("_", ".")), lambda x: x)
          for name in ("layer1_1", "layer2_2", "layer3_2", "layer3_18")),
        ("tok_in", layers.project2trans, lambda x: x),
        ("cnn_in", layers.project2cnn, lambda x: x),
        ("fused", network.decoder.warper, lambda x: x),
    ]  # fmt: skip
    for number, layer in enumerate(layers.layers):
        listened += [
            (f"enc{number}_conv", layer.get_submodule("conv"), lambda x: x),
            (f"enc{number}_attn", layer.get_submodule("self_attn"), lambda x: x[0]),
            (f"enc{number}_cnn", layer, lambda x: x[0]),
            (f"enc{number}_tok", layer, lambda x: x[1]),
        ]
    hooks = [module.register_forward_hook(hook(name, pick)) for name, module, pick in listened]
    yield heard
    for each in hooks:
        each.remove()


@pytest.mark.parametrize("chunk", CHUNKS)
def test_what_lies_in_between_has_the_statistics_of_the_authors_code(chunk: str) -> None:
    """Mean, standard deviation and largest size of the whole tensors."""
    heard = colored()[chunk][1]
    names = golden("stage2")["names"]
    found = [[x.double().mean(), x.double().std(correction=0), x.abs().max()] for x in (heard[name] for name in names)]
    assert np.abs(np.array(found) - golden("stage2")[f"{chunk}_statistics"]).max() < 1e-3


@pytest.mark.parametrize("chunk", CHUNKS)
def test_places_correspond_as_in_the_authors_code(chunk: str) -> None:
    """Where the best place leads by more than float noise it is the same one, so its very colour comes back."""
    found, expected = colored()[chunk][0], golden("stage2")
    similarity = found.warped.similarity.flatten(2).transpose(1, 2).reshape(-1, 2)
    assert far(similarity, expected[f"{chunk}_similarity"])[0] < 5e-5
    _, reference, ab = scene(2027, 72, 104, 1) if chunk == "odd" else scene(2041, 64, 96, 7)
    palette = ab[0, :, ::4, ::4].flatten(1).T.numpy() / 128
    best, margin = expected[f"{chunk}_best"], expected[f"{chunk}_margin"]
    warped = found.warped.ab.flatten(3).permute(0, 3, 1, 2).reshape(-1, 2, 2).numpy()
    is_clear = margin > 1e-4
    assert is_clear.mean() > 0.98
    assert np.abs(warped - palette[best])[is_clear].max() < 1e-6
    assert len(reference) == 1


@pytest.mark.parametrize("chunk", CHUNKS)
def test_stage_2_colors_as_the_authors_code_does(chunk: str) -> None:
    """The first chunk has no memory, the second reads it, the third, of one frame, reads what the second left."""
    largest, mean = far(colored()[chunk][0].ab, golden("stage2")[f"{chunk}_ab"])
    assert largest < AB
    assert mean < AB / 10


def test_the_memory_after_three_chunks_is_that_of_the_authors_code() -> None:
    memory = colored()["c3"][0].memory
    assert len(memory) == 4 * 8 * 12  # the first chunk's places, also when a shorter one read it
    assert far(memory[::4, ::16], golden("stage2")["c3_memory"])[0] < 1e-3


def test_a_warm_correspondence_mixes_colors_as_in_the_authors_code() -> None:
    frames, reference, ab = scene(2041, 64, 96, 7)
    found, _ = run(torch.cat([reference, frames[:3]]), ab, None, 0.01)
    assert far(found.warped.planes, golden("stage2")["c1_soft"])[0] < 1e-3


def test_positions_are_those_of_the_authors_code() -> None:
    found = positions(4, torch.empty(4, 1, 16, 24))
    assert found.shape == (4 * 16 * 24, 384)
    assert far(found[::29, ::8], golden("stage2")["positions"])[0] < 3e-4  # kept in fp16


def test_places_that_are_equally_good_share() -> None:
    """Identical places of a reference (a black bar) have identical features; their colours are averaged."""
    keys = torch.eye(4)[[0, 0, 1]]
    values: Array = np.array([[10, 0], [20, 4], [90, 9]], np.float32)
    ab, best = look_up(torch.eye(4)[:2], keys, torch.from_numpy(values), HARD)
    assert ab.tolist() == [[15, 2], [90, 9]]
    assert best.tolist() == [1, 1]


def test_long_queries_are_looked_up_in_parts_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    random = torch.Generator().manual_seed(0)
    queries, keys, values = (torch.rand(size, generator=random) for size in ((50, 8), (30, 8), (30, 2)))
    whole = look_up(queries, keys, values, 0.01)
    monkeypatch.setattr("vs_tcvc.networks.published.warp.AT_ONCE", 7)
    parts = look_up(queries, keys, values, 0.01)
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(whole, parts, strict=True))


# Learning


def test_a_chunk_teaches_every_weight_that_it_uses() -> None:
    """All but the parts that no result depends on; the encoder learns by its map, for its tokens are cut off."""
    network = deepcopy(clip_network()).requires_grad_()
    frames, reference, ab = scene(1, 32, 32, 1)
    first = network(torch.cat([reference, frames]), ab, None, 0.01)
    found = network(torch.cat([reference, frames]), ab, first.memory, 0.01)
    (found.ab.square().mean() + found.warped.ab.square().mean()).backward()
    untaught = {key for key, value in network.named_parameters() if value.grad is None}
    unused = tuple(
        f"encoder.backbone.0.body.{each}." for each in (*(f"layer3.{n}" for n in range(19, 23)), "layer4", "fc")
    )
    assert not first.memory.requires_grad
    assert {
        key for key in untaught if not key.startswith((*unused, "decoder.warper.warp_layer.refine_net.", "inter."))
    } == set()
    assert any(key.startswith(unused) for key in untaught)
