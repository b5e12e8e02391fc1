"""The files that options name: what is read besides the film."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vs_tcvc.cuts.lists import split_rate
from vs_tcvc.errors import UsageError
from vs_tcvc.references.painted import parse_reference
from vs_tcvc.runtime.same_file import find_also_read
from vs_tcvc.settings import Settings


def input_files(settings: Settings) -> list[Path]:
    """References, cut list, weights and reference model; a name may also be no file."""
    references = [parse_reference(text)[0] for text in settings.reference]
    return [*references, split_rate(settings.cuts)[0], Path(settings.weights), Path(settings.reference_model)]


def refuse_to_replace_inputs(written: Iterable[Path], read: Iterable[Path]) -> None:
    """Raise UsageError if a file to write is one that is read, under whatever name."""
    path = find_also_read(written, read)
    if path is not None:
        raise UsageError(f"{path}: this file is also read, so it is never overwritten; choose another name")
