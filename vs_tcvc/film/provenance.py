"""What a film in colour was made from and by, in a file beside it: for archives, and for the next render.

The next render copies from the film what is still right; so the file also says how the film was encoded, and what it
was when it was complete. A film that was changed since, or of which any of this is missing, counts as another one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from vs_tcvc import __version__
from vs_tcvc.picture.source_type import SOURCE_TYPE
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.numbered_files import NumberedFiles

ENDING = ".tcvc.json"


class MadeShot(msgspec.Struct, frozen=True):
    """A shot of the film. frames: [first, end), the film's own numbers. state: color, keep or gray.

    color_from: where its colour comes from, in words; painted: pictures by a person; copies: other transfers of the
    film; hints: how many.
    made: the digest of all that decides its pixels, apart from the encoder.
    """

    frames: tuple[int, int]
    state: str
    color_from: str
    painted: tuple[str, ...]
    copies: tuple[str, ...]
    hints: int
    made: str


class Provenance(msgspec.Struct, frozen=True):
    """Of a film, or numbered pictures. film: the gray film and the identity of its content; network: what coloured it;
    encoding: how it is written; result: (bytes, time of change in ns) of the finished film, None for pictures."""

    film: dict[str, str]
    network: dict[str, str]
    settings: dict[str, Any]
    encoding: dict[str, Any]
    shots: tuple[MadeShot, ...]
    result: tuple[int, int] | None = None
    tool: str = f"vs-tcvc {__version__}"
    digital_source_type: str = SOURCE_TYPE


def provenance_file(target: Path) -> Path:
    """The file beside a film, or in the folder of numbered pictures."""
    names = NumberedFiles.named(target)
    if names is None or target.is_file():
        return target.with_name(target.name + ENDING)
    return names.folder / f"{names.before.rstrip('._-') or 'film'}{ENDING}"


def write_provenance(target: Path, made: Provenance) -> None:
    """Write it beside a finished film. Raises UsageError and OSError as `whole_file`."""
    with whole_file(provenance_file(target)) as file:
        file.write(msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(made, result=_state(target)))))


def unchanged_shots(target: Path, made: Provenance) -> set[tuple[int, int]]:
    """The frames of shots that a finished film holds already as they would be made now.

    None of them if the film, or how it is encoded, is another one.
    """
    try:
        before = msgspec.json.decode(provenance_file(target).read_bytes(), type=Provenance)
        is_same = before.result == _state(target)
    except (OSError, msgspec.MsgspecError):
        return set()
    if not is_same or (before.tool, before.encoding, before.film) != (made.tool, made.encoding, made.film):
        return set()
    there = {(shot.frames, shot.made) for shot in before.shots}
    return {shot.frames for shot in made.shots if (shot.frames, shot.made) in there}


def _state(target: Path) -> tuple[int, int] | None:
    if NumberedFiles.named(target) is not None and not target.is_file():
        return None
    status = target.stat()
    return status.st_size, status.st_mtime_ns
