"""Projects written by other versions of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vs_tcvc.project.parts import ProjectError, shown
from vs_tcvc.project.schema import VERSION

Migration = Callable[[dict[str, Any]], dict[str, Any]]
"""Content of a version in dictionaries and lists -> content of the next one; what it is given stays as it is."""

MIGRATIONS: Mapping[int, Migration] = {}
"""By the version that they start from. Version 1 is the first."""


def migrated(content: Any, version: int = VERSION, migrations: Mapping[int, Migration] = MIGRATIONS) -> dict[str, Any]:
    """The content of a file as content of `version`.

    Raises ProjectError if it says no version, or one that is newer or not known.
    """
    if not isinstance(content, dict):
        raise ProjectError.of((), expected="the keys of a project: tcvc, film, shots", got=shown(content))
    current: dict[str, Any] = content
    found: Any = current.get("tcvc")
    is_number = type(found) is int  # true is none
    if is_number and found > version:
        raise ProjectError.of(
            ("tcvc",), expected=f"{version}, the newest version that this program reads", got=str(found),
            remedy="update vs-tcvc",
        )  # fmt: skip
    if not is_number or (found != version and found not in migrations):
        known = " or ".join(map(str, (*migrations, version)))
        raise ProjectError.of(("tcvc",), expected=known, got=shown(found))
    for step in range(found, version):
        current = {**migrations[step](current), "tcvc": step + 1}
    return current
