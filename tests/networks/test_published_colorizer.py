"""The published networks behind the protocol, with weights made from their names: memory as a value, any order, hosts.

What they colour is noise, which is what these laws need: a frame too many or too few, or another order, shows at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from fakes import looks
from published_fill import clip_network, stage1
from torch_threads import counting_threads

from ffmpeg_filters import pipe, y4m
from vs_tcvc.backends import make_colorizer
from vs_tcvc.backends import torch as backend
from vs_tcvc.cli import main
from vs_tcvc.core.any_order import Limits, Need, Session
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.errors import FrameError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.published.checkpoint import load_networks
from vs_tcvc.networks.published.colorizer import PublishedColorizer, PublishedMemory
from vs_tcvc.settings import Settings

SIZE = (64, 64)
CPU = torch.device("cpu")


@cache
def network() -> PublishedColorizer:
    return PublishedColorizer(stage1(), clip_network(), Arithmetic(CPU))


def lightness(count: int, size: tuple[int, int] = SIZE, seed: int = 0) -> Array:
    """L* of frames that differ."""
    return np.random.default_rng(seed).uniform(0, 100, (count, *size)).astype(np.float32)


def reference(size: tuple[int, int] = SIZE, seed: int = 1) -> Reference:
    ab = np.random.default_rng(seed).uniform(-60, 60, (2, *size)).astype(np.float32)
    return Reference(0, lightness(1, size, seed)[0], ab, "painted")


def contents(value: Any) -> Iterator[bytes]:
    """Bytes of all that a memory holds."""
    for each in fields(value):
        part = getattr(value, each.name)
        if is_dataclass(part):
            yield from contents(part)
        elif isinstance(part, torch.Tensor):
            yield part.contiguous().numpy().tobytes()
        else:
            yield repr(part).encode()


# The protocol


def test_a_chunk_of_1_to_3_frames_comes_back_and_a_memory_is_never_changed() -> None:
    """A short chunk reads and leaves the memory of a full one; any chunk may be had again from the memory before."""
    colorizer: Colorizer[PublishedMemory] = network()
    assert colorizer.window == 3
    begun = colorizer.begin([reference()])
    before, frames = list(contents(begun)), lightness(3)
    memory, ab, confidence = colorizer.colorize(begun, frames)
    after = list(contents(memory))
    for count in (1, 2):
        tail, *planes = colorizer.colorize(memory, frames[:count])
        assert [plane.shape for plane in planes] == [(count, 2, *SIZE), (count, *SIZE)]
        assert tail.tokens is not None
        assert memory.tokens is not None
        assert tail.tokens.shape == memory.tokens.shape
    again, *same = colorizer.colorize(begun, frames)
    assert [plane.tobytes() for plane in same] == [ab.tobytes(), confidence.tobytes()]
    assert (list(contents(begun)), list(contents(memory)), list(contents(again))) == (before, after, after)
    assert ab.dtype == confidence.dtype == np.float32
    assert 0 <= confidence.min() < confidence.max() <= 1
    assert np.abs(ab).max() <= 128


def test_memory_does_not_grow_with_the_run() -> None:
    memory, sizes = network().begin([reference()]), []
    for frame in lightness(3):
        memory, _, _ = network().colorize(memory, frame[None])
        sizes.append(sum(map(len, contents(memory))))
    assert len(set(sizes)) == 1


def test_a_prediction_is_stage_1_without_prior_knowledge() -> None:
    frame = lightness(1)
    x = torch.zeros(1, 8, *SIZE)
    x[:, :4], x[:, 7] = 0.5, torch.from_numpy(frame[0]) - 50
    with torch.inference_mode():
        expected = stage1()(x)[0].numpy()
    assert network().predict(frame[0]).ab.tobytes() == expected.tobytes()


@pytest.mark.parametrize("size", [(30, 45), (20, 17)])
def test_sides_that_are_no_multiples_of_8_are_resized_and_brought_back(size: tuple[int, int]) -> None:
    painted, frames = reference(size), lightness(1, size)
    assert network().predict(frames[0]).ab.shape == (2, *size)
    _, ab, confidence = network().colorize(network().begin([painted]), frames)
    assert (ab.shape, confidence.shape) == ((1, 2, *size), (1, *size))
    assert np.isfinite(ab).all()


def test_a_reference_of_another_size_is_refused() -> None:
    with pytest.raises(FrameError, match=r"a reference of the frames' size \(64, 64\), got \(32, 64\); resize it"):
        network().colorize(network().begin([reference((32, 64))]), lightness(1))


def test_the_last_reference_counts() -> None:
    one, other = reference(seed=1), reference(seed=2)
    assert list(contents(network().begin([other, one]))) == list(contents(network().begin([one])))
    assert list(contents(network().begin([other]))) != list(contents(network().begin([one])))


def test_confidence_is_the_mean_similarity_of_both_heads() -> None:
    """At 1/4 of the size, enlarged; -1 to 1 as it comes, nothing below 0."""
    painted, frames = reference(), lightness(1)
    with torch.inference_mode():
        begun = clip_network().begin(
            torch.from_numpy(painted.lightness)[None, None] - 50, torch.from_numpy(painted.ab)[None]
        )
        similarity = clip_network().colorize(begun, torch.from_numpy(frames)[None] - 50, None, 1e-10).warped.similarity
    small = similarity.mean(dim=1).clamp_min(0).numpy()[0]
    _, _, confidence = network().colorize(network().begin([painted]), frames)
    assert np.allclose(confidence[0], cv2.resize(small, SIZE, interpolation=cv2.INTER_LINEAR), atol=1e-5)


def test_bf16_compares_places_in_fp32() -> None:
    rough = PublishedColorizer(stage1(), clip_network(), Arithmetic(CPU, torch.bfloat16))
    memory, ab, confidence = rough.colorize(rough.begin([reference()]), lightness(1))
    assert ab.dtype == confidence.dtype == np.float32
    assert np.isfinite(ab).all()
    assert memory.tokens is not None
    fine = network().colorize(network().begin([reference()]), lightness(1))[2]
    assert 0 < np.abs(fine - confidence).mean() < 0.05  # the features that are compared have 8 bits of mantissa


@pytest.mark.parametrize("threads", [1, 3])
def test_a_call_works_with_its_threads_whatever_was_set_before(threads: int) -> None:
    colorizer = PublishedColorizer(stage1(), clip_network(), Arithmetic(CPU, threads=threads))
    with counting_threads(host=2) as counts:
        colorizer.predict(lightness(1, (16, 16))[0])
    assert counts == {threads}


# Any order

LENGTH, CUT = 8, 5
"""A shot of five frames, so a chunk of three and one of two, and one of three."""


@cache
def grays() -> list[GrayFrame]:
    return [GrayFrame(index, plane) for index, plane in enumerate(lightness(LENGTH, (32, 40)))]


def test_any_order_of_asking_gives_the_same_bytes_as_a_stream() -> None:
    """Kept states are few, so that chunks are coloured again from others' memories."""
    stream = Stream(Engine(network()), Anchors(ListedCuts([CUT])))
    in_order = [chroma for frame in grays() for chroma in stream.push(frame)] + stream.finish()
    assert [chroma.anchor for chroma in in_order] == [0] * CUT + [CUT] * (LENGTH - CUT)
    limits = Limits(recent=1, checkpoints=1, spacing=3, results=1, decisions=1, chunk=1)
    session = Session(Engine(network()), Anchors(ListedCuts([CUT])), length=LENGTH, limits=limits)
    for n in Random(3).sample(range(LENGTH), LENGTH):
        assert looks(answer(session, n)) == looks(in_order[n])


