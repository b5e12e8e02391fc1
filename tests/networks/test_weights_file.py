"""Laws of weights files: what ships is whole and small; what is not the network's is refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save
from safetensors.torch import save_file

from vs_tcvc.cli import main
from vs_tcvc.errors import UsageError, WeightsError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact.checkpoint import NETWORK, VERSION, Networks, load_networks, save_networks
from vs_tcvc.networks.weights_file import WeightsFile

Arrays = dict[str, NDArray[Any]]

TINY: Arrays = {"scale": np.arange(6, dtype=np.float16).reshape(2, 3), "count": np.array([7])}


@pytest.fixture(autouse=True)
def _nothing_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no data"))


@cache
def shipped() -> WeightsFile:
    return weights_file.choose("compact")


@cache
def content() -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
    """Arrays and metadata of the shipped file."""
    return weights_file.load(shipped(), NETWORK, VERSION)


@cache
def networks() -> Networks:
    return load_networks(shipped())


def everything(of: Networks) -> dict[str, torch.Tensor]:
    """Every number of both modules that a file keeps."""
    return {
        f"{name}.{key}": value
        for name, module in (("reference", of.reference), ("propagation", of.propagation))
        for key, value in module.state_dict().items()
        if "num_batches" not in key
    }


# What ships


def test_all_parts_together_have_at_most_8_million_parameters_in_16_megabytes() -> None:
    modules = (networks().reference, networks().propagation)
    assert sum(each.numel() for module in modules for each in module.parameters()) <= 8e6
    assert shipped().path.stat().st_size <= 16e6


def test_the_file_is_fp16_and_says_what_it_is() -> None:
    arrays, metadata = content()
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    assert (metadata["network"], metadata["version"]) == (NETWORK, str(VERSION))
    assert json.loads(metadata["provenance"])
    assert 0 < networks().decoding.temperature <= 1 <= networks().decoding.strength < 2
    assert all(torch.isfinite(value).all() for value in everything(networks()).values())


def test_networks_are_ready_for_inference() -> None:
    for module in (networks().reference, networks().propagation):
        assert not module.training
        assert not any(each.requires_grad for each in module.parameters())


# Round trips


def test_what_was_saved_is_loaded_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    digest = save_networks(path, networks(), {"note": "again", "steps": 3})
    again = load_networks(WeightsFile(path, digest))
    expected, found = everything(networks()), everything(again)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert again.decoding == networks().decoding
    _, metadata = weights_file.load(WeightsFile(path), NETWORK, VERSION)
    assert json.loads(metadata["provenance"]) == {"note": "again", "steps": 3}


def test_floats_are_kept_as_fp16_and_whole_numbers_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    weights_file.save(path, {"third": np.array([1 / 3]), "count": np.array([7])}, {"network": "tiny", "version": "2"})
    arrays, _ = weights_file.load(WeightsFile(path), "tiny", 2)
    assert arrays["third"].dtype == np.float16
    assert abs(float(arrays["third"][0]) - 1 / 3) < 2**-12  # half a step of fp16 between 1/4 and 1/2
    assert (arrays["count"].dtype, arrays["count"].tolist()) == (np.dtype(int), [7])


def test_a_transposed_array_keeps_its_values(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    weights_file.save(path, {"scale": TINY["scale"].T}, {"network": "tiny", "version": "2"})
    assert (weights_file.load(WeightsFile(path), "tiny", 2)[0]["scale"] == TINY["scale"].T).all()


# Files that are refused


def renamed(arrays: Arrays) -> None:
    arrays["reference.last.norm.heavy"] = arrays.pop("reference.last.norm.weight")


def reshaped(arrays: Arrays) -> None:
    arrays["propagation.image.join.bias"] = arrays["propagation.image.join.bias"][:-1]


def shortened(arrays: Arrays) -> None:
    del arrays["propagation.correspondence.sharpness"]


def extended(arrays: Arrays) -> None:
    arrays["reference.more"] = np.zeros(1, np.float16)


def mixed(arrays: Arrays) -> None:
    arrays["discriminator.weight"] = np.zeros(1, np.float16)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (renamed, "2 weights do not fit, first reference.last.norm.heavy: expected shape None"),
        (reshaped, r"propagation.image.join.bias: expected shape \(32,\), got \(31,\)"),
        (shortened, r"propagation.correspondence.sharpness: expected shape \(\), got None"),
        (extended, r"reference.more: expected shape None, got \(1,\)"),
        (mixed, r"discriminator.weight: expected shape None, got \(1,\)"),
    ],
)
def test_every_weight_must_be_there_and_fit_and_no_other(
    tmp_path: Path, damage: Callable[[Arrays], None], named: str
) -> None:
    arrays, metadata = content()
    damaged = dict(arrays)
    damage(damaged)
    path = tmp_path / "odd.safetensors"
    weights_file.save(path, damaged, metadata)
    with pytest.raises(WeightsError, match=rf"odd\.safetensors: .*{named}"):
        load_networks(WeightsFile(path))


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ({"network": "published", "version": str(VERSION)}, f"got published version {VERSION}"),
        ({"network": "compact", "version": "1"}, "got compact version 1"),
        ({}, "got unknown version unknown"),
    ],
)
def test_weights_of_another_network_or_version_are_refused(
    tmp_path: Path, metadata: dict[str, str], found: str
) -> None:
    path = tmp_path / "other.safetensors"
    weights_file.save(path, TINY, metadata)
    expected = rf"other\.safetensors: expected weights of compact version {VERSION}, {found}"
    with pytest.raises(WeightsError, match=expected):
        load_networks(WeightsFile(path))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"temperature": "hot"}', '{"temperature": 0}', '{"temperature": NaN}', '{"strength": -1}']
)
def test_settings_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    arrays, metadata = content()
    path = tmp_path / "odd.safetensors"
    weights_file.save(path, arrays, {**metadata, "settings": text})
    with pytest.raises(WeightsError, match=r"odd\.safetensors: expected settings with a temperature and a strength"):
        load_networks(WeightsFile(path))


def test_numbers_that_numpy_does_not_know_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "brain.safetensors"
    save_file({"scale": torch.zeros(2, dtype=torch.bfloat16)}, path, {"network": "compact", "version": str(VERSION)})
    with pytest.raises(WeightsError, match=r"brain\.safetensors: (expected a safetensors file|\d+ weights do not fit)"):
        load_networks(WeightsFile(path))


def test_one_damaged_byte_of_a_shipped_file_is_found(tmp_path: Path) -> None:
    damaged = bytearray(shipped().path.read_bytes())
    damaged[-1000] ^= 1
    path = tmp_path / "compact.safetensors"
    path.write_bytes(damaged)
    with pytest.raises(WeightsError, match=r"compact\.safetensors: expected SHA-256 \w{64}, got \w{64}; .*install"):
        load_networks(WeightsFile(path, shipped().sha256))


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.9999])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    whole = shipped().path.read_bytes()
    path = tmp_path / "short.safetensors"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(WeightsError, match=r"short\.safetensors: expected a safetensors file, got something else"):
        load_networks(WeightsFile(path))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.safetensors: weights cannot be read \(No such file"):
        load_networks(WeightsFile(tmp_path / "gone.safetensors"))
    with pytest.raises(WeightsError, match=r": weights cannot be read \(Is a directory"):
        load_networks(WeightsFile(tmp_path))


@given(changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_weights_or_an_error_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    damaged = bytearray(save(TINY, {"network": "tiny", "version": "1"}))
    for place, value in changes:
        damaged[place % len(damaged)] = value
    path = tmp_path_factory.getbasetemp() / "fuzzed.safetensors"
    path.write_bytes(damaged)
    assert outcome(path) == "loaded" or str(path) in outcome(path)


def outcome(path: Path) -> str:
    try:
        weights_file.load(WeightsFile(path), "tiny", 1)
    except WeightsError as error:
        return str(error)
    return "loaded"


# What ships, as a list


def lay(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder the one that ships, with a file of `content` under the shipped file's hash."""
    (folder / "compact.safetensors").write_bytes(content)
    (folder / "SHA256SUMS").write_text(f"{shipped().sha256}  compact.safetensors\n")
    monkeypatch.setattr(weights_file, "SHIPPED", folder)


