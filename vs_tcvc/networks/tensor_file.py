"""Files of torch.save, as other people's weights and our own checkpoints come: read as data, never as programs."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch


def load_tensors(path: Path) -> Any:
    """What torch.save put into a file: tensors and plain values, on the CPU; code in it is an error.

    Memory is bounded by the file's size: a packed file, which torch.save does not write, raises ValueError, since a
    few bytes of it may be gigabytes. Otherwise raises what torch.load does.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(each.compress_type != zipfile.ZIP_STORED for each in archive.infolist()):
                raise ValueError("it is packed; unpack it and save it with torch.save")
    return torch.load(path, map_location="cpu", weights_only=True)