def answer(session: Session[PublishedMemory], n: int) -> Chroma:
    reply = session.ask(n)
    while isinstance(reply, Need):
        reply = session.give(reply, {index: grays()[index] for index in reply.frames})
    return reply


# Hosts, with an imported file


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's data folder, after an import of files as the authors' code keeps them."""
    folder = tmp_path_factory.mktemp("published")
    clip, files = clip_network(), {name: folder / f"{name}.pth" for name in ("stage1", "encoder", "decoder")}
    torch.save(stage1().state_dict(), files["stage1"])
    encoder = {"model": clip.encoder.state_dict(), "inter_save": clip.inter.state_dict()}
    torch.save(encoder, files["encoder"])
    torch.save({"model": clip.decoder.state_dict()}, files["decoder"])
    words = [str(word) for name, path in files.items() for word in (f"--{name}", path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        assert main(["weights", "import", *words]) == 0
        for path in files.values():
            path.unlink()
        yield folder
    backend.published.cache_clear()
    weights_file.WeightsFile(folder / "vs-tcvc" / "weights" / "published.safetensors").path.unlink()


def test_an_imported_network_is_the_one_that_was_saved(imported: Path) -> None:
    again = load_networks(weights_file.choose("published"))
    assert all(
        torch.equal(value, again.clip.state_dict()[key]) for key, value in clip_network().state_dict().items()
    )  # fmt: skip
    assert all(torch.equal(value, again.stage1.state_dict()[key]) for key, value in stage1().state_dict().items())
    assert not any(each.training for each in (*again.clip.modules(), *again.stage1.modules()))


def film(frames: int) -> list[bytes]:
    random = np.random.default_rng(0)
    return [random.integers(16, 236, SIZE).astype(np.uint8).tobytes() for _ in range(frames)]


def piped(luma: Sequence[bytes], *arguments: str) -> list[list[bytes]]:
    """Planes of the frames that the pipe makes."""
    source, sink = io.BytesIO(), io.BytesIO()
    writer = y4m.Writer(source, y4m.parse_header(b"YUV4MPEG2 W64 H64 F24:1 Cmono\n"))
    for plane in luma:
        writer.write(b"", [plane])
    writer.close()
    assert pipe.main(["--quiet", *arguments], io.BytesIO(source.getvalue()), sink) == 0
    return [[bytes(plane) for plane in frame.planes] for frame in y4m.Reader(io.BytesIO(sink.getvalue()))]


HERE = ("--model", "published", "--device", "cpu", "--size", "64", "--threads", "1", "--cuts", "none")


def test_the_pipe_colors_with_it(imported: Path) -> None:
    """Five frames are a chunk of three and one of two; luma is the source's."""
    luma = film(5)
    frames = piped(luma, *HERE)
    assert [frame[0] for frame in frames] == luma
    assert len({frame[1] for frame in frames}) == 5
    chosen = make_colorizer(Settings(model="published", device="cpu", threads=1))[1]
    assert str(chosen) == "published on cpu (torch, fp32, 1 threads)"
    assert chosen.weights_sha256 == weights_file.choose("published").sha256


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no VapourSynth for this Python")
def test_vapoursynth_gives_the_pipes_pixels_in_any_order(imported: Path) -> None:
    from vs_clips import clip_of, vs

    luma = film(4)
    expected = piped(luma, *HERE, "--chroma", "444")
    planes = [[np.frombuffer(plane, np.uint8).reshape(SIZE)] for plane in luma]
    clip = clip_of(planes, vs.GRAY8)
    colored = clip.tcvc.Colorize(model="published", device="cpu", size=64, threads=1, cuts=[])
    for n in (3, 0, 2, 1):
        with colored.get_frame(n) as frame:
            assert [np.asarray(frame[part]).tobytes() for part in range(3)] == expected[n]


def test_without_an_import_the_pipe_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert pipe.main(["--model", "published"], io.BytesIO(b"YUV4MPEG2 W64 H64 F24:1 Cmono\n"), io.BytesIO()) == 1
    said = capfd.readouterr().err
    assert "no weights for model 'published' are here" in said
    assert "tcvc weights import --stage1 FILE --encoder FILE --decoder FILE" in said
