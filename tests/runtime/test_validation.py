"""What a file says becomes fields, or one sentence that names the key, what was expected and what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
import pytest

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.validation import expected, read_fields


class Shot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: int


@dataclass(frozen=True)
class Film:
    name: str
    size: Annotated[int, expected("8 to 64", ge=8, le=64)] = 8
    gain: float = 1.0
    shots: Annotated[tuple[Shot, ...], expected("shots")] = ()
    notes: Annotated[Mapping[str, Any], expected("an object")] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name == "none":
            raise UsageError("name: expected another")


def test_values_that_fit_become_fields_and_the_rest_has_its_defaults() -> None:
    assert read_fields(Film, {"name": "a", "gain": 2, "shots": [{"start": 3}]}) == Film("a", 8, 2.0, (Shot(3),))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "name: expected a value, got none"),
        ({"name": 3}, "name: expected text, got 3"),
        ({"name": "a", "gain": "x"}, "gain: expected a number, got 'x'"),
        ({"name": "a", "size": True}, "size: expected 8 to 64, got True"),
        ({"name": "a", "size": 65}, "size: expected 8 to 64, got 65"),
        ({"name": "a", "speed": 1}, "speed: expected one of name, size, gain, shots, notes, got an unknown key"),
        (
            {"name": "a", "shot": []},
            "shot: expected one of name, size, gain, shots, notes, got an unknown key; did you mean shots?",
        ),
        ({"name": "a", "shots": [{}]}, "shots: expected shots, got [{}]"),
        ({"name": "a", "shots": [{"start": 1, "$.name": 2}]}, "shots: expected shots, got [{'$.name': 2, 'start': 1}]"),
        ({"name": "a", "notes": {1: 2}}, "notes: expected an object, got {1: 2}"),
        ({"name": "a", "notes": [[[[[[]]]]], *range(9)]}, "notes: expected an object, got [[[[...]]], 0, 1, 2, ...]"),
        ({"name": "a", "shots": [{"\ud800": 1}]}, r"expected text, got half a character in '\ud800'"),
        ({"name": "none"}, "name: expected another"),
    ],
)
def test_what_does_not_fit_is_one_sentence(content: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_fields(Film, content)
    assert str(caught.value) == sentence
