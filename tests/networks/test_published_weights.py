"""Laws of importing the authors' checkpoints: exactly what the networks need, or a sentence that tells the difference.

The real files are not public in a place that tests can reach; small parts stand in for the networks' 181 million
weights, in the layout in which the authors' code loads its files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from platformdirs.api import PlatformDirsABC
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows
from torch import nn

from vs_tcvc.cli import main
from vs_tcvc.errors import UsageError, WeightsError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.published import checkpoint
from vs_tcvc.networks.published.backbone import FrozenNorm
from vs_tcvc.networks.published.checkpoint import NETWORK, VERSION, Checkpoints, import_checkpoints
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.runtime import atomic_files


@dataclass(frozen=True)
class Small:
    """Parts of the networks' kinds of entries: parameters and buffers."""

    def parts(self) -> dict[str, nn.Module]:
        torch.manual_seed(0)
        parts = {"stage1": nn.Linear(2, 3), "encoder": FrozenNorm(4), "decoder": nn.Conv2d(2, 2, 3)}
        return {**parts, "inter": nn.LayerNorm(5)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder without weights, and small parts."""
    monkeypatch.setattr(checkpoint, "empty_networks", Small)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "vs-tcvc" / "weights"


def states() -> dict[str, dict[str, Any]]:
    return {name: dict(part.state_dict()) for name, part in Small().parts().items()}


@pytest.fixture
def files(tmp_path: Path) -> Checkpoints:
    """As the authors released them."""
    of = states()
    encoder = {"model": of["encoder"], "inter_save": of["inter"], "optimizer": {"state": {}}, "epoch": 7}
    return Checkpoints(
        put(tmp_path / "colornet_iter_340000.pth", of["stage1"]),
        put(tmp_path / "checkpoint_encoder.pth", encoder),
        put(tmp_path / "checkpoint_decoder.pth", {"model": of["decoder"], "epoch": 7}),
    )


def put(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def command(files: Checkpoints, *more: str) -> list[str]:
    named = {"--stage1": files.stage1, "--encoder": files.encoder, "--decoder": files.decoder}
    return ["weights", "import", *(str(word) for pair in named.items() for word in pair), *more]


def found(file: WeightsFile) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    return weights_file.load(file, NETWORK, VERSION)[0]


def check_imported(file: WeightsFile) -> None:
    expected = {f"{name}.{key}": value for name, state in states().items() for key, value in state.items()}
    arrays = found(file)
    assert arrays.keys() == expected.keys()
    assert all((arrays[key] == value.numpy()).all() for key, value in expected.items())


# What is imported


def test_the_authors_files_become_one_that_holds_every_bit(files: Checkpoints, home: Path) -> None:
    file, counts = import_checkpoints(files, "fp32")
    assert file.path == home / "published.safetensors"
    assert counts == {"stage1": 2, "encoder": 4, "decoder": 2, "inter": 2}
    check_imported(file)
    assert weights_file.choose("published") == weights_file.imported()[0]
    assert weights_file.choose("published").verify() == file.sha256


def test_the_file_says_what_it_was_made_of(files: Checkpoints) -> None:
    file, _ = import_checkpoints(files, "fp32")
    provenance = json.loads(weights_file.load(file, NETWORK, VERSION)[1]["provenance"])
    assert provenance["stage1"] == {
        "file": "colornet_iter_340000.pth", "sha256": WeightsFile(files.stage1).verify()
    }  # fmt: skip
    assert provenance["inter"] == provenance["encoder"]


def test_half_precision_halves_the_numbers(files: Checkpoints) -> None:
    file, _ = import_checkpoints(files, "fp16")
    assert {array.dtype for array in found(file).values()} == {np.dtype(np.float16)}


def test_what_half_precision_cannot_hold_is_refused(files: Checkpoints) -> None:
    large = {**states()["stage1"], "bias": torch.tensor([0.0, 7e4, 0.0])}
    put(files.stage1, large)
    with pytest.raises(WeightsError, match=r"colornet.*: bias: expected numbers that fp16 holds, .*import as fp32"):
        import_checkpoints(files, "fp16")
    assert (found(import_checkpoints(files, "fp32")[0])["stage1.bias"] == large["bias"].numpy()).all()


@pytest.mark.parametrize("wrapper", ["model", "state_dict", "params"])
def test_weights_may_lie_under_the_usual_names(files: Checkpoints, wrapper: str) -> None:
    put(files.stage1, {wrapper: states()["stage1"], "epoch": 3})
    check_imported(import_checkpoints(files, "fp32")[0])


def test_the_prefix_of_several_gpus_and_batch_counters_are_taken_off(files: Checkpoints) -> None:
    of = states()
    encoder = {f"module.{key}": value for key, value in of["encoder"].items()}
    encoder["module.body.num_batches_tracked"] = torch.tensor(9)
    put(files.encoder, {"model": encoder, "inter_save": of["inter"]})
    check_imported(import_checkpoints(files, "fp32")[0])


def test_the_save_layer_may_have_a_file_of_its_own(files: Checkpoints, tmp_path: Path) -> None:
    of = states()
    put(files.encoder, of["encoder"])
    check_imported(import_checkpoints(replace(files, inter=put(tmp_path / "inter.pth", of["inter"])), "fp32")[0])


def test_the_command_tells_what_it_found_and_made(
    files: Checkpoints, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(files)) == 0
    said = capsys.readouterr().out
    assert f"encoder: 4 weights in {files.encoder}" in said
    assert f"inter: 2 weights in {files.encoder}" in said
    assert f"written: {home / 'published.safetensors'}, 0.0 MB, SHA-256 {weights_file.imported()[0].verify()}" in said
    assert main(["weights", "verify"]) == 0
    assert "published.safetensors: complete" in capsys.readouterr().out
    assert main(["weights", "list"]) == 0
    assert "published  0.0 MB" in capsys.readouterr().out
    assert main(["weights", "path"]) == 0
    assert capsys.readouterr().out == f"{weights_file.SHIPPED}\n{home}\n"


# What is refused


def pruned(state: dict[str, Any]) -> None:
    del state["weight"]


def foreign(state: dict[str, Any]) -> None:
    for number in range(5):
        state[f"other{number}"] = torch.zeros(1)


def reshaped(state: dict[str, Any]) -> None:
    state["bias"] = torch.zeros(7)


def half_prefixed(state: dict[str, Any]) -> None:
    state["module.bias"] = state.pop("bias")


@pytest.mark.parametrize(
    ("damage", "difference"),
    [
        (pruned, r"got 1: 1 missing \(weight\)"),
        (foreign, r"got 7: 5 unknown \(other0, other1, other2, \.\.\.\)"),
        (reshaped, r"got 2: 1 of another shape \(bias \(\(3,\) expected, \(7,\) found\)\)"),
        (half_prefixed, r"got 2: 1 missing \(bias\); 1 unknown \(module\.bias\)"),
    ],
)
def test_a_difference_is_told_in_both_directions(
    files: Checkpoints, home: Path, damage: Callable[[dict[str, Any]], None], difference: str
) -> None:
    state = states()["stage1"]
    damage(state)
    put(files.stage1, state)
    with pytest.raises(WeightsError, match=rf"340000\.pth: expected the 2 weights of stage1, {difference}"):
        import_checkpoints(files, "fp32")
    assert not home.exists()


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ({"model": {"weight": torch.zeros(1)}, "params": {"weight": torch.zeros(1)}}, "got model, params"),
        ({"epoch": 3}, "got epoch"),
        ([1, 2], "got list"),
        ({}, "got nothing$"),
    ],
)
def test_weights_in_two_places_or_none_are_refused(files: Checkpoints, content: object, got: str) -> None:
    put(files.stage1, content)
    with pytest.raises(WeightsError, match=rf"expected weights in one place, under nothing or model or .*{got}"):
        import_checkpoints(files, "fp32")


def test_an_encoder_without_its_save_layer_asks_for_it(files: Checkpoints) -> None:
    put(files.encoder, {"model": states()["encoder"]})
    with pytest.raises(WeightsError, match=r"under inter_save, got model; name .* with inter"):
        import_checkpoints(files, "fp32")


class Mischief:
    """What a hostile file might do when it is read."""

    def __reduce__(self) -> tuple[Callable[[str], Path], tuple[str]]:
        return Path, ("/",)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_file_that_is_none_or_runs_code_is_refused(files: Checkpoints, content: bytes | None) -> None:
    if content is None:
        put(files.decoder, {"model": Mischief()})
    else:
        files.decoder.write_bytes(content)
    with pytest.raises(WeightsError, match=r"decoder\.pth: expected a checkpoint that torch\.load reads as weights"):
        import_checkpoints(files, "fp32")


def test_a_missing_file_is_one_line(files: Checkpoints, capsys: pytest.CaptureFixture[str]) -> None:
    files.decoder.unlink()
    assert main(command(files)) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"tcvc weights import: {files.decoder}: expected a checkpoint")
    assert said.count("\n") == 1


def test_a_refused_import_leaves_the_one_before(files: Checkpoints) -> None:
    before, _ = import_checkpoints(files, "fp32")
    put(files.decoder, {"model": {}})
    with pytest.raises(WeightsError):
        import_checkpoints(files, "fp32")
    assert weights_file.choose("published").verify() == before.sha256


# What is found


def test_without_an_import_the_model_names_the_command() -> None:
    with pytest.raises(WeightsError, match=r"no weights for model 'published' .*tcvc weights import --stage1 FILE"):
        weights_file.choose("published")


def test_an_imported_file_that_was_damaged_asks_for_another_import(files: Checkpoints) -> None:
    file, _ = import_checkpoints(files, "fp32")
    file.path.write_bytes(file.path.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match="the file is damaged, import it again with tcvc weights import"):
        weights_file.choose("published").verify()
    file.path.unlink()
    with pytest.raises(WeightsError, match=r"cannot be read .*; import it again"):
        weights_file.choose("published").verify()


@pytest.mark.parametrize(
    ("system", "environment", "folder"),
    [
        (Unix, {}, "~/.local/share"),
        (MacOS, {}, "~/Library/Application Support"),
        (Windows, {}, "/local"),
        (Unix, {"XDG_DATA_HOME": "~/own"}, "~/own"),
        (MacOS, {"XDG_DATA_HOME": "~/own"}, "~/own"),
        (Windows, {"XDG_DATA_HOME": "~/own"}, "~/own"),
    ],
)
def test_imported_weights_lie_where_the_system_keeps_data(
    monkeypatch: pytest.MonkeyPatch, system: type[PlatformDirsABC], environment: dict[str, str], folder: str
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr(atomic_files, "PlatformDirs", system)
    monkeypatch.setattr("platformdirs.windows.get_win_folder", {"CSIDL_LOCAL_APPDATA": "/local"}.get)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert weights_file.imported_folder() == Path(folder).expanduser() / "vs-tcvc" / "weights"


@pytest.mark.skipif(sys.platform == "win32", reason="every user of Windows has a folder")
def test_a_user_without_a_home_has_the_shipped_weights_and_is_told_where_others_could_lie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", Mock(side_effect=KeyError))
    assert weights_file.choose("compact") in weights_file.shipped()
    with pytest.raises(UsageError, match="XDG_DATA_HOME: expected a folder for our data, since this user has no home"):
        weights_file.choose("published")
