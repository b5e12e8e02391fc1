"""Why a shot is coloured again: what its recipe is made of, compared with what it was made of the last time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vs_tcvc.core.identity import identity
from vs_tcvc.project.recipe import Recipe
from vs_tcvc.runtime.atomic_files import whole_file

Parts = Mapping[str, str]
"""Digests of what a shot's colour is made of, by the words for it."""

_NEW = "not coloured before"


def parts_of(recipe: Recipe, film: str, network: object) -> Parts:
    """What a shot is made of, in words that follow "of shot 3"."""
    own = recipe.own
    return {
        "frames": identity(recipe.frames),
        "references": identity(own.pictures),
        "hints": identity(own.clicks),
        "look": identity(own.look),
        "first coloured frame": identity(own.guess),
        "scene's lead": identity(recipe.lead),
        "film": identity(film),
        "network": identity(network),
    }


def reason(before: Parts | None, now: Parts) -> str:
    """What changed, "references and hints changed"; it is new if nothing of it was coloured before."""
    if before is None:
        return _NEW
    changed = [name for name, digest in now.items() if before.get(name) != digest]
    if not changed:
        return "no longer in the store"
    return f"{' and '.join(changed)} changed"


def read_parts(path: Path) -> dict[str, Parts]:
    """What shots were made of by their first frames, as `write_parts` wrote it; {} if that cannot be read."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and all(isinstance(each, dict) for each in content.values()) else {}


def write_parts(path: Path, parts: Mapping[str, Parts]) -> None:
    """Raises OSError if it cannot be written."""
    with whole_file(path) as file:
        file.write(json.dumps(parts).encode())
