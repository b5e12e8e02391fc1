"""The published networks' weights: from the authors' checkpoints to one file of ours, and from it to modules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vs_tcvc.errors import WeightsError
from vs_tcvc.networks.published.stage1 import SingleImageNetwork
from vs_tcvc.networks.published.stage2 import ClipNetwork
from vs_tcvc.networks.tensor_file import load_tensors
from vs_tcvc.networks.weights_file import WeightsFile, imported_folder, list_imported, load, save
from vs_tcvc.runtime.atomic_files import make_folder

NETWORK = "published"
VERSION = 1
FLOATS: Mapping[str, type[np.floating[Any]]] = {"fp32": np.float32, "fp16": np.float16}

BARE = ""
WRAPPERS = (BARE, "model", "state_dict", "params")
SAVE_LAYER = "inter_save"
"""Where the authors' encoder file keeps the layer that writes the memory."""

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Networks:
    """Stage 1 (`stage1`) and stage 2 (`clip`)."""

    stage1: SingleImageNetwork
    clip: ClipNetwork

    def parts(self) -> dict[str, nn.Module]:
        """The parts that the authors keep apart, under the names that they have in our file."""
        clip = self.clip
        return {"stage1": self.stage1, "encoder": clip.encoder, "decoder": clip.decoder, "inter": clip.inter}


@dataclass(frozen=True)
class Checkpoints:
    """The authors' files. `inter` may be None: the save layer is then in the encoder's file, as in theirs."""

    stage1: Path
    encoder: Path
    decoder: Path
    inter: Path | None = None

    def parts(self) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
        """Each part's file, and the names under which the part may be stored in it."""
        yield "stage1", self.stage1, WRAPPERS
        yield "encoder", self.encoder, WRAPPERS
        yield "decoder", self.decoder, WRAPPERS
        yield "inter", self.inter or self.encoder, (*WRAPPERS, SAVE_LAYER) if self.inter else (SAVE_LAYER,)


def load_networks(file: WeightsFile) -> Networks:
    """Both networks, ready for inference in fp32; WeightsError for another network's or an incomplete file."""
    arrays, _ = load(file, NETWORK, VERSION)
    networks = empty_networks()
    modules = nn.ModuleDict(networks.parts())
    state = {key: torch.from_numpy(array) for key, array in arrays.items()}
    check(NETWORK, modules, state, file.path)
    modules.load_state_dict({key: value.float() for key, value in state.items()}, assign=True)
    for network in (networks.stage1, networks.clip):
        network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return networks


def import_checkpoints(files: Checkpoints, precision: str) -> tuple[WeightsFile, dict[str, int]]:
    """Make one weights file of the authors', where `weights_file.imported` finds it; and the entries of each part.

    precision: "fp32" keeps every bit, "fp16" halves the size.
    Raises WeightsError for a file that cannot be read or does not hold exactly what its part needs, UsageError where
    the file cannot be written. What was imported before then stays.
    """
    arrays: dict[str, NDArray[Any]] = {}
    counts: dict[str, int] = {}
    modules = empty_networks().parts()
    for name, path, places in files.parts():
        state = state_in(read(path), places, path)
        check(name, modules[name], state, path)
        counts[name] = len(state)
        arrays |= {f"{name}.{key}": kept(value, precision, f"{path}: {key}") for key, value in state.items()}
    provenance = {name: {"file": path.name, "sha256": WeightsFile(path).verify()} for name, path, _ in files.parts()}
    metadata = {"network": NETWORK, "version": str(VERSION), "provenance": json.dumps(provenance)}
    make_folder(imported_folder(), "the folder of imported weights")
    target = imported_folder() / f"{NETWORK}.safetensors"
    file = WeightsFile(target, save(target, arrays, metadata, FLOATS[precision]))
    list_imported(file)
    return file, counts


def empty_networks() -> Networks:
    """Both networks without numbers, which takes no time and no memory."""
    with torch.device("meta"):
        return Networks(SingleImageNetwork(), ClipNetwork())


def read(path: Path) -> Any:
    """What `load_tensors` finds in a file; WeightsError if it is none of torch.save or holds code."""
    try:
        return load_tensors(path)
    except Exception as error:  # of a damaged file torch raises anything
        reason = str(error).split("\n")[0].rstrip(".")
        raise WeightsError(f"{path}: expected a checkpoint that torch.load reads as weights alone ({reason})") from None


def state_in(content: Any, places: tuple[str, ...], path: Path) -> State:
    """The entries of one part: those under the only one of `places` that has any, BARE is the file itself.

    A prefix "module." that all names have is taken off (training on several GPUs adds it), and the batch counters,
    which no frozen norm has, are left out. Raises WeightsError where it is unclear what is meant.
    """
    found = [state for state in (_at(content, place) for place in places) if _is_state(state)]
    if len(found) != 1:
        names = [str(key) for key in content][:8] if isinstance(content, dict) else [type(content).__name__]
        remedy = "name the file of the memory's save layer with {inter}" if places == (SAVE_LAYER,) else ""
        raise WeightsError(
            where=str(path), got=", ".join(names) or "nothing", remedy=remedy,
            expected=f"weights in one place, under {' or '.join(place or 'nothing' for place in places)}",
        )  # fmt: skip
    state = found[0]
    has_prefix = all(key.startswith("module.") for key in state)
    named = {key.removeprefix("module.") if has_prefix else key: value for key, value in state.items()}
    return {key: value for key, value in named.items() if not key.endswith(".num_batches_tracked")}


def check(name: str, module: nn.Module, state: State, path: Path) -> None:
    """WeightsError, telling the differences in both directions, unless `state` is all that `module` needs."""
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    got = {key: tuple(value.shape) for key, value in state.items()}
    missing, unknown = sorted(expected.keys() - got.keys()), sorted(got.keys() - expected.keys())
    reshaped = [
        f"{key} ({expected[key]} expected, {got[key]} found)"
        for key in sorted(expected.keys() & got.keys()) if expected[key] != got[key]
    ]  # fmt: skip
    found = [
        f"{len(names)} {word} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for names, word in ((missing, "missing"), (unknown, "unknown"), (reshaped, "of another shape")) if names
    ]  # fmt: skip
    if found:
        raise WeightsError(
            f"{path}: expected the {len(expected)} weights of {name}, got {len(got)}: {'; '.join(found)}"
        )


def kept(value: Tensor, precision: str, where: str) -> NDArray[Any]:
    """An entry as it is written; WeightsError for a number that the precision cannot hold."""
    array: NDArray[np.float32] = value.float().numpy()
    if not (np.abs(array) <= np.finfo(FLOATS[precision]).max).all():
        raise WeightsError(
            f"{where}: expected numbers that {precision} holds, got others; import as fp32, or get it again"
        )
    return array.astype(FLOATS[precision], copy=False)


def _at(content: Any, place: str) -> Any:
    return content if place == BARE else content.get(place) if isinstance(content, dict) else None


def _is_state(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(each, Tensor) for each in value.values())
