"""Dictionaries and lists become msgspec structs, and the other way round; a mistake is one sentence with its keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT

from vs_tcvc.errors import UsageError

_LONGEST = 60
"""Characters of a value in a message."""

KeyPath = tuple[str | int, ...]
"""Keys and numbers of entries from the root to a value: ("shots", 3, "look")."""


class ProjectError(UsageError):
    """A project, or a change of it, is invalid. path: the keys that lead to the value."""

    path: KeyPath = ()

    @classmethod
    def of(cls, path: KeyPath, problem: str = "", **details: Any) -> ProjectError:
        error = cls(problem, where=key_of(path), **details)
        error.path = path
        return error


def key_of(path: KeyPath) -> str:
    """A path of keys as in messages: `shots[3].hints[0].color`."""
    return "".join(f".{key}" if re.fullmatch(r"[\w -]{1,64}", str(key)) and key == str(key) else f"[{shown(key)}]"
                   for key in path).removeprefix(".")  # fmt: skip


def plain(value: Any) -> Any:
    """A part in dictionaries and lists. msgspec's own `omit_defaults` compares numbers by identity."""
    if isinstance(value, msgspec.Struct):
        given = ((name, getattr(value, field), default) for name, field, default in _fields(type(value)))
        return {name: plain(each) for name, each, default in given if each != default}
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [*map(plain, value)] if isinstance(value, (list, tuple)) else value


@cache
def _fields(part: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    """Key, attribute and default of the fields of a part."""
    fields = msgspec.structs.fields(part)
    return tuple(
        (each.encode_name, each.name, each.default_factory() if each.default is NODEFAULT else each.default)
        if not each.required
        else (each.encode_name, each.name, NODEFAULT)
        for each in fields
    )


def converted(content: Any, kind: Any, path: KeyPath) -> Any:
    """`content` as `kind`; raises ProjectError for the first value that does not fit."""
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        raise _first_problem(content, kind, path, "keys and values") from None


def _fits(content: Any, kind: Any) -> bool:
    try:
        msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return False
    return True


def _first_problem(content: Any, kind: Any, path: KeyPath, words: str) -> ProjectError:
    """The error of the deepest part of `content` that does not fit and whose kind says in words what is expected."""
    words = next((each.description for each in get_args(kind) if getattr(each, "description", None)), words)
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    part = next((each for each in (bare, *get_args(bare)) if _is_part(each)), None)
    if isinstance(content, Mapping) and get_origin(bare) is Mapping:
        for key, value in content.items():
            for each, of in zip((key, value), get_args(bare), strict=True):
                if not _fits(each, of):
                    return _first_problem(each, of, (*path, key), words)
    if part is not None and get_origin(bare) is not tuple:
        if isinstance(content, Mapping):
            return _first_field(content, part, path)
        if part is bare is kind:
            words = f"the keys {', '.join(part.__struct_encode_fields__)}"
    if isinstance(content, (list, tuple)) and get_args(bare)[1:] == (...,):
        for number, each in enumerate(content):
            if not _fits(each, get_args(bare)[0]):
                return _first_problem(each, get_args(bare)[0], (*path, number), words)
    return ProjectError.of(path, expected=words, got=shown(content))


def _first_field(content: Mapping[str, Any], part: type[msgspec.Struct], path: KeyPath) -> ProjectError:
    hints = get_type_hints(part, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(part)}
    for key, value in content.items():
        if key not in fields:
            return ProjectError.of((*path, key), expected=f"one of {', '.join(fields)}", got="an unknown key")
        if not _fits(value, hints[fields[key].name]):
            return _first_problem(value, hints[fields[key].name], (*path, key), "")
    missing = next(each for each in fields.values() if each.required and each.encode_name not in content)
    return _first_problem(None, hints[missing.name], (*path, missing.encode_name), "")


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def shown(value: Any) -> str:
    """A value in a message, as it is in a file, of what is long only the beginning."""
    if value is None:
        return "none"
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
