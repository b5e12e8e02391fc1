"""Graphs of other libraries: generated once by PyTorch for every weights file, for pictures of any size, and cached.

They are in the user's cache folder with their hashes, and are generated again if any of their inputs changes. When some
are generated, those that nobody has used for KEPT_DAYS are deleted: each is about 25 MB, and of several versions in use
none deletes another's.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vs_tcvc.backends import graph_program, import_torch
from vs_tcvc.errors import DeviceError, WeightsError, first_line
from vs_tcvc.networks.weights_file import WeightsFile, listed
from vs_tcvc.runtime.atomic_files import user_folder
from vs_tcvc.runtime.file_hash import sha256_of
from vs_tcvc.runtime.interrupt import undone_at_sudden_end
from vs_tcvc.runtime.unused_files import delete_unused

KEPT_DAYS = 30

_log = logging.getLogger(__name__)

ROOM_BYTES = 100 << 20
"""Free disk space that generating takes at most: 25 MB of graphs, and what a library writes beside them."""


@dataclass(frozen=True)
class Library:
    """A library that runs the graphs.

    name: of the backend. versions: of the libraries that write and read graphs. suffix: of a graph's file.
    write: traces a module with example values into a new file. read: loads a file; raises RuntimeError if it cannot.
    """

    name: str
    versions: str
    suffix: str
    write: Callable[[Any, Any, Path], None]
    read: Callable[[Path], Any]


def graphs(file: WeightsFile, library: Library) -> dict[str, Any]:
    """The compact network's graphs by name, loaded by the library, from the cache or new.

    New ones are read back too, since results of a loaded graph may differ in the last bits.
    Raises DeviceError if the library does not accept them.
    """
    folder = user_folder("cache") / library.name / key(file, library)
    with suppress(WeightsError, RuntimeError):
        kept = _read(folder, library)
        with suppress(OSError):
            os.utime(folder)
        return kept
    delete_unused(folder.parent, KEPT_DAYS)
    _log.warning("first start with these weights: generating %s graphs, about ten seconds", library.name)
    with _workplace(folder.parent) as place, undone_at_sudden_end(partial(shutil.rmtree, place, ignore_errors=True)):
        new = Path(place) / folder.name
        write(file, library, new)
        made = _read(new, library)
        _store(new, folder)
    return made


def _store(new: Path, folder: Path) -> None:
    """Give new graphs their place, unless another process has; where that fails, they are generated again next time."""
    with suppress(WeightsError):
        if _whole(folder):
            return
    with suppress(OSError):
        folder.rename(new.with_name("damaged"))
    with suppress(OSError):
        new.rename(folder)


def key(file: WeightsFile, library: Library) -> str:
    """A key for the inputs of the graphs: weights, program and library."""
    program = hashlib.sha256(f"{library.versions} {graph_program.digest()}".encode()).hexdigest()
    return f"{(file.sha256 or file.verify())[:16]}-{program[:16]}"


def write(file: WeightsFile, library: Library, folder: Path) -> None:
    """Generate the graphs of a weights file, with their hashes, in a new folder."""
    import_torch()
    import torch

    from vs_tcvc.networks.compact.checkpoint import load_networks
    from vs_tcvc.networks.compact.graphs import examples, modules

    folder.mkdir()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch prefers another exporter, and warns about constants
        for name, module in modules(load_networks(file)).items():
            try:
                library.write(module.eval(), examples(name), folder / f"{name}{library.suffix}")
            except Exception as error:
                raise _refusal(error, library, folder) from error
    hashes = [f"{sha256_of(each)}  {each.name}\n" for each in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(hashes))


def _refusal(error: Exception, library: Library, folder: Path) -> DeviceError:
    """Why a library could not write a graph: the disk, or versions of torch and the library that do not match."""
    is_full = shutil.disk_usage(folder).free < ROOM_BYTES
    reason = f"it cannot load the network from this version of torch ({first_line(error)})"
    if is_full or isinstance(error, OSError):
        reason = f"its graphs cannot be written to {folder.parent} ({first_line(error)})"
    return DeviceError(reason, option="backend", value=library.name, remedy="use {backend} torch")


def _workplace(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder next to the graphs' folder, or elsewhere. Raises DeviceError if no disk has room."""
    for place in (folder, None):
        with suppress(OSError):
            chosen = place or Path(tempfile.gettempdir())
            chosen.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(chosen).free >= ROOM_BYTES:
                return tempfile.TemporaryDirectory(dir=chosen)
    expected = f"a folder that can be written, with {ROOM_BYTES >> 20} MB free, for the network's graphs"
    remedy = "free disk space, set XDG_CACHE_HOME to another disk, or use {backend} torch"
    raise DeviceError(where=str(folder), expected=expected, remedy=remedy)


def _read(folder: Path, library: Library) -> dict[str, Any]:
    """The graphs in a folder by name. Raises WeightsError or RuntimeError if one is missing or damaged."""
    files = _whole(folder)
    return {each.path.stem: library.read(each.path) for each in files if each.path.suffix == library.suffix}


def _whole(folder: Path) -> list[WeightsFile]:
    """The files of graphs in a folder. Raises WeightsError if there are none, or one is missing or damaged."""
    files = listed(folder, "it is generated again")
    if not files:
        raise WeightsError(f"{folder}: expected graphs, found none")
    for each in files:
        each.verify()
    return files
