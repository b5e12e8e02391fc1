"""Laws of the compact network with the weights that ship: what the protocol promises, and what colour must do.

No law depends on what the network was trained on: none names a colour that it has to find.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
import torch
from fakes import looks
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from network_films import cpu_network, film
from torch import Tensor

from vs_tcvc.backends.openvino import is_here
from vs_tcvc.core.any_order import Limits, Need, Session
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact.bins import bin_centres
from vs_tcvc.networks.compact.checkpoint import load_networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer, CompactMemory
from vs_tcvc.networks.compact.motion_trace import places, trace
from vs_tcvc.networks.compact.propagation import LARGEST_GUESS
from vs_tcvc.networks.compact.reference import SCALE, ReferenceNetwork, spread
from vs_tcvc.networks.compact.warp import sample
from vs_tcvc.picture.color import rgb_from_lab
from vs_tcvc.picture.motion import Gray

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket")
BACKENDS = ("torch", *(["openvino"] if is_here() else []))

Network = CompactColorizer[Any]
Change = Callable[[CompactMemory[Any]], CompactMemory[Any]]


@pytest.fixture(scope="module", params=BACKENDS)
def network(request: pytest.FixtureRequest) -> Network:
    return cpu_network(request.param)


def colored(
    network: Network, frames: tuple[Reference, ...], memory: CompactMemory[Any]
) -> tuple[CompactMemory[Any], Array]:
    """The memory after the frames, and the last one's ab."""
    for frame in frames:
        memory, ab, _ = network.colorize(memory, frame.lightness[None])
    return memory, ab[0]


