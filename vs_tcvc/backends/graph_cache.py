"""Graphs of other libraries: made once by PyTorch for every weights file, for pictures of any size, and kept.

They lie in the user's cache folder with their hashes, and are made again when anything that they were made from is
another.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vs_tcvc import networks
from vs_tcvc.backends import import_torch
from vs_tcvc.errors import DeviceError, WeightsError, first_line
from vs_tcvc.networks.weights_file import WeightsFile, listed
from vs_tcvc.runtime.atomic_files import user_folder
from vs_tcvc.runtime.file_hash import sha256_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Library:
    """What reads the graphs.

    name: of the backend. versions: of what makes them and reads them. suffix: of a graph's file.
    write: puts a module, followed with some example values, into a new file. read: what the library makes of a file;
    RuntimeError for what it cannot read.
    """

    name: str
    versions: str
    suffix: str
    write: Callable[[Any, Any, Path], None]
    read: Callable[[Path], Any]


def graphs(file: WeightsFile, library: Library) -> dict[str, Any]:
    """The compact network's graphs by name, as the library has read them, kept or new.

    New ones are read back as well, since what is computed from a file may differ in the last bits.
    Raises DeviceError where the library does not take them.
    """
    folder = user_folder("cache") / library.name / key(file, library)
    with suppress(WeightsError, RuntimeError):
        return _read(folder, library)
    _log.warning("first start with these weights here: %s graphs are made of them, some ten seconds", library.name)
    with _workplace(folder.parent) as place:
        new = Path(place) / folder.name
        write(file, library, new)
        made = _read(new, library)
        with suppress(OSError):  # where nothing can be kept, they are made again next time
            shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)
    return made


def key(file: WeightsFile, library: Library) -> str:
    """What the graphs are made from: weights, the program and the library."""
    (folder,) = networks.__path__
    program = hashlib.sha256(library.versions.encode())
    for source in sorted(Path(folder).glob("compact/*.py")):
        program.update(source.read_bytes())
    return f"{(file.sha256 or file.verify())[:16]}-{program.hexdigest()[:16]}"


def write(file: WeightsFile, library: Library, folder: Path) -> None:
    """Make the graphs of a weights file, with their hashes, in a new folder."""
    import_torch()
    import torch

    from vs_tcvc.networks.compact.checkpoint import load_networks
    from vs_tcvc.networks.compact.graphs import examples, modules

    folder.mkdir()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch would rather be exported another way, and warns of what is constant
        for name, module in modules(load_networks(file)).items():
            try:
                library.write(module.eval(), examples(name), folder / f"{name}{library.suffix}")
            except Exception as error:  # of a torch that this library does not know, or the other way round
                reason = f"it does not take the network from this torch ({first_line(error)})"
                raise DeviceError(reason, option="backend", value=library.name, remedy="use {backend} torch") from error
    hashes = [f"{sha256_of(each)}  {each.name}\n" for each in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(hashes))


def _workplace(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A place beside where the graphs are to lie, or elsewhere."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder)
    except OSError:
        return tempfile.TemporaryDirectory()


def _read(folder: Path, library: Library) -> dict[str, Any]:
    """The graphs in a folder by name; WeightsError or RuntimeError for what is missing or damaged."""
    files = listed(folder, "it is made again")
    if not files:
        raise WeightsError(f"{folder}: no graphs")
    for each in files:
        each.verify()
    return {each.path.stem: library.read(each.path) for each in files if each.path.suffix == library.suffix}
