"""Laws of recorded graphs, with a stand-in for CUDA's that plays back on a CPU: into the same memory every time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from network_films import cpu_network, film

from vs_tcvc.backends import cudagraphs, make_colorizer
from vs_tcvc.backends.torch import resolve
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import DeviceError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.arithmetic import Arithmetic
from vs_tcvc.networks.compact.checkpoint import load_networks
from vs_tcvc.networks.compact.colorizer import CompactColorizer
from vs_tcvc.networks.compact.cuda_graphs import RecordedGraphs, Result
from vs_tcvc.settings import Settings

CPU = torch.device("cpu")


class Recorder:
    """made: recordings so far; played: times that one was played back."""

    def __init__(self) -> None:
        self.made = self.played = 0

    def __call__(self, function: Callable[[], Result], device: torch.device) -> tuple[Result, Callable[[], None]]:
        assert device == CPU
        self.made += 1
        result = function()

        def play() -> None:
            self.played += 1
            for own, new in zip(result, function(), strict=True):
                own.copy_(new)

        return result, play


def network(recorder: Recorder) -> CompactColorizer[Any]:
    networks = load_networks(weights_file.choose("compact"))
    return CompactColorizer(RecordedGraphs(networks, Arithmetic(CPU, threads=2), recorder))


def planes(colorizer: CompactColorizer[Any], frames: tuple[Reference, ...], references: int = 1) -> list[bytes]:
    """The bytes of every frame's colour and confidence, looked at only after the last."""
    memory, came = colorizer.begin(frames[:references]), []
    for frame in frames[references:]:
        memory, *both = colorizer.colorize(memory, frame.lightness[None])
        came += both
    return [each.tobytes() for each in came]


def test_a_recording_gives_the_bytes_of_the_network_and_is_made_once_for_a_size() -> None:
    recorder, plain = Recorder(), cpu_network("torch")
    recorded = network(recorder)
    for name in ("coffee", "rocket"):
        assert planes(recorded, film(name, 5)) == planes(plain, film(name, 5))
    assert (recorder.made, recorder.played) == (1, 8)
    assert planes(recorded, film("coffee", 3, (72, 88))) == planes(plain, film("coffee", 3, (72, 88)))
    assert planes(recorded, film("coffee", 5), 2) == planes(plain, film("coffee", 5), 2)
    assert recorder.made == 3


def test_no_value_changes_when_the_recording_is_played_again() -> None:
    recorded = network(Recorder())
    first, second, third = film("chelsea", 3)
    after, ab, _ = recorded.colorize(recorded.begin([first]), second.lightness[None])
    before, color = after.before.clone(), ab.copy()
    recorded.colorize(after, third.lightness[None])
    assert torch.equal(after.before, before)
    assert (ab == color).all()


def test_threads_that_play_at_once_have_recordings_of_their_own() -> None:
    recorder, films = Recorder(), [film(name, 4) for name in ("astronaut", "coffee", "chelsea")]
    recorded = network(recorder)
    alone = [planes(recorded, frames) for frames in films]
    with ThreadPoolExecutor(len(films)) as pool:
        assert list(pool.map(lambda frames: planes(recorded, frames), films)) == alone
    assert recorder.made <= len(films)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"device": "cpu"}, "backend cudagraphs: expected an NVIDIA GPU, got cpu; use backend auto"),
        ({"device": "cuda:99"}, "device cuda:99: expected a device of this machine"),
    ],
)
def test_it_wants_an_nvidia_gpu(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(DeviceError) as raised:
        make_colorizer(Settings(backend="cudagraphs", **options))  # type: ignore[arg-type]
    assert sentence in str(raised.value)


def test_the_published_network_is_not_recorded() -> None:
    with pytest.raises(DeviceError, match="expected model compact"):
        cudagraphs.published(weights_file.choose("compact"), resolve("cpu", "auto", 1))
