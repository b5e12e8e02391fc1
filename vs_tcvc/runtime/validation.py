"""Values from a JSON or YAML file as the fields of a dataclass; invalid values raise errors that name the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from vs_tcvc.errors import UsageError, shown
from vs_tcvc.runtime.spelling import advice

Kind = TypeVar("Kind")

_WORDS: Mapping[Any, str] = {int: "a whole number", float: "a number", str: "text"}


def expected(words: str, **limits: Any) -> msgspec.Meta:
    """For `Annotated`: the allowed values of a field, in words for messages, and their limits as in `msgspec.Meta`."""
    return msgspec.Meta(description=words, **limits)


def read_fields(kind: type[Kind], content: Mapping[Any, Any]) -> Kind:
    """A dataclass with fields from `content`, by name; nested values by their types. Integers are accepted as floats.

    Raises UsageError, naming the key, what was expected and what came, for an unknown or missing key and for a value
    of another type or outside its limits; and what the dataclass itself raises.
    """
    hints = get_type_hints(kind, include_extras=True)
    for key in content:
        if key not in hints:
            problem = f"{key}: expected one of {', '.join(hints)}, got an unknown key"
            raise UsageError(problem, remedy=advice(str(key), hints))
    try:
        return msgspec.convert(content, kind)
    except UnicodeEncodeError as error:  # JSON can name one half of a surrogate pair
        raise UsageError(f"expected text, got half a character in {shown(error.object)}") from None
    except msgspec.ValidationError as error:
        missing = re.fullmatch("Object missing required field `([^.]*)`", str(error))
        if missing:
            raise UsageError(f"{missing[1]}: expected a value, got none") from None
        key = re.findall(r"`\$\.(\w+)", str(error))[-1]
        raise UsageError(f"{key}: expected {_words(hints[key])}, got {shown(content[key])}") from None


def _words(hint: Any) -> str:
    """The allowed values of a field in words."""
    said = (each.description for each in get_args(hint) if isinstance(each, msgspec.Meta))
    return next(filter(None, said), None) or _WORDS[hint]
