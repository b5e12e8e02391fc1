"""Laws of what is noted about other films: a film is read once, and its content alone counts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from vs_tcvc.errors import TcvcError
from vs_tcvc.project.known_films import KnownFilms, known_films_file
from vs_tcvc.runtime.file_hash import sha256_of


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read whole."""
    names = list[str]()

    def noted(path: Path, *rest: Any) -> str:
        names.append(path.name)
        return sha256_of(path, *rest)

    monkeypatch.setattr("vs_tcvc.project.film_identity.sha256_of", noted)
    return names


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_film_is_read_once_and_again_when_it_was_written(tmp_path: Path, readings: list[str]) -> None:
    film, file = tmp_path / "copy.mkv", known_films_file(tmp_path, tmp_path / "film.tcvc.yaml")
    for count, content in enumerate((b"one", b"other"), start=1):
        film.write_bytes(content)
        for _ in range(2):
            assert KnownFilms(file).content_of(film) == sha256(content)
        assert readings == ["copy.mkv"] * count


def test_films_are_noted_side_by_side(tmp_path: Path, readings: list[str]) -> None:
    films = [tmp_path / "a", tmp_path / "b"]
    for film in films:
        film.write_text(film.name)
    for film in films * 2:
        assert KnownFilms(tmp_path / "notes").content_of(film) == sha256(film.name.encode())
    assert readings == ["a", "b"]


@pytest.mark.parametrize("notes", [b"", b"{}", b"[1]", b"\xff"])
def test_damaged_notes_are_none(tmp_path: Path, notes: bytes) -> None:
    (tmp_path / "notes").write_bytes(notes)
    (tmp_path / "film").write_bytes(b"film")
    assert KnownFilms(tmp_path / "notes").content_of(tmp_path / "film") == sha256(b"film")


def test_without_a_folder_for_notes_it_is_known_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"film")
    assert KnownFilms(tmp_path / "no" / "notes").content_of(tmp_path / "film") == sha256(b"film")


def test_a_film_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TcvcError, match=r"no\.mkv: it cannot be read"):
        KnownFilms(tmp_path / "notes").content_of(tmp_path / "no.mkv")
