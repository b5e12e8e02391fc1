"""A library of small films and pictures made by code, each with one trait, and what every face does with them.

A section has the films of one kind and the faces that read such films. For each film and each face a fate is written
down: what is kept goes without saying, what is not kept is said, and what cannot be done is refused with a sentence.
`test_films.py` runs every face over every film: facts that differ must be those of the fate, and nothing else is said.
`formats_page.py` makes docs/formats.md of the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

Facts = Mapping[str, Any]
"""What a file holds, by name of the fact; values can be compared."""

NO_FACTS: Facts = MappingProxyType({})


@dataclass(frozen=True)
class Fate:
    """What a face does with a film.

    says: pieces of sentences for people, each said once at least, beside the usual lines. changes: names of facts that
    are others in the result. refused: a piece of the sentence that refuses it, "" if the film is coloured.
    """

    says: tuple[str, ...] = ()
    changes: frozenset[str] = frozenset()
    refused: str = ""

    def __str__(self) -> str:
        """The cell of the table."""
        if self.refused:
            return f"refused: {self.refused}"
        lost = f"not in it: {', '.join(sorted(self.changes))}" if self.changes and not self.says else ""
        return f"said: {'; '.join(self.says)}" if self.says else lost or "kept"


KEPT = Fate()


def says(*words: str, changes: str = "") -> Fate:
    """The film is coloured, and this is said; changes: names of facts, between blanks."""
    return Fate(words, frozenset(changes.split()))


def refuses(words: str) -> Fate:
    """The film is refused with a sentence that contains these words."""
    return Fate(refused=words)


@dataclass(frozen=True)
class Made:
    """A film of the library.

    name: of its file or folder. trait: what is special, a few words for the table. make: writes it at that path.
    fates: by name of the face, for all of the section. options: settings for all faces, by name.
    """

    name: str
    trait: str
    make: Callable[[Path], object]
    fates: Mapping[str, Fate]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a film. facts: of the result, {} if there is none. said: sentences; error: one that refuses it."""

    facts: Facts
    said: Sequence[str] = ()
    error: str = ""


Face = Callable[[Path, Path, Mapping[str, Any]], Outcome]
"""Colours a film by a face: the film, an empty folder for results, settings by name."""


@dataclass(frozen=True)
class Section:
    """Films of one kind. title, text: for the table. facts: of a film as it is made."""

    title: str
    text: str
    films: Sequence[Made]
    faces: Mapping[str, Face]
    facts: Callable[[Path], Facts]


def everywhere(fate: Fate, faces: Sequence[str], **others: Fate) -> Mapping[str, Fate]:
    """The same fate by every face but those named."""
    return {face: others.get(face, fate) for face in faces}