def test_a_model_that_does_not_ship_is_refused_with_those_that_do() -> None:
    with pytest.raises(
        WeightsError, match=r"no weights for model 'grand' .*there are: compact.*name a file with weights"
    ):
        weights_file.choose("grand")


def test_the_users_own_file_comes_before_the_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.touch()
    assert weights_file.choose("compact", str(own)) == WeightsFile(own, None)


def test_a_package_without_its_weights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "SHIPPED", tmp_path)
    with pytest.raises(WeightsError, match="the shipped weights are missing; install vs-tcvc again"):
        weights_file.choose("compact")


def test_the_command_lists_verifies_and_locates(capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for action in ("list", "verify", "path"):
        assert main(["weights", action]) == 0
        said[action] = capsys.readouterr().out
    assert str(shipped().path) in said["list"]
    assert said["verify"] == f"compact.safetensors: complete, SHA-256 {shipped().sha256}\n"
    assert Path(said["path"].strip()) == shipped().path.parent


@pytest.mark.parametrize("damaged", [b"", b"something else"])
def test_the_command_ends_with_1_at_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], damaged: bytes
) -> None:
    lay(tmp_path, damaged, monkeypatch)
    assert main(["weights", "verify"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"tcvc weights verify: {tmp_path}/compact.safetensors: expected SHA-256 ")
    assert said.err.count("\n") == 1


def test_weights_are_not_saved_where_no_folder_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        weights_file.save(tmp_path / "no" / "file", TINY, {})
