"""YAML as a tree whose nodes have their places in the text. Only what a project needs is read.

One document of mappings, sequences and scalars, without anchors, aliases and tags, each key once, of limited size and
depth: so that what is read is what is seen, and costs as much as it is long.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from vs_tcvc.errors import UsageError, first_line

DEEPEST = 16
"""Collections in collections."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the text, [start, end) in characters. line: from 1; column: from 0.

    kind: "scalar", "mapping" or "sequence". scalar: its value; name: what it is as a key.
    style: of a scalar, the quote or block indicator, "" if it is plain. is_flow: {...} or [...].
    items: values of a mapping or items of a sequence, in order; keys: of a mapping; numbers: of its entries, by key.
    """

    start: int
    end: int
    line: int
    column: int
    kind: str
    scalar: Any = None
    name: str = ""
    style: str = ""
    is_flow: bool = False
    keys: tuple[Node, ...] = ()
    items: tuple[Node, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value in dictionaries and lists; a key without a value is left out."""
        if self.kind == "scalar":
            return self.scalar
        values = [item.plain() for item in self.items]
        if self.kind == "sequence":
            return values
        return {key: values[number] for key, number in self.numbers.items() if values[number] is not None}

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """The line of the value at `path`, or of what there is of the path."""
        node, line = self, self.line
        for step in path:
            number = node.numbers.get(step) if isinstance(step, str) else step
            if number is None or not 0 <= number < len(node.items):
                break
            line = (node.keys[number] if node.keys else node.items[number]).line
            node = node.items[number]
        return line


def parse(text: str, name: str) -> Node:
    """The tree of a text. Raises UsageError, naming the file `name` and the line, if it is not such YAML."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Parser(text, name).document()
    except UsageError:
        raise
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refusal(name, line, f"the character U+{ord(text[error.position]):04X}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        got = " ".join(str(error.problem or first_line(error)).split())
        raise _refusal(name, line, f"what cannot be read ({got})", _advice(got)) from None
    except (
        YAMLError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:  # faults of ruamel
        raise _refusal(name, 1, f"what cannot be read ({first_line(error)})") from None


def plain_scalar(text: str) -> Any:
    """The value of text without quotes: an integer, a float, true, false, null, or the text."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _WORDS.get(text, text)


def _refusal(name: str, line: int, got: str, remedy: str = "", expected: str = "a project in YAML") -> UsageError:
    got = "".join(each if each.isprintable() else f"U+{ord(each):04X}" for each in got)
    return UsageError(where=f"{name}:{line}", expected=expected, got=got, remedy=remedy)


def _advice(got: str) -> str:
    return "indent with spaces" if "\\t" in got else ""


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def document(self) -> Node:
        next(self._events)  # the stream's start
        if not isinstance(next(self._events), DocumentStartEvent):
            raise _refusal(self._name, 1, "an empty file")
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            raise _refusal(self._name, self._line(after), "a second one", expected="one document")
        return root

    def _node(self, event: Event, depth: int) -> Node:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _refusal(self._name, self._line(event), "an anchor or alias", "write it out", "a value")
        assert isinstance(event, (ScalarEvent, CollectionStartEvent))
        if event.tag is not None and event.tag != "!":
            raise _refusal(self._name, self._line(event), "a tag", "leave it out", "a value")
        if depth > DEEPEST:
            raise _refusal(self._name, self._line(event), "more", expected=f"at most {DEEPEST} brackets in brackets")
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        return self._collection(event, depth)

    def _collection(self, event: CollectionStartEvent, depth: int) -> Node:
        keys, items = [], []
        numbers: dict[str, int] = {}
        while not isinstance(following := next(self._events), CollectionEndEvent):
            if isinstance(event, MappingStartEvent):
                key = self._node(following, depth + 1)
                self._add_key(key, numbers)
                keys.append(key)
                value = self._node(next(self._events), depth + 1)
                items.append(self._after_colon(key) if value.start == value.end else value)
            else:
                items.append(self._node(following, depth + 1))
        is_flow = bool(event.flow_style)
        start = event.start_mark.index
        end = following.end_mark.index if is_flow else max((item.end for item in items), default=start)
        kind = "mapping" if isinstance(event, MappingStartEvent) else "sequence"
        return Node(start, end, self._line(event), event.start_mark.column, kind, is_flow=is_flow,
                    keys=tuple(keys), items=tuple(items), numbers=numbers)  # fmt: skip

    def _scalar(self, event: ScalarEvent) -> Node:
        if _SURROGATES.search(event.value):
            raise _refusal(self._name, self._line(event), "half a character", "write it without \\u", "text")
        style = event.style or ""
        value = event.value if style else plain_scalar(event.value)
        start, end = event.start_mark.index, event.end_mark.index
        return Node(start, end, self._line(event), event.start_mark.column, "scalar", value, event.value, style)

    def _add_key(self, key: Node, numbers: dict[str, int]) -> None:
        if key.kind != "scalar":
            raise _refusal(self._name, key.line, "a list or mapping", expected="a name as key")
        if key.name in numbers:
            got = f"{json.dumps(key.name)} again" if len(key.name) < 99 else "a long one again"
            raise _refusal(self._name, key.line, got, expected="each key once")
        numbers[key.name] = len(numbers)

    def _after_colon(self, key: Node) -> Node:
        """A value of no characters, right after its key's colon."""
        colon = re.compile(r"[ ]*:").match(self._text, key.end)
        place = colon.end() if colon else key.end
        return Node(place, place, key.line, key.column, "scalar")

    def _line(self, event: Event) -> int:
        return int(event.start_mark.line) + 1