def contents(value: Any) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of all that a memory holds."""
    for each in fields(value):
        part = getattr(value, each.name)
        if is_dataclass(part):
            yield from contents(part)
        elif isinstance(part, (int, float)):
            yield each.name, str(part).encode()
        else:
            yield (
                each.name,
                b"".join(np.asarray(one).tobytes() for one in (part if isinstance(part, tuple) else (part,))),
            )


def bytes_kept(value: Any) -> int:
    """Memory that is not freed as long as `value` lives: whole buffers, also those that are seen in part."""
    buffers: dict[int, int] = {}

    def visit(part: Any) -> None:
        if isinstance(part, Tensor):
            buffers[part.untyped_storage().data_ptr()] = part.untyped_storage().nbytes()
        elif isinstance(part, np.ndarray):
            owner = part if part.base is None else part.base
            buffers[part.__array_interface__["data"][0]] = owner.nbytes
        elif isinstance(part, tuple):
            for each in part:
                visit(each)
        elif is_dataclass(part):
            for field in fields(part):
                visit(getattr(part, field.name))

    visit(value)
    return sum(buffers.values())


def difference(one: Array, other: Array) -> float:
    return float(np.abs(one - other).mean())


# The protocol


@pytest.mark.parametrize("size", [(64, 64), (64, 112), (112, 64), (72, 88), (104, 72)])
def test_any_size_of_multiples_of_8_is_colored(network: Network, size: tuple[int, int]) -> None:
    colorizer: Colorizer[CompactMemory[Any]] = network
    first, second = film("astronaut", 2, size)
    memory = colorizer.begin([replace(first, ab=colorizer.predict(first.lightness).ab)])
    _, ab, confidence = colorizer.colorize(memory, second.lightness[None])
    assert colorizer.window == 1
    assert (ab.shape, confidence.shape) == ((1, 2, *size), (1, *size))
    assert ab.dtype == confidence.dtype == np.float32
    assert np.isfinite(ab).all()
    assert ((confidence >= 0) & (confidence <= 1)).all()


@pytest.mark.parametrize("size", [(64, 96), (96, 64), (144, 144), (200, 64), (16, 40)])
def test_a_prediction_has_the_size_of_its_frame_and_lies_among_the_bins(
    network: Network, size: tuple[int, int]
) -> None:
    """Every predicted colour is a mean of bins, made stronger: decoding, spreading and enlarging all take means."""
    ab = network.predict(film("coffee", 1, size)[0].lightness).ab
    assert ab.shape == (2, *size)
    assert ab.dtype == np.float32
    strength = load_networks(weights_file.choose("compact")).decoding.strength
    assert np.abs(ab).max() <= strength * np.abs(bin_centres()).max() + 1e-3


def test_equal_arguments_give_equal_bytes(network: Network) -> None:
    first, second = film("chelsea", 2)
    assert network.predict(first.lightness).ab.tobytes() == network.predict(first.lightness.copy()).ab.tobytes()
    one, other = network.begin([first]), network.begin([replace(first, ab=first.ab.copy())])
    assert list(contents(one)) == list(contents(other))
    after, *planes = network.colorize(one, second.lightness[None])
    again, *same = network.colorize(other, second.lightness[None])
    assert [plane.tobytes() for plane in planes] == [plane.tobytes() for plane in same]
    assert list(contents(after)) == list(contents(again))


def test_no_call_changes_a_memory_or_a_picture_that_it_was_given(network: Network) -> None:
    frames = film("astronaut", 3)
    pictures = [(frame.lightness.tobytes(), frame.ab.tobytes()) for frame in frames]
    memories = [network.begin([frames[0]])]
    found = [list(contents(memories[0]))]
    for frame in frames[1:]:
        memories.append(network.colorize(memories[-1], frame.lightness[None])[0])
        found.append(list(contents(memories[-1])))
    network.begin(frames)
    network.predict(frames[0].lightness)
    network.colorize(memories[0], frames[2].lightness[None])
    assert [list(contents(memory)) for memory in memories] == found
    assert [(frame.lightness.tobytes(), frame.ab.tobytes()) for frame in frames] == pictures


def test_a_memory_takes_at_most_8_megabytes_and_does_not_grow(network: Network) -> None:
    first, *later = film("rocket", 6, (216, 384))
    memory = network.begin([first])
    kept = []
    for frame in later:
        memory, _, _ = network.colorize(memory, frame.lightness[None])
        kept.append(bytes_kept(memory))
    assert max(kept) <= 8e6
    assert kept == [kept[0]] * 5


@pytest.mark.parametrize("guessed", [1, 2, -1], ids=["right", "one too far", "one back"])
def test_what_is_said_to_be_coming_never_changes_a_byte_and_is_not_worked_on_twice(
    network: Network, guessed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = Mock(wraps=trace)
    monkeypatch.setattr("vs_tcvc.networks.compact.motion_trace.trace", searched)
    first, *later = film("coffee", 6)
    memory = other = network.begin([first])
    for index, frame in enumerate(later):
        coming = later[index + guessed].lightness if 0 <= index + guessed < len(later) else None
        memory, *planes = network.colorize(memory, frame.lightness[None])
        other, *same = network.colorize(other, frame.lightness[None], coming)
        assert [plane.tobytes() for plane in planes] == [plane.tobytes() for plane in same]
        assert list(contents(memory)) == list(contents(other))
    assert (searched.call_count == 2 * len(later)) == (guessed == 1)


def test_what_finds_motion_ahead_ends_with_the_thread_that_asked_for_it(network: Network) -> None:
    def helpers() -> int:
        return sum(thread.name.startswith("tcvc motion") for thread in threading.enumerate())

    def color() -> int:
        first, second, third = film("coffee", 3)
        network.colorize(network.begin([first]), second.lightness[None], third.lightness)
        return helpers()

    before = helpers()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(color).result() == before + 1
    patience = time.monotonic() + 20
    while helpers() > before and time.monotonic() < patience:
        time.sleep(0.01)
    assert helpers() == before


def test_threads_that_color_at_once_get_the_bytes_of_one_alone(network: Network) -> None:
    films = [film(name, 4) for name in PHOTOGRAPHS]

    def last(frames: tuple[Reference, ...]) -> bytes:
        return colored(network, frames[1:], network.begin([frames[0]]))[1].tobytes()

    alone = [last(frames) for frames in films]
    with ThreadPoolExecutor(len(films)) as pool:
        assert list(pool.map(last, films)) == alone


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_flash_does_not_spoil_the_colors_after_it(network: Network, name: str, length: int) -> None:
    """As far from the truth as without the flash, and half as much again for what moved meanwhile."""
    first, *later = film(name, 8)
    flash = later[2 : 2 + length]
    white = [replace(frame, lightness=np.float32(90) + frame.lightness / np.float32(20)) for frame in flash]
    memory = network.begin([first])
    undisturbed = difference(colored(network, tuple(later), memory)[1], later[-1].ab)
    flashed = difference(colored(network, (*later[:2], *white, *later[2 + length :]), memory)[1], later[-1].ab)
    assert flashed < 1.5 * undisturbed


def test_a_change_that_lasts_is_taken_in(network: Network) -> None:
    """The third frame of another light belongs to the shot, and is what the next one goes on from."""
    first, *later = film("coffee", 2)
    other = [replace(frame, lightness=frame.lightness / np.float32(4)) for frame in film("coffee", 4)]
    memory = network.begin([first])
    for frame in (*later, *other):
        memory, _, _ = network.colorize(memory, frame.lightness[None])
    assert memory.trace.left_out == 0
    assert np.array_equal(np.asarray(memory.before)[0, 0], other[-1].lightness)


def test_color_never_runs_away_however_long_and_wild_the_shot(network: Network) -> None:
    """What is handed on stays within the reference's colours and C2's bounded guess.

    Tolerance for sums of shares in float32.
    """
    reference = film("coffee", 1)[0]
    lowest = np.minimum(reference.ab.min(axis=(1, 2)), -LARGEST_GUESS)
    highest = np.maximum(reference.ab.max(axis=(1, 2)), LARGEST_GUESS)
    memory, rng = network.begin([reference]), np.random.default_rng(0)
    for _ in range(60):
        noise = rng.uniform(0, 100, (1, *reference.lightness.shape)).astype(np.float32)
        memory, _, _ = network.colorize(memory, noise)
        ab = np.asarray(memory.before)[0, 1:3]
        assert (ab.min(axis=(1, 2)) >= lowest - 1e-2).all()
        assert (ab.max(axis=(1, 2)) <= highest + 1e-2).all()


@pytest.mark.parametrize("more", [1, 2])
def test_every_reference_guides_and_the_last_is_also_the_frame_before(network: Network, more: int) -> None:
    last, now = film("astronaut", 2)
    others = [film(name, 1)[0] for name in PHOTOGRAPHS[1 : more + 1]]
    alone, together = network.begin([last]), network.begin([*others, last])
    assert together.references[1].shape[2] == (more + 1) * alone.references[1].shape[2]
    assert (np.asarray(together.before)[0, 1:3] == last.ab).all()
    assert difference(colored(network, (now,), alone)[1], colored(network, (now,), together)[1]) > 0


# What colour must do


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_frame_of_the_reference_gets_the_color_of_the_reference(network: Network, name: str) -> None:
    """Where nothing has moved there is nothing to find.

    Tolerance: half of what an eye sees (2.3 units of a*, b*). Trained weights come within 0.1; the plain mean of the
    network's candidates, two of which know the colour only at 1/8 of the size, is 1 to 6 off.
    """
    (frame,) = film(name, 1)
    _, ab = colored(network, (frame,), network.begin([frame]))
    assert difference(ab, frame.ab) < 1
    assert np.abs(frame.ab).mean() > 5  # so that gray would fail


def with_other_reference(memory: CompactMemory[Any]) -> CompactMemory[Any]:
    """The frame before keeps its colour; the reference has the opposite one."""
    features, color = memory.references
    return replace(memory, picture=opposite(memory.picture), references=(features, opposite(color)))


def with_other_previous(memory: CompactMemory[Any]) -> CompactMemory[Any]:
    """The reference keeps its colour; the frame before has the opposite one."""
    features, color = memory.previous
    return replace(memory, before=opposite(memory.before), previous=(features, opposite(color)))


def opposite(picture: Any) -> Any:
    """(L*,) ab and certainty (1, 3 or 4, ...), an array or a tensor, with the opposite ab."""
    signs = np.array([1, -1, -1, 1], np.float32)[-picture.shape[1] :].reshape(1, -1, *(picture.ndim - 2) * [1])
    return picture * (torch.from_numpy(signs) if isinstance(picture, Tensor) else signs)


@pytest.mark.parametrize("changed", [with_other_reference, with_other_previous])
def test_a_changed_memory_changes_the_color(network: Network, changed: Change) -> None:
    """A network that ignores its memory would keep every law of order. Mean over four shots, in units of a*, b*."""
    moved = []
    for name in PHOTOGRAPHS:
        first, *middle, now = film(name, 4)
        memory, _ = colored(network, tuple(middle), network.begin([first]))
        moved.append(difference(*(colored(network, (now,), each)[1] for each in (memory, changed(memory)))))
    assert np.mean(moved) > 1


@pytest.mark.parametrize("certain", [0.25, 0.5])
def test_a_reference_that_is_less_sure_gives_the_same_color_and_less_confidence(
    network: Network, certain: float
) -> None:
    """Confidence is the certainty of the colour times that of its propagation, on every later frame."""
    first, *later = film("astronaut", 4)
    guessed = replace(first, certainty=np.full_like(first.lightness, certain))
    sure, unsure = network.begin([first]), network.begin([guessed])
    for frame in later:
        sure, ab, confidence = network.colorize(sure, frame.lightness[None])
        unsure, same, less = network.colorize(unsure, frame.lightness[None])
        assert same.tobytes() == ab.tobytes()
        assert (less <= confidence).all()
        assert less.mean() == pytest.approx(certain * confidence.mean(), rel=0.1)  # a guess of C2 has its own


def test_certainty_goes_where_its_color_goes(network: Network) -> None:
    """The camera moves right: what was certain in the right half of the reference is soon in the left half too."""
    first, *later = film("astronaut", 12)
    half = first.lightness.shape[1] // 2
    certainty = np.where(np.arange(2 * half) < half, np.float32(0.1), np.float32(1)) + 0 * first.lightness
    memory = network.begin([replace(first, certainty=np.asarray(certainty, np.float32))])
    for frame in later:
        memory, _, confidence = network.colorize(memory, frame.lightness[None])
    moved = 2 * len(later)
    left, passed = confidence[0][:, : half - moved - 8], confidence[0][:, half - moved + 8 : half]
    assert left.mean() < passed.mean() / 2


def test_a_description_tells_scenes_apart(network: Network) -> None:
    """Of equal length for all sizes, and nearer to a later frame of its own film than to any other film."""
    firsts = [network.describe(film(name, 1)[0].lightness) for name in PHOTOGRAPHS]
    later = [network.describe(film(name, 9)[8].lightness) for name in PHOTOGRAPHS]
    likeness = np.stack(firsts) @ np.stack(later).T
    assert (likeness.argmax(axis=1) == range(len(PHOTOGRAPHS))).all()
    np.testing.assert_allclose(
        np.linalg.norm([*firsts, network.describe(np.full((216, 384), 50, np.float32))], axis=1), 1, atol=1e-4
    )


def test_another_reference_gives_another_film(network: Network) -> None:
    first, *later = film("astronaut", 4)
    begun = (network.begin([each]) for each in (first, replace(first, ab=-first.ab)))
    assert difference(*(colored(network, tuple(later), memory)[1] for memory in begun)) > 1


# Order and threads


def two_shots() -> list[GrayFrame]:
    """Four frames of one shot, then four of another."""
    shots = [frame for name in ("astronaut", "coffee") for frame in film(name, 4, (64, 64))]
    return [GrayFrame(index, frame.lightness) for index, frame in enumerate(shots)]


@pytest.fixture(scope="module")
def in_order(network: Network) -> list[Chroma]:
    """Both shots as a stream colours them."""
    stream = Stream(Engine(network), Anchors(AutoCuts()))
    results = [chroma for frame in two_shots() for chroma in stream.push(frame)]
    return results + stream.finish()


def answer(session: Session[CompactMemory[Any]], reply: Chroma | Need[CompactMemory[Any]]) -> Chroma:
    """Give what is needed until the colour is there."""
    frames = two_shots()
    while isinstance(reply, Need):
        reply = session.give(reply, {index: frames[index] for index in reply.frames})
    return reply


NOTHING_KEPT = Limits(recent=1, checkpoints=1, spacing=3, results=1, decisions=1, chunk=1)


@pytest.mark.parametrize(
    ("limits", "order"), [(NOTHING_KEPT, Random(5).sample(range(8), 8)), (Limits(), range(7, -1, -1))]
)
def test_any_order_of_asking_gives_the_same_bytes_as_a_stream(
    network: Network, in_order: list[Chroma], limits: Limits, order: Sequence[int]
) -> None:
    session = Session(Engine(network), Anchors(AutoCuts()), length=8, limits=limits)
    assert [chroma.anchor for chroma in in_order] == [0] * 4 + [4] * 4
    assert [looks(answer(session, session.ask(n))) for n in order] == [looks(in_order[n]) for n in order]


def fingerprint(backend: str) -> str:
    """A digest of all that the network gives, made and called on this thread."""
    network = cpu_network(backend)
    first, *later = film("rocket", 3)
    memory = network.begin([replace(first, ab=network.predict(first.lightness).ab)])
    after, ab = colored(network, tuple(later), memory)
    return sha256(ab.tobytes() + b"".join(held for _, held in contents(after))).hexdigest()


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_hosts_threads_do_not_matter(backend: str) -> None:
    """Neither what a host sets for OpenMP, nor the Python thread that calls the network."""
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command = [sys.executable, "-c", f"import test_compact; print(test_compact.fingerprint({backend!r}))"]
    hosts = [
        subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": threads},
                         stdout=subprocess.PIPE, text=True)
        for threads in ("1", "4")
    ]  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        elsewhere = pool.submit(fingerprint, backend).result()
    assert [host.communicate()[0].strip() for host in hosts] == [elsewhere] * 2
    assert elsewhere == fingerprint(backend)


# Bins


def test_bins_are_distinct_colors_of_srgb_with_gray_among_them() -> None:
    centres = bin_centres()
    assert centres.shape[1] == 2
    assert centres.dtype == np.float32
    assert np.abs(centres).max() <= 110
    assert len({tuple(centre) for centre in centres.tolist()}) == len(centres)
    assert (0.0, 0.0) in {tuple(centre) for centre in centres.tolist()}


def test_every_bin_can_be_shown_at_some_lightness() -> None:
    lightness = np.arange(1, 100, dtype=np.float32)
    for a, b in bin_centres().tolist():
        rgb = rgb_from_lab(np.stack([lightness, np.full_like(lightness, a), np.full_like(lightness, b)])[..., None])
        assert ((rgb > -0.01) & (rgb < 1.01)).all(axis=0).any()


@cache
def c1() -> ReferenceNetwork:
    return load_networks(weights_file.choose("compact")).reference


logits = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(0, 3, (1, len(bin_centres()), 2, 3)).astype(np.float32)
)


@given(logits)
@settings(max_examples=30)
def test_temperature_1_decodes_the_mean_of_the_bins(planes: Array) -> None:
    exact = np.exp(planes.astype(np.float64))
    mean = np.einsum("nkhw,kc->nchw", exact / exact.sum(axis=1), bin_centres())
    decoded = c1().decode(torch.from_numpy(planes), 1.0).numpy()
    assert np.allclose(decoded, mean, atol=1e-3)  # float32 sums of 300 terms up to 110


@given(logits)
@settings(max_examples=30)
def test_a_low_temperature_decodes_the_likeliest_bin(planes: Array) -> None:
    likeliest = planes.argmax(axis=1, keepdims=True)
    np.put_along_axis(planes, likeliest, planes.max() + 1, axis=1)
    decoded = c1().decode(torch.from_numpy(planes), 0.01).numpy()  # the next one has e^-100 of its share
    assert np.allclose(decoded, bin_centres()[likeliest[:, 0]].transpose(0, 3, 1, 2), atol=1e-3)


# Spreading and sampling


@given(st.integers(0, 2**32 - 1), st.floats(-110, 110, width=32), st.floats(-110, 110, width=32))
@settings(max_examples=30)
def test_one_color_spreads_as_one_color(seed: int, a: float, b: float) -> None:
    weights = torch.randn(1, 9 * SCALE**2, 3, 4, generator=torch.Generator().manual_seed(seed)) * 5
    color = torch.tensor([a, b]).view(1, 2, 1, 1)
    result = spread(color.expand(1, 2, 3, 4), weights)
    assert result.shape == (1, 2, 3 * SCALE, 4 * SCALE)
    assert torch.allclose(result, color.expand_as(result), atol=1e-3)  # nine shares add up to 1 but for rounding


@pytest.mark.parametrize("down", [-1, 0, 1])
@pytest.mark.parametrize("right", [-1, 0, 1])
def test_spreading_takes_the_neighbour_that_the_weights_name(down: int, right: int) -> None:
    coarse = torch.arange(24, dtype=torch.float32).view(1, 2, 3, 4)
    weights = torch.zeros(1, 9, SCALE**2, 3, 4)
    weights[:, 3 * (down + 1) + right + 1] = 100
    padded = np.pad(coarse.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    neighbour = padded[:, :, 1 + down : 4 + down, 1 + right : 5 + right]
    expected = neighbour.repeat(SCALE, axis=2).repeat(SCALE, axis=3)
    assert np.allclose(spread(coarse, weights.flatten(1, 2)).numpy(), expected, atol=1e-4)


pictures = arrays(
    np.float32, st.tuples(st.just(1), st.just(2), st.integers(2, 9), st.integers(2, 9)),
    elements=st.floats(-110, 110, width=32),
)  # fmt: skip


@given(pictures)
@settings(max_examples=50)
def test_sampling_every_pixel_at_its_own_place_changes_nothing(picture: Array) -> None:
    tensor = torch.from_numpy(picture)
    same = sample(tensor, torch.tensor(places(*picture.shape[2:]))[None]).numpy()
    assert np.allclose(same, picture, atol=1e-3)  # grid_sample scales places to -1..1 and back, in float32


@given(pictures, st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_sampling_is_bilinear_and_repeats_the_borders(picture: Array, seed: int) -> None:
    height, width = picture.shape[2:]
    at = np.random.default_rng(seed).uniform(-3, 12, (1, 2, 4, 5)).astype(np.float32)
    x, y = np.clip(at[0, 0], 0, width - 1), np.clip(at[0, 1], 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    plane = picture[0]
    upper = plane[:, top, left] * (1 - (x - left)) + plane[:, top, right] * (x - left)
    lower = plane[:, bottom, left] * (1 - (x - left)) + plane[:, bottom, right] * (x - left)
    expected = upper * (1 - (y - top)) + lower * (y - top)
    found = sample(torch.from_numpy(picture), torch.from_numpy(at)).numpy()[0]
    assert np.allclose(found, expected, atol=2e-3)  # a place is off by 1e-6 of the width, a step is 220 at most


def test_errors_of_motion_do_not_add_up_over_a_shot() -> None:
    """A camera that turns and zooms for 60 frames of noisy film: followed frame by frame alone, places drift off.

    Tolerance: half a pixel, what one search for motion is off on such film.
    """
    random = np.random.default_rng(0)
    still = 128 + 300 * cv2.GaussianBlur(random.standard_normal((160, 160)), (0, 0), 2)
    y, x = np.mgrid[:160, :160].astype(np.float32)

    def view(number: int) -> tuple[Gray, Array]:
        turn = cv2.getRotationMatrix2D((80, 80), 0.15 * number, 1 - 0.002 * number)
        at = np.einsum("ij,jhw->ihw", turn, np.stack([x, y, np.ones_like(x)])).astype(np.float32)
        shown = cv2.remap(still, at[0], at[1], cv2.INTER_CUBIC) + random.normal(0, 8, still.shape)
        return np.clip(np.rint(shown), 0, 255).astype(np.uint8), at

    first, _ = before, _ = view(0)
    chained = traced = places(160, 160)
    for number in range(1, 61):
        now, truth = view(number)
        x_before, y_before = trace(now, before, first, chained)[0]
        chained = np.stack([cv2.remap(one, x_before, y_before, cv2.INTER_LINEAR) for one in chained])
        traced = trace(now, before, first, traced)[1]
        before = now
    off_chained, off_traced = (float(np.hypot(*(each - truth))[40:-40, 40:-40].mean()) for each in (chained, traced))
    assert off_traced < 0.5
    assert off_chained > 2 * off_traced
