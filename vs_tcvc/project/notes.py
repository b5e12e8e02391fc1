"""What shots were coloured from, noted beside the project: why they are coloured again, and where their colour is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from vs_tcvc.core.identity import identity
from vs_tcvc.project.recipe import Recipe
from vs_tcvc.runtime.atomic_files import whole_file

_ENDING = ".made-of.json"


class Note(msgspec.Struct, frozen=True):
    """Of a shot that was coloured. key: in the store. parts: digests of what it is made of, by the words for it."""

    key: str
    parts: dict[str, str]


Notes = dict[int, Note]
"""By first frames of shots, from 0."""


def note_of(key: str, recipe: Recipe, film: str, network: object) -> Note:
    """The note of a shot; its parts are in words that go before "changed"."""
    own = recipe.own
    made_of = {
        "frames": recipe.frames, "references": (own.pictures, own.transfers), "hints": own.clicks, "look": own.look,
        "first coloured frame": own.guess, "scene's lead": recipe.lead, "beginning": recipe.blend, "film": film,
        "network": network,
    }  # fmt: skip
    return Note(key, {name: _digest(value) for name, value in made_of.items()})


def is_made_by(note: Note, network: object) -> bool:
    """Whether a network made a shot's colour."""
    return note.parts.get("network") == _digest(network)


def _digest(value: object) -> str:
    return identity(value)[:16]


def reason(before: Note | None, now: Note) -> str:
    """Why a shot is coloured, as in "references and hints changed"."""
    if before is None:
        return "not coloured before"
    changed = [name for name, digest in now.parts.items() if before.parts.get(name) != digest]
    if "frames" in changed and "film" in changed:
        changed.remove("film")  # other frames have other content
    return f"{' and '.join(changed)} changed" if changed else "no longer in the store"


def notes_file(folder: Path, project: Path) -> Path:
    """Where the notes of a project are. folder: of what is made of it."""
    return folder / f"{project.name}{_ENDING}"


def project_of(file: Path) -> str:
    """The name of the project that a file of notes is of."""
    return file.name.removesuffix(_ENDING)


def notes_beside(folder: Path) -> list[Path]:
    """The notes of all projects of a folder."""
    return sorted(folder.glob(f"*{_ENDING}"))


def read_notes(file: Path) -> Notes:
    """The notes in a file; none if it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Notes)
    except (OSError, msgspec.MsgspecError):
        return {}


def write_notes(file: Path, notes: Mapping[int, Note]) -> None:
    """Add notes to a file. Raises OSError if it cannot be written."""
    if notes:
        with whole_file(file) as opened:
            opened.write(msgspec.json.encode({**read_notes(file), **notes}))
