"""The content of films that a project names beside its own, noted, so that they are read for it only once."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import msgspec

from vs_tcvc.errors import TcvcError
from vs_tcvc.project.film_identity import FilmIdentity, identify
from vs_tcvc.runtime.atomic_files import whole_file
from vs_tcvc.runtime.events import Emit, ignore


class KnownFilms:
    """Identities of films by their paths. file: where they are noted; it may be missing.

    emit, stop: as of `identify`.
    """

    def __init__(self, file: Path, emit: Emit = ignore, stop: threading.Event | None = None) -> None:
        self._file, self._emit, self._stop = file, emit, stop

    def content_of(self, path: Path) -> str:
        """The identity of a film's content, 64 hex digits. Raises as `identify`."""
        noted, name = self._noted(), str(path.resolve())
        known = noted.get(name)
        found = identify(path, self._emit, self._stop, known)
        if found != known:
            with suppress(TcvcError), whole_file(self._file) as opened:
                opened.write(msgspec.json.encode({**noted, name: found}))
        return found.content

    def _noted(self) -> dict[str, FilmIdentity]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, FilmIdentity])
        except (OSError, msgspec.MsgspecError):
            return {}


def known_films_file(folder: Path, project: Path) -> Path:
    """Where they are noted for a project. folder: of what is made of it."""
    return folder / f"{project.name}.films.json"
